"""Requests of the page in, only those to a browser's own conversations out.

Gradio keeps a conversation under a name that the browser makes up, and gives it to whoever knows that name. Here each
browser gets a cookie that no script reads, and the first browser to use a name is the only one that may use it again:
no two people share a conversation, even where one has learnt the name of another's. A browser that keeps no cookie is
known by its address.
"""

from __future__ import annotations

import json
import re
import secrets
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from askdocs.web.cookies import cookie_of, set_cookie
from askdocs.web.guard import UPLOAD_PATHS, VISITOR, Visitor, route_of
from askdocs.web.limits import Allowance
from askdocs.web.responses import refuse, retry_after

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from askdocs.settings import WebSettings

COOKIE = "askdocs_visit"

EVENT = "askdocs.event"
"""The key in an ASGI scope under which the JSON of an event is left that a browser sent."""

_JOIN, _DATA, _HEARTBEAT = "/gradio_api/queue/join", "/gradio_api/queue/data", "/gradio_api/heartbeat/"

_STARTS = (_JOIN, _HEARTBEAT)
"""What a browser does first with a new name."""

_STREAMS = (_DATA, _HEARTBEAT)
"""What stays open: the heartbeat as long as its page does, the data until the events of its conversation end."""

_USES = (_DATA, "/gradio_api/cancel")

_MARK = re.compile(r"[\w-]{43}")
_UNHEARD = 5.0
"""Seconds after which an event that nobody listens to gives its place back; the page listens at once."""

_SHARE = 3
"""One client has at most one of so many of the places for events."""

_KEPT_SHARE = 5
"""One client begins at most one of so many of the conversations that are kept, an hour."""

_STREAMS_EACH = 200
"""Streams that one client may have open: a hundred pages, as people behind one address may have."""

_MOST = 20_000
"""Conversations whose browser is remembered; the one not used for the longest is forgotten first."""


@dataclass(slots=True)
class _UnderWay:
    """A conversation with an event under way: whose it is, since when, and how many streams listen to it."""

    client: str
    since: float
    listeners: int = 0

    def is_over(self, now: float) -> bool:
        """Tell whether nobody listens any more."""
        return not self.listeners and now - self.since >= _UNHEARD


class Visits:
    """An ASGI application around another, in which a browser reaches its own conversations only; behind a `Guard`.

    As many conversations may have an event under way as the settings say. Gradio would take any number, and then be
    busy with them for so long that nobody is told anything; here one more is told at once that the page is busy. Unless
    the person at this machine is `alone` with the page, one client has a part of these places only, of the streams that
    stay open, and of the conversations that are kept: who takes all of his takes nobody else's.
    """

    def __init__(
        self, app: ASGIApp, settings: WebSettings, *, alone: bool = False, clock: Callable[[], float] = monotonic
    ) -> None:
        self._app = app
        self._most = settings.page_events
        self._each = self._most if alone else max(1, self._most // _SHARE)
        self._new = Allowance(max(1, settings.page_conversations // _KEPT_SHARE), seconds=3600.0, clock=clock)
        self._alone = alone
        self._clock = clock
        self._browsers: OrderedDict[str, str] = OrderedDict()
        self._under_way: dict[str, _UnderWay] = {}
        self._streams: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = route_of(scope) if scope["type"] == "http" else ""
        if path.startswith(_STARTS + _USES):
            name, scope, receive = await _name_in(path, scope, receive)
            begins = path.startswith(_STARTS)
            if wait := self._wait(name, scope) if begins else 0.0:
                message = "This page was opened very often from where you are. Wait a little, then open it anew."
                await refuse(send, path, 429, kind="too_often", message=message, headers=[retry_after(wait)])
            elif not self._owns(_browser(scope), name, begins=begins):
                message = "There is no such conversation in this browser. Open the page anew."
                await refuse(send, path, 404, kind="not_found", message=message)
            elif path == _JOIN:
                await self._join(name, scope, receive, send)
            elif path.startswith(_STREAMS):
                await self._stream(path, name, scope, receive, send)
            else:
                await self._app(scope, receive, send)
            return
        if path.startswith(UPLOAD_PATHS) and not _marked(scope):
            message = "Open the page first, in a browser that keeps its cookie."
            await refuse(send, path, 403, kind="no_visit", message=message, headers=[(b"connection", b"close")])
            return
        if path == "/" and not _marked(scope):
            send = _marking(scope, send)
        await self._app(scope, receive, send)

    async def _join(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Let an event in, if there is room for it. It is under way until its stream ends."""
        visitor: Visitor = scope[VISITOR]
        begins = name not in self._under_way
        if begins and not self._has_room(visitor.counted_as):
            await _refuse_busy(send, _JOIN)
            return
        under_way = self._under_way.setdefault(name, _UnderWay(visitor.counted_as, 0.0))
        under_way.since = self._clock()

        async def joined(message: Message) -> None:
            if begins and message["type"] == "http.response.start" and message["status"] != 200:  # noqa: PLR2004  HTTP
                self._under_way.pop(name, None)
            await send(message)

        await self._app(scope, receive, joined)

    def _has_room(self, client: str) -> bool:
        """Tell whether one more conversation of a client may have an event under way."""
        now = self._clock()
        self._under_way = {name: one for name, one in self._under_way.items() if not one.is_over(now)}
        own = sum(one.client == client for one in self._under_way.values())
        return len(self._under_way) < self._most and own < self._each

    async def _stream(self, path: str, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a stream on, if this client may have one more."""
        visitor: Visitor = scope[VISITOR]
        client = visitor.counted_as
        if self._streams[client] >= _STREAMS_EACH and not self._alone:
            await _refuse_busy(send, path)
            return
        self._streams[client] += 1
        try:
            await (self._listen(name, scope, receive, send) if path == _DATA else self._app(scope, receive, send))
        finally:
            self._streams[client] -= 1
            if not self._streams[client]:
                del self._streams[client]

    async def _listen(self, name: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a stream of events on. It ends when all events of its conversation have."""
        under_way = self._under_way.get(name, _UnderWay("", 0.0))
        under_way.listeners += 1
        try:
            await self._app(scope, receive, send)
        finally:
            under_way.listeners -= 1
            if not under_way.listeners and self._under_way.get(name) is under_way:
                del self._under_way[name]

    def _wait(self, name: str, scope: Scope) -> float:
        """Count a conversation that begins; return the seconds until it may where it may not."""
        visitor: Visitor = scope[VISITOR]
        return 0.0 if self._alone or name in self._browsers else self._new.spend(visitor.counted_as)

    def _owns(self, browser: str, name: str, *, begins: bool) -> bool:
        """Tell whether a conversation is a browser's own, or becomes it now."""
        if begins and name and name not in self._browsers:
            self._browsers[name] = browser
            if len(self._browsers) > _MOST:
                self._browsers.popitem(last=False)
        if self._browsers.get(name) != browser:
            return False
        self._browsers.move_to_end(name)
        return True


async def _refuse_busy(send: Send, path: str) -> None:
    message = "Many are asking at this moment. Ask again in a few seconds."
    await refuse(send, path, 503, kind="busy", message=message, headers=[retry_after(1)])


def _marked(scope: Scope) -> bool:
    return _MARK.fullmatch(cookie_of(scope, COOKIE)) is not None


def _browser(scope: Scope) -> str:
    """Return by what a browser is known; no cookie of ours looks like an address."""
    visitor: Visitor = scope[VISITOR]
    return cookie_of(scope, COOKIE) if _marked(scope) else f"address {visitor.client}"


def _marking(scope: Scope, send: Send) -> Send:
    """Return what sends a response on with a new cookie; by https, a frame of another site keeps it too."""
    secure: bool = scope[VISITOR].secure
    mark = secrets.token_urlsafe(32)
    cookie = set_cookie(scope, COOKIE, mark, seconds=None, same_site="None" if secure else "Lax", secure=secure)

    async def marking(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), cookie]}
        await send(message)

    return marking


async def _name_in(path: str, scope: Scope, receive: Receive) -> tuple[str, Scope, Receive]:
    """Return the conversation that a request is about, its scope with the event, and what gives its body out again."""
    if path.startswith(_HEARTBEAT):
        return path.rpartition("/")[2], scope, receive
    if path == _DATA:
        query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        names = query.get("session_hash", [])
        return names[0] if len(names) == 1 else "", scope, receive  # of two, Gradio would believe the other
    message = await receive()  # all of it: the guard has waited for it
    event = _read(message.get("body", b""))
    name = event.get("session_hash")

    async def again() -> Message:
        nonlocal message
        given, message = message, {"type": ""}
        return given if given["type"] else await receive()

    return name if isinstance(name, str) else "", {**scope, EVENT: event}, again


def _read(body: bytes) -> dict[str, Any]:
    """Return the JSON object that a body is; an empty one where it is none."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):  # which brackets in brackets in brackets bring about
        return {}
    return said if isinstance(said, dict) else {}
