"""A disk that fails at any one call leaves the old index answering, and the build says so in one line.

The kernel itself refuses the call (`syscalls`): with EIO, with ENOSPC, or after half of a write as when a disk becomes
full. Every call that changes or secures something in the index folder has its turn, FAISS's own writes among them.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from askdocs.errors import AskdocsError, IndexMissingError
from askdocs.index import open_index
from askdocs.sample import articles_folder
from campaigns import FULL, SEED, Whole, build, bytes_in, kinds_of_files, other, program, run_program, size, tell
from syscalls import LET, SHORT, Operation, supervise, why_unsupervised

SHORTENED = "half of it, then ENOSPC"
FAULTS = {"EIO": errno.EIO, "ENOSPC": errno.ENOSPC, SHORTENED: SHORT}
BUILDS: dict[str, dict[str, Any]] = {"rebuild": {}, "clustered": {"exact_passages": 0}}
SETTLED = 4
"""After so many builds that nothing happened to, an index folder holds as many files as it ever will."""


@dataclass(slots=True)
class Fail:
    """Fails the `turn`-th change to a folder, counted from 1; without a turn it only counts them.

    `failed` is the operation whose turn it was; half of anything but a write means nothing, and is not done.
    """

    folder: Path
    turn: int = 0
    fault: int = LET
    seen: list[Operation] = field(default_factory=list)
    failed: Operation | None = None

    def __call__(self, operation: Operation) -> int:
        """Judge one operation."""
        if not (operation.changes and operation.touches(self.folder)):
            return LET
        self.seen.append(operation)
        if self.failed and self.fault == SHORT and (operation.kind, operation.path) == ("write", self.failed.path):
            return errno.ENOSPC  # a disk that is full stays full
        if len(self.seen) != self.turn or (self.fault == SHORT and operation.kind != "write"):
            return LET
        self.failed = operation
        return self.fault

    @property
    def switched(self) -> bool:
        """Whether only the disk's last word failed: the new index was in force already."""
        before = self.seen[: self.turn - 1]
        was_moved = any(one.target == self.folder / "CURRENT" for one in before)
        return self.failed is not None and self.failed.kind == "sync" and was_moved


def turns(calls: Sequence[Operation], every: int) -> Iterator[tuple[int, str]]:
    """Yield the turns and faults of a campaign: each call with each fault, or fewer.

    Where it is to be small, every n-th call and those about CURRENT fail in one way, and of every second write half
    is done, as a disk becomes full wherever it likes.
    """
    for turn, call in enumerate(calls, start=1):
        if every == 1:
            yield from ((turn, fault) for fault in FAULTS)
        elif call.kind == "write" and turn % 2:
            yield turn, SHORTENED
        elif call.is_about("CURRENT") or (turn + SEED) % every == 0:
            yield turn, list(FAULTS)[turn % 2]


def as_the_command_line_does(name: str, folder: Path, said: Path, wanted: dict[str, Any]) -> None:
    """Build, and make of an expected failure one line and exit status 1."""
    os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), sys.stderr.fileno())
    try:
        build(name, folder, **wanted)
    except AskdocsError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)


def assert_one_line_says_why(said: Path, folder: Path, fault: str) -> None:
    lines = said.read_text().splitlines()
    line, *more = [line for line in lines if not line.startswith("WARNING clustering")]  # FAISS, of so few vectors
    assert not more, lines
    assert f"{folder}: " in line
    assert os.strerror(errno.EIO if fault == "EIO" else errno.ENOSPC) in line


def calls_of(name: str, folder: Path, wanted: dict[str, Any]) -> list[Operation]:
    """Return the changes that a build makes to its folder."""
    counted = Fail(folder)
    assert supervise(partial(build, name, folder, **wanted), counted) == 0
    return counted.seen


def failing_rebuilds(kind: str, place: str, every: str) -> dict[str, int]:
    """Fail a rebuild at its first call, the next at its second, and so on, with each fault. Nobody tidies between."""
    wanted, root, folder, said = BUILDS[kind], Path(place), Path(place) / "index", Path(place) / "said"
    whole = Whole(root / "whole", **wanted)
    for name in ("old", "new") * (SETTLED // 2):
        build(name, folder, **wanted)
    files, most = kinds_of_files(folder), 4 * bytes_in(folder)
    counts: Counter[str] = Counter()
    before = "old"
    for turn, fault in turns(calls_of(before, folder, wanted), int(every)):
        judge, wish = Fail(folder, turn, FAULTS[fault]), other(before)
        status = supervise(partial(as_the_command_line_does, wish, folder, said, wanted), judge)
        after = whole.held(folder)
        if judge.failed is not None:
            told = f"{judge.failed.kind} {judge.failed.path}, {fault}: status {status}, {said.read_text()}"
            assert after in {before, wish}
            assert (status, after) in {(0, wish), (1, before)} or judge.switched, told
            assert bytes_in(folder) <= most, told
            if status:
                assert_one_line_says_why(said, folder, fault)
            counts[f"{judge.failed.kind} {'refused' if status else 'done'}"] += 1
        before = after
    for name in ("old", "new") * (SETTLED // 2):
        build(name, folder, **wanted)
    assert kinds_of_files(folder) == files
    return dict(sorted(counts.items()))


def failing_first_builds(place: str, every: str) -> dict[str, int]:
    """Fail a first build at each of its calls; afterwards there is no index, and the next build makes one."""
    root, folder, said = Path(place), Path(place) / "index", Path(place) / "said"
    whole = Whole(root / "whole")
    counts: Counter[str] = Counter()
    for turn, fault in turns(calls_of("new", root / "counted", {}), int(every)):
        judge = Fail(folder, turn, FAULTS[fault])
        status = supervise(partial(as_the_command_line_does, "old", folder, said, {}), judge)
        if judge.failed is not None:
            told = f"{judge.failed.kind} {judge.failed.path}, {fault}: status {status}, {said.read_text()}"
            assert status in {0, 1}, told
            if status:
                assert_one_line_says_why(said, folder, fault)
            if status and not judge.switched:
                with pytest.raises(IndexMissingError):
                    whole.held(folder)
            counts[f"{judge.failed.kind} {'refused' if status else 'done'}"] += 1
        build("new", folder)
        assert whole.held(folder) == "new"
        shutil.rmtree(folder)
    return dict(sorted(counts.items()))


def askdocs_index(files: list[Path], folder: Path, said: Path) -> None:
    """Become the command line, which reads files and encodes them with the encoder that askdocs ships."""
    os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), sys.stderr.fileno())
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    os.execv(sys.executable, [sys.executable, "-m", "askdocs", "index", *map(str, files), "--index", str(folder)])  # noqa: S606


def failing_command_lines(place: str, runs: str) -> dict[str, int]:
    """Fail the command line at some of its calls, spread over all of them."""
    folder, said = Path(place) / "index", Path(place) / "said"
    sources = sorted(articles_folder().glob("*.md"))
    corpora = {"old": sources[:3], "new": sources[2:5]}
    counted = Fail(folder)
    assert supervise(partial(askdocs_index, corpora["old"], folder, said), counted) == 0
    before, counts = "old", Counter[str]()
    for number in range(int(runs)):
        turn = 1 + (number * len(counted.seen) // int(runs) + SEED + 5) % len(counted.seen)
        fault = list(FAULTS)[number % 2]
        judge, wish = Fail(folder, turn, FAULTS[fault]), other(before)
        status = supervise(partial(askdocs_index, corpora[wish], folder, said), judge)
        held = set(open_index(folder).articles)
        after = next(name for name, files in corpora.items() if held == {file.stem for file in files})
        if judge.failed is not None:
            told = f"{judge.failed.kind} {judge.failed.path}, {fault}: status {status}, {said.read_text()}"
            assert (status, after) in {(0, wish), (1, before)} or judge.switched, told
            if status:
                assert_one_line_says_why(said, folder, fault)
            counts["refused" if status else "done"] += 1
        before = after
    return dict(counts)


@pytest.fixture(autouse=True, scope="module")
def _supervised() -> None:
    reason = run_program(__file__, "why")
    if reason:
        assert not os.environ.get("CI"), reason
        pytest.skip(reason)


@pytest.mark.parametrize("kind", BUILDS)
def test_a_rebuild_that_fails_at_any_call_leaves_the_old_index(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = run_program(__file__, "rebuilds", kind, tmp_path, str(size(20, 1)))
    assert sum(counts.values()) > size(5, 150)
    for wanted in ("write refused", "sync refused", "rename refused", "mkdir refused"):
        assert counts.get(wanted, 0) or not FULL
    tell(capsys, f"each call of a {kind} failing", calls=sum(counts.values()), **counts)


def test_a_first_build_that_fails_at_any_call_leaves_no_index(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = run_program(__file__, "first", tmp_path, str(size(20, 1)))
    assert sum(counts.values()) > size(5, 60)
    tell(capsys, "each call of a first build failing", calls=sum(counts.values()), **counts)


def test_a_command_line_that_fails_at_a_call_leaves_the_old_index(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = run_program(__file__, "command-line", tmp_path, str(size(1, 24)))
    assert counts["refused"]
    tell(capsys, "a call of the command line failing, bundled encoder", runs=sum(counts.values()), **counts)


if __name__ == "__main__":
    program(
        {
            "why": why_unsupervised,
            "rebuilds": failing_rebuilds,
            "first": failing_first_builds,
            "command-line": failing_command_lines,
        }
    )
