"""Text to sentence spans, in order and apart, for prose of any script."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from askdocs.datatypes import Span

LONGEST = 1_000
"""Characters. A longer "sentence" is a list, a table or a text without full stops, and is cut at its spaces."""

LONGEST_UNSPACED = 160
"""Characters. In Thai, Lao, Khmer and Burmese a space ends a clause; nothing ends a sentence."""

_PARAGRAPH_END = re.compile(r"\n[^\S\n]*\n\s*")  # a repeated group would keep 60 bytes for every blank line it passes
_LIST_MARK = re.compile(
    r"[^\S\n]*+(?:>+[^\S\n]++)*+"
    r"(?:[-*+•][^\S\n]++(?![-*+•>](?:\s|$))|(?P<number>\d{1,2}[.)][^\S\n]++)(?P<next>\S))?"
)
"""What Markdown and plain texts put before a quotation or an item of a list."""

_MONTH = re.compile(r"(?:Jan|Feb|M[aä]r|Apr|Ma[iy]|Jun|Jul|Aug|Sep|O[ck]t|Nov|De[cz])")
_OPENERS = "\"'“‘„«(["
_LINE = re.compile(r"[^\n]+")
_FULL_STOP_WITHOUT_SPACE = re.compile(r"[。！？｡।॥۔؟]+[”’」』）)\"]*")
_CLAUSE_SPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_TITLE = re.compile(
    r"\b(?:Dr|Drs|Mr|Mrs|Ms|Messrs|Mme|Mlle|Prof|Rev|Hon|Gov|Sen|Rep|Sgt|Cpl|Pvt|Lt|Capt|Maj|Col|Gen|Brig|Adm|Cmdr"
    r"|Supt|Sens|Reps|Gens|Govs|Profs|Sgts|Dets?|Insp|Attys?|Pres|Cllr|Msgr|Amb|Pfc|Spc|Asst|Dep|Ald|Rt|Cpt|Cdr|Comdr"
    r"|Ft)\.\s*$"
)
"""Never the end of a sentence: a name follows, and begins with an initial or another title where syntok is misled."""

_LONGEST_TITLE = 16
_ORDINAL = re.compile(
    r"(?:(?<!I )\b(?P<german>[Aa]m|[Vv]om|[Zz]um|[Dd]e[mnrs]|[Bb]is|[Ss]eit|[Aa]b)\s+)?(?<![\w.])\d{1,2}\.\s*$"
)
"""In German a number with a full stop counts what follows: "24. Februar", "19. Jahrhundert" end nothing."""

_COUNTED = re.compile(
    r"(?:Januar|Jänner|Februar|März|Mai|Juni|Juli|Oktober|Dezember|Jh|(?:Jahrhundert|Jahrtausend|Weltkrieg)(?:e[ns]?|s)?)\b"
)
_MONTH_IN_ENGLISH_TOO = re.compile(r"(?:April|August|September|November)\b(?P<year>\s+\d{4}\b)?")
_LONGEST_ORDINAL = 16
"""Characters, with the word before it."""

_DATELINE = re.compile(r"[^\S\n]*[–—-]+ ")
"""Behind a bracket: "LONDON (Reuters) - The king ..." is one sentence; syntok ends one at the bracket."""

_SMALL_LETTERS_END = re.compile(r"(?:(?<=[^\W\d_]{3})|(?<=\d\d)|(?<=[)\]%”]))[.!?]++[\"”’)\]]*+\s++(?=[\w(\[“‘\"$€£])")
"""The end of a sentence where no sentence begins with a capital: no initial, no "u.s." and no number of a list."""

_SMALL_ABBREVIATION = re.compile(
    r"\b(?:inc|corp|ltd|llc|plc|bros|dept|univ|est|approx|appx|etc|fig|figs|vol|vols|sec|ser|ref|refs|ave|blvd"
    r"|mrs|gen|gov|sen|rep|sgt|capt|col|prof|rev|hon|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec)\.$"
)
_LONGEST_ABBREVIATION = 8

_WRAPPED_LINE = (45, 100)
"""A text file wrapped by hand has lines of about this many characters, all but the last of a paragraph alike."""


def sentence_spans(text: str, body: Sequence[Span] | None = None) -> list[Span]:
    """Return the sentences of a text, or of its `body` spans: trimmed of white space, in order, never overlapping.

    A blank line always ends a sentence. A single line break ends one too, unless the paragraph looks wrapped by hand.
    The mark of a list's item ("- ", "1. ") or of a quotation ("> ") at the start of a line is in no sentence; every
    other character that is no white space is in exactly one. None is longer than `LONGEST`.
    """
    spans: list[Span] = []
    for start, end in body if body is not None else ((0, len(text)),):
        for first, last in _blocks(text, start, end):
            spans.extend(_sentences_in(text, _behind_mark(text, first, last), last))
    return spans


def _behind_mark(text: str, start: int, end: int) -> int:
    """Return where the words of a block begin, behind the mark of a list's item or of a quotation.

    A number is a mark only before a capital: "3. Mai" is a date, and so may be a number before a small letter.
    """
    found = _LIST_MARK.match(text, start, end)
    if found is None:
        return start
    if found["number"] is None:
        return found.end()
    words = text[found.start("next") : found.start("next") + len(_OPENERS)].lstrip(_OPENERS)
    is_item = words[:1].isupper() and not _MONTH.match(words)
    return found.start("next") if is_item else found.start("number")


def _blocks(text: str, start: int, end: int) -> Iterator[Span]:
    """Split a region into paragraphs, and a paragraph into its lines unless it is wrapped."""
    for paragraph in _between(_PARAGRAPH_END, text, start, end):
        lines = [match.span() for match in _LINE.finditer(text, *paragraph)]
        if _is_wrapped(lines):
            yield paragraph
        else:
            yield from lines


def _between(separator: re.Pattern[str], text: str, start: int, end: int) -> Iterator[Span]:
    for match in separator.finditer(text, start, end):
        yield start, match.start()
        start = match.end()
    yield start, end


def _is_wrapped(lines: Sequence[Span]) -> bool:
    """Tell whether a paragraph's lines were broken to fit a width: three or more, all but the last nearly as long."""
    shortest, longest = _WRAPPED_LINE
    lengths = [end - start for start, end in lines]
    full = lengths[:-1]
    return len(full) > 1 and max(lengths) <= longest and min(full) >= max(shortest, 0.7 * max(full))


def _sentences_in(text: str, start: int, end: int) -> Iterator[Span]:
    """Split one block at the full stops of its script; cut what stays too long."""
    for piece in _after_full_stops(text, start, end):
        for part in _in_small_letters(text, *piece):
            for sentence in _syntok_spans(text, *part):
                yield from _cut(text, *sentence)


def _after_full_stops(text: str, start: int, end: int) -> Iterator[Span]:
    """Split after full stops that need no space behind them: Chinese, Japanese, Devanagari, Arabic, Urdu."""
    for match in _FULL_STOP_WITHOUT_SPACE.finditer(text, start, end):
        yield start, match.end()
        start = match.end()
    yield start, end


def _in_small_letters(text: str, start: int, end: int) -> Iterator[Span]:
    """Split a block without a single capital at its full stops, which syntok takes for those of abbreviations."""
    if text[start:end].islower():
        for match in _SMALL_LETTERS_END.finditer(text, start, end):
            stop = match.start() + 1
            if not _SMALL_ABBREVIATION.search(text, max(start, stop - _LONGEST_ABBREVIATION), stop):
                yield start, match.end()
                start = match.end()
    yield start, end


def _syntok_spans(text: str, start: int, end: int) -> Iterator[Span]:
    """Split at full stops followed by a space, minding abbreviations, initials, ordinals and quotation marks."""
    import syntok.segmenter  # noqa: PLC0415  a reader of answers never needs it
    import syntok.tokenizer  # noqa: PLC0415

    tokenizer = syntok.tokenizer.Tokenizer(emit_hyphen_or_underscore_sep=True, replace_not_contraction=False)
    for piece_start, piece_end in _cut_at(text, start, end, limit=20 * LONGEST):
        tokens = tokenizer.tokenize(text[piece_start:piece_end])
        starts = [piece_start + sentence[0].offset for sentence in syntok.segmenter.segment(tokens) if sentence]
        begun = (
            start
            for start in starts[1:]
            if not _TITLE.search(text, max(piece_start, start - _LONGEST_TITLE), start)
            and not _is_counted(text, piece_start, start)
            and not (_DATELINE.match(text, start) and text[piece_start:start].rstrip().endswith(")"))
        )
        bounds = [piece_start, *begun, piece_end]
        for left, right in pairwise(bounds):
            yield from _trimmed(text, left, right)


def _is_counted(text: str, start: int, position: int) -> bool:
    """Tell whether what begins here is counted by a number before it: "24. | Februar", and "am 24. | April".

    "I was on page 24. April is ..." is English: such a month needs a year behind it or a German word before the number.
    """
    before = _ORDINAL.search(text, max(start, position - _LONGEST_ORDINAL), position)
    if before is None:
        return False
    month = _MONTH_IN_ENGLISH_TOO.match(text, position)
    return bool(_COUNTED.match(text, position) or (month and (month["year"] or before["german"])))


def _cut(text: str, start: int, end: int) -> Iterator[Span]:
    limit = LONGEST_UNSPACED if _CLAUSE_SPACED.search(text, start, end) else LONGEST
    for left, right in _cut_at(text, start, end, limit=limit):
        yield from _trimmed(text, left, right)


def _cut_at(text: str, start: int, end: int, *, limit: int) -> Iterator[Span]:
    """Cut a span into pieces of at most `limit` characters, at the last space before the limit where there is one."""
    while end - start > limit:
        space = text.rfind(" ", start + limit // 2, start + limit)
        cut = space + 1 if space >= 0 else start + limit
        yield start, cut
        start = cut
    yield start, end


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the span without the white space around it, or nothing."""
    piece = text[start:end]
    kept = piece.strip()
    if kept:
        start += len(piece) - len(piece.lstrip())
        yield start, start + len(kept)
