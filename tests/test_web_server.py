"""The server answers this machine alone, shows it the page's own routes, and forbids the page every other host."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from askdocs.errors import PageError
from askdocs.web.server import POLICY, Guard, listen

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send


async def greet(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer every request with 200: what stands behind the guard in these tests."""
    del scope, receive
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-inner", b"1")]})
    await send({"type": "http.response.body", "body": b"hello"})


def get(path: str, *, local: bool = True, **headers: str) -> tuple[int, dict[str, str]]:
    """Send one request through a guard; return its status and headers."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    named = {"host": "127.0.0.1:7860"} | headers
    scope = {"type": "http", "path": path, "headers": [(key.encode(), value.encode()) for key, value in named.items()]}
    asyncio.run(Guard(greet, local=local)(scope, receive, send))
    return sent[0]["status"], {key.decode(): value.decode() for key, value in sent[0]["headers"]}


def test_every_response_forbids_other_hosts() -> None:
    for path in ("/", "/nowhere"):
        _, headers = get(path)
        assert headers["content-security-policy"] == f"{POLICY}; frame-ancestors 'self'"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    assert "http" not in POLICY
    assert "*" not in POLICY
    assert "default-src 'self';" in POLICY


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:7860", "[::1]:7860", "localhost"])
def test_this_machine_is_welcome(host: str) -> None:
    status, headers = get("/", host=host)
    assert (status, headers["x-inner"]) == (200, "1")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:7860", "", "[::1", "localhost.evil.example"])
def test_a_name_that_merely_resolves_to_this_machine_is_refused(host: str) -> None:
    assert get("/", host=host)[0] == 403


def test_another_website_may_not_send_requests() -> None:
    assert get("/gradio_api/queue/join", origin="https://evil.example")[0] == 403
    assert get("/gradio_api/queue/join", origin="null")[0] == 403
    assert get("/gradio_api/queue/join", origin="http://127.0.0.1:7860")[0] == 200


def test_a_page_served_to_the_network_answers_under_any_name() -> None:
    status, headers = get("/", local=False, host="askdocs.example")
    assert (status, headers["content-security-policy"]) == (200, POLICY)


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/upload",
        "/gradio_api/proxy=https://evil.example",
        "/gradio_api/mcp/",
        "/monitoring",
        "/gradio_api/runs",
        "/gradio_api/openapi.json",
        "/docs",
    ],
)
def test_routes_that_the_page_does_not_use_do_not_exist(path: str) -> None:
    assert get(path)[0] == 404


def test_a_taken_port_is_named_with_another_to_choose() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PageError, match=rf"port {port} on 127\.0\.0\.1 .*--port {port + 1}"):
            listen("127.0.0.1", port)


def test_a_host_that_is_not_this_machine_is_named() -> None:
    with pytest.raises(PageError, match=r"192\.0\.2\.1"):
        listen("192.0.2.1", 0)
    with pytest.raises(PageError, match="not an address"):
        listen("no such host", 0)


def test_gradio_is_not_loaded_before_a_page_is_built() -> None:
    heavy = {"gradio", "fastapi", "uvicorn", "torch"}
    script = f"import sys, askdocs.web, askdocs.web.server; print(sorted({heavy} & set(sys.modules)))"
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert printed.stdout == "[]\n"
