"""A folder for the next generation, and the step that puts it in the place of the one in force."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from askdocs.errors import IndexFolderError
from askdocs.index.durable import sync_folder, write_durably
from askdocs.index.faults import disk_errors_named
from askdocs.index.manifest import MANIFEST, Manifest, pointer_to, read_manifest, verify_files
from askdocs.index.pointer import GENERATIONS, Pointer, is_generation, pointer_if_told, switch_to

UNFINISHED = ".building"
"""The folder, beside the generations, in which the next one grows. The lock allows one at a time."""


@contextmanager
def unfinished_generation(folder: Path, kept: int, *, whole: bool = True) -> Iterator[Path]:
    """Make an empty folder for the next generation, and afterwards leave nothing that is not needed.

    After a switch so many generations stay, at least two: the one in force, and the one before it for readers that were
    just opening it. After a failure those stay that were there before. Whatever a killed build left is removed either
    way: the lock is held, so it is nobody's. `whole` tells whether the one in force could be opened.
    """
    generations = folder / GENERATIONS
    with disk_errors_named(folder):
        generations.mkdir(exist_ok=True)
        before = _in_force(folder)
        shutil.rmtree(generations / UNFINISHED, ignore_errors=True)
        known = {entry.name for entry in generations.iterdir()}
        (generations / UNFINISHED).mkdir()
    try:
        yield generations / UNFINISHED
    finally:
        now = _in_force(folder)
        stays = known if now == before else {now, *_staying(folder, known, before, max(2, kept) - 1, whole=whole)}
        for entry in generations.iterdir():
            if entry.name not in stays:
                shutil.rmtree(entry, ignore_errors=True)


def put_in_force(folder: Path, unfinished: Path, manifest: Manifest) -> None:
    """Give a finished generation its name, then switch to it: each step is on the disk before the next."""
    content = manifest.to_bytes()
    write_durably(unfinished / MANIFEST, content)
    sha256 = hashlib.sha256(content).hexdigest()
    created = datetime.fromisoformat(manifest.created)
    pointer = Pointer(f"{created:%Y%m%dT%H%M%S%f}Z-{sha256[:8]}", sha256)
    unfinished.rename(pointer.folder_in(folder))
    sync_folder(folder / GENERATIONS)
    sync_folder(folder)
    switch_to(folder, pointer)


def _staying(folder: Path, known: Collection[str], before: str | None, count: int, *, whole: bool) -> Collection[str]:
    """Choose which generations stay beside the new one: the one before it, then the newest.

    Where the one before it is damaged, whole ones go first. Where nothing told which was in force, all whole ones stay
    this once.
    """
    sound = {before} if whole and before is not None else {name for name in known if _is_sound(folder, name)}
    if before not in known:
        return sound
    return sorted(known, key=lambda name: (name in sound, name == before, name), reverse=True)[:count]


def _is_sound(folder: Path, name: str) -> bool:
    """Tell whether a generation could be put in force: every byte of it is as it was built."""
    if not is_generation(name):
        return False
    try:
        pointer = pointer_to(folder, name)
        verify_files(folder, pointer, read_manifest(folder, pointer))
    except IndexFolderError:
        return False
    return True


def _in_force(folder: Path) -> str | None:
    """Return the name of the generation in force, if one can be told."""
    pointer = pointer_if_told(folder)
    return pointer.generation if pointer else None
