"""A ranking to the same hits in a better order, by the sentence in each that answers best, and to those sentences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from askdocs.index import OpenIndex
from askdocs.judging import Sentence, judged
from askdocs.retrieval import Ranking

READ_HITS = 16
"""Passages whose sentences are read. The sentence wanted is hardly ever further down."""

SENTENCE = 0.45
"""What a passage's best sentence counts beside the passage's own score."""

UNREAD = 0.7
"""The doubt, in log odds, about a sentence that nobody has read: so that as much is answered without a close reading as
with one."""


@dataclass(frozen=True, slots=True)
class Reranking:
    """A ranking in its final order, and the sentences of its best hits, best first.

    `read` holds, by row, all sentences that were judged: those and the ones near them in their articles. `reads` is
    the chance by a close reading that the best sentence answers, if it is on the subject, and `doubt` what is left to
    doubt for want of one: of what was not read, 1 and `UNREAD`.
    """

    ranking: Ranking
    sentences: tuple[Sentence, ...]
    read: Mapping[int, Sentence]
    reads: float = 1.0
    doubt: float = UNREAD

    def best(self, k: int) -> Reranking:
        """Return the same with the best `k` hits only."""
        return replace(self, ranking=self.ranking.at(range(min(k, len(self.ranking.hits)))))


def rerank(query: str, ranking: Ranking, index: OpenIndex) -> Reranking:
    """Judge the sentences of the best hits, and order the hits by their own score and their best sentence's.

    Of sentences with equal scores, the one of the better hit comes first.
    """
    best = ranking.at(range(min(READ_HITS, len(ranking.hits))))
    read = judged(query, best, index)
    found = dict.fromkeys(row for passage in best.rows for row in index.passages.sentence_rows(passage))
    scores = [
        hit.score + SENTENCE * max((read[row].answers for row in rows if row in found), default=0.0)
        for hit, rows in zip(ranking.hits, map(index.passages.sentence_rows, ranking.rows), strict=True)
    ]
    order = sorted(range(len(scores)), key=lambda place: -scores[place])
    hits = tuple(
        replace(ranking.hits[place], score=scores[place], rank=rank) for rank, place in enumerate(order, start=1)
    )
    sentences = sorted((read[row] for row in found), key=lambda sentence: -sentence.score)
    return Reranking(replace(ranking.at(order), hits=hits), tuple(sentences), read)
