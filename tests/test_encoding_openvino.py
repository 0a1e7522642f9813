"""The OpenVINO encoder: the same vectors as sentence-transformers', without torch and without a word to anyone."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askdocs.datatypes import Article, Span
from askdocs.encoding import Encoder, Progress, Vectors, load_encoder
from askdocs.encoding.agreement import (
    LEAST_COSINE,
    LEAST_COSINE_INT8,
    PROBES,
    cache_folder,
    least_cosine,
    require_agreement,
)
from askdocs.encoding.models import model_folder
from askdocs.encoding.openvino_encoder import OpenvinoEncoder, batches
from askdocs.encoding.torch_encoder import TorchEncoder
from askdocs.errors import EngineError, IndexForeignError, SettingError
from askdocs.index import build_index, open_index
from askdocs.settings import BUNDLED_ENCODER, PassageSettings
from encoders import cosines, fast, reference
from fakes import HashEncoder
from strategies import AWKWARD_FRAGMENTS, awkward_text

Change = Callable[[Path], object]


# --- the same vectors


def test_the_bundled_model_gives_the_vectors_of_sentence_transformers() -> None:
    texts = [*PROBES, *AWKWARD_FRAGMENTS]
    assert cosines(fast().encode_document(texts), reference().encode_document(texts)).min() >= 0.9999
    assert cosines(fast().encode_query(PROBES), reference().encode_query(PROBES)).min() >= 0.9999
    assert fast().fingerprint == reference().fingerprint
    assert fast().dimension == reference().dimension == 384


@settings(max_examples=15, deadline=None)
@given(st.lists(awkward_text(), min_size=1, max_size=3))
def test_any_text_gets_the_vector_that_torch_gives_it(texts: list[str]) -> None:
    assert cosines(fast().encode_document(texts), reference().encode_document(texts)).min() >= 0.9998


def test_a_vector_has_length_one_and_is_float32() -> None:
    vectors = fast().encode_document([*PROBES, *AWKWARD_FRAGMENTS])
    assert vectors.dtype == np.float32
    assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 1e-5


def test_no_texts_give_no_vectors() -> None:
    assert fast().encode_document([]).shape == (0, 384)
    assert fast().encode_query([]).shape == (0, 384)


def test_a_text_gets_the_same_vector_whatever_stands_beside_it() -> None:
    texts = [*PROBES, *AWKWARD_FRAGMENTS]
    together = fast().encode_document(texts)
    alone = np.concatenate([fast().encode_document([text]) for text in texts])
    assert np.abs(together - alone).max() < 2e-3
    assert cosines(together, alone).min() > 0.9999


def test_what_an_index_stores_of_a_text_is_the_same_to_the_last_bit_whatever_is_encoded_with_it() -> None:
    texts = [f"{'word ' * length} and the end." for length in range(1, 60)]
    parts = [[(0, len(text) // 2), (len(text) // 2, len(text))] for text in texts]
    vectors, inside = fast().encode_parts(texts, parts)
    for some in (range(1), range(7, 12), range(0, 59, 3)):
        alone, within = fast().encode_parts([texts[row] for row in some], [parts[row] for row in some])
        assert np.array_equal(alone, vectors[list(some)])
        assert np.array_equal(within, inside.reshape(-1, 2, fast().dimension)[list(some)].reshape(within.shape))


def test_a_lone_surrogate_is_read_as_an_unknown_character() -> None:
    assert np.array_equal(fast().encode_query(["who \ud83d won"]), fast().encode_query(["who \ufffd won"]))


def test_the_end_of_a_long_text_is_not_cut_off() -> None:
    long = "The council met. " * 300
    ours = fast().encode_document([long, long + "Sharks live in the sea. " * 50])
    assert cosines(ours[:1], ours[1:])[0] < 0.99


def test_threads_get_the_vectors_that_one_after_another_gets() -> None:
    questions = [f"What did {name} say about the {thing}?" for name in ("Anna", "Boris") for thing in ("war", "bridge")]
    expected = [fast().encode_query([question]) for question in questions * 8]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda question: fast().encode_query([question]), questions * 8))
    assert np.abs(np.concatenate(found) - np.concatenate(expected)).max() < 1e-6


# --- int8


@cache
def rounded() -> OpenvinoEncoder:
    """The bundled model in int8, loaded once."""
    encoder = load_encoder(BUNDLED_ENCODER, "openvino-int8")
    assert isinstance(encoder, OpenvinoEncoder)
    return encoder


def test_int8_comes_near_the_vectors_of_sentence_transformers() -> None:
    assert 0.99 > LEAST_COSINE_INT8 <= least_cosine(rounded(), fast())
    texts = [text for text in PROBES if text]
    assert 0.996 < cosines(rounded().encode_document(texts), reference().encode_document(texts)).min() < 0.9999


def test_int8_is_another_encoder_to_an_index() -> None:
    assert rounded().fingerprint != fast().fingerprint
    assert rounded().identity != fast().identity
    assert rounded().fingerprint == OpenvinoEncoder(BUNDLED_ENCODER, int8=True).fingerprint
    assert rounded().name == "all-MiniLM-L6-v2 in int8"


def test_an_index_made_in_int8_is_refused_by_the_other_and_the_other_way_round(tmp_path: Path) -> None:
    for maker, asker in ((rounded(), fast()), (fast(), rounded())):
        build_index([Article.of(id="a", text="The council met.")], tmp_path, maker, PassageSettings())
        open_index(tmp_path).require_encoder(maker)
        with pytest.raises(IndexForeignError, match="all-MiniLM-L6-v2 in int8"):
            open_index(tmp_path).require_encoder(asker)


# --- batches and progress


@given(st.lists(st.integers(2, 100), max_size=60), st.integers(1, 400))
def test_batches_hold_every_text_once_whole_and_within_the_budget(lengths: list[int], budget: int) -> None:
    tokens = [[row + 1] * length for row, length in enumerate(lengths)]
    seen: list[int] = []
    for numbers, rows in batches(tokens, 100, budget):
        assert numbers.shape[1] <= 100
        assert len(rows) == 1 or numbers.size <= budget
        for line, row in zip(numbers, rows, strict=True):
            assert line[line > 0].tolist() == tokens[row]
        seen.extend(rows)
    assert sorted(seen) == list(range(len(lengths)))


def test_progress_counts_every_text_once_though_some_have_several_windows() -> None:
    counts: list[int] = []
    texts = ["short", "long words " * 400, "middle " * 90] * 20
    vectors = fast().encode_document(texts, progress=counts.append)
    assert sum(counts) == len(texts)
    assert min(counts) > 0
    assert vectors.shape == (60, 384)


# --- a cold start

COLD = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        raise SystemExit(f"{event} {arguments}")
sys.addaudithook(refuse)
from askdocs.encoding import load_encoder
encoder = load_encoder("all-MiniLM-L6-v2", "openvino")
assert encoder.encode_query(["Who resists?"]).shape == (1, 384)
assert len(encoder.encode_document(["Nobody."] * 40)) == 40
import threading, time
time.sleep(0.2)
print(sorted({name.split(".")[0] for name, module in sys.modules.items() if module is not None}))
print([thread.name for thread in threading.enumerate()])
"""


@cache
def cold_start(home: Path) -> tuple[set[str], list[str]]:
    """Encode in a fresh process where sockets are refused: its modules and its threads."""
    hidden = ("CI", "TF_BUILD", "JENKINS_URL")  # openvino's telemetry keeps quiet where it sees one of these
    environment = {key: value for key, value in os.environ.items() if key not in hidden} | {"HOME": str(home)}
    ran = subprocess.run([sys.executable, "-c", COLD], env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    modules, threads = ran.stdout.splitlines()
    return set(json.loads(modules.replace("'", '"'))), json.loads(threads.replace("'", '"'))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty home folder."""
    return tmp_path_factory.mktemp("home")


def test_a_question_is_encoded_without_importing_torch_or_transformers(home: Path) -> None:
    modules, _ = cold_start(home)
    assert "openvino" in modules
    assert not modules & {"torch", "transformers", "sentence_transformers", "huggingface_hub"}


def test_openvino_reports_nothing_to_anyone(home: Path) -> None:
    modules, threads = cold_start(home)
    assert "openvino_telemetry" not in modules
    assert threads == ["MainThread"]
    assert list(home.iterdir()) == []  # the telemetry would leave its client id here


# --- other models


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A small model with random weights, saved by sentence-transformers, of a family, a pooling and prompts."""

    def make(family: str, pooling: str, prompts: dict[str, str] | None = None) -> Path:
        import torch  # noqa: PLC0415  seconds
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415
        from sentence_transformers.sentence_transformer.modules import Pooling, Transformer  # noqa: PLC0415
        from transformers import AutoModel, BertConfig, RobertaConfig  # noqa: PLC0415

        folder = tmp_path_factory.mktemp(f"{family}-{pooling}")
        bundled = model_folder(BUNDLED_ENCODER)
        config = (BertConfig if family == "bert" else RobertaConfig)(
            vocab_size=30522,
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=48,
            max_position_embeddings=72,
            initializer_range=0.3,
            pad_token_id=0,
        )
        torch.manual_seed(7)
        AutoModel.from_config(config).save_pretrained(folder / "bare")  # type: ignore[no-untyped-call]  # transformers leaves it untyped
        for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
            shutil.copy(bundled / name, folder / "bare" / name)
        body = Transformer(str(folder / "bare"), max_seq_length=70)
        model = SentenceTransformer(modules=[body, Pooling(32, pooling_mode=pooling)], prompts=prompts, device="cpu")
        model.save(str(folder / "whole"), create_model_card=False)
        return folder / "whole"

    return make


@pytest.mark.parametrize(
    ("family", "pooling", "prompts"),
    [
        ("bert", "mean", {"query": "question: ", "document": "passage: "}),
        ("bert", "cls", None),
        ("roberta", "mean", None),
    ],
)
def test_other_models_of_the_family_agree_with_torch(
    made: Callable[..., Path], family: str, pooling: str, prompts: dict[str, str] | None
) -> None:
    folder = str(made(family, pooling, prompts))
    ours, theirs = OpenvinoEncoder(folder), TorchEncoder(folder)
    texts = [probe for probe in PROBES if len(probe) < 200]
    assert cosines(ours.encode_document(texts), theirs.encode_document(texts)).min() >= 0.9995
    assert cosines(ours.encode_query(texts), theirs.encode_query(texts)).min() >= 0.9995
    if prompts:
        assert cosines(ours.encode_query(texts), ours.encode_document(texts)).min() < 0.99


def test_a_long_text_after_a_long_prompt_is_read_to_its_end_by_both_engines(made: Callable[..., Path]) -> None:
    folder = str(made("bert", "mean", {"document": "search the articles of the newspaper for this: " * 3}))
    text = "The council voted on Tuesday. Sharks live in the sea. " * 20
    parts = [[(0, 29), (len(text) - 25, len(text))]]
    ours, our_parts = OpenvinoEncoder(folder).encode_parts([text], parts)
    theirs, their_parts = TorchEncoder(folder).encode_parts([text], parts)
    assert cosines(ours, theirs).min() >= 0.9995
    assert cosines(our_parts, their_parts).min() >= 0.999


def test_a_model_that_is_not_bundled_is_compared_once_and_remembered(
    made: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKDOCS_CACHE", str(tmp_path))
    encoder = load_encoder(str(made("bert", "max")), "auto")
    assert isinstance(encoder, TorchEncoder)
    assert list(tmp_path.rglob("*.json")) == []
    encoder = load_encoder(str(made("bert", "mean")), "auto")
    assert isinstance(encoder, OpenvinoEncoder)
    (stamp,) = tmp_path.rglob("*.json")
    assert stamp.stem == encoder.identity
    assert json.loads(stamp.read_text())["least_cosine"] >= LEAST_COSINE


# --- what the fast path does not do


def edit(file: str, **values: object) -> Change:
    def change(folder: Path) -> None:
        settings = json.loads((folder / file).read_text())
        (folder / file).write_text(json.dumps(settings | values))

    return change


def add_dense(folder: Path) -> None:
    modules = json.loads((folder / "modules.json").read_text())
    modules.insert(2, {"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"})
    (folder / "modules.json").write_text(json.dumps(modules))


def change_weights(change: Callable[[dict[str, Vectors]], object]) -> Change:
    def apply(folder: Path) -> None:
        from safetensors.numpy import load_file, save_file  # noqa: PLC0415

        weights = load_file(folder / "model.safetensors")
        change(weights)
        (folder / "model.safetensors").unlink()  # a link to the bundled file, which stays
        save_file(weights, folder / "model.safetensors")

    return apply


REFUSED: dict[str, tuple[Change, str]] = {
    "a module more": (add_dense, "its modules are Transformer, Pooling, Dense, Normalize"),
    "another family": (edit("config.json", model_type="mpnet"), "its model_type is 'mpnet'"),
    "another activation": (edit("config.json", hidden_act="relu"), "its hidden_act is 'relu'"),
    "another pooling": (edit("1_Pooling/config.json", pooling_mode_max_tokens=True), "its pooling is"),
    "case folded outside": (edit("sentence_bert_config.json", do_lower_case=True), "sets do_lower_case"),
    "no modules": (lambda folder: (folder / "modules.json").unlink(), "modules.json cannot be read"),
    "a tokenizer that is no JSON": (
        lambda folder: (folder / "tokenizer.json").write_bytes(b"\xff{"),
        "tokenizer.json cannot be read",
    ),
    "a tokenizer that is none": (
        lambda folder: (folder / "tokenizer.json").write_text("{}"),
        "tokenizer.json cannot be read",
    ),
    "a prompt that fills the model": (
        edit("config_sentence_transformers.json", prompts={"query": "Find: " * 200}),
        "leaves no room for a text",
    ),
    "no tokenizer": (lambda folder: (folder / "tokenizer.json").unlink(), "it has no tokenizer.json"),
    "a tensor less": (
        change_weights(lambda weights: weights.pop("encoder.layer.3.output.dense.bias")),
        "its weights lack encoder.layer.3.output.dense.bias",
    ),
    "a tensor more": (
        change_weights(lambda weights: weights.update(extra=np.zeros(3, np.float32))),
        "its weights hold extra",
    ),
    "a tensor of another shape": (
        change_weights(lambda weights: weights.update({"embeddings.LayerNorm.bias": np.zeros(3, np.float32)})),
        "its embeddings.LayerNorm.bias has the shape (3,)",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_it_cannot_repeat_is_refused_with_the_reason(case: str, tmp_path: Path) -> None:
    bundled = model_folder(BUNDLED_ENCODER)
    for file in bundled.rglob("*.json"):
        target = tmp_path / file.relative_to(bundled)
        target.parent.mkdir(exist_ok=True)
        shutil.copy(file, target)
    (tmp_path / "model.safetensors").symlink_to(bundled / "model.safetensors")
    change, reason = REFUSED[case]
    change(tmp_path)
    with pytest.raises(EngineError) as refusal:
        OpenvinoEncoder(str(tmp_path))
    assert reason in str(refusal.value)


def test_the_fallback_to_torch_names_its_reason(made: Callable[..., Path], caplog: pytest.LogCaptureFixture) -> None:
    folder = str(made("bert", "max"))
    with caplog.at_level(logging.WARNING, "askdocs"):
        assert isinstance(load_encoder(folder, "auto"), TorchEncoder)
    assert "its pooling is 'max'" in caplog.text
    with pytest.raises(EngineError, match="its pooling is 'max'"):
        load_encoder(folder, "openvino")


def test_without_openvino_torch_takes_over_and_says_why() -> None:
    program = (
        "import sys; sys.modules['openvino'] = None\n"
        "from askdocs.encoding import load_encoder\n"
        "print(type(load_encoder('all-MiniLM-L6-v2')).__name__)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "TorchEncoder"
    assert "several times slower: openvino cannot be imported" in ran.stderr


def test_the_engine_is_chosen_by_name() -> None:
    assert isinstance(load_encoder(BUNDLED_ENCODER), OpenvinoEncoder)
    assert isinstance(load_encoder(BUNDLED_ENCODER, "torch"), TorchEncoder)
    with pytest.raises(SettingError, match="auto, openvino, openvino-int8, torch"):
        load_encoder(BUNDLED_ENCODER, "gpu")


# --- agreement


@dataclass
class CountingEncoder:
    """A hash encoder that counts how often it is asked."""

    inner: HashEncoder = field(default_factory=HashEncoder)
    asked: int = 0
    name: str = "counting"
    fingerprint: str = "counting"
    engine: str = "counting"

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self.inner.dimension

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode, and count."""
        self.asked += 1
        return self.inner.encode_document(texts, progress)

    def encode_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], progress: Progress | None = None
    ) -> tuple[Vectors, Vectors]:
        """Encode, and count."""
        self.asked += 1
        return self.inner.encode_parts(texts, parts, progress)

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Encode as passages are encoded."""
        return self.encode_document(texts)

    def knows(self, word: str) -> bool:
        return self.inner.knows(word)

    def legibility(self, text: str) -> float:
        return self.inner.legibility(text)


def test_equal_encoders_agree_and_different_ones_do_not() -> None:
    assert least_cosine(HashEncoder(), HashEncoder()) == pytest.approx(1)
    assert least_cosine(HashEncoder(), HashEncoder(salt="other")) < 0.9
    assert least_cosine(HashEncoder(), HashEncoder(dimension=32)) == -1


def test_an_encoder_that_differs_is_refused_and_leaves_no_stamp(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="its vectors differ from torch's"):
        require_agreement(HashEncoder(), HashEncoder(salt="other"), tmp_path / "stamp.json")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"least_cosine": "high"}', '{"least_cosine": 0.5}'])
def test_a_comparison_is_made_once_and_again_when_its_stamp_is_damaged(tmp_path: Path, damage: str) -> None:
    reference: CountingEncoder = CountingEncoder()
    stamp = tmp_path / "deep" / "stamp.json"
    for expected in (2, 2):
        require_agreement(HashEncoder(), reference, stamp)
        assert reference.asked == expected
    stamp.write_text(damage)
    require_agreement(HashEncoder(), reference, stamp)
    assert reference.asked == 4


def test_a_cache_that_cannot_be_written_costs_a_warning_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("in the way of a folder")
    ours: Encoder = HashEncoder()
    with caplog.at_level(logging.WARNING, "askdocs"):
        require_agreement(ours, HashEncoder(), tmp_path / "file" / "stamp.json")
    assert "compared again next time" in caplog.text


def test_the_cache_folder_is_chosen_by_the_environment() -> None:
    assert cache_folder({"ASKDOCS_CACHE": "/chosen", "XDG_CACHE_HOME": "/other"}) == Path("/chosen")
    assert cache_folder({"XDG_CACHE_HOME": "/caches"}) == Path("/caches/askdocs")
    assert cache_folder({}) == Path.home() / ".cache" / "askdocs"
