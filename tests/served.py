"""`askdocs chat` as it runs, in a process of its own, and plain requests to it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx


@dataclass(frozen=True, slots=True)
class Served:
    """A server that runs: where it answers, and its process."""

    address: str
    process: subprocess.Popen[str]

    @property
    def port(self) -> int:
        """The port."""
        return urlsplit(self.address).port or 0

    def post(self, path: str, form: Any, **headers: str) -> httpx.Response:
        """Send a form as JSON."""
        return httpx.post(f"{self.address}{path}", json=form, headers=headers, timeout=60)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask for a route."""
        return httpx.get(f"{self.address}{path}", headers=headers, timeout=60)

    def raw(self, request: bytes) -> str:
        """Send bytes that no client of HTTP would, and return all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            line.sendall(request)
            line.shutdown(socket.SHUT_WR)
            answer = b""
            while more := line.recv(65_536):
                answer += more
        return answer.decode("latin-1")


@contextmanager
def serving(index: Path, *options: str, token: str = "", **environment: str) -> Iterator[Served]:
    """Serve an index with the command's options; end it as Ctrl-C does, and see that it went without a traceback."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("ASKDOCS_", "GRADIO_"))}
    command = [sys.executable, "-m", "askdocs", "chat", "--index", str(index), "--port", "0", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=bare | environment) as process:
        try:
            assert process.stderr is not None
            printed = process.stderr.readline()
            found = re.search(r"http://[\d.]+:(\d+)", printed)
            assert found, printed + process.communicate(timeout=30)[1]
            served = Served(f"http://127.0.0.1:{found[1]}", process)
            own = {"authorization": f"Bearer {token}"} if token else {}
            while (ready := served.get("/ready", **own)).status_code == 202:  # Gradio's import, on a busy machine
                pass
            assert ready.status_code == 204, ready.text
            yield served
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=30)[1]
        finally:
            process.kill()
    assert process.returncode == 0, said
    assert "Traceback" not in said, said


def error_of(response: httpx.Response) -> tuple[int, str]:
    """Return the status and kind of an error, after a look at its form."""
    form = json.loads(response.text)
    assert form.keys() == {"error"}
    assert form["error"].keys() == {"kind", "message"}
    assert form["error"]["message"]
    return response.status_code, form["error"]["kind"]


def told(form: dict[str, Any]) -> dict[str, Any]:
    """Return a form as the API gives it: as JSON, and no folder of this machine in it."""
    for one in (form, *form.get("quotes", ())):
        if "source" in one:
            one["source"] = Path(one["source"]).name
    returned: dict[str, Any] = json.loads(json.dumps(form))
    return returned
