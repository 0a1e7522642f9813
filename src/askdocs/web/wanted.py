"""What a reader typed and chose above the list of articles in, the articles to list out, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from askdocs.errors import FilterError
from askdocs.filters import ArticleFilter, days_of
from askdocs.index import ArticleSummary
from askdocs.web.evidence import description

ORDERS = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "title": "Title",
    "outlet": "Outlet",
    "longest": "Longest first",
}
"""The orders of the list, each with its name on the page. Articles without a date come last in those by date."""

_LONGEST = 200
MOST_OUTLETS = 500
"""Outlets that the form lists, and that one filter may name."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which articles to list, and in which order. `within` also limits the questions that are asked.

    `words`: each must be in an article's title, outlet, author or date, as it is read or as 2022-03-22. `fault`: why
    the dates that were given mean nothing, where they do; the dates before then go on to limit, and `dates` are those
    that stand in the form. `page` counts from 0; beyond the last it means the last.
    """

    words: str = ""
    order: str = "newest"
    within: ArticleFilter = field(default_factory=ArticleFilter)
    fault: str = ""
    dates: tuple[str | None, str | None] = (None, None)
    page: int = 0

    @property
    def typed(self) -> tuple[str | None, str | None]:
        """The first and the last day as they stand in the form."""
        return self.dates if self.fault else (self.within.since, self.within.until)

    def choose(self, articles: Sequence[ArticleSummary]) -> list[ArticleSummary]:
        """Return the articles that are wanted, in order."""
        words = self.words.casefold().split()
        found = [
            known for known in articles if self.within.allows(known) and all(word in _told(known) for word in words)
        ]
        return _ordered(found, self.order)


def _told(known: ArticleSummary) -> str:
    return f"{description(known)} {known.published or ''}".casefold()


def wanted_of(sent: Mapping[str, Any], before: Wanted | None = None) -> Wanted:
    """Return what a browser sent of its form; what cannot be understood is as if it had been left empty.

    Dates that mean nothing lift no limit: those of `before` stay, so that a question goes no further than it did.
    """
    outlets = sent.get("outlets")
    order = sent.get("order")
    known = Wanted(_text(sent.get("words")), order if isinstance(order, str) and order in ORDERS else "newest")
    chosen = tuple(_text(one) for one in outlets[:MOST_OUTLETS]) if isinstance(outlets, list) else ()
    within = replace((before or Wanted()).within, outlets=tuple(filter(None, chosen)))
    since, until = _text(sent.get("since")) or None, _text(sent.get("until")) or None
    try:
        return replace(known, within=replace(within, since=since, until=until))
    except FilterError as error:
        fault = f"{str(error)[:1].upper()}{str(error)[1:]}. The limits before stay."
        return replace(known, within=within, fault=fault, dates=(since, until))


def outlets_of(articles: Iterable[ArticleSummary]) -> list[tuple[str, int]]:
    """Return the outlets with the number of their articles, those with the most first."""
    counted = Counter(known.outlet for known in articles if known.outlet)
    return sorted(counted.items(), key=lambda one: (-one[1], one[0].casefold()))


def _text(sent: object) -> str:
    return sent.strip()[:_LONGEST] if isinstance(sent, str) else ""


def _ordered(articles: list[ArticleSummary], order: str) -> list[ArticleSummary]:
    if order == "title":
        return sorted(articles, key=lambda known: (known.title.casefold(), known.id))
    if order == "outlet":
        return sorted(articles, key=lambda known: (not known.outlet, (known.outlet or "").casefold(), known.title))
    if order == "longest":
        return sorted(articles, key=lambda known: (-known.characters, known.id))
    dated = sorted((known for known in articles if _day(known)), key=_day, reverse=order == "newest")
    return dated + _ordered([known for known in articles if not _day(known)], "title")


def _day(known: ArticleSummary) -> int:
    """Return the first day that an article may be of, counted; 0 where it has no date."""
    days = days_of(known.published or "")
    return days[0].toordinal() if days else 0
