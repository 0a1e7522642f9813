"""The library that comes with askdocs: twenty articles written for it, with questions to try on them.

The outlets and the bylines are invented, and so are Lenwick, Port Selwyn, Corran, Skarrow and everyone who is quoted.
The eclipse of 1919, the end of smallpox, the telescope in space and the war in Ukraine are not; but these are articles
to try the program on, not sources to cite. Where two outlets disagree on a figure, one may have been made up to differ.
"""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent


def articles_folder() -> Path:
    """Return the folder of the sample articles, one Markdown file each."""
    return _HERE / "articles"


def example_questions() -> tuple[str, ...]:
    """Return the questions to offer a newcomer, one per line of `questions.txt`."""
    return tuple((_HERE / "questions.txt").read_text(encoding="utf-8").splitlines())
