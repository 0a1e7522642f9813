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

LOCK = "lock"


@contextmanager
def write_lock(folder: Path) -> Iterator[None]:
    """Hold the right to write an index, or fail at once. The folder is made where there is none.

    Raises:
        IndexLockedError: another build holds it; the message says which process, on which machine, since when.
        IndexFolderError: the lock file cannot be written; or this system has no `flock` (Windows), so that two
            builds could not be kept apart.
    """
    if sys.platform == "win32":
        raise IndexFolderError(f"{folder}: an index is built on Linux, macOS or the Windows Subsystem for Linux only")
    if folder.exists() and not folder.is_dir():
        raise IndexFolderError(f"{folder}: {NO_FOLDER}")
    with disk_errors_named(folder):
        make_folder(folder)
        # Appending neither empties the holder's note before the lock is ours nor fails where there is no file yet.
        # Without a buffer, closing it has nothing left to write that a full disk could refuse.
        file = (folder / LOCK).open("ab+", buffering=0)
    with file:
        with disk_errors_named(folder):
            _take(file, folder)
            file.truncate(0)
            file.write(json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": _now()}).encode())
        try:
            yield
        finally:
            with suppress(OSError):  # a note that stays is only out of date; the lock itself is the kernel's
                file.truncate(0)


def _take(file: IO[bytes], folder: Path) -> None:
    import fcntl  # noqa: PLC0415  Windows has none, and reading an index must work there

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
