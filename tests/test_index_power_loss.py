"""Power lost at any moment of a build leaves the old index or the new one, however little of it was on the disk.

A build's operations are recorded as they pass the kernel (`syscalls`), done one after another to a disk that forgets
(`power_loss`, which says what may be lost), and after each the folder is made as that disk may hold it. A killed build
is the mildest case: everything that happened is there.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.errors import IndexMissingError
from askdocs.index.upkeep import rollback
from campaigns import FULL, SEED, Whole, build, program, run_program, tell
from power_loss import FATES, Chance, Data, Disk, Everything, Fate, SyncedOnly, put, taken, written_over
from syscalls import LET, Operation, supervise, why_unsupervised

BUILDS: dict[str, dict[str, Any]] = {
    "first build": {},
    "incremental rebuild": {},
    "rollback": {},
    "rebuild": {},
    "clustered rebuild": {"exact_passages": 0},
}
NONE = "no index"
BEFORE = ("found no index", "found old", "found apart")


def recorded(victim: Callable[[], object], root: Path) -> list[Operation]:
    """Return what a victim does to a folder and all in it."""
    operations: list[Operation] = []

    def record(operation: Operation) -> int:
        if operation.changes and operation.touches(root):
            operations.append(operation)
        return LET

    assert supervise(victim, record) == 0
    return operations


def fates(coins: random.Random, chances: int) -> Iterator[Fate]:
    """Yield each way in which all of a kind is lost, and some in which chance decides."""
    yield from (fate() for fate in FATES)
    yield from (Chance(coins) for _ in range(chances))


def fingerprint(found: dict[Path, bytes | None]) -> str:
    digest = hashlib.sha256()
    for path, content in found.items():
        digest.update(f"{path}\0{'' if content is None else hashlib.sha256(content).hexdigest()}\n".encode())
    return digest.hexdigest()


def held(whole: Whole, folder: Path) -> str:
    try:
        return whole.held(folder)
    except IndexMissingError:
        return NONE


def power_losses(kind: str, place: str, every: str, chances: str, rebuilt_every: str) -> dict[str, int]:
    """Lose power after each operation of a build or a rollback (or every n-th), in all known ways and some by chance.

    Until the new index is in force for everyone, the old one is what must be found; once the build has returned, the
    new one; in between either. Every so often, the next build runs on what was found.
    """
    wanted, root, found_at = BUILDS[kind], Path(place) / "disk", Path(place) / "found"
    folder, coins = root / "index", random.Random(SEED)  # noqa: S311  repeatable, not secret
    whole = Whole(Path(place) / "whole", **wanted)
    root.mkdir()
    before = NONE
    if kind != "first build":
        before = "apart" if kind == "rebuild" else "old"
        for name in ("new", before) if kind == "rollback" else (before,):
            build(name, folder, **wanted)
    disk = Disk(root)
    victim = partial(rollback, folder) if kind == "rollback" else partial(build, "new", folder, **wanted)
    operations = recorded(victim, root)
    known: dict[str, str] = {}
    counts: Counter[str] = Counter(operations=len(operations))
    for number, operation in enumerate(operations, start=1):
        disk.do(operation)
        if (number + SEED) % int(every) and number < len(operations) and not operation.is_about("CURRENT"):
            continue
        switched = None
        for fate in (Everything(), *fates(coins, int(chances))):
            found = disk.after(fate)
            key = fingerprint(found)
            if key not in known:
                put(found, found_at)
                known[key] = held(whole, found_at / "index")
                if len(known) % int(rebuilt_every) == 0:
                    build("new", found_at / "index", **wanted)
                    assert whole.held(found_at / "index") == "new"
                    counts["built again"] += 1
                shutil.rmtree(found_at)
            if switched is None:
                switched = known[key] == "new"
            allowed = {before, "new"} if switched else {before}
            assert known[key] in (allowed if number < len(operations) else {"new"}), (
                f"{known[key]} after operation {number} of {len(operations)}, {operation.kind} {operation.path}, "
                f"and a power loss as {type(fate).__name__}"
            )
            counts[f"found {known[key]}"] += 1
    assert disk.after(Everything()) == taken(root), "the recorder missed an operation"
    return dict(counts) | {"different states": len(known)}


@pytest.fixture(scope="module")
def _supervised() -> None:
    reason = run_program(__file__, "why")
    if reason:
        assert not os.environ.get("CI"), reason
        pytest.skip(reason)


@pytest.mark.usefixtures("_supervised")
@pytest.mark.parametrize("kind", BUILDS if FULL else list(BUILDS)[:3])
def test_power_lost_at_any_operation_leaves_the_old_index_or_the_new_one(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = run_program(__file__, "lose", kind, tmp_path, *(("1", "12", "5") if FULL else ("4", "1", "20")))
    assert counts["operations"] > (5 if kind == "rollback" else 50)
    assert counts["found new"] > 0
    assert sum(number for outcome, number in counts.items() if outcome in BEFORE) > 5
    tell(capsys, f"power lost at each operation of a {kind}", **counts)


def test_what_was_not_synced_may_be_lost_and_what_was_is_kept(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"old")
    disk = Disk(tmp_path)
    for operation in (
        Operation("open", tmp_path / "new", flags=os.O_CREAT | os.O_WRONLY),
        Operation("write", tmp_path / "new", content=b"new"),
    ):
        disk.do(operation)
    assert disk.after(SyncedOnly()) == {Path("old"): b"old"}
    disk.do(Operation("sync", tmp_path / "new"))
    assert disk.after(SyncedOnly()) == {Path("old"): b"old"}, "a file's sync does not bring its name to the disk"
    disk.do(Operation("rename", tmp_path / "new", target=tmp_path / "old"))
    assert disk.after(SyncedOnly()) == {Path("old"): b"old"}
    assert disk.after(Everything()) == {Path("old"): b"new"}
    disk.do(Operation("sync", tmp_path))
    assert disk.after(SyncedOnly()) == {Path("old"): b"new"}
    disk.do(Operation("unlink", tmp_path / "old"))
    assert disk.after(SyncedOnly()) == {Path("old"): b"new"}
    assert disk.after(Everything()) == {}


def test_a_rename_that_overtook_its_files_contents_leaves_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "CURRENT").write_bytes(b"old")
    disk = Disk(tmp_path)
    disk.do(Operation("open", tmp_path / "beside", flags=os.O_CREAT | os.O_WRONLY))
    disk.do(Operation("write", tmp_path / "beside", content=b"new"))
    disk.do(Operation("rename", tmp_path / "beside", target=tmp_path / "CURRENT"))
    found = {disk.after(fate())[Path("CURRENT")] for fate in FATES}
    assert found == {b"old", b"new", b"", b"\0\0\0"}


@given(st.lists(st.tuples(st.integers(0, 20), st.binary(max_size=20) | st.none()), max_size=6), st.randoms())
def test_a_file_by_chance_is_made_of_what_was_written_to_it(
    writes: list[tuple[int, bytes | None]], coins: random.Random
) -> None:
    content, longest = b"", 0
    for offset, written in writes:
        data = Data(offset, written)
        whole = written_over(content, data)
        longest = max(longest, len(whole))
        kept = Chance(coins).kept(data, content)
        assert len(kept) in range(min(len(content), len(whole)), max(len(content), len(whole)) + 1)
        assert all(
            byte in {before, after, 0}
            for byte, before, after in zip(
                kept, content.ljust(longest, b"\0"), whole.ljust(longest, b"\0"), strict=False
            )
        )
        content = kept


if __name__ == "__main__":
    program({"why": why_unsupervised, "lose": power_losses})
