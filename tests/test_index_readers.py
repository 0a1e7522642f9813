"""Readers ask while builds put one generation after another in force: no error, and no answer from two generations.

Run as a program, this file is a reader. Each sentence of an edition says which edition it is from, and each edition's
answers were noted when it was built by itself, so an answer is right only if it is, to the last figure, what one
edition answers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from askdocs.datatypes import Answer
from askdocs.index import build_index, open_index
from askdocs.library import Library
from campaigns import PASSAGES, QUESTIONS, SETTINGS, Whole, corpus, library_in, size, tell
from fakes import HashEncoder

REBUILDS = size(4, 20)
EDITIONS = [f"e{number}" for number in range(REBUILDS + 1)]
CORPORA = {edition: corpus(edition) for edition in EDITIONS}
THREADS = 2
WAYS = ("opens again", "opens again", "follows", "takes snapshots")
"""What the reading processes do, each with two readers: open the index for each question; share one library that is
never opened again; take a snapshot of such a library for each question."""


def libraries(way: str, folder: Path) -> Callable[[], Library]:
    """Return what gives a reader the library for its next question."""
    if way == "opens again":
        return lambda: library_in(folder)
    followed = Library(open_index(folder), HashEncoder(), SETTINGS, live=True)
    return followed.snapshot if way == "takes snapshots" else lambda: followed


class Reader(Thread):
    """Asks until it is told to stop, and notes which edition gave each answer."""

    def __init__(self, library: Callable[[], Library], known: dict[str, list[Answer]], until: Path) -> None:
        super().__init__()
        self._library, self._known, self._until = library, known, until
        self.seen: list[int] = []
        self.faults: list[str] = []

    def run(self) -> None:
        """Ask one question after another."""
        asked = 0
        while not self._until.exists():
            number = asked % len(QUESTIONS)
            asked += 1
            try:
                library = self._library()
                answer = library.ask(QUESTIONS[number])
                editions = [name for name, answers in self._known.items() if answers[number] == answer]
                if len(editions) == 1:
                    self.seen.append(EDITIONS.index(editions[0]))
                else:
                    self.faults.append(f"no edition answers so: {answer}")
            except Exception as error:  # noqa: BLE001  whatever it is, it is what this campaign looks for
                self.faults.append(f"{type(error).__name__}: {error}")


def read(way: str, folder: Path, whole: Path, started: Path, until: Path) -> dict[str, Any]:
    """Be a process of readers."""
    known = {edition: [library_in(whole / edition).ask(question) for question in QUESTIONS] for edition in EDITIONS}
    library = libraries(way, folder)
    readers = [Reader(library, known, until) for _ in range(THREADS)]
    for reader in readers:
        reader.start()
    started.touch()
    for reader in readers:
        reader.join()
    return {
        "answers": sum(len(reader.seen) for reader in readers),
        "editions": sorted({edition for reader in readers for edition in reader.seen}),
        "back": sum(after < before for reader in readers for before, after in pairwise(reader.seen)),
        "last": [reader.seen[-1] for reader in readers],
        "faults": [fault for reader in readers for fault in reader.faults],
    }


def test_readers_get_the_answers_of_one_edition_while_builds_switch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, folder, until = tmp_path / "whole", tmp_path / "index", tmp_path / "until"
    answers = Whole(whole, CORPORA).answers
    for number in range(len(QUESTIONS)):
        assert len({answers(edition)[number] for edition in EDITIONS}) == len(EDITIONS)
    build_index(CORPORA["e0"], folder, HashEncoder(), PASSAGES)
    with ExitStack() as processes:
        readers = []
        for number, way in enumerate(WAYS):
            arguments = [way, folder, whole, tmp_path / f"started-{number}", until]
            reader = subprocess.Popen(
                [sys.executable, __file__, *map(str, arguments)],
                env=os.environ | {"OMP_NUM_THREADS": "1"},
                stdout=subprocess.PIPE,
                text=True,
            )
            processes.callback(reader.kill)
            readers.append(processes.enter_context(reader))
        while len(list(tmp_path.glob("started-*"))) < len(WAYS):
            assert all(reader.poll() is None for reader in readers)
            time.sleep(0.05)
        for edition in EDITIONS[1:]:
            build_index(CORPORA[edition], folder, HashEncoder(), PASSAGES)
            time.sleep(0.1)  # some edition must be asked: builds this small would come and go between two questions
        time.sleep(0.5)
        until.touch()
        told = [json.loads(reader.communicate()[0]) for reader in readers]
    for way, one in zip(WAYS, told, strict=True):
        assert not one["faults"], f"{way}: {one['faults'][:3]}"
        assert one["back"] == 0, f"{way}: went back to an edition that was not in force any more"
        assert one["last"] == [REBUILDS] * THREADS, f"{way}: did not come to the last edition"
        assert len(one["editions"]) > 1
    tell(
        capsys,
        "8 readers while rebuilds switch",
        rebuilds=REBUILDS,
        answers=sum(one["answers"] for one in told),
        editions=[len(one["editions"]) for one in told],
        errors=0,
        mixed=0,
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(read(sys.argv[1], *map(Path, sys.argv[2:]))))
