"""A reranking to its best hits, each fitted to the question: as much of its article as answers, and no more.

Passages are cut before anyone asks. An answer may begin before one and go on after it, and most of it may be about
something else. So a hit is the run of sentences, in its passage and near it, that are worth most; what an earlier hit
has shown is not shown again. The hits are then different places, whole sentences of their articles each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from askdocs.datatypes import Hit, Passage
from askdocs.index import OpenIndex
from askdocs.judging import Sentence, sentences_near
from askdocs.reranking import Reranking
from askdocs.settings import RetrievalSettings

SHORT = 12_000
"""Characters of an article, up to which a further hit of it counts less in full: it is about the same. In one twice as
long it counts half as much less, and a book is like many articles."""

NARROWING = 0.05
"""How much less than the hit before it a hit may take in, so that the first is the longest: it answers most often."""

NARROWEST = 4
"""Hits, after which the next are no shorter any more."""

WHOLE = 6
"""Passages of an article, up to which it is short enough to be shown as a whole, as far as it was read."""

LEAST = 0.4
"""What a sentence must answer at least to lengthen a hit, however poor the best one is: where nothing answers, all are
near the best, and the nearest passages would be long."""


def fitted(
    found: Reranking, index: OpenIndex, settings: RetrievalSettings, k: int, *, fill: bool = False
) -> tuple[Hit, ...]:
    """Return the best `k` hits, each fitted; one that has nothing new which might answer is left out.

    A hit counts less by `settings.repeated` for each one of its article that is listed already. Its score says so.
    With `fill`, where there are fewer than `k`, those left out follow as they were cut, but for what is shown already.
    """
    fitting = _Fitting(found, index, settings)
    left = list(range(len(found.ranking.hits)))
    hits: list[Hit] = []
    nothing_new: list[int] = []
    while left and len(hits) < k:
        place = max(left, key=fitting.score)  # of equal ones the first
        left.remove(place)
        score = fitting.score(place)
        if passage := fitting.shown(place):
            hits.append(Hit(passage, score, len(hits) + 1))
        else:
            nothing_new.append(place)
    if fill:
        for place in nothing_new:
            if len(hits) < k and (passage := fitting.as_cut(place)):
                hits.append(Hit(passage, min(fitting.score(place), hits[-1].score), len(hits) + 1))
    return tuple(hits)


class _Fitting:
    """What has been shown of each article, and how much of the next hit is new and worth showing."""

    def __init__(self, found: Reranking, index: OpenIndex, settings: RetrievalSettings) -> None:
        self._found = found
        self._index = index
        self._settings = settings
        rows = index.passages.article_rows
        self._articles = [int(rows[row]) for row in found.ranking.rows]
        self._best = max((sentence.answers for sentence in found.sentences), default=0.0)
        self._shown: set[int] = set()
        self._listed: Counter[int] = Counter()

    def score(self, place: int) -> float:
        """Return what the hit in this place is worth beside those that are listed already."""
        hit, article = self._found.ranking.hits[place], self._articles[place]
        if not self._listed[article]:
            return hit.score
        passages = self._index.passages
        length = int(passages.ends[passages.rows_of(article)[-1]])
        return hit.score - self._settings.repeated * self._listed[article] * min(1.0, SHORT / length)

    def shown(self, place: int) -> Passage | None:
        """Return what to show of the hit in this place, and remember it; None where there is nothing new."""
        passage = self._fitted(place)
        if passage:
            self._listed[self._articles[place]] += 1
        return passage

    def _fitted(self, place: int) -> Passage | None:
        """Return the run worth most; of a hit that was not read, or is to stay as it is, its passage.

        None where no new sentence is worth anything, unless it is the first hit: there is always a nearest one.
        """
        hit, row = self._found.ranking.hits[place], self._found.ranking.rows[place]
        rows = sentences_near(row, self._index)
        if self._settings.margin is None:
            return hit.passage
        if any(one not in self._found.read for one in rows):
            return self.as_cut(place)
        new = [self._found.read[one] for one in rows if one not in self._shown]
        narrowed = NARROWING * min(NARROWEST, self._listed.total())
        least = self._best - max(0.0, self._settings.margin - narrowed)
        if self._listed and all(one.answers <= least for one in new):
            return None
        if all(one.answers <= LEAST for one in new):
            return self.as_cut(place)
        short = len(self._index.passages.rows_of(self._articles[place])) <= WHOLE
        run = new if short else best_run(new, max(LEAST, least))
        self._shown.update(sentence.row for sentence in run)
        return _passage(run)

    def as_cut(self, place: int) -> Passage | None:
        """Return the passage in this place, of which nothing answers; None where some of it is shown already."""
        rows = self._index.passages.sentence_rows(self._found.ranking.rows[place])
        if not self._shown.isdisjoint(rows):
            return None
        self._shown.update(rows)
        return self._found.ranking.hits[place].passage


def best_run(sentences: Sequence[Sentence], least: float) -> Sequence[Sentence]:
    """Return the run that is worth most of an article's sentences, given in reading order; no gap is inside it.

    A sentence is worth its length times how far its `answers` is above `least`, which may be less than nothing. The
    largest sum of neighbours in one pass: a run that is worth nothing so far is never a good beginning.
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
