"""A text -> title, author, outlet and date, as far as the text itself says them.

Nothing is guessed: a name that only looks like an author's leaves the author unknown.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date

from askdocs.reading.fields import FIELDS, fields_of
from askdocs.reading.furniture import kind_of
from askdocs.reading.lines import Line, lines_of

_MAX_HEADER = 12
_MAX_TITLE = 200
_MAX_NAMES = 90

_PERSON = r"[^\W\d_a-z][^\W\d_]*(?:[.'’-][^\W\d_]*){0,3}"  # one way to match any word: no backtracking
_PARTICLE = r"(?:de|da|del|der|den|di|du|la|le|van|von|al|el|bin|ibn|ter|ten|y|of)"
_FULL_NAME = rf"{_PERSON}(?: (?:{_PARTICLE} )*{_PERSON}){{1,4}}"
_NAMES = rf"{_FULL_NAME}(?:(?:, | and |, and | & ){_FULL_NAME})*"
_NAME_LINE = re.compile(_NAMES)
_BYLINE = re.compile(
    rf"(?:by|written by|author:|story by|text by) ?:? ?(?P<names>(?-i:{_NAMES}))"
    r"(?:(?:,| ?[|•·/]| [—–-]| for) ?.{0,60})?",
    re.IGNORECASE,
)
_PLACE_ALONE = re.compile(r"[^.!?]{0,60}\s[—–-]+")
_WIRE = re.compile(
    r"(?:[Ss]pecial )?(?:to|for|from|To|For|From) [A-Z].{0,40}|[A-Z][A-Z/ .&|-]{1,40}|(?:The )?Associated Press|Reuters"
)
_COPYRIGHT = re.compile(
    r"(?:©|[Cc]opyright|COPYRIGHT)(?: ?©)? ?(?:19|20)\d\d,? (?:by )?"
    r"(?P<outlet>[A-Z][\w'&-]*(?: (?:[A-Z][\w'&-]*|of|and|the)){0,4}?)[.,]?(?: All [Rr]ights [Rr]eserved[.]?)?"
)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>\d\d?)(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DATES = (
    rf"{_YEAR}(?P<mark>[-/.])(?P<number>\d\d?)(?P=mark)(?P<day>\d\d?)",
    rf"{_MONTH} {_DAY},? {_YEAR}",
    rf"{_DAY}\.? {_MONTH},? {_YEAR}",
)
_DATES_WITHIN = tuple(re.compile(rf"(?<!\w){pattern}(?!\d)", re.IGNORECASE) for pattern in _DATES)
_DATE_LINES = tuple(
    re.compile(
        r"(?:(?:first |last )?(?:published|posted|updated|created|date|modified)(?: (?:on|at))?:? ?)?"
        r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?[,.]? )?"
        rf"{pattern}(?:[ ,T|•·-]*(?:at )?\d\d?[:.]\d\d.{{0,30}})?",
        re.IGNORECASE,
    )
    for pattern in _DATES
)
_FIELD = re.compile(rf"(?P<name>{'|'.join(FIELDS)}) ?: ?(?P<said>\S.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Byline:
    """What a text says of itself; an empty title or None where it does not. `published` is an ISO date."""

    title: str = ""
    author: str | None = None
    outlet: str | None = None
    published: str | None = None


def read_byline(text: str) -> Byline:
    """Read title, author, outlet and date off the lines above the first paragraph, and a copyright line below."""
    lines = lines_of(text)
    header = lines[: header_length(lines)]
    dates = [found for line in header if is_date_line(line) and (found := iso_date(line.plain))]
    outlet = _outlet(lines)
    return Byline(
        title=_title(lines, outlet),
        author=_author(header),
        outlet=outlet,
        published=dates[0] if dates else None,
    )


def letters(words: str) -> str:
    """Return the letters and digits of some words in lower case: two spellings of one title have the same."""
    return "".join(filter(str.isalnum, words.casefold()))


def header_length(lines: list[Line]) -> int:
    """Count the lines above the first paragraph, a few at most; a text that begins with its prose has none."""
    for position, line in enumerate(lines[:_MAX_HEADER]):
        if line.is_paragraph:
            return position
    return min(len(lines), _MAX_HEADER)


def is_byline(line: Line) -> bool:
    """Whether a line says who wrote it, "By Jane Doe, The Herald", or is a place cut off its paragraph, "CNN —"."""
    words = line.plain
    return len(words) <= _MAX_NAMES and bool(_BYLINE.fullmatch(words) or _PLACE_ALONE.fullmatch(line.words))


def is_date_line(line: Line) -> bool:
    """Whether a line is a date and nothing else."""
    words = line.plain
    return (
        len(words) <= _MAX_NAMES
        and any(pattern.fullmatch(words) for pattern in _DATE_LINES)
        and iso_date(words) is not None
    )


def names_above(header: list[Line]) -> set[int]:
    """Return the positions of the lines that are bare names of authors: said twice, or above an outlet's name.

    A bare name may as well be a heading, so a name said once stays unless the line below it names where it is from.
    """
    said = _said(header)
    found: set[int] = set()
    for position, line in enumerate(header):
        if not _is_name(line):
            continue
        below = header[position + 1] if position + 1 < len(header) else None
        if said[letters(line.words)] > 1:
            found.add(position)
        elif below is not None and len(below.words) <= _MAX_NAMES and _WIRE.fullmatch(below.plain):
            found |= {position, position + 1}
    return found


def iso_date(words: str) -> str | None:
    """Return the first date in some words as YYYY-MM-DD; None without one that is certain (03/04/22 is not)."""
    written = (found for pattern in _DATES_WITHIN for found in pattern.finditer(words))
    dates = map(_day_of, sorted(written, key=re.Match.start))
    return next(filter(None, dates), None)


def fields_above(lines: list[Line]) -> tuple[dict[str, str], int]:
    """Return the fields that a text begins with, "Title: ...", "Authors: ...", and how many lines they take."""
    said: dict[str, str] = {}
    count = 0
    for line in lines:
        if len(line.words) > _MAX_TITLE or not (found := _FIELD.fullmatch(line.words)):
            break
        said.setdefault(found["name"].lower(), found["said"].strip())
        count += 1
    return fields_of(said), count


def _day_of(written: re.Match[str]) -> str | None:
    """Return the ISO date that one of the patterns found; None where there is no such day."""
    named = written.groupdict()
    month = int(named["number"]) if "number" in named else 1 + _MONTHS.index(named["month"][:3].lower())
    try:
        return date(int(named["year"]), month, int(named["day"])).isoformat()
    except ValueError:
        return None


def _is_name(line: Line) -> bool:
    return len(line.words) <= _MAX_NAMES and bool(_NAME_LINE.fullmatch(line.words))


def _title(lines: list[Line], outlet: str | None) -> str:
    """Return the first line that is no furniture, if it is a headline: short, and not closed by a full stop.

    An outlet's own name above its article, "The Herald" of "Herald Media Ltd", is none.
    """
    names = letters(outlet or "")
    above = (line for line in lines[:_MAX_HEADER] if kind_of(line) is None)
    first = next((line for line in above if not (names and _is_name(line) and _core(line.words) in names)), None)
    if first is None or "\n" in first.words or len(first.words) > _MAX_TITLE or is_byline(first) or is_date_line(first):
        return ""
    asks = first.words.rstrip("\"'”’»)").endswith(("?", "!", "？", "！", "؟"))
    return first.words if asks or not first.closed else ""


def _core(words: str) -> str:
    return letters(words).removeprefix("the")


def _author(header: list[Line]) -> str | None:
    for line in header:
        if len(line.plain) <= _MAX_NAMES and (found := _BYLINE.fullmatch(line.plain)):
            return found["names"]
    said = _said(header)
    return next((line.words for line in header if _is_name(line) and said[letters(line.words)] > 1), None)


def _said(header: list[Line]) -> Counter[str]:
    """Count how often each line stands above the text, by its letters; those too long for a title are not counted."""
    return Counter(letters(line.words) for line in header if len(line.words) <= _MAX_TITLE)


def _outlet(lines: list[Line]) -> str | None:
    """Return whom a copyright line names."""
    for line in reversed(lines):
        if len(line.words) <= _MAX_TITLE and (found := _COPYRIGHT.fullmatch(line.plain)):
            return found["outlet"]
    return None
