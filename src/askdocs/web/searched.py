"""Articles and the limits of a question in, what was searched in words out: how many articles, from when to when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from askdocs.filters import ArticleFilter, days_of
from askdocs.index import ArticleSummary


@dataclass(frozen=True, slots=True)
class Searched:
    """How many articles a question was put to, and the first and last day on which one of them appeared, ISO dates.

    `every` is how many there are in all; the days are None where no article has a date.
    """

    articles: int
    every: int
    first: str | None = None
    last: str | None = None

    @property
    def limited(self) -> bool:
        """Whether the question was put to some of the articles only."""
        return self.articles != self.every


class Counts:
    """Counts what questions are put to, once for each generation of an index and limits. Safe in threads."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, ArticleFilter], Searched] = {}

    def of(self, generation: str, articles: Sequence[ArticleSummary], within: ArticleFilter) -> Searched:
        """Return what a question within these limits is put to in this generation."""
        key = (generation, within)
        known = self._kept.get(key)
        if known is None:
            known = searched(articles, within)
            if len(self._kept) >= _KEPT:
                self._kept = {}
            self._kept[key] = known
        return known


_KEPT = 64
"""Counts that are remembered; all are forgotten together, as they are quickly made again."""


def searched(articles: Iterable[ArticleSummary], within: ArticleFilter) -> Searched:
    """Return what a question within these limits is put to."""
    count = every = 0
    first = last = None
    for known in articles:
        every += 1
        if within and not within.allows(known):
            continue
        count += 1
        if days := days_of(known.published or ""):
            first, last = min(first or days[0], days[0]), max(last or days[1], days[1])
    return Searched(count, every, first.isoformat() if first else None, last.isoformat() if last else None)
