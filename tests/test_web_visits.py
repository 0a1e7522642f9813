"""Two people at once never see each other's conversation, even where one has learnt the name of the other's."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from askdocs.settings import WebSettings
from askdocs.web.guard import VISITOR, Visitor
from askdocs.web.visits import COOKIE, Visits

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

JOIN, DATA, CANCEL = "/gradio_api/queue/join", "/gradio_api/queue/data", "/gradio_api/cancel"
HEARTBEAT = "/gradio_api/heartbeat/"


class Page:
    """The page behind the bookkeeping of visits: it keeps what reached it."""

    def __init__(self, most: int = 9, *, kept: int = 2_000, alone: bool = False) -> None:
        self.bodies: list[bytes] = []
        self.status = 200
        self.now = 0.0
        self.ending: asyncio.Event | None = None
        self.visits = Visits(
            self._inside,
            WebSettings(page_events=most, page_conversations=kept),
            alone=alone,
            clock=lambda: self.now,
        )

    async def _inside(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.ending is not None and scope["path"].startswith((DATA, HEARTBEAT)):
            await self.ending.wait()
        if scope["method"] == "POST":
            self.bodies.append((await receive())["body"])
            assert (await receive())["type"] == "http.disconnect", "the body is given once"
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def send(
        self, path: str, body: object = None, *, cookie: str = "", query: str = "", visitor: Visitor | None = None
    ) -> tuple[int, dict[str, str]]:
        """Send a request; return status and headers."""
        return asyncio.run(self.asend(path, body, cookie=cookie, query=query, visitor=visitor))

    async def asend(
        self, path: str, body: object = None, *, cookie: str = "", query: str = "", visitor: Visitor | None = None
    ) -> tuple[int, dict[str, str]]:
        """Send a request; return status and headers."""
        sent: list[Message] = []
        coming: list[Message] = [
            {"type": "http.request", "body": body if isinstance(body, bytes) else json.dumps(body).encode()},
            {"type": "http.disconnect"},
        ]

        async def receive() -> Message:
            return coming.pop(0)

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "GET" if body is None else "POST",
            "path": path,
            "query_string": query.encode(),
            "headers": [(b"cookie", cookie.encode())] if cookie else [],
            VISITOR: visitor or Visitor("203.0.113.9"),
        }
        await self.visits(scope, receive, send)
        return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}

    def opened(self, visitor: Visitor | None = None) -> str:
        """Open the page in a new browser; return its cookie."""
        return self.send("/", visitor=visitor)[1]["set-cookie"].partition(";")[0]


def test_a_browser_gets_a_cookie_of_its_own_once() -> None:
    page = Page()
    first, second = page.opened(), page.opened()
    assert first != second
    assert first.startswith(f"{COOKIE}=")
    assert "set-cookie" not in page.send("/", cookie=first)[1]
    assert "set-cookie" in page.send("/", cookie=f"{COOKIE}=made-up")[1]
    assert "set-cookie" not in page.send("/config")[1]


def test_the_cookie_is_read_by_no_script_and_stays_in_the_browser() -> None:
    plain = Page().send("/")[1]["set-cookie"].partition(";")[2]
    assert plain == " Path=/; HttpOnly; SameSite=Lax"
    secure = Page().send("/", visitor=Visitor("a", secure=True))[1]["set-cookie"].partition(";")[2]
    assert secure == " Path=/; HttpOnly; SameSite=None; Secure; Partitioned"


@pytest.mark.parametrize("begun", ["join", "heartbeat"])
def test_who_begins_a_conversation_goes_on_with_it_and_nobody_else(begun: str) -> None:
    page = Page()
    mine, yours = page.opened(), page.opened()
    join = {"session_hash": "abc", "data": ["a question"]}
    if begun == "heartbeat":
        assert page.send("/gradio_api/heartbeat/abc", cookie=mine)[0] == 200
    assert page.send(JOIN, join, cookie=mine)[0] == 200
    assert json.loads(page.bodies[-1]) == join
    for cookie in (yours, "", f"{COOKIE}=made-up"):
        assert page.send(JOIN, join, cookie=cookie)[0] == 404
        assert page.send(DATA, query="session_hash=abc", cookie=cookie)[0] == 404
        assert page.send("/gradio_api/heartbeat/abc", cookie=cookie)[0] == 404
        assert page.send(CANCEL, {"session_hash": "abc"}, cookie=cookie)[0] == 404
    assert page.send(DATA, query="session_hash=abc", cookie=mine)[0] == 200
    assert page.send(CANCEL, {"session_hash": "abc"}, cookie=mine)[0] == 200


def test_a_conversation_that_nobody_began_cannot_be_listened_to() -> None:
    page = Page()
    assert page.send(DATA, query="session_hash=guessed", cookie=page.opened())[0] == 404
    assert page.send(DATA, query="", cookie=page.opened())[0] == 404


@pytest.mark.parametrize("query", ["session_hash={mine}&session_hash={other}", "session_hash={mine}&session_hash="])
def test_a_request_that_names_two_conversations_reaches_neither(query: str) -> None:
    page = Page()
    mine, yours = page.opened(), page.opened()
    assert page.send(JOIN, {"session_hash": "abc"}, cookie=mine)[0] == 200
    assert page.send(JOIN, {"session_hash": "xyz"}, cookie=yours)[0] == 200
    assert page.send(DATA, query=query.format(mine="abc", other="xyz"), cookie=mine)[0] == 404
    assert page.send(DATA, query=query.format(mine="xyz", other="abc"), cookie=mine)[0] == 404


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"{}", b'{"session_hash": null}', b'{"session_hash": ""}'])
def test_an_event_without_a_conversation_is_none(body: bytes) -> None:
    page = Page()
    assert page.send(JOIN, body, cookie=page.opened())[0] == 404
    assert not page.bodies


def test_a_browser_without_cookies_is_known_by_its_address() -> None:
    page = Page()
    here, there = Visitor("203.0.113.9"), Visitor("198.51.100.4")
    assert page.send(JOIN, {"session_hash": "abc"}, visitor=here)[0] == 200
    assert page.send(DATA, query="session_hash=abc", visitor=here)[0] == 200
    assert page.send(DATA, query="session_hash=abc", visitor=there)[0] == 404


def test_one_more_event_than_the_page_can_bear_is_told_at_once_and_the_next_is_welcome() -> None:
    page = Page(most=2, alone=True)
    cookie = page.opened()

    def join(name: str) -> int:
        return page.send(JOIN, {"session_hash": name}, cookie=cookie)[0]

    assert [join(name) for name in "aab"] == [200, 200, 200], "a conversation may have more than one event"
    assert [join(name) for name in "cc"] == [503, 503]
    assert join("a") == 200
    assert page.send(DATA, query="session_hash=a", cookie=cookie)[0] == 200
    assert join("c") == 200


def test_an_event_that_was_not_taken_is_not_under_way() -> None:
    page = Page(most=1)
    cookie = page.opened()
    page.status = 400
    assert page.send(JOIN, {"session_hash": "a"}, cookie=cookie)[0] == 400
    page.status = 200
    assert page.send(JOIN, {"session_hash": "b"}, cookie=cookie)[0] == 200


def test_one_client_has_a_third_of_the_places_and_the_others_are_welcome_meanwhile() -> None:
    page = Page(most=9)
    greedy, other = Visitor("203.0.113.9"), Visitor("198.51.100.4")
    cookies = [page.opened() for _ in range(5)]

    def join(name: str, visitor: Visitor, cookie: str) -> int:
        return page.send(JOIN, {"session_hash": name}, cookie=cookie, visitor=visitor)[0]

    assert [join(f"g{number}", greedy, cookie) for number, cookie in enumerate(cookies)] == [200, 200, 200, 503, 503]
    assert [join(f"o{number}", other, cookies[0]) for number in range(4)] == [200, 200, 200, 503]
    assert join("s", replace(greedy, user="ada"), cookies[0]) == 200, "who signed in is counted by name"
    assert join("g0", greedy, cookies[0]) == 200, "a conversation that has a place keeps it"


def test_an_event_that_nobody_listens_to_gives_its_place_back_soon() -> None:
    page = Page(most=3)
    cookie = page.opened()
    assert page.send(JOIN, {"session_hash": "a"}, cookie=cookie)[0] == 200
    page.now = 4.9
    assert page.send(JOIN, {"session_hash": "b"}, cookie=cookie)[0] == 503
    page.now = 5.0
    assert page.send(JOIN, {"session_hash": "b"}, cookie=cookie)[0] == 200


def test_an_event_that_somebody_listens_to_keeps_its_place_however_long_it_takes() -> None:
    page = Page(most=3)
    cookie = page.opened()

    async def listen() -> None:
        page.ending = asyncio.Event()
        assert (await page.asend(JOIN, {"session_hash": "a"}, cookie=cookie))[0] == 200
        streams = [asyncio.create_task(page.asend(DATA, query="session_hash=a", cookie=cookie)) for _ in "ab"]
        await asyncio.sleep(0)
        page.now = 1_000.0
        assert (await page.asend(JOIN, {"session_hash": "b"}, cookie=cookie))[0] == 503
        page.ending.set()
        await asyncio.gather(*streams)
        assert (await page.asend(JOIN, {"session_hash": "b"}, cookie=cookie))[0] == 200

    asyncio.run(listen())


def test_a_second_event_that_was_not_taken_leaves_the_first_its_place() -> None:
    page = Page(most=3)
    cookie = page.opened()
    assert page.send(JOIN, {"session_hash": "a"}, cookie=cookie)[0] == 200
    page.status = 400
    assert page.send(JOIN, {"session_hash": "a"}, cookie=cookie)[0] == 400
    page.status = 200
    assert page.send(JOIN, {"session_hash": "b"}, cookie=cookie)[0] == 503


@pytest.mark.parametrize("alone", [True, False])
def test_the_pages_that_one_client_has_open_are_counted(alone: bool) -> None:  # noqa: FBT001  a case
    page = Page(alone=alone)
    cookie, other = page.opened(), Visitor("198.51.100.4")

    async def crowd() -> None:
        page.ending = asyncio.Event()

        def open_page(number: int, visitor: Visitor | None = None) -> asyncio.Task[tuple[int, dict[str, str]]]:
            return asyncio.create_task(page.asend(f"{HEARTBEAT}{number}", cookie=cookie, visitor=visitor))

        pages = [open_page(number) for number in range(200)]
        await asyncio.sleep(0)
        late, others = open_page(200), open_page(201, other)
        await asyncio.sleep(0)
        page.ending.set()
        assert {status for status, _ in await asyncio.gather(*pages, others)} == {200}
        assert (await late)[0] == (200 if alone else 503)
        assert (await open_page(202))[0] == 200

    asyncio.run(crowd())


def test_one_client_makes_the_page_forget_nobody_elses_conversation() -> None:
    page = Page(kept=10)
    cookie, other = page.opened(), Visitor("198.51.100.4")

    def open_page(name: str, visitor: Visitor | None = None) -> int:
        return page.send(f"{HEARTBEAT}{name}", cookie=cookie, visitor=visitor)[0]

    assert [open_page(name) for name in "abc"] == [200, 200, 429]
    assert [open_page(name) for name in "ab"] == [200, 200], "those that were begun go on"
    assert page.send(JOIN, {"session_hash": "c"}, cookie=cookie)[0] == 429
    assert open_page("d", other) == 200
    page.now = 1_800.0
    assert open_page("c") == 200
    lone = Page(kept=1, alone=True)
    assert [lone.send(f"{HEARTBEAT}{name}", cookie=cookie)[0] for name in "abc"] == [200] * 3
