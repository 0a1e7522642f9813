"""The library that comes with askdocs: twenty articles written for it, with questions to try on them.

The outlets and the bylines are invented, and so are Lenwick, Port Selwyn, Corran, Skarrow and everyone who is quoted.
The eclipse of 1919, the end of smallpox, the telescope in space and the war in Ukraine are not; but these are articles
to try the program on, not sources to cite. Where two outlets disagree on a figure, one may have been made up to differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

_HERE = Path(__file__).parent


class HasId(Protocol):
    """An article, whole or in a list."""

    @property
    def id(self) -> str:
        """The article's name in its library."""
        ...


def articles_folder() -> Path:
    """Return the folder of the sample articles, one Markdown file each."""
    return _HERE / "articles"


def example_questions() -> tuple[str, ...]:
    """Return the questions to offer a newcomer, one per line of `questions.txt`."""
    return tuple((_HERE / "questions.txt").read_text(encoding="utf-8").splitlines())


def examples_for(articles: Iterable[HasId]) -> tuple[str, ...]:
    """Return the example questions if the sample articles are among these, else none: they would not be answered."""
    return example_questions() if _sample_ids() <= {article.id for article in articles} else ()


def is_sample(articles: Iterable[HasId]) -> bool:
    """Tell whether these are the sample articles and no others."""
    return {article.id for article in articles} == _sample_ids()


def _sample_ids() -> set[str]:
    return {file.stem for file in articles_folder().glob("*.md")}
