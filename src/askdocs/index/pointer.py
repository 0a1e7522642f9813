"""The one line that says which generation is in force, and the sha256 of its manifest. The only file ever replaced.

Readers follow it once, when they open; a build replaces it once, when everything else is on the disk. Which of the two
generations a reader gets is decided by that one atomic rename.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from askdocs.errors import IndexDamagedError, IndexFolderError, IndexMissingError
from askdocs.index.durable import write_durably
from askdocs.index.faults import damaged, mended_pointer, missing

POINTER = "CURRENT"
GENERATIONS = "generations"

_NAME = r"[0-9]{8}T[0-9]{12}Z-[0-9a-f]{8}"
_LINE = re.compile(rf"(?P<generation>{_NAME}) (?P<manifest>[0-9a-f]{{64}})\n".encode())
_LONGER_THAN_A_LINE = 1_000


@dataclass(frozen=True, slots=True)
class Pointer:
    """A generation's name, for example `20261122T141500123456Z-3f2a9c01`, and the hex sha256 of its manifest."""

    generation: str
    manifest_sha256: str

    def folder_in(self, index: Path) -> Path:
        """Return the folder of this generation."""
        return index / GENERATIONS / self.generation


def is_generation(name: str) -> bool:
    """Tell whether a generation's folder can have this name; one that is being built has another."""
    return re.fullmatch(_NAME, name, re.ASCII) is not None


def has_generations(folder: Path) -> bool:
    """Tell whether there are generations in an index folder, in force or not."""
    try:
        return any(is_generation(entry.name) for entry in (folder / GENERATIONS).iterdir())
    except OSError:
        return False


def read_pointer(folder: Path) -> Pointer:
    """Return what is in force in an index folder.

    Raises:
        IndexMissingError: nothing was ever built here, or nothing says any more what is in force.
        IndexDamagedError: the file holds something else.
        IndexFolderError: the file cannot be read.
    """
    try:
        with (folder / POINTER).open("rb") as file:
            line = file.read(_LONGER_THAN_A_LINE)
    except (FileNotFoundError, NotADirectoryError) as error:
        if not has_generations(folder):
            raise missing(folder) from error
        raise IndexMissingError(
            f"{folder}: no generation is in force, as {POINTER} is gone; {mended_pointer(folder)}"
        ) from error
    except IsADirectoryError as error:
        raise IndexFolderError(
            f"{folder / POINTER}: cannot be read: it is a folder, where an index has a file; move it away, or name "
            "another index with: --index DIR"
        ) from error
    except OSError as error:
        raise IndexFolderError(f"{folder / POINTER}: cannot be read: {error.strerror}") from error
    match = _LINE.fullmatch(line)
    if match is None:
        if not has_generations(folder):
            raise damaged(folder, POINTER, "does not name a generation")
        raise IndexDamagedError(
            f"{folder}: the index is damaged: {POINTER} does not name a generation; {mended_pointer(folder)}"
        )
    return Pointer(match["generation"].decode(), match["manifest"].decode())


def pointer_if_told(folder: Path) -> Pointer | None:
    """Return what is in force in an index folder, if that can be told.

    Raises:
        IndexFolderError: the file cannot be read.
    """
    try:
        return read_pointer(folder)
    except (IndexMissingError, IndexDamagedError):
        return None


def switch_to(folder: Path, pointer: Pointer) -> None:
    """Put a generation in force. It must be on the disk, whole and synced."""
    write_durably(folder / POINTER, f"{pointer.generation} {pointer.manifest_sha256}\n".encode())
