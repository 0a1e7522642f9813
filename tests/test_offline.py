"""The third promise: indexing, asking and searching connect to nothing; tried with sockets refused and without any."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from askdocs.sample import articles_folder

REFUSING = """
import ipaddress, os, sys

def allowed(address):
    if not isinstance(address, tuple):
        return True  # a socket of this machine's own, with a path for its name
    try:
        return ipaddress.ip_address(address[0]).is_loopback
    except ValueError:
        return address[0] == "localhost"

def refuse(event, arguments):
    asked = None
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        asked = arguments[1]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        asked = (arguments[0] or "localhost",)
    if asked is not None and not allowed(asked):
        sys.__stderr__.write(f"REFUSED {event} {asked}\\n")
        sys.__stderr__.flush()
        os._exit(99)  # nothing may catch this

sys.addaudithook(refuse)
"""
"""Put into a `sitecustomize`, so that child processes refuse as well."""

QUESTION = "Where was the Endurance found?"


def askdocs(folder: Path, *arguments: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run the command line in a folder, with its cache and home there, as on a machine that never was online."""
    hidden = {"CI", "TF_BUILD", "JENKINS_URL"}  # openvino's telemetry keeps quiet where it sees one of these
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment |= {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache"), "PYTHONPATH": str(folder / "site")}
    return subprocess.run(
        [*before, sys.executable, "-m", "askdocs", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def index_ask_and_search(folder: Path, before: tuple[str, ...] = ()) -> None:
    (folder / "pile").mkdir()
    shutil.copy(articles_folder() / "endurance-found.md", folder / "pile")
    shutil.copy(Path(__file__).parent / "corpus" / "page.html", folder / "pile")
    for arguments in (("index", "pile"), ("ask", QUESTION), ("search", QUESTION)):
        ran = askdocs(folder, *arguments, "--json", before=before)
        assert ran.returncode == 0, ran.stderr
        found = json.loads(ran.stdout)
    assert found["hits"][0]["article_id"] == "endurance-found"


@pytest.fixture
def refusing(tmp_path: Path) -> Path:
    """A folder whose Python refuses every connection but to this machine."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(REFUSING, encoding="utf-8")
    return tmp_path


def test_the_refusal_works(refusing: Path) -> None:
    """Otherwise the next test could not fail."""
    connect = "import socket; socket.create_connection(('192.0.2.1', 9), timeout=1)"
    environment = os.environ | {"PYTHONPATH": str(refusing / "site")}
    ran = subprocess.run([sys.executable, "-c", connect], env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 99
    assert "REFUSED" in ran.stderr


def test_with_every_connection_refused_it_indexes_asks_and_searches(refusing: Path) -> None:
    index_ask_and_search(refusing)


def no_network() -> tuple[str, ...]:
    """Return the words that run a command without any network, or none where this machine has no way to."""
    unshare = shutil.which("unshare")
    words = (unshare or "unshare", "--map-root-user", "--net")
    works = unshare and subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0
    return words if works else ()


def test_on_a_machine_without_a_network_it_indexes_asks_and_searches(tmp_path: Path) -> None:
    words = no_network()
    if not words:
        pytest.skip("this machine gives no one a network of their own (unshare --map-root-user --net)")
    index_ask_and_search(tmp_path, before=words)
