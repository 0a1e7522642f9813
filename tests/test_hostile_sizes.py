"""Inputs of hostile sizes: each is indexed or refused by name, and no part of the work grows faster than its input."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest

from askdocs.datatypes import Article
from askdocs.errors import ReadError
from askdocs.passages import WIDEST_GAP, cut
from askdocs.reading import read_sources
from askdocs.reading.files import MAX_FILE_BYTES, MAX_LINES, Found, find_files, require_article_size
from askdocs.reading.markdown import read_markdown
from askdocs.reading.plain import read_plain
from askdocs.sentences import LONGEST
from askdocs.settings import PassageSettings
from askdocs.terms import terms
from cutting import count_tokens, passage_spans

BENCH = Path(__file__).parents[1] / "eval" / "bench" / "hostile.py"
READERS: dict[str, Callable[[Found, bytes], Article]] = {".txt": read_plain, ".md": read_markdown}


def _bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hostile", BENCH)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["hostile"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


HOSTILE = _bench()
REFUSED = {
    "a text of 200 MB": "has 17 MB; an article has at most 16 MB: divide it",
    "Markdown of 64 MB": "has 17 MB; an article has at most 16 MB: divide it",
    "a text of short lines only": "has 300,001 lines; an article has at most 250,000: divide it",
    "a row of 200 MB": "has more than 16 MB; an article has at most 16 MB: divide it",
    "HTML of 16 MB of cells": None,
    "HTML nested a million deep": "no article was found in this page; if it needs JavaScript, save it from the browser",
    "HTML of 16 MB of line breaks": None,
}
"""At the small size; None: how the parser takes it is its own affair, as long as the others are read."""


@pytest.mark.parametrize("hostile", HOSTILE.INPUTS, ids=lambda hostile: hostile.name)
def test_a_hostile_input_is_read_or_refused_by_name_and_its_neighbour_is_read(hostile: Any, tmp_path: Path) -> None:
    (tmp_path / "zzz-good.txt").write_text(HOSTILE.GOOD, encoding="utf-8")
    hostile.write(tmp_path, hostile.small)
    *others, good = read_sources([tmp_path])
    assert isinstance(good, Article)
    assert good.text == HOSTILE.GOOD
    refused = [other.reason for other in others if isinstance(other, ReadError)]
    if (expected := REFUSED.get(hostile.name, "")) is not None:
        assert refused == ([expected] if expected else [])
    assert others
    for article in others:
        if isinstance(article, Article):
            for start, end in passage_spans(cut(article, PassageSettings()))[:50]:
                assert end - start <= 3 * 75 * (LONGEST + WIDEST_GAP)
                assert article.text[start:end].strip() == article.text[start:end] != ""


def test_what_is_refused_is_named_the_rest_is_indexed_and_the_exit_status_is_1(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "good.txt").write_text(HOSTILE.GOOD, encoding="utf-8")
    with (folder / "huge.md").open("wb") as huge:
        huge.truncate(200 << 20)
    (folder / "lines.txt").write_text("a\n" * MAX_LINES, encoding="utf-8")
    (folder / "blank.txt").write_text(f"one{' ' * (1 << 20)}two", encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "askdocs", "index", str(folder), "--index", str(tmp_path / "index"), "--json"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONWARNINGS": "default"},
        check=False,
    )
    assert ended.returncode == 1
    built = json.loads(ended.stdout)
    assert (built["articles"], built["passages"]) == (2, 3)
    assert [(Path(one["source"]).name, one["reason"]) for one in built["failed"]] == [
        ("huge.md", "has 200 MB; an article has at most 16 MB: divide it"),
        ("lines.txt", "has 250,001 lines; an article has at most 250,000: divide it"),
    ]


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("a\n" * (MAX_LINES - 1), True),
        ("a\n" * MAX_LINES, False),
        ("■" * MAX_LINES, False),
        ("a" * MAX_FILE_BYTES, True),
        ("a" * (MAX_FILE_BYTES + 1), False),
    ],
    ids=["most lines", "a line more", "squares, each of which begins a statement", "most characters", "one more"],
)
def test_an_article_has_bounded_characters_and_lines(text: str, *, accepted: bool) -> None:
    if accepted:
        require_article_size(text, "a")
    else:
        with pytest.raises(ReadError, match="an article has at most"):
            require_article_size(text, "a")


def steps(work: Callable[[], object]) -> int:
    """Count the calls of functions, Python's and C's, that some work makes."""
    count = 0

    def tick(_: FrameType, event: str, __: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(tick)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


PIECES = {
    "news": "The troops left on Monday. Dr. Smith of the U.S. army said so.\n\n",
    "one sentence": "the troops and ",
    "no white space": "abcdefgh",
    "blanks": "\n ",
    "lines": "a\n",
    "list": "- one thing\n",
    "headings": "# a\n",
    "squares": "■ a ",
    "credits": "A man walks. Photo: Jane Doe\n\n",
    "names": "Jane Doe\n",
    "fields": "Title: x\n",
    "fences": "```\n",
    "wrapped by hand": "the first sentence of a paragraph that an editor of the old\n",
}


@pytest.mark.parametrize("suffix", READERS)
@pytest.mark.parametrize("piece", PIECES)
def test_four_times_the_text_is_at_most_four_times_the_work(piece: str, suffix: str, tmp_path: Path) -> None:
    def work(size: int) -> int:
        file = tmp_path / f"a{suffix}"
        file.write_text("x" + PIECES[piece] * (size // len(PIECES[piece])) + "x", encoding="utf-8")

        def read_and_cut() -> None:
            article = READERS[suffix](Found(file, "a", suffix), file.read_bytes())
            for start, end in passage_spans(cut(article, PassageSettings())):
                terms(article.text[start:end])

        return steps(read_and_cut)

    work(100)  # imports what is imported once
    small, large = work(3_000), work(12_000)
    assert large <= 4.4 * small


def test_a_list_in_front_matter_takes_linear_work(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("---\ntags:\nauthor:\n" + "- Jane\n" * 200_000 + "---\nThe text.\n", encoding="utf-8")
    article = read_markdown(Found(file, "a", ".md"), file.read_bytes())
    assert article.author == ", ".join(["Jane"] * 200_000)


def test_finding_four_times_the_files_is_four_times_the_work(tmp_path: Path) -> None:
    def work(count: int) -> int:
        folder = tmp_path / str(count)
        folder.mkdir()
        for number in range(count):
            (folder / f"{number}.txt").touch()
            (folder / f"{number}.md").touch()  # its id clashes with the text's
        return steps(lambda: find_files([folder]))

    work(10)
    assert work(400) <= 4.4 * work(100)


@pytest.mark.parametrize(
    "text", ["a" * 1_000_000, "." * 1_000_000, " " * 1_000_000, "文" * 300_000], ids=lambda t: t[0]
)
def test_tokens_are_counted_in_pieces_of_bounded_length(text: str) -> None:
    article = Article.of(id="a", text=f"x{text}x")
    made = cut(article, PassageSettings())
    assert max(end - start for start, end in made.blocks) <= 75 * (LONGEST + WIDEST_GAP)
    assert all(count_tokens(article.text[start:end]) <= LONGEST * 3 for start, end in made.blocks[:20])
