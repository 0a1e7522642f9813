"""The page, the API and MCP under a path of somebody else's FastAPI application."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from askdocs.library import Library
from askdocs.web.guard import POLICY
from askdocs.web.passwords import password_hash
from served import error_of

SERVE = """
import contextlib, sys
import fastapi, uvicorn
import askdocs
from askdocs.settings import WebSettings
from askdocs.web import Access, mount
from askdocs.web.server import listen

@contextlib.asynccontextmanager
async def life(app):
    print("begun", file=sys.stderr)
    yield
    print("ended", file=sys.stderr)

app = fastapi.FastAPI(lifespan=life)
app.get("/mine")(lambda: "mine")
library = askdocs.open(sys.argv[1])
assert mount(app, library, "/docs/ask", examples=["Who?"]) is app
users = WebSettings(users=sys.argv[2])
mount(app, library, "/private", access=Access.of(users, host="0.0.0.0"), settings=users)
with listen("127.0.0.1", 0) as listener:
    print(listener.getsockname()[1], file=sys.stderr, flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
"""


@pytest.fixture(scope="module")
def address(sample_index: Path) -> Iterator[str]:
    """Serve somebody's application with the sample mounted into it twice, once for those who sign in."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("ASKDOCS_", "GRADIO_"))}
    command = [sys.executable, "-c", SERVE, str(sample_index), f"ada:{password_hash('secret')}"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=bare) as process:
        try:
            assert process.stderr is not None
            port = process.stderr.readline().strip()
            assert re.fullmatch(r"\d+", port), port + process.communicate(timeout=30)[1]
            assert process.stderr.readline() == "begun\n"
            yield f"http://127.0.0.1:{port}"
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=30)[1]
        finally:
            process.kill()
    assert said == "ended\n"


def test_the_application_around_it_goes_on_as_it_was(address: str) -> None:
    mine = httpx.get(f"{address}/mine", timeout=60)
    assert mine.json() == "mine"
    assert "content-security-policy" not in mine.headers


def test_everything_is_under_the_path(address: str, sample_library: Library) -> None:
    def get(path: str) -> httpx.Response:
        return httpx.get(f"{address}/docs/ask{path}", timeout=60)

    page = get("/")
    assert page.headers["content-security-policy"] == POLICY
    assert "gradio" in page.text
    assert get("").headers["location"] == f"{address}/docs/ask/"
    assert get("/config").json()["root"] == f"{address}/docs/ask"
    assert get("/api/articles").json()["total"] == len(sample_library.articles)
    assert get("/api/openapi.json").json()["servers"] == [{"url": "/docs/ask/api"}]
    assert get("/gradio_api/file=x").status_code == 404
    assert get("/gradio_api/upload").status_code == 404, "what is mounted is read-only unless said otherwise"
    asked = httpx.post(f"{address}/docs/ask/api/ask", json={"question": "Who won the world cup final?"}, timeout=60)
    assert asked.json()["quotes"]


def test_a_mounted_page_may_have_users_of_its_own(address: str) -> None:
    assert httpx.get(f"{address}/private/", timeout=60).headers["location"] == "/private/sign-in"
    assert error_of(httpx.get(f"{address}/private/api/articles", timeout=60)) == (401, "sign_in")
    with httpx.Client(base_url=address, timeout=60) as browser:
        signed = browser.post("/private/sign-in", data={"name": "ada", "password": "secret"})
        assert signed.headers["location"] == "/private/"
        assert browser.get("/private/api/articles").status_code == 200
        assert httpx.get(f"{address}/private/config", timeout=60).status_code == 401
