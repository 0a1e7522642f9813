"""A build that is killed leaves the old index or the new one, whole.

Run as a program, this file is the victim: it loads everything once and forks a child for each death, so that a death
costs milliseconds. One campaign kills the command line itself, with the encoder that askdocs ships.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from askdocs.datatypes import Article
from askdocs.encoding import Encoder
from askdocs.errors import IndexMissingError
from askdocs.index import build_index, open_index
from askdocs.library import Library
from askdocs.reading import read_sources
from askdocs.sample import articles_folder, example_questions
from askdocs.settings import Settings
from campaigns import SEED, Whole, build, kinds_of_files, other, program, run_program, size, tell

KINDS = ("first build", "rebuild", "incremental rebuild", "resumed build")
SETTLED = 4
"""After so many builds that nothing happened to, an index folder holds as many files as it ever will."""


def settled(folder: Path) -> Counter[str]:
    """Build until nothing is left of earlier deaths, and count the files."""
    for name in ("old", "new") * (SETTLED // 2):
        build(name, folder)
    return kinds_of_files(folder)


def killed_at_each_step(place: str, every: str) -> list[str]:
    """Kill a build before its first operation on the system, a later one before a later one, and so on to the last.

    The operations are Python's audit events of files: open, rename, unlink, mkdir, rmdir, listing, lock. Returns for
    each death whether the index from before it was in force afterwards (`before`) or the one being built (`after`).
    """
    folder, whole = Path(place) / "index", Whole(Path(place) / "whole")
    files = settled(folder)
    outcomes: list[str] = []
    for step in count(1, int(every)):
        before = whole.held(folder)
        child = os.fork()
        if child == 0:
            left = step

            def count_down(event: str, _arguments: tuple[Any, ...]) -> None:
                nonlocal left
                left -= event.startswith(("open", "os.", "fcntl."))
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

            sys.addaudithook(count_down)
            build(other(before), folder)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0
            break
        outcomes.append("before" if whole.held(folder) == before else "after")
    assert settled(folder) == files
    return outcomes


def forked(name: str, folder: Path) -> int:
    """Begin a build in a child, and return that."""
    child = os.fork()
    if child == 0:
        build(name, folder)
        os._exit(0)
    return child


def seconds_of(name: str, folder: Path) -> float:
    """Return how long a child takes to build, at most of three times."""
    times = []
    for _ in range(3):
        began = time.monotonic()
        os.waitpid(forked(name, folder), 0)
        times.append(time.monotonic() - began)
    return max(times)


def killed_at_random(place: str, kills: str) -> dict[str, int]:
    """Kill builds at random moments: first ones, rebuilds of all and of a part, and one and the same up to three times.

    After each death the index is opened, read and asked; now and then a build is let through after it, and always one
    that was killed more than once, which goes on with what those before it had encoded.
    """
    folder, whole = Path(place) / "index", Whole(Path(place) / "whole")
    files, longest = settled(folder), seconds_of("new", folder)
    moments = random.Random(SEED)  # noqa: S311  repeatable, not secret
    counts: Counter[str] = Counter()
    for number in range(int(kills)):
        kind = KINDS[number % len(KINDS)]
        at = Path(place) / f"first-{number}" if kind == "first build" else folder
        before, wish = beginning(kind, at, whole)
        for _ in range(moments.randint(2, 3) if kind == "resumed build" else 1):
            child = forked(wish, at)
            time.sleep(moments.uniform(0, 1.1 * longest))
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            try:
                after = whole.held(at)
            except IndexMissingError:
                after = None
            assert after in {before, wish}, f"{kind}: {after}"
            counts[
                f"{kind} {'killed' if os.WIFSIGNALED(status) else 'done'}: {'old' if after == before else 'new'}"
            ] += 1
            counts["a journal was left"] += (at / "journal").exists()
        if kind == "resumed build" or number % 10 == 0:
            build(wish, at)
            assert whole.held(at) == wish
    assert settled(folder) == files
    return dict(counts)


def beginning(kind: str, at: Path, whole: Whole) -> tuple[str | None, str]:
    """Return what an index holds before a build of a kind, and what it is to hold afterwards."""
    if kind == "first build":
        return None, "old"
    before = whole.held(at)
    if kind == "rebuild":
        return before, "old" if before == "apart" else "apart"
    if before == "apart":
        build("old", at)
        before = "old"
    return before, other(before)


def test_a_build_killed_at_any_step_leaves_the_old_index_or_the_new_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes = run_program(__file__, "each-step", tmp_path, str(size(15, 1)))
    assert len(outcomes) > size(10, 100)
    switch = outcomes.index("after")
    assert set(outcomes[:switch]) == {"before"}
    assert set(outcomes[switch:]) == {"after"}
    tell(capsys, "kill -9 before each operation of a rebuild", kills=len(outcomes), **Counter(outcomes))


def test_a_build_killed_at_any_moment_leaves_the_old_index_or_the_new_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kills = size(8, 200)
    counts = run_program(__file__, "random", tmp_path, str(kills))
    killed = sum(number for outcome, number in counts.items() if ": " in outcome)
    assert killed >= kills
    tell(capsys, "kill -9 at random moments of a build", kills=killed, **counts)


def test_a_command_line_killed_at_any_moment_leaves_the_old_index_or_the_new_one(
    encoder: Encoder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sources = sorted(articles_folder().glob("*.md"))
    corpora = {"old": sources[:3], "new": sources[2:5]}
    settings, question = Settings(), example_questions()[0]
    known = {}
    for name, files in corpora.items():
        articles = [found for found in read_sources(files) if isinstance(found, Article)]
        build_index(articles, tmp_path / name, encoder, settings.passages)
        known[name] = asked(tmp_path / name, encoder, question)
    folder, began = tmp_path / "index", time.monotonic()
    with command_line(corpora["old"], folder) as whole:
        assert whole.wait() == 0
    longest = time.monotonic() - began
    moments = random.Random(SEED)  # noqa: S311  repeatable, not secret
    counts: Counter[str] = Counter()
    before = "old"
    for _ in range(size(1, 24)):
        with command_line(corpora[other(before)], folder) as killed:
            time.sleep(moments.uniform(0, 1.1 * longest))
            killed.kill()
        after = next(name for name, answers in known.items() if answers == asked(folder, encoder, question))
        counts["old" if after == before else "new"] += 1
        before = after
    tell(capsys, "kill -9 of the command line with the bundled encoder", kills=sum(counts.values()), **counts)


def command_line(files: list[Path], folder: Path) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-m", "askdocs", "index", *map(str, files), "--index", str(folder)]
    return subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def asked(folder: Path, encoder: Encoder, question: str) -> tuple[Any, ...]:
    """Return all that an index holds, and what it finds and answers."""
    library = Library(open_index(folder), encoder, Settings())
    articles = [library.article(one.id) for one in library.articles]
    return articles, library.search(question, k=100), library.ask(question)


def test_a_first_build_that_was_killed_leaves_no_index(tmp_path: Path) -> None:
    (tmp_path / "generations" / ".building").mkdir(parents=True)
    (tmp_path / "generations" / ".building" / "articles.txt").write_text("The first half of")
    (tmp_path / "generations" / "20261122T141500123456Z-3f2a9c01").mkdir()
    with pytest.raises(IndexMissingError):
        open_index(tmp_path)
    build("old", tmp_path)
    build_folder = tmp_path / "generations"
    assert [entry.name for entry in build_folder.iterdir()] == [(tmp_path / "CURRENT").read_text().split()[0]]


if __name__ == "__main__":
    program({"each-step": killed_at_each_step, "random": killed_at_random})
