"""Files and folders -> Articles, each with the spans of its own prose; what cannot be read is named, never skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from askdocs.datatypes import Article
from askdocs.errors import ReadError
from askdocs.reading.files import SUFFIXES, Found, find_files, second_article
from askdocs.reading.jsonl import read_rows
from askdocs.reading.markdown import read_markdown
from askdocs.reading.plain import read_plain
from askdocs.reading.webpage import PageReader

__all__ = ["SUFFIXES", "count_files", "read_sources"]


def read_sources(paths: Iterable[Path], progress: Callable[[int], None] | None = None) -> Iterator[Article | ReadError]:
    """Yield the articles that files and folders hold, in the order of the paths, and by name within a folder.

    A file that cannot be read, a row that is no article and a second article of one id are yielded as errors in the
    place where the article would have been. Close the iterator, or use it up, to end the child process that web pages
    are parsed in.

    Args:
        paths: files, or folders that are read with all the folders in them.
        progress: called after each file with the number of files finished since the last call; see `count_files`.
    """
    ids: set[str] = set()
    with PageReader() as pages:
        for found in find_files(paths):
            if isinstance(found, ReadError):
                yield found
            elif found.suffix.startswith(".jsonl"):
                yield from read_rows(found, ids)
            else:
                yield _file_article(found, pages, ids)
            if progress is not None:
                progress(1)


def count_files(paths: Iterable[Path]) -> int:
    """Count the files that `read_sources` would read or name as unreadable, without opening them."""
    return len(find_files(paths))


def _file_article(found: Found, pages: PageReader, taken: set[str]) -> Article | ReadError:
    """Read a file that holds one article, by its format; its id is added to those that are taken."""
    if found.id in taken:
        return second_article(found.source, found.id)
    try:
        if found.suffix in {".html", ".htm"}:
            article = pages.read(found)
        elif found.suffix == ".txt":
            article = read_plain(found)
        else:
            article = read_markdown(found)
    except ReadError as error:
        return error
    taken.add(article.id)
    return article
