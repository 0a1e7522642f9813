"""A connection on which no request comes in time is closed, however it is begun."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path

import pytest

from served import Served, serving


@pytest.fixture(scope="module")
def hasty(sample_index: Path) -> Iterator[Served]:
    """Serve the sample to everyone, who must be quick."""
    with serving(sample_index, "--host", "0.0.0.0", "--public", ASKDOCS_WEB_BODY_SECONDS="0.5") as served:  # noqa: S104
        yield served


def connected(served: Served) -> socket.socket:
    """Open a connection."""
    return socket.create_connection(("127.0.0.1", served.port), timeout=30)


def until_closed(line: socket.socket) -> bytes:
    """Return all that comes until the server closes a connection; a reset is a close, too."""
    answer = b""
    try:
        while more := line.recv(65_536):
            answer += more
    except ConnectionResetError:
        pass
    return answer


@pytest.mark.parametrize("begun", [b"", b"GET", b"GET /config HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "])
def test_who_sends_no_request_is_not_waited_for(hasty: Served, begun: bytes) -> None:
    with connected(hasty) as line:
        line.sendall(begun)
        assert until_closed(line) == b""


def test_who_sends_it_letter_by_letter_has_no_longer(hasty: Served) -> None:
    closed = threading.Event()

    def drip(line: socket.socket) -> None:
        while not closed.wait(0.05):
            try:
                line.sendall(b"X-Slow: 1\r\n")
            except OSError:
                return

    with connected(hasty) as line:
        line.sendall(b"GET /config HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        dripping = threading.Thread(target=drip, args=(line,))
        dripping.start()
        assert until_closed(line) == b""
        closed.set()
        dripping.join()


def test_a_second_request_on_a_connection_has_as_long_as_the_first(hasty: Served) -> None:
    whole = b"GET /theme.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with connected(hasty) as line:
        for _ in range(2):
            line.sendall(whole)
            answer = HTTPResponse(line)
            answer.begin()
            assert (answer.status, bool(answer.read())) == (200, True)
        line.sendall(whole[:-2])
        until_closed(line)


def test_an_answer_that_takes_longer_than_that_is_waited_for(hasty: Served) -> None:
    with connected(hasty) as line:
        line.sendall(b"GET /gradio_api/heartbeat/slow HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        heard = b""
        while heard.count(b"ALIVE") < 1:
            heard += line.recv(65_536)
        with connected(hasty) as idle:
            until_closed(idle)  # so long
        assert not select.select([line], [], [], 0)[0] or b"ALIVE" in line.recv(65_536)
