"""A text -> the spans of it that are an article's own prose.

`furniture.py` knows the lines that are furniture by their words. Here is what only their place tells: the title and the
byline above the first paragraph, captions beside their photo credit, other stories' headlines below the last one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from askdocs.datatypes import Span
from askdocs.reading.byline import header_length, is_byline, is_date_line, letters, names_above
from askdocs.reading.furniture import MAX_CAPTION, MAX_FURNITURE, PAGE_END, Kind, credit_start, kind_of
from askdocs.reading.lines import Line, lines_of

_STANDFIRST_MARK = re.compile("[■◆▪●]")
_CAPTION_REACH = 3
"""Lines between a caption and its second copy, the one with the credit."""

_MAX_HEADLINE = 120
"""Characters; captions of teasers are as short."""

_MIN_TEASERS = 2
_MIN_UNMARKED_TEASERS = 3
_HEADLINE_WORDS = 4
_OFFICE_WORDS = 5


def prose_spans(
    text: str, *, title: str = "", author: str | None = None, apart: Sequence[Span] = (), unmarked_teasers: bool = False
) -> tuple[Span, ...]:
    """Return the spans of an article's own prose, in order and disjoint; a text that is all furniture is left whole.

    Args:
        text: the article as it is shown.
        title: its title, which is left out where it stands above the text.
        author: likewise.
        apart: spans, in order, that are known to be no prose, such as front matter.
        unmarked_teasers: also leave out three captioned headlines or more at the very end when nothing else marks the
            page's end. Only for texts that may have been saved from pages.
    """
    lines = lines_of(masked(text, apart)) or lines_of(text)
    kinds = furniture_of(lines, title=title, author=author, unmarked_teasers=unmarked_teasers)
    if all(kinds):
        kinds = [None] * len(lines)
    holes = iter([*apart, (len(text) + 1, len(text) + 1)])
    hole = next(holes)
    spans: list[Span] = []
    joined = False
    for line, kind in zip(lines, kinds, strict=True):
        while hole[1] <= line.start:  # what stands apart also keeps its neighbours apart
            hole, joined = next(holes), False
        if kind is not None:
            joined = False
            continue
        parts = _standfirst_parts(line)
        if joined and len(parts) == 1 and spans:
            spans[-1] = (spans[-1][0], line.end)
        else:
            spans.extend(parts)
        joined = len(parts) == 1
    return tuple(spans)


def masked(text: str, apart: Sequence[Span]) -> str:
    """Return the text with some spans blanked to empty lines, every other character in its place."""
    pieces, end = [], 0
    for start, stop in apart:
        pieces += [text[end:start], "\n" * (stop - start)]
        end = stop
    return "".join([*pieces, text[end:]])


def furniture_of(
    lines: list[Line], *, title: str = "", author: str | None = None, unmarked_teasers: bool = False
) -> list[Kind | None]:
    """Return for each line the kind of furniture it is, None for prose."""
    kinds = [kind_of(line) for line in lines]
    _mark_header(lines, kinds, title, author)
    _mark_captions(lines, kinds)
    _mark_teasers(lines, kinds, unmarked=unmarked_teasers)
    return kinds


def _standfirst_parts(line: Line) -> list[Span]:
    """Split a standfirst at its squares: each part is a statement of its own, and no sentence runs across the mark."""
    spans, start = [], line.start
    ends = [mark.start() for mark in _STANDFIRST_MARK.finditer(line.words)]
    for end in [*ends, len(line.words)]:
        part = line.words[start - line.start : end]
        if words := part.strip():
            first = start + part.index(words[0])
            spans.append((first, first + len(words)))
        start = line.start + end + 1
    return spans or [(line.start, line.end)]


def _mark_header(lines: list[Line], kinds: list[Kind | None], title: str, author: str | None) -> None:
    """Mark what stands above the first paragraph and is not the article: its title, its byline, its date."""
    reach = header_length(lines)
    names = names_above(lines[:reach])
    known = {letters(author)} if author else set()
    longest = max(MAX_FURNITURE, 2 * len(title), 2 * len(author or ""))
    for position, line in enumerate(lines[:reach]):
        if kinds[position] is not None or len(line.words) > longest:
            continue
        same = letters(line.words)
        if title and same == letters(title):
            kinds[position] = "title"
        elif same in known or position in names or is_byline(line):
            kinds[position] = "byline"
        elif is_date_line(line):
            kinds[position] = "date"
        elif position and _is_office(line, lines[position - 1], lines[position + 1 : reach]):
            kinds[position] = "byline"
    headline = kinds.index("title") if "title" in kinds else 0
    for position in range(headline):
        kinds[position] = kinds[position] or (None if lines[position].closed else "masthead")


def _is_office(line: Line, above: Line, below: Sequence[Line]) -> bool:
    """Whether a line says what the reporter above it is: a few words, alone or with a date; a poem has more lines."""
    alone = not below or below[0].below_gap or is_date_line(below[0])
    few = len(line.words.split()) <= _OFFICE_WORDS and not line.closed
    return few and alone and not line.below_gap and is_byline(above)


def _mark_captions(lines: list[Line], kinds: list[Kind | None]) -> None:
    """Mark a caption that stands beside its own copy with a credit, or directly above a credit that stands alone."""
    for position, line in enumerate(lines):
        if kinds[position] != "credit" or (credit := credit_start(line.words)) is None:
            continue
        caption = letters(line.words[:credit])
        if not caption:
            above = position - 1
            pair = position > 0 and not line.below_gap and lines[above].below_gap
            alone = position + 1 == len(lines) or lines[position + 1].below_gap
            if pair and alone and len(lines[above].words) <= _MAX_HEADLINE:
                kinds[above] = kinds[above] or "caption"
            continue
        for near in range(max(0, position - _CAPTION_REACH), min(len(lines), position + _CAPTION_REACH + 1)):
            short = len(lines[near].words) <= 2 * MAX_CAPTION
            if kinds[near] is None and short and letters(lines[near].words) == caption:
                kinds[near] = "caption"


def _mark_teasers(lines: list[Line], kinds: list[Kind | None], *, unmarked: bool) -> None:
    """Mark other stories below the article: headlines, with captions between, and no paragraph among them.

    They begin at a line that pages put below their articles (see `PAGE_END`). Without such a line only headlines that
    alternate with captions count: a list of names, dates or results may well end an article, and belongs to it.
    """
    last = max((at for at, line in enumerate(lines) if kinds[at] is None and line.is_paragraph), default=-1)
    if last < 0:
        return
    end = next((at for at in range(last + 1, len(lines)) if kinds[at] in PAGE_END), None)
    if end is None and not unmarked:
        return
    below = [at for at in range(end or last + 1, len(lines)) if kinds[at] is None]
    headlines = [at for at in below if _is_headline(lines[at])]
    if end is None:
        below, headlines = _alternating(lines, below)
    if len(headlines) >= _MIN_TEASERS and 3 * len(headlines) >= len(below):
        for at in below:
            kinds[at] = "teaser"


def _alternating(lines: list[Line], below: list[int]) -> tuple[list[int], list[int]]:
    """Return the pairs of a caption and a headline that end a text, and the headlines among them."""
    pairs: list[int] = []
    for caption, headline in zip(below[-2::-2], below[::-2], strict=False):
        pair = lines[caption].closed and _is_headline(lines[headline]) and _in_capitals(lines[headline])
        if not pair or len(lines[caption].words) > _MAX_HEADLINE:
            break
        pairs += [headline, caption]
    headlines = pairs[::2]
    return (pairs, headlines) if len(headlines) >= _MIN_UNMARKED_TEASERS else ([], [])


def _is_headline(line: Line) -> bool:
    """Whether a line may be a headline: some words that no full stop ends, and no number of a list in front."""
    words = line.words
    return (
        not (line.closed or words[0].isdigit())
        and len(words) <= _MAX_HEADLINE
        and len(words.split()) >= _HEADLINE_WORDS
    )


def _in_capitals(line: Line) -> bool:
    """Whether most longer words begin with a capital, as in an English headline."""
    words = [word for word in re.findall(r"[^\W\d_]+", line.words) if len(word) > 3]  # noqa: PLR2004  "of", "the", "and"
    return bool(words) and 4 * sum(word[0].isupper() for word in words) >= 3 * len(words)
