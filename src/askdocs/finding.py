"""A question to what it is judged by: the passages of one index that are near it, in order, the best read closely."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from askdocs.close_reading import load_reader, read_closely
from askdocs.encoding.protocol import Encoder
from askdocs.filters import ArticleFilter, Described
from askdocs.index import OpenIndex
from askdocs.reranking import READ_HITS, Reranking, rerank
from askdocs.retrieval import Ranking, Retriever
from askdocs.settings import Settings
from askdocs.spelling import read_as
from askdocs.timeliness import days_published, times

AllowedRows = Callable[[ArticleFilter], npt.NDArray[np.int64]]

ON_SUBJECT = 0.5
"""The least share of the best hit's score with which a hit still is about the subject of a follow-up."""


class Finder:
    """Finds in one index, to answer and to fit a calibration alike. Safe to share between threads.

    It knows no calibration: one can be fitted beside one that is damaged.
    """

    def __init__(self, index: OpenIndex, encoder: Encoder, settings: Settings) -> None:
        self._index = index
        self._encoder = encoder
        self._settings = settings
        self._reader = load_reader(settings)

    def prepare(self) -> None:
        """Make everything ready that the first question would wait for.

        Raises:
            IndexForeignError: this machine finds other passages than the one that built the index.
        """
        _ = self._retriever

    def warm(self) -> None:
        """Load what reads closely, which searching does without."""
        if self._reader:
            self._reader.prepare()

    def read_as(self, question: str) -> Mapping[str, str]:
        """Return the words of a question that are taken for others, which the articles have."""
        return read_as(question, self._index, self._encoder)

    def judged(
        self, query: str, day: date | None, *, asked: str | None = None, within: ArticleFilter | None = None
    ) -> Reranking:
        """Return what a query is judged by, for as many hits as an answer has, and more to choose from.

        `asked` is what was typed, where that is a follow-up.
        """
        found = self.found(query, self._settings.answers.hits, day, asked=asked, within=within)
        if asked is not None and asked != query:
            return found  # a follow-up does not say what it is about, and its query is no question
        return read_closely(query, found, self._index, self._reader)

    def found(
        self, query: str, k: int, day: date | None, *, asked: str | None = None, within: ArticleFilter | None = None
    ) -> Reranking:
        """Rank passages for a query: so many more than `k` that reranking and fitting have a choice.

        `asked` is what was typed: a follow-up's query also names the subject of the questions before it.
        """
        asked = asked or query
        allowed = self._allowed(within) if within else None
        meant = None if day is None else times(query, day, self.published)
        ranking = self._retriever.rank(query, max(k + k // 2, READ_HITS), allowed, meant)
        if asked != query:
            ranking = self._turned_to(asked, ranking)
        return rerank(asked, ranking, self._index)

    @cached_property
    def published(self) -> npt.NDArray[np.int64]:
        """The day on which each article appeared."""
        return days_published(self._index.articles.summaries)

    def _turned_to(self, follow_up: str, ranking: Ranking) -> Ranking:
        """Keep the hits that are about the subject, to be read for what the follow-up itself asks of it.

        Read for the whole query, they would give the sentence that answered the question before once more.
        """
        near = sum(hit.score >= ON_SUBJECT * ranking.hits[0].score for hit in ranking.hits)
        both = self._encoder.encode_query([follow_up])[0] + ranking.query
        return replace(ranking.at(range(near)), query=both / (both @ both) ** 0.5)

    @cached_property
    def _allowed(self) -> AllowedRows:
        """Gives the rows of the articles that a filter allows; those of a conversation's are found once."""
        return _allowed_among(self._index.articles.summaries)

    @cached_property
    def _retriever(self) -> Retriever:
        self._index.require_same_search()
        return Retriever(self._index, self._encoder, self._settings.retrieval)


def _allowed_among(articles: Sequence[Described]) -> AllowedRows:
    """Return what gives a filter's rows. It holds the articles and not what asks for them, which can then be closed."""
    return lru_cache(maxsize=8)(lambda within: within.rows(articles))
