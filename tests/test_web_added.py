"""What was added is one folder's files: what is removed there is gone for every build, and nothing else is."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from askdocs.index import build_index
from askdocs.settings import PassageSettings
from askdocs.web import added
from askdocs.web.added import added_files, added_folder, forget, held, settle
from askdocs.web.intake import Bounds, take_in
from fakes import HashEncoder
from sending import RAIN, SNOW, SUN, ids_in, nothing, rows, taken


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Index two articles with the small encoder."""
    folder = tmp_path / "index"
    build_index((RAIN, SUN), folder, HashEncoder(), PassageSettings())
    return folder


@pytest.mark.parametrize(
    "name", ["rows.jsonl", "rows.JSONL", "rows.jsonl.gz", "rows.JSONL.GZ", "notes.jsonl.rows.Jsonl"]
)
def test_an_article_that_is_removed_from_a_file_of_rows_is_gone_from_it(tmp_path: Path, index: Path, name: str) -> None:
    text = rows(("ice", "Ice lay on the lake."), ('fog"/é', "Fog hung there."), ("ice/2", "Ice again."))
    path = tmp_path / "sent"
    path.write_bytes(gzip.compress(text.encode()) if name.lower().endswith(".gz") else text.encode())
    (outcome,) = take_in([(name, path)], index, Bounds(), nothing)
    assert outcome.words == "added: 3 articles"
    assert outcome.path is not None
    stem = f"added/{outcome.path.stem}"
    assert outcome.path.suffix == ".jsonl"
    assert sorted(ids_in(index)) == [f'{stem}/fog"/é', f"{stem}/ice", f"{stem}/ice/2"]
    forget(index, f"{stem}/ice")
    assert sorted(ids_in(index)) == [f'{stem}/fog"/é', f"{stem}/ice/2"]
    for gone in (f'{stem}/fog"/é', f"{stem}/nowhere", "rain", "added/../../CURRENT", f"{stem}/ice/2"):
        forget(index, gone)
    assert added_files(index) == []
    assert (index / "CURRENT").exists()


def test_an_article_that_is_removed_leaves_the_others_alone(tmp_path: Path, index: Path) -> None:
    for name in ("snow.md", "snow-2.txt", "notes.jsonl.txt", "Frost.MD"):
        taken(tmp_path, index, name, f"{SNOW}{name}")
    forget(index, "added/snow")
    assert [path.name for path in added_files(index)] == ["Frost.MD", "notes.jsonl.txt", "snow-2.txt"]
    forget(index, "added/notes.jsonl")
    forget(index, "added/Frost")
    assert [path.name for path in added_files(index)] == ["snow-2.txt"]


def test_what_is_added_is_brought_to_the_disk_as_an_index_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr(added, "sync", synced.append)
    (tmp_path / "made").write_text(SNOW, encoding="utf-8")
    settle(tmp_path / "made", tmp_path / "snow.md")
    assert (tmp_path / "snow.md").read_text(encoding="utf-8") == SNOW
    assert len(synced) == 1


def test_what_somebody_left_who_was_killed_is_cleared_away(tmp_path: Path, index: Path) -> None:
    with held(index) as folder:
        (folder / ".left").mkdir()
        (folder / ".left" / "snow.md").write_text(SNOW, encoding="utf-8")
    assert taken(tmp_path, index, "snow.md", SNOW).added
    assert [path.name for path in added_folder(index).iterdir()] == ["snow.md"]
