"""A sentence to the run of its neighbours that answer with it, so that what belongs together is one quote.

An answer is often two sentences: the claim and its reason, the event and its number. A neighbour is taken in where it
answers nearly as well as the sentence itself and as the best of all, in the same paragraph; the better neighbour first.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from askdocs.judging import Sentence
from askdocs.quotes import is_prose

NEARLY = 0.6
"""How much less than the sentence, and than the best, a neighbour may answer. At 0.35 to 0.6 a first quote holds the
answer 5 to 13 points more often than its sentence alone, for about the characters of three separate sentences."""

MOST = 6
"""Sentences of a run."""

LONGEST = 1_000
"""Characters of a run of several sentences: a short paragraph."""

_BLANK_LINE = re.compile(r"\n\s*\n")


def run_of(
    sentence: Sentence, best: Sentence, read: Mapping[int, Sentence], taken: Collection[int]
) -> tuple[Sentence, ...]:
    """Return the sentence with its neighbours, in reading order.

    `best` is the best sentence for the question, `read` holds the sentences that were judged, by row, and `taken` the
    rows of those that an earlier quote has.
    """
    run: tuple[Sentence, ...] = (sentence,)
    least = min(sentence.answers, best.answers) - NEARLY
    while len(run) < MOST:
        beside = [
            one for one in _beside(run, read) if one.row not in taken and one.answers >= least and _fits(one, run)
        ]
        if not beside:
            break
        run = tuple(sorted((*run, max(beside, key=lambda one: one.answers)), key=lambda one: one.row))
    return run


def _beside(run: tuple[Sentence, ...], read: Mapping[int, Sentence]) -> Iterator[Sentence]:
    """Give the sentences just before and after a run in its article. A heading is no part of an answer."""
    for row in (run[0].row - 1, run[-1].row + 1):
        one = read.get(row)
        if one and one.article.id == run[0].article.id and not one.is_heading:
            yield one


def _fits(one: Sentence, run: tuple[Sentence, ...]) -> bool:
    """Tell whether a sentence and a run are one piece of a paragraph of the article's own prose, and a short one."""
    start, end = min(one.span[0], run[0].span[0]), max(one.span[1], run[-1].span[1])
    one_paragraph = _BLANK_LINE.search(one.article.text, start, end) is None
    return end - start <= LONGEST and one_paragraph and is_prose(one.article, (start, end))
