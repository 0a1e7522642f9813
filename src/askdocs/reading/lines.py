r"""A text -> its lines: the units that are kept as prose or left out as furniture.

Lines end at "\n" only. The lines of a paragraph that was wrapped at a fixed width are one unit, because a sentence
runs across them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WRAP_WIDTHS = range(40, 101)
_CLOSERS = "\"'”’»)]*_"
_TERMINALS = ".!?…:。！？।؟۔።"
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "\u00a0": " ", "\u202f": " "})
_LONG = 120
_SENTENCE_BREAK = re.compile(r"[a-z\d]{4}[.!?][\"'”’)]? +[\"'“‘(]?[^\W\d_a-z]")
_BULLETS = " \t>*_#•►▶▸→●■🔔📲✉📧-"


@dataclass(frozen=True, slots=True)
class Line:
    """One unit: `text[start:end] == words`, without white space around. `below_gap`: a blank line stands above it."""

    start: int
    end: int
    words: str
    below_gap: bool

    @property
    def plain(self) -> str:
        """The words with typewriter quotes, without bullets and emphasis: what rules are matched against."""
        return self.words.lstrip(_BULLETS).rstrip(" *_").translate(_QUOTES)

    @property
    def closed(self) -> bool:
        """Whether it ends as a sentence does; a headline or a label does not."""
        return self.words.rstrip(_CLOSERS).endswith(tuple(_TERMINALS))

    @property
    def is_paragraph(self) -> bool:
        """Whether it is prose beyond doubt: a long sentence, or two shorter ones; a caption is one short sentence."""
        return self.closed and (
            len(self.words) >= _LONG
            or (len(self.words) >= _LONG // 2 and _SENTENCE_BREAK.search(self.words) is not None)
        )


def lines_of(text: str) -> list[Line]:
    """Return the lines that are not blank, in order, wrapped paragraphs joined."""
    units: list[Line] = []
    block: list[Line] = []
    position, gap = 0, True
    for raw in text.split("\n"):
        words = raw.strip()
        if words:
            start = position + raw.index(words[0])
            block.append(Line(start, start + len(words), words, below_gap=gap))
        elif block:
            units.extend(_joined(text, block))
            block = []
        gap = not words
        position += len(raw) + 1
    return [*units, *_joined(text, block)]


def _joined(text: str, block: list[Line]) -> list[Line]:
    """Join a block that was wrapped at a fixed width: lines of one length, broken in mid-sentence."""
    if len(block) < 2:  # noqa: PLR2004  one line is no wrapped paragraph
        return block
    widths = [line.end - line.start for line in block[:-1]]
    even = max(widths) in _WRAP_WIDTHS and min(widths) >= 0.6 * max(widths)  # a long word leaves a short line before it
    in_mid_sentence = sum(line.words[0].islower() for line in block[1:])
    if not even or 3 * in_mid_sentence < len(block) - 1:
        return block
    start, end = block[0].start, block[-1].end
    return [Line(start, end, text[start:end], block[0].below_gap)]
