"""Texts longer than a model's limit to windows that fit, and the windows' vectors to one vector a text."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from askdocs.datatypes import Span
from askdocs.encoding.protocol import Vectors

TokenSpans = Callable[[Sequence[str]], list[list[Span]]]
"""For each text, the character span of each of the model's tokens, special tokens left out."""


def windows(texts: Sequence[str], token_spans: TokenSpans, limit: int) -> tuple[list[str], list[int]]:
    """Cut every text into windows of at most `limit` model tokens, of nearly equal length.

    Returns the windows in order, and for each the number of the text that it belongs to. A text that fits is its own
    only window, so nothing changes for it.
    """
    pieces: list[str] = []
    owners: list[int] = []
    for number, (text, spans) in enumerate(zip(texts, token_spans(texts), strict=True)):
        parts = max(1, -(-len(spans) // limit))
        bounds = [round(part * len(spans) / parts) for part in range(parts + 1)]
        starts = [0, *(spans[bound][0] for bound in bounds[1:-1]), len(text)]
        pieces.extend(text[starts[part] : starts[part + 1]] for part in range(parts))
        owners.extend([number] * parts)
    return pieces, owners


def pooled(vectors: Vectors, owners: Sequence[int], count: int) -> Vectors:
    """Return one unit vector a text: the mean of its windows' vectors, shape `(count, dimension)`."""
    if len(owners) == count:
        return vectors
    sums = np.zeros((count, vectors.shape[1]), np.float32)
    np.add.at(sums, np.asarray(owners), vectors)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    unit: Vectors = sums / np.maximum(lengths, np.finfo(np.float32).tiny)
    return unit
