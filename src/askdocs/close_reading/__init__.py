"""A reranking to the same, and how likely its best sentence, read together with the question, answers.

What was found is near the question; a near miss ("who made the siren?", beside an article on the siren) is as near.
Only reading tells them apart. A small model does. What it says weighs in the confidence and nowhere else.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

from askdocs.close_reading.excerpts import excerpt, rows_around
from askdocs.close_reading.reader import Reader, Reading
from askdocs.index import OpenIndex
from askdocs.reranking import UNREAD, Reranking
from askdocs.settings import Settings

__all__ = ["Reader", "load_reader", "read_closely"]

DOUBT = 0.35
USUAL = 1.35
LEAST = 0.02
"""How a reading becomes a chance: `LEAST` at the least, and the rest by the logistic function of `DOUBT` of what the
reader says and of `USUAL`: most questions that come near are answered, so only a clear no counts. Set by hand on all
sets; eval/LOG.md has the table."""

_NEVER = -50.0
"""Below it the logistic function is 0 as far as anyone can tell."""


def load_reader(settings: Settings) -> Reader | None:
    """Return what reads a question together with what was found for it, unless the settings say that nothing does.

    There is one for each engine, which loads when it first reads.
    """
    return _reader(settings.engine) if settings.answers.reader else None


@cache
def _reader(engine: str) -> Reader:
    return Reader(engine)


def read_closely(question: str, found: Reranking, index: OpenIndex, reader: Reader | None) -> Reranking:
    """Read the sentence that would be quoted first with those around it, for the chance that they answer.

    Without a reader, and where it cannot read all of that sentence and of the question, it counts as unread.

    Raises:
        EncoderError: the bundled encoder, whose word vectors the reader has, is not here.
        EngineError: the reader's own weights are damaged, or cannot be read.
    """
    best = next((one for one in found.sentences if not one.is_heading), None)
    if reader is None or best is None:
        return found
    rows = rows_around(best, index)
    reading = reader.read(question, excerpt(best.article, rows, index))
    if not math.isfinite(dict(zip(rows, reading.sentences[: reading.whole], strict=False)).get(best.row, -math.inf)):
        return found  # the model has no tokens of it, or no room for all of them
    unread = 1 - reading.legible
    return replace(found, reads=unread + reading.legible * _chance(reading), doubt=unread * UNREAD)


def _chance(reading: Reading) -> float:
    """Return how likely an excerpt answers by what the reader says."""
    said = max(DOUBT * reading.answers + USUAL, _NEVER)
    return LEAST + (1 - LEAST) / (1 + math.exp(-said))
