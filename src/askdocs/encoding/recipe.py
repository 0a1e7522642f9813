"""A sentence-transformers folder to its recipe: all that must be known to repeat the model without the library.

What a recipe cannot express is refused with a reason, never approximated: such a model runs on torch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from askdocs.encoding.soundness import PADDED_POSITIONS
from askdocs.errors import EngineError

_MODULES = (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
_POOLING = {"cls": "pooling_mode_cls_token", "mean": "pooling_mode_mean_tokens"}
_OTHER_POOLING = (
    "pooling_mode_max_tokens",
    "pooling_mode_mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens",
    "pooling_mode_lasttoken",
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one model of the BERT family turns a text into a unit vector.

    `max_tokens` counts the model's own marks. `first_position` is the row of the position table that the first token
    takes. The prompts go before a text as sentence-transformers puts them there.
    """

    hidden: int
    heads: int
    layers: int
    epsilon: float
    first_position: int
    max_tokens: int
    pooling: Literal["cls", "mean"]
    query_prompt: str
    document_prompt: str


def read_recipe(folder: Path) -> Recipe:
    """Read a model's recipe from the settings in its folder.

    Raises:
        EngineError: a setting is missing, or asks for something that only sentence-transformers does.
    """
    _require_modules(_list(folder / "modules.json"))
    config = _table(folder / "config.json")
    _require_plain_bert(config)
    positions = 1 + int(config.get("pad_token_id", 1)) if config["model_type"] in PADDED_POSITIONS else 0
    prompts = _table(folder / "config_sentence_transformers.json", optional=True).get("prompts") or {}
    hidden, heads = int(config["hidden_size"]), int(config["num_attention_heads"])
    return Recipe(
        hidden=hidden,
        heads=heads,
        layers=int(config["num_hidden_layers"]),
        epsilon=float(config.get("layer_norm_eps", 1e-12)),
        first_position=positions,
        max_tokens=_max_tokens(folder, int(config["max_position_embeddings"]) - positions),
        pooling=_pooling(_table(folder / "1_Pooling" / "config.json")),
        query_prompt=prompts.get("query") or "",
        document_prompt=prompts.get("document") or "",
    )


def _require_modules(modules: list[Any]) -> None:
    """Refuse a model that is more than a transformer, a pooling and a normalisation."""
    names = [str(module.get("type", "")).rpartition(".")[2] for module in modules]
    if names not in _MODULES:
        raise EngineError(f"its modules are {', '.join(names)}; known here: Transformer, Pooling, Normalize")


def _require_plain_bert(config: Mapping[str, Any]) -> None:
    """Refuse an architecture that the graph does not draw."""
    wanted: dict[str, tuple[Any, tuple[Any, ...]]] = {
        "model_type": (None, ("bert", *PADDED_POSITIONS)),
        "hidden_act": ("gelu", ("gelu",)),
        "position_embedding_type": ("absolute", ("absolute",)),
        "is_decoder": (False, (False,)),
        "add_cross_attention": (False, (False,)),
        "quantization_config": (None, (None,)),
    }
    for key, (default, known) in wanted.items():
        if (found := config.get(key, default)) not in known:
            raise EngineError(f"its {key} is {found!r}; known here: {', '.join(map(str, known))}")
    needed = ("hidden_size", "num_attention_heads", "num_hidden_layers", "max_position_embeddings")
    if missing := [key for key in needed if key not in config]:
        raise EngineError(f"its config.json has no {missing[0]}")
    if config["hidden_size"] % config["num_attention_heads"]:
        raise EngineError("its hidden_size is no multiple of num_attention_heads")


def _pooling(config: Mapping[str, Any]) -> Literal["cls", "mean"]:
    """Read how token vectors become one, in the older form (a flag a mode) or the newer (the mode's name)."""
    modes = config.get("pooling_mode")
    if modes is None:
        modes = [mode for mode, flag in _POOLING.items() if config.get(flag)]
        modes += [flag for flag in _OTHER_POOLING if config.get(flag)]
    match modes:
        case "mean" | ["mean"] | []:
            return "mean"
        case "cls" | ["cls"]:
            return "cls"
        case _:
            raise EngineError(f"its pooling is {modes!r}; known here: mean, cls")


def _max_tokens(folder: Path, positions: int) -> int:
    """Return sentence-transformers' limit: its own setting, else the tokenizer's, but never more than the positions."""
    settings = _table(folder / "sentence_bert_config.json", optional=True)
    if strange := [key for key in ("do_lower_case", "query_length", "document_length") if settings.get(key)]:
        raise EngineError(f"its sentence_bert_config.json sets {strange[0]}")
    tokenizer = _table(folder / "tokenizer_config.json", optional=True)
    limit = settings.get("max_seq_length") or tokenizer.get("model_max_length") or positions
    return min(int(limit), positions)


def _table(path: Path, *, optional: bool = False) -> dict[str, Any]:
    """Read a JSON object; a missing optional file is an empty one."""
    if optional and not path.is_file():
        return {}
    table = _json(path)
    if not isinstance(table, dict):
        raise EngineError(f"{path} is not a JSON object")
    return table


def _list(path: Path) -> list[Any]:
    """Read a JSON array of objects."""
    rows = _json(path)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise EngineError(f"{path} is not a JSON array of objects")
    return rows


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EngineError(f"{path} cannot be read: {error}") from error
