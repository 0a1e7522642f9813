"""Vectors for the parts of a text: which tokens a part holds, what they add up to, and both engines' agreement."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sentence_transformers import SentenceTransformer

from askdocs.datatypes import Span
from askdocs.encoding import Encoder
from askdocs.encoding.models import model_folder
from askdocs.encoding.openvino_encoder import OpenvinoEncoder
from askdocs.encoding.parts import PartSums, moved, token_runs
from askdocs.encoding.protocol import Vectors
from askdocs.encoding.torch_encoder import TorchEncoder
from askdocs.encoding.windows import windows
from askdocs.settings import BUNDLED_ENCODER
from encoders import cosines, fast, reference
from strategies import awkward_text

PROMPT = "passage: "
LONG = "The council met on Tuesday. It voted to close the bridge. Dockers stopped work at noon. " * 15


def ends(text: str, mark: str) -> list[Span]:
    """Cut a text after every mark: spans that cover it."""
    places = [0, *(place + 1 for place, character in enumerate(text) if character == mark), len(text)]
    return [(start, end) for start, end in pairwise(places) if start < end]


# --- which tokens a part holds


@st.composite
def spans_in_order(draw: st.DrawFn, *, empty: bool) -> list[Span]:
    """Spans that do not overlap, with gaps between some; a few are empty if wanted."""
    found: list[Span] = []
    at = 0
    for gap, length in draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0 if empty else 1, 4)), max_size=12)):
        found.append((at + gap, at + gap + length))
        at += gap + length
    return found


@given(spans_in_order(empty=False), spans_in_order(empty=True))
def test_a_part_has_the_tokens_that_share_a_character_with_it(words: list[Span], parts: list[Span]) -> None:
    tokens = [(0, 0), *words, (0, 0)]  # as tokenizers give the model's own marks
    for (start, end), (first, last) in zip(parts, token_runs(tokens, parts), strict=True):
        sharing = [
            number for number, (begin, stop) in enumerate(tokens) if set(range(begin, stop)) & set(range(start, end))
        ]
        assert list(range(first, last)) == sharing


def test_the_models_own_marks_belong_to_no_part() -> None:
    assert token_runs([(0, 0), (0, 3), (4, 7), (0, 0)], [(0, 4), (4, 7), (7, 9), (0, 7)]) == [
        (1, 2),
        (2, 3),
        (0, 0),
        (1, 3),
    ]


@given(spans_in_order(empty=True), st.integers(-20, 20), st.integers(0, 9))
def test_moved_parts_hold_the_same_characters_less_those_before_the_text(
    parts: list[Span], by: int, least: int
) -> None:
    for (start, end), (first, last) in zip(parts, moved(parts, by, least), strict=True):
        assert list(range(first, last)) == [place + by for place in range(start, end) if place + by >= least]


# --- what they add up to


@st.composite
def part_runs(draw: st.DrawFn) -> tuple[int, list[tuple[Vectors, list[int], list[Span]]]]:
    """Some windows: the states of each, the parts that stand in it and the run of tokens of each part."""
    count = draw(st.integers(1, 5))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    drawn = []
    for _ in range(draw(st.integers(0, 3))):
        runs = draw(spans_in_order(empty=True))
        parts = draw(st.lists(st.integers(0, count - 1), min_size=len(runs), max_size=len(runs)))
        states = random.uniform(-1, 1, (1 + max((end for _, end in runs), default=0), 3)).astype(np.float32)
        drawn.append((states, parts, runs))
    return count, drawn


@given(part_runs())
def test_a_parts_vector_is_the_mean_of_its_tokens_states_over_all_windows_scaled_to_length_one(
    drawn: tuple[int, list[tuple[Vectors, list[int], list[Span]]]],
) -> None:
    count, read = drawn
    sums = PartSums(count, 3)
    rows: list[list[Vectors]] = [[] for _ in range(count)]
    for states, parts, runs in read:
        sums.add(states, parts, runs)
        for part, (first, last) in zip(parts, runs, strict=True):
            rows[part].extend(states[first:last].astype(np.float64))
    otherwise = np.eye(3, dtype=np.float32)[np.arange(count) % 3]
    found = sums.vectors(otherwise)
    assert found.dtype == np.float32
    for part, tokens in enumerate(rows):
        if tokens:
            mean = np.mean(tokens, axis=0)
            np.testing.assert_allclose(found[part] * np.linalg.norm(mean), mean, atol=1e-5)
        else:
            assert np.array_equal(found[part], otherwise[part])


# --- the encoders


@pytest.fixture(params=["openvino", "torch"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    """Either engine with the bundled model."""
    chosen: Encoder = fast() if request.param == "openvino" else reference()
    return chosen


def test_both_engines_give_the_same_parts() -> None:
    texts = ["Title\nHello there. Who is it? He came.", "x", "", LONG, "東京で会議が開かれた。首相は来なかった。", "Ω."]
    parts = [[(6, 18), (19, 29), (29, 30), (30, 38)], [(0, 1)], [], ends(LONG, "."), ends(texts[4], "。"), [(0, 2)]]
    ours, our_parts = fast().encode_parts(texts, parts)
    theirs, their_parts = reference().encode_parts(texts, parts)
    assert our_parts.shape == their_parts.shape == (sum(map(len, parts)), 384)
    assert cosines(ours, theirs).min() >= 0.9998
    assert cosines(our_parts, their_parts).min() >= 0.9998


@settings(max_examples=10, deadline=None)
@given(st.lists(awkward_text(max_pieces=5), max_size=3))
def test_any_texts_lines_get_the_vectors_that_torch_gives_them(texts: list[str]) -> None:
    parts = [ends(text, "\n") for text in texts]
    ours, our_parts = fast().encode_parts(texts, parts)
    theirs, their_parts = reference().encode_parts(texts, parts)
    assert ours.shape == theirs.shape == (len(texts), 384)
    assert our_parts.shape == their_parts.shape == (sum(map(len, parts)), 384)
    assert min(cosines(ours, theirs), default=1) >= 0.9998
    assert min(cosines(our_parts, their_parts), default=1) >= 0.999


def test_the_texts_get_the_vectors_that_they_get_without_parts(encoder: Encoder) -> None:
    texts = ["One thing. Another.", "", LONG]
    vectors, _ = encoder.encode_parts(texts, [ends(text, ".") for text in texts])
    np.testing.assert_allclose(vectors, encoder.encode_document(texts), atol=2e-3)


def test_a_part_is_read_among_the_words_around_it(encoder: Encoder) -> None:
    texts = ["Anna Novak leads the party. She resigned.", "A ship left the harbour. She resigned.", "She resigned."]
    she = [[(text.index("She"), len(text))] for text in texts]
    _, parts = encoder.encode_parts(texts, she)
    leader = encoder.encode_query(["the leader of a party"])[0]
    assert float(parts[0] @ leader) > float(parts[1] @ leader)
    assert float(parts[0] @ leader) > float(parts[2] @ leader)


def test_all_of_a_short_text_as_one_part_is_near_the_text(encoder: Encoder) -> None:
    text = "The council voted to close the bridge until spring."
    vectors, parts = encoder.encode_parts([text], [[(0, len(text))]])
    assert 0.95 < float(vectors[0] @ parts[0]) < 0.99999, "the text's vector counts the model's own marks too"


def test_a_part_without_a_token_has_its_texts_vector(encoder: Encoder) -> None:
    texts = ["Nothing.", "One.  \n  Two."]
    vectors, parts = encoder.encode_parts(texts, [[(8, 8)], [(0, 4), (4, 9), (9, 13)]])
    assert np.array_equal(parts[[0, 2]], vectors)
    assert cosines(parts[[1, 3]], vectors[[1, 1]]).max() < 0.999


def test_texts_without_parts_and_no_texts_give_no_parts(encoder: Encoder) -> None:
    vectors, parts = encoder.encode_parts(["", "One."], [[], []])
    assert vectors.shape == (2, 384)
    assert parts.shape == (0, 384)
    vectors, parts = encoder.encode_parts([], [])
    assert vectors.shape == parts.shape == (0, 384)


def test_a_part_that_two_windows_share_is_read_in_both(encoder: Encoder) -> None:
    whole = encoder.encode_parts([LONG], [[(0, len(LONG))]])[1]
    assert cosines(whole, encoder.encode_document([LONG])).min() > 0.98
    _, (first, last) = encoder.encode_parts([LONG + "Sharks swim."], [[(0, 27), (len(LONG), len(LONG) + 12)]])
    shark, council = encoder.encode_query(["a shark in the sea", "a council meets"])
    assert float(last @ shark) > float(last @ council)
    assert float(first @ council) > float(first @ shark)


@pytest.mark.parametrize("engine", [OpenvinoEncoder, TorchEncoder])
def test_what_a_model_wants_before_a_window_is_in_no_part(
    tmp_path: Path, engine: type[OpenvinoEncoder | TorchEncoder]
) -> None:
    """The slow definition reads each window by itself and asks of each token whether it lies in the part."""
    for file in model_folder(BUNDLED_ENCODER).iterdir():
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / "config_sentence_transformers.json").unlink(missing_ok=True)
    (tmp_path / "config_sentence_transformers.json").write_text(json.dumps({"prompts": {"document": PROMPT}}))
    spans = fast()._token_spans  # noqa: SLF001  the model's own tokens, by which windows are cut
    room = fast()._recipe.max_tokens - 2 - len(spans([PROMPT])[0])  # noqa: SLF001  its limit
    pieces, _ = windows([LONG], spans, room)
    assert len(pieces) > 1
    begin = len(pieces[0])
    parts = [(0, begin - 12), (begin - 12, begin - 3), (begin - 3, begin + 20), (begin + 20, len(LONG))]
    slow = np.zeros((len(parts), 384))
    model = SentenceTransformer(str(tmp_path), device="cpu")
    before = -len(PROMPT)
    for piece in pieces:
        states = model.encode([piece], prompt=PROMPT, output_value="token_embeddings")[0].numpy()
        read = model.tokenizer(PROMPT + piece, return_offsets_mapping=True)["offset_mapping"]
        for (first, last), state in zip(read, states, strict=True):
            token = set(range(max(before + first, before + len(PROMPT)), before + last))
            for row, (start, end) in enumerate(parts):
                slow[row] += state * bool(token & set(range(start, end)))
        before += len(piece)
    _, found = engine(str(tmp_path)).encode_parts([LONG], [parts])
    assert cosines(found, (slow / np.linalg.norm(slow, axis=1, keepdims=True)).astype(np.float32)).min() >= 0.9998


def test_a_lone_surrogate_moves_no_part(encoder: Encoder) -> None:
    texts = ["who \ud83d won. The vote is over.", "who \ufffd won. The vote is over."]
    vectors, parts = encoder.encode_parts(texts, [[(0, 10), (10, 28)]] * 2)
    np.testing.assert_allclose(vectors[0], vectors[1], atol=2e-3)
    np.testing.assert_allclose(parts[:2], parts[2:], atol=2e-3)


def test_progress_counts_texts_not_parts(encoder: Encoder) -> None:
    told: list[int] = []
    encoder.encode_parts(["One. Two.", LONG], [ends("One. Two.", "."), ends(LONG, ".")], told.append)
    assert sum(told) == 2
