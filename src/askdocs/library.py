"""An index folder to a `Library`: everything opened together, wired once for the command line, page and evaluation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from askdocs.conversation import standalone
from askdocs.datatypes import Answer, Article, Hit, Passage
from askdocs.errors import AskdocsError, QuestionError
from askdocs.settings import MAX_QUESTION_CHARACTERS, Settings, load_settings

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from askdocs.answering import Answerer
    from askdocs.encoding import Encoder
    from askdocs.filters import ArticleFilter
    from askdocs.index import ArticleSummary, Manifest, OpenIndex
    from askdocs.reranking import Reranking
    from askdocs.retrieval import Ranking, Retriever

ON_SUBJECT = 0.5
"""The least share of the best hit's score with which a hit still is about the subject of a follow-up."""


def open_library(folder: str | Path = "index", *, settings: Settings | None = None) -> Library:
    """Open the index in a folder, every byte of it verified.

    Raises:
        IndexMissingError: there is none.
        IndexDamagedError: a file of it is gone or altered.
        IndexForeignError: another encoder or version of askdocs made it.
        EncoderError: the encoder cannot be found.
    """
    from askdocs.encoding import load_encoder  # noqa: PLC0415  numpy, which the command line's help does without
    from askdocs.index import open_index  # noqa: PLC0415

    settings = settings or load_settings()
    return Library(open_index(Path(folder)), load_encoder(settings.encoder, settings.engine, settings.device), settings)


class Library:
    """Articles that can be asked. Safe to share between threads: nothing in it changes after it is opened."""

    def __init__(self, index: OpenIndex, encoder: Encoder, settings: Settings) -> None:
        index.require_encoder(encoder)
        self._index = index
        self._encoder = encoder
        self._settings = settings

    @property
    def articles(self) -> Sequence[ArticleSummary]:
        """What is known of each article, without its text, sorted by id."""
        return self._index.articles.summaries

    @property
    def passage_count(self) -> int:
        """The number of passages in the index."""
        return len(self._index.passages)

    @property
    def manifest(self) -> Manifest:
        """What the index says of itself."""
        return self._index.manifest

    def article(self, article_id: str) -> Article:
        """Return a stored article.

        Raises:
            AskdocsError: there is none of this id.
        """
        if article_id not in self._index.articles:
            raise AskdocsError(f"no article {article_id!r} in {self._index.folder}")
        return self._index.articles[article_id]

    def passages(self, article_id: str) -> Sequence[Passage]:
        """Return all passages of a stored article, in reading order."""
        row = self._index.articles.row_of(article_id)
        return [] if row is None else [self._index.passages[one] for one in self._index.passages.rows_of(row)]

    def search(self, question: str, k: int = 10, within: ArticleFilter | None = None) -> list[Hit]:
        """Return the `k` best passages for a question, of the articles that `within` allows.

        Raises:
            QuestionError: the question is empty or too long.
        """
        question = checked_question(question)
        return list(self._find(question, k, asked=question, within=within).ranking.hits)

    def ask(self, question: str, history: Sequence[str] = (), within: ArticleFilter | None = None) -> Answer:
        """Answer a question by verbatim quotes from the articles that `within` allows, or abstain.

        `history` holds the questions asked before in the same conversation, oldest first, as they were typed.

        Raises:
            QuestionError: the question is empty or too long.
        """
        question = checked_question(question)
        query = standalone(question, history)
        found = self._find(query, self._settings.answers.hits, asked=question, within=within)
        return self._answerer.answer(question, query, found)

    def warm(self) -> None:
        """Load the model now, so that the first question does not wait for it."""
        self._encoder.encode_query(["warm"])

    def _find(self, query: str, k: int, *, asked: str, within: ArticleFilter | None) -> Reranking:
        """Rank passages for a query, at least so many that reranking has a choice, and keep the best `k`.

        `asked` is what was typed: a follow-up's query also names the subject of the questions before it.
        """
        from askdocs.reranking import READ_HITS, rerank  # noqa: PLC0415

        allowed = self._allowed(within) if within else None
        ranking = self._retriever.rank(query, max(k, READ_HITS), allowed)
        if asked != query:
            ranking = self._turned_to(asked, ranking)
        return rerank(asked, ranking, self._index).best(k)

    def _turned_to(self, follow_up: str, ranking: Ranking) -> Ranking:
        """Keep the hits that are about the subject, to be read for what the follow-up itself asks of it.

        Read for the whole query, they would give the sentence that answered the question before once more.
        """
        near = sum(hit.score >= ON_SUBJECT * ranking.hits[0].score for hit in ranking.hits)
        both = self._encoder.encode_query([follow_up])[0] + ranking.query
        return replace(ranking.at(range(near)), query=both / (both @ both) ** 0.5)

    @cached_property
    def _allowed(self) -> Callable[[ArticleFilter], npt.NDArray[np.int64]]:
        """Gives the rows of the articles that a filter allows; those of a conversation's are found once."""
        return lru_cache(maxsize=8)(lambda within: within.rows(self.articles))

    @cached_property
    def _retriever(self) -> Retriever:
        from askdocs.retrieval import Retriever  # noqa: PLC0415

        return Retriever(self._index, self._encoder, self._settings.retrieval)

    @cached_property
    def _answerer(self) -> Answerer:
        from askdocs.answering import ExtractiveAnswerer  # noqa: PLC0415

        return ExtractiveAnswerer(self._index, self._settings.answers)


def checked_question(question: str) -> str:
    """Return a question without the white space around it, and without what is no character of Unicode.

    Raises:
        QuestionError: nothing is left, or more than a question can be.
    """
    question = question.encode("utf-8", "replace").decode().strip()  # a shell passes bytes that are no UTF-8 on
    if not any(character.isalnum() for character in question):
        raise QuestionError("the question is empty; ask something, for example: askdocs ask 'Who was arrested?'")
    if len(question) > MAX_QUESTION_CHARACTERS:
        raise QuestionError(
            f"the question has {len(question):,} characters; ask one of at most {MAX_QUESTION_CHARACTERS:,}"
        )
    return question
