"""Ctrl-C at any moment -> one line and the exit status 130: the `askdocs` command, and `python -m askdocs`."""

from __future__ import annotations

import sys

INTERRUPTED = 130
"""128 and the number of the signal, as shells have it."""


def main() -> None:
    """Run the command line; importing it takes long enough to be interrupted, so that stands inside the guard."""
    try:
        from askdocs.cli import main as run  # noqa: PLC0415  see above

        run()
    except KeyboardInterrupt:
        sys.stderr.write("askdocs: interrupted\n")
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
