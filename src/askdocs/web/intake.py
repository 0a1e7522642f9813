"""Files that a browser sent in, files in the folder of added articles out, each with what became of it.

    INDEX/articles/added/NAME        what was added on the page, as it was sent; its article has the id `added/NAME`

The folder lies beside the generations and no build touches it. `askdocs index PATH... INDEX/articles` indexes what was
added together with the rest.
"""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from askdocs.datatypes import Article
from askdocs.errors import ReadError
from askdocs.index.durable import sync_folder
from askdocs.reading import SUFFIXES, read_sources

ADDED = "added"
_ARTICLES = "articles"
_LONGEST_NAME = 120
"""Bytes of a file's name without its suffix: what any file system takes, and a line on the page holds."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may be added: files at a time and bytes of each, files and bytes in all."""

    files: int = 40
    file_bytes: int = 16 << 20
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


def added_folder(index: Path) -> Path:
    """Return the folder of an index that what is added is kept in."""
    return index / _ARTICLES / ADDED


def take_in(
    sent: Iterable[tuple[str, Path]], index: Path, bounds: Bounds, stored: Callable[[Article], str | None]
) -> list[Outcome]:
    """Keep the files that hold articles, each under the name that it was sent with, and say what became of each.

    `stored` gives the title of an article of the index with the same text, if there is one: it is not added again. A
    file of the same name as one that was added before takes its place.
    """
    folder = added_folder(index)
    outcomes = []
    for number, (name, path) in enumerate(sent):
        known = sendable_name(name)
        try:
            if number >= bounds.files:
                raise _refused(f"not added: more than {bounds.files} files at a time")
            outcomes.append(_taken(known, path, folder, bounds, stored))
        except ReadError as error:
            outcomes.append(Outcome(known, f"not added: {error.reason}"))
        except OSError as error:
            outcomes.append(
                Outcome(known, f"not added: it cannot be kept here ({error.strerror or 'the disk refuses'})")
            )
    return outcomes


def read_added(path: Path) -> Iterator[Article | ReadError]:
    """Yield the articles of one added file. The page shows the file's name as their source, never its path."""
    for found in read_sources([path]):
        if isinstance(found, ReadError):
            yield ReadError(found.source.removeprefix(path.parent.as_posix() + "/"), found.reason)
        elif ".jsonl" in path.suffixes:
            yield replace(found, source=path.name)  # its rows bring their own ids
        else:
            yield replace(found, id=f"{ADDED}/{found.id}", source=path.name)


def added_files(index: Path) -> list[Path]:
    """Return the files that were added, by name."""
    folder = added_folder(index)
    return sorted(path for path in folder.iterdir() if _is_kept(path)) if folder.is_dir() else []


def forget(index: Path, article_id: str) -> None:
    """Remove the file of an added article. One of JSON lines stays, as it may hold others."""
    for path in added_files(index):
        if article_id == f"{ADDED}/{_stem(path.name)}" and ".jsonl" not in path.suffixes:
            path.unlink(missing_ok=True)
            sync_folder(path.parent)


def sendable_name(name: str) -> str:
    """Return a file's name as it may be kept and shown: without folders, controls and dots in front, not too long."""
    bare = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode()).replace("\\", "/").rpartition("/")[2]
    shown = "".join(one if unicodedata.category(one)[0] != "C" else "_" for one in bare).strip().lstrip(".")
    stem, suffix = _stem(shown), shown[len(_stem(shown)) :]
    short = stem.encode()[:_LONGEST_NAME].decode("utf-8", "ignore")
    return f"{short or 'article'}{suffix}"


def _taken(name: str, path: Path, folder: Path, bounds: Bounds, stored: Callable[[Article], str | None]) -> Outcome:
    """Keep one file.

    Raises:
        ReadError: it holds no article, is too large, or there are enough already.
        OSError: it cannot be kept.
    """
    if not name.lower().endswith(SUFFIXES):
        raise _refused(f"this format is not read; readable: {' '.join(SUFFIXES)}")
    size = path.stat().st_size
    if size > bounds.file_bytes:
        raise _refused(f"larger than {bounds.file_bytes >> 20} MB")
    _require_room(folder, size, bounds)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder, prefix=".") as apart:
        copied = Path(apart, name)
        shutil.copyfile(path, copied)
        words = _read(copied, stored)
        target = copied.replace(_target(folder, name))
    sync_folder(folder)
    return Outcome(name, words, target)


def _read(path: Path, stored: Callable[[Article], str | None]) -> str:
    """Return what a file holds, in words.

    Raises:
        ReadError: nothing that can be indexed, or nothing new.
    """
    found = list(read_sources([path]))
    articles = [one for one in found if not isinstance(one, ReadError)]
    faults = [one for one in found if isinstance(one, ReadError)]
    if not articles:
        raise faults[0] if faults else _refused("holds no article")
    known = [title for article in articles if (title := stored(article)) is not None]
    if len(known) == len(articles):
        raise _refused(f"in the library already, as “{known[0]}”" if len(known) == 1 else "all in the library already")
    if len(articles) == 1 and not faults:
        title = articles[0].title
        return "added" if title == _stem(path.name) else f"added: {title}"
    rows = f"; {len(faults)} rows are no articles" if faults else ""
    return f"added: {len(articles):,} articles{rows}"


def _require_room(folder: Path, size: int, bounds: Bounds) -> None:
    """See that one more file may be kept.

    Raises:
        ReadError: there are enough.
    """
    kept = [path.stat().st_size for path in folder.iterdir() if _is_kept(path)] if folder.is_dir() else []
    if len(kept) >= bounds.kept_files:
        raise _refused(f"{bounds.kept_files:,} files were added already; index a folder with: askdocs index PATH")
    if sum(kept) + size > bounds.kept_bytes:
        raise _refused(f"{bounds.kept_bytes >> 20:,} MB were added already; index a folder with: askdocs index PATH")


def _target(folder: Path, name: str) -> Path:
    """Return where a file is kept: under its name, unless one of another suffix has the same id already."""
    stem, suffix = _stem(name), name[len(_stem(name)) :]
    others = {_stem(path.name) for path in folder.iterdir() if _is_kept(path) and path.name != name}
    number = 1
    while (f"{stem}-{number}" if number > 1 else stem) in others:
        number += 1
    return folder / (f"{stem}-{number}{suffix}" if number > 1 else name)


def _is_kept(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(".")


def _stem(name: str) -> str:
    """Return a file's name without the suffix that is read, or without its last one."""
    suffix = max((one for one in SUFFIXES if name.lower().endswith(one)), key=len, default=Path(name).suffix)
    return name[: -len(suffix)] if suffix else name


def _refused(reason: str) -> ReadError:
    return ReadError("", reason)
