"""Texts to unit vectors by OpenVINO on the CPU: the same vectors as torch's, several times sooner, without torch.

The graph is drawn from the model's own files (`bert_graph`), text is read by the model's own tokenizer. Vectors agree
with sentence-transformers' to a cosine of 0.9999 and better, in bfloat16 too, so that both encoders carry the model's
one fingerprint and an index made by either serves the other. In int8 they agree to 0.99 only: it has its own.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from askdocs.datatypes import Span
from askdocs.encoding.bert_graph import GRAPH_VERSION, INT8_VERSION, bert_graph, read_weights
from askdocs.encoding.characters import whole
from askdocs.encoding.legibility import token_legibility
from askdocs.encoding.models import fingerprint, model_folder
from askdocs.encoding.openvino_runtime import import_openvino
from askdocs.encoding.parts import PartSums, moved, token_runs
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
"""Up to so many texts are run one after another; more are run side by side."""

QUICK = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": "2", "ENABLE_CPU_PINNING": "NO"}
"""How a question is run: by two threads, wherever the system has room for them. They take 0.6 of one's time and a sixth
more of the processor's; a few dozen tokens are too few to share among more."""

_BROAD = {"PERFORMANCE_HINT": "THROUGHPUT"}

_SPARE_REQUESTS = 4
"""Requests for one text that are kept for the next: making one takes as long as reading a question."""

_INT8_GROUP = 128
"""Numbers of a token that share one step when they are rounded to int8. With 384 a text is encoded 4 % sooner and its
vector is twice as far from torch's; with 32 nothing is gained over bfloat16."""

_MARKS = 2
"""Tokens that the model puts around every text, [CLS] and [SEP]."""

Tokens = list[int]
Parts = Sequence[Sequence[Span]]
Batch = tuple[npt.NDArray[np.int64], list[int]]
"""Token numbers padded with 0, shape `(texts, tokens)`, and each row's place among the texts."""


class OpenvinoEncoder:
    """A sentence-transformers model of the BERT family. Loaded at once, in about a second; safe in threads.

    `precision` names the type of the numbers that are multiplied: "bf16" where the CPU has it, else "f32". With `int8`
    the dense layers multiply int8, each token's numbers rounded as they come, so that nothing is calibrated; a CPU
    without such instructions gains nothing by it.

    Raises:
        EncoderError: the model is not here or is damaged.
        EngineError: openvino, this CPU or this model rules the fast path out; the message says which and why.
    """

    def __init__(self, name: str, *, int8: bool = False) -> None:
        self.name = f"{name} in int8" if int8 else name
        self._int8 = int8
        self._folder: Path = model_folder(name)
        self._recipe = read_recipe(self._folder)
        self._tokenizer = model_tokenizer(self._folder)
        self._unknown = self._tokenizer.token_to_id(getattr(self._tokenizer.model, "unk_token", None) or "")
        for prompt in (self._recipe.query_prompt, self._recipe.document_prompt):
            self._room(prompt)
        openvino = import_openvino()
        weights = read_weights(self._folder / "model.safetensors")
        self._spare: deque[Any] = deque(maxlen=_SPARE_REQUESTS)
        try:
            self._core = openvino.Core()
            self._graph = bert_graph(self._recipe, weights, int8=int8)
            self.precision = model_precision(self._core)
            self._quick = self._compiled(QUICK)
        except RuntimeError as error:
            raise EngineError(f"openvino cannot run it here: {str(error).strip().splitlines()[-1]}") from error

    @property
    def fingerprint(self) -> str:
        """Hex sha256 of all that decides the vectors: in int8 another than on torch, else the same."""
        model = fingerprint(self._folder)
        return hashlib.sha256(f"{model}\nint8 {INT8_VERSION}".encode()).hexdigest() if self._int8 else model

    @property
    def identity(self) -> str:
        """Hex sha256 of all that the arithmetic depends on: the model, the graph, openvino and the type of numbers."""
        parts = (self.fingerprint, GRAPH_VERSION, str(import_openvino().__version__), self.precision)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    @property
    def engine(self) -> str:
        """What computes the vectors here, and in which type of numbers."""
        return f"openvino{'-int8' if self._int8 else ''}, {self.precision}"

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self._recipe.hidden

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode passages, shape `(len(texts), dimension)`."""
        return self._encode(texts, self._recipe.document_prompt, progress)

    def encode_parts(
        self, texts: Sequence[str], parts: Parts, progress: Progress | None = None
    ) -> tuple[Vectors, Vectors]:
        """Encode passages, shape `(len(texts), dimension)`, and the parts of each, `(number of parts, dimension)`."""
        found = np.zeros((len(texts), self.dimension), np.float32)
        within = [np.zeros((0, self.dimension), np.float32)]
        for start in range(0, len(texts), _STRETCH):
            stretch, inside = whole(texts[start : start + _STRETCH]), parts[start : start + _STRETCH]
            rows = self._read(stretch, self._recipe.document_prompt, inside)
            sums = PartSums(sum(map(len, inside)), self.dimension)
            vectors = self._run(rows, _TextsDone(rows, progress), sums)
            found[start : start + len(stretch)] = pooled(vectors, [row.owner for row in rows], len(stretch))
            owners = np.repeat(np.arange(start, start + len(stretch)), [len(spans) for spans in inside])
            within.append(sums.vectors(otherwise=found[owners]))
        return found, np.concatenate(within)

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Encode questions, shape `(len(texts), dimension)`."""
        return self._encode(texts, self._recipe.query_prompt, None)

    def knows(self, word: str) -> bool:
        """Tell whether the model's vocabulary has a word as a whole."""
        read = self._tokenizer.encode(word, add_special_tokens=False).ids
        return len(read) == 1 and read[0] != self._unknown

    def legibility(self, text: str) -> float:
        """Return how much of a text the model reads as words rather than spells out, 0 to 1."""
        return token_legibility(self._tokenizer, text)

    def _encode(self, texts: Sequence[str], prompt: str, progress: Progress | None) -> Vectors:
        found = np.zeros((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), _STRETCH):
            stretch = whole(texts[start : start + _STRETCH])
            rows = self._read(stretch, prompt)
            vectors = self._run(rows, _TextsDone(rows, progress))
            found[start : start + len(stretch)] = pooled(vectors, [row.owner for row in rows], len(stretch))
        return found

    def _read(self, texts: Sequence[str], prompt: str, parts: Parts | None = None) -> list[_Row]:
        """Return the tokens of every text, in windows where it is too long, with the parts that each window holds."""
        limit = self._recipe.max_tokens
        encode = self._tokenizer.encode_batch_fast if parts is None else self._tokenizer.encode_batch
        room = self._room(prompt)
        rows: list[_Row] = []
        part = 0
        for number, read in enumerate(encode([prompt + text for text in texts])):
            spans = parts[number] if parts is not None else ()
            if len(read.ids) <= limit:
                rows.append(_row(number, read, limit, part, moved(spans, len(prompt))))
            else:
                pieces, _ = windows([texts[number]], self._token_spans, room)
                begin = 0
                for piece, one in zip(pieces, encode([prompt + piece for piece in pieces]), strict=True):
                    rows.append(_row(number, one, limit, part, moved(spans, len(prompt) - begin, len(prompt))))
                    begin += len(piece)
            part += len(spans)
        return rows

    def _room(self, prompt: str) -> int:
        """Return how many tokens of a text fit beside a prompt and the model's marks."""
        spent = len(self._tokenizer.encode(prompt, add_special_tokens=False).ids) if prompt else 0
        if (room := self._recipe.max_tokens - _MARKS - spent) < 1:
            raise EngineError(f"its prompt {prompt!r} leaves no room for a text")
        return room

    def _token_spans(self, texts: Sequence[str]) -> list[list[Span]]:
        return [read.offsets for read in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def _run(self, rows: Sequence[_Row], report: _TextsDone, sums: PartSums | None = None) -> Vectors:
        """Return one vector for each row, with as many batches under way as the CPU has streams; add parts to sums."""
        vectors = np.zeros((len(rows), self.dimension), np.float32)
        compiled = self._quick if len(rows) <= _FEW and sums is None else self._broad
        idle = self._requests(compiled, len(rows))
        busy: deque[tuple[Any, list[int]]] = deque()

        def collect() -> None:
            request, places = busy.popleft()
            request.wait()
            vectors[places] = request.get_output_tensor(0).data
            if sums is not None:
                _add_parts(sums, request.get_output_tensor(1).data, [rows[place] for place in places])
            idle.append(request)
            report(places)

        tokens = [row.tokens for row in rows]
        for numbers, places in batches(tokens, self._recipe.max_tokens):
            if not idle:
                collect()
            request = idle.pop()
            batch = [numbers, _mask(tokens, places, numbers.shape[1])]
            if compiled is self._quick:
                request.infer(batch)  # in this thread, which is sooner than to wake another
            else:
                request.start_async(batch)
            busy.append((request, places))
        while busy:
            collect()
        if len(rows) == 1 and compiled is self._quick:
            self._spare.extend(idle)
        return vectors

    def _requests(self, compiled: Any, texts: int) -> list[Any]:
        """Return requests that nobody else has: for one text a spare one, else as many as can run side by side."""
        if texts == 1 and compiled is self._quick:
            with suppress(IndexError):
                return [self._spare.pop()]
        return [
            compiled.create_infer_request() for _ in range(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
        ]

    @cached_property
    def _broad(self) -> Any:
        """The graph compiled for many batches side by side."""
        return self._compiled(_BROAD)

    def _compiled(self, aim: Mapping[str, str]) -> Any:
        wanted = {**aim, "INFERENCE_PRECISION_HINT": self.precision}
        if self._int8:
            wanted["DYNAMIC_QUANTIZATION_GROUP_SIZE"] = str(_INT8_GROUP)
        return self._core.compile_model(self._graph, "CPU", wanted)


@dataclass(frozen=True, slots=True)
class _Row:
    """A window of a text as the model reads it: its tokens, its text's number, and runs of tokens that are parts."""

    owner: int
    tokens: Tokens
    parts: tuple[int, ...] = ()
    runs: tuple[Span, ...] = ()


def _row(owner: int, read: Any, limit: int, first_part: int, spans: Sequence[Span]) -> _Row:
    """Return a row of what the tokenizer read; `spans` are the parts, the first numbered `first_part`."""
    # A window cut inside a word may be read as a token more: torch's tokenizer drops it, so this does.
    tokens = read.ids if len(read.ids) <= limit else [*read.ids[: limit - 1], read.ids[-1]]
    if not spans:
        return _Row(owner, tokens)
    inside = token_runs(read.offsets[: len(tokens) - 1], spans)
    filled = [(first_part + number, run) for number, run in enumerate(inside) if run[0] < run[1]]
    return _Row(owner, tokens, tuple(part for part, _ in filled), tuple(run for _, run in filled))


def _add_parts(sums: PartSums, states: Any, rows: Sequence[_Row]) -> None:
    """Add one batch's states, shape `(texts, tokens, dimension)`."""
    width = states.shape[1]
    sums.add(
        states.reshape(-1, states.shape[2]),
        [part for row in rows for part in row.parts],
        [(line * width + first, line * width + last) for line, row in enumerate(rows) for first, last in row.runs],
    )


class _TextsDone:
    """Reports texts as their first window is finished, so that a text in many windows counts once."""

    def __init__(self, rows: Sequence[_Row], progress: Progress | None) -> None:
        self._first = [place == 0 or rows[place - 1].owner != row.owner for place, row in enumerate(rows)]
        self._progress = progress

    def __call__(self, rows: Sequence[int]) -> None:
        done = sum(self._first[row] for row in rows)
        if self._progress is not None and done:
            self._progress(done)


def batches(tokens: Sequence[Tokens], limit: int, budget: int = _BATCH_TOKENS) -> Iterator[Batch]:
    """Yield padded batches, longest texts first, each of at most `budget` tokens with its padding, or of one text.

    No text has more than `limit` tokens, and no batch is wider. How far a text is padded depends on nothing but its own
    length: more padding would change the last bits of its vector, and an article added to an index must get the very
    numbers that it would have in a new one.
    """
    widths = [min(limit, -(-len(text) // _STEP) * _STEP) for text in tokens]
    order = sorted(range(len(tokens)), key=lambda row: -len(tokens[row]))
    for width, found in groupby(order, key=widths.__getitem__):
        alike = list(found)
        size = max(1, budget // width)
        for rows in (alike[start : start + size] for start in range(0, len(alike), size)):
            numbers = np.zeros((len(rows), width), np.int64)
            for line, row in enumerate(rows):
                numbers[line, : len(tokens[row])] = tokens[row]
            yield numbers, rows


def _mask(tokens: Sequence[Tokens], rows: Sequence[int], width: int) -> npt.NDArray[np.int64]:
    """Return 1 where a batch holds a token, 0 where it holds padding."""
    lengths = np.array([[len(tokens[row])] for row in rows])
    return (np.arange(width)[None, :] < lengths).astype(np.int64)


def model_tokenizer(folder: Path) -> Any:
    """Load the tokenizer of the model in a folder with neither padding nor a limit: both are the caller's.

    Raises:
        EngineError: it is missing, damaged, or puts other marks around a text than one before and one after.
    """
    from tokenizers import Tokenizer  # noqa: PLC0415  only where a model is used

    path = folder / "tokenizer.json"
    if not path.is_file():
        raise EngineError(f"it has no {path.name}")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises Exception itself, nothing narrower, for a damaged file
        raise EngineError(f"{path} cannot be read: {error}") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    if tokenizer.num_special_tokens_to_add(is_pair=False) != _MARKS:
        raise EngineError(f"{path} puts other marks around a text than one before and one after")
    return tokenizer


def model_precision(core: Any) -> str:
    """Return "bf16" where the CPU multiplies bfloat16 itself, which OpenVINO then prefers, else "f32"."""
    preferred = core.get_property("CPU", "INFERENCE_PRECISION_HINT").to_string()
    return "bf16" if preferred in ("bf16", "bfloat16") else "f32"
