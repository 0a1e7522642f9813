"""A text, as pieces of a model's vocabulary, to how much of it the model reads as words rather than spells out.

A model's vector says what a text means only where its vocabulary has the text's words, or parts of them that mean
something. An English model reads Arabic letter by letter and Thai not at all: every text of it is then near every
other, and cosines say little.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from askdocs.datatypes import Span

_MEANS_MUCH = 3
"""Letters of a piece from which on it is taken for a word or a part that means something."""

_USUAL = 0.9
"""The share of letters in such pieces that texts of a model's own language have at least."""

_MORPHEME = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]")
"""Characters each of which stands for as much as several letters: Han, kana, Hangul."""


def legibility(text: str, pieces: Sequence[Span]) -> float:
    """Return the share of a text's letters and digits that stand in pieces that mean something: 0 to 1.

    `pieces` holds the characters of each piece that the vocabulary has; what it has not, means nothing. A piece of one
    letter counts nothing, one of two by half. A text without letters is legible.
    """
    letters = sum(map(str.isalnum, text))
    meaningful = sum(_meaning(text[start:end]) * (end - start) for start, end in pieces)
    return min(1.0, meaningful / (_USUAL * letters)) if letters else 1.0


def token_legibility(tokenizer: Any, text: str) -> float:
    """Return the legibility of a text by a tokenizer of the library `tokenizers`."""
    unknown = tokenizer.token_to_id(getattr(tokenizer.model, "unk_token", None) or "")
    read = tokenizer.encode(text, add_special_tokens=False)
    return legibility(text, [span for span, piece in zip(read.offsets, read.ids, strict=True) if piece != unknown])


def _meaning(piece: str) -> float:
    if _MORPHEME.search(piece) or piece.isdecimal():
        return 1.0
    return min(1.0, (len(piece) - 1) / (_MEANS_MUCH - 1)) if piece.isalnum() else 0.0
