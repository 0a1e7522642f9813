"""One person's conversation: what was asked, and what came back. A value a session; nothing here is shared."""

from __future__ import annotations

from dataclasses import dataclass, replace

from askdocs.datatypes import Answer
from askdocs.web.markup import Html


@dataclass(frozen=True, slots=True)
class Turn:
    """A question, the reply as it is shown, and the answer behind it; a notice has none."""

    question: str
    reply: Html
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """The turns so far, oldest first. A turn's place in it is how the page refers to it."""

    turns: tuple[Turn, ...] = ()

    @property
    def history(self) -> tuple[str, ...]:
        """The questions that were answered or refused: what a follow-up may refer to."""
        return tuple(turn.question for turn in self.turns if turn.answer is not None)

    @property
    def exchanges(self) -> list[tuple[str, Html]]:
        """Each question with its reply as it is shown."""
        return [(turn.question, turn.reply) for turn in self.turns]

    def and_then(self, turn: Turn) -> Conversation:
        """Return this conversation with one more turn."""
        return Conversation((*self.turns, turn))

    def with_reply(self, reply: Html, answer: Answer | None = None) -> Conversation:
        """Return this conversation with another reply to its last question; there must be one."""
        return Conversation((*self.turns[:-1], replace(self.turns[-1], reply=reply, answer=answer)))
