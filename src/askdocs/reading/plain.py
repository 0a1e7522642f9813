"""A plain text file -> its Article."""

from __future__ import annotations

from pathlib import PurePosixPath

from askdocs.datatypes import Article, Span, text_sha256
from askdocs.errors import ReadError
from askdocs.reading.byline import fields_above, iso_date, read_byline
from askdocs.reading.decode import decode_text
from askdocs.reading.files import Found, require_article_size
from askdocs.reading.lines import lines_of
from askdocs.reading.prose import masked, prose_spans

_MIN_FIELDS = 2
"""One "Title: ..." may be the text's own first words; two fields in a row are a file's head."""


def read_plain(found: Found, raw: bytes) -> Article:
    """Read the bytes of a text file: a saved page, or notes. Its head may be a headline and a byline, or named fields.

    Raises:
        ReadError: the bytes are no text.
    """
    text = decode_text(raw, found.source)
    if not text.strip():
        raise ReadError(found.source, "is empty")
    require_article_size(text, found.source)
    known, head = _head(text)
    byline = read_byline(masked(text, head))
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
        language=known.get("language"),
        url=known.get("url"),
    )


def _head(text: str) -> tuple[dict[str, str], list[Span]]:
    """Return the fields that a text begins with, and where they stand; nothing where it begins with none."""
    lines = lines_of(text)
    fields, count = fields_above(lines)
    if len(fields) < _MIN_FIELDS:
        return {}, []
    return fields, [(line.start, line.end) for line in lines[:count]]
