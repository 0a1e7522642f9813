"""Files and folders -> Articles, each with the spans of its own prose; what cannot be read is named, never skipped."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from askdocs.datatypes import Article
from askdocs.errors import ReadError
from askdocs.reading.files import (
    MAX_FILE_BYTES,
    MAX_PAGE_BYTES,
    PAGES,
    ROW_FILES,
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

__all__ = ["ROW_FILES", "SUFFIXES", "Recall", "count_files", "read_sources"]

_MAX_TITLE = 300
"""Characters."""

_log = logging.getLogger("askdocs")


def read_sources(
    paths: Iterable[Path], progress: Callable[[int], None] | None = None, recall: Recall = nothing_recalled
) -> Iterator[Article | ReadError]:
    """Yield the articles that files and folders hold, in the order of the paths, and by name within a folder.

    A file that cannot be read, a row that is no article and a second article of one id are yielded as errors in the
    place where the article would have been; what a folder has besides that may be articles or mere data is counted in a
    warning. Close the iterator, or use it up, to end the child process that web pages are parsed in.

    Args:
        paths: files, or folders that are read with all the folders in them.
        progress: called after each file with the number of files finished since the last call; see `count_files`.
        recall: gives back the article that was read from the same bytes before, so that they are not read again.
    """
    ids: set[str] = set()
    passed_over: Counter[str] = Counter()
    with PageReader() as pages:
        for found in find_files(paths, passed_over):
            if isinstance(found, ReadError):
                yield found
            elif found.suffix in ROW_FILES:
                yield from map(_with_short_title, read_rows(found, ids, recall))
            else:
                yield _with_short_title(_file_article(found, pages, ids, recall))
            if progress is not None:
                progress(1)
    if passed_over:
        counts = ", ".join(f"{count:,} {suffix}" for suffix, count in sorted(passed_over.items()))
        _log.warning("passed over, though they may hold articles: %s; readable: %s", counts, " ".join(SUFFIXES))


def count_files(paths: Iterable[Path]) -> int:
    """Count the files that `read_sources` would read or name as unreadable, without opening them."""
    return len(find_files(paths))


def _file_article(found: Found, pages: PageReader, taken: set[str], recall: Recall) -> Article | ReadError:
    """Read a file that holds one article, unless it is known; its id is added to those that are taken."""
    if found.id in taken:
        return second_article(found.source, found.id)
    try:
        raw = read_bytes(found.path, MAX_PAGE_BYTES if found.suffix in PAGES else MAX_FILE_BYTES)
        # Of a path, an article without a title of its own shows the last part of its id: it is part of what was read.
        origin = origin_of(raw, f"{found.suffix} {PurePosixPath(found.id).name}")
        article = recall(origin) or _read(found, raw, pages)
    except ReadError as error:
        return error
    taken.add(found.id)
    return replace(article, id=found.id, source=found.source, origin=origin)


def _with_short_title(one: Article | ReadError) -> Article | ReadError:
    """Cut a title that is longer than a headline at a word: it is encoded with every block of its article."""
    if isinstance(one, ReadError) or len(one.title) <= _MAX_TITLE:
        return one
    start = one.title[: _MAX_TITLE - 1]
    words = start.rpartition(" ")[0] if " " in start[_MAX_TITLE // 2 :] else start
    return replace(one, title=f"{words.rstrip()}…")


def _read(found: Found, raw: bytes, pages: PageReader) -> Article:
    """Read the bytes of a file by its format."""
    if found.suffix in PAGES:
        return pages.read(found, raw)
    return read_plain(found, raw) if found.suffix == ".txt" else read_markdown(found, raw)
