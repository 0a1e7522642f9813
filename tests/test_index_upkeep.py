"""Generations listed, put in force again, and checked down to the numbers that a build wrote."""

from __future__ import annotations

import fcntl
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from askdocs.datatypes import Article
from askdocs.errors import (
    AskdocsError,
    EncoderError,
    IndexDamagedError,
    IndexFolderError,
    IndexLockedError,
    IndexMissingError,
    NothingToIndexError,
)
from askdocs.index import build_index, open_index
from askdocs.index.checking import check_generation
from askdocs.index.lock import write_lock
from askdocs.index.pointer import is_generation, read_pointer
from askdocs.index.upkeep import check_index, generations, rollback
from askdocs.settings import PassageSettings
from fakes import HashEncoder
from test_index_damage import generation, sign_again


def edition(number: int) -> list[Article]:
    """Three articles of several passages; what they say depends on the number of the edition."""
    return [
        Article.of(
            id=f"{name}",
            text=" ".join(f"The {name} of edition {number} reached harbour {line}." for line in range(9)),
        )
        for name in ("ferry", "storm", "train")
    ]


def build(folder: Path, number: int, *, clustered: bool = False, kept: int = 3) -> None:
    build_index(
        edition(number),
        folder,
        HashEncoder(dimension=16),
        PassageSettings(tokens=30, step=15),
        exact_passages=0 if clustered else 65_536,
        generations=kept,
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of three generations that no test touches."""
    folder = tmp_path_factory.mktemp("whole") / "index"
    for number in (1, 2, 3):
        build(folder, number)
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy of it, to be altered."""
    return Path(shutil.copytree(whole, tmp_path / "index"))


def edition_in(folder: Path) -> str:
    return open_index(folder).articles["ferry"].text.split()[4]


# --- generations


def test_the_generations_are_listed_the_newest_first(folder: Path) -> None:
    known = generations(folder)
    assert len(known) == 3
    assert [one.in_force for one in known] == [True, False, False]
    assert [one.name for one in known] == sorted((one.name for one in known), reverse=True)
    manifest = open_index(folder).manifest
    assert (known[0].created, known[0].articles, known[0].passages) == (manifest.created, 3, manifest.passages)
    for one in known:
        assert one.fault is None
        assert one.size == sum(file.stat().st_size for file in (folder / "generations" / one.name).iterdir())


def test_what_is_being_built_and_strange_files_are_no_generations(folder: Path) -> None:
    (folder / "generations" / ".building").mkdir()
    (folder / "generations" / "notes.txt").touch()
    assert len(generations(folder)) == 3
    assert not is_generation("20261122T141500123456Z-3f2a9c0")
    assert not is_generation("20261122T141500123456Z-3f2a9c01\n")
    assert not is_generation("٢0261122T141500123456Z-3f2a9c01")


def test_a_generation_whose_manifest_tells_nothing_is_listed_with_the_fault(folder: Path) -> None:
    old = generations(folder)[-1].name
    (folder / "generations" / old / "manifest.json").write_text("{}")
    shutil.rmtree(generation(folder) / "manifest.json", ignore_errors=True)
    (generation(folder) / "manifest.json").unlink()
    newest, _, oldest = generations(folder)
    assert "manifest.json is gone" in (newest.fault or "")
    assert "manifest.json is not the one that was built" in (oldest.fault or "")
    assert (oldest.created, oldest.articles, oldest.passages) == (None, None, None)


def test_without_an_index_there_are_no_generations(tmp_path: Path) -> None:
    for command in (generations, rollback, lambda folder: check_index(folder, only_in_force=False)):
        with pytest.raises(IndexMissingError, match="there is no index here"):
            command(tmp_path / "index")
        assert not (tmp_path / "index").exists()


# --- rollback


def test_the_generation_before_is_put_in_force_and_then_the_one_before_that(folder: Path) -> None:
    newest, middle, oldest = generations(folder)
    assert rollback(folder).name == middle.name
    assert edition_in(folder) == "2"
    assert rollback(folder).name == oldest.name
    assert edition_in(folder) == "1"
    with pytest.raises(AskdocsError, match="no generation is older than the one in force"):
        rollback(folder)
    assert rollback(folder, newest.name).name == newest.name
    assert edition_in(folder) == "3"


def test_a_name_that_is_none_or_is_in_force_is_refused(folder: Path) -> None:
    newest, *_ = generations(folder)
    with pytest.raises(AskdocsError, match="is in force already"):
        rollback(folder, newest.name)
    with pytest.raises(AskdocsError, match=f"has no generation '../elsewhere'; there are {newest.name}"):
        rollback(folder, "../elsewhere")
    assert edition_in(folder) == "3"


@pytest.mark.parametrize("file", ["articles.txt", "vectors.npy", "manifest.json"])
def test_a_damaged_generation_is_never_put_in_force(folder: Path, file: str) -> None:
    before = (folder / "CURRENT").read_bytes()
    broken = folder / "generations" / generations(folder)[1].name / file
    broken.write_bytes(broken.read_bytes()[:-1] + b"!")
    with pytest.raises(IndexDamagedError, match=rf"cannot be put in force: .*{file}.*; what is in force stays"):
        rollback(folder)
    assert (folder / "CURRENT").read_bytes() == before
    assert rollback(folder, generations(folder)[2].name)
    assert edition_in(folder) == "1"


def test_where_the_pointer_is_gone_or_damaged_the_newest_comes_back(folder: Path) -> None:
    for content in (None, "?"):
        (folder / "CURRENT").unlink()
        if content is not None:
            (folder / "CURRENT").write_text(content)
        assert [one.in_force for one in generations(folder)] == [False] * 3
        rollback(folder)
        assert edition_in(folder) == "3"


@pytest.mark.parametrize("content", [None, "?"], ids=["gone", "damaged"])
def test_where_the_pointer_is_gone_or_damaged_the_command_that_mends_it_is_named(
    folder: Path, content: str | None
) -> None:
    lose_the_pointer(folder, content)
    with pytest.raises(IndexFolderError, match=rf"CURRENT .*askdocs rollback --index {folder}, or build it again"):
        open_index(folder)
    with pytest.raises(IndexFolderError, match=r"askdocs rollback .* cannot be kept"):
        build_index(edition(4), folder, HashEncoder(dimension=16), PassageSettings(), keep_missing=True)
    assert len(generations(folder)) == 3


def lose_the_pointer(folder: Path, content: str | None = None) -> None:
    (folder / "CURRENT").unlink()
    if content is not None:
        (folder / "CURRENT").write_text(content)


@pytest.mark.parametrize("content", [None, "?"], ids=["gone", "damaged"])
def test_a_build_removes_no_whole_generation_where_nothing_tells_which_was_in_force(
    folder: Path, content: str | None
) -> None:
    newest, _, oldest = (one.name for one in generations(folder))
    broken = folder / "generations" / oldest / "vectors.npy"
    broken.write_bytes(broken.read_bytes()[:-1])
    before = {one.name for one in generations(folder)}
    lose_the_pointer(folder, content)
    build(folder, 4, kept=2)
    assert {one.name for one in generations(folder)} >= before - {oldest}
    assert oldest not in {one.name for one in generations(folder)}
    rollback(folder, newest)
    assert edition_in(folder) == "3"


def test_mending_a_damaged_generation_keeps_the_whole_one_before_it(folder: Path) -> None:
    newest, middle, _ = (one.name for one in generations(folder))
    broken = folder / "generations" / newest / "vectors.npy"
    broken.write_bytes(broken.read_bytes()[:-1])
    build(folder, 4, kept=2)
    assert [one.name for one in generations(folder)][1:] == [middle]
    assert rollback(folder).name == middle
    assert edition_in(folder) == "2"


def test_a_damaged_generation_stays_where_none_is_whole(tmp_path: Path) -> None:
    build(tmp_path, 1)
    (first,) = (one.name for one in generations(tmp_path))
    broken = tmp_path / "generations" / first / "vectors.npy"
    broken.write_bytes(broken.read_bytes()[:-1])
    build(tmp_path, 2, kept=2)
    assert first in {one.name for one in generations(tmp_path)}


def test_a_folder_with_a_blank_in_its_name_is_written_as_a_shell_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "my index"
    with pytest.raises(IndexMissingError, match=rf"--index '{folder}'"):
        open_index(folder)
    build(folder, 1)
    with pytest.raises(AskdocsError, match=rf"askdocs generations --index '{folder}'"):
        rollback(folder)
    lose_the_pointer(folder)
    with pytest.raises(IndexMissingError, match=rf"askdocs rollback --index '{folder}'"):
        open_index(folder)


def test_nothing_is_switched_while_a_build_is_writing(folder: Path) -> None:
    with write_lock(folder), pytest.raises(IndexLockedError):
        rollback(folder)
    assert edition_in(folder) == "3"


def test_a_build_after_a_rollback_goes_on_from_there(folder: Path) -> None:
    rollback(folder)
    build(folder, 4)
    assert edition_in(folder) == "4"
    earlier = open_index(folder).earlier
    assert earlier.at(earlier.rows_by_id()["ferry"][0]).text.split()[4] == "2"


# --- check


@pytest.mark.parametrize("clustered", [False, True], ids=["exact", "clustered"])
def test_an_index_as_it_was_built_has_no_fault(tmp_path: Path, clustered: bool) -> None:  # noqa: FBT001  of two kinds
    for number in (1, 2):
        build(tmp_path, number, clustered=clustered)
    checked = check_index(tmp_path, only_in_force=False)
    assert checked == {one.name: [] for one in generations(tmp_path)}
    assert list(check_index(tmp_path, only_in_force=True)) == [read_pointer(tmp_path).generation]


def test_every_file_that_differs_is_named_in_every_generation(folder: Path) -> None:
    newest, _, oldest = (one.name for one in generations(folder))
    for name, file in ((newest, "terms.txt"), (newest, "earlier.txt"), (oldest, "vectors.npy")):
        broken = folder / "generations" / name / file
        broken.write_bytes(broken.read_bytes() + b"!")
    (folder / "generations" / oldest / "passages.npy").unlink()
    found = {
        (fault.generation, fault.file)
        for faults in check_index(folder, only_in_force=False).values()
        for fault in faults
    }
    assert found == {
        (newest, "terms.txt"),
        (newest, "earlier.txt"),
        (oldest, "vectors.npy"),
        (oldest, "passages.npy"),
    }
    only = check_index(folder, only_in_force=True)
    assert {fault.file for fault in only[newest]} == {"terms.txt", "earlier.txt"}


def test_a_pointer_that_names_nothing_is_a_fault(folder: Path) -> None:
    (folder / "CURRENT").write_text("?")
    ((fault,), *others) = check_index(folder, only_in_force=False).values()
    assert (fault.file, others) == ("CURRENT", [[], [], []])


def put(name: str, change: Callable[[Any], Any]) -> Callable[[Path], None]:
    """Alter an array of a generation."""

    def spoil(place: Path) -> None:
        numbers = np.load(place / name)
        np.save(place / name, np.ascontiguousarray(change(numbers)))

    return spoil


def with_value(*at: Any, value: float) -> Callable[[Any], Any]:
    def change(numbers: Any) -> Any:
        numbers[at] = value
        return numbers

    return change


def swapped(*at: Any) -> Callable[[Any], Any]:
    def change(numbers: Any) -> Any:
        numbers[at] = numbers[at][..., ::-1]
        return numbers

    return change


def in_records(change: Callable[[list[dict[str, Any]]], None]) -> Callable[[Path], None]:
    """Alter the articles' records."""

    def spoil(place: Path) -> None:
        records = [json.loads(line) for line in (place / "articles.jsonl").read_text().splitlines()]
        change(records)
        lines = [json.dumps(record) + "\n" for record in records]
        (place / "articles.jsonl").write_text("".join(lines))
        np.save(place / "articles.jsonl.starts.npy", np.cumsum([0, *map(len, lines)]))

    return spoil


def in_text(name: str, old: bytes, new: bytes) -> Callable[[Path], None]:
    def spoil(place: Path) -> None:
        content = (place / name).read_bytes()
        assert old in content
        (place / name).write_bytes(content.replace(old, new))

    return spoil


WRONG: dict[str, tuple[Callable[[Path], None], str]] = {
    "another text": (in_text("articles.txt", b"edition 3", b"edition 4"), "has another text for the article 'ferry'"),
    "another earlier text": (in_text("earlier.txt", b"edition 2", b"edition 9"), "has another text for the article"),
    "an article twice": (
        in_records(lambda records: records.__setitem__(1, records[1] | {"id": "ferry"})),
        "the article 'ferry' comes after 'ferry'",
    ),
    "other counts": (
        in_records(lambda records: records.__setitem__(1, records[1] | {"passages": 77})),
        "the article 'storm' has other counts",
    ),
    "a body outside": (
        in_records(lambda records: records.__setitem__(1, records[1] | {"body": [[0, 10_000]]})),
        "the body of the article 'storm'",
    ),
    "a passage outside": (put("passages.npy", with_value(2, -1, value=10_000)), "is not inside its text"),
    "a passage before": (put("passages.npy", with_value(1, 0, value=-1)), "is not inside its text"),
    "passages out of order": (put("passages.npy", swapped(slice(1, 5), slice(0, 2))), "out of order"),
    "articles out of order": (put("passages.npy", swapped(0)), "not in the order of their articles"),
    "a passage of other sentences": (
        put("passages.npy", with_value(1, 0, value=3)),
        "begin and end with its sentences",
    ),
    "a sentence of nothing": (put("sentences.npy", with_value(1, 1, value=0)), "a sentence has no characters"),
    "sentences that overlap": (put("sentences.npy", with_value(0, 1, value=3)), "overlap, or are out of order"),
    "a vector of no length": (put("vectors.npy", with_value(0, value=0.0)), "the vector of passage 0 is not"),
    "a vector that is none": (put("vectors.npy", with_value(-1, 3, value=np.nan)), "is not of length 1"),
    "a sentence without direction": (put("sentences.codes.npy", with_value(2, value=0)), "the vector of sentence 2"),
    "a scale of infinity": (put("sentences.scales.npy", with_value(2, value=np.inf)), "the vector of sentence 2"),
    "rows out of order": (put("postings.rows.npy", swapped()), "the passages of a term are not sorted"),
    "a row that is not there": (put("postings.rows.npy", with_value(-1, value=999)), "a passage that is not there"),
    "a score of nothing": (put("postings.scores.npy", with_value(0, value=0.0)), "adds nothing to a score"),
    "a score that is none": (put("postings.scores.npy", with_value(-1, value=np.nan)), "adds nothing to a score"),
    "a count too many": (put("postings.counts.npy", with_value(0, value=200)), "holds more terms than it has"),
    "columns out of order": (put("postings.columns.npy", with_value(1, value=0)), "columns do not follow each other"),
    "terms out of order": (in_text("terms.txt", b"edit\n", b"zdit\n"), "terms are not sorted"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_together_is_named_though_it_was_signed_again(folder: Path, case: str) -> None:
    """Whoever alters files and makes manifest and pointer fit them opens an index; the check looks at what it says."""
    spoil, said = WRONG[case]
    spoil(generation(folder))
    sign_again(folder)
    faults = check_generation(folder, read_pointer(folder))
    assert any(re.search(said, fault.found) for fault in faults), faults


class Heard:
    """A `CheckProgress` that remembers."""

    def __init__(self) -> None:
        self.totals: dict[str, int] = {}
        self.done: dict[str, int] = {}

    def begin(self, what: str, total: int) -> None:
        """Remember a part and its size."""
        self.part = what
        self.totals[what] = total
        self.done[what] = 0

    def advance(self, count: int) -> None:
        """Count what is done."""
        self.done[self.part] += count


def test_progress_is_told_to_the_end(folder: Path) -> None:
    told = Heard()
    check_generation(folder, read_pointer(folder), told)
    assert told.done == told.totals
    assert set(told.totals) == {
        "Files",
        "Articles",
        "Earlier versions",
        "Sentences",
        "Vectors",
        "Sentence vectors",
        "Postings",
    }


# --- what a build that failed leaves


class Failing(HashEncoder):
    """An encoder whose model is gone when it is needed."""

    def encode_parts(self, *_: Any) -> Any:
        """Fail."""
        raise EncoderError("the model is gone")


def index_nothing(folder: Path) -> None:
    build_index([], folder, HashEncoder(), PassageSettings())


def test_a_first_build_that_had_nothing_to_index_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(NothingToIndexError):
        index_nothing(tmp_path / "new" / "index")
    assert list((tmp_path / "new").iterdir()) == []
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "README.md").touch()
    with pytest.raises(NothingToIndexError):
        index_nothing(tmp_path / "mine")
    assert [entry.name for entry in (tmp_path / "mine").iterdir()] == ["README.md"]


def test_a_build_that_failed_leaves_an_index_and_its_lock_file_as_they_were(folder: Path) -> None:
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    with pytest.raises(NothingToIndexError):
        index_nothing(folder)
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before


def test_a_writer_that_waited_at_a_lock_file_that_was_removed_takes_the_new_one(tmp_path: Path) -> None:
    """Two that hold locks on files of one name, of which one is removed, would both believe to be alone."""
    with pytest.raises(NothingToIndexError):
        index_nothing(tmp_path)
    with (tmp_path / "lock").open("w") as removed:
        (tmp_path / "lock").unlink()
        fcntl.flock(removed, fcntl.LOCK_EX)
        with write_lock(tmp_path), pytest.raises(IndexLockedError):
            index_nothing(tmp_path)


def test_a_pointer_that_is_a_folder_is_refused_before_anything_is_encoded(folder: Path) -> None:
    (folder / "CURRENT").unlink()
    (folder / "CURRENT").mkdir()
    said = "CURRENT: cannot be read: it is a folder, where an index has a file; move it away"
    with pytest.raises(IndexFolderError, match=said):
        build_index(edition(5), folder, Failing(), PassageSettings())
    with pytest.raises(IndexFolderError, match=said):
        open_index(folder)
    assert (folder / "CURRENT").is_dir()
