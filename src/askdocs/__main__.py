"""`python -m askdocs` is the `askdocs` command."""

from askdocs.cli import main

main()
