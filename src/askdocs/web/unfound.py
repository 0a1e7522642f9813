"""A question that got no answer in, which of its names and numbers the articles never mention out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from askdocs.datatypes import Hit
from askdocs.expected import Expected, expected, holds
from askdocs.naming import names
from askdocs.terms import terms

_LOOKED_UP = 6
"""Names that are looked up, each by a search of its own."""

READ = 16
"""Passages in which a name is looked for. A passage that holds a name is the first that its words find."""


class Searching:
    """Finds passages for words."""

    def __init__(self, search: Callable[[str, int], Sequence[Hit]], title: Callable[[str], str]) -> None:
        self._search = search
        self._title = title

    def mentions(self, name: str) -> bool:
        """Tell whether a passage, or the title of its article, holds all the words of a name."""
        wanted = set(terms(name))
        hits = self._search(name, READ)
        return any(wanted <= {*terms(hit.passage.text), *terms(self._title(hit.passage.article_id))} for hit in hits)


@dataclass(frozen=True, slots=True)
class Unfound:
    """What of a question the articles lack: `missing` names and numbers, and the kind of answer the nearest lack.

    `known` are the names and numbers that are mentioned somewhere. `untimely`: the nearest are of other days than the
    question names. `read_as`: its words that no article has, each with the one that it was taken for.
    """

    missing: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    lacking: Expected = Expected.ANYTHING
    untimely: bool = False
    read_as: tuple[tuple[str, str], ...] = ()


def unfound(question: str, nearest: Iterable[Hit], searching: Searching) -> Unfound:
    """Return what the articles, and the passages nearest to the question, lack of it."""
    named = names(question)[:_LOOKED_UP]
    mentioned = [searching.mentions(name) for name in named]
    kind = expected(question)
    lacks = not any(holds(kind, hit.passage.text, question) for hit in nearest)
    return Unfound(
        missing=tuple(name for name, found in zip(named, mentioned, strict=True) if not found),
        known=tuple(name for name, found in zip(named, mentioned, strict=True) if found),
        lacking=kind if lacks else Expected.ANYTHING,
    )
