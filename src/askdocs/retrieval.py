"""A query to a ranking of passages: cosine and BM25, each scaled to its own best, added up.

The sum of scores scaled between each scorer's lowest possible value and the query's best (0 for both here: a passage
that shares nothing) is the "theoretical min-max" fusion of Bruch, Gai and Ingber, "An Analysis of Fusion Functions for
Hybrid Retrieval" (TOIS 2023). It keeps how much better one passage is than the next, which ranks alone forget.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from askdocs.datatypes import Hit, Span
from askdocs.encoding.protocol import Encoder, Vectors
from askdocs.index import OpenIndex
from askdocs.settings import RetrievalSettings
from askdocs.terms import content_terms
from askdocs.timeliness import Times

Floats = npt.NDArray[np.float32]

_GROUP = 32
"""Scores of which only the greatest is looked at first."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best passages for a query, best first, and what they were judged by.

    `rows`, `cosines` and `bm25` have one entry a hit: its passage's row in the index, and its unscaled scores. `query`
    is the query's unit vector, shape `(dimension,)`, and `legible` how much of the query the encoder reads, 0 to 1, so
    how much cosines with it say. `articles` and `passages` are how many were searched. `timely` has an entry a hit,
    too: how near its article appeared to the days that the query names, 0 to 1, and 1 where it names none.
    """

    hits: tuple[Hit, ...]
    rows: tuple[int, ...]
    cosines: tuple[float, ...]
    bm25: tuple[float, ...]
    timely: tuple[float, ...]
    query: Vectors
    legible: float
    articles: int
    passages: int

    def at(self, places: Sequence[int]) -> Ranking:
        """Return the hits in these places, in this order. Their ranks stay what they were."""
        return replace(
            self,
            hits=tuple(self.hits[place] for place in places),
            rows=tuple(self.rows[place] for place in places),
            cosines=tuple(self.cosines[place] for place in places),
            bm25=tuple(self.bm25[place] for place in places),
            timely=tuple(self.timely[place] for place in places),
        )


class Retriever:
    """Ranks the passages of an open index."""

    def __init__(self, index: OpenIndex, encoder: Encoder, settings: RetrievalSettings) -> None:
        self._index = index
        self._encoder = encoder
        self._settings = settings

    def rank(
        self, query: str, k: int, allowed: npt.NDArray[np.int64] | None = None, times: Times | None = None
    ) -> Ranking:
        """Return the `k` best passages, no two of which are mostly the same words.

        `allowed` holds the rows of the articles to search, ascending. The others are as if they were not there, but
        for the idf of terms, which stays that of the whole index. `times` says how near each article of the index
        appeared to the days that the query means, where it is known when it is asked.
        """
        vector = self._encoder.encode_query([query])
        lexical = self._index.lexical.scores(content_terms(query))
        within = None if allowed is None else self._passages_of(allowed)
        if within is not None:
            lexical[~within] = 0
        rows = self._candidates(vector, lexical, within, reach=max(self._settings.candidates, k))
        cosines = self._index.dense.vectors(rows) @ vector[0]
        legible = self._encoder.legibility(query)
        weight = self._settings.dense_weight * legible
        fused = weight * _scaled(cosines) + (1 - weight) * _scaled(lexical[rows])
        near = np.ones(len(rows), np.float32) if times is None else times.near[self._index.passages.article_rows[rows]]
        if times is not None:
            fused += (self._settings.timely if times.named else self._settings.lately) * near
        kept = self._apart(rows, np.lexsort((rows, -fused)), k)
        return Ranking(
            hits=tuple(
                Hit(self._index.passages[int(rows[place])], float(fused[place]), rank)
                for rank, place in enumerate(kept, start=1)
            ),
            rows=tuple(int(rows[place]) for place in kept),
            cosines=tuple(float(cosines[place]) for place in kept),
            bm25=tuple(float(lexical[rows[place]]) for place in kept),
            timely=tuple(float(near[place]) if times and times.named else 1.0 for place in kept),
            query=vector[0],
            legible=legible,
            articles=len(self._index.articles) if allowed is None else len(allowed),
            passages=len(self._index.passages) if within is None else int(within.sum()),
        )

    def _passages_of(self, articles: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Tell of every passage whether it is in one of these articles."""
        chosen = np.zeros(len(self._index.articles), np.bool_)
        chosen[articles] = True
        within: npt.NDArray[np.bool_] = chosen[self._index.passages.article_rows]
        return within

    def _candidates(
        self, vector: Vectors, lexical: Floats, within: npt.NDArray[np.bool_] | None, *, reach: int
    ) -> npt.NDArray[np.int64]:
        """Return the rows that are among the best `reach` of either list, in ascending order."""
        _, nearest = self._index.dense.search(vector, reach, within)
        return np.union1d(nearest[0][nearest[0] >= 0], best_above_zero(lexical, reach))

    def _apart(self, rows: npt.NDArray[np.int64], order: npt.NDArray[np.intp], k: int) -> list[int]:
        """Take places in order, leaving out a passage that repeats most of one already taken."""
        passages = self._index.passages
        articles = passages.article_rows[rows].tolist()
        spans = list(zip(passages.starts[rows].tolist(), passages.ends[rows].tolist(), strict=True))
        kept: list[int] = []
        taken: dict[int, list[Span]] = {}
        for place in order.tolist():
            if len(kept) == k:
                break
            beside = taken.setdefault(articles[place], [])
            if not any(_repeats(spans[place], other, self._settings.max_overlap) for other in beside):
                beside.append(spans[place])
                kept.append(place)
        return kept


def _repeats(span: Span, other: Span, allowed: float) -> bool:
    """Tell whether two passages of an article share more than the allowed part of the shorter one."""
    shared = min(span[1], other[1]) - max(span[0], other[0])
    return shared > allowed * min(span[1] - span[0], other[1] - other[0])


def best_above_zero(scores: Floats, count: int) -> npt.NDArray[np.intp]:
    """Return the rows of the best scores above 0, in no order: at most `count`, of equal ones the lower."""
    least = _least_of_best(scores, count)
    rows = np.flatnonzero(scores >= least if least > 0 else scores)
    if len(rows) <= count:
        return rows
    found = scores[rows]
    least = np.partition(found, -count)[-count]
    better, equal = rows[found > least], rows[found == least]
    return np.concatenate([better, equal[: count - len(better)]])


def _least_of_best(scores: Floats, count: int) -> float:
    """Return a score that at least `count` reach, or 0: by the maxima of groups, of which each is one that does.

    A million scores are looked through several times sooner than partitioned.
    """
    groups = len(scores) // _GROUP
    if groups < count:
        return 0.0
    maxima = scores[: groups * _GROUP].reshape(_GROUP, groups).max(axis=0)
    return float(np.partition(maxima, -count)[-count])


def _scaled(scores: Floats) -> Floats:
    """Scale scores so that the best is 1 and 0 stays 0; what is below 0 counts as 0."""
    best = scores.max(initial=0.0)
    scaled: Floats = np.maximum(scores, 0.0) / best if best > 0 else np.zeros_like(scores)
    return scaled
