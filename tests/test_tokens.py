"""Token counts: the same as tiktoken's own, from the vocabulary in the package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tiktoken
from hypothesis import given
from hypothesis import strategies as st

import askdocs
from askdocs.tokens import count_tokens_of_each
from cutting import count_tokens
from strategies import AWKWARD_FRAGMENTS, awkward_text

PACKAGE = Path(askdocs.__file__).parent
VOCABULARY = Path("vocabulary", "cl100k_base.tiktoken")
CACHED_NAME = "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"
"""What tiktoken calls this vocabulary in its cache: the sha1 of the address it is published at."""

COUNT_OFFLINE = """
import sys
def refuse(event, arguments):
    if event.startswith("socket.") and event != "socket.gethostname":
        raise SystemExit(f"{event} {arguments}")
sys.addaudithook(refuse)
from askdocs.errors import AskdocsError
from askdocs.tokens import count_tokens_of_each
try:
    print(*count_tokens_of_each(["hello world"]))
except AskdocsError as error:
    print("refused:", error)
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tiktoken.Encoding:
    """The vocabulary as tiktoken itself defines it, read from its cache, which holds the packaged file."""
    cache = tmp_path_factory.mktemp("tiktoken")
    shutil.copy(PACKAGE / VOCABULARY, cache / CACHED_NAME)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TIKTOKEN_CACHE_DIR", str(cache))
        return tiktoken.get_encoding("cl100k_base")


def counted_by(package: Path) -> str:
    """Count in a fresh process, by the package in this folder, where every socket is refused."""
    ran = subprocess.run(
        [sys.executable, "-c", COUNT_OFFLINE],
        env=os.environ | {"PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.strip()


@given(text=awkward_text())
def test_any_text_has_as_many_tokens_as_tiktoken_says(published: tiktoken.Encoding, text: str) -> None:
    assert count_tokens(text) == len(published.encode_ordinary(text))


@pytest.mark.parametrize("text", [*AWKWARD_FRAGMENTS, "\ud800", "<|endoftext|>"], ids=ascii)
def test_every_trap_has_as_many_tokens_as_tiktoken_says(published: tiktoken.Encoding, text: str) -> None:
    assert count_tokens(text) == len(published.encode_ordinary(text))


def test_known_counts() -> None:
    assert count_tokens("") == 0
    assert count_tokens("hello world") == 2
    assert count_tokens("<|endoftext|>") > 1, "the name of a special token is plain text"


@given(st.lists(awkward_text(max_pieces=3), max_size=6))
def test_many_at_once_are_counted_as_one_by_one(texts: list[str]) -> None:
    assert count_tokens_of_each(texts) == [count_tokens(text) for text in texts]


def test_counting_asks_the_network_for_nothing() -> None:
    assert counted_by(PACKAGE.parent) == "2"


def test_a_damaged_vocabulary_is_refused_with_the_command_that_mends_it(tmp_path: Path) -> None:
    copy = tmp_path / "askdocs"
    copy.mkdir()
    for name in ("__init__.py", "errors.py", "tokens.py"):
        shutil.copy(PACKAGE / name, copy / name)
    (copy / VOCABULARY).parent.mkdir()
    (copy / VOCABULARY).write_bytes((PACKAGE / VOCABULARY).read_bytes()[:-1])

    said = counted_by(tmp_path)

    assert said.startswith("refused: the packaged tiktoken vocabulary is damaged")
    assert "pip install" in said
