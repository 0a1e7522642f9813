"""Two texts, read together, to the states of their tokens: a BERT-like model with segments, on OpenVINO or on torch."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from askdocs.encoding.bert_graph import Weights, bert_graph
from askdocs.encoding.openvino_encoder import QUICK, model_precision
from askdocs.encoding.openvino_runtime import import_openvino
from askdocs.encoding.recipe import Recipe
from askdocs.errors import EngineError

WORDS = "embeddings.word_embeddings.weight"
"""The name of the table of word vectors among a model's weights."""

States = npt.NDArray[np.float32]
"""The last states of the tokens of a pair of texts, shape `(tokens, hidden)`."""

_STEP = 8
"""Tokens by which a pair is padded: the engine prepares itself for every number of them, once."""

_SPARE_REQUESTS = 8


class PairNetwork(Protocol):
    """Reads a pair of texts. Safe in threads."""

    def __call__(self, ids: Sequence[int], begin: int) -> States:
        """Return the last states of tokens given by their numbers; the second text's begin at `begin`."""
        ...


def pair_network(recipe: Recipe, weights: Weights, engine: str) -> PairNetwork:
    """Return the network on OpenVINO, or on torch where that is wanted or OpenVINO cannot run it here.

    Why it cannot, the encoder says, which cannot either.
    """
    if engine != "torch":
        try:
            return _OpenvinoNetwork(recipe, weights)
        except EngineError:
            pass
    return _TorchNetwork(recipe, weights)


class _OpenvinoNetwork:
    """The layers as a graph, in bfloat16 where the CPU has it."""

    def __init__(self, recipe: Recipe, weights: Weights) -> None:
        openvino = import_openvino()
        self._spare: deque[Any] = deque(maxlen=_SPARE_REQUESTS)  # a new request costs as much as a reading
        try:
            core = openvino.Core()
            wanted = {**QUICK, "INFERENCE_PRECISION_HINT": model_precision(core)}
            self._compiled = core.compile_model(bert_graph(recipe, weights, segments=True), "CPU", wanted)
        except RuntimeError as error:
            raise EngineError(f"openvino cannot run it here: {str(error).strip().splitlines()[-1]}") from error

    def __call__(self, ids: Sequence[int], begin: int) -> States:
        width = -(-len(ids) // _STEP) * _STEP
        tokens, mask, segments = np.zeros((3, 1, width), np.int64)
        tokens[0, : len(ids)] = ids
        mask[0, : len(ids)] = 1
        segments[0, begin : len(ids)] = 1
        try:
            request = self._spare.pop()
        except IndexError:
            request = self._compiled.create_infer_request()
        request.infer([tokens, mask, segments])
        states: States = request.get_output_tensor(1).data[0, : len(ids)].copy()
        self._spare.append(request)
        return states


class _TorchNetwork:
    """The layers on torch, in float32."""

    def __init__(self, recipe: Recipe, weights: Weights) -> None:
        import torch  # noqa: PLC0415  seconds, and only where OpenVINO cannot run
        from transformers import BertConfig, BertModel  # noqa: PLC0415

        inner = weights["encoder.layer.0.intermediate.dense.weight"].shape[0]
        config = BertConfig(
            vocab_size=len(weights[WORDS]),
            hidden_size=recipe.hidden,
            num_hidden_layers=recipe.layers,
            num_attention_heads=recipe.heads,
            intermediate_size=inner,
            layer_norm_eps=recipe.epsilon,
        )
        self._torch = torch
        model: Any = BertModel(config, add_pooling_layer=False)
        model.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in weights.items()})
        self._model = model.eval()

    def __call__(self, ids: Sequence[int], begin: int) -> States:
        torch = self._torch
        segments = [int(place >= begin) for place in range(len(ids))]
        with torch.inference_mode():
            found = self._model(input_ids=torch.tensor([ids]), token_type_ids=torch.tensor([segments]))
        states: States = found.last_hidden_state[0].numpy()
        return states
