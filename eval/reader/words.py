"""A text to its names, numbers and content words, each with what must be alike in another that takes its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from askdocs.terms import content_terms

WORD = re.compile(r"\w[\w'’.,-]*\w|\w")
POSSESSIVE = re.compile(r"['’]s$")

_SHORT = 3
_ENDINGS = ("ing", "ed", "ly", "s")


@dataclass(frozen=True, slots=True)
class Word:
    """A name, number or content word of a text: where it stands, and the word before it in small letters."""

    text: str
    start: int
    end: int
    before: str

    @property
    def kind(self) -> tuple[str, ...]:
        """What another word must share to take its place: what it is, how it ends, and what is before it."""
        if self.text[0].isdigit():
            return ("number", str(len(self.text)) if self.text.isdigit() else self.text.lstrip("0123456789.,"))
        if self.text[0].isupper():
            return ("name", self.before)
        return ("word", self.before, next((end for end in _ENDINGS if self.text.endswith(end)), ""))


def words_of(text: str) -> Iterator[Word]:
    """Yield the numbers, names and content words of a text; capitalised words in a row are one name.

    A capital at the beginning makes no name.
    """
    before, name = "", None
    for match in WORD.finditer(text):
        found = match[0]
        capital = found[0].isupper() and match.start() > 0
        if name is not None and capital and text[name.end : match.start()] == " ":
            name = Word(text[name.start : match.end()], name.start, match.end(), name.before)
        else:
            if name is not None:
                yield name
            name = Word(found, match.start(), match.end(), before) if capital else None
            if not capital and (found[0].isdigit() or _is_content(found)):
                yield Word(found, match.start(), match.end(), before)
        before = found.lower()
    if name is not None:
        yield name


def _is_content(word: str) -> bool:
    return word.islower() and len(word) > _SHORT and bool(content_terms(word))


def plain(text: str) -> str:
    """Return the words of a text in small letters with single blanks between them, without a possessive "'s"."""
    return " ".join(POSSESSIVE.sub("", word.lower()) for word in WORD.findall(text))
