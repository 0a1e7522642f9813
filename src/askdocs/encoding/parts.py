"""The states of a text's tokens to one vector for each of its parts."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np

from askdocs.datatypes import Span
from askdocs.encoding.protocol import Vectors


def token_runs(tokens: Sequence[Span], parts: Sequence[Span]) -> list[Span]:
    """Return the half-open run of tokens that each part shares a character with, empty where there is none.

    Both are spans of characters in one text; tokens are in order and none is empty but the model's own marks, which
    belong to no part.
    """
    numbers = [number for number, (start, end) in enumerate(tokens) if end > start]
    starts = [tokens[number][0] for number in numbers]
    ends = [tokens[number][1] for number in numbers]
    runs = []
    for start, end in parts:
        first, last = bisect_right(ends, start), bisect_left(starts, end)
        runs.append((numbers[first], numbers[last - 1] + 1) if start < end and first < last else (0, 0))
    return runs


def moved(spans: Sequence[Span], by: int, least: int = 0) -> list[Span]:
    """Return spans so many characters further on, or back: what is before the place `least` is cut off.

    That is where a text begins behind what the model wants before it, which belongs to no part.
    """
    return [(max(least, start + by), max(least, end + by)) for start, end in spans]


class PartSums:
    """Adds up the states of the tokens of `count` parts, which may be read in several windows of a text."""

    def __init__(self, count: int, dimension: int) -> None:
        self._sums = np.zeros((count, dimension), np.float32)

    def add(self, states: Vectors, parts: Sequence[int], runs: Sequence[Span]) -> None:
        """Add rows of `states`, shape `(tokens, dimension)`, to the parts named: each its half-open run of them.

        No run holds the last row, which is one of the model's own marks or padding.
        """
        filled = [(part, run) for part, run in zip(parts, runs, strict=True) if run[0] < run[1]]
        if not filled:
            return
        bounds = np.array([run for _, run in filled]).reshape(-1)
        within = np.add.reduceat(states, bounds, axis=0)[::2]  # every other sum is of what lies between two runs
        np.add.at(self._sums, [part for part, _ in filled], within)

    def vectors(self, otherwise: Vectors) -> Vectors:
        """Return a unit vector a part; `otherwise` has the rows of parts without tokens."""
        lengths = np.linalg.norm(self._sums, axis=1, keepdims=True)
        unit: Vectors = np.where(lengths > 0, self._sums / np.maximum(lengths, np.finfo(np.float32).tiny), otherwise)
        return unit
