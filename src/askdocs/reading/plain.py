"""A plain text file -> its Article."""

from __future__ import annotations

from pathlib import PurePosixPath

from askdocs.datatypes import Article, text_sha256
from askdocs.errors import ReadError
from askdocs.reading.byline import fields_above, iso_date, read_byline
from askdocs.reading.decode import decode_text
from askdocs.reading.files import Found, read_bytes
from askdocs.reading.lines import lines_of
from askdocs.reading.prose import masked, prose_spans

_MIN_FIELDS = 2
"""One "Title: ..." may be the text's own first words; two fields in a row are a file's head."""


def read_plain(found: Found) -> Article:
    """Read one text file: a saved page, or notes. Its head may be a headline and a byline, or fields ("Title: ...").

    Raises:
        ReadError: the file cannot be read or is no text.
    """
    text = decode_text(read_bytes(found.path), found.source)
    if not text.strip():
        raise ReadError(found.source, "is empty")
    lines = lines_of(text)
    fields = fields_above(lines)
    head = [(line.start, line.end) for line in lines[: len(fields)]] if len(fields) >= _MIN_FIELDS else []
    byline = read_byline(masked(text, head))
    known = fields if head else {}
    title = known.get("title") or byline.title
    author = known.get("author") or byline.author
    return Article(
        id=found.id,
        title=title or PurePosixPath(found.id).name,
        text=text,
        source=found.source,
        sha256=text_sha256(text),
        body=prose_spans(text, title=title, author=author, apart=head, unmarked_teasers=True),
        published=iso_date(known.get("date", "")) or byline.published,
        outlet=known.get("outlet") or byline.outlet,
        author=author,
        url=known.get("url"),
    )
