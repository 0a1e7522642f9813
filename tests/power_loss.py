"""The operations of a program, in order, to the states in which a disk may be found after power was lost.

The model is what POSIX promises and no more, as Pillai and others put it in "All File Systems Are Not Created Equal"
(OSDI 2014, section 2) and as `man 2 fsync` warns:

- A write or a cut of a file's length is on the disk for certain once that file was synced afterwards.
- A name (made, renamed, removed) is on the disk for certain once the folder that holds it was synced afterwards.
  Syncing a file does not bring its name to the disk.
- What was not synced may be on the disk or not, each for itself and in any order, so that a later one may be there
  without an earlier. Of a write, any pages may be there; a page that is not reads as before, or, past the old end
  of the file, as zeros; and the file may end anywhere up to where the write ended.
- A rename within a folder is one step: the name stands for the old file or for the new one (index/README.md asks that
  much of a file system). Between two folders it is two.

A real disk keeps more than this, so whoever survives here survives there.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from syscalls import Operation

PAGE = 4096


@dataclass(frozen=True, slots=True)
class Data:
    """What is to change in a file: bytes from an offset on, or, where there are none, its length."""

    offset: int
    content: bytes | None


Names = dict[str, "Node | None"]
"""What is to change in a folder, in one step: each name, and what it then stands for (None: nothing)."""


class Fate(Protocol):
    """Decides what power loss leaves of what was not synced."""

    def keeps_names(self) -> bool:
        """Tell whether the next change of names is on the disk."""
        ...

    def kept(self, written: Data, content: bytes) -> bytes:
        """Return the file's content after a change of it, or after as much of that as is on the disk."""
        ...


@dataclass(eq=False, slots=True)
class File:
    """A file: what is on the disk for certain, and what came after."""

    synced: bytes = b""
    pending: list[Data] = field(default_factory=list)

    def sync(self) -> None:
        """Bring all to the disk."""
        self.synced, self.pending = self.after(Everything()), []

    def after(self, fate: Fate) -> bytes:
        """Return the content that is found after power was lost."""
        content = self.synced
        for written in self.pending:
            content = fate.kept(written, content)
        return content


@dataclass(eq=False, slots=True)
class Folder:
    """A folder: the names that are on the disk for certain, and the changes that came after."""

    synced: dict[str, Node] = field(default_factory=dict)
    pending: list[Names] = field(default_factory=list)

    def sync(self) -> None:
        """Bring all names to the disk."""
        self.synced, self.pending = self.after(Everything()), []

    def after(self, fate: Fate) -> dict[str, Node]:
        """Return the names that are found after power was lost."""
        names = dict(self.synced)
        for change in self.pending:
            if fate.keeps_names():
                for name, node in change.items():
                    names.pop(name, None)
                    if node is not None:
                        names[name] = node
        return names


Node = File | Folder


def written_over(content: bytes, written: Data) -> bytes:
    """Return a file's content after all of a change."""
    if written.content is None:
        return content[: written.offset].ljust(written.offset, b"\0")
    end = written.offset + len(written.content)
    return content[: written.offset].ljust(written.offset, b"\0") + written.content + content[end:]


class Everything:
    """Nothing is lost, as when a process is killed and the machine lives on."""

    def keeps_names(self) -> bool:
        """Keep them."""
        return True

    def kept(self, written: Data, content: bytes) -> bytes:
        """Keep it."""
        return written_over(content, written)


class SyncedOnly:
    """All that was not synced is lost."""

    def keeps_names(self) -> bool:
        """Lose them."""
        return False

    def kept(self, written: Data, content: bytes) -> bytes:  # noqa: ARG002  as Fate has it
        """Lose it."""
        return content


class NamesOnly(SyncedOnly):
    """Names overtake contents: a file is where it was renamed to, and empty."""

    def keeps_names(self) -> bool:
        """Keep them."""
        return True


class ZerosForContents(NamesOnly):
    """Names and lengths overtake contents: a file has its name and length, and reads as zeros."""

    def kept(self, written: Data, content: bytes) -> bytes:
        """Keep how long it makes the file."""
        return content.ljust(len(written_over(content, written)), b"\0")


class ContentsOnly(Everything):
    """Contents overtake names."""

    def keeps_names(self) -> bool:
        """Lose them."""
        return False


class Chance:
    """Keeps each change of names by the toss of a coin, and of each write all, nothing, a beginning, or some pages."""

    def __init__(self, coins: random.Random) -> None:
        self._coins = coins
        self._names = coins.choice((0.1, 0.5, 0.9))

    def keeps_names(self) -> bool:
        """Toss the coin."""
        return self._coins.random() < self._names

    def kept(self, written: Data, content: bytes) -> bytes:
        """Toss the coins."""
        whole = written_over(content, written)
        if written.content is None:
            return self._coins.choice((content, whole))
        match self._coins.randrange(4):
            case 0:
                return content
            case 1:
                return whole
            case 2:
                length = self._coins.randint(0, len(written.content))
                return written_over(content, Data(written.offset, written.content[:length]))
            case _:
                pages = range(0, len(whole), PAGE)
                old = content.ljust(len(whole), b"\0")
                return b"".join(self._coins.choice((old, whole))[page : page + PAGE] for page in pages)


FATES: tuple[Callable[[], Fate], ...] = (SyncedOnly, Everything, NamesOnly, ZerosForContents, ContentsOnly)
"""What may be on the disk at the worst, each in its own way; `Chance` is in between."""


class Disk:
    """A folder and all in it as a disk holds it, while operations are done to it one after another.

    It begins with what the real folder holds, all of it synced. Operations outside the folder are no part of it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._top = _as_it_is(root)

    def do(self, operation: Operation) -> None:  # noqa: C901  one arm an operation
        """Do the next operation, synced or not as it is.

        An operation that the system would refuse, such as making a folder that is there, changes nothing.
        """
        if not operation.touches(self._root):
            return
        folder, name = self._place(operation.path)
        node = None if folder is None else folder.after(Everything()).get(name)
        match operation.kind:
            case "sync":
                if node := self._find(operation.path):
                    node.sync()
            case "open" if folder is not None:
                self._open(folder, name, node, operation.flags)
            case "write" if isinstance(node, File):
                node.pending.append(Data(operation.offset, operation.content))
            case "truncate" if isinstance(node, File):
                node.pending.append(Data(operation.size, None))
            case "mkdir" if folder is not None and node is None:
                folder.pending.append({name: Folder()})
            case "unlink" if folder is not None and isinstance(node, File):
                folder.pending.append({name: None})
            case "rmdir" if folder is not None and isinstance(node, Folder) and not node.after(Everything()):
                folder.pending.append({name: None})
            case "rename" | "link" if node is not None and operation.target is not None and folder is not None:
                self._rename(folder, name, node, operation)
            case _:
                pass

    def after(self, fate: Fate) -> dict[Path, bytes | None]:
        """Return what is found after power was lost: each path below the folder, with its bytes (None: a folder)."""
        return dict(_walk(self._top, Path(), fate))

    def _open(self, folder: Folder, name: str, node: Node | None, flags: int) -> None:
        if node is None and flags & os.O_CREAT:
            folder.pending.append({name: File()})
        elif isinstance(node, File) and flags & os.O_TRUNC:
            node.pending.append(Data(0, None))

    def _rename(self, folder: Folder, name: str, node: Node, operation: Operation) -> None:
        assert operation.target is not None
        target, new = self._place(operation.target)
        gone: Names = {name: None} if operation.kind == "rename" else {}
        if target is folder:
            folder.pending.append(gone | {new: node})
            return
        if target is not None:
            target.pending.append({new: node})
        folder.pending.append(gone)

    def _place(self, path: Path) -> tuple[Folder | None, str]:
        """Return the folder that holds a path, where there is one, and the path's name in it."""
        parent = self._find(path.parent) if path != self._root else None
        return (parent if isinstance(parent, Folder) else None), path.name

    def _find(self, path: Path) -> Node | None:
        node: Node | None = self._top
        if not path.is_relative_to(self._root):
            return None
        for name in path.relative_to(self._root).parts:
            node = node.after(Everything()).get(name) if isinstance(node, Folder) else None
        return node


def put(found: dict[Path, bytes | None], folder: Path) -> None:
    """Make a real folder of what was found on a disk."""
    folder.mkdir(parents=True)
    for path, content in found.items():
        if content is None:
            (folder / path).mkdir()
        else:
            (folder / path).write_bytes(content)


def taken(folder: Path) -> dict[Path, bytes | None]:
    """Return what a real folder holds, in the form of `Disk.after`."""
    paths = sorted(folder.rglob("*"))
    return {path.relative_to(folder): None if path.is_dir() else path.read_bytes() for path in paths}


def _as_it_is(path: Path) -> Folder:
    entries = {entry.name: _as_it_is(entry) if entry.is_dir() else File(entry.read_bytes()) for entry in path.iterdir()}
    return Folder(entries)


def _walk(folder: Folder, path: Path, fate: Fate) -> Iterator[tuple[Path, bytes | None]]:
    for name, node in sorted(folder.after(fate).items()):
        if isinstance(node, File):
            yield path / name, node.after(fate)
        else:
            yield path / name, None
            yield from _walk(node, path / name, fate)
