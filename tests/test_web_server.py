"""The server answers from the first moment, this machine alone, and lets nothing out that was not meant to be."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import fastapi
import httpx
import pytest

from askdocs.errors import PageError
from askdocs.web.connections import CONNECTIONS_EACH
from askdocs.web.guard import POLICY
from askdocs.web.opening import Opening
from askdocs.web.passwords import new_token, password_hash
from askdocs.web.server import listen, serve
from served import Served, error_of, serving

PASSWORD = "correct horse battery staple"  # noqa: S105  a test's


@pytest.fixture(scope="module")
def signing_in(sample_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
    """Serve the sample to those who sign in; yield the server, and a token."""
    token, kept = new_token()
    users = tmp_path_factory.mktemp("users") / "users"
    users.write_text(f"ada:{password_hash(PASSWORD)}\nbot:{kept}\n", encoding="utf-8")
    environment = {
        "ASKDOCS_WEB_USERS_FILE": str(users),
        "ASKDOCS_WEB_SIGN_IN_ATTEMPTS": "3",
        "ASKDOCS_WEB_CALLS_PER_MINUTE": "5",
    }
    with serving(sample_index, "--host", "0.0.0.0", token=token, **environment) as served:  # noqa: S104
        yield served, token


# --- the address ------------------------------------------------------------------------------------------------------


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
    heavy = {"gradio", "fastapi", "uvicorn", "torch", "mcp", "pydantic"}
    script = (
        "import sys, askdocs.web, askdocs.web.server, askdocs.web.mounting, askdocs.web.opening;"
        f"print(sorted({heavy} & set(sys.modules)))"
    )
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert printed.stdout == "[]\n"


def test_ctrl_c_ends_the_server_without_a_word_though_pages_are_open(sample_index: Path) -> None:
    command = [sys.executable, "-m", "askdocs", "chat", "--index", str(sample_index), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        address = server.stderr.readline().split()[3]
        httpx.get(f"{address}/ready", timeout=60)
        with httpx.Client(base_url=address) as page:
            page.get("/")
            with page.stream("GET", "/gradio_api/heartbeat/abc") as open_stream:
                assert open_stream.status_code == 200
                server.send_signal(signal.SIGINT)
                _, said = server.communicate(timeout=30)
    assert (server.returncode, said) == (0, "")


# --- opening ----------------------------------------------------------------------------------------------------------


def test_a_browser_is_answered_before_the_page_is_built_and_told_when_it_is() -> None:
    release = threading.Event()

    def build() -> fastapi.FastAPI:
        release.wait(30)
        app = fastapi.FastAPI()
        app.get("/")(lambda: "the page")
        return app

    async def visit() -> None:
        opening = Opening(build, lambda error: pytest.fail(str(error)))
        messages: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        await messages.put({"type": "lifespan.startup"})
        told: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        life = asyncio.create_task(opening({"type": "lifespan"}, messages.get, told.put))  # type: ignore[arg-type]
        await told.get()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(opening), base_url="http://a") as client:
            waiting = await client.get("/")
            assert (waiting.status_code, "Opening the page" in waiting.text) == (200, True)
            early = await client.post("/api/ask")
            assert error_of(early) == (503, "starting")
            assert early.headers["retry-after"] == "1"
            ready = asyncio.create_task(client.get("/ready"))
            await asyncio.sleep(0)
            assert not ready.done()
            release.set()
            assert (await ready).status_code == 204
            assert (await client.get("/")).json() == "the page"
        await messages.put({"type": "lifespan.shutdown"})
        await life

    asyncio.run(visit())


def test_a_page_that_cannot_be_built_ends_the_server_with_the_reason(sample_index: Path) -> None:
    with pytest.raises(PageError, match="--public"):
        serve(None, host="0.0.0.0", port=0)  # type: ignore[arg-type]  # noqa: S104  refused before it is looked at
    script = (
        "import sys, askdocs.web.mounting as m, askdocs\n"
        "def served(*_, **__): raise RuntimeError('a bug on purpose')\n"
        "m.served = served\n"
        "from askdocs.web import serve\n"
        "serve(askdocs.open(sys.argv[1]), port=0)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, str(sample_index)], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 1
    assert ran.stderr.rstrip().endswith("RuntimeError: a bug on purpose")


APP = Path(__file__).parent.parent / "app.py"


@pytest.mark.parametrize("door", ["chat", "app"])
@pytest.mark.parametrize("damage", ["pointer", "article", "settings", "port"])
def test_what_cannot_be_opened_is_told_in_one_line(sample_index: Path, tmp_path: Path, door: str, damage: str) -> None:
    shutil.copytree(sample_index, tmp_path / "index")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ASKDOCS_", "GRADIO_"))}
    if damage == "pointer":
        (tmp_path / "index" / "CURRENT").write_text("nonsense\n", encoding="utf-8")
    elif damage == "article":
        (texts,) = (tmp_path / "index").glob("generations/*/articles.txt")
        texts.write_bytes(texts.read_bytes()[:-1])
    elif damage == "settings":
        environment["ASKDOCS_WEB_WAITING"] = "many"
    else:
        environment["GRADIO_SERVER_PORT"] = "99999"
    shutil.copy(APP, tmp_path)
    port = "99999" if damage == "port" else "0"
    command = ["app.py"] if door == "app" else ["-m", "askdocs", "chat", "--port", port]
    ran = subprocess.run(
        [sys.executable, *command],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == (2 if damage == "port" and door == "chat" else 1)
    assert "Traceback" not in ran.stderr
    if ran.returncode == 1:
        assert ran.stderr.startswith("askdocs: ")
        assert ran.stderr.count("\n") == 1


def test_an_index_without_its_pointer_is_not_replaced_by_the_sample(sample_index: Path, tmp_path: Path) -> None:
    shutil.copytree(sample_index, tmp_path / "index")
    (tmp_path / "index" / "CURRENT").unlink()
    shutil.copy(APP, tmp_path)
    ran = subprocess.run(
        [sys.executable, "app.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.returncode, ran.stderr.count("\n")) == (1, 1)
    assert "askdocs rollback" in ran.stderr


# --- what comes in: probes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=../../../etc/passwd",
        "/gradio_api/file/etc/passwd",
        "/static/../../../../../../etc/passwd",
        "/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/static/..%2f..%2f..%2f..%2fetc/passwd",
        "/static/..%5c..%5csecret",
        "/static//etc/passwd",
        "/static/%2fetc/passwd",
        "/assets/%00",
        "/assets/....//....//etc/passwd",
        "/gradio_api/proxy=http://127.0.0.1:1/",
        "/gradio_api/proxy=https://evil.example/x",
        "/monitoring",
        "/monitoring/summary",
        "/gradio_api/monitoring",
        "/gradio_api/custom_component/1/client/component/../x",
        "/gradio_api/stream/a/b/1/playlist.m3u8",
        "/gradio_api/dev/reload",
        "/gradio_api/token",
        "/gradio_api/user",
        "/gradio_api/deep_link?session_hash=a",
        "/gradio_api/mcp/sse",
        "/gradio_api/runs",
        "/svelte/../config",
        "/robots.txt",
        "/pwa_icon",
        "/docs",
        "/redoc",
        "/openapi.json",
        "/api/docs",
        "/api/redoc",
        "/api/../config",
        "/.env",
        "/.git/config",
    ],
)
def test_there_is_nothing_behind_a_path_that_the_page_does_not_use(served_sample: Served, path: str) -> None:
    answer = served_sample.raw(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
    status = int(answer.split(" ", 2)[1])
    assert status in {400, 403, 404}, answer
    assert "root:" not in answer
    assert not re.search(r"Traceback|File \"|site-packages|/home/|/usr/lib|\.py\b", answer)


@pytest.mark.parametrize(
    "request_line",
    [
        "GET http://evil.example/ HTTP/1.1",
        "CONNECT evil.example:443 HTTP/1.1",
        "TRACE / HTTP/1.1",
        "PUT /config HTTP/1.1",
    ],
)
def test_nobody_is_served_through_to_elsewhere(served_sample: Served, request_line: str) -> None:
    answer = served_sample.raw(f"{request_line}\r\nHost: evil.example\r\nConnection: close\r\n\r\n".encode())
    assert int(answer.split(" ", 2)[1]) in {400, 403, 404}


@pytest.mark.parametrize(
    "headers",
    [
        "Host: 127.0.0.1\r\nHost: evil.example\r\n",
        "Host: evil.example\r\n",
        "Host: 127.0.0.1\r\nOrigin: https://evil.example\r\n",
        "Host: 127.0.0.1\r\nContent-Length: 3\r\nContent-Length: 30\r\n",
        "Host: 127.0.0.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Host: 127.0.0.1\r\nContent-Length: 99999999999\r\n",
        "Host: 127.0.0.1\r\nContent-Length: -1\r\n",
        "Host: 127.0.0.1\r\nX-Pad: " + "x" * 80_000 + "\r\n",
        "Host: 127.0.0.1\r\nBad Header: x\r\n",
        "",
    ],
)
def test_a_request_that_could_be_read_in_two_ways_is_answered_by_one_refusal(
    served_sample: Served, headers: str
) -> None:
    smuggled = "GET /config HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    answer = served_sample.raw(f"POST /api/ask HTTP/1.1\r\n{headers}\r\n{smuggled}".encode())
    assert re.match(r"HTTP/1\.1 4\d\d ", answer)
    assert answer.count("HTTP/1.1 ") == 1, "what came behind it was read as a second request"


def test_a_body_that_never_ends_is_cut_off_early(served_sample: Served) -> None:
    head = b"POST /api/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    answer = served_sample.raw(head + chunk * 5)
    assert answer.startswith("HTTP/1.1 413 ")


def test_every_kind_of_response_carries_the_policy(served_sample: Served) -> None:
    for path in ("/", "/config", "/nowhere", "/api/articles", "/api/nowhere", "/theme.css", "/ready"):
        headers = served_sample.get(path).headers
        assert headers["content-security-policy"] == f"{POLICY}; frame-ancestors 'self'", path
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers
        assert "access-control-allow-origin" not in headers


def test_nobody_listens_to_the_conversation_of_another(served_sample: Served) -> None:
    mine, yours = (httpx.Client(base_url=served_sample.address, timeout=60) for _ in "ab")
    with mine, yours:
        for browser in (mine, yours):
            browser.get("/")
        config = mine.get("/config").json()
        typed = next(one["id"] for one in config["components"] if one["props"].get("elem_id") == "typed")
        asks = next(one for one in config["dependencies"] if [typed, "submit"] in one["targets"])
        question = "Who won the world cup final?"
        data = [question if one == typed else None for one in asks["inputs"]]
        event = {"fn_index": asks["id"], "trigger_id": typed, "session_hash": "mine", "data": data, "event_data": None}
        assert mine.post("/gradio_api/queue/join", json=event).status_code == 200
        assert yours.get("/gradio_api/queue/data?session_hash=mine").status_code == 404
        assert yours.post("/gradio_api/queue/join", json=event | {"data": [None] * len(data)}).status_code == 404
        told = mine.get("/gradio_api/queue/data?session_hash=mine").text
        assert "process_completed" in told
        assert "Argentina" in told
        other = yours.get("/gradio_api/queue/data?session_hash=guessed")
        assert (other.status_code, question in other.text) == (404, False)


def test_uploads_are_bounded(served_sample: Served) -> None:
    large = httpx.post(f"{served_sample.address}/gradio_api/upload", content=b"x" * (17 << 20), timeout=60)
    assert large.status_code == 413


# --- who comes in -----------------------------------------------------------------------------------------------------


def test_without_signing_in_there_is_only_the_way_in(signing_in: tuple[Served, str]) -> None:
    served, _ = signing_in
    for path in (
        "/config",
        "/api/articles",
        "/api/openapi.json",
        "/assets/index.js",
        "/gradio_api/info",
        "/mcp",
        "/ready",
    ):
        assert served.get(path).status_code == 401, path
    assert served.get("/").headers["location"] == "/sign-in"
    assert error_of(served.post("/api/ask", {"question": "Who?"})) == (401, "sign_in")
    forwarded = {"X-Forwarded-User": "ada", "Remote-User": "ada", "X-Forwarded-For": "127.0.0.1"}
    assert served.get("/config", **forwarded).status_code == 401


def test_a_person_signs_in_and_out_with_a_browser(signing_in: tuple[Served, str]) -> None:
    served, _ = signing_in
    with httpx.Client(base_url=served.address, timeout=60, follow_redirects=True) as browser:
        assert "Password" in browser.get("/").text
        page = browser.post("/sign-in", data={"name": "ada", "password": PASSWORD})
        assert page.status_code == 200
        assert "gradio" in page.text
        assert browser.get("/config").status_code == 200
        browser.post("/sign-out")
        assert browser.get("/config").status_code == 401


def test_another_website_cannot_sign_anyone_in(signing_in: tuple[Served, str]) -> None:
    served, _ = signing_in
    form = {"name": "ada", "password": PASSWORD}
    answer = httpx.post(f"{served.address}/sign-in", data=form, headers={"origin": "https://evil.example"}, timeout=60)
    assert answer.status_code == 403


def test_a_program_is_counted_by_its_token(signing_in: tuple[Served, str]) -> None:
    served, token = signing_in
    answers = [served.get("/api/articles", authorization=f"Bearer {token}") for _ in range(7)]
    assert {answer.status_code for answer in answers[:5]} == {200}
    assert error_of(answers[6]) == (429, "too_often")
    assert int(answers[6].headers["retry-after"]) >= 1


def test_guessing_ends_after_a_few(signing_in: tuple[Served, str]) -> None:
    served, _ = signing_in
    form = {"name": "eve", "password": "wrong"}
    statuses = [httpx.post(f"{served.address}/sign-in", data=form, timeout=60).status_code for _ in range(5)]
    assert statuses[-1] == 429
    assert set(statuses) == {401, 429}


def test_one_address_has_only_so_many_connections(signing_in: tuple[Served, str]) -> None:
    served, _ = signing_in
    request = b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    with ExitStack() as held:
        for _ in range(CONNECTIONS_EACH):
            held.enter_context(socket.create_connection(("127.0.0.1", served.port), timeout=30))
        with suppress(ConnectionError):
            assert served.raw(request) == ""
    while True:  # until the server has heard that they are closed
        with suppress(OSError):
            if served.raw(request).startswith("HTTP/1.1 200 "):
                break


# --- the network ------------------------------------------------------------------------------------------------------


def test_the_network_is_refused_by_default_with_both_ways_out(cli: object, sample_index: Path) -> None:
    assert callable(cli)
    ran = cli("chat", "--host", "0.0.0.0", "--index", sample_index)  # noqa: S104
    assert ran.returncode == 1
    assert "askdocs password" in ran.stderr
    assert "--public" in ran.stderr
