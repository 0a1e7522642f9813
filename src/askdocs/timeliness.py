"""A question and the day it is asked to the days that it means, and how near to them each article appeared.

"Which park was flooded this week?" means the week before the day it is asked. An article of another year on another
flood is near in every word and is no answer. Where a question's own words name no days, what appeared last counts a
little more, as in a newspaper; where nobody says when it is asked, its words count from no day and mean nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from askdocs.filters import Described, days_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

UNDATED = 0
"""Stands for the day of an article that has none; real days count from 1, as `date.toordinal` does."""

NEAR_ENOUGH = 0.5
"""From here on an article is of the days meant, more or less: for "this week", of the last thirteen days."""

UNDATED_NEARNESS = NEAR_ENOUGH
"""An article without a date may be of any day."""

_LATELY = 14
"""Days that a question means which names none."""

_FORTHCOMING = 1
"""Days after the question's that still are its days: an outlet's may begin earlier than the reader's."""

_WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_SMALL_WORD = r"(?-i:\b(?!(?:every|each|next|any|one|a|black|good|super|cyber)\b)[a-z]+)"
"""Before a weekday: not "Black Friday", and no word that makes it another than the last."""

_NOT_OF_ANOTHER = r"(?! (?:of|before|in office|tonight)\b)"
"""Behind "the last week": that of February, or in office, is not the week before the question."""

_NO_GAMES = r"(?! (?:Olympics?|Paralympics?|Games|of)\b)"
"""Behind "the last winter" or "season": the Winter Olympics, and the season of a show."""

_TODAY = r"(?<!\bUSA )(?<!\bIndia )(?<!\bRussia )\btoday\b"
"""Not as the end of a newspaper's or broadcaster's name."""

_NAMED = (
    (8, rf"\b(?:this|last|past) (?:week(?:end)?|morning|evening|night)\b{_NOT_OF_ANOTHER}|\byesterday\b|\btonight\b"),
    (8, _TODAY),
    (8, rf"\b(?:on|last|this) {_WEEKDAY}\b(?!,? (?:\d|the \d|[A-Z][a-z]+\.? \d))"),
    (8, rf"{_SMALL_WORD} ({_WEEKDAY})\b(?=\W*$|’s|'s| (?:morning|afternoon|evening|night)\b)"),
    (35, rf"\b(?:this|last|past) month\b{_NOT_OF_ANOTHER}|\brecent(?:ly)?\b|\blatest\b"),
    (100, rf"\b(?:this|last|past) (?:spring|summer|autumn|fall|winter|season)\b{_NO_GAMES}"),
    (370, r"\b(?:this|past) year\b"),
)
"""How many days back from the day of a question its words reach, the nearest first. English only."""

_PATTERNS = tuple((back, re.compile(pattern, re.IGNORECASE)) for back, pattern in _NAMED)

_OF_ANOTHER_TIME = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
"""A year. "The recent floods of 2011" are not those of this month."""

_PRESENT = re.compile(r"\b(?:do|does|is|are|has|have)\b", re.IGNORECASE)
_PAST = re.compile(r"\b(?:did|was|were|had)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DaysMeant:
    """The days that a question means: `back` days to `last`. `named`: its own words say so."""

    last: date
    back: int
    named: bool


def days_meant(question: str, day: date) -> DaysMeant:
    """Return the days that a question means which is asked on this day."""
    named = None if _OF_ANOTHER_TIME.search(question) else _named(question)
    return DaysMeant(day, named[0] if named else _LATELY, named=named is not None)


def words_for_days(question: str) -> str:
    """Return the words of a question that name the days it means, "" where there are none."""
    named = _named(question)
    return named[1] if named else ""


def _named(question: str) -> tuple[int, str] | None:
    """Return how many days back the words of a question reach, and the words."""
    for back, pattern in _PATTERNS:
        found = pattern.search(question)
        if found and not (found[0].casefold() == "today" and _is_of_these_times(question)):
            return back, found[found.lastindex or 0]
    return None


def _is_of_these_times(question: str) -> bool:
    """Tell whether "today" means nowadays: "Where does she live today?", and not "What did she say today?"."""
    return bool(_PRESENT.search(question)) and not _PAST.search(question)


def days_published(articles: Iterable[Described]) -> npt.NDArray[np.int64]:
    """Return the first and the last day on which each article may have appeared, `int64[articles, 2]`.

    They are as `date.toordinal` counts, and differ where a date ends after the month or the year; both are `UNDATED`
    where there is none.
    """
    import numpy as np  # noqa: PLC0415  what days are meant can be asked without it

    found = (days_of(article.published or "") for article in articles)
    days = [(UNDATED, UNDATED) if one is None else (one[0].toordinal(), one[1].toordinal()) for one in found]
    return np.array(days, np.int64).reshape(-1, 2)


@dataclass(frozen=True, slots=True)
class Times:
    """How near each article appeared to the days that a question means, `float32[articles]`: 0 to 1.

    `named`: the question's own words name them.
    """

    near: npt.NDArray[np.float32]
    named: bool


def times(question: str, day: date, published: npt.NDArray[np.int64]) -> Times:
    """Return how near articles appeared, `published` as `days_published` has it, to what is asked about on this day."""
    meant = days_meant(question, day)
    return Times(nearness(published, meant), meant.named)


def nearness(published: npt.NDArray[np.int64], meant: DaysMeant) -> npt.NDArray[np.float32]:
    """Return how near articles appeared to the days meant, `float32[articles]`: 1 within them, less the longer before.

    For each length of the days meant that lies between, it falls to 1/e. What appeared after the last day counts 0;
    what may have appeared on several days, on the last of those that was not after it.
    """
    import numpy as np  # noqa: PLC0415

    today, (first, last) = meant.last.toordinal(), published.T
    age = today - np.where(first <= today, np.minimum(last, today), last)
    before = np.exp(-np.maximum(age - meant.back, 0) / meant.back)
    near = np.where(age < -_FORTHCOMING, 0.0, before)
    return np.where(last == UNDATED, UNDATED_NEARNESS, near).astype(np.float32)
