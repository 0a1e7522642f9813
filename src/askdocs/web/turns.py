"""One person's conversation: what was asked, and what came back. A value a session; nothing here is shared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from askdocs.datatypes import Answer
from askdocs.filters import ArticleFilter
from askdocs.web.markup import Html

MOST_TURNS = 60
"""Questions in one conversation. It is sent whole at every answer and kept while the page is open, so it has an end."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question, the reply as it is shown, and the answer behind it; a notice has none.

    `snapshots` are the sha256 of the articles that the answer names, as they were when it was given: an article may
    change later. `said` is the reply in a sentence, for a screen reader; `plain` is what its copy button copies.
    """

    question: str
    reply: Html
    answer: Answer | None = None
    within: ArticleFilter = field(default_factory=ArticleFilter)
    snapshots: tuple[tuple[str, str], ...] = ()
    said: str = ""
    plain: str = ""

    def sha256_of(self, article_id: str) -> str | None:
        """Return the snapshot of an article that this answer named."""
        return next((sha256 for known, sha256 in self.snapshots if known == article_id), None)


@dataclass(frozen=True, slots=True)
class Conversation:
    """The turns so far, oldest first. A turn's place in it is how the page refers to it.

    `editing` is the place of the question that is being put anew: the next question takes its place, and what came
    after it goes. `waiting` is the place of the turn that still waits for its answer.
    """

    turns: tuple[Turn, ...] = ()
    editing: int | None = None
    waiting: int | None = None

    @property
    def history(self) -> tuple[str, ...]:
        """The questions that were answered or refused: what a follow-up may refer to."""
        return tuple(turn.question for turn in self.turns if turn.answer is not None)

    @property
    def answered(self) -> Iterable[tuple[int, Turn]]:
        """The turns that hold an answer or a refusal, each with its place."""
        return ((place, turn) for place, turn in enumerate(self.turns) if turn.answer is not None)

    def and_then(self, turn: Turn) -> Conversation:
        """Return this conversation with one more turn."""
        return replace(self, turns=(*self.turns, turn))

    def before(self, place: int | None) -> Conversation:
        """Return this conversation as it was before the turn in this place, or as it is where there is none.

        Nothing is edited in it any more.
        """
        return replace(self, turns=self.turns[:place] if self.turn(place) else self.turns, editing=None)

    def with_turn(self, place: int, turn: Turn) -> Conversation:
        """Return this conversation with another turn in a place; there must be one."""
        return replace(self, turns=(*self.turns[:place], turn, *self.turns[place + 1 :]))

    def turn(self, place: int | None) -> Turn | None:
        """Return the turn in a place, if there is one."""
        return self.turns[place] if place is not None and 0 <= place < len(self.turns) else None
