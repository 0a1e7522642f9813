"""What answers to what is in force on the disk: a cheap look before each question, and the newer one opened once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from askdocs.errors import AskdocsError

if TYPE_CHECKING:
    from askdocs.index import OpenIndex
    from askdocs.opened import Opened

PAUSE_SECONDS = 60.0
"""After a failure the same files are tried again no sooner: reading all of a large index takes seconds."""

_Stamp = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Fixed:
    """What answers, and goes on to, whatever is in force on the disk. `fault` is there for likeness with `Followed`."""

    opened: Opened
    fault: None = None

    def newest(self) -> Opened:
        """Return what answers."""
        return self.opened


class Followed:
    """What answers, and whether that is what is in force. Safe to share between threads.

    `fault` says why what is in force cannot answer, where that is so. `make` gives what answers from an open index, and
    raises AskdocsError where that cannot be.
    """

    def __init__(
        self, opened: Opened, make: Callable[[OpenIndex], Opened], *, pause_seconds: float = PAUSE_SECONDS
    ) -> None:
        from askdocs.answering.calibration import CALIBRATION  # noqa: PLC0415  numpy, which help does without
        from askdocs.index.pointer import POINTER  # noqa: PLC0415

        folder = opened.index.folder
        self._files = (folder / POINTER, folder / CALIBRATION)
        self._make = make
        self._pause = pause_seconds
        self._opening = threading.Lock()
        self._seen: tuple[_Stamp | None, ...] = ()  # none that can be seen: the first question compares with the disk
        self._again = 0.0
        self.opened = opened
        self.fault: str | None = None

    def newest(self) -> Opened:
        """Return what is in force, opened by this call where nobody had yet; what answered before while others do.

        Costs two looks at a file's properties, unless something changed.
        """
        if self._changed() and self._opening.acquire(blocking=False):
            try:
                if self._changed():
                    self._open()
            finally:
                self._opening.release()
        return self.opened

    def _changed(self) -> bool:
        return self._stamps() != self._seen or (self.fault is not None and monotonic() >= self._again)

    def _open(self) -> None:
        """Replace what answers by what is in force, or say why that cannot be."""
        seen = self._stamps()  # before anything is read: what changes meanwhile is seen by the next question
        try:
            newer = self._in_force()
        except AskdocsError as error:
            created = self.opened.index.manifest.created
            self.fault = f"answers still come from the index of {created}, as what is in force cannot be used: {error}"
            self._again = monotonic() + self._pause
        else:
            self.opened, self.fault = newer, None
        self._seen = seen

    def _in_force(self) -> Opened:
        """Open what is in force, but for what is open already.

        Raises:
            AskdocsError: it cannot be opened, or cannot answer.
        """
        from askdocs.index import open_index  # noqa: PLC0415
        from askdocs.index.pointer import read_pointer  # noqa: PLC0415

        index = self.opened.index
        if read_pointer(index.folder) != index.pointer:
            index = open_index(index.folder)
        newer = self._make(index)
        newer.prepare()
        return newer

    def _stamps(self) -> tuple[_Stamp | None, ...]:
        return tuple(map(_stamp, self._files))


def _stamp(file: Path) -> _Stamp | None:
    """Return what tells a file from the one that replaces it; nothing for one that cannot be seen."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
