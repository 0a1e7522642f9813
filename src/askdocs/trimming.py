"""Hits to the run of sentences in each that answers, so that as much of the answer is read in two thirds of the time.

A passage is as long as it must be to be found; what answers is a part of it. Each hit is cut to those of its sentences
in a row that are worth most, without what an earlier hit has shown, so that the hits are different places. What is left
is still whole sentences of the article.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from askdocs.datatypes import Hit, Passage
from askdocs.index import OpenIndex
from askdocs.reranking import Reranking, Sentence


def trimmed(found: Reranking, index: OpenIndex, margin: float, k: int) -> tuple[Hit, ...]:
    """Return the best `k` hits, each cut to its best sentences; one that has nothing new is left out.

    A sentence is worth its length times how far its `answers` is above the best sentence's less `margin`, which may be
    less than nothing; the run that is worth most is kept. A hit whose sentences were not all read stays whole.
    """
    read = {sentence.row: sentence for sentence in found.sentences}
    least = max((sentence.answers for sentence in found.sentences), default=0.0) - margin
    shown: set[int] = set()
    hits: list[Hit] = []
    for hit, row in zip(found.ranking.hits, found.ranking.rows, strict=True):
        rows = index.passages.sentence_rows(row)
        passage: Passage | None = hit.passage
        if all(one in read for one in rows):
            run = best_run([read[one] for one in rows if one not in shown], least)
            shown.update(sentence.row for sentence in run)
            passage = _passage(run) if run else None
        if passage is not None and len(hits) < k:
            hits.append(replace(hit, passage=passage, rank=len(hits) + 1))
    return tuple(hits)


def best_run(sentences: Sequence[Sentence], least: float) -> Sequence[Sentence]:
    """Return the run that is worth most of an article's sentences, given in reading order; no gap is inside it.

    The largest sum of neighbours in one pass: a run that is worth nothing so far is never a good beginning.
    """
    best, kept = float("-inf"), slice(0, 0)
    total, first = 0.0, 0
    for place, one in enumerate(sentences):
        if total <= 0 or sentences[place - 1].row + 1 != one.row:
            total, first = 0.0, place
        total += (one.answers - least) * (one.span[1] - one.span[0])
        if total > best:
            best, kept = total, slice(first, place + 1)
    return sentences[kept]


def _passage(run: Sequence[Sentence]) -> Passage:
    article, start, end = run[0].article, run[0].span[0], run[-1].span[1]
    return Passage(article.id, start, end, article.text[start:end])
