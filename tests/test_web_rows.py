"""What is kept of JSON lines is read as what was sent, under the name of its file."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from askdocs.datatypes import Article
from askdocs.errors import ReadError
from askdocs.reading import read_sources
from askdocs.web.rows import are_kept, line_of, named, without_row

WORDS = st.text(st.characters(codec=None), max_size=30)
ROWS = st.lists(
    st.fixed_dictionaries(
        {"id": WORDS, "title": WORDS.map("A {}".format), "text": WORDS},
        optional={name: st.none() | WORDS for name in ("url", "date", "author", "outlet", "language")},
    ),
    max_size=4,
)


def read(content: bytes) -> list[Article]:
    """Read a file of JSON lines; leave out what depends on the file and its bytes, and what is no article."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "rows.jsonl")
        path.write_bytes(content)
        found = list(read_sources([path]))
    return [replace(one, source="", origin=None) for one in found if not isinstance(one, ReadError)]


@given(ROWS)
def test_a_line_is_read_as_the_article_that_it_was_made_of(rows: list[dict[str, str]]) -> None:
    sent = read("".join(json.dumps(row) + "\n" for row in rows).encode())
    lines = [line_of(article) for article in sent]
    assert read(b"".join(lines)) == sent
    kept = read(b"".join(named(lines, 'added/a "b"\\é/')))
    assert [one.id for one in kept] == [f'added/a "b"\\é/{one.id}' for one in sent]
    assert [replace(one, id="") for one in kept] == [replace(one, id="") for one in sent]


@given(ROWS, st.integers(0, 3))
def test_a_row_is_taken_out_and_no_other(rows: list[dict[str, str]], place: int) -> None:
    sent = read("".join(json.dumps(row) + "\n" for row in rows).encode())
    gone = sent[place % len(sent)].id if sent else "nowhere"
    with TemporaryDirectory() as folder:
        path, made = Path(folder, "rows.jsonl"), Path(folder, "made")
        path.write_bytes(b"".join(map(line_of, sent)))
        assert are_kept(map(line_of, sent), path)
        left = [one for one in sent if one.id != gone]
        assert without_row(path, gone, made) == bool(left)
        assert read(made.read_bytes()) == left
        assert are_kept(map(line_of, left), made)
        assert are_kept(map(line_of, sent), made) == (left == sent)


def test_an_article_without_a_title_is_still_called_by_the_id_that_it_was_sent_with() -> None:
    (kept,) = read(b"".join(named([line_of(Article.of(id="ice", text="Ice lay."))], "added/rows/")))
    assert (kept.id, kept.title) == ("added/rows/ice", "ice")


def test_lines_that_somebody_else_wrote_stay(tmp_path: Path) -> None:
    path, made = tmp_path / "rows.jsonl", tmp_path / "made"
    path.write_bytes(b'[1]\n{"id": "a", "text": "x"}\nno json\n\n{"text": "id a"}\n')
    assert without_row(path, "a", made)
    assert made.read_bytes() == b'[1]\nno json\n\n{"text": "id a"}\n'
