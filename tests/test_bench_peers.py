"""The comparison with other systems, run with tiny programs in their place: turns taken, failures named, tables."""

from __future__ import annotations

import importlib.util
import json
import math
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

SCRIPT = Path(__file__).parents[1] / "eval" / "bench" / "peers.py"

FAKE = """
from pathlib import Path

class System:
    DISTRIBUTION = "numpy"

    def __init__(self, model):
        print("a library that talks on standard output")
        self.name = Path(__file__).stem

    def build(self, articles, folder):
        with (folder.parents[1] / "order").open("a") as order:
            order.write(self.name + " ")
        {build}
        return [article["text"] for article in articles]

    def adopt(self, passages, vectors, folder):
        folder.mkdir()
        (folder / "passages").write_text("|".join(passages))

    def open(self, folder):
        passages = (folder / "passages").read_text().split("|")
        return {{"passages": lambda question: passages[:2]}}
"""

ROWS = [
    {"id": "harbour", "title": "Harbour", "text": "Dockers stopped work at noon. The ferry stayed in the harbour."},
    {"id": "bridge", "title": "Bridge", "text": "The council voted to close the bridge. It opens again in spring."},
    {"id": "library", "title": "Library", "text": "The library lends telescopes. Readers queue for them in August."},
]


@pytest.fixture(scope="module")
def peers() -> Any:
    """The script, as a module."""
    spec = importlib.util.spec_from_file_location("bench_peers", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module  # a dataclass looks its own module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def data(peers: Any, tmp_path: Path) -> Any:
    """A dataset of three articles and two questions."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "articles.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    questions = ["Who stopped work?", "What does the library lend?"]
    (folder / "questions.jsonl").write_text("".join(json.dumps({"question": one}) + "\n" for one in questions))
    return peers.Data.of(folder)


@pytest.fixture
def bench(peers: Any, tmp_path: Path) -> Any:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return peers.Bench(tmp_path / "cache", scratch)


def fake(peers: Any, folder: Path, name: str, build: str = "pass") -> Any:
    """A system whose build runs a statement."""
    program = folder / f"{name}.py"
    program.write_text(FAKE.format(build=build))
    return peers.Peer(name, program, None)


def test_a_system_that_fails_is_named_with_its_reason_and_the_others_run_in_turn(
    peers: Any, bench: Any, data: Any, tmp_path: Path
) -> None:
    systems = [
        fake(peers, tmp_path, "first"),
        fake(peers, tmp_path, "broken", "raise RuntimeError('wants a model of the hub')"),
        fake(peers, tmp_path, "second"),
    ]

    entries = peers.compare_builds(bench, systems, data, articles=2, runs=3)

    assert [len(entry.results) for entry in entries] == [3, 0, 3]
    assert (bench.scratch / "order").read_text().split() == ["first", "broken", "second", *["first", "second"] * 2]
    assert entries[1].failed == "cannot build: RuntimeError: wants a model of the hub"
    head, first, second, failed = peers.build_table(entries, entries[0])
    assert head.split()[:3] == ["version", "passages", "characters"]
    assert first.split()[0] == "first"
    assert first.split()[2] == "2", "two articles, each one passage"
    assert first.split()[-4:] == ["x", "1.0", "x", "1.0"]
    assert second.startswith("second")
    assert len(head) == len(first) == len(second)
    assert failed == "broken: cannot build: RuntimeError: wants a model of the hub"


def test_a_system_that_dies_without_a_word_is_named_with_its_status(
    peers: Any, bench: Any, data: Any, tmp_path: Path
) -> None:
    program = tmp_path / "silent.py"
    program.write_text("import os\nos._exit(7)\n")
    silent = peers.Peer("silent", program, None)

    (entry,) = peers.compare_builds(bench, [silent], data, articles=1, runs=1)

    assert entry.failed == "cannot build: ended with status 7 and said nothing"
    assert peers.build_table([entry], entry)[1:] == [f"silent: {entry.failed}"]


def test_the_reference_that_fails_leaves_the_others_without_a_factor(
    peers: Any, bench: Any, data: Any, tmp_path: Path
) -> None:
    systems = [fake(peers, tmp_path, "broken", "raise OSError('disk')"), fake(peers, tmp_path, "sound")]

    entries = peers.compare_builds(bench, systems, data, articles=1, runs=1)

    assert peers.build_table(entries, entries[0])[1].split()[-2:] == ["-", "-"]


def test_a_peer_is_asked_about_the_passages_that_askdocs_cut(peers: Any, bench: Any, data: Any, tmp_path: Path) -> None:
    made, entries = peers.compare_questions(
        bench, [peers.OURS, fake(peers, tmp_path, "fake")], data, passages=3, questions=2, runs=2
    )

    assert made == 3
    adopted = (bench.scratch / "questions" / "fake" / "passages").read_text().split("|")
    assert adopted == [row["text"] for row in sorted(ROWS, key=lambda row: row["id"])]
    head, quotes, passages, other = peers.question_table(entries)
    assert head.split()[0] == "returns"
    assert quotes.split()[::2][:2] == ["askdocs", "quotes"]
    assert passages.split()[:3] == ["askdocs", "3.0", "passages"]
    assert other.split()[:3] == ["fake", "2.0", "passages"]
    assert [len(result["asked"]["passages"]["milliseconds"]) for result in entries[1].results] == [2, 2]


def test_an_interrupted_program_ends_with_all_that_it_started(peers: Any, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    program = (
        "import pathlib, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"pathlib.Path({str(pid)!r}).write_text(str(child.pid))\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    with (  # noqa: PT012  the interruption is the last of it
        pytest.raises(KeyboardInterrupt),
        peers.running([sys.executable, "-c", program], None) as child,
    ):
        assert child.stdout.readline() == "ready\n"
        raise KeyboardInterrupt
    child.stdout.close()

    assert child.returncode == -9
    if not Path("/proc/self/status").is_file():
        pytest.skip("whether the grandchild is gone is read in /proc")
    status = Path("/proc", pid.read_text(), "status")
    for _ in range(100):  # a killed process is still there for a moment, and stays as a zombie where nobody reaps it
        if not status.is_file() or "State:\tZ" in status.read_text():
            break
        time.sleep(0.1)
    else:
        pytest.fail("the grandchild runs on")


def test_the_reason_is_the_last_error_of_pip_or_of_python(peers: Any) -> None:
    pip = "WARNING: slow\nERROR: No matching distribution found for txtai==0\n\n[notice] a new release of pip\n"
    python = "Traceback (most recent call last):\nValueError: first\n\nhub.errors.OfflineError: no hub\n  see docs\n"

    assert (
        peers.reason_in(pip, "install txtai", 1)
        == "cannot install txtai: ERROR: No matching distribution found for txtai==0"
    )
    assert peers.reason_in(python, "ask, 1 of 3", 1) == "cannot ask: hub.errors.OfflineError: no hub"


def test_every_peer_pins_what_it_installs(peers: Any) -> None:
    assert [peer.name for peer in peers.PEERS] == ["txtai", "llamaindex", "haystack", "verbatim_rag"]
    for peer in peers.PEERS:
        assert peer.program.is_file()
        assert all("==" in requirement for requirement in peer.requirements)


def test_only_the_peers_that_are_named_run(peers: Any) -> None:
    assert [peer.name for peer in peers.chosen_peers(["haystack"])] == ["askdocs", "haystack"]
    assert len(peers.chosen_peers(None)) == 5


@given(values=st.lists(st.floats(0, 1e6), min_size=1), share=st.sampled_from([0.05, 0.5, 0.95, 1.0]))
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(
    peers: Any, values: list[float], share: float
) -> None:
    found = peers.percentile(sorted(values), share)

    enough = [one for one in values if sum(other <= one for other in values) >= math.ceil(share * len(values))]
    assert found == min(enough)
