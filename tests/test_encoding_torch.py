"""The torch encoder, the reference for the faster one: its vectors are sentence-transformers' own."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from askdocs.encoding.models import model_folder
from askdocs.encoding.torch_encoder import TorchEncoder
from askdocs.errors import EncoderError
from askdocs.settings import BUNDLED_ENCODER
from strategies import AWKWARD_FRAGMENTS

SHORT = ["Who resists?", "", *(fragment for fragment in AWKWARD_FRAGMENTS if len(fragment) < 100)]
LONG = "The council voted on Tuesday to close the bridge until the spring. " * 60
OTHER = "Telescopes saw the dust of a small asteroid. " * 60


@cache
def ours() -> TorchEncoder:
    """The bundled model, loaded once."""
    return TorchEncoder(BUNDLED_ENCODER)


@cache
def theirs() -> SentenceTransformer:
    """The same, with nothing of askdocs around it."""
    return SentenceTransformer(str(model_folder(BUNDLED_ENCODER)), device="cpu", local_files_only=True)


def test_short_texts_get_the_vectors_of_sentence_transformers() -> None:
    expected = theirs().encode(SHORT, normalize_embeddings=True, show_progress_bar=False)
    np.testing.assert_allclose(ours().encode_document(SHORT), expected, atol=1e-5)
    np.testing.assert_allclose(ours().encode_query(SHORT), expected, atol=1e-5)


def test_vectors_are_unit_vectors_of_the_models_dimension() -> None:
    vectors = ours().encode_document([*SHORT, LONG])
    assert vectors.shape == (len(SHORT) + 1, ours().dimension) == (len(SHORT) + 1, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_a_long_text_is_read_to_its_end() -> None:
    same, other = ours().encode_document([LONG, LONG + OTHER])
    limit = theirs().encode([LONG, LONG + OTHER], normalize_embeddings=True, show_progress_bar=False)
    assert float(limit[0] @ limit[1]) == pytest.approx(1.0, abs=1e-5), "by itself the model stops at its limit"
    assert float(same @ other) < 0.95
    assert float(ours().encode_query([OTHER])[0] @ other) > float(ours().encode_query([OTHER])[0] @ same)


def test_no_texts_give_no_vectors() -> None:
    assert ours().encode_document([]).shape == (0, 384)


def test_progress_counts_every_text_once() -> None:
    told: list[int] = []
    ours().encode_document([*SHORT, LONG], told.append)
    assert sum(told) == len(SHORT) + 1


def test_its_fingerprint_is_the_models_whoever_computes() -> None:
    assert ours().fingerprint == TorchEncoder(f"sentence-transformers/{BUNDLED_ENCODER}").fingerprint
    assert ours().name == BUNDLED_ENCODER


def test_a_folder_that_is_no_model_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="sentence-transformers cannot load it"):
        TorchEncoder(str(tmp_path)).encode_query(["Who?"])
