"""One generation of an index, opened, and a question to an answer from it alone: nothing in it changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from askdocs.conversation import standalone
from askdocs.datatypes import Answer, Article, Hit, Passage
from askdocs.errors import MissingArticleError
from askdocs.naming import unmentioned
from askdocs.settings import Settings
from askdocs.spelling import respelt

if TYPE_CHECKING:
    from datetime import date

    from askdocs.encoding import Encoder
    from askdocs.filters import ArticleFilter
    from askdocs.index import OpenIndex
    from askdocs.reranking import Reranking


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
        from askdocs.answering import ExtractiveAnswerer, make_wording  # noqa: PLC0415  numpy, which help does without
        from askdocs.finding import Finder  # noqa: PLC0415

        index.require_encoder(encoder)
        self.index = index
        self.settings = settings
        self._answerer = ExtractiveAnswerer(index, settings.answers)
        self._wording = make_wording(index, settings)
        self._finder = Finder(index, encoder, settings)

    def prepare(self) -> None:
        """Make everything ready that the first question would wait for.

        Raises:
            IndexForeignError: this machine finds other passages than the one that built the index.
        """
        self._finder.prepare()

    def warm(self) -> None:
        """Load what reads closely, which searching does without."""
        self._finder.warm()

    def article(self, article_id: str, sha256: str | None = None) -> Article:
        """Return a stored article: that in force, or the version, in force or earlier, that has this sha256.

        Raises:
            MissingArticleError: there is none of this id, or it has no such version.
        """
        if article_id not in self.index.articles:
            raise MissingArticleError(f"no article {article_id!r} in {self.index.folder}", article_id)
        article = self.index.articles[article_id]
        if sha256 is None or sha256 == article.sha256:
            return article
        earlier = self.index.earlier.find(article_id, sha256)
        if earlier is None:
            raise MissingArticleError(
                f"no version {sha256[:12]} of the article {article_id!r} in {self.index.folder}", article_id
            )
        return earlier

    def passages(self, article_id: str) -> Sequence[Passage]:
        """Return all passages of a stored article, in reading order."""
        row = self.index.articles.row_of(article_id)
        return [] if row is None else [self.index.passages[one] for one in self.index.passages.rows_of(row)]

    @property
    def newest(self) -> date | None:
        """The last day on which an article appeared; None where none has a date."""
        from datetime import date  # noqa: PLC0415  only for those who ask

        last = int(self._finder.published.max(initial=0))
        return date.fromordinal(last) if last else None

    def search(self, question: str, k: int, within: ArticleFilter | None, day: date | None) -> list[Hit]:
        """Return the `k` best passages for a question of this day, of the articles that `within` allows."""
        query = respelt(question, self._finder.read_as(question))
        found = self._finder.found(query, k, day, within=within)
        return list(self._hits(found, k, fill=True))

    def quote(self, question: str, history: Sequence[str], within: ArticleFilter | None, day: date | None) -> Quoted:
        """Answer a question of this day by verbatim quotes from the articles that `within` allows, or abstain."""
        typed = standalone(question, history)
        words = self._finder.read_as(typed)
        query, asked, k = respelt(typed, words), respelt(question, words), self.settings.answers.hits
        found = self._finder.judged(query, day, asked=asked, within=within)
        answer = replace(
            self._answerer.answer(question, query, found.best(k)),
            hits=self._hits(found, k),
            read_as=tuple(words.items()),
            unmentioned=unmentioned(query, self.index),
        )
        if self._wording is None or answer.abstained:
            return Quoted(answer)
        return Quoted(answer, partial(self._wording.worded, query, answer))

    def _hits(self, found: Reranking, k: int, *, fill: bool = False) -> tuple[Hit, ...]:
        """Return the best `k` hits, each fitted to the question."""
        from askdocs.fitting import fitted  # noqa: PLC0415

        return fitted(found, self.index, self.settings.retrieval, k, fill=fill)
