"""The torch encoder, the reference for the faster one: its vectors are sentence-transformers' own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from askdocs.encoding import load_encoder
from askdocs.encoding.agreement import LEAST_COSINE, least_cosine
from askdocs.encoding.models import model_folder
from askdocs.encoding.torch_encoder import TorchEncoder
from askdocs.errors import EncoderError, EngineError, SettingError
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


def test_bfloat16_gives_the_same_vectors_so_that_one_index_serves_both() -> None:
    rounded = TorchEncoder(BUNDLED_ENCODER, precision="bfloat16")
    assert least_cosine(rounded, ours()) >= LEAST_COSINE
    assert rounded.fingerprint == ours().fingerprint
    assert rounded.encode_document(["Who?"]).dtype == np.float32


def test_a_device_that_is_none_or_not_here_is_refused_in_one_line() -> None:
    with pytest.raises(SettingError, match="device = 'gpu' is none that torch knows") as unknown:
        load_encoder(BUNDLED_ENCODER, device="gpu")
    with pytest.raises(EngineError, match=r"device = 'cuda:99': torch \S+ does not have it here") as missing:
        load_encoder(BUNDLED_ENCODER, device="cuda:99")
    assert "\n" not in f"{unknown.value}{missing.value}"
    with pytest.raises(EngineError, match="device = 'meta'"):
        load_encoder(BUNDLED_ENCODER, device="meta")
    with pytest.raises(SettingError, match="engine = 'openvino' runs on the CPU only"):
        load_encoder(BUNDLED_ENCODER, "openvino", "cuda")


def test_a_device_that_is_not_here_ends_an_indexing_in_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "askdocs", "index", "--sample", "--device", "cuda:99", "--index", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "device = 'cuda:99': torch" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", [b"\xff{", b"{}"])
def test_a_damaged_tokenizer_is_refused_by_name(tmp_path: Path, damage: bytes) -> None:
    shutil.copytree(model_folder(BUNDLED_ENCODER), tmp_path / "model")
    (tmp_path / "model" / "tokenizer.json").write_bytes(damage)
    with pytest.raises(EncoderError, match="sentence-transformers cannot load it"):
        TorchEncoder(str(tmp_path / "model")).encode_query(["Who?"])


def test_a_folder_that_is_no_model_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"no \.safetensors weights; askdocs loads no pickled models"):
        TorchEncoder(str(tmp_path)).encode_query(["Who?"])
