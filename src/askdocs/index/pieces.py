"""A large file to the few pieces of it that a question needs: read when they are asked for, kept by nobody.

A mapped file would do as well, but every page that was ever touched would count as this program's memory.
"""

from __future__ import annotations

import os
import sys
import weakref
from pathlib import Path

from askdocs.errors import IndexDamagedError, IndexFolderError


class Pieces:
    """A file held open for reading. Safe in threads; closed when it is no longer used.

    Raises:
        OSError: the file cannot be opened.
        IndexFolderError: this system has no `pread` (Windows), so that threads would read each other's pieces.
    """

    def __init__(self, path: Path) -> None:
        if sys.platform == "win32":
            raise IndexFolderError(f"{path}: an index is read on Linux, macOS or the Windows Subsystem for Linux only")
        self._path = path
        self._file = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)
        self.size = os.fstat(self._file).st_size

    def read(self, start: int, count: int) -> bytes:
        """Return `count` bytes from `start` on.

        Raises:
            IndexDamagedError: the file has become shorter since it was opened.
        """
        piece = os.pread(self._file, count, start)
        while len(piece) < count:  # the system may give less than was asked for, but at the end it gives nothing
            more = os.pread(self._file, count - len(piece), start + len(piece))
            if not more:
                raise IndexDamagedError(f"{self._path} became shorter while it was open; build the index again")
            piece += more
        return piece
