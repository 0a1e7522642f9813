"""What becomes of one person's conversation in, the conversation as it is now out: what all events of a session share.

Answers take their time, and meanwhile their question may be stopped, asked again, or go with its conversation. So no
event brings a conversation along from when it began. Each reads it here, and changes here what it is about: an answer
goes to the turn that still waits for it, by its number, and to none where none does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from askdocs.web.turns import Conversation

Made = TypeVar("Made")


class Session:
    """One person's conversation. It is changed in the event loop only, so that one change follows another."""

    def __init__(self, now: Conversation | None = None) -> None:
        self._now = now or Conversation()
        self._changed = asyncio.Event()

    def __deepcopy__(self, _: dict[int, Any]) -> Session:
        """Return a session of its own with the same conversation: Gradio begins each so, from the one of the page."""
        return Session(self._now)

    @property
    def now(self) -> Conversation:
        """The conversation."""
        return self._now

    def become(self, now: Conversation) -> None:
        """Put another conversation in place of this one."""
        self._now = now
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def turn_comes(self, number: int) -> bool:
        """Wait until a question is the next to be answered; tell whether it still waits then."""
        while self._now.waits_for(number) and self._now.under_way != number:
            await self._changed.wait()
        return self._now.waits_for(number)

    async def while_wanted(self, number: int, work: Coroutine[Any, Any, Made]) -> Made | None:
        """Return what work makes for a question; None, at once, when that waits no longer, and then the work is ended.

        Raises:
            Exception: what the work raises.
        """
        made, given_up = asyncio.ensure_future(work), asyncio.ensure_future(self._given_up(number))
        try:
            await asyncio.wait({made, given_up}, return_when=asyncio.FIRST_COMPLETED)
            return made.result() if made.done() else None
        finally:
            made.cancel()
            given_up.cancel()

    async def _given_up(self, number: int) -> None:
        while self._now.waits_for(number):
            await self._changed.wait()
