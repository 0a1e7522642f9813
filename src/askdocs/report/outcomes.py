"""A row goes in; what became of its question comes out: the worst first, so that a reader begins with what to mend."""

from __future__ import annotations

from dataclasses import dataclass

from askdocs.evaluation.saved import Row
from askdocs.report.curves import first_relevant_rank


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question. `tone` is `bad`, `middling` or `good`."""

    title: str
    tone: str


FALSE_ANSWER = Outcome("Answered, though the articles do not answer it", "bad")
NOT_FOUND = Outcome("Nothing relevant among the hits", "bad")
FALSE_REFUSAL = Outcome("Refused, though the articles answer it", "bad")
BESIDE = Outcome("Found, but other words were quoted", "middling")
BELOW = Outcome("Quoted, from below the first place", "good")
FIRST = Outcome("Found first and quoted", "good")
REFUSED = Outcome("Rightly refused", "good")
UNJUDGED = Outcome("Answerable, by words that nobody has marked", "middling")

OUTCOMES = (FALSE_ANSWER, NOT_FOUND, FALSE_REFUSAL, BESIDE, UNJUDGED, BELOW, FIRST, REFUSED)
"""In the order of the page."""


def outcome(row: Row) -> Outcome:
    """Tell what became of a question."""
    if not row.question.answerable:
        return REFUSED if row.abstained else FALSE_ANSWER
    if not row.question.evidence:
        return FALSE_REFUSAL if row.abstained else UNJUDGED
    rank = first_relevant_rank(row)
    if rank is None:
        return NOT_FOUND
    if row.abstained:
        return FALSE_REFUSAL
    if not any(row.is_relevant(quote) for quote in row.quotes):
        return BESIDE
    return FIRST if rank == 1 else BELOW
