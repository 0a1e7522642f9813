"""Paths -> the files to read, each with the name its article will have; and a file -> its bytes."""

from __future__ import annotations

import math
import os
import re
import stat
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from askdocs.errors import ReadError

PAGES = (".html", ".htm", ".xhtml")
ROW_FILES = (".jsonl", ".jsonl.gz", ".ndjson")
SUFFIXES = (".txt", ".md", ".markdown", *PAGES, *ROW_FILES)
"""What is read, by the end of a file's name; capitals do not matter."""

DOCUMENTS = (
    *(".pdf", ".docx", ".doc", ".docm", ".odt", ".rtf", ".pages", ".wpd", ".epub", ".mobi", ".azw3", ".djvu"),
    *(".pptx", ".ppt", ".odp", ".xlsx", ".xls", ".ods", ".webarchive", ".mht", ".mhtml", ".eml", ".msg", ".mbox"),
)
"""Articles in formats that are not read. In a folder they are named, so that nobody takes them for indexed."""

DATA = (
    *(".json", ".csv", ".tsv", ".xml", ".rss", ".atom", ".bib", ".ris"),
    *(".rst", ".tex", ".org", ".adoc", ".key", ".parquet"),
)
"""What may hold articles, and as often lies beside them: in a folder it is counted."""

MAX_FILE_BYTES = 16 << 20
"""Of one text, or one row of JSON lines: five times War and Peace. Files of JSON lines are streamed, and may be of any
size. Reading and cutting so much takes a minute and some hundred megabytes, encoding it some minutes."""

MAX_PAGE_BYTES = 64 << 20
"""Of one web page: one saved as a single file carries its pictures."""

MAX_LINES = 250_000
"""Of one article. The complete works of Shakespeare have fewer; each line costs reading some hundred bytes."""

_LINE_ENDS = "\n■◆▪●"
"""What makes a piece of text a line of its own: see `lines.py`, and `prose.py` on squares."""

_POINTER, _GENERATIONS = "CURRENT", "generations"
"""What the folder of an index holds: its files are no articles. The pointer may be lost."""

_GENERATION = re.compile(r"[0-9]{8}T[0-9]{12}Z-[0-9a-f]{8}")
"""What a generation of an index is called: `index/pointer.py`, further down the flow, says the same."""

_PAGE_FOLDER = re.compile(r"(.+)_files", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read. `id` names its article (rows of JSON lines bring their own); `suffix` is one of `SUFFIXES`."""

    path: Path
    id: str
    suffix: str

    @property
    def source(self) -> str:
        """The path as a person wrote it."""
        return shown(self.path)


def find_files(paths: Iterable[Path], passed_over: Counter[str] | None = None) -> list[Found | ReadError]:
    """List the files that the paths lead to, in the order given, folders in order of name, each file once.

    An article's id is its path below the given folder, without suffix. Where two would have one id, both keep their
    suffix, and further clashes get the folder's name in front. The files that folders have of `DATA` are counted in
    `passed_over`, by suffix.
    """
    passed_over = Counter() if passed_over is None else passed_over
    found: list[tuple[Path, str] | ReadError] = []
    seen: set[str] = set()
    for path in paths:
        for entry in _files_of(path, passed_over):
            if not isinstance(entry, ReadError):
                real = os.path.realpath(entry[0])  # Path.resolve raises at a link to itself
                if real in seen:
                    continue
                seen.add(real)
            found.append(entry)
    return _named(found)


def read_bytes(path: Path, most: int = MAX_FILE_BYTES) -> bytes:
    """Read a whole file of at most so many bytes.

    Raises:
        ReadError: it is no regular file, is empty or too large, or may not be read.
    """
    source = shown(path)
    size = file_size(path)
    if size > most:
        raise ReadError(source, too_large(size, most))
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise unreadable(source, error) from error
    if not raw.strip():
        raise ReadError(source, "is empty")
    return raw


def file_size(path: Path) -> int:
    """Return a file's size in bytes.

    Raises:
        ReadError: it is gone, or is a pipe or a device, which to open could wait for ever.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise unreadable(shown(path), error) from error
    if not stat.S_ISREG(status.st_mode):
        raise ReadError(shown(path), "is not a regular file")
    return status.st_size


def too_large(size: int | None, most: int) -> str:
    """Say that something has more bytes than an article may have; None where nobody counted how many."""
    had = f"more than {most >> 20}" if size is None else f"{math.ceil(size / 2**20):,}"
    return f"has {had} MB; an article has at most {most >> 20} MB: divide it"


def require_article_size(text: str, source: str) -> None:
    """Refuse a text that is too much for one article, before anything is made of its lines.

    Raises:
        ReadError: it has too many characters or lines.
    """
    if len(text) > MAX_FILE_BYTES:
        raise ReadError(source, too_large(len(text), MAX_FILE_BYTES))
    lines = 1 + sum(map(text.count, _LINE_ENDS))
    if lines > MAX_LINES:
        raise ReadError(source, f"has {lines:,} lines; an article has at most {MAX_LINES:,}: divide it")


def unreadable(source: str, error: OSError) -> ReadError:
    """Say why the system would not open a file."""
    return ReadError(source, f"cannot be read: {error.strerror or error}")


def second_article(source: str, article_id: str) -> ReadError:
    """Say that an id was used before: a quote must name one article."""
    return ReadError(source, f"a second article with the id {article_id!r}; the first one is kept")


def shown(path: Path) -> str:
    """Return a path as text that can be stored and printed, whatever bytes its name is made of."""
    return path.as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _files_of(path: Path, passed_over: Counter[str]) -> Iterator[tuple[Path, str] | ReadError]:
    """Yield the files that one given path leads to, each with its path below that."""
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except FileNotFoundError:
        yield ReadError(shown(path), "does not exist")
        return
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        yield ReadError(
            shown(path).replace("\0", "\ufffd"), f"cannot be read: {getattr(error, 'strerror', None) or error}"
        )
        return
    if not is_folder:
        yield (path, shown(Path(path.name))) if suffix_of(path.name) else ReadError(shown(path), _unread(path.name))
        return
    empty = True
    for file in _walk(path, frozenset(), passed_over):
        empty = False
        yield file if isinstance(file, ReadError) else (file, shown(file.relative_to(path)))
    if empty:
        yield ReadError(shown(path), f"holds no readable file; readable: {' '.join(SUFFIXES)}")


def _walk(folder: Path, above: frozenset[tuple[int, int]], passed_over: Counter[str]) -> Iterator[Path | ReadError]:
    """Yield a folder's readable files by name, its folders in turn; a link back to a folder above is not followed."""
    try:
        status = folder.stat()
        entries = sorted(os.listdir(folder))  # noqa: PTH208  names, for sorting and for the rule about saved pages
    except OSError as error:
        yield unreadable(shown(folder), error)
        return
    here = (status.st_dev, status.st_ino)
    if here in above or _is_index(folder, entries):
        return
    pages = {Path(name).stem.lower() for name in entries if suffix_of(name) in PAGES}
    for name in entries:
        path = folder / name
        if name.startswith("."):
            continue
        if os.path.isdir(path):  # noqa: PTH112  Path.is_dir raises where a folder may be listed but not entered
            parts = _PAGE_FOLDER.fullmatch(name)  # a browser saves a page's images and frames in PAGE_files, beside it
            if not (parts and parts[1].lower() in pages):
                yield from _walk(path, above | {here}, passed_over)
        elif suffix_of(name):
            yield path
        elif name.lower().endswith(DOCUMENTS):
            yield ReadError(shown(path), _unread(name))
        elif name.lower().endswith(DATA):
            passed_over[path.suffix.lower()] += 1


def _is_index(folder: Path, entries: Collection[str]) -> bool:
    """Tell whether a folder with these entries is an index, which it stays where its pointer is gone."""
    if _GENERATIONS not in entries:
        return False
    if _POINTER in entries:
        return True
    try:
        return any(map(_GENERATION.fullmatch, os.listdir(folder / _GENERATIONS)))  # noqa: PTH208  names
    except OSError:  # it is a file, or may not be listed, which is named when it is walked
        return False


def suffix_of(name: str) -> str | None:
    """Return which of `SUFFIXES` a file's name ends with, the longest; None when it is not read."""
    return max((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), key=len, default=None)


def _unread(name: str) -> str:
    suffix = Path(name).suffix.lower()
    return f"{f'format {suffix}' if suffix else 'a name without suffix'} is not read; readable: {' '.join(SUFFIXES)}"


def _named(found: list[tuple[Path, str] | ReadError]) -> list[Found | ReadError]:
    """Give each file the shortest id that no other file has."""
    files = [entry for entry in found if not isinstance(entry, ReadError)]
    choices = {path: _ids(path, below) for path, below in files}
    level = dict.fromkeys(choices, 0)
    while True:
        count = Counter(ids[min(level[path], len(ids) - 1)] for path, ids in choices.items())
        clashing = [p for p, ids in choices.items() if level[p] < len(ids) - 1 and count[ids[level[p]]] > 1]
        if not clashing:
            break
        for path in clashing:
            level[path] += 1
    return [
        entry
        if isinstance(entry, ReadError)
        else Found(entry[0], choices[entry[0]][level[entry[0]]], suffix_of(entry[0].name) or "")
        for entry in found
    ]


def _ids(path: Path, below: str) -> list[str]:
    """List the ids that a file may have, from the shortest: without suffix, with it, with more and more folders.

    The longer ones spell bytes that are no UTF-8 out, so that two names which differ only there are two ids.
    """
    spelt = path.absolute().as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    parts = Path(spelt).parts
    depth = len(Path(below).parts)
    longer = ["/".join(parts[-n:]) for n in range(depth, len(parts))]
    return list(dict.fromkeys([below[: -len(suffix_of(path.name) or "")], below, *longer]))
