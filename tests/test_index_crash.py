"""A build that is killed leaves the old index or the new one, whole. `ASKDOCS_KILLS=1000 pytest ...` kills more often.

Run as a program, this file is the victim: it loads everything once and forks a child for each death, so that a death
costs milliseconds. It prints, for each, which of the two corpora the index then held.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from askdocs.datatypes import Article
from askdocs.errors import IndexMissingError
from askdocs.index import build_index, open_index
from askdocs.passages import passages_of
from askdocs.settings import PassageSettings
from askdocs.terms import terms
from fakes import HashEncoder

SETTINGS = PassageSettings(tokens=30)
CORPORA = {
    name: [
        Article.of(
            id=f"{name}/{number}",
            text=" ".join(f"The {name} article {number} has a sentence {line}." for line in range(4)),
        )
        for number in range(3)
    ]
    for name in ("old", "new")
}
KILLS = int(os.environ.get("ASKDOCS_KILLS", "5"))
SEED = int(os.environ.get("ASKDOCS_KILL_SEED", "0"))


def build(corpus: str, folder: Path) -> None:
    build_index(CORPORA[corpus], folder, HashEncoder(), SETTINGS)


def corpus_in(folder: Path) -> str:
    """Name the corpus that an index holds: all of it, and nothing of the other, in every part."""
    index = open_index(folder)
    corpus = index.articles.id_at(0).split("/")[0]
    wanted = sorted(CORPORA[corpus], key=lambda article: article.id)
    assert list(index.articles.values()) == wanted
    assert list(index.passages) == [passage for article in wanted for passage in passages_of(article, SETTINGS)]
    assert index.lexical.scores(terms(corpus)).all()
    assert len(index.dense) == len(index.lexical) == len(index.passages)
    return corpus


def other(corpus: str) -> str:
    return "new" if corpus == "old" else "old"


def killed_at_each_step(folder: Path) -> list[str]:
    """Kill a build before its first operation on the system, the next before its second, and so on to the last.

    The operations are Python's audit events of files: open, rename, unlink, mkdir, rmdir, listing, lock. Returns for
    each death whether the index from before it was in force afterwards (`before`) or the one being built (`after`).
    """
    outcomes: list[str] = []
    step = 0
    while True:
        step += 1
        before = corpus_in(folder)
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
            return outcomes
        outcomes.append("before" if corpus_in(folder) == before else "after")


def killed_at_random(folder: Path) -> list[str]:
    """Build the two corpora in turn, over and over, and kill that at a random moment; read all the while."""
    moments = random.Random(SEED)  # noqa: S311  repeatable, not secret
    outcomes = []
    for _ in range(KILLS):
        child = os.fork()
        if child == 0:
            while True:
                build(other(corpus_in(folder)), folder)
        until = time.monotonic() + moments.uniform(0, 0.3)
        try:
            while time.monotonic() < until:
                corpus_in(folder)
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        outcomes.append(corpus_in(folder))
    return outcomes


def run_victim(plan: str, folder: Path) -> list[str]:
    run = subprocess.run([sys.executable, __file__, plan, str(folder)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    outcomes: list[str] = json.loads(run.stdout)
    return outcomes


def assert_only_two_generations_are_left(folder: Path) -> None:
    build("new", folder)
    assert corpus_in(folder) == "new"
    assert sorted(entry.name for entry in folder.iterdir()) == ["CURRENT", "generations", "lock"]
    names = [entry.name for entry in (folder / "generations").iterdir()]
    assert len(names) == 2
    assert (folder / "CURRENT").read_text().split()[0] in names


def test_a_build_killed_at_any_step_leaves_the_old_index_or_the_new_one(tmp_path: Path) -> None:
    outcomes = run_victim("each-step", tmp_path)
    assert len(outcomes) > 40
    switch = outcomes.index("after")
    assert set(outcomes[:switch]) == {"before"}
    assert set(outcomes[switch:]) == {"after"}
    assert_only_two_generations_are_left(tmp_path)


def test_a_build_killed_at_any_moment_leaves_the_old_index_or_the_new_one(tmp_path: Path) -> None:
    outcomes = run_victim("random", tmp_path)
    assert len(outcomes) == KILLS
    assert_only_two_generations_are_left(tmp_path)


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
    place = Path(sys.argv[2])
    build("old", place)
    sys.stdout.write(json.dumps({"each-step": killed_at_each_step, "random": killed_at_random}[sys.argv[1]](place)))
