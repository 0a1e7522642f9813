"""Bytes to a disk that may lose power: a call that returns has left its bytes there for good."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path


def sync(descriptor: int) -> None:
    """Bring an open file or folder to the disk. On macOS `fsync` gets no further than the disk's own memory."""
    if sys.platform == "darwin":
        import fcntl  # noqa: PLC0415  Windows has none

        with suppress(OSError):  # a network share may not know it
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable: renaming a file is safe only once its folder is on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder where there is none, and those above it; the name of each is on the disk before the next."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def write_durably(path: Path, content: bytes) -> None:
    """Replace a file in one step: whoever opens it reads the old bytes or the new ones, never a mixture."""
    beside = path.with_name(f"{path.name}.new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        sync(file.fileno())
    beside.replace(path)
    sync_folder(path.parent)
