"""An index in, a server of it out, in a process of its own and as `askdocs chat` runs it, with its memory and files."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

START_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs."""

    port: int
    pid: int

    @property
    def megabytes(self) -> float:
        """Resident memory."""
        fields = Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()
        return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)

    @property
    def cpu_seconds(self) -> float:
        """Time that its threads have spent on processors, which other programs' work hardly changes."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def open_files(self) -> int:
        """Files, sockets and pipes that it holds open."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    @property
    def threads(self) -> int:
        """Threads."""
        return len(list(Path(f"/proc/{self.pid}/task").iterdir()))


@contextmanager
def serving(index: Path) -> Iterator[Server]:
    """Serve an index until the block ends."""
    command = [sys.executable, "-m", "askdocs", "chat", "--index", str(index), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603  askdocs itself
        try:
            line = process.stderr.readline() if process.stderr else ""
            found = re.search(r":(\d+) ", line)
            if found is None:
                raise SystemExit(line)
            port = int(found[1])
            _wait(port)
            yield Server(port, process.pid)
        finally:
            process.terminate()


def _wait(port: int) -> None:
    """Wait until the page can be opened."""
    for _ in range(START_SECONDS):
        try:
            with urlopen(f"http://127.0.0.1:{port}/ready", timeout=START_SECONDS) as reply:
                if reply.status == 204:  # noqa: PLR2004  HTTP
                    return
        except (HTTPError, URLError):
            sleep(1)
    raise SystemExit("the server did not start")
