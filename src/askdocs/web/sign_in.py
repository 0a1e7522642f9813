"""Requests in, those of people and programs that have signed in out; the rest get a page to sign in, or a refusal.

A person types a name and a password once and gets a signed cookie, which says who and until when. It is signed by a
key that is drawn when the server starts and is kept nowhere: to start it again signs everyone out. A program sends its
token with every request. A trusted proxy names who signed in there.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote

from askdocs.web.cookies import cookie_of, header_of, root_of, set_cookie
from askdocs.web.guard import VISITOR, Visitor, route_of
from askdocs.web.limits import Allowance
from askdocs.web.markup import Html, element, join
from askdocs.web.responses import API_PATHS, Header, refuse, respond, retry_after
from askdocs.web.small_page import small_page

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from askdocs.settings import WebSettings
    from askdocs.web.access import Access
    from askdocs.web.passwords import Users

COOKIE = "askdocs_session"
KNOWN = "askdocs_known"
"""The cookie of a browser in which somebody has signed in before."""

_KNOWN_SECONDS = 180 * 86_400
SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"

_WRONG = "That name and password do not belong together."
_TOO_OFTEN = "Too many wrong passwords. Wait a minute, then try again."
_TOO_MANY = "Many people sign in at this moment. Try again in a few seconds."
_NO_FORM = "That was not sent by this form. Try again."
_LINK_KEPT = 'document.querySelector("form").action += location.hash;'
"""A link to a quote survives the way through signing in: what is behind its # stays in the browser, which keeps it on
the way to the form and, where the form names it, behind that."""

_FIELDS = 10
_AT_ONCE = 1
"""Passwords checked at the same time: each takes 32 MB and a core, which the questions need."""

_IN_LINE = 40
"""Passwords that may wait to be checked, a fifth of a second each; who comes behind those is told so at once."""

_CLIENTS = 4
"""As many clients' wrong passwords are looked at for one name, of browsers that are not known to it."""


class Sessions:
    """The cookies of people who signed in. Safe in threads: one step of a dictionary at a time."""

    def __init__(self, hours: float, clock: Callable[[], float] = time.time) -> None:
        self._key = secrets.token_bytes(32)
        self._seconds = hours * 3600
        self._clock = clock
        self._ended: dict[str, float] = {}

    def begin(self, name: str) -> str:
        """Return the cookie of somebody who just signed in: the name, the end, a number of its own, signed."""
        spelled = urlsafe_b64encode(name.encode()).decode().rstrip("=")
        said = f"{spelled}.{int(self._clock() + self._seconds)}.{secrets.token_urlsafe(12)}"
        return f"{said}.{self._signed(said)}"

    def holder_of(self, cookie: str) -> str | None:
        """Return who holds a cookie, where it is one of ours, not over and not ended."""
        said, _, signed = cookie.rpartition(".")
        if not hmac.compare_digest(self._signed(said).encode(), signed.encode("utf-8", "surrogatepass")):
            return None
        spelled, until, number = said.split(".")
        if int(until) <= self._clock() or number in self._ended:
            return None
        return urlsafe_b64decode(spelled + "=" * (-len(spelled) % 4)).decode()

    def end(self, cookie: str) -> None:
        """Sign out whoever holds a cookie. Only what would still be valid is remembered as ended."""
        if self.holder_of(cookie) is None:
            return
        _, until, number, _ = cookie.split(".")
        now = self._clock()
        self._ended = {one: end for one, end in self._ended.items() if end > now} | {number: float(until)}

    def _signed(self, said: str) -> str:
        digest = hmac.digest(self._key, said.encode("utf-8", "surrogatepass"), "sha256")
        return urlsafe_b64encode(digest).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A password that somebody tries: from where, for whom, and the mark of a browser in which that name signed in."""

    client: str
    name: str
    mark: str | None


class _Attempts:
    """Wrong passwords, counted so that nobody can guess many, nor lock out the person that he guesses at.

    A browser in which a name has signed in before holds a mark of that, and is counted by itself: whatever strangers
    do, the person at it signs in (what OWASP calls device cookies, "Slow Down Online Guessing Attacks with Device
    Cookies"). Any other is counted by its client; and by the name, for all such clients together and at four times the
    number: one stranger is stopped long before a newcomer of that name is, many together only hold newcomers up.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        self._marks = Allowance(per_minute, clock=clock)
        self._clients = Allowance(per_minute, clock=clock)
        self._names = Allowance(_CLIENTS * per_minute, clock=clock)

    def wait(self, attempt: _Attempt) -> float:
        """Return the seconds until this may be tried."""
        return max(allowance.wait(who) for allowance, who in self._counts(attempt))

    def count(self, attempt: _Attempt) -> None:
        """Count one that was wrong."""
        for allowance, who in self._counts(attempt):
            allowance.spend(who)

    def _counts(self, attempt: _Attempt) -> list[tuple[Allowance, str]]:
        if attempt.mark is not None:
            return [(self._marks, attempt.mark)]
        return [(self._clients, attempt.client), (self._names, attempt.name)]


@dataclass(frozen=True, slots=True)
class _Refused:
    """Why somebody is not let in, and when to try again where that is known."""

    status: int
    words: str
    seconds: float = 0.0


class SignIn:
    """An ASGI application around another, which is reached only by those who signed in; behind a `Guard`."""

    def __init__(
        self, app: ASGIApp, access: Access, settings: WebSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._access = access
        self._users: Users = access.users
        self._sessions = Sessions(settings.session_hours)
        self._seconds = int(settings.session_hours * 3600)
        self._attempts = _Attempts(settings.sign_in_attempts, clock)
        self._checking = asyncio.Semaphore(_AT_ONCE)
        self._in_line = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not self._access.signing_in:
            await self._app(scope, receive, send)
            return
        path = route_of(scope)
        visitor: Visitor = scope[VISITOR]
        if path == SIGN_IN and self._users.passwords:
            await self._sign_in(scope, receive, send)
        elif path == SIGN_OUT:
            await self._sign_out(scope, send)
        elif user := visitor.user or self._user(scope):
            leaves = "" if visitor.user else f"{root_of(scope)}{SIGN_OUT}"
            await self._app({**scope, VISITOR: replace(visitor, user=user, leaves=leaves)}, receive, send)
        elif path == "/" and scope["method"] == "GET" and self._users.passwords:
            await _go(send, f"{root_of(scope)}{SIGN_IN}{_query(scope)}")
        else:
            wanted = [(b"www-authenticate", b"Bearer")] if path.startswith(API_PATHS) else []
            await refuse(send, path, 401, kind="sign_in", message="Sign in first.", headers=wanted)

    def _user(self, scope: Scope) -> str | None:
        """Return who sends a request, by its token or its cookie."""
        scheme, _, token = header_of(scope, b"authorization").partition(" ")
        if scheme.lower() == "bearer":
            return self._users.holder_of(token.strip())
        return self._sessions.holder_of(cookie_of(scope, COOKIE))

    async def _sign_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await _show(send, 200, _form(root_of(scope), _query(scope)))
            return
        body = (await receive()).get("body", b"")
        try:
            said = parse_qs(body.decode("utf-8", "replace"), max_num_fields=_FIELDS)
        except ValueError:
            await _show(send, 400, join([_notice(_NO_FORM), _form(root_of(scope), _query(scope))]))
            return
        name, password = said.get("name", [""])[0].strip(), said.get("password", [""])[0]
        if refused := await self._refused(self._attempt(scope, name), password):
            again = join([_notice(refused.words), _form(root_of(scope), _query(scope), name)])
            await _show(send, refused.status, again, [retry_after(refused.seconds)] if refused.seconds else [])
            return
        known = self._cookie(scope, KNOWN, self._users.mark(name), _KNOWN_SECONDS)
        session = self._cookie(scope, COOKIE, self._sessions.begin(name), self._seconds)
        await _go(send, f"{root_of(scope)}/{_query(scope)}", [known, session])

    def _attempt(self, scope: Scope, name: str) -> _Attempt:
        visitor: Visitor = scope[VISITOR]
        mark = cookie_of(scope, KNOWN)
        return _Attempt(visitor.client, name, mark if self._users.knows(mark, name) else None)

    async def _refused(self, attempt: _Attempt, password: str) -> _Refused | None:
        """Check a password as soon as its turn comes; return why it does not let in, if it does not."""
        if self._in_line >= _IN_LINE:
            return _Refused(503, _TOO_MANY, 1.0)
        self._in_line += 1
        try:
            async with self._checking:
                if wait := self._attempts.wait(attempt):
                    return _Refused(429, _TOO_OFTEN, wait)
                if await asyncio.to_thread(self._users.has_password, attempt.name, password):
                    return None
                self._attempts.count(attempt)
                return _Refused(401, _WRONG)
        finally:
            self._in_line -= 1

    def _cookie(self, scope: Scope, cookie: str, value: str, seconds: int) -> Header:
        secure: bool = scope[VISITOR].secure
        return set_cookie(scope, cookie, value, seconds=seconds, same_site="Lax", secure=secure)

    async def _sign_out(self, scope: Scope, send: Send) -> None:
        if scope["method"] != "POST":
            await _show(send, 200, _leaving(root_of(scope)))
            return
        self._sessions.end(cookie_of(scope, COOKIE))
        await _go(send, f"{root_of(scope)}{SIGN_IN}", [self._cookie(scope, COOKIE, "", 0)])


def _query(scope: Scope) -> str:
    """Return the query of a request, to be passed on through signing in."""
    query = scope["query_string"].decode("latin-1")
    return f"?{quote(query, safe='=&%+~.-_')}" if query else ""


async def _go(send: Send, place: str, headers: list[Header] | None = None) -> None:
    """Send a browser on, to be asked for with GET."""
    await respond(send, 303, b"", headers=[(b"location", place.encode()), *(headers or [])])


async def _show(send: Send, status: int, content: Html, headers: list[Header] | None = None) -> None:
    """Send one of the pages of this module."""
    page = small_page("Sign in to askdocs", content, script=_LINK_KEPT)
    await respond(send, status, page, "text/html", headers or [])


def _form(root: str, query: str, name: str = "") -> Html:
    return element(
        "form",
        element("label", "Name", for_="name"),
        element(
            "input", id="name", name="name", value=name, autocomplete="username", required=True, autofocus=not name
        ),
        element("label", "Password", for_="password"),
        element(
            "input",
            id="password",
            name="password",
            type="password",
            autocomplete="current-password",
            required=True,
            autofocus=bool(name),
        ),
        element("button", "Sign in"),
        method="post",
        action=f"{root}{SIGN_IN}{query}",
    )


def _leaving(root: str) -> Html:
    return element("form", element("button", "Sign out"), method="post", action=f"{root}{SIGN_OUT}")


def _notice(words: str) -> Html:
    return element("p", words, role="alert")
