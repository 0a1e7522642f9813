"""A model's folder to nothing, or to the error that names the file at fault, before any library meets it.

What is left out may be right for some model and is left to what loads it; what is there must mean something.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from askdocs.errors import EncoderError

WEIGHTS = "*.safetensors"
MODULES = "modules.json"

_OBJECTS = (
    "config.json",
    "config_sentence_transformers.json",
    "sentence_bert_config.json",
    "tokenizer_config.json",
)
_SIZES = ("hidden_size", "num_attention_heads", "num_hidden_layers", "max_position_embeddings", "vocab_size")
PADDED_POSITIONS = ("roberta", "xlm-roberta", "camembert")
"""Families that are BERT in all but this: the first token's position is the padding token's number plus one."""


def require_sound(folder: Path) -> None:
    """See that a model's weights can be opened, and that its settings are of the kinds that they must be.

    Raises:
        EncoderError: a file of it cannot be read, or holds what no model can be made of; names it and the reason.
    """
    weights = sorted(folder.rglob(WEIGHTS))
    if not weights:
        raise EncoderError(f"{folder}: no .safetensors weights; askdocs loads no pickled models")
    for file in weights:
        _require_readable(file)
    config, sentences, reading, _ = (_object(folder / name) for name in _OBJECTS)
    _require_modules(folder / MODULES)
    _require_sizes(folder / _OBJECTS[0], config)
    _require_prompts(folder / _OBJECTS[1], sentences)
    _require_reach(folder / _OBJECTS[2], reading, config)


def _require_readable(file: Path) -> None:
    try:
        file.open("rb").close()
    except OSError as error:
        gone = "is a link to nothing" if file.is_symlink() and not file.exists() else error.strerror or str(error)
        raise EncoderError(f"{file}: the weights cannot be read: {gone}; fetch the model anew") from error


def _json(file: Path) -> object:
    """Return what a file says; None where there is none."""
    if not file.is_symlink() and not file.exists():
        return None
    try:
        found: object = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise EncoderError(f"{file}: cannot be read as JSON: {error}; fetch the model anew") from error
    return found


def _object(file: Path) -> Mapping[str, Any]:
    found = _json(file)
    if found is not None and not isinstance(found, dict):
        raise EncoderError(f"{file}: holds {found!r:.40}, wanted a JSON object")
    return found or {}


def _require_modules(file: Path) -> None:
    found = _json(file)
    if found is not None and not (isinstance(found, list) and all(isinstance(row, dict) for row in found)):
        raise EncoderError(f"{file}: holds {found!r:.40}, wanted a JSON array of objects")


def _require_sizes(file: Path, config: Mapping[str, Any]) -> None:
    for name in _SIZES:
        if name in config and (type(config[name]) is not int or config[name] < 1):
            raise EncoderError(f"{file}: {name} is {config[name]!r:.40}, wanted a whole number of at least 1")


def _require_prompts(file: Path, sentences: Mapping[str, Any]) -> None:
    prompts = sentences.get("prompts")
    if prompts is None:
        return
    if not isinstance(prompts, dict) or not all(isinstance(prompt, str | None) for prompt in prompts.values()):
        raise EncoderError(f"{file}: prompts is {prompts!r:.40}, wanted an object of texts")


def _require_reach(file: Path, reading: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    """Refuse a limit of tokens beyond the table of positions, where a model has one: it would fail at a long text."""
    limit, positions = reading.get("max_seq_length"), config.get("max_position_embeddings")
    if limit is not None and (type(limit) is not int or limit < 1):
        raise EncoderError(f"{file}: max_seq_length is {limit!r:.40}, wanted a whole number of at least 1")
    if config.get("model_type") not in ("bert", *PADDED_POSITIONS) or limit is None or positions is None:
        return
    if limit > positions:
        raise EncoderError(f"{file}: max_seq_length is {limit:,}, more than the {positions:,} positions of the model")
