"""A sent file of JSON lines in, the lines that are kept of it out: an article a line, none of them held.

A line is `{"id", "title", "text", "url"?, "date"?, "author"?, "outlet"?, "language"?}`, as `reading` reads it. What is
sent compressed is bounded unpacked, and kept unpacked: what lies on the disk is what will be read.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path

from askdocs.datatypes import Article
from askdocs.errors import ReadError

ROWS = ".jsonl"
"""The suffix of what is kept."""

_HEAD = b'{"id": "'
"""How each line begins that is written here."""

_PIECE = 1 << 20


def unpack(sent: Path, plain: Path, most: int, *, packed: bool) -> None:
    """Write the lines of a sent file, a piece at a time, unpacked where they are packed with gzip.

    Raises:
        ReadError: there are more than so many bytes, or the compressed file is damaged.
        OSError: the disk refuses.
    """
    left = most
    opened = gzip.open if packed else open
    try:
        with opened(sent, "rb") as stream, plain.open("wb") as out:
            while piece := stream.read(_PIECE):
                left -= len(piece)
                if left < 0:
                    raise ReadError("", f"more than {most >> 20} MB when it is unpacked; divide it")
                out.write(piece)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ReadError("", f"the compressed file is damaged: {error}") from error


def line_of(article: Article) -> bytes:
    """Return an article as a line that is read as the same article. Its id stands first, for `named`.

    A title that it has only from its id becomes its own: another id will stand there.
    """
    fields = {
        "id": article.id,
        "title": article.title,
        "text": article.text,
        "url": article.url,
        "date": article.published,
        "author": article.author,
        "outlet": article.outlet,
        "language": article.language,
    }
    return json.dumps({name: said for name, said in fields.items() if said is not None}).encode() + b"\n"


def named(lines: Iterable[bytes], above: str) -> Iterator[bytes]:
    """Yield lines that `line_of` made with `above` in front of each id."""
    longer = _HEAD + json.dumps(above)[1:-1].encode()
    return (longer + line.removeprefix(_HEAD) for line in lines)


def are_kept(lines: Iterable[bytes], kept: Path) -> bool:
    """Tell whether a file holds these lines and no others."""
    with kept.open("rb") as there:
        return all(line == other for line, other in zip_longest(lines, there))


def without_row(path: Path, article_id: str, made: Path) -> bool:
    """Write the lines of a file but for those of one article; tell whether there were any."""
    left = False
    with path.open("rb") as lines, made.open("wb") as out:
        for line in lines:
            if _id_in(line) != article_id:
                out.write(line)
                left = True
    return left


def _id_in(line: bytes) -> object:
    """Return the id of a line; nothing of one that somebody else wrote there and is no article."""
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return fields.get("id") if isinstance(fields, dict) else None
