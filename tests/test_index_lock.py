"""One writer at a time, and no lock outlives its holder."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from askdocs.datatypes import Article
from askdocs.errors import IndexFolderError, IndexLockedError, IndexMissingError
from askdocs.index import build_index, open_index
from askdocs.index.lock import write_lock
from askdocs.settings import PassageSettings
from fakes import HashEncoder

ARTICLES = [Article.of(id="one", text="One article.")]
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


def test_a_path_that_is_a_file_is_said_to_be_one_by_writer_and_reader(tmp_path: Path) -> None:
    file = tmp_path / "index"
    file.write_text("not an index")
    with pytest.raises(IndexFolderError, match=r"is a file, and an index is a folder; name another with: --index DIR"):
        build(file)
    with pytest.raises(IndexMissingError, match=r"is a file, and an index is a folder"):
        open_index(file)
    assert file.read_text() == "not an index"
