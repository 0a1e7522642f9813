"""Limits that a reader sets on outlet, date and article to the rows of the articles that stay inside them."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from askdocs.errors import FilterError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_DATE = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?)?(?=[T ]|$)")
"""An ISO date, which may end after the year or the month, and may have a time behind it."""


class Described(Protocol):
    """What a filter asks of an article; both `Article` and `ArticleSummary` tell it."""

    @property
    def id(self) -> str:
        """The article's name in the index."""
        ...

    @property
    def published(self) -> str | None:
        """The day it appeared, as an ISO date."""
        ...

    @property
    def outlet(self) -> str | None:
        """Who published it."""
        ...


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """Which articles to search: those inside every limit that is set.

    `outlets`: one of these names, capitals or not · `since`, `until`: ISO dates, both days inside; "2022-04" is the
    whole month and "2022" the whole year · `articles`: one of these ids. An article without a date, or with no more of
    one than leaves it open on which side of a limit it lies, is outside every limit of date.

    Raises:
        FilterError: a date is none, or `since` comes after `until`.
    """

    outlets: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    articles: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse dates that mean nothing, rather than find nothing with them."""
        first, last = self._days()
        if first > last:
            raise FilterError(f"no day is both since {self.since} and until {self.until}; change one of the two")

    def __bool__(self) -> bool:
        """Say whether any limit is set."""
        return self != ArticleFilter()

    def allows(self, article: Described) -> bool:
        """Tell whether an article is inside all limits."""
        return _limits(self).hold(article)

    def rows(self, articles: Iterable[Described]) -> npt.NDArray[np.int64]:
        """Return the places of the articles that are allowed, ascending, `int64[allowed]`."""
        import numpy as np  # noqa: PLC0415  a filter can be made and shown without it

        limits = _limits(self)
        return np.array([row for row, article in enumerate(articles) if limits.hold(article)], np.int64)

    def _days(self) -> tuple[date, date]:
        """Return the first and the last day that are inside."""
        since, until = _limit("since", self.since), _limit("until", self.until)
        return since[0] if since else date.min, until[1] if until else date.max


@dataclass(frozen=True, slots=True)
class _Limits:
    """A filter made ready for many articles: a request may name hundreds of outlets."""

    outlets: frozenset[str]
    articles: frozenset[str]
    days: tuple[date, date] | None

    def hold(self, article: Described) -> bool:
        """Tell whether an article is inside all of them."""
        if self.articles and article.id not in self.articles:
            return False
        if self.outlets and (article.outlet or "").casefold() not in self.outlets:
            return False
        if self.days is None:
            return True
        published = days_of(article.published or "")
        return published is not None and self.days[0] <= published[0] and published[1] <= self.days[1]


@lru_cache(maxsize=64)
def _limits(within: ArticleFilter) -> _Limits:
    dated = within.since is not None or within.until is not None
    return _Limits(
        frozenset(outlet.casefold() for outlet in within.outlets),
        frozenset(within.articles),
        within._days() if dated else None,  # noqa: SLF001  the other half of this very class
    )


def days_of(text: str) -> tuple[date, date] | None:
    """Return the first and last day that an ISO date stands for, the same unless it ends early; None if it is none."""
    found = _DATE.match(text)
    if found is None:
        return None
    year, month, day = int(found["year"]), found["month"], found["day"]
    try:
        first, last = (date(year, int(month or other), int(day or 1)) for other in (1, 12))
    except ValueError:  # the 31st of February
        return None
    return first, last if day else last.replace(day=monthrange(last.year, last.month)[1])


def _limit(name: str, text: str | None) -> tuple[date, date] | None:
    days = None if text is None else days_of(text)
    if text is not None and days is None:
        raise FilterError(f"{name} = {text!r} is no date; write it as 2022, 2022-04 or 2022-04-12")
    return days
