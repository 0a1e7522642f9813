"""An index folder to the list of its generations, and back to an earlier one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from askdocs.errors import AskdocsError, IndexDamagedError, IndexFolderError, IndexMissingError
from askdocs.index.checking import CheckProgress, Fault, check_generation
from askdocs.index.faults import disk_errors_named, missing
from askdocs.index.lock import write_lock
from askdocs.index.manifest import MANIFEST, pointer_to, read_manifest
from askdocs.index.pointer import GENERATIONS, POINTER, Pointer, is_generation, pointer_if_told, read_pointer, switch_to


@dataclass(frozen=True, slots=True)
class Generation:
    """One generation on the disk. `size` is in bytes, of all its files; `created` is UTC.

    `fault` says why its manifest tells nothing, where that is so; then `created`, `articles` and `passages` are None.
    """

    pointer: Pointer
    in_force: bool
    size: int
    created: str | None = None
    articles: int | None = None
    passages: int | None = None
    fault: str | None = None

    @property
    def name(self) -> str:
        """The name of its folder, which begins with the time when it was built."""
        return self.pointer.generation


def generations(folder: Path) -> list[Generation]:
    """List the generations in an index folder, the newest first. Nothing but their manifests is read.

    Raises:
        IndexMissingError: there are none.
        IndexFolderError: the folder cannot be read.
    """
    in_force = pointer_if_told(folder)
    try:
        names = sorted(entry.name for entry in (folder / GENERATIONS).iterdir() if is_generation(entry.name))
    except (FileNotFoundError, NotADirectoryError):
        names = []
    except OSError as error:
        raise IndexFolderError(f"{folder}: cannot be read: {error.strerror or error}") from error
    if not names and in_force is None:
        raise missing(folder)
    return [_generation(folder, name, in_force) for name in reversed(names)]


def rollback(folder: Path, name: str | None = None, told: CheckProgress | None = None) -> Generation:
    """Put an earlier generation in force again, all of it checked before: by default the newest before that in force.

    Where nothing can be told to be in force, because `CURRENT` is gone or damaged, that is the newest there is.

    Raises:
        AskdocsError: there is none to go back to, or none of this name, or it is in force.
        IndexDamagedError: it is damaged, so everything stays as it was.
        IndexMissingError: there is no index.
        IndexLockedError: a build is writing this index.
        IndexFolderError: the disk refuses.
    """
    generations(folder)  # where there is no index, that is said, and no folder made
    with write_lock(folder):
        target = _target(folder, generations(folder), name)
        faults = check_generation(folder, target.pointer, told)
        if faults:
            first = faults[0]
            more = f", and {len(faults) - 1:,} more faults" if len(faults) > 1 else ""
            raise IndexDamagedError(
                f"{folder}: the generation {target.name} cannot be put in force: {first.file}: {first.found}{more}; "
                "what is in force stays"
            )
        with disk_errors_named(folder):
            switch_to(folder, target.pointer)
    return target


def check_index(folder: Path, told: CheckProgress | None = None, *, only_in_force: bool) -> dict[str, list[Fault]]:
    """Check the generation in force, and unless `only_in_force` all others; return what is wrong with each, by name.

    A pointer that names none is a fault of the file, under the name "". Nothing is written.

    Raises:
        IndexMissingError: there is no index.
        IndexFolderError: the folder cannot be read.
    """
    checked: dict[str, list[Fault]] = {}
    known = generations(folder)
    try:
        pointer = read_pointer(folder)
    except (IndexDamagedError, IndexMissingError) as error:
        checked[""] = [Fault("", POINTER, str(error))]
    else:
        checked[pointer.generation] = check_generation(folder, pointer, told)
    for one in () if only_in_force else known:
        if one.name in checked:
            continue
        if one.fault is not None:
            checked[one.name] = [Fault(one.name, MANIFEST, one.fault)]
        else:
            checked[one.name] = check_generation(folder, one.pointer, told)
        if checked[one.name] and not (folder / GENERATIONS / one.name).exists():
            del checked[one.name]  # a build that ended meanwhile has removed it: nobody needs it any more
    return checked


def _target(folder: Path, known: Sequence[Generation], name: str | None) -> Generation:
    """Choose among generations, the newest first."""
    in_force = next((one for one in known if one.in_force), None)
    if name is None:
        earlier = [one for one in known if in_force is None or one.name < in_force.name]
        if not earlier:
            raise AskdocsError(
                f"{folder}: no generation is older than the one in force; see them with: "
                f"askdocs generations --index {quote(str(folder))}"
            )
        return earlier[0]
    found = next((one for one in known if one.name == name), None)
    if found is None:
        raise AskdocsError(f"{folder}: has no generation {name!r}; there are {', '.join(one.name for one in known)}")
    if found.in_force:
        raise AskdocsError(f"{folder}: the generation {name} is in force already")
    return found


def _generation(folder: Path, name: str, in_force: Pointer | None) -> Generation:
    current = in_force is not None and in_force.generation == name
    size = sum(file.stat().st_size for file in (folder / GENERATIONS / name).glob("*") if file.is_file())
    pointer = in_force if current and in_force is not None else Pointer(name, "")
    try:
        pointer = pointer if current else pointer_to(folder, name)
        manifest = read_manifest(folder, pointer)
    except IndexFolderError as error:
        return Generation(pointer, current, size, fault=str(error))
    return Generation(pointer, current, size, manifest.created, manifest.articles, manifest.passages)
