"""Any request in, only those that the page, the API or MCP can mean out; and on every response what a browser may do.

Two layers keep the promise that no request leaves the page for another host. The page asks for none; and should an
update of Gradio or a hole in the page ever ask for one, the browser refuses it, because every response carries the
policy below.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from askdocs.web.responses import Header, refuse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from askdocs.settings import WebSettings
    from askdocs.web.access import Access

_RULES = (
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'",  # Gradio's page is started by inline and compiled scripts
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "frame-src 'none'",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
)
POLICY = "; ".join(_RULES)
"""What a browser may load, run and call on behalf of the page: nothing from another host."""

OPEN_PATHS = (
    "/",
    "/assets/",
    "/static/",
    "/theme.css",
    "/favicon.ico",
    "/manifest.json",
    "/config",
    "/gradio_api/startup-events",
    "/gradio_api/heartbeat/",
    "/gradio_api/queue/join",
    "/gradio_api/queue/data",
    "/gradio_api/info",
    "/gradio_api/cancel",
    "/gradio_api/reset",
    "/gradio_api/app_id",
    "/ready",
    "/sign-in",
    "/sign-out",
    "/api/",
    "/mcp",
)
"""The routes that there are; one that ends with a slash opens what is under it. Gradio has more (files, proxies,
monitoring, its own API): they do not exist here."""

UPLOAD_PATHS = ("/gradio_api/upload", "/gradio_api/upload_progress")
"""Open too where the articles may be changed."""

METHODS = frozenset({"GET", "HEAD", "POST", "DELETE"})
"""What is done to a route; DELETE ends a session of MCP."""

_ONCE = frozenset({b"host", b"origin", b"authorization", b"content-length", b"content-type", b"transfer-encoding"})
"""Headers that a request has once: of two, one reader would believe the first and another the last."""

_FORWARDED = (b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto")
"""What a trusted proxy may say of the request that it passes on. Nobody else is heard, and no other such header."""

_HEARSAY = (b"x-forwarded-", b"x-gradio-", b"x-original-", b"x-rewrite-", b"x-real-", b"forwarded")
"""How headers begin that claim to know better where a request came from or went to."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who sends a request, as far as the address and a trusted proxy tell.

    `client` is who is counted: an address, of version 6 its network of 64 bits, which one person has all of. `user` is
    who signed in at the proxy. `secure`: whether the browser talks https. `leaves`: where a form is sent
    to sign out, if it can be.
    """

    client: str
    user: str | None = None
    secure: bool = False
    leaves: str = ""

    @property
    def counted_as(self) -> str:
        """Under which name calls are counted: that of who signed in, of anyone else the address."""
        return f"user {self.user}" if self.user else self.client


VISITOR = "askdocs.visitor"
"""The key in an ASGI scope under which the guard leaves the `Visitor`."""


class Refusal(Exception):  # noqa: N818  it is no error of ours
    """A request that goes no further."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind


class Guard:
    """An ASGI application around another: it keeps strangers out and puts the policy on every response.

    Where the page is bound to this machine alone, a request must name this machine: a website cannot reach the page
    under a name of its own that resolves to 127.0.0.1. Nowhere may another website send a request.
    """

    def __init__(self, app: ASGIApp, access: Access, settings: WebSettings) -> None:
        self._app = app
        self._access = access
        self._settings = settings
        self._open = OPEN_PATHS if access.why_fixed else OPEN_PATHS + UPLOAD_PATHS
        public = not (access.local or access.signing_in)  # a host of public pages shows them in a frame
        policy = POLICY if public else f"{POLICY}; frame-ancestors 'self'"
        self._protection: tuple[Header, ...] = (
            (b"content-security-policy", policy.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"same-origin"),  # with none, a browser sends the forms of signing in from "null"
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: refused, there are none
            return
        path = route_of(scope)
        guarded = self._guarded(send, path)
        try:
            visitor, headers = self._admitted(path, scope)
            scope = {**scope, "headers": headers, VISITOR: visitor}
            receive = await self._arrived(path, scope, receive)
        except Refusal as refusal:
            closing = [(b"connection", b"close")]  # what is still to come of the request is not read
            await refuse(guarded, path, refusal.status, kind=refusal.kind, message=str(refusal), headers=closing)
            return
        await self._app(scope, receive, guarded)

    def _guarded(self, send: Send, path: str) -> Send:
        """Return what sends a response on with the policy on it, and keeps all but the page's files out of caches."""
        kept = path.startswith(("/assets/", "/static/"))

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", ()), *self._protection]
                if not kept and not any(name == b"cache-control" for name, _ in headers):
                    headers.append((b"cache-control", b"no-store"))
                message = {**message, "headers": headers}
            await send(message)

        return guarded

    def _admitted(self, path: str, scope: Scope) -> tuple[Visitor, list[Header]]:
        """Return who sends a request, and its headers without those that only a trusted proxy may send.

        Raises:
            Refusal: it is not welcome.
        """
        headers: list[Header] = scope["headers"]
        peer = scope["client"][0] if scope.get("client") else ""
        trusted = self._access.trusts(peer)
        believed = {*_FORWARDED, self._access.proxy_header.encode()} if trusted else set()
        names = [name for name, _ in headers]
        if any(names.count(name) > 1 for name in _ONCE | believed):
            raise Refusal(400, "request", "A header is there twice.")
        said = {name: value.decode("latin-1").strip() for name, value in headers}
        self._require_origin(scope["method"], said, trusted=trusted)
        if scope["method"] not in METHODS or not self._is_open(path):
            raise Refusal(404, "not_found", "There is nothing here.")
        user = said.get(self._access.proxy_header.encode()) if trusted and self._access.proxy_header else None
        address = said.get(b"x-forwarded-for", peer).rpartition(",")[2].strip() if trusted else peer
        scheme = said.get(b"x-forwarded-proto", scope["scheme"]) if trusted else scope["scheme"]
        own = self._access.proxy_header.encode() or None
        kept = [
            (name, value)
            for name, value in headers
            if name in believed or not (name == own or name.startswith(_HEARSAY))
        ]
        return Visitor(client_of(address), user or None, scheme == "https"), kept

    def _require_origin(self, method: str, said: dict[bytes, str], *, trusted: bool) -> None:
        """Refuse a request that is addressed to a strange name, or sent by another website."""
        addressed = said.get(b"x-forwarded-host" if trusted and b"x-forwarded-host" in said else b"host", "")
        if not self._access.answers_to(_host(f"//{addressed}")):
            raise Refusal(403, "host", "This page does not answer to that name; on this machine it is 127.0.0.1.")
        origin = said.get(b"origin")
        if origin is not None and not (
            _place(origin) == _place(f"//{addressed}") or _host(origin) in self._access.hosts
        ):
            raise Refusal(403, "origin", "This page answers no other website.")
        visits = method in ("GET", "HEAD") and said.get(b"sec-fetch-mode") == "navigate"
        if said.get(b"sec-fetch-site") == "cross-site" and not visits:
            raise Refusal(403, "origin", "This page answers no other website.")

    def _is_open(self, path: str) -> bool:
        if any(part == ".." for part in path.replace("\\", "/").split("/")) or "\0" in path:
            return False
        return any(path == one or (one.endswith("/") and one != "/" and path.startswith(one)) for one in self._open)

    async def _arrived(self, path: str, scope: Scope, receive: Receive) -> Receive:
        """Wait for a request's body; return what gives it out. An upload is not waited for, only its size bounded.

        Raises:
            Refusal: it is too large, or takes too long.
        """
        settings = self._settings
        upload = path in UPLOAD_PATHS
        most = settings.upload_megabytes << 20 if upload else settings.body_kilobytes << 10
        said = next((value for name, value in scope["headers"] if name == b"content-length"), None)
        large = Refusal(413, "too_large", f"A request has at most {most:,} bytes here.")
        if said is not None and (not said.isdigit() or len(said) > len(str(most)) + 1 or int(said) > most):
            raise large
        if upload:
            if said is None and scope["method"] == "POST":
                raise Refusal(411, "length", "Say how large the files are.")
            if any(name == b"transfer-encoding" for name, _ in scope["headers"]):
                raise Refusal(411, "length", "Say how large the files are; a request in chunks does not.")
            return _before(receive, asyncio.get_running_loop().time() + 10 * settings.body_seconds, most)
        body = bytearray()
        more = scope["method"] == "POST"
        try:
            async with asyncio.timeout(settings.body_seconds):
                while more:
                    message = await receive()
                    body += message.get("body", b"")
                    if len(body) > most:
                        raise large
                    more = message.get("more_body", False)
        except TimeoutError:
            raise Refusal(408, "slow", "The request did not arrive in time.") from None
        return _once(bytes(body), receive) if scope["method"] == "POST" else receive


def route_of(scope: Scope) -> str:
    """Return a request's path below the place where askdocs is mounted."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return (path[len(root) :] or "/") if root and (path == root or path.startswith(f"{root}/")) else path


def _once(body: bytes, receive: Receive) -> Receive:
    """Return what gives a whole body out first, and then what `receive` does."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _before(receive: Receive, deadline: float, most: int) -> Receive:
    """Return what receives until a moment of the event loop's clock, or so many bytes, and then nobody is there."""
    received = 0

    async def bounded() -> Message:
        nonlocal received
        try:
            async with asyncio.timeout_at(deadline):
                message = await receive()
        except TimeoutError:
            return {"type": "http.disconnect"}
        received += len(message.get("body", b""))
        return message if received <= most else {"type": "http.disconnect"}

    return bounded


def client_of(address: str) -> str:
    """Return who is counted for an address."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        return str(known.ipv4_mapped or ip_network((known, 64), strict=False))
    return str(known)


def _host(address: str) -> str | None:
    """Return the host name of an address, without its port; nothing where it has none or is malformed."""
    place = _place(address)
    return place[0] if place else None


def _place(address: str) -> tuple[str, int | None] | None:
    """Return host name and port of an address, the usual ports of http and https as none."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host:
        return None
    return host, None if port in (80, 443) else port
