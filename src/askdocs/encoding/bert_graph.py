"""A recipe and its weights to an OpenVINO graph: token numbers in, unit vectors and token states out.

The graph is drawn here, node by node, instead of being converted from torch: nothing is imported that takes seconds,
nothing is traced, and no converted copy has to be kept, checked and renewed. Devlin et al., "BERT: Pre-training of
Deep Bidirectional Transformers" (2019), figure by figure as `transformers` computes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from askdocs.encoding.openvino_runtime import import_openvino
from askdocs.encoding.recipe import Recipe
from askdocs.errors import EngineError

GRAPH_VERSION = "2"
"""Raised when the graph changes, so that models checked before are checked again."""

INT8_VERSION = "1"
"""Raised when what int8 weights are rounded to changes: indexes made with others are then refused."""

STEP = ".step"
"""Ends the name of what a matrix of int8 is multiplied by."""

Weights = Mapping[str, npt.NDArray[np.float32]]

_MASKED = np.float32(-30_000)
"""Added to the attention score of a padding token: its weight is then exactly 0, and half precision holds it too."""

_UNUSED = ("pooler.", "cls.", "lm_head.", "embeddings.position_ids")
"""Parts of a checkpoint that a sentence's vector does not depend on."""


def read_weights(path: Path) -> Weights:
    """Read the tensors of a `.safetensors` file as float32, named as the bare BERT model names them.

    A matrix of int8 stands beside its `.step`, by which it is multiplied: what `rounded` gives.

    Raises:
        EngineError: there is no such file, it cannot be read, or it holds other types of numbers.
    """
    from safetensors import SafetensorError  # noqa: PLC0415  only where weights are read
    from safetensors.numpy import load_file  # noqa: PLC0415

    try:
        found = load_file(path)
    except (OSError, SafetensorError, TypeError, KeyError, AttributeError) as error:
        raise EngineError(f"{path} cannot be read here: {error!r}") from error
    prefix = next((name.partition("embeddings.")[0] for name in found if "embeddings.word_embeddings" in name), "")
    tensors = {name.removeprefix(prefix): tensor for name, tensor in found.items()}
    used = {name: tensor for name, tensor in tensors.items() if not name.startswith(_UNUSED)}
    for name in [name for name in used if name.endswith(STEP)]:
        used[name.removesuffix(STEP)] = used[name.removesuffix(STEP)] * used.pop(name)
    if strange := [name for name, tensor in used.items() if tensor.dtype not in (np.float32, np.float16)]:
        raise EngineError(f"{path}: {strange[0]} holds {used[strange[0]].dtype}; known here: float32, float16")
    return {name: np.ascontiguousarray(tensor, np.float32) for name, tensor in used.items()}


def read_weight(path: Path, name: str) -> npt.NDArray[np.float32]:
    """Read one tensor of a `.safetensors` file as float32, without the others.

    Raises:
        EngineError: the file cannot be read, or has no such tensor.
    """
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415  only where weights are read

    try:
        with safe_open(path, "numpy") as file:
            full = next(one for one in file.keys() if one.endswith(name))  # noqa: SIM118  it is no mapping
            return np.ascontiguousarray(file.get_tensor(full), np.float32)
    except (OSError, SafetensorError, StopIteration) as error:
        raise EngineError(f"{path}: {name} cannot be read here: {error!r}") from error


def rounded(weight: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Round a matrix, shape `(outputs, inputs)`, to 255 steps of each output's largest: steps, and their size."""
    step = np.maximum(np.abs(weight).max(axis=1, keepdims=True), np.finfo(np.float32).tiny) / np.float32(127)
    return np.rint(weight / step).astype(np.int8), step


def bert_graph(recipe: Recipe, weights: Weights, *, int8: bool = False, segments: bool = False) -> Any:
    """Draw the graph, an `openvino.Model`.

    Inputs: `input_ids` and `attention_mask`, int64 of any shape `(texts, tokens)`, and with `segments` the like
    `token_type_ids`, which else are all 0. Outputs, float32: the texts' vectors, shape `(texts, hidden)`, each row of
    length 1; and the tokens' last states, `(texts, tokens, hidden)`. With `int8` the dense layers' weights are rounded
    to one of 255 steps of each output's largest.

    Raises:
        EngineError: a tensor is missing, has another shape, or is one that the graph has no place for.
    """
    drawing = _Drawing(recipe, weights, int8=int8, segments=segments)
    graph = drawing.model()
    if left := sorted(set(weights) - drawing.used):
        raise EngineError(f"its weights hold {left[0]}, which plain BERT does not have")
    return graph


class _Drawing:
    """The nodes of one graph while it is drawn, and the names of the tensors used for it."""

    def __init__(self, recipe: Recipe, weights: Weights, *, int8: bool, segments: bool) -> None:
        openvino = import_openvino()
        self._op = openvino.opset13
        self._model = openvino.Model
        self._recipe = recipe
        self._weights = weights
        self._int8 = int8
        self._segments = segments
        self.used: set[str] = set()

    def model(self) -> Any:
        op, recipe = self._op, self._recipe
        ids = op.parameter([-1, -1], np.int64, name="input_ids")
        mask = op.parameter([-1, -1], np.int64, name="attention_mask")
        present = op.convert(mask, "f32")
        scores = op.multiply(op.subtract(op.constant(np.float32(1)), present), op.constant(_MASKED))
        bias = op.unsqueeze(scores, self._numbers(1, 2))
        inputs = [ids, mask]
        if self._segments:
            inputs.append(op.parameter([-1, -1], np.int64, name="token_type_ids"))
        states = self._embedded(ids, inputs[2] if self._segments else self._number(0))
        for number in range(recipe.layers):
            states = self._layer(states, bias, f"encoder.layer.{number}.")
        pooled = self._first(states) if recipe.pooling == "cls" else self._sum(states, present)
        unit = op.normalize_l2(pooled, self._numbers(1), 1e-24, "max")
        return self._model([unit, states], inputs, "sentence encoder")

    def _embedded(self, ids: Any, segments: Any) -> Any:
        """Word, position and type, added and normalised."""
        op, hidden, first = self._op, self._recipe.hidden, self._recipe.first_position
        words = op.gather(self._tensor("embeddings.word_embeddings.weight", None, hidden), ids, self._number(0))
        length = op.gather(op.shape_of(ids), self._numbers(1), self._number(0))
        table = self._tensor("embeddings.position_embeddings.weight", None, hidden)
        end = op.add(length, self._numbers(first))
        positions = op.slice(table, self._numbers(first), end, self._numbers(1), self._numbers(0))
        types = self._tensor("embeddings.token_type_embeddings.weight", None, hidden)
        kind = op.gather(types, segments, self._number(0))
        return self._norm(op.add(op.add(words, kind), positions), "embeddings.LayerNorm")

    def _layer(self, states: Any, bias: Any, at: str) -> Any:
        """Self-attention, then the feed-forward part, each added to its input and normalised."""
        op, hidden = self._op, self._recipe.hidden
        query, key, value = (
            self._heads(self._dense(states, f"{at}attention.self.{part}", hidden)) for part in ("query", "key", "value")
        )
        seen = op.transpose(op.scaled_dot_product_attention(query, key, value, bias), self._numbers(0, 2, 1, 3))
        joined = op.reshape(seen, self._numbers(0, 0, hidden), special_zero=True)
        attended = self._dense(joined, f"{at}attention.output.dense", hidden)
        states = self._norm(op.add(attended, states), f"{at}attention.output.LayerNorm")
        inner = op.gelu(self._dense(states, f"{at}intermediate.dense", None), "erf")
        outer = self._dense(inner, f"{at}output.dense", hidden)
        return self._norm(op.add(outer, states), f"{at}output.LayerNorm")

    def _heads(self, states: Any) -> Any:
        """Shape `(texts, tokens, hidden)` to `(texts, heads, tokens, hidden / heads)`."""
        recipe = self._recipe
        shape = self._numbers(0, 0, recipe.heads, recipe.hidden // recipe.heads)
        return self._op.transpose(self._op.reshape(states, shape, special_zero=True), self._numbers(0, 2, 1, 3))

    def _dense(self, states: Any, name: str, outputs: int | None) -> Any:
        weight = self._tensor(f"{name}.weight", outputs, None)
        if self._int8:
            weight = self._rounded(self._weights[f"{name}.weight"])
        product = self._op.matmul(states, weight, transpose_a=False, transpose_b=True)
        return self._op.add(product, self._tensor(f"{name}.bias", outputs))

    def _rounded(self, weight: npt.NDArray[np.float32]) -> Any:
        """A matrix as int8 and a step for each output: the form in which OpenVINO multiplies it as int8."""
        whole, step = rounded(weight)
        return self._op.multiply(self._op.convert(self._op.constant(whole), "f32"), self._op.constant(step))

    def _norm(self, states: Any, name: str) -> Any:
        op, hidden = self._op, self._recipe.hidden
        centred = op.mvn(states, self._numbers(-1), True, self._recipe.epsilon, "inside_sqrt")  # noqa: FBT003  openvino's signature
        return op.add(
            op.multiply(centred, self._tensor(f"{name}.weight", hidden)), self._tensor(f"{name}.bias", hidden)
        )

    def _first(self, states: Any) -> Any:
        """The first token's vector."""
        return self._op.gather(states, self._number(0), self._number(1))

    def _sum(self, states: Any, present: Any) -> Any:
        """The sum over the text's tokens, which points where their mean points."""
        counted = self._op.multiply(states, self._op.unsqueeze(present, self._numbers(2)))
        return self._op.reduce_sum(counted, self._numbers(1))

    def _tensor(self, name: str, *shape: int | None) -> Any:
        """A weight as a constant; `None` in `shape` stands for any size."""
        if name not in self._weights:
            raise EngineError(f"its weights lack {name}")
        weight = self._weights[name]
        if len(weight.shape) != len(shape) or any(
            want not in (None, size) for want, size in zip(shape, weight.shape, strict=True)
        ):
            raise EngineError(f"its {name} has the shape {weight.shape}")
        self.used.add(name)
        return self._op.constant(weight, shared_memory=True)

    def _numbers(self, *numbers: int) -> Any:
        return self._op.constant(np.array(numbers, np.int64))

    def _number(self, number: int) -> Any:
        return self._op.constant(np.int64(number))
