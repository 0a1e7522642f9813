"""Texts to unit vectors by sentence-transformers on torch: any of its models, the reference for every faster path."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from askdocs.datatypes import Span
from askdocs.encoding.models import fingerprint, model_folder
from askdocs.encoding.parts import PartSums, moved, token_runs
from askdocs.encoding.protocol import Progress, Vectors
from askdocs.encoding.windows import pooled, windows
from askdocs.errors import EncoderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH = 32
_GPU_BATCH = 256
"""Texts that run together on a graphics card, which a small batch leaves idle."""

_STRETCH = 2_048
"""Texts encoded between two reports of progress; sentence-transformers sorts each stretch by length itself."""

AddStates = Callable[[int, int, str, Vectors], None]


class TorchEncoder:
    """A sentence-transformers model, loaded when the first text is encoded.

    On another `device` than the CPU, as torch names them ("cuda"), it multiplies bfloat16: the vectors' cosine with
    those of float32 is above 0.999, so an index made by either serves the other.

    Raises:
        EncoderError: the model is not here, is damaged, or sentence-transformers cannot load it.
    """

    def __init__(self, name: str, *, device: str = "cpu") -> None:
        self.name = name
        self._device = device
        self._batch = _BATCH if device == "cpu" else _GPU_BATCH
        self._folder: Path = model_folder(name)

    @property
    def fingerprint(self) -> str:
        """Hex sha256 of the model's weights, tokenizer and settings."""
        return fingerprint(self._folder)

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            raise EncoderError(f"{self.name}: sentence-transformers does not tell the length of its vectors")
        return int(dimension)

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode passages, shape `(len(texts), dimension)`."""
        return self._encode(texts, self._model.encode_document, progress)

    def encode_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], progress: Progress | None = None
    ) -> tuple[Vectors, Vectors]:
        """Encode passages, shape `(len(texts), dimension)`, and the parts of each, `(number of parts, dimension)`."""
        first = np.cumsum([0, *map(len, parts)])
        sums = PartSums(int(first[-1]), self.dimension)
        prompt = str((self._model.prompts or {}).get("document") or "")

        def add(text: int, begin: int, piece: str, states: Vectors) -> None:
            spans = moved(parts[text], len(prompt) - begin)
            runs = token_runs(self._read(prompt + piece)[: len(states) - 1], spans)
            sums.add(states, range(first[text], first[text + 1]), runs)

        found = self._encode(texts, self._model.encode_document, progress, add)
        owners = np.repeat(np.arange(len(texts)), np.diff(first))
        return found, sums.vectors(otherwise=found[owners])

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Encode questions, shape `(len(texts), dimension)`."""
        return self._encode(texts, self._model.encode_query, None)

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
                model_kwargs={"use_safetensors": True} | ({} if self._device == "cpu" else {"torch_dtype": "bfloat16"}),
            )
        except (OSError, ValueError, ImportError, RuntimeError, KeyError) as error:
            raise EncoderError(f"{self.name}: sentence-transformers cannot load it: {error}") from error

    def _encode(
        self, texts: Sequence[str], encode: Any, progress: Progress | None, add: AddStates | None = None
    ) -> Vectors:
        """Encode texts; `add` hears, for each window, its text, its place in it, its words and its tokens' states."""
        found = [np.zeros((0, self.dimension), np.float32)]
        for start in range(0, len(texts), _STRETCH):
            stretch = texts[start : start + _STRETCH]
            pieces, owners = windows(stretch, self._token_spans, self._limit)
            read = encode(pieces, batch_size=self._batch, output_value=None, show_progress_bar=False)
            vectors = np.stack([_numbers(one["sentence_embedding"]) for one in read])
            found.append(pooled(_unit(vectors), owners, len(stretch)))
            begin = 0
            for place, (piece, owner, one) in enumerate(zip(pieces, owners, read, strict=True)):
                begin = begin + len(pieces[place - 1]) if place and owners[place - 1] == owner else 0
                if add is not None:
                    add(start + owner, begin, piece, _numbers(one["token_embeddings"]))
            if progress is not None:
                progress(len(stretch))
        return np.concatenate(found)

    @property
    def _limit(self) -> int:
        """Tokens of text that fit, two places kept for the model's own marks."""
        return int(self._model.max_seq_length or 512) - 2

    def _read(self, text: str) -> list[Span]:
        """Return the characters of each token as the model reads a text, its own marks being empty."""
        read = self._model.tokenizer(text, return_offsets_mapping=True, verbose=False, truncation=False)
        return [(start, end) for start, end in read["offset_mapping"]]

    def _token_spans(self, texts: Sequence[str]) -> list[list[Span]]:
        read = self._model.tokenizer(
            list(texts), add_special_tokens=False, return_offsets_mapping=True, verbose=False, truncation=False
        )
        return [[(start, end) for start, end in spans] for spans in read["offset_mapping"]]


def _numbers(tensor: Any) -> Vectors:
    """Return a tensor's numbers, wherever and in whatever precision it is."""
    numbers: Vectors = tensor.float().cpu().numpy()
    return numbers


def _unit(vectors: Vectors) -> Vectors:
    unit: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return unit
