"""Only those who signed in get through; a wrong guess tells nothing, and not many can be made."""

from __future__ import annotations

import asyncio
import hashlib
import string
from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.errors import SettingError
from askdocs.settings import WebSettings
from askdocs.web.access import Access
from askdocs.web.guard import VISITOR, Visitor
from askdocs.web.passwords import MOST_CHARACTERS, Users, checked_name, new_token, password_hash
from askdocs.web.sign_in import COOKIE, KNOWN, Sessions, SignIn

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

PASSWORD = "correct horse battery staple"  # noqa: S105  a test's
TOKEN, KEPT = new_token()
USERS = Users.of(WebSettings(users=f"ada:{password_hash(PASSWORD)} bot:{KEPT}"))


class Door:
    """What stands behind the sign-in here: it says who came in."""

    def __init__(self, users: Users = USERS, settings: WebSettings | None = None) -> None:
        access = Access(local=False, users=users, proxy_header="" if users else "x-forwarded-user")
        self._app = SignIn(self._inside, access, settings or WebSettings(), clock=lambda: 0.0)
        self.heard: Callable[[list[tuple[bytes, bytes]]], None] | None = None

    async def _inside(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"x-user", scope[VISITOR].user.encode())]}
        )
        await send({"type": "http.response.body", "body": b""})

    def send(
        self,
        path: str,
        form: dict[str, str] | None = None,
        *,
        visitor: Visitor = Visitor("203.0.113.9"),  # noqa: B008  frozen
        query: str = "",
        root: str = "",
        **headers: str,
    ) -> tuple[int, dict[str, str], str]:
        """Send a request, a form where there is one; return status, headers and body of the response."""
        return asyncio.run(self.asend(path, form, visitor=visitor, query=query, root=root, **headers))

    async def asend(
        self,
        path: str,
        form: dict[str, str] | None = None,
        *,
        visitor: Visitor,
        query: str = "",
        root: str = "",
        **headers: str,
    ) -> tuple[int, dict[str, str], str]:
        """Send a request from an event loop."""
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": urlencode(form or {}).encode()}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "GET" if form is None else "POST",
            "path": root + path,
            "root_path": root,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            VISITOR: visitor,
        }
        await self._app(scope, receive, send)
        if self.heard is not None:
            self.heard(sent[0]["headers"])
        told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], told, sent[1]["body"].decode()

    def sign_in(
        self, name: str = "ada", password: str = PASSWORD, client: str = "203.0.113.9", cookie: str = ""
    ) -> int:
        """Return the status of an attempt."""
        form = {"name": name, "password": password}
        return self.send("/sign-in", form, visitor=Visitor(client), cookie=cookie)[0]


def cookie_of(headers: dict[str, str]) -> str:
    """Return the cookie that a response sets, as a browser sends it back."""
    return headers["set-cookie"].partition(";")[0]


def known_of(door: Door) -> str:
    """Sign in, and return the cookie by which the browser is known from then on."""
    sent: list[tuple[bytes, bytes]] = []
    door.heard = sent.extend
    assert door.sign_in() == 303
    door.heard = None
    (known,) = (value.decode() for name, value in sent if name == b"set-cookie" and value.startswith(KNOWN.encode()))
    assert known.endswith("; Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax")
    return known.partition(";")[0]


def test_a_stranger_is_shown_the_way_in_and_nothing_else() -> None:
    door = Door()
    status, headers, _ = door.send("/", query="quote=a%2Fb&n=1")
    assert (status, headers["location"]) == (303, "/sign-in?quote=a%2Fb&n=1")
    status, _, page = door.send("/sign-in")
    assert status == 200
    assert '<input id="password" name="password" type="password"' in page
    for path in ("/config", "/api/ask", "/gradio_api/queue/join", "/mcp", "/assets/index.js", "/ready"):
        assert door.send(path)[0] == 401, path
        assert door.send(path, {})[0] == 401, path


def test_who_signs_in_gets_a_cookie_that_lets_in() -> None:
    door = Door()
    status, headers, _ = door.send("/sign-in", {"name": " ada ", "password": PASSWORD}, query="quote=1")
    assert (status, headers["location"]) == (303, "/?quote=1")
    assert headers["set-cookie"].endswith("; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax")
    assert door.send("/", cookie=f"theme=[dark]; {cookie_of(headers)}; other=1")[1]["x-user"] == "ada"


def test_the_cookie_is_for_https_alone_where_that_is_spoken_and_for_the_place_of_the_page() -> None:
    form = {"name": "ada", "password": PASSWORD}
    _, headers, _ = Door().send("/sign-in", form, visitor=Visitor("a", secure=True), root="/docs")
    assert headers["set-cookie"].endswith("; Path=/docs; Max-Age=43200; HttpOnly; SameSite=Lax; Secure")
    assert headers["location"] == "/docs/"


def test_who_signs_out_is_out_even_with_the_old_cookie() -> None:
    door = Door()
    cookie = cookie_of(door.send("/sign-in", {"name": "ada", "password": PASSWORD})[1])
    other = cookie_of(door.send("/sign-in", {"name": "ada", "password": PASSWORD})[1])
    assert door.send("/sign-out", cookie=cookie)[0] == 200, "a link alone signs nobody out"
    assert door.send("/config", cookie=cookie)[0] == 200
    status, headers, _ = door.send("/sign-out", {}, cookie=cookie)
    assert (status, headers["location"], cookie_of(headers)) == (303, "/sign-in", f"{COOKIE}=")
    assert door.send("/config", cookie=cookie)[0] == 401
    assert door.send("/config", cookie=other)[0] == 200


def test_a_program_sends_its_token() -> None:
    door = Door()
    assert door.send("/api/ask", {}, authorization=f"Bearer {TOKEN}")[1]["x-user"] == "bot"
    for wrong in (f"Bearer {TOKEN}x", "Bearer ", f"Basic {TOKEN}", TOKEN, "Bearer " + hashlib.sha256(b"").hexdigest()):
        assert door.send("/api/ask", {}, authorization=wrong)[0] == 401, wrong
    assert door.send("/api/ask")[1]["www-authenticate"] == "Bearer"


def test_whom_a_trusted_proxy_names_is_in_and_nobody_else() -> None:
    door = Door(Users())
    assert door.send("/", visitor=Visitor("a", user="eve"))[1]["x-user"] == "eve"
    assert door.send("/")[0] == 401
    assert door.send("/sign-in")[0] == 401, "the proxy has the form"


@pytest.mark.parametrize(
    ("name", "password"),
    [("ada", "wrong"), ("nobody", PASSWORD), ("", ""), ("bot", TOKEN)],
    ids=["wrong", "nobody", "empty", "token"],
)
def test_a_wrong_guess_does_not_say_which_part_was_wrong(name: str, password: str) -> None:
    status, headers, page = Door().send("/sign-in", {"name": name, "password": password})
    assert status == 401
    assert "set-cookie" not in headers
    assert "That name and password do not belong together." in page
    assert password not in page or not password


def test_a_name_of_the_form_is_shown_as_the_characters_it_is() -> None:
    page = Door().send("/sign-in", {"name": '"><script>alert(1)</script>', "password": "x"})[2]
    assert "<script>alert" not in page


def test_a_link_that_is_carried_along_cannot_lead_elsewhere() -> None:
    for query in ("//evil.example", "next=https://evil.example", '"><script>', "\r\nset-cookie: a=b"):
        status, headers, _ = Door().send("/", query=query)
        assert status == 303
        assert headers["location"].startswith("/sign-in?")
        assert not set(headers["location"]) & set('"<>\r\n')


def test_only_so_many_wrong_passwords_are_looked_at() -> None:
    door = Door(settings=WebSettings(sign_in_attempts=1))
    assert door.sign_in("ada", "wrong") == 401
    assert door.sign_in() == 429, "the right one, too, or guessing would go on"
    assert door.sign_in("eve", "wrong") == 429, "whoever it is for"
    assert door.sign_in("eve", "wrong", client="198.51.100.4") == 401


def test_one_stranger_locks_nobody_out_and_many_only_those_who_are_new() -> None:
    door = Door(settings=WebSettings(sign_in_attempts=1))
    known = known_of(door)
    assert [door.sign_in("ada", "wrong") for _ in range(2)] == [401, 429]
    assert door.sign_in(client="198.51.100.4") == 303, "from elsewhere the right one is looked at"
    for address in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):
        assert door.sign_in("ada", "wrong", client=address) == 401
    assert door.sign_in(client="198.51.100.4") == 429, "guessed at from everywhere"
    assert door.sign_in("eve", "wrong", client="198.51.100.4") == 401
    assert door.sign_in(cookie=known) == 303, "a browser in which she signed in before, wherever it is"
    assert [door.sign_in("ada", "wrong", cookie=known) for _ in range(2)] == [401, 429]


def test_a_browser_is_known_for_the_name_that_signed_in_there_until_its_password_changes() -> None:
    users = Users.of(WebSettings(users=f"ada:{password_hash(PASSWORD)} eve:{password_hash('other')}"))
    mark = users.mark("ada")
    assert users.knows(mark, "ada")
    for stolen, name in ((mark, "eve"), (mark, "nobody"), (f"{mark}0", "ada"), ("", "ada"), (".", "nobody")):
        assert not users.knows(stolen, name)
    assert not users.knows(users.mark("nobody"), "nobody")
    changed = Users.of(WebSettings(users=f"ada:{password_hash(PASSWORD)}"))
    assert not changed.knows(mark, "ada"), "hashed anew, even where it is the same one"


def test_a_form_that_is_not_ours_is_refused_kindly() -> None:
    form = {str(number): "x" for number in range(20)}
    status, _, page = Door().send("/sign-in", form)
    assert (status, "That was not sent by this form." in page) == (400, True)


def test_who_comes_behind_a_long_line_is_told_at_once() -> None:
    door = Door(settings=WebSettings(sign_in_attempts=100))

    async def crowd() -> list[int]:
        form = {"name": "ada", "password": "wrong"}
        people = [door.asend("/sign-in", form, visitor=Visitor(f"192.0.2.{number}")) for number in range(42)]
        line = [asyncio.create_task(one) for one in people]
        told, _ = await asyncio.wait(line, return_when=asyncio.FIRST_COMPLETED)
        statuses = [one.result()[0] for one in told]
        for one in line:
            one.cancel()
        await asyncio.wait(line)
        return statuses

    assert asyncio.run(crowd()) == [503, 503]


def test_right_passwords_are_not_counted() -> None:
    door = Door(settings=WebSettings(sign_in_attempts=1))
    assert [door.sign_in() for _ in range(3)] == [303, 303, 303]


def test_a_name_that_nobody_has_costs_as_much_work_as_one_that_somebody_has(monkeypatch: pytest.MonkeyPatch) -> None:
    spent: list[tuple[int, int, int]] = []
    real = hashlib.scrypt

    def counted(password: bytes, *, salt: bytes, n: int, r: int, p: int, maxmem: int, dklen: int) -> bytes:
        spent.append((n, r, p))
        return real(password, salt=salt, n=n, r=r, p=p, maxmem=maxmem, dklen=dklen)

    monkeypatch.setattr(hashlib, "scrypt", counted)  # counts what the real one does, and lets it
    for name, password in (
        ("ada", "wrong"),
        ("nobody", "wrong"),
        ("ada", PASSWORD),
        ("bot", "x"),
        ("ada", "x" * 10_000),
    ):
        USERS.has_password(name, password)
    assert spent == [(1 << 15, 8, 3)] * 5


def test_a_hash_is_salted_and_matches_its_own_password_only() -> None:
    first, second = password_hash("a"), password_hash("a")
    assert first != second
    users = Users.of(WebSettings(users=f"x:{first} y:{second}"))
    assert users.has_password("x", "a")
    assert users.has_password("y", "a")
    assert not users.has_password("x", "b")
    assert not users.has_password("x", "")
    assert not users.has_password("x", "\ud800")


def test_a_password_is_not_cut() -> None:
    longest = "x" * MOST_CHARACTERS
    users = Users.of(WebSettings(users=f"x:{password_hash(longest)}"))
    assert users.has_password("x", longest)
    assert not users.has_password("x", longest + "x")
    for wrong in ("", longest + "x"):
        with pytest.raises(SettingError, match="characters"):
            password_hash(wrong)


@given(st.text(max_size=70))
def test_a_name_can_stand_before_a_colon_and_between_spaces(name: str) -> None:
    try:
        checked_name(name)
    except SettingError:
        return
    assert name
    assert not set(name) & set(string.whitespace + ":$#")


class Clock:
    """A clock that stands still until it is moved."""

    now = 1_000_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def test_a_cookie_ends_with_its_hours() -> None:
    clock = Clock()
    sessions = Sessions(1, clock)
    cookie = sessions.begin("ada")
    clock.now += 3599
    assert sessions.holder_of(cookie) == "ada"
    clock.now += 1
    assert sessions.holder_of(cookie) is None


def test_a_cookie_of_another_server_is_none_of_ours() -> None:
    assert Sessions(1).holder_of(Sessions(1).begin("ada")) is None


@given(st.data())
def test_a_cookie_that_was_altered_anywhere_lets_nobody_in(data: st.DataObject) -> None:
    sessions = Sessions(1)
    cookie = sessions.begin("ada")
    place = data.draw(st.integers(0, len(cookie) - 1))
    letter = data.draw(st.sampled_from([*string.ascii_letters, *string.digits, "-", "_", ".", "=", "\ud800", "é", ""]))
    altered = cookie[:place] + letter + cookie[place + 1 :]
    assert (sessions.holder_of(altered) == "ada") == (altered == cookie)


@given(st.text())
def test_no_text_is_a_cookie(text: str) -> None:
    assert Sessions(1).holder_of(text) is None


def test_what_is_remembered_of_those_who_left_does_not_grow() -> None:
    clock = Clock()
    sessions = Sessions(1, clock)
    for _ in range(5):
        sessions.end(sessions.begin("ada"))
        sessions.end("nonsense")
        clock.now += 3601
    assert len(sessions._ended) == 1  # noqa: SLF001  memory is what this is about


def test_users_without_anybody_are_nobody() -> None:
    assert not Users()
    assert Users(MappingProxyType({}), MappingProxyType({"x": "y"}))
