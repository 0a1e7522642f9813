"""Calls in, the same calls in bounded number out: what cannot be served soon is told so at once.

Two bounds. `Gate` limits how much is asked at a time, by everybody together: a few questions are answered, a few more
wait, the next is told that askdocs is busy. `Gates` are one each for what must not wait for one another: what keeps the
processor busy, what is looked up, and what a language model is waited for. `Allowance` limits how often one client may
call.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import BoundedSemaphore, Lock
from time import monotonic
from typing import TYPE_CHECKING, Self, TypeVar

from askdocs.errors import BusyError
from askdocs.settings import LanguageModelSettings, WebSettings
from askdocs.web.cookies import header_of
from askdocs.web.guard import UPLOAD_PATHS, VISITOR, Visitor, route_of
from askdocs.web.responses import refuse, retry_after

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

Made = TypeVar("Made")

_BUSY = "Many are asking at this moment. Ask again in a few seconds."
_TOO_LONG = "This took too long to answer. Ask something shorter, or ask again in a minute."

_WEIGHING_SECONDS = 2.0
"""What the client of a language model, and the weighing of its draft, may take besides the model."""


class Gate:
    """A bounded line in front of the library. Safe in threads; one for the page, the API and MCP together.

    The first `at_once` pieces of work run, each in a thread of the gate's own, the next `waiting` stand in line, and
    one that arrives behind those raises `BusyError` without waiting. So does one whose turn has not come within
    `patience` seconds: by then there is no telling when it would. Work that has begun is waited for `seconds` long;
    it cannot be stopped, so it keeps its place until it ends, and nobody gets in on top of it.
    """

    def __init__(self, *, at_once: int, waiting: int, patience: float, seconds: float) -> None:
        self._workers = ThreadPoolExecutor(at_once, thread_name_prefix="askdocs-question")
        self._places = BoundedSemaphore(at_once + waiting)
        self._patience = patience
        self._seconds = seconds

    def run(self, work: Callable[[], Made]) -> Made:
        """Return what work makes, from a thread that may wait.

        Raises:
            BusyError: the line is full, or its turn did not come, or it took too long.
        """
        made = self._enter(work)
        if not wait([made], self._patience).done and made.cancel():
            raise BusyError(_BUSY)
        if not wait([made], self._seconds).done:
            raise BusyError(_TOO_LONG, self._seconds)
        return made.result()

    async def arun(self, work: Callable[[], Made]) -> Made:
        """Return what work makes, from an event loop, which goes on meanwhile.

        Raises:
            BusyError: the line is full, or its turn did not come, or it took too long.
        """
        made = self._enter(work)
        finished = asyncio.wrap_future(made)
        try:
            if not (await asyncio.wait({finished}, timeout=self._patience))[0] and made.cancel():
                raise BusyError(_BUSY)
            if not (await asyncio.wait({finished}, timeout=self._seconds))[0]:
                raise BusyError(_TOO_LONG, self._seconds)
        finally:
            made.cancel()  # whoever waited may have gone: then it need not begin
        return finished.result()

    def close(self) -> None:
        """Let nobody in any more, without waiting for those inside."""
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _enter(self, work: Callable[[], Made]) -> Future[Made]:
        """Take a place in the line, to be given back when the work ends or is taken out of the line."""
        if not self._places.acquire(blocking=False):
            raise BusyError(_BUSY)
        try:
            made = self._workers.submit(work)
        except RuntimeError:  # the gate is closed: the server is ending
            self._places.release()
            raise BusyError(_BUSY) from None
        made.add_done_callback(lambda _: self._places.release())
        return made


@dataclass(frozen=True, slots=True)
class Gates:
    """The lines in front of a library: for questions, for lists and articles, and for the wording of answers."""

    questions: Gate
    lists: Gate
    wordings: Gate

    @classmethod
    def of(cls, settings: WebSettings, llm: LanguageModelSettings | None = None) -> Self:
        """Make the gates that the settings of the page, and of the library's language model, describe.

        A wording is waited for as long as its model may take, which may be longer than a question.
        """
        within = {"patience": settings.patience_seconds, "seconds": settings.question_seconds}
        worded_within = within | {"seconds": (llm or LanguageModelSettings()).seconds + _WEIGHING_SECONDS}
        return cls(
            questions=Gate(at_once=settings.at_once, waiting=settings.waiting, **within),
            lists=Gate(at_once=1, waiting=settings.waiting, **within),
            wordings=Gate(at_once=settings.wordings_at_once, waiting=0, **worded_within),
        )

    def close(self) -> None:
        """Let nobody in any more, without waiting for those inside."""
        for gate in (self.questions, self.lists, self.wordings):
            gate.close()


@dataclass(slots=True)
class _Bucket:
    """What a client has left, as of a moment of the clock."""

    left: float
    at: float


class Allowance:
    """How often each client may call: `most` at once, then one as often as they come back. Safe in threads.

    A token bucket for each client, an empty one full again after `seconds`. Clients are remembered up to `remembered`;
    the one that has not called for the longest is forgotten first, so that a stranger with many addresses cannot fill
    the memory.
    """

    def __init__(
        self,
        most: float,
        *,
        seconds: float = 60.0,
        remembered: int = 10_000,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._most = float(most)
        self._rate = most / seconds
        self._remembered = remembered
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = Lock()

    def spend(self, client: str, calls: float = 1.0) -> float:
        """Count a client's calls; return 0 where they are allowed, else the seconds until they would be."""
        with self._lock:
            bucket = self._filled(client)
            if bucket.left < calls:
                return (calls - bucket.left) / self._rate
            bucket.left -= calls
            return 0.0

    def wait(self, client: str) -> float:
        """Return what `spend` would, without counting anything."""
        with self._lock:
            return max(0.0, 1.0 - self._filled(client).left) / self._rate

    def _filled(self, client: str) -> _Bucket:
        """Return a client's bucket with what came back since it was last looked at."""
        now = self._clock()
        bucket = self._buckets.setdefault(client, _Bucket(self._most, now))
        self._buckets.move_to_end(client)
        bucket.left = min(self._most, bucket.left + (now - bucket.at) * self._rate)
        bucket.at = now
        if len(self._buckets) > self._remembered:
            self._buckets.popitem(last=False)
        return bucket


COUNTED_PATHS = (
    "/api/ask",
    "/api/search",
    "/api/articles",
    "/mcp",
    "/gradio_api/queue/join",
    "/gradio_api/heartbeat/",
    *UPLOAD_PATHS,
)
"""What costs something: calls of programs, events of the page, and a page that is opened."""


MOST_UPLOADED = 1 << 30
"""Bytes that one client may send an hour to be added: so long Gradio keeps what the page then does not take."""


class Counted:
    """An ASGI application around another, which each client may call only so often; behind a `Guard`.

    Somebody who signed in is counted by name, anyone else by address.
    """

    def __init__(self, app: ASGIApp, calls_per_minute: int) -> None:
        self._app = app
        self._calls = Allowance(calls_per_minute)
        self._bytes = Allowance(MOST_UPLOADED, seconds=3600.0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = route_of(scope) if scope["type"] == "http" else ""
        if path.startswith(COUNTED_PATHS) and (wait := self._spend(path, scope)):
            message = "You ask more often than this page allows. Wait a little, then go on."
            await refuse(send, path, 429, kind="too_often", message=message, headers=[retry_after(wait)])
            return
        await self._app(scope, receive, send)

    def _spend(self, path: str, scope: Scope) -> float:
        """Count a request; return the seconds until it would be allowed where it is not."""
        visitor: Visitor = scope[VISITOR]
        wait = self._calls.spend(visitor.counted_as)
        if wait or path not in UPLOAD_PATHS:
            return wait
        said = header_of(scope, b"content-length")  # which the guard has looked at
        return self._bytes.spend(visitor.counted_as, float(said or 0))
