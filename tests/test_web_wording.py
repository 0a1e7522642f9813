"""A language model that takes its time holds up neither the quotes nor anybody else."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

import language_server
from askdocs.library import Library
from language_server import Server
from served import Served, serving

QUESTION = "By how much did DART shorten the orbit of Dimorphos?"


class Slow:
    """Says what it is to say, once it may."""

    def __init__(self, words: str) -> None:
        self._words = words
        self.asked = Event()
        self.may = Event()

    def __call__(self, _: str) -> str:
        self.asked.set()
        assert self.may.wait(60)
        return self._words


@pytest.fixture
def slow(sample_library: Library) -> Iterator[Slow]:
    """A model that repeats the first quote, once it may."""
    model = Slow(f"{sample_library.ask(QUESTION).quotes[0].exact} [1]")
    yield model
    model.may.set()


@pytest.fixture
def served(sample_index: Path, slow: Slow) -> Iterator[Served]:
    """Serve the sample with that model: one question at a time, and one wording."""
    with (
        language_server.serving(Server(slow)) as server,
        serving(
            sample_index,
            ASKDOCS_LLM_URL=server.url,
            ASKDOCS_LLM_MODEL="slow",
            ASKDOCS_LLM_SECONDS="60",
            ASKDOCS_WEB_AT_ONCE="1",
            ASKDOCS_WEB_WORDINGS_AT_ONCE="1",
        ) as running,
    ):
        yield running
        slow.may.set()


def test_who_waits_for_a_language_model_holds_nobody_up(served: Served, slow: Slow) -> None:
    with ThreadPoolExecutor(1) as somebody:
        first = somebody.submit(served.post, "/api/ask", {"question": QUESTION})
        assert slow.asked.wait(60)
        second = served.post("/api/ask", {"question": QUESTION})
        assert (second.status_code, second.json()["worded_by"]) == (200, None)
        assert second.json()["quotes"]
        assert served.post("/api/search", {"question": QUESTION}).status_code == 200
        assert served.get("/api/articles").status_code == 200
        assert not first.done()
        slow.may.set()
    worded = first.result().json()
    assert worded["worded_by"] == "slow"
    assert worded["quotes"] == second.json()["quotes"]
