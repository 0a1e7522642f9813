"""An index folder to a `Library`: everything opened together, wired once for the command line, page and evaluation.

A library follows its index: where a build or a rollback put another generation in force, or a calibration changed, the
next question is answered from that. An answer comes from one generation, whatever happens meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self

from askdocs.datatypes import Answer, Article, Hit, Passage
from askdocs.errors import QuestionError
from askdocs.following import Fixed, Followed
from askdocs.opened import Opened, Quoted
from askdocs.settings import MAX_QUESTION_CHARACTERS, Settings, load_settings

if TYPE_CHECKING:
    from askdocs.encoding import Encoder
    from askdocs.filters import ArticleFilter
    from askdocs.index import ArticleSummary, Manifest, OpenIndex

CURRENT = timedelta(days=31)
"""Articles come in as long as one is no older than this."""


def open_library(folder: str | Path = "index", *, settings: Settings | None = None) -> Library:
    """Open the index in a folder, every byte of it verified, and follow it from one generation to the next.

    Raises:
        IndexMissingError: there is none.
        IndexDamagedError: a file of it is gone or altered, or its calibration is.
        IndexForeignError: another encoder or version of askdocs made it, or its calibration was fitted with another.
        IndexFolderError: it cannot be read.
        SettingError: the settings cannot be read, or one means nothing.
        EncoderError: the encoder cannot be found or loaded, or not by the engine or on the device that is set.
        LanguageModelError: a language model is set incompletely.
    """
    from askdocs.encoding import load_encoder  # noqa: PLC0415  numpy, which the command line's help does without
    from askdocs.index import open_index  # noqa: PLC0415

    settings = settings or load_settings()
    encoder = load_encoder(settings.encoder, settings.engine, settings.device)
    return Library(open_index(Path(folder)), encoder, settings, live=True)


class Library:
    """Articles that can be asked. Safe to share between threads.

    With `live` it looks before each question whether another generation of the index is in force, and opens that: one
    thread does, the others are answered from the one before meanwhile. One that cannot be opened never takes the place
    of one that can; `stale` then says why. Without `live` it stays at the generation that it was made with.

    What is asked for between two questions comes from the generation of the last one, so that its quotes are found.
    Where several threads ask, each takes a `snapshot` for the calls that must agree.
    """

    def __init__(self, index: OpenIndex, encoder: Encoder, settings: Settings, *, live: bool = False) -> None:
        self._encoder = encoder
        opened = Opened(index, encoder, settings)
        self._answering: Fixed | Followed = (
            Followed(opened, lambda newer: Opened(newer, encoder, settings)) if live else Fixed(opened)
        )

    def snapshot(self) -> Self:
        """Return this library as it is now: it stays at the generation in force. Costs a look at two files."""
        fixed = copy(self)
        fixed._answering = Fixed(self._newest())  # noqa: SLF001  a copy of this very class
        return fixed

    @property
    def stale(self) -> str | None:
        """Why the generation in force, or its calibration, is not the one that answers; None where it is.

        As it was found when a question was asked last.
        """
        return self._answering.fault

    @property
    def folder(self) -> Path:
        """The folder of the index."""
        return self._current().index.folder

    @property
    def articles(self) -> Sequence[ArticleSummary]:
        """What is known of each article, without its text, sorted by id."""
        return self._current().index.articles.summaries

    @property
    def passage_count(self) -> int:
        """The number of passages in the index."""
        return len(self._current().index.passages)

    @property
    def settings(self) -> Settings:
        """What it was opened with."""
        return self._current().settings

    @property
    def manifest(self) -> Manifest:
        """What the index says of itself."""
        return self._current().index.manifest

    def article(self, article_id: str, sha256: str | None = None) -> Article:
        """Return a stored article: as it is now, or the version that has this sha256, such as a quote's.

        Raises:
            AskdocsError: there is none of this id, or it has no such version, now or among the earlier ones kept.
        """
        return self._current().article(article_id, sha256)

    def passages(self, article_id: str) -> Sequence[Passage]:
        """Return all passages of a stored article, in reading order."""
        return self._current().passages(article_id)

    def today(self) -> date | None:
        """Return today, as the day of a question, where articles still come in: one appeared in the last month.

        None for an archive: "this week" then means no week in which anything of it appeared.
        """
        newest, now = self._newest().newest, date.today()  # noqa: DTZ011  the reader's own day, as on a newspaper
        return now if newest and newest >= now - CURRENT else None

    def search(
        self, question: str, k: int = 10, within: ArticleFilter | None = None, day: date | None = None
    ) -> list[Hit]:
        """Return the `k` best passages for a question, of the articles that `within` allows.

        `day` is the one on which it is asked, as for `ask`.

        Raises:
            QuestionError: the question is empty or too long.
            IndexForeignError: this machine computes otherwise than the one that built the index.
        """
        return self._newest().search(checked_question(question), k, within, day)

    def ask(
        self,
        question: str,
        history: Sequence[str] = (),
        within: ArticleFilter | None = None,
        day: date | None = None,
    ) -> Answer:
        """Answer a question by verbatim quotes from the articles that `within` allows, or abstain.

        `history` holds the questions asked before in the same conversation, oldest first, as they were typed.
        `day` is the one on which it is asked, from which words such as "this week" count; without one they mean no days
        in particular.

        Raises:
            QuestionError: the question is empty or too long.
            IndexForeignError: this machine computes otherwise than the one that built the index.
            EncoderError: the bundled encoder, whose word vectors the close reading has, is not here.
            EngineError: what reads closely is damaged, or cannot be read.
        """
        return self.quote(question, history, within, day).worded()

    def quote(
        self,
        question: str,
        history: Sequence[str] = (),
        within: ArticleFilter | None = None,
        day: date | None = None,
    ) -> Quoted:
        """Return what `ask` does in two steps: the quotes at once, and what has a language model word them.

        Raises:
            QuestionError: the question is empty or too long.
            IndexForeignError: this machine computes otherwise than the one that built the index.
            EncoderError: the bundled encoder, whose word vectors the close reading has, is not here.
            EngineError: what reads closely is damaged, or cannot be read.
        """
        return self._newest().quote(checked_question(question), history, within, day)

    def warm(self) -> None:
        """Load the models now, so that the first question does not wait for them."""
        self._encoder.encode_query(["warm"])
        self._current().warm()

    def _current(self) -> Opened:
        """Return what answered last."""
        return self._answering.opened

    def _newest(self) -> Opened:
        """Return what is in force now, as far as it can be opened."""
        return self._answering.newest()


def checked_question(question: str) -> str:
    """Return a question without the white space around it, and without what is no character of Unicode.

    Raises:
        QuestionError: nothing is left, or more than a question can be.
    """
    question = question.encode("utf-8", "replace").decode().strip()  # a shell passes bytes that are no UTF-8 on
    if not any(character.isalnum() for character in question):
        raise QuestionError("the question is empty; ask something, for example: Who was arrested?")
    if len(question) > MAX_QUESTION_CHARACTERS:
        raise QuestionError(
            f"the question has {len(question):,} characters; ask one of at most {MAX_QUESTION_CHARACTERS:,}"
        )
    return question
