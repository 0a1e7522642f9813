"""Texts to unit vectors by OpenVINO on the CPU: the same vectors as torch's, several times sooner, without torch.

The graph is drawn from the model's own files (`bert_graph`), text is read by the model's own tokenizer. Vectors agree
with sentence-transformers' to a cosine of 0.9999 and better, in bfloat16 too, so that both encoders carry the model's
one fingerprint and an index made by either serves the other.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from askdocs.datatypes import Span
from askdocs.encoding.bert_graph import GRAPH_VERSION, bert_graph, read_weights
from askdocs.encoding.models import fingerprint, model_folder
from askdocs.encoding.openvino_runtime import import_openvino
from askdocs.encoding.protocol import Progress, Vectors
from askdocs.encoding.recipe import read_recipe
from askdocs.encoding.windows import pooled, windows
from askdocs.errors import EngineError

_STRETCH = 2_048
"""Texts whose tokens are held at once; batches are sorted by length within a stretch."""

_BATCH_TOKENS = 2_048
"""Tokens, padding counted, in one run of the graph: more is no faster here, and half of it hardly slower."""

_STEP = 8
"""Widths are rounded up to a multiple of this: OpenVINO prepares each new shape once, so few shapes save time."""

_FEW = 16
"""Up to so many texts are run one after another by all cores, for the shortest wait; more are run side by side."""

_MARKS = 2
"""Tokens that the model puts around every text, [CLS] and [SEP]."""

_SURROGATE = re.compile("[\ud800-\udfff]")

Tokens = list[int]
Batch = tuple[npt.NDArray[np.int64], list[int]]
"""Token numbers padded with 0, shape `(texts, tokens)`, and each row's place among the texts."""


class OpenvinoEncoder:
    """A sentence-transformers model of the BERT family. Loaded at once, in about a second; safe in threads.

    `precision` names the type of the numbers that are multiplied: "bf16" where the CPU has it, else "f32".

    Raises:
        EncoderError: the model is not here or is damaged.
        EngineError: openvino, this CPU or this model rules the fast path out; the message says which and why.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._folder: Path = model_folder(name)
        self._recipe = read_recipe(self._folder)
        self._tokenizer = _tokenizer(self._folder / "tokenizer.json")
        openvino = import_openvino()
        weights = read_weights(self._folder)
        try:
            self._core = openvino.Core()
            self._graph = bert_graph(self._recipe, weights)
            self.precision = _precision(self._core)
            self._quick = self._compiled("LATENCY")
        except RuntimeError as error:
            raise EngineError(f"openvino cannot run it here: {str(error).strip().splitlines()[-1]}") from error

    @property
    def fingerprint(self) -> str:
        """Hex sha256 of the model's weights, tokenizer and settings: the same as on torch."""
        return fingerprint(self._folder)

    @property
    def identity(self) -> str:
        """Hex sha256 of all that the arithmetic depends on: the model, the graph, openvino and the type of numbers."""
        parts = (self.fingerprint, GRAPH_VERSION, str(import_openvino().__version__), self.precision)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self._recipe.hidden

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode passages, shape `(len(texts), dimension)`."""
        return self._encode(texts, self._recipe.document_prompt, progress)

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Encode questions, shape `(len(texts), dimension)`."""
        return self._encode(texts, self._recipe.query_prompt, None)

    def _encode(self, texts: Sequence[str], prompt: str, progress: Progress | None) -> Vectors:
        found = np.zeros((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), _STRETCH):
            stretch = [_SURROGATE.sub("\ufffd", text) for text in texts[start : start + _STRETCH]]
            tokens, owners = self._read(stretch, prompt)
            report = _TextsDone(owners, progress)
            vectors = self._run(tokens, report)
            found[start : start + len(stretch)] = pooled(vectors, owners, len(stretch))
        return found

    def _read(self, texts: Sequence[str], prompt: str) -> tuple[list[Tokens], list[int]]:
        """Return the tokens of every text, in windows where it is too long, and each window's text."""
        limit = self._recipe.max_tokens
        whole = [read.ids for read in self._tokenizer.encode_batch_fast([prompt + text for text in texts])]
        room = limit - _MARKS - self._length(prompt)
        tokens: list[Tokens] = []
        owners: list[int] = []
        for number, ids in enumerate(whole):
            if len(ids) <= limit:
                tokens.append(ids)
                owners.append(number)
                continue
            pieces, _ = windows([texts[number]], self._token_spans, room)
            for read in self._tokenizer.encode_batch_fast([prompt + piece for piece in pieces]):
                # A window cut inside a word may be read as a token more: torch's tokenizer drops it, so this does.
                tokens.append(read.ids if len(read.ids) <= limit else [*read.ids[: limit - 1], read.ids[-1]])
                owners.append(number)
        return tokens, owners

    def _length(self, text: str) -> int:
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids) if text else 0

    def _token_spans(self, texts: Sequence[str]) -> list[list[Span]]:
        return [read.offsets for read in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def _run(self, tokens: Sequence[Tokens], report: _TextsDone) -> Vectors:
        """Return one vector for each list of tokens, with as many batches under way as the CPU has streams."""
        vectors = np.zeros((len(tokens), self.dimension), np.float32)
        compiled = self._quick if len(tokens) <= _FEW else self._broad
        idle = [
            compiled.create_infer_request() for _ in range(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        ]
        busy: deque[tuple[Any, list[int]]] = deque()

        def collect() -> None:
            request, rows = busy.popleft()
            request.wait()
            vectors[rows] = request.get_output_tensor(0).data
            idle.append(request)
            report(rows)

        for numbers, rows in batches(tokens, self._recipe.max_tokens):
            if not idle:
                collect()
            request = idle.pop()
            request.start_async([numbers, _mask(tokens, rows, numbers.shape[1])])
            busy.append((request, rows))
        while busy:
            collect()
        return vectors

    @cached_property
    def _broad(self) -> Any:
        """The graph compiled for many batches side by side."""
        return self._compiled("THROUGHPUT")

    def _compiled(self, aim: str) -> Any:
        wanted = {"PERFORMANCE_HINT": aim, "INFERENCE_PRECISION_HINT": self.precision}
        return self._core.compile_model(self._graph, "CPU", wanted)


class _TextsDone:
    """Reports texts as their first window is finished, so that a text in many windows counts once."""

    def __init__(self, owners: Sequence[int], progress: Progress | None) -> None:
        self._first = [place == 0 or owners[place - 1] != owner for place, owner in enumerate(owners)]
        self._progress = progress

    def __call__(self, rows: Sequence[int]) -> None:
        done = sum(self._first[row] for row in rows)
        if self._progress is not None and done:
            self._progress(done)


def batches(tokens: Sequence[Tokens], limit: int, budget: int = _BATCH_TOKENS) -> Iterator[Batch]:
    """Yield padded batches, longest texts first, each of at most `budget` tokens with its padding, or of one text.

    No text has more than `limit` tokens, and no batch is wider.
    """
    order = sorted(range(len(tokens)), key=lambda row: -len(tokens[row]))
    start = 0
    while start < len(order):
        width = min(limit, -(-len(tokens[order[start]]) // _STEP) * _STEP)
        rows = order[start : start + max(1, budget // width)]
        numbers = np.zeros((len(rows), width), np.int64)
        for line, row in enumerate(rows):
            numbers[line, : len(tokens[row])] = tokens[row]
        yield numbers, rows
        start += len(rows)


def _mask(tokens: Sequence[Tokens], rows: Sequence[int], width: int) -> npt.NDArray[np.int64]:
    """Return 1 where a batch holds a token, 0 where it holds padding."""
    lengths = np.array([[len(tokens[row])] for row in rows])
    return (np.arange(width)[None, :] < lengths).astype(np.int64)


def _tokenizer(path: Path) -> Any:
    """Load the model's tokenizer with neither padding nor a limit: both are this module's."""
    from tokenizers import Tokenizer  # noqa: PLC0415  only where a model is used

    if not path.is_file():
        raise EngineError(f"it has no {path.name}")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    if tokenizer.num_special_tokens_to_add(is_pair=False) != _MARKS:
        raise EngineError(f"{path} puts other marks around a text than one before and one after")
    return tokenizer


def _precision(core: Any) -> str:
    """Return "bf16" where the CPU multiplies bfloat16 itself, which OpenVINO then prefers, else "f32"."""
    preferred = core.get_property("CPU", "INFERENCE_PRECISION_HINT").to_string()
    return "bf16" if preferred in ("bf16", "bfloat16") else "f32"
