"""Texts to unit vectors by sentence-transformers on torch: any of its models, the reference for every faster path."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from askdocs.datatypes import Span
from askdocs.encoding.characters import whole
from askdocs.encoding.legibility import legibility
from askdocs.encoding.models import fingerprint, model_folder
from askdocs.encoding.parts import PartSums, moved, token_runs
from askdocs.encoding.protocol import Progress, Vectors
from askdocs.encoding.windows import pooled, windows
from askdocs.errors import EncoderError, EngineError, SettingError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH = 32
_GPU_BATCH = 256
"""Texts that run together on a graphics card, which a small batch leaves idle."""

_STRETCH = 2_048
"""Texts encoded between two reports of progress; sentence-transformers sorts each stretch by length itself."""

_MOST_TOKENS = 512
"""Tokens in a window of a model that sets no limit."""

AddStates = Callable[[int, int, str, Vectors], None]


class TorchEncoder:
    """A sentence-transformers model, loaded when the first text is encoded.

    `precision` names the type of the numbers that are multiplied, as torch names types. On another `device` than the
    CPU, as torch names those ("cuda"), it is bfloat16: the vectors' cosine with those of float32 is above 0.999, so an
    index made by either serves the other.

    Raises:
        EncoderError: the model is not here, is damaged, or sentence-transformers cannot load it.
        EngineError: torch does not have this device here.
        SettingError: there is no such device.
    """

    def __init__(self, name: str, *, device: str = "cpu", precision: str | None = None) -> None:
        on_cpu = device == "cpu"
        if not on_cpu:
            _require_device(device)
        self.name = name
        self.precision = precision or ("float32" if on_cpu else "bfloat16")
        self._device = device
        self._batch = _BATCH if on_cpu else _GPU_BATCH
        self._folder: Path = model_folder(name)

    @property
    def fingerprint(self) -> str:
        """Hex sha256 of all that decides the vectors."""
        return fingerprint(self._folder)

    @property
    def engine(self) -> str:
        """What computes the vectors here, on which device and in which type of numbers."""
        return f"torch on {self._device}, {self.precision}"

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            raise EncoderError(f"{self.name}: sentence-transformers does not tell the length of its vectors")
        return int(dimension)

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode passages, shape `(len(texts), dimension)`."""
        return self._encode(texts, self._prompt("document"), progress)

    def encode_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], progress: Progress | None = None
    ) -> tuple[Vectors, Vectors]:
        """Encode passages, shape `(len(texts), dimension)`, and the parts of each, `(number of parts, dimension)`."""
        first = np.cumsum([0, *map(len, parts)])
        sums = PartSums(int(first[-1]), self.dimension)
        prompt = self._prompt("document")

        def add(text: int, begin: int, piece: str, states: Vectors) -> None:
            spans = moved(parts[text], len(prompt) - begin, len(prompt))
            runs = token_runs(self._read(prompt + piece)[: len(states) - 1], spans)
            sums.add(states, range(first[text], first[text + 1]), runs)

        found = self._encode(texts, prompt, progress, add)
        owners = np.repeat(np.arange(len(texts)), np.diff(first))
        return found, sums.vectors(otherwise=found[owners])

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Encode questions, shape `(len(texts), dimension)`."""
        return self._encode(texts, self._prompt("query"), None)

    def knows(self, word: str) -> bool:
        """Tell whether the model's vocabulary has a word as a whole."""
        tokenizer = self._model.tokenizer
        read = tokenizer(word, add_special_tokens=False, verbose=False, truncation=False)["input_ids"]
        return len(read) == 1 and read[0] != tokenizer.unk_token_id

    def legibility(self, text: str) -> float:
        """Return how much of a text the model reads as words rather than spells out, 0 to 1."""
        tokenizer = self._model.tokenizer
        read = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False, truncation=False)
        pieces = zip(read["offset_mapping"], read["input_ids"], strict=True)
        return legibility(text, [span for span, piece in pieces if piece != tokenizer.unk_token_id])

    @cached_property
    def _model(self) -> SentenceTransformer:
        os.environ["HF_HUB_OFFLINE"] = "1"  # the folder is complete: nothing is looked up any more
        os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
        os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415  eight seconds

        try:
            return SentenceTransformer(
                str(self._folder),
                device=self._device,
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True, "dtype": self.precision},
            )
        except Exception as error:  # for a damaged tokenizer it raises Exception itself, nothing narrower
            raise EncoderError(f"{self.name}: sentence-transformers cannot load it: {error}") from error

    def _prompt(self, name: str) -> str:
        """Return what the model wants before a text, as sentence-transformers puts it there."""
        return str(self._model.prompts.get(name) or "")

    def _encode(
        self, texts: Sequence[str], prompt: str, progress: Progress | None, add: AddStates | None = None
    ) -> Vectors:
        """Encode texts; `add` hears, for each window, its text, its place in it, its words and its tokens' states."""
        found = [np.zeros((0, self.dimension), np.float32)]
        room = self._room(prompt)
        for start in range(0, len(texts), _STRETCH):
            stretch = whole(texts[start : start + _STRETCH])
            pieces, owners = windows(stretch, self._token_spans, room)
            if add is None:
                vectors = _numbers(self._read_by_model(pieces, prompt, convert_to_tensor=True))
            else:
                read = self._read_by_model(pieces, prompt, output_value=None)
                vectors = np.stack([_numbers(one["sentence_embedding"]) for one in read])
                for piece, owner, begin, one in zip(pieces, owners, _begins(pieces, owners), read, strict=True):
                    add(start + owner, begin, piece, _numbers(one["token_embeddings"]))
            found.append(pooled(_unit(vectors), owners, len(stretch)))
            if progress is not None:
                progress(len(stretch))
        return np.concatenate(found)

    def _read_by_model(self, pieces: Sequence[str], prompt: str, **wanted: Any) -> Any:
        return self._model.encode(
            list(pieces), prompt=prompt, batch_size=self._batch, show_progress_bar=False, **wanted
        )

    def _room(self, prompt: str) -> int:
        """Return how many tokens of a text fit beside a prompt and the model's own marks."""
        spent = len(self._token_spans([prompt])[0]) + self._model.tokenizer.num_special_tokens_to_add()
        room = int(self._model.max_seq_length or _MOST_TOKENS) - int(spent)
        if room < 1:
            raise EncoderError(f"{self.name}: its prompt {prompt!r} leaves no room for a text")
        return room

    def _read(self, text: str) -> list[Span]:
        """Return the characters of each token as the model reads a text, its own marks being empty."""
        read = self._model.tokenizer(text, return_offsets_mapping=True, verbose=False, truncation=False)
        return [(start, end) for start, end in read["offset_mapping"]]

    def _token_spans(self, texts: Sequence[str]) -> list[list[Span]]:
        read = self._model.tokenizer(
            list(texts), add_special_tokens=False, return_offsets_mapping=True, verbose=False, truncation=False
        )
        return [[(start, end) for start, end in spans] for spans in read["offset_mapping"]]


def _begins(pieces: Sequence[str], owners: Sequence[int]) -> list[int]:
    """Return each window's first character in its text."""
    begins: list[int] = []
    for place, owner in enumerate(owners):
        follows = place > 0 and owners[place - 1] == owner
        begins.append(begins[-1] + len(pieces[place - 1]) if follows else 0)
    return begins


def _require_device(device: str) -> None:
    """Refuse a device that torch does not know, or does not have on this machine."""
    import torch  # noqa: PLC0415  seconds

    try:
        known = torch.device(device)
    except RuntimeError as error:
        raise SettingError(f"device = {device!r} is none that torch knows; there are 'cpu', 'cuda', 'mps'") from error
    try:
        torch.zeros(1, device=known).cpu()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        why = str(error).strip().partition("\n")[0]
        raise EngineError(f"device = {device!r}: torch {torch.__version__} does not have it here ({why})") from error


def _numbers(tensor: Any) -> Vectors:
    """Return a tensor's numbers, wherever and in whatever precision it is."""
    numbers: Vectors = tensor.float().cpu().numpy()
    return numbers


def _unit(vectors: Vectors) -> Vectors:
    unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return unit
