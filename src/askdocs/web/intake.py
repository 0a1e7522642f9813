"""Files that a browser sent in, files in the folder of added articles out, each with what became of it.

Nothing that is there already is replaced: a file of the same bytes is told to be there, one of other bytes is kept
beside it, under a name of its own.
"""

from __future__ import annotations

import filecmp
import shutil
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from askdocs.datatypes import Article
from askdocs.errors import ReadError
from askdocs.reading import SUFFIXES, read_sources
from askdocs.web.added import ADDED, files_in, free_place, held, holds_rows, settle, stem_of
from askdocs.web.rows import ROWS, are_kept, line_of, named, unpack

Stored = Callable[[Article], str | None]
"""Gives the title of an article of the index that has the same text as another, where there is one."""

_LONGEST_NAME = 120
"""Bytes of a file's name without its suffix: what any file system takes, and a line on the page holds."""

_SHOWN = 100
"""Characters of why a row is no article."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may be added: files at a time; bytes of each, as it is sent and unpacked, and its rows; all in all."""

    files: int = 40
    file_bytes: int = 16 << 20
    unpacked_bytes: int = 64 << 20
    rows: int = 20_000
    kept_files: int = 5_000
    kept_bytes: int = 1 << 30


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: the name that it was sent under, and what was done, in words. `path`: where it is."""

    name: str
    words: str
    path: Path | None = None

    @property
    def added(self) -> bool:
        """Whether the file is kept."""
        return self.path is not None


@dataclass(frozen=True, slots=True)
class _Sent:
    """A file that was sent, and what it is held against. What is made of it lies in `apart` until it is kept."""

    name: str
    path: Path
    apart: Path
    folder: Path
    bounds: Bounds
    stored: Stored


def take_in(sent: Iterable[tuple[str, Path]], index: Path, bounds: Bounds, stored: Stored) -> list[Outcome]:
    """Keep the files that hold articles which the index does not, and say what became of each."""
    outcomes = []
    for number, (name, path) in enumerate(sent):
        known = sendable_name(name)
        try:
            if number >= bounds.files:
                raise _refused(f"more than {bounds.files} files at a time")
            outcomes.append(_taken(known, path, index, bounds, stored))
        except ReadError as error:
            outcomes.append(Outcome(known, f"not added: {error.reason}"))
        except OSError as error:
            outcomes.append(
                Outcome(known, f"not added: it cannot be kept here ({error.strerror or 'the disk refuses'})")
            )
    return outcomes


def sendable_name(name: str) -> str:
    """Return a file's name as it may be kept and shown: without folders, controls and dots in front, not too long."""
    bare = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode()).replace("\\", "/").rpartition("/")[2]
    shown = "".join(one if unicodedata.category(one)[0] != "C" else "_" for one in bare).strip().lstrip(".")
    stem, suffix = stem_of(shown), shown[len(stem_of(shown)) :]
    short = stem.encode()[:_LONGEST_NAME].decode("utf-8", "ignore")
    return f"{short or 'article'}{suffix}"


def _taken(name: str, path: Path, index: Path, bounds: Bounds, stored: Stored) -> Outcome:
    """Keep one file.

    Raises:
        ReadError: it holds nothing to add, is too large, or there are enough already.
        OSError: it cannot be kept.
    """
    if not name.lower().endswith(SUFFIXES):
        raise _refused(f"this format is not read; readable: {' '.join(SUFFIXES)}")
    if path.stat().st_size > bounds.file_bytes:
        raise _refused(f"larger than {bounds.file_bytes >> 20} MB")
    with held(index) as folder, TemporaryDirectory(dir=folder, prefix=".") as apart:
        sent = _Sent(name, path, Path(apart), folder, bounds, stored)
        return _rows_taken(sent) if holds_rows(name) else _article_taken(sent)


# --- a file of one article --------------------------------------------------------------------------------------------


def _article_taken(sent: _Sent) -> Outcome:
    """Keep a file that holds one article, as it was sent."""
    copied = sent.apart / sent.name
    shutil.copyfile(sent.path, copied)
    (article,) = read_sources([copied])
    if isinstance(article, ReadError):
        raise article
    if (title := sent.stored(article)) is not None:
        raise _refused(f"in the library already, as “{title}”")
    for kept in files_in(sent.folder):
        if not holds_rows(kept.name) and filecmp.cmp(copied, kept, shallow=False):
            return _sent_before(sent.name, kept)
    return _settled(sent, copied, "" if article.title == stem_of(sent.name) else article.title)


# --- a file of JSON lines ---------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Read:
    """What was read of a file of JSON lines: new articles, those that the index has, and rows that are no articles."""

    new: int = 0
    title: str = ""
    stored: int = 0
    stored_as: str = ""
    faults: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        """What is added and what is not, in words."""
        parts = [self.title if self.new == 1 else f"{self.new:,} articles"]
        if self.stored:
            parts.append(f"{self.stored:,} in the library already")
        if self.faults:
            many = f"{len(self.faults):,} rows are no articles" if len(self.faults) > 1 else "1 row is no article"
            parts.append(f"{many} ({self.faults[0]})")
        return "; ".join(parts)


def _rows_taken(sent: _Sent) -> Outcome:
    """Keep those rows of a file that are articles and new, each with the file's name in front of its id."""
    plain, lines, made = sent.apart / f"sent{ROWS}", sent.apart / "lines", sent.apart / "made"
    unpack(sent.path, plain, sent.bounds.unpacked_bytes, packed=sent.name.lower().endswith(".gz"))
    read = _read_rows(plain, lines, sent)
    if not read.new:
        raise _nothing_new(read)
    for kept in filter(lambda one: holds_rows(one.name), files_in(sent.folder)):
        with lines.open("rb") as these:
            if are_kept(named(these, _above(kept)), kept):
                return _sent_before(sent.name, kept)
    target = free_place(sent.folder, sent.name)
    with lines.open("rb") as these, made.open("wb") as out:
        out.writelines(named(these, _above(target)))
    return _settled(sent, made, read.words)


def _read_rows(plain: Path, lines: Path, sent: _Sent) -> _Read:
    """Write the new articles of a file as lines, one after another; return what was read.

    Raises:
        ReadError: it has more rows than may be added at once.
    """
    read = _Read()
    with lines.open("wb") as out:
        for number, found in enumerate(read_sources([plain])):
            if number >= sent.bounds.rows:
                raise _refused(f"more than {sent.bounds.rows:,} articles in one file; divide it")
            if isinstance(found, ReadError):
                row = found.source.rpartition(":")[2]  # the path of the file alone where that is at fault
                reason = found.reason[:_SHOWN]
                read.faults.append(f"row {row}: {reason}" if row.isdigit() else reason)
            elif (title := sent.stored(found)) is not None:
                read.stored, read.stored_as = read.stored + 1, read.stored_as or title
            else:
                read.new, read.title = read.new + 1, found.title
                out.write(line_of(found))
    return read


def _nothing_new(read: _Read) -> ReadError:
    """Say why a file of JSON lines adds nothing."""
    if read.stored == 1:
        return _refused(f"in the library already, as “{read.stored_as}”")
    return _refused("all in the library already" if read.stored else read.faults[0])


def _above(kept: Path) -> str:
    return f"{ADDED}/{stem_of(kept.name)}/"


# --- either -----------------------------------------------------------------------------------------------------------


def _settled(sent: _Sent, made: Path, holds: str) -> Outcome:
    """Put what is made of a file in its place; say what it holds, and under which name where that is another.

    Raises:
        ReadError: there are enough files already.
    """
    _require_room(sent.folder, made.stat().st_size, sent.bounds)
    target = free_place(sent.folder, sent.name)
    settle(made, target)
    beside = stem_of(target.name) != stem_of(sent.name)
    words = f"added as “{target.name}”, beside another of that name" if beside else "added"
    return Outcome(sent.name, f"{words}: {holds}" if holds else words, target)


def _sent_before(name: str, kept: Path) -> Outcome:
    """Say that a file is there already. It is built in once more, in case the build that it was added by had failed."""
    return Outcome(name, f"there already, as “{kept.name}”", kept)


def _require_room(folder: Path, size: int, bounds: Bounds) -> None:
    """See that one more file may be kept.

    Raises:
        ReadError: there are enough.
    """
    kept = [path.stat().st_size for path in files_in(folder)]
    if len(kept) >= bounds.kept_files:
        raise _refused(f"{bounds.kept_files:,} files were added already; index a folder with: askdocs index PATH")
    if sum(kept) + size > bounds.kept_bytes:
        raise _refused(f"{bounds.kept_bytes >> 20:,} MB were added already; index a folder with: askdocs index PATH")


def _refused(reason: str) -> ReadError:
    return ReadError("", reason)
