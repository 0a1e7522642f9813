"""Files and folders -> Articles, each with the spans of its own prose; what cannot be read is named, never skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from askdocs.datatypes import Article
from askdocs.errors import ReadError
from askdocs.reading.files import (
    MAX_FILE_BYTES,
    MAX_PAGE_BYTES,
    SUFFIXES,
    Found,
    find_files,
    read_bytes,
    second_article,
)
from askdocs.reading.jsonl import read_rows
from askdocs.reading.markdown import read_markdown
from askdocs.reading.origin import Recall, nothing_recalled, origin_of
from askdocs.reading.plain import read_plain
from askdocs.reading.webpage import PageReader

__all__ = ["SUFFIXES", "Recall", "count_files", "read_sources"]

_PAGES = {".html", ".htm"}


def read_sources(
    paths: Iterable[Path], progress: Callable[[int], None] | None = None, recall: Recall = nothing_recalled
) -> Iterator[Article | ReadError]:
    """Yield the articles that files and folders hold, in the order of the paths, and by name within a folder.

    A file that cannot be read, a row that is no article and a second article of one id are yielded as errors in the
    place where the article would have been. Close the iterator, or use it up, to end the child process that web pages
    are parsed in.

    Args:
        paths: files, or folders that are read with all the folders in them.
        progress: called after each file with the number of files finished since the last call; see `count_files`.
        recall: gives back the article that was read from the same bytes before, so that they are not read again.
    """
    ids: set[str] = set()
    with PageReader() as pages:
        for found in find_files(paths):
            if isinstance(found, ReadError):
                yield found
            elif found.suffix.startswith(".jsonl"):
                yield from read_rows(found, ids, recall)
            else:
                yield _file_article(found, pages, ids, recall)
            if progress is not None:
                progress(1)


def count_files(paths: Iterable[Path]) -> int:
    """Count the files that `read_sources` would read or name as unreadable, without opening them."""
    return len(find_files(paths))


def _file_article(found: Found, pages: PageReader, taken: set[str], recall: Recall) -> Article | ReadError:
    """Read a file that holds one article, unless it is known; its id is added to those that are taken."""
    if found.id in taken:
        return second_article(found.source, found.id)
    try:
        raw = read_bytes(found.path, MAX_PAGE_BYTES if found.suffix in _PAGES else MAX_FILE_BYTES)
        # Of a path, an article without a title of its own shows the last part of its id: it is part of what was read.
        origin = origin_of(raw, f"{found.suffix} {PurePosixPath(found.id).name}")
        article = recall(origin) or _read(found, raw, pages)
    except ReadError as error:
        return error
    taken.add(found.id)
    return replace(article, id=found.id, source=found.source, origin=origin)


def _read(found: Found, raw: bytes, pages: PageReader) -> Article:
    """Read the bytes of a file by its format."""
    if found.suffix in _PAGES:
        return pages.read(found, raw)
    return read_plain(found, raw) if found.suffix == ".txt" else read_markdown(found, raw)
