"""Web pages are parsed in a child process, which a page may end without ending the reading."""

from __future__ import annotations

import io
import platform
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from askdocs.datatypes import Article
from askdocs.errors import ReadError
from askdocs.reading import read_sources
from askdocs.reading.files import Found
from askdocs.reading.html_child import OUT_OF_MEMORY, article_fields, read_frame, write_frame
from askdocs.reading.webpage import PageReader

CORPUS = Path(__file__).parent / "corpus"
PARAGRAPH = "The stone bridge of Vale reopened on Thursday, four months after the flood had carried away its arch."


def page(path: Path, inside: str) -> tuple[Found, bytes]:
    """A page, and its bytes."""
    return Found(path, path.stem, ".html"), f"<html><head><title>T</title></head><body>{inside}</body></html>".encode()


def test_a_page_becomes_its_article() -> None:
    (article,) = read_sources([CORPUS / "page.html"])
    assert isinstance(article, Article)
    assert article.title == "Bridge Reopens After Flood"
    assert (article.author, article.outlet) == ("Nora Quill", "The Vale Post")
    assert (article.published, article.url) == ("2020-11-05", "https://example.org/bridge")
    (span,) = article.body
    paragraphs = article.text[slice(*span)].split("\n\n")
    assert [words.split()[0] for words in paragraphs] == ["The", "Masons", "The"]
    assert paragraphs[0].endswith("carried away its middle arch.")


def test_an_xhtml_page_is_read_as_a_page(tmp_path: Path) -> None:
    (tmp_path / "bridge.xhtml").write_text(
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" '
        '"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd"><html xmlns="http://www.w3.org/1999/xhtml"><head>'
        f"<title>Bridge</title></head><body><h1>Bridge</h1>{f'<p>{PARAGRAPH}</p>' * 3}</body></html>",
        encoding="utf-8",
    )
    (article,) = read_sources([tmp_path])
    assert isinstance(article, Article)
    assert (article.id, article.title) == ("bridge", "Bridge")
    assert PARAGRAPH in article.text


def test_a_page_without_an_article_is_an_error(tmp_path: Path) -> None:
    with PageReader() as pages, pytest.raises(ReadError, match="no article was found in this page"):
        pages.read(
            *page(tmp_path / "a.html", "<div id='root'></div><noscript>You need to enable JavaScript.</noscript>")
        )


def test_one_child_reads_many_pages_and_ends_with_the_reader(tmp_path: Path) -> None:
    with PageReader() as pages:
        for number in range(3):
            assert PARAGRAPH in pages.read(*page(tmp_path / f"{number}.html", f"<p>{PARAGRAPH}</p>" * 3)).text
        child = pages.child
        assert child is not None
        assert child.poll() is None
    assert child.poll() is not None


def test_a_page_that_takes_too_long_is_an_error_and_the_next_is_read(tmp_path: Path) -> None:
    with PageReader(seconds=0.0) as hurried, pytest.raises(ReadError, match="took longer than 0 s to parse"):
        hurried.read(*page(tmp_path / "a.html", f"<p>{PARAGRAPH}</p>"))
    with PageReader(seconds=0.0) as hurried:
        with pytest.raises(ReadError):
            hurried.read(*page(tmp_path / "a.html", f"<p>{PARAGRAPH}</p>"))
        assert hurried.child is None, "the next page gets another"
    with PageReader() as pages:
        pages.read(*page(tmp_path / "a.html", f"<p>{PARAGRAPH}</p>" * 3))
        assert pages.child is not None
        pages.child.kill()
        pages.child.wait()
        with pytest.raises(ReadError, match="the parser ended with status -9"):
            pages.read(*page(tmp_path / "b.html", f"<p>{PARAGRAPH}</p>" * 3))
        assert PARAGRAPH in pages.read(*page(tmp_path / "c.html", f"<p>{PARAGRAPH}</p>" * 3)).text


@pytest.mark.parametrize(
    "inside",
    [
        "<div>" * 50_000 + PARAGRAPH,
        "<p>\x0b\x08 \x00 &#0; &#xD800; &#xFFFFFFFF;</p>" + f"<p>{PARAGRAPH}</p>" * 3,
        "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]>&b;" + f"<p>{PARAGRAPH}</p>" * 3,
        "<table>" + "<tr><td><table>" * 2_000 + PARAGRAPH,
        "<p " + "a='b' " * 100_000 + f">{PARAGRAPH}</p>",
    ],
    ids=["deep", "controls", "entities", "tables", "attributes"],
)
def test_a_strange_page_does_not_keep_the_next_from_being_read(tmp_path: Path, inside: str) -> None:
    with PageReader() as pages:
        with suppress(ReadError):
            assert pages.read(*page(tmp_path / "a.html", inside)).text.encode("utf-8")
        assert PARAGRAPH in pages.read(*page(tmp_path / "b.html", f"<p>{PARAGRAPH}</p>" * 3)).text


def test_a_page_that_ends_the_child_for_want_of_memory_says_so(tmp_path: Path) -> None:
    with PageReader() as pages:
        pages.child = subprocess.Popen(
            [sys.executable, "-c", f"import os; os.read(0, 1); os._exit({OUT_OF_MEMORY})"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with pytest.raises(ReadError, match=r"needs more than 1\.25 GB of memory to parse"):
            pages.read(*page(tmp_path / "a.html", f"<p>{PARAGRAPH}</p>" * 3))
        assert PARAGRAPH in pages.read(*page(tmp_path / "b.html", f"<p>{PARAGRAPH}</p>" * 3)).text


def test_the_child_opens_no_connection_and_starts_no_program() -> None:
    tries = """
import socket, subprocess
from askdocs.reading import html_child
html_child.cap()
for forbidden in (lambda: socket.create_connection(("127.0.0.1", 9)), lambda: subprocess.run(["true"])):
    try:
        forbidden()
    except PermissionError as error:
        print(error)
try:
    bytearray(html_child.MAX_MEMORY)
except MemoryError:
    print("memory")
"""
    ended = subprocess.run([sys.executable, "-c", tries], capture_output=True, text=True, check=True)
    assert [line.partition(":")[0] for line in ended.stdout.splitlines()] == [
        "socket.getaddrinfo",
        "subprocess.Popen",
        *(["memory"] if platform.system() != "Darwin" else []),  # which refuses the cap
    ]


def test_a_system_that_refuses_the_cap_on_memory_goes_without_it() -> None:
    refused = """
import resource, subprocess
from askdocs.reading import html_child
def refuse(*_):
    raise ValueError("current limit exceeds maximum limit")
resource.setrlimit = refuse
html_child.cap()
try:
    subprocess.run(["true"])
except PermissionError:
    print("programs are refused all the same")
"""
    ended = subprocess.run([sys.executable, "-c", refused], capture_output=True, text=True, check=True)
    assert ended.stdout == "programs are refused all the same\n"


def test_a_list_stays_together_and_paragraphs_are_apart() -> None:
    fields = article_fields(
        f"<html><body><article><p>{PARAGRAPH}</p><ul><li>One.</li><li>Two.</li></ul>"
        f"<p>{PARAGRAPH}</p></article></body></html>"
    )
    assert fields["text"] == f"{PARAGRAPH}\n\n- One.\n- Two.\n\n{PARAGRAPH}"


def test_a_frame_is_read_as_it_was_written_and_a_cut_one_is_the_end() -> None:
    stream = io.BytesIO()
    write_frame(stream, b"page")
    whole = stream.getvalue()
    assert read_frame(io.BytesIO(whole)) == b"page"
    assert all(read_frame(io.BytesIO(whole[:cut])) is None for cut in range(len(whole)))
