"""A sentence to the excerpt that it stands in: what is read together with the question."""

from __future__ import annotations

from collections.abc import Callable

from askdocs.close_reading.reader import Excerpt
from askdocs.datatypes import Article
from askdocs.index import OpenIndex
from askdocs.judging import Sentence

ENOUGH = 420
LONGEST = 700
SENTENCES = 5
"""An excerpt grows around its sentence to at least `ENOUGH` characters, where its article goes on, but never beyond the
other two: it is as long as those that the reader was trained with."""


def grown(place: int, within: range, length: Callable[[range], int]) -> range:
    """Return the places of a sentence and those around it that are read with it: one before, one after, and so on.

    `within`: the places of its article's sentences; `length`: how many characters some that follow each other span.
    """
    run = range(place, place + 1)
    while len(run) < SENTENCES and length(run) < ENOUGH:
        before, after = range(run.start - 1, run.stop), range(run.start, run.stop + 1)
        turns = (before, after) if len(run) % 2 else (after, before)
        longer = next((one for one in turns if within.start <= one.start and one.stop <= within.stop), None)
        if longer is None or length(longer) > LONGEST:
            break
        run = longer
    return run


def rows_around(sentence: Sentence, index: OpenIndex) -> range:
    """Return the rows of a sentence and those around it that are read with it."""
    passages = index.passages.rows_of(index.passages.article_of_sentence(sentence.row))
    first = index.passages.sentence_rows(passages.start).start
    last = index.passages.sentence_rows(passages.stop - 1).stop
    return grown(sentence.row, range(first, last), lambda rows: _length(rows, index))


def excerpt(article: Article, rows: range, index: OpenIndex) -> Excerpt:
    """Return sentences of an article, given by their rows in the index, as they are read."""
    return Excerpt(article.title, tuple(article.text[start:end] for start, end in index.sentences.places(rows)))


def _length(rows: range, index: OpenIndex) -> int:
    places = index.sentences.places(rows)
    return places[-1][1] - places[0][0]
