"""One person's conversation: what was asked, and what came back. A value; `session.py` keeps the one of a session."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from askdocs.datatypes import Answer
from askdocs.filters import ArticleFilter
from askdocs.web.markup import Html

MOST_TURNS = 60
"""Questions in one conversation. It is shown whole after every answer and kept while the page is open, so it ends."""

UNASKED = -1
"""The number of a turn that nobody asked: a notice."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question, the reply as it is shown, and the answer behind it; a notice has none.

    `number` is how the page refers to it. A question that is asked again is another turn, with a number of its own.
    `waits`: its answer has not come yet; `wording`: that is here, and a language model's words for it are to come.
    `snapshots` are the sha256 of the articles that the answer names, as they were when it was given: an article may
    change later. `said` is the reply in a sentence, for a screen reader; `plain` is what its copy button copies.
    `told` is a refusal in sentences, as the page shows it.
    """

    question: str
    reply: Html
    answer: Answer | None = None
    within: ArticleFilter = field(default_factory=ArticleFilter)
    snapshots: tuple[tuple[str, str], ...] = ()
    said: str = ""
    plain: str = ""
    told: tuple[str, ...] = ()
    number: int = UNASKED
    waits: bool = False
    wording: bool = False

    def sha256_of(self, article_id: str) -> str | None:
        """Return the snapshot of an article that this answer named."""
        return next((sha256 for known, sha256 in self.snapshots if known == article_id), None)


@dataclass(frozen=True, slots=True)
class Conversation:
    """The turns so far, oldest first.

    `editing` is the number of the turn that is being put anew: the next question takes its place, and what came after
    it goes. `count` is how many questions were asked in this session, with those that are gone: no number comes twice,
    so what is late, or was clicked on a page that has changed since, means the turn that it meant or none.
    """

    turns: tuple[Turn, ...] = ()
    editing: int | None = None
    count: int = 0

    @property
    def history(self) -> tuple[str, ...]:
        """The questions that were answered or refused: what a follow-up may refer to."""
        return tuple(turn.question for turn in self.turns if turn.answer is not None)

    @property
    def answered(self) -> Iterable[Turn]:
        """The turns that hold an answer or a refusal."""
        return (turn for turn in self.turns if turn.answer is not None)

    @property
    def under_way(self) -> int | None:
        """The number of the question that is answered next: of those that wait, the one that was asked first."""
        return min((turn.number for turn in self.turns if turn.waits), default=None)

    @property
    def being_worded(self) -> int | None:
        """The number of the first answer whose wording is still to come."""
        return next((turn.number for turn in self.turns if turn.wording), None)

    def waits_for(self, number: int) -> bool:
        """Tell whether a question is in this conversation and its answer, or the wording of it, is still to come."""
        return any(turn.waits or turn.wording for turn in self.turns if turn.number == number)

    def is_waiting(self, question: str, within: ArticleFilter) -> bool:
        """Tell whether the answer to these words, within these limits, is still to come."""
        return any(turn.waits and (turn.question, turn.within) == (question, within) for turn in self.turns)

    def turn(self, number: int | None) -> Turn | None:
        """Return the turn with a number, if there is one."""
        return next((turn for turn in self.turns if turn.number == number and number != UNASKED), None)

    def place(self, number: int | None) -> int | None:
        """Return where a turn stands, counted from 0, if it is here."""
        return next((at for at, turn in enumerate(self.turns) if turn.number == number and number != UNASKED), None)

    def and_then(self, turn: Turn) -> Conversation:
        """Return this conversation with one more turn."""
        return replace(self, turns=(*self.turns, turn))

    def before(self, number: int | None) -> Conversation:
        """Return this conversation as it was before a turn, or as it is where there is no such turn.

        Nothing is edited in it any more.
        """
        return replace(self, turns=self.turns[: self.place(number)], editing=None)

    def asked(self, question: str, within: ArticleFilter) -> Conversation:
        """Return this conversation with one more question, which waits. Its number is the `count` of this one."""
        waiting = Turn(question, Html(""), within=within, number=self.count, waits=True)
        return replace(self.and_then(waiting), count=self.count + 1)

    def asked_again(self, number: int, within: ArticleFilter) -> Conversation:
        """Return this conversation with a question of it asked anew in its place; as it is where there is none such."""
        old, at = self.turn(number), self.place(number)
        if old is None or at is None:
            return self
        waiting = Turn(old.question, Html(""), within=within, number=self.count, waits=True)
        turns = (*self.turns[:at], waiting, *self.turns[at + 1 :])
        return replace(self, turns=turns, editing=None, count=self.count + 1)

    def replied(self, turn: Turn) -> Conversation:
        """Return this conversation with the reply to a turn that waits for it; as it is where that waits no longer."""
        if not self.waits_for(turn.number):
            return self
        told = replace(turn, waits=False)
        return replace(self, turns=tuple(told if one.number == turn.number else one for one in self.turns))

    def ended(self, number: int, reply: Html, said: str) -> Conversation:
        """Return this conversation with a question that waits no longer: quotes that have come stand by themselves.

        Where none have, the reply says why, and `said` too.
        """
        turn = self.turn(number)
        if turn is None:
            return self
        return self.replied(replace(turn, wording=False) if turn.answer else replace(turn, reply=reply, said=said))

    def cleared(self) -> Conversation:
        """Return a conversation without turns, in which the numbers go on."""
        return Conversation(count=self.count)
