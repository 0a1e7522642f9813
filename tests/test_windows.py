"""Windows over texts longer than a model reads, and one vector from theirs, against plain definitions."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.datatypes import Span
from askdocs.encoding.protocol import Vectors
from askdocs.encoding.windows import pooled, windows
from strategies import awkward_text


def word_spans(texts: Sequence[str]) -> list[list[Span]]:
    """A tokenizer whose tokens are words."""
    return [[match.span() for match in re.finditer(r"\S+", text)] for text in texts]


def character_spans(texts: Sequence[str]) -> list[list[Span]]:
    """A tokenizer whose tokens are characters, but for white space."""
    return [[match.span() for match in re.finditer(r"\S", text)] for text in texts]


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


def test_a_longer_text_is_cut_before_a_word() -> None:
    assert windows(["one two three four five"], word_spans, 2) == (["one two ", "three four ", "five"], [0, 0, 0])


@pytest.mark.parametrize(
    ("text", "limit", "pieces"),
    [
        ("Bela rusian border guards", 12, ["Bela rusian ", "border guards"]),
        ("abcd abcd", 5, ["abcd ", "abcd"]),
        ("abcd abcd", 4, ["abcd ", "abcd"]),
        ("abc abcd abc", 5, ["abc ", "abcd ", "abc"]),  # a window more than the two that ten tokens need
        ("abcdefghij", 4, ["abc", "defg", "hij"]),  # no boundary anywhere: as few windows as can be
        ("nai\u0308ve", 5, ["nai", "\u0308ve"]),  # likewise: the one bound in reach that is even
        ("ab, cd", 3, ["ab, ", "cd"]),
    ],
)
def test_a_text_is_cut_inside_a_word_only_where_no_window_more_would_save_it(
    text: str, limit: int, pieces: list[str]
) -> None:
    assert windows([text], character_spans, limit)[0] == pieces


@given(st.lists(awkward_text(max_pieces=4), max_size=3), st.integers(1, 40))
def test_windows_of_characters_hold_every_text_whole_within_the_limit(texts: list[str], limit: int) -> None:
    pieces, owners = windows(texts, character_spans, limit)
    for number, text in enumerate(texts):
        own = [piece for piece, owner in zip(pieces, owners, strict=True) if owner == number]
        assert "".join(own) == text
        sizes = [len(spans) for spans in character_spans(own)]
        assert max(sizes) <= limit
        fewest = max(1, -(-sum(sizes) // limit))
        assert len(own) in (fewest, fewest + 1)
        assert len(own) == 1 or min(sizes) > 0


@given(st.lists(st.integers(1, 6), min_size=2, max_size=60))
def test_no_word_is_cut_where_all_words_are_short(lengths: list[int]) -> None:
    text = " ".join("x" * length for length in lengths)
    for piece in windows([text], character_spans, 20)[0]:
        assert set(piece.split()) <= set(text.split())
        assert piece.startswith("x")
        assert piece.endswith(" ") or text.endswith(piece)


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
