"""One writer at a time: a lock that the kernel gives back when its holder ends, however it ends.

Readers never look at it. The file stays when the lock is free; only the kernel's lock on it counts, so a file left by
a process that was killed stops no one.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from askdocs.errors import IndexFolderError, IndexLockedError
from askdocs.index.durable import make_folder
from askdocs.index.faults import NO_FOLDER, disk_errors_named
from askdocs.index.pointer import GENERATIONS

LOCK = "lock"

_TRIES = 100
"""How often a lock is tried for that others remove; a place where no file can be is not tried for ever."""


@contextmanager
def write_lock(folder: Path) -> Iterator[None]:
    """Hold the right to write an index, or fail at once. The folder is made where there is none.

    Who writes nothing leaves nothing: a lock file that was not there before, and a folder that was not, are removed.

    Raises:
        IndexLockedError: another build holds it; the message says which process, on which machine, since when.
        IndexFolderError: the lock file cannot be written; or this system has no `flock` (Windows), so that two
            builds could not be kept apart.
    """
    if sys.platform == "win32":
        raise IndexFolderError(f"{folder}: an index is built on Linux, macOS or the Windows Subsystem for Linux only")
    with disk_errors_named(folder):
        if folder.exists() and not folder.is_dir():
            raise IndexFolderError(f"{folder}: {NO_FOLDER}")
        file, before = _taken(folder)
    with file:
        try:
            with disk_errors_named(folder):
                file.truncate(0)
                file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": _now()}).encode())
            yield
        finally:
            with suppress(OSError):  # a note that stays is only out of date; the lock itself is the kernel's
                file.truncate(0)
                _leave_nothing(folder, before)


def _leave_nothing(folder: Path, before: set[str] | None) -> None:
    """Remove the lock file, held, and the folder, where nothing else came to what was there `before`."""
    came = _names(folder) - (before or set())
    if came == {LOCK, GENERATIONS} and not _names(folder / GENERATIONS):
        (folder / GENERATIONS).rmdir()
        came = {LOCK}
    if came == {LOCK}:
        (folder / LOCK).unlink()
        if before is None:
            folder.rmdir()


def _names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def _taken(folder: Path) -> tuple[IO[bytes], set[str] | None]:
    """Return the lock file, locked, and what was in the folder before; None where there was no folder.

    One that its holder removed while it was waited for here is no lock any more, and a folder may go as quickly.
    """
    for left in reversed(range(_TRIES)):
        try:
            before = _names(folder) if folder.is_dir() else None
            make_folder(folder)
            # Appending neither empties the holder's note before the lock is ours nor fails where there is no file yet.
            # Without a buffer, closing it has nothing left to write that a full disk could refuse.
            file = (folder / LOCK).open("ab+", buffering=0)
        except FileNotFoundError:
            if not left:
                raise
            continue
        try:
            _take(file, folder)
            if _is_named(file, folder / LOCK):
                return file, before
        except BaseException:
            file.close()
            raise
        file.close()
    raise IndexLockedError(f"{folder}: other builds come and go in this index; run this again")


def _is_named(file: IO[bytes], path: Path) -> bool:
    """Tell whether this path leads to an open file."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _take(file: IO[bytes], folder: Path) -> None:
    import fcntl  # noqa: PLC0415  Windows has none, and is told so above

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise IndexLockedError(
            f"{folder}: {_holder(file)} is writing this index; wait until it is done, then run this again"
        ) from error


def _holder(file: IO[bytes]) -> str:
    """Say who wrote the note in a lock file; the holder may not have got as far as writing it."""
    file.seek(0)
    try:
        note = json.loads(file.read())
        return f"process {note['pid']} on {note['host']}, since {note['since']},"
    except (ValueError, KeyError, TypeError):
        return "another process"


def _now() -> str:
    return datetime.now(tz=UTC).isoformat(sep=" ", timespec="seconds")
