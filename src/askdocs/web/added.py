"""The folder of an index that holds what was added on the page: its files, what their articles are called, what goes.

    INDEX/articles/added/snow.md        an article, as it was sent; its id is `added/snow`
    INDEX/articles/added/rows.jsonl     an article a line; their ids are `added/rows/ID`

The folder lies beside the generations and no build touches it. It is the whole truth of what was added: a build of the
page and `askdocs index PATH...` both read it, so what is removed here comes back with neither. An id begins with its
file's name and no two files share that, so an article that is added never takes the place of another.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from askdocs.datatypes import Article
from askdocs.errors import ReadError
from askdocs.index.durable import make_folder, sync, sync_folder
from askdocs.reading import ROW_FILES, read_sources
from askdocs.reading.files import suffix_of
from askdocs.web.rows import ROWS, without_row

ADDED = "added"
_ARTICLES = "articles"


def added_folder(index: Path) -> Path:
    """Return the folder of an index that what is added is kept in."""
    return index / _ARTICLES / ADDED


def added_files(index: Path) -> list[Path]:
    """Return the files that were added, by name."""
    folder = added_folder(index)
    return files_in(folder) if folder.is_dir() else []


def files_in(folder: Path) -> list[Path]:
    """Return the files that are kept in the folder, by name."""
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def read_added(path: Path) -> Iterator[Article | ReadError]:
    """Yield the articles of one added file. The page shows the file's name as their source, never its path."""
    for found in read_sources([path]):
        if isinstance(found, ReadError):
            yield ReadError(found.source.removeprefix(path.parent.as_posix() + "/"), found.reason)
        elif holds_rows(path.name):
            yield replace(found, source=path.name)  # its rows were given their ids when it was kept
        else:
            yield replace(found, id=f"{ADDED}/{found.id}", source=path.name)


def forget(index: Path, article_id: str) -> None:
    """Remove an added article from the folder: its file, or its row. An article that was not added has none there."""
    if not article_id.startswith(f"{ADDED}/") or not added_folder(index).is_dir():
        return
    with held(index) as folder:
        for path in files_in(folder):
            own = f"{ADDED}/{stem_of(path.name)}"
            if holds_rows(path.name) and article_id.startswith(f"{own}/"):
                _drop_row(path, article_id)
            elif not holds_rows(path.name) and article_id in {own, f"{ADDED}/{path.name}"}:
                path.unlink()  # the longer id is that of a build which met another file of that name elsewhere
        sync_folder(folder)


@contextmanager
def held(index: Path) -> Iterator[Path]:
    """Make the folder where there is none and hold it: whoever else would change it waits, in any thread or process."""
    import fcntl  # noqa: PLC0415  Windows has none, and builds no index

    folder = added_folder(index)
    make_folder(folder)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        for left in folder.glob(".*"):  # by somebody who was killed here
            shutil.rmtree(left, ignore_errors=True)
        yield folder
    finally:
        os.close(descriptor)


def settle(made: Path, target: Path) -> None:
    """Put a finished file in its place, for good when this returns."""
    descriptor = os.open(made, os.O_RDONLY)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)
    made.replace(target)
    sync_folder(target.parent)


def free_place(folder: Path, name: str) -> Path:
    """Return where a file of this name is kept: under another number where one of any suffix has the name already."""
    stem = stem_of(name)
    suffix = ROWS if holds_rows(name) else name[len(stem) :]
    taken = {stem_of(path.name).casefold() for path in files_in(folder)}
    number, free = 1, stem
    while free.casefold() in taken:  # capitals do not tell two files apart on every disk
        number += 1
        free = f"{stem}-{number}"
    return folder / f"{free}{suffix}"


def holds_rows(name: str) -> bool:
    """Tell whether a file of this name holds JSON lines, compressed or not."""
    return name.lower().endswith(ROW_FILES)


def stem_of(name: str) -> str:
    """Return a file's name without the suffix that is read, or without its last one."""
    suffix = suffix_of(name) or Path(name).suffix
    return name[: -len(suffix)] if suffix else name


def _drop_row(path: Path, article_id: str) -> None:
    """Take a row out of a file of JSON lines, in one step; a file that has none left goes."""
    with TemporaryDirectory(dir=path.parent, prefix=".") as apart:
        made = Path(apart, path.name)
        if without_row(path, article_id, made):
            settle(made, path)
        else:
            path.unlink()
