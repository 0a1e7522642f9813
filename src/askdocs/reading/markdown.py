"""A Markdown file -> its Article. The text stays as it was written; markup is only kept out of the body."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath

from askdocs.datatypes import Article, Span, text_sha256
from askdocs.errors import ReadError
from askdocs.reading.byline import iso_date, read_byline
from askdocs.reading.decode import decode_text, storable
from askdocs.reading.fields import fields_of
from askdocs.reading.files import Found, require_article_size
from askdocs.reading.prose import masked, prose_spans

_FIELD = re.compile(r"([A-Za-z][\w -]{0,30}):[ \t]*(.*)")
_BLOCK = re.compile(r"[>|][-+\d]{0,2}(?:[ \t]+#.*)?")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"(?:[ \t]+#.*)?')
_SINGLE = re.compile(r"'((?:[^']|'')*)'(?:[ \t]+#.*)?")
_ITEM = re.compile(r'\s*("(?:[^"\\]|\\.)*"|\'(?:[^\']|\'\')*\'|[^,]+)\s*(?:,|$)')
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r"(?P<mark> {0,3}#{1,6}[ \t]+)(?P<words>[^\n]*)")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*")
_MARKUP_LINE = re.compile(
    r"[ \t>]*(?:"
    r"(?:\[?!\[[^\]\n]{0,500}\](?:\([^)\n]{0,2000}\)|\[[^\]\n]{0,200}\])(?:\]\([^)\n]{0,2000}\))?[ \t]*)+"  # images
    r"|\[[^\]\n]{1,200}\]:[ \t]+\S+.{0,500}"  # where a reference link leads
    r"|<!--.{0,2000}-->|<img\b.{0,2000}>"
    r"|\|?[ \t]*:?-{2,}[-:| \t]{0,500}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}"  # below a table's head; a rule across the page
    r")[ \t]*"
)
_MAX_MARKUP = 4_000


def read_markdown(found: Found, raw: bytes) -> Article:
    """Read the bytes of one Markdown file: front matter for what is known of it, else its first heading for a title.

    The body leaves out front matter, fenced code, images, comments, link targets and the marks of headings.

    Raises:
        ReadError: the bytes are no text.
    """
    text = decode_text(raw, found.source)
    if not text.strip():
        raise ReadError(found.source, "is empty")
    require_article_size(text, found.source)
    fields, start = _front_matter(text)
    markup, heading = _markup(text, start)
    if start:
        markup.insert(0, (0, start))
    byline = read_byline(masked(text, markup))
    title = fields.get("title") or heading
    author = fields.get("author") or byline.author
    return Article(
        id=found.id,
        title=title or PurePosixPath(found.id).name,
        text=text,
        source=found.source,
        sha256=text_sha256(text),
        body=prose_spans(text, title=title, author=author, apart=markup),
        published=iso_date(fields.get("date", "")) or byline.published,
        outlet=fields.get("outlet") or byline.outlet,
        author=author,
        language=fields.get("language"),
        url=fields.get("url"),
    )


def _front_matter(text: str) -> tuple[dict[str, str], int]:
    """Read the fields between two lines of dashes at the top, and where the text after them starts; 0 without them.

    One value a field: quotes and the brackets of a list are taken off, items below a field joined by commas, and
    indented lines below what is said of it by blanks.
    """
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return {}, 0
    end = next((at for at, line in enumerate(lines[1:], 1) if line.rstrip() in {"---", "..."}), None)
    if end is None or not any(_FIELD.fullmatch(line) for line in lines[1:end]):
        return {}, 0
    said: dict[str, str] = {}
    for name, first, below in _written(lines[1:end]):
        said[name] = said.get(name) or _value(first, below)
    return fields_of(said), sum(len(line) + 1 for line in lines[: end + 1])


def _written(lines: list[str]) -> list[tuple[str, str, list[str]]]:
    """Return each field's name, what its own line says of it, and the lines below that belong to it.

    Words that go on over lines end at a comment; a list does not.
    """
    written: list[tuple[str, str, list[str]]] = []
    commented = False
    for line in filter(str.strip, lines):
        words = line.strip()
        if words.startswith("#"):
            commented = True
        elif found := _FIELD.fullmatch(line):
            written.append((found[1].strip().lower(), found[2].strip(), []))
            commented = False
        elif written and line.startswith((" ", "\t", "- ", "]")):
            written[-1][2].extend([words] if words.startswith("- ") or not commented else [])
        else:
            written.append(("", "", []))  # what it is is not known, nor what is below it
    return written


def _value(first: str, below: list[str]) -> str:
    if _BLOCK.fullmatch(first):
        return " ".join(below)
    items = [line[2:] for line in below if line.startswith("- ")]
    if items:
        return ", ".join(filter(None, map(_scalar, [first, *items])))
    return _scalar(" ".join(filter(None, [first, *below])))


def _scalar(written: str) -> str:
    written = written.strip()
    if written.startswith("[") and written.endswith("]"):
        return ", ".join(filter(None, map(_unquoted, _ITEM.findall(written.strip("[]")))))
    return _unquoted(written)


def _unquoted(written: str) -> str:
    """Take off the quotes around a whole value, and what stands for a quote in it; those of its words stay."""
    written = written.strip()
    if found := _SINGLE.fullmatch(written):
        return found[1].replace("''", "'")
    if found := _DOUBLE.fullmatch(written):
        try:
            return " ".join(storable(json.loads(f'"{found[1]}"', strict=False)).split())
        except ValueError:  # what is escaped as YAML alone does
            return found[1]
    return written


def _markup(text: str, start: int) -> tuple[list[Span], str]:
    """Find the spans of markup from `start` on, and the title: a heading of the first level, or one above all text."""
    spans: list[Span] = []
    title, fence, above = "", "", ""
    first = True
    position = start
    for line in text[start:].split("\n"):
        end = position + len(line)
        opened = _FENCE.match(line)
        if fence:
            spans.append((position, end))
            if opened and opened[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif opened:
            fence = opened[1]
            spans.append((position, end))
        elif found := _HEADING.fullmatch(line):
            spans.append((position, position + len(found["mark"])))
            if first or found["mark"].strip() == "#":
                title = title or found["words"].rstrip("# \t")
        elif above and _UNDERLINE.fullmatch(line):
            spans.append((position, end))
            if line.strip().startswith("="):
                title = title or above
        elif len(line) <= _MAX_MARKUP and _MARKUP_LINE.fullmatch(line):
            spans.append((position, end))
        above = line.strip()
        first = first and (not above or spans[-1:] == [(position, end)])
        position = end + 1
    return [span for span in spans if span[0] < span[1]], title
