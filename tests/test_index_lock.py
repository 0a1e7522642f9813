"""One writer at a time, and no lock outlives its holder.

Run as a program, this file is the campaigns' victim; see `campaigns`.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from askdocs.datatypes import Article
from askdocs.errors import AskdocsError, IndexFolderError, IndexLockedError, IndexMissingError
from askdocs.index import build_index, open_index
from askdocs.index.lock import write_lock
from askdocs.reading import read_sources
from askdocs.settings import PassageSettings
from campaigns import PASSAGES, Whole, program, run_program, size, tell
from campaigns import build as build_corpus
from fakes import HashEncoder

ARTICLES = [Article.of(id="one", text="One article.")]
PAGE = Path(__file__).parent / "corpus" / "page.html"
HOLD = """
import sys; from pathlib import Path; from askdocs.index.lock import write_lock
with write_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def build(folder: Path) -> None:
    build_index(ARTICLES, folder, HashEncoder(), PassageSettings())


def test_a_second_writer_is_told_at_once_who_holds_the_index(tmp_path: Path) -> None:
    build(tmp_path)
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdin=pipe, stdout=pipe, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder_named = rf"process {holder.pid} on {re.escape(socket.gethostname())}, since \d{{4}}-\d\d-\d\d \d\d:"
        with pytest.raises(IndexLockedError, match=holder_named):
            build(tmp_path)
        assert "one" in open_index(tmp_path).articles  # a reader does not mind

        holder.kill()  # the kernel gives the lock back; the note stays in the file
        holder.wait()
    assert str(holder.pid) in (tmp_path / "lock").read_text()
    build(tmp_path)


def test_two_builds_in_one_process_are_kept_apart_too(tmp_path: Path) -> None:
    with write_lock(tmp_path), pytest.raises(IndexLockedError, match=f"process {os.getpid()} "):
        build(tmp_path)
    build(tmp_path)


@pytest.mark.parametrize("left", ["", '{"pid": 1, "host": "elsewhere", "since": "2020"}', "\x00garbage"])
def test_a_lock_file_that_was_left_behind_stops_no_one(tmp_path: Path, left: str) -> None:
    (tmp_path / "lock").write_text(left)
    build(tmp_path)
    assert (tmp_path / "lock").read_text() == ""


@pytest.mark.parametrize("note", ["", "[]", "not JSON", "{}"])
def test_a_holder_without_a_name_still_holds(tmp_path: Path, note: str) -> None:
    with write_lock(tmp_path):
        (tmp_path / "lock").write_text(note)
        with pytest.raises(IndexLockedError, match="another process is writing this index"):
            build(tmp_path)


def test_the_lock_is_given_back_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), write_lock(tmp_path):
        raise KeyboardInterrupt
    build(tmp_path)


def children(works: Sequence[Callable[[], object]]) -> list[str]:
    """Run each work in a child, all let off at once, and return what each said: an expected failure, or `done`."""
    gate, go = os.pipe()
    running = []
    for work in works:
        here, there = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(go)
            os.read(gate, 1)  # returns when the parent lets go of the other end
            try:
                work()
                os.write(there, b"done")
            except AskdocsError as error:
                os.write(there, str(error).encode())
            os._exit(0)
        os.close(there)
        running.append((child, here))
    os.close(go)
    os.close(gate)
    said = []
    for child, here in running:
        with os.fdopen(here) as words:
            said.append(words.read())
        assert os.waitpid(child, 0)[1] == 0
    return said


def writers_at_once(place: str, rounds: str) -> dict[str, int]:
    """Let two builds off at once: one that does not get the index is told who has it, and what is built is whole."""
    folder, whole = Path(place) / "index", Whole(Path(place) / "whole")
    counts: Counter[str] = Counter()
    for _ in range(int(rounds)):
        names = ("old", "new")
        said = dict(zip(names, children([partial(build_corpus, name, folder) for name in names]), strict=True))
        done = [name for name in names if said[name] == "done"]
        assert done
        assert whole.held(folder) in done
        for name in set(names) - set(done):
            assert HELD.fullmatch(said[name]), said[name]
        counts["both, one after the other" if len(done) > 1 else "one, and the other told"] += 1
    return dict(counts)


def first_writers_at_once(place: str, rounds: str) -> dict[str, int]:
    """Let three first builds off at once, of which two have nothing to write and leave nothing: the third is whole.

    Or it is told that another one is writing; it is never in the way of one that is tidying up.
    """
    whole = Whole(Path(place) / "whole")
    counts: Counter[str] = Counter()
    for number in range(int(rounds)):
        folder = Path(place) / f"first-{number}"
        nothing = partial(build_index, [], folder, HashEncoder(), PASSAGES)
        said = children([nothing, partial(build_corpus, "old", folder), nothing])
        for one, wanted in zip(said, ("with no passage", "done", "with no passage"), strict=True):
            assert wanted in one or HELD.fullmatch(one), said
        if said[1] == "done":
            assert whole.held(folder) == "old"
        else:  # of several that came at once, the last may not know that the folder was not there
            assert not [file for file in folder.rglob("*") if file.is_file() and file.name != "lock"]
        counts["built" if said[1] == "done" else "told"] += 1
    return dict(counts)


HELD = re.compile(r".*: (process \d+ on \S+, since .*,|another process) is writing this index; wait until it is done.*")


def pages_that_wait(ready: int) -> Iterator[Article]:
    """Yield what is read of a web page, which a child of the reader parses; tell that it is done, and wait."""
    for found in read_sources([PAGE]):
        assert isinstance(found, Article)
        yield found
        os.write(ready, b".")
        time.sleep(600)


def writers_killed(place: str, rounds: str) -> dict[str, int]:
    """Kill a build that holds the lock, with a child of its own still there: the next build goes ahead at once."""
    folder, whole = Path(place) / "index", Whole(Path(place) / "whole")
    build_corpus("old", folder)
    counts: Counter[str] = Counter()
    for number in range(int(rounds)):
        here, there = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                build_index(pages_that_wait(there), folder, HashEncoder(), PASSAGES)
            finally:
                os._exit(1)
        os.close(there)
        assert os.read(here, 1) == b"."
        os.close(here)
        with pytest.raises(IndexLockedError, match=f"process {child} on "):
            build_corpus("old", folder)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        name = ("new", "old")[number % 2]
        build_corpus(name, folder)
        assert whole.held(folder) == name
        counts["built at once"] += 1
    return dict(counts)


def test_of_two_writers_at_once_one_is_told_and_the_index_is_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rounds = size(5, 20)
    counts = run_program(__file__, "at-once", tmp_path, str(rounds))
    assert sum(counts.values()) == rounds
    tell(capsys, "two writers at once", rounds=rounds, **counts)


def test_a_first_writer_is_whole_while_others_leave_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rounds = size(10, 200)
    counts = run_program(__file__, "first-at-once", tmp_path, str(rounds))
    assert sum(counts.values()) == rounds
    tell(capsys, "first writers at once, two with nothing to write", rounds=rounds, **counts)


def test_a_writer_that_is_killed_stops_no_one_even_while_its_child_lives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rounds = size(2, 20)
    counts = run_program(__file__, "killed", tmp_path, str(rounds))
    assert sum(counts.values()) == rounds
    tell(capsys, "a writer killed holding the lock", rounds=rounds, **counts)


def test_a_path_that_the_system_refuses_is_named(tmp_path: Path) -> None:
    with pytest.raises(IndexFolderError, match="no index can be written here"), write_lock(tmp_path / ("x" * 300)):
        pass


def test_a_path_that_is_a_file_is_said_to_be_one_by_writer_and_reader(tmp_path: Path) -> None:
    file = tmp_path / "index"
    file.write_text("not an index")
    with pytest.raises(IndexFolderError, match=r"is a file, and an index is a folder; name another with: --index DIR"):
        build(file)
    with pytest.raises(IndexMissingError, match=r"is a file, and an index is a folder"):
        open_index(file)
    assert file.read_text() == "not an index"


if __name__ == "__main__":
    program({"at-once": writers_at_once, "first-at-once": first_writers_at_once, "killed": writers_killed})
