"""The guard lets in what the page, the API and MCP can mean, and forbids the page every other host."""

from __future__ import annotations

import asyncio
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest

from askdocs.settings import WebSettings
from askdocs.web.access import Access
from askdocs.web.guard import POLICY, VISITOR, Guard, Visitor, route_of

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

LOCAL = Access()
NETWORK = Access(local=False, read_only=True)
PROXIED = Access(
    local=False,
    proxy_header="x-forwarded-user",
    proxies=(ip_network("10.0.0.0/8"),),
    hosts=frozenset({"askdocs.example"}),
)
Headers = list[tuple[bytes, bytes]]


class Inner:
    """Answers every request with 200, and keeps what it was asked: what stands behind the guard in these tests."""

    def __init__(self) -> None:
        self.scope: dict[str, Any] = {}
        self.body = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        self.scope = dict(scope)
        self.body = (await receive()).get("body", b"") if scope["method"] == "POST" else b""
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-inner", b"1")]})
        await send({"type": "http.response.body", "body": b"hello"})

    @property
    def headers(self) -> dict[bytes, bytes]:
        """What came through of the request's headers."""
        return dict(self.scope["headers"])

    @property
    def visitor(self) -> Visitor:
        """Who the guard takes the request's sender for."""
        visitor: Visitor = self.scope[VISITOR]
        return visitor


def send_through(
    inner: Inner,
    path: str = "/",
    headers: Headers | None = None,
    *,
    access: Access = LOCAL,
    peer: str = "127.0.0.1",
    body: tuple[bytes, ...] = (),
    settings: WebSettings | None = None,
    **scope: Any,
) -> tuple[int, dict[str, str]]:
    """Send one request through a guard; return its status and headers."""
    sent: list[Message] = []
    parts = list(body)

    async def receive() -> Message:
        if not parts and body:
            await asyncio.sleep(3600)
        part = parts.pop(0) if parts else b""
        return {"type": "http.request", "body": part, "more_body": bool(parts) or part == b"..."}

    async def send(message: Message) -> None:
        sent.append(message)

    full = {
        "type": "http",
        "method": "POST" if body else "GET",
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "client": (peer, 50_000),
        "headers": [(b"host", b"127.0.0.1:7860")] if headers is None else headers,
        **scope,
    }
    asyncio.run(Guard(inner, access, settings or WebSettings())(full, receive, send))
    return sent[0]["status"], {key.decode(): value.decode() for key, value in sent[0]["headers"]}


def get(path: str = "/", *, access: Access = LOCAL, host: str = "127.0.0.1:7860", **headers: str) -> int:
    """Return the status of a request with these headers; underscores in their names stand for hyphens."""
    named = {"host": host} | {name.replace("_", "-"): value for name, value in headers.items()}
    spelled = [(name.encode(), value.encode()) for name, value in named.items()]
    return send_through(Inner(), path, spelled, access=access)[0]


def test_every_response_forbids_other_hosts() -> None:
    for path in ("/", "/nowhere"):
        _, headers = send_through(Inner(), path)
        assert headers["content-security-policy"] == f"{POLICY}; frame-ancestors 'self'"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
    assert "http" not in POLICY
    assert "*" not in POLICY
    assert "default-src 'self';" in POLICY


def test_only_the_files_of_the_page_may_be_kept_by_a_cache() -> None:
    assert "cache-control" not in send_through(Inner(), "/assets/index.js")[1]
    assert send_through(Inner(), "/api/articles")[1]["cache-control"] == "no-store"


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:7860", "[::1]:7860", "localhost"])
def test_this_machine_is_welcome(host: str) -> None:
    assert get(host=host) == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:7860", "", "[::1", "localhost.evil.example"])
def test_a_name_that_merely_resolves_to_this_machine_is_refused(host: str) -> None:
    assert get(host=host) == 403


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:8000", "http://localhost:7860", "http://[", ""]
)
def test_another_website_may_not_send_requests(origin: str) -> None:
    assert get("/gradio_api/queue/join", origin=origin) == 403
    assert get("/api/ask", origin=origin) == 403


def test_the_page_itself_may_send_requests_by_whichever_name_it_was_opened() -> None:
    assert get("/gradio_api/queue/join", origin="http://127.0.0.1:7860") == 200
    assert get("/api/ask", host="localhost:7860", origin="http://localhost:7860") == 200
    assert get("/api/ask", access=NETWORK, host="askdocs.example", origin="https://askdocs.example") == 200
    assert get("/api/ask", access=NETWORK, host="askdocs.example", origin="https://evil.example") == 403


def test_a_browser_that_says_another_site_asks_is_believed() -> None:
    assert get("/api/articles", sec_fetch_site="cross-site", sec_fetch_mode="no-cors") == 403
    assert get("/", sec_fetch_site="cross-site", sec_fetch_mode="navigate") == 200, "a link may lead here"
    assert get("/api/articles", sec_fetch_site="same-origin", sec_fetch_mode="cors") == 200


def test_a_page_served_to_the_network_answers_under_any_name_unless_its_names_are_set() -> None:
    status, headers = send_through(Inner(), headers=[(b"host", b"askdocs.example")], access=NETWORK)
    assert (status, headers["content-security-policy"]) == (200, POLICY)
    assert get(access=PROXIED, host="askdocs.example") == 200
    assert get(access=PROXIED, host="10.0.0.7") == 403


def test_a_page_that_people_sign_in_to_is_shown_in_no_other_websites_frame() -> None:
    headers = send_through(Inner(), headers=[(b"host", b"askdocs.example")], access=PROXIED)[1]
    assert headers["content-security-policy"] == f"{POLICY}; frame-ancestors 'self'"


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file/etc/passwd",
        "/gradio_api/proxy=https://evil.example",
        "/gradio_api/mcp/",
        "/gradio_api/api/predict",
        "/gradio_api/run/predict",
        "/gradio_api/call/predict",
        "/gradio_api/stream/x",
        "/gradio_api/component_server",
        "/gradio_api/deep_link",
        "/gradio_api/vibe-edit/",
        "/gradio_api/runs",
        "/gradio_api/openapi.json",
        "/gradio_api/queue/",
        "/gradio_api/queue/status",
        "/monitoring",
        "/monitoring/summary",
        "/login",
        "/logout",
        "/docs",
        "/theme.css.map",
        "/config/",
        "/svelte/svelte.js",
        "/assets/../../../etc/passwd",
        "/static/..",
        "/static/..\\..\\secret",
        "/assets/\0",
        "//etc/passwd",
        "/api",
        "/apis",
    ],
)
def test_routes_that_nothing_here_uses_do_not_exist(path: str) -> None:
    assert get(path) == 404


def test_uploads_exist_only_where_articles_may_be_changed() -> None:
    assert get("/gradio_api/upload") == 200
    assert get("/gradio_api/upload_progress") == 200
    assert get("/gradio_api/upload", access=NETWORK, host="askdocs.example") == 404
    assert get("/gradio_api/upload/../file=x") == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"])
def test_nothing_is_done_to_a_route_but_what_is_meant(method: str) -> None:
    assert send_through(Inner(), method=method)[0] == 404


def test_a_websocket_is_refused_before_it_opens() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    scope = {"type": "websocket", "path": "/gradio_api/queue/join", "headers": []}
    asyncio.run(Guard(Inner(), LOCAL, WebSettings())(scope, receive, send))
    assert [message["type"] for message in sent] == ["websocket.close"]


def test_a_header_that_two_readers_would_read_differently_is_refused() -> None:
    host = (b"host", b"127.0.0.1:7860")
    for name in (b"host", b"origin", b"authorization", b"content-length", b"content-type"):
        assert send_through(Inner(), headers=[host, (name, b"1"), (name, b"2")])[0] == 400, name


def test_only_a_trusted_proxy_says_who_signed_in_and_from_where() -> None:
    headers = [
        (b"host", b"askdocs.example"),
        (b"x-forwarded-user", b"ada"),
        (b"x-forwarded-for", b"203.0.113.9, 198.51.100.4"),
        (b"x-forwarded-proto", b"https"),
    ]
    inner = Inner()
    assert send_through(inner, headers=headers, access=PROXIED, peer="10.1.2.3")[0] == 200
    assert inner.visitor == Visitor("198.51.100.4", "ada", secure=True), "what the nearest proxy saw itself"
    assert inner.headers[b"x-forwarded-proto"] == b"https"
    assert send_through(inner, headers=headers, access=PROXIED, peer="192.0.2.1")[0] == 200
    assert inner.visitor == Visitor("192.0.2.1")
    assert inner.headers.keys() == {b"host"}


def test_headers_that_claim_to_know_better_reach_nothing_inside() -> None:
    false = [b"x-forwarded-host", b"x-gradio-server", b"x-original-url", b"x-rewrite-url", b"x-real-ip", b"forwarded"]
    headers = [(b"host", b"127.0.0.1:7860"), *((name, b"evil.example") for name in false), (b"x-other", b"1")]
    inner = Inner()
    assert send_through(inner, headers=headers)[0] == 200
    assert inner.headers.keys() == {b"host", b"x-other"}


def test_a_proxy_that_names_two_people_is_refused() -> None:
    twice = [(b"host", b"askdocs.example"), (b"x-forwarded-user", b"ada"), (b"x-forwarded-user", b"eve")]
    assert send_through(Inner(), headers=twice, access=PROXIED, peer="10.1.2.3")[0] == 400


def test_a_name_with_an_underscore_is_not_the_header() -> None:
    inner = Inner()
    headers = [(b"host", b"askdocs.example"), (b"x_forwarded_user", b"eve")]
    assert send_through(inner, headers=headers, access=PROXIED, peer="10.1.2.3")[0] == 200
    assert inner.visitor.user is None


@pytest.mark.parametrize(
    ("peer", "client"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", ""),
    ],
)
def test_one_person_is_one_client_whatever_address_of_theirs_they_use(peer: str, client: str) -> None:
    inner = Inner()
    send_through(inner, headers=[(b"host", b"a.example")], access=NETWORK, peer=peer)
    assert inner.visitor.client == client


SMALL = WebSettings(body_kilobytes=1, body_seconds=0.1)


def test_a_body_is_passed_on_whole() -> None:
    inner = Inner()
    assert send_through(inner, "/api/ask", body=(b"one ", b"two"), settings=SMALL)[0] == 200
    assert inner.body == b"one two"


def test_a_body_that_is_too_large_is_refused_whether_its_length_is_told_or_not() -> None:
    host = (b"host", b"127.0.0.1:7860")
    assert send_through(Inner(), "/api/ask", body=(b"x" * 1000, b"x" * 25), settings=SMALL)[0] == 413
    assert send_through(Inner(), "/api/ask", body=(b"x" * 1000, b"x" * 24), settings=SMALL)[0] == 200
    for length in (b"1025", b"9" * 5000, b"-1", b"1e3", b"\xb2"):
        told = [host, (b"content-length", length)]
        assert send_through(Inner(), "/api/ask", told, body=(b"x",), settings=SMALL)[0] == 413, length


def test_a_body_that_does_not_arrive_is_not_waited_for() -> None:
    assert send_through(Inner(), "/api/ask", body=(b"...",), settings=SMALL)[0] == 408


def test_an_upload_must_say_its_length_and_be_within_its_own_bound() -> None:
    host = (b"host", b"127.0.0.1:7860")
    settings = WebSettings(upload_megabytes=1)
    path = "/gradio_api/upload"
    assert send_through(Inner(), path, [host], body=(b"x",), settings=settings)[0] == 411
    for length, status in ((1 << 20, 200), ((1 << 20) + 1, 413)):
        told = [host, (b"content-length", str(length).encode())]
        assert send_through(Inner(), path, told, body=(b"x",), settings=settings)[0] == status
    chunked = [host, (b"content-length", b"1"), (b"transfer-encoding", b"chunked")]
    assert send_through(Inner(), path, chunked, body=(b"x",), settings=settings)[0] == 411


def test_a_refusal_is_json_where_programs_call_and_words_elsewhere() -> None:
    assert send_through(Inner(), "/api/ask", [(b"host", b"evil.example")])[1]["content-type"].startswith(
        "application/json"
    )
    assert send_through(Inner(), "/", [(b"host", b"evil.example")])[1]["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("root", "path", "route"),
    [
        ("", "/api/ask", "/api/ask"),
        ("/docs", "/docs/api/ask", "/api/ask"),
        ("/docs", "/docs", "/"),
        ("/do", "/docs", "/docs"),
    ],
)
def test_routes_are_counted_from_where_askdocs_is_mounted(root: str, path: str, route: str) -> None:
    assert route_of({"path": path, "root_path": root}) == route
