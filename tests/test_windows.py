"""Windows over texts longer than a model reads, and one vector from theirs, against plain definitions."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from askdocs.datatypes import Span
from askdocs.encoding.protocol import Vectors
from askdocs.encoding.windows import pooled, windows
from strategies import awkward_text


def word_spans(texts: Sequence[str]) -> list[list[Span]]:
    """A tokenizer whose tokens are words."""
    return [[match.span() for match in re.finditer(r"\S+", text)] for text in texts]


@given(st.lists(awkward_text(max_pieces=4), max_size=5), st.integers(1, 8))
def test_windows_hold_every_text_whole_in_order_within_the_limit(texts: list[str], limit: int) -> None:
    pieces, owners = windows(texts, word_spans, limit)
    assert len(pieces) == len(owners)
    assert owners == sorted(owners)
    for number, text in enumerate(texts):
        own = [piece for piece, owner in zip(pieces, owners, strict=True) if owner == number]
        assert "".join(own) == text
        sizes = [len(piece.split()) for piece in own]
        assert max(sizes) <= limit
        assert max(sizes) - min(sizes) <= 1, "of nearly equal length"
        assert len(own) == max(1, -(-len(text.split()) // limit)), "no more than needed"


def test_a_text_that_fits_is_its_own_only_window() -> None:
    assert windows([" one two ", ""], word_spans, 2) == ([" one two ", ""], [0, 1])


def test_a_longer_text_is_cut_before_a_token() -> None:
    assert windows(["one two three four five"], word_spans, 2) == (["one two ", "three ", "four five"], [0, 0, 0])


@st.composite
def owned_vectors(draw: st.DrawFn) -> tuple[Vectors, list[int], int]:
    """Unit vectors that never cancel out, each with the text that it belongs to."""
    counts = draw(st.lists(st.integers(1, 4), min_size=1, max_size=6))
    owners = [number for number, count in enumerate(counts) for _ in range(count)]
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    vectors = random.uniform(0.1, 1.0, (len(owners), 5)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), owners, len(counts)


@given(owned_vectors())
def test_a_texts_vector_is_the_mean_of_its_windows_scaled_to_length_one(drawn: tuple[Vectors, list[int], int]) -> None:
    vectors, owners, count = drawn
    found = pooled(vectors, owners, count)
    assert found.shape == (count, 5)
    assert found.dtype == np.float32
    for number in range(count):
        mean = vectors[[owner == number for owner in owners]].astype(np.float64).mean(axis=0)
        np.testing.assert_allclose(found[number], mean / np.linalg.norm(mean), atol=1e-6)
