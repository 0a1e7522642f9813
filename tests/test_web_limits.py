"""What cannot be served soon is told so at once; what is served is bounded, and nobody waits behind a slow question."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.errors import BusyError
from askdocs.settings import LanguageModelSettings, WebSettings
from askdocs.web.guard import UPLOAD_PATHS, VISITOR, Visitor
from askdocs.web.limits import MOST_UPLOADED, Allowance, Counted, Gate, Gates

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send


def gate(*, at_once: int = 1, waiting: int = 1, patience: float = 60, seconds: float = 60) -> Gate:
    """Make a gate that is small enough to fill."""
    return Gate(at_once=at_once, waiting=waiting, patience=patience, seconds=seconds)


@contextmanager
def occupied(full: Gate, count: int) -> Iterator[threading.Event]:
    """Have so many questions begun that do not end until the block does, or the event yielded is set."""
    release, begun = threading.Event(), threading.Barrier(count + 1)

    def slow() -> None:
        begun.wait(30)
        release.wait(30)

    callers = [threading.Thread(target=full.run, args=(slow,)) for _ in range(count)]
    for caller in callers:
        caller.start()
    begun.wait(30)
    try:
        yield release
    finally:
        release.set()
        for caller in callers:
            caller.join()


def test_work_is_done_and_its_result_returned() -> None:
    assert gate().run(lambda: 42) == 42
    assert asyncio.run(gate().arun(lambda: 42)) == 42


@pytest.mark.parametrize("error", [ValueError("odd"), BusyError("busy"), TimeoutError("its own")])
def test_what_work_raises_is_raised_and_its_place_is_free_again(error: Exception) -> None:
    def fail() -> None:
        raise error

    small = gate(waiting=0)
    for _ in range(3):
        with pytest.raises(type(error), match=str(error)):
            small.run(fail)
        with pytest.raises(type(error), match=str(error)):
            asyncio.run(small.arun(fail))
    assert small.run(lambda: 1) == 1


def test_one_more_than_the_line_holds_is_told_at_once() -> None:
    full = gate(at_once=2, waiting=0)
    with occupied(full, 2):
        with pytest.raises(BusyError, match="Ask again"):
            full.run(lambda: 1)
        with pytest.raises(BusyError, match="Ask again"):
            asyncio.run(full.arun(lambda: 1))
    assert full.run(lambda: 1) == 1


def test_one_whose_turn_does_not_come_is_told_and_never_begins() -> None:
    full = gate(waiting=2, patience=0.01)
    ran = []
    with occupied(full, 1):
        with pytest.raises(BusyError):
            full.run(lambda: ran.append(1))
        with pytest.raises(BusyError):
            asyncio.run(full.arun(lambda: ran.append(1)))
    full.run(lambda: None)
    assert not ran


def test_a_slow_question_does_not_hold_the_others() -> None:
    wide = gate(at_once=2, waiting=8)
    with occupied(wide, 1):
        assert [wide.run(partial(abs, -number)) for number in range(20)] == list(range(20))


def test_an_answer_that_takes_too_long_is_not_waited_for_but_keeps_its_place() -> None:
    slow = gate(at_once=1, waiting=0, patience=0.01, seconds=0.01)
    begun, release = threading.Event(), threading.Event()

    def endless() -> None:
        begun.set()
        release.wait(30)

    with pytest.raises(BusyError, match="too long"):
        slow.run(endless)
    assert begun.is_set()
    with pytest.raises(BusyError):
        slow.run(lambda: 1)
    release.set()
    slow.close()


def test_a_wording_is_waited_for_as_long_as_its_model_may_take() -> None:
    short = WebSettings(patience_seconds=0.01, question_seconds=0.01)
    gates = Gates.of(short, LanguageModelSettings(seconds=60))
    gates.wordings.run(lambda: time.sleep(0.1))
    with pytest.raises(BusyError, match="too long"):
        gates.questions.run(lambda: time.sleep(0.1))
    gates.close()


def test_who_went_away_while_waiting_is_not_answered() -> None:
    full = gate(waiting=2)
    ran = []

    async def go_away() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await full.arun(lambda: ran.append(1))

    with occupied(full, 1):
        asyncio.run(go_away())
    full.run(lambda: None)
    assert not ran


def test_nobody_gets_in_after_the_end() -> None:
    closed = gate()
    closed.close()
    with pytest.raises(BusyError):
        closed.run(lambda: 1)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def test_calls_beyond_the_allowance_are_told_when_to_come_back() -> None:
    clock = Clock()
    allowance = Allowance(3, clock=clock)
    assert [allowance.spend("a") for _ in range(3)] == [0, 0, 0]
    assert allowance.spend("a") == pytest.approx(20)
    assert allowance.spend("b") == 0
    clock.now = 19.9
    assert allowance.spend("a") == pytest.approx(0.1)
    clock.now = 20.1
    assert allowance.wait("a") == 0
    assert allowance.spend("a") == 0


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 2)), max_size=60), st.integers(1, 20))
def test_no_minute_sees_more_than_twice_the_allowance(steps: list[tuple[float, int]], per_minute: int) -> None:
    clock = Clock()
    allowance = Allowance(per_minute, clock=clock)
    served: dict[str, list[float]] = {}
    for pause, who in steps:
        clock.now += pause
        if not allowance.spend(str(who)):
            served.setdefault(str(who), []).append(clock.now)
    for times in served.values():
        for first in times:
            assert sum(first <= one < first + 60 for one in times) <= 2 * per_minute


def test_strangers_cannot_fill_the_memory() -> None:
    allowance = Allowance(1, remembered=2, clock=Clock())
    assert [allowance.spend(who) for who in "abc"] == [0, 0, 0]
    assert allowance.spend("c") > 0
    assert allowance.spend("a") == 0, "forgotten, so welcome again"


def call(counted: Counted, path: str, visitor: Visitor, **headers: str) -> int:
    """Return the status of a request."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    asyncio.run(counted({"type": "http", "path": path, "headers": named, VISITOR: visitor}, receive, send))
    status: int = sent[0]["status"]
    return status


async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer whatever is asked."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def test_calls_are_counted_by_the_name_that_signed_in_else_by_the_address() -> None:
    counted = Counted(answer, 2)
    here = Visitor("203.0.113.9")
    assert [call(counted, "/api/ask", here) for _ in range(3)] == [200, 200, 429]
    assert call(counted, "/api/ask", replace(here, user="ada")) == 200
    assert call(counted, "/theme.css", here) == 200, "what costs nothing is not counted"
    assert call(counted, "/gradio_api/heartbeat/a", here) == 429


def test_what_a_client_uploads_is_bounded_by_its_bytes_as_well() -> None:
    counted = Counted(answer, 1_000)
    ada, eve = Visitor("203.0.113.9", "ada"), Visitor("203.0.113.9", "eve")
    large = str(MOST_UPLOADED // 2)
    path = UPLOAD_PATHS[0]
    assert [call(counted, path, ada, content_length=large) for _ in range(3)] == [200, 200, 429]
    assert call(counted, path, eve, content_length=large) == 200
    assert call(counted, "/api/ask", ada, content_length=large) == 200
