r"""A file of JSON lines, or one compressed with gzip -> its Articles, row by row.

A row is `{"id", "title", "text", "url"?, "date"?, "author"?, "outlet"?, "language"?}`; the date may be called
`published`, as the articles are given out, and be a number, 20220412 or seconds since 1970; the author may be a list of
names. What a row lacks may be there under another name (see `fields.py`), for example `publisher` for `outlet`; what is
no fit value there is passed over, while under the names above it makes the row an error. The text stays character for
character as it is in the row, because the gold of a dataset counts positions in it; rows end at "\n" and nowhere else.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, BinaryIO, cast

from askdocs.datatypes import Article, text_sha256
from askdocs.errors import ReadError
from askdocs.reading.byline import iso_date
from askdocs.reading.decode import storable
from askdocs.reading.fields import FIELDS, names_of
from askdocs.reading.files import (
    MAX_FILE_BYTES,
    Found,
    file_size,
    require_article_size,
    second_article,
    too_large,
    unreadable,
)
from askdocs.reading.origin import Recall, nothing_recalled, origin_of
from askdocs.reading.prose import prose_spans

_SHOWN = 60
_OWN = {"title", "author", "date", "published", "outlet", "language", "url"}
"""The names that articles are given out with."""

_EPOCH = range(631_152_000, 4_102_444_800)
"""The seconds of the years from 1990 to 2099."""


def read_rows(found: Found, taken: set[str], recall: Recall = nothing_recalled) -> Iterator[Article | ReadError]:
    """Yield each row's article, or the error that names its line; the rows after a bad one are read all the same.

    A row whose id is in `taken` is an error; the ids of the others are added to it. What `recall` knows is not read.
    """
    number, rows = 0, 0
    try:
        file_size(found.path)
        with gzip.open(found.path) if found.suffix.endswith(".gz") else found.path.open("rb") as stream:
            for number, row in enumerate(_rows(cast("BinaryIO", stream)), 1):
                if row is not None and not row.strip(b"\xef\xbb\xbf \t\r\n"):
                    continue
                rows += 1
                yield _article_once(row, f"{found.source}:{number}", found.source, taken, recall)
    except ReadError as error:
        yield error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        yield ReadError(f"{found.source}:{number + 1}", f"the compressed file is damaged from here on: {error}")
    except OSError as error:
        yield unreadable(found.source, error)
    else:
        if rows == 0:
            yield ReadError(found.source, "is empty")


def _rows(stream: BinaryIO) -> Iterator[bytes | None]:
    """Yield the lines of a stream, None for one that is too long to be an article."""
    while row := stream.readline(MAX_FILE_BYTES + 1):
        if len(row) <= MAX_FILE_BYTES:
            yield row
            continue
        while row and not row.endswith(b"\n"):
            row = stream.readline(MAX_FILE_BYTES)
        yield None


def _article_once(row: bytes | None, where: str, source: str, taken: set[str], recall: Recall) -> Article | ReadError:
    """Make the article of one row, if no other has its id; say what is wrong otherwise."""
    if row is None:
        return ReadError(where, too_large(None, MAX_FILE_BYTES))
    origin = origin_of(row.strip(), "row of JSON lines")
    try:
        article = recall(origin) or _article(row, where, source)
    except ReadError as error:
        return error
    if article.id in taken:
        return second_article(where, article.id)
    taken.add(article.id)
    return replace(article, source=source, origin=origin)


def _article(row: bytes, where: str, source: str) -> Article:
    """Make the article of one row.

    Raises:
        ReadError: the row is no article.
    """
    fields = _object(row, where)
    name, text = fields.get("id"), fields.get("text")
    if isinstance(name, int) and not isinstance(name, bool):
        name = str(name)
    if not isinstance(name, str) or not name.strip():
        raise ReadError(where, 'has no "id"; wanted a string')
    if not isinstance(text, str):
        raise ReadError(where, f'has no "text"; wanted a string, found {json.dumps(text)[:_SHOWN]}')
    if not text.strip():
        raise ReadError(where, "its text is empty")
    text = storable(text)
    require_article_size(text, where)
    title, author = _said(fields, "title", where), _said(fields, "author", where)
    dated = _said(fields, "date", where)
    return Article(
        id=storable(name),
        title=title or storable(name),
        text=text,
        source=source,
        sha256=text_sha256(text),
        body=prose_spans(text, title=title or "", author=author),
        published=iso_date(dated or "") or dated,
        outlet=_words(fields, "outlet", where) if "outlet" in fields else _said(fields, "outlet", where),
        author=author,
        language=_said(fields, "language", where),
        url=_said(fields, "url", where),
    )


def _object(row: bytes, where: str) -> dict[str, Any]:
    try:
        fields = json.loads(row.removeprefix(b"\xef\xbb\xbf").decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ReadError(where, f"is not UTF-8: {error.reason} at byte {error.start}") from error
    except RecursionError as error:
        raise ReadError(where, "is nested too deeply") from error
    except json.JSONDecodeError as error:
        raise ReadError(where, f"is not JSON: {error.msg} at character {error.colno}") from error
    except ValueError as error:  # a number of more digits than Python converts
        raise ReadError(where, f"is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise ReadError(where, f"is not a JSON object: {row[:_SHOWN].decode('utf-8', 'replace').strip()}")
    return fields


def _said(fields: dict[str, Any], field: str, where: str) -> str | None:
    """Return an optional field's words under the first of its names that has any; a path or an address is no outlet."""
    for name in names_of(field):
        words = _words(fields, name, where)
        if words and not (field == "outlet" and name != field and "/" in words):
            return words
    return None


def _words(fields: dict[str, Any], name: str, where: str) -> str | None:
    """Return the words under one name of an optional field; None when it is missing, null or blank."""
    value = fields.get(name)
    if value is None:
        return None
    if FIELDS[name] == "date":
        value = _dated(value)
    elif FIELDS[name] == "author" and isinstance(value, list) and all(isinstance(one, str) for one in value):
        value = ", ".join(filter(None, map(str.strip, value)))
    if isinstance(value, str):
        return storable(value).strip() or None
    if name not in _OWN:  # somebody else's name, for whatever they mean by it
        return None
    raise ReadError(where, f'"{name}" is {json.dumps(value)[:_SHOWN]}; wanted a string')


def _dated(value: object) -> object:
    """Return the ISO date that a number stands for, as 20220412 or in seconds since 1970; anything else as it is."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return value
    if _EPOCH.start <= value < _EPOCH.stop:
        return datetime.fromtimestamp(value, UTC).date().isoformat()
    with suppress(ValueError):
        return date.fromisoformat(str(value)).isoformat() if isinstance(value, int) else value
    return value
