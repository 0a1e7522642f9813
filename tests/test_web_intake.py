"""Each file that is sent is kept under its own name, within bounds, or refused by name; none replaces another."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from askdocs.index import build_index, open_index
from askdocs.settings import PassageSettings
from askdocs.web.added import added_files, added_folder
from askdocs.web.intake import Bounds, sendable_name, take_in
from askdocs.web.rebuilding import Job, rebuilt_articles
from fakes import HashEncoder
from sending import RAIN, SNOW, SUN, ids_in, nothing, rows, taken, upload


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Index two articles with the small encoder."""
    folder = tmp_path / "index"
    build_index((RAIN, SUN), folder, HashEncoder(), PassageSettings())
    return folder


def test_each_file_has_an_outcome_of_its_own(tmp_path: Path, index: Path) -> None:
    row = {"id": "ice", "title": "Ice", "text": "Ice lay on the lake of Corran for a week."}
    sent = upload(
        tmp_path,
        ("snow.md", SNOW),
        ("again.txt", RAIN.text),
        ("empty.txt", " "),
        ("sheet.xlsx", "x"),
        ("rows.jsonl", f"{json.dumps(row)}\nno json\n"),
    )
    outcomes = take_in(sent, index, Bounds(), lambda one: "Rain" if one.sha256 == RAIN.sha256 else None)
    assert [(one.name, one.added) for one in outcomes] == [
        ("snow.md", True),
        ("again.txt", False),
        ("empty.txt", False),
        ("sheet.xlsx", False),
        ("rows.jsonl", True),
    ]
    said = [one.words for one in outcomes]
    assert said[0] == "added: Snow"
    assert said[1] == "not added: in the library already, as “Rain”"
    assert said[2] == "not added: is empty"
    assert "this format is not read; readable: .txt" in said[3]
    assert said[4] == "added: Ice; 1 row is no article (row 2: is not JSON: Expecting value at character 1)"
    assert [path.name for path in added_files(index)] == ["rows.jsonl", "snow.md"]
    assert not list(added_folder(index).glob(".*"))
    assert str(tmp_path) not in " ".join(said)


def test_what_is_too_large_or_too_many_is_refused_by_name(tmp_path: Path, index: Path) -> None:
    sent = upload(tmp_path, *((f"{number}.md", f"{SNOW}{number}") for number in range(3)))
    tight = Bounds(files=2, file_bytes=1_000)
    assert [one.words for one in take_in(sent, index, tight, nothing)[:2]] == ["added: Snow", "added: Snow"]
    assert "more than 2 files" in take_in(sent, index, tight, nothing)[2].words
    big = upload(tmp_path / "big", ("big.txt", "A word. " * 200))
    assert "larger than 0 MB" in take_in(big, index, tight, nothing)[0].words
    assert "files were added already" in take_in(sent[2:], index, Bounds(kept_files=2), nothing)[0].words
    assert "MB were added already" in take_in(sent[2:], index, Bounds(kept_bytes=100), nothing)[0].words


def test_ndjson_is_kept_as_json_lines(tmp_path: Path, index: Path) -> None:
    sent = upload(tmp_path, ("rows.ndjson", rows(("1", "Ice lay on the lake."), ("2", "Fog hung over it."))))
    assert [one.words for one in take_in(sent, index, Bounds(), nothing)] == ["added: 2 articles"]
    assert [path.name for path in added_files(index)] == ["rows.jsonl"]


def test_two_files_of_one_name_are_both_kept_and_one_sent_twice_is_told_to_be_there(
    tmp_path: Path, index: Path
) -> None:
    sunday = SNOW.replace("Friday", "Sunday")
    said = [
        taken(tmp_path, index, name, text).words
        for name, text in (
            ("snow.md", SNOW),
            ("snow.md", sunday),
            ("SNOW.md", SNOW.replace("Friday", "Monday")),
            ("snow.txt", "Snow lay in Skarrow."),
            ("snow.md", SNOW),
            ("other.md", sunday),
        )
    ]
    assert said == [
        "added: Snow",
        "added as “snow-2.md”, beside another of that name: Snow",
        "added as “SNOW-3.md”, beside another of that name: Snow",
        "added as “snow-4.txt”, beside another of that name",
        "there already, as “snow.md”",
        "there already, as “snow-2.md”",
    ]
    assert sorted(ids_in(index)) == ["added/SNOW-3", "added/snow", "added/snow-2", "added/snow-4"]
    assert [path.read_text(encoding="utf-8") for path in added_files(index)][1:3] == [sunday, "Snow lay in Skarrow."]


def test_rows_of_two_people_with_the_same_ids_take_nobodys_place(tmp_path: Path, index: Path) -> None:
    mine, yours = rows(("1", "Ice lay."), ("rain", "Rain fell.")), rows(("1", "Fog hung."), ("rain", "Hail fell."))
    said = [
        taken(tmp_path, index, name, text).words
        for name, text in (("Rows.JSONL", mine), ("rows.jsonl", yours), ("rows.jsonl", yours), ("x.jsonl", mine))
    ]
    assert said == [
        "added: 2 articles",
        "added as “rows-2.jsonl”, beside another of that name: 2 articles",
        "there already, as “rows-2.jsonl”",
        "there already, as “Rows.jsonl”",
    ]
    assert ids_in(index) == {
        "added/Rows/1": "1",
        "added/Rows/rain": "rain",
        "added/rows-2/1": "1",
        "added/rows-2/rain": "rain",
    }
    job = Job(tuple(map(str, added_files(index))))
    built = {one.id: one.text for one in rebuilt_articles(open_index(index), job)}
    assert built.items() >= {"rain": RAIN.text, "added/Rows/rain": "Rain fell.", "added/rows-2/1": "Fog hung."}.items()


def test_of_a_file_only_the_rows_are_added_that_the_library_does_not_have(tmp_path: Path, index: Path) -> None:
    sent = upload(tmp_path, ("rows.jsonl", rows(("1", RAIN.text), ("2", "Ice lay."), ("2", "Fog hung."))))
    (outcome,) = take_in(sent, index, Bounds(), lambda one: "Rain" if one.sha256 == RAIN.sha256 else None)
    assert outcome.words.startswith("added: 2; 1 in the library already; 1 row is no article (row 3: a second article")
    assert ids_in(index) == {"added/rows/2": "2"}
    (again,) = take_in(sent, index, Bounds(), lambda _: "Rain")
    assert again.words == "not added: all in the library already"


def test_compressed_rows_are_bounded_as_a_whole_and_never_held(tmp_path: Path, index: Path) -> None:
    bomb = tmp_path / "bomb"
    row = json.dumps({"id": "1", "text": "Ice lay. " * 1_000}).encode() + b"\n"
    with gzip.open(bomb, "wb") as out:
        for _ in range(8_000):
            out.write(row)
    assert bomb.stat().st_size < 1 << 20
    tracemalloc.start()
    (outcome,) = take_in([("bomb.jsonl.gz", bomb)], index, Bounds(), nothing)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert outcome.words == "not added: more than 64 MB when it is unpacked; divide it"
    assert peak < 8 << 20
    assert not list(added_folder(index).iterdir())


def test_rows_are_bounded_and_a_damaged_file_is_refused_whole(tmp_path: Path, index: Path) -> None:
    many = rows(*((str(number), f"Ice {number}.") for number in range(4)))
    (outcome,) = take_in(upload(tmp_path, ("rows.jsonl", many)), index, Bounds(rows=3), nothing)
    assert outcome.words == "not added: more than 3 articles in one file; divide it"
    for damaged in (gzip.compress(many.encode())[:-9], b"no gzip at all", gzip.compress(many.encode()) + b"x"):
        path = tmp_path / "damaged"
        path.write_bytes(damaged)
        (outcome,) = take_in([("rows.jsonl.gz", path)], index, Bounds(), nothing)
        assert outcome.words.startswith("not added: the compressed file is damaged: ")
    for nothing_in_it in ("", "\n \n", "no json\n"):
        assert taken(tmp_path, index, "rows.jsonl", nothing_in_it).words.startswith("not added: ")
        assert str(tmp_path) not in taken(tmp_path, index, "rows.jsonl", nothing_in_it).words
    assert added_files(index) == []


def test_many_who_send_one_name_at_once_are_all_kept(tmp_path: Path, index: Path) -> None:
    sent = upload(tmp_path, *(("snow.md", f"{SNOW}{number}") for number in range(8)))
    with ThreadPoolExecutor(8) as people:
        outcomes = list(people.map(lambda one: take_in([one], index, Bounds(), nothing)[0], sent))
    assert len({one.path for one in outcomes}) == len(added_files(index)) == 8
    assert {path.read_text(encoding="utf-8") for path in added_files(index)} == {
        path.read_text(encoding="utf-8") for _, path in sent
    }


@given(st.text(st.characters(codec=None), max_size=300))
@example("../../etc/passwd.txt")
@example("C:\\temp\\..\\x.md")
@example("\x00\u202egnp.\ud800.html")
@example("....")
@example("é" * 200 + ".jsonl.gz")
def test_a_name_never_leads_elsewhere_and_can_always_be_kept(name: str) -> None:
    kept = sendable_name(name)
    assert kept == Path(kept).name
    assert not kept.startswith(".")
    assert len(kept.encode("utf-8")) <= 250 or not kept.endswith((".txt", ".md", ".html", ".jsonl", ".gz"))
    assert sendable_name("a" * 300 + ".txt") == "a" * 120 + ".txt"
