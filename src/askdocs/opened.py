"""One generation of an index, opened, and a question to an answer from it alone: nothing in it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING

from askdocs.conversation import standalone
from askdocs.datatypes import Answer, Article, Hit, Passage
from askdocs.errors import AskdocsError
from askdocs.naming import unmentioned
from askdocs.settings import Settings
from askdocs.spelling import respelt

if TYPE_CHECKING:
    from datetime import date

    import numpy as np
    import numpy.typing as npt

    from askdocs.encoding import Encoder
    from askdocs.filters import ArticleFilter, Described
    from askdocs.index import OpenIndex
    from askdocs.reranking import Reranking
    from askdocs.retrieval import Ranking, Retriever
    from askdocs.timeliness import Times

    AllowedRows = Callable[[ArticleFilter], npt.NDArray[np.int64]]

ON_SUBJECT = 0.5
"""The least share of the best hit's score with which a hit still is about the subject of a follow-up."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """An answer as its quotes give it, and `word`, which gives the same answer worded by a language model.

    There is none where no model is set, and where nothing was found to quote. It takes as long as the model does, in
    which nothing of the library is in use.
    """

    answer: Answer
    word: Callable[[], Answer] | None = None

    def worded(self) -> Answer:
        """Return the answer, worded where it is to be."""
        return self.word() if self.word else self.answer


class Opened:
    """An index and the calibration beside it, as they were when this was made. Safe to share between threads.

    Raises:
        IndexForeignError: another encoder made the index, or the calibration was fitted with another.
        IndexFolderError: the calibration is damaged or cannot be read.
        LanguageModelError: a language model is set incompletely.
    """

    def __init__(self, index: OpenIndex, encoder: Encoder, settings: Settings) -> None:
        from askdocs.answering import make_answerer, make_wording  # noqa: PLC0415  numpy, which asking for help does without
        from askdocs.close_reading import load_reader  # noqa: PLC0415

        index.require_encoder(encoder)
        self.index = index
        self._encoder = encoder
        self.settings = settings
        self._answerer = make_answerer(index, settings)
        self._wording = make_wording(index, settings)
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

    def article(self, article_id: str, sha256: str | None = None) -> Article:
        """Return a stored article: that in force, or the version, in force or earlier, that has this sha256.

        Raises:
            AskdocsError: there is none of this id, or it has no such version.
        """
        if article_id not in self.index.articles:
            raise AskdocsError(f"no article {article_id!r} in {self.index.folder}")
        article = self.index.articles[article_id]
        if sha256 is None or sha256 == article.sha256:
            return article
        earlier = self.index.earlier.find(article_id, sha256)
        if earlier is None:
            raise AskdocsError(f"no version {sha256[:12]} of the article {article_id!r} in {self.index.folder}")
        return earlier

    def passages(self, article_id: str) -> Sequence[Passage]:
        """Return all passages of a stored article, in reading order."""
        row = self.index.articles.row_of(article_id)
        return [] if row is None else [self.index.passages[one] for one in self.index.passages.rows_of(row)]

    @property
    def newest(self) -> date | None:
        """The last day on which an article appeared; None where none has a date."""
        from datetime import date  # noqa: PLC0415  only for those who ask

        last = int(self._published.max(initial=0))
        return date.fromordinal(last) if last else None

    def search(self, question: str, k: int, within: ArticleFilter | None, day: date | None) -> list[Hit]:
        """Return the `k` best passages for a question of this day, of the articles that `within` allows."""
        query = respelt(question, self._read_as(question))
        found = self._find(query, k, asked=query, within=within, day=day)
        return list(self._hits(found, k, fill=True))

    def quote(self, question: str, history: Sequence[str], within: ArticleFilter | None, day: date | None) -> Quoted:
        """Answer a question of this day by verbatim quotes from the articles that `within` allows, or abstain."""
        typed = standalone(question, history)
        words = self._read_as(typed)
        query, asked, k = respelt(typed, words), respelt(question, words), self.settings.answers.hits
        found = self._find(query, k, asked=asked, within=within, day=day)
        if asked == query:  # a follow-up does not say what it is about, and its query is no question
            found = self._read_closely(query, found)
        answer = replace(
            self._answerer.answer(question, query, found.best(k)),
            hits=self._hits(found, k),
            read_as=tuple(words.items()),
            unmentioned=unmentioned(query, self.index),
        )
        if self._wording is None or answer.abstained:
            return Quoted(answer)
        return Quoted(answer, partial(self._wording.worded, query, answer))

    def _find(self, query: str, k: int, *, asked: str, within: ArticleFilter | None, day: date | None) -> Reranking:
        """Rank passages for a query: so many more than `k` that reranking and fitting have a choice.

        `asked` is what was typed: a follow-up's query also names the subject of the questions before it.
        """
        from askdocs.reranking import READ_HITS, rerank  # noqa: PLC0415

        allowed = self._allowed(within) if within else None
        ranking = self._retriever.rank(query, max(k + k // 2, READ_HITS), allowed, self._times(query, day))
        if asked != query:
            ranking = self._turned_to(asked, ranking)
        return rerank(asked, ranking, self.index)

    def _read_closely(self, query: str, found: Reranking) -> Reranking:
        """Read the best sentence together with the question."""
        from askdocs.close_reading import read_closely  # noqa: PLC0415

        return read_closely(query, found, self.index, self._reader)

    def _read_as(self, question: str) -> Mapping[str, str]:
        """Return the words of a question that are taken for others, which the articles have."""
        from askdocs.spelling import read_as  # noqa: PLC0415

        return read_as(question, self.index, self._encoder)

    def _hits(self, found: Reranking, k: int, *, fill: bool = False) -> tuple[Hit, ...]:
        """Return the best `k` hits, each fitted to the question."""
        from askdocs.fitting import fitted  # noqa: PLC0415

        return fitted(found, self.index, self.settings.retrieval, k, fill=fill)

    def _turned_to(self, follow_up: str, ranking: Ranking) -> Ranking:
        """Keep the hits that are about the subject, to be read for what the follow-up itself asks of it.

        Read for the whole query, they would give the sentence that answered the question before once more.
        """
        near = sum(hit.score >= ON_SUBJECT * ranking.hits[0].score for hit in ranking.hits)
        both = self._encoder.encode_query([follow_up])[0] + ranking.query
        return replace(ranking.at(range(near)), query=both / (both @ both) ** 0.5)

    def _times(self, query: str, day: date | None) -> Times | None:
        """Return how near the articles appeared to the days that a query means; None where nobody knows from when."""
        from askdocs.timeliness import times  # noqa: PLC0415

        return None if day is None else times(query, day, self._published)

    @cached_property
    def _published(self) -> npt.NDArray[np.int64]:
        """The day on which each article appeared."""
        from askdocs.timeliness import days_published  # noqa: PLC0415

        return days_published(self.index.articles.summaries)

    @cached_property
    def _allowed(self) -> AllowedRows:
        """Gives the rows of the articles that a filter allows; those of a conversation's are found once."""
        return _allowed_among(self.index.articles.summaries)

    @cached_property
    def _retriever(self) -> Retriever:
        from askdocs.retrieval import Retriever  # noqa: PLC0415

        self.index.require_same_search()
        return Retriever(self.index, self._encoder, self.settings.retrieval)


def _allowed_among(articles: Sequence[Described]) -> AllowedRows:
    """Return what gives a filter's rows. It holds the articles and not what asks for them, which can then be closed."""
    return lru_cache(maxsize=8)(lambda within: within.rows(articles))
