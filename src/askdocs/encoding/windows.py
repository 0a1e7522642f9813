"""Texts longer than a model's limit to windows that fit, and the windows' vectors to one vector a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from unicodedata import category

import numpy as np

from askdocs.datatypes import Span
from askdocs.encoding.protocol import Vectors

TokenSpans = Callable[[Sequence[str]], list[list[Span]]]
"""For each text, the character span of each of the model's tokens, special tokens left out."""


def windows(texts: Sequence[str], token_spans: TokenSpans, limit: int) -> tuple[list[str], list[int]]:
    """Cut every text into windows of at most `limit` model tokens, of nearly equal length, between words.

    Returns the windows in order, and for each the number of the text that it belongs to. A text that fits is its own
    only window, so nothing changes for it. Inside a word is cut only where even a window more would not save the word:
    one longer than a window, or a script that puts nothing between its words.
    """
    pieces: list[str] = []
    owners: list[int] = []
    for number, (text, spans) in enumerate(zip(texts, token_spans(texts), strict=True)):
        bounds = _bounds([_opens(text, start) for start, _ in spans], limit)
        starts = [0, *(spans[bound][0] for bound in bounds), len(text)]
        pieces.extend(text[start:end] for start, end in pairwise(starts))
        owners.extend([number] * (len(starts) - 1))
    return pieces, owners


def _bounds(opens: Sequence[bool], limit: int) -> list[int]:
    """Return the tokens that begin a window, but for the first; `opens` says which tokens do not continue a word."""
    fewest = max(1, -(-len(opens) // limit))
    tried = (_even_bounds(opens, limit, count) for count in (fewest, fewest + 1) if count <= len(opens))
    return min(tried, key=lambda bounds: sum(not opens[bound] for bound in bounds), default=[])


def _even_bounds(opens: Sequence[bool], limit: int, count: int) -> list[int]:
    """Return the bounds of so many windows: each the nearest to an even share that cuts no word, if one is in reach."""
    bounds: list[int] = []
    begin = 0
    for left in range(count, 1, -1):  # windows still to fill, this one too
        even = begin + round((len(opens) - begin) / left)
        first = max(begin + 1, len(opens) - (left - 1) * limit)
        last = min(begin + limit, len(opens) - (left - 1))
        reach = (bound for bound in range(first, last + 1) if opens[bound])
        begin = min(((abs(bound - even), bound) for bound in reach), default=(0, even))[1]
        bounds.append(begin)
    return bounds


def _opens(text: str, place: int) -> bool:
    """Tell whether a word can begin here: not after a letter, a mark or a number."""
    return place == 0 or category(text[place - 1])[0] not in "LMN"


def pooled(vectors: Vectors, owners: Sequence[int], count: int) -> Vectors:
    """Return one unit vector a text: the mean of its windows' vectors, shape `(count, dimension)`."""
    if len(owners) == count:
        return vectors
    sums = np.zeros((count, vectors.shape[1]), np.float32)
    np.add.at(sums, np.asarray(owners), vectors)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    unit: Vectors = sums / np.maximum(lengths, np.finfo(np.float32).tiny)
    return unit
