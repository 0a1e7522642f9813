"""Texts to unit vectors by sentence-transformers on torch: any of its models, the reference for every faster path."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from askdocs.datatypes import Span
from askdocs.encoding.models import fingerprint, model_folder
from askdocs.encoding.protocol import Progress, Vectors
from askdocs.encoding.windows import pooled, windows
from askdocs.errors import EncoderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_BATCH = 32
_STRETCH = 512
"""Texts encoded between two reports of progress; sentence-transformers sorts each stretch by length itself."""


class TorchEncoder:
    """A sentence-transformers model, loaded when the first text is encoded.

    Raises:
        EncoderError: the model is not here, is damaged, or sentence-transformers cannot load it.
    """

    def __init__(self, name: str, *, device: str = "cpu") -> None:
        self.name = name
        self._device = device
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
                model_kwargs={"use_safetensors": True},
            )
        except (OSError, ValueError, ImportError, RuntimeError, KeyError) as error:
            raise EncoderError(f"{self.name}: sentence-transformers cannot load it: {error}") from error

    def _encode(self, texts: Sequence[str], encode: object, progress: Progress | None) -> Vectors:
        assert callable(encode)  # noqa: S101  one of the model's two methods
        found = [np.zeros((0, self.dimension), np.float32)]
        for start in range(0, len(texts), _STRETCH):
            stretch = texts[start : start + _STRETCH]
            pieces, owners = windows(stretch, self._token_spans, self._limit)
            vectors = encode(pieces, batch_size=_BATCH, normalize_embeddings=True, show_progress_bar=False)
            found.append(pooled(vectors, owners, len(stretch)))
            if progress is not None:
                progress(len(stretch))
        return np.concatenate(found)

    @property
    def _limit(self) -> int:
        """Tokens of text that fit, two places kept for the model's own marks."""
        return int(self._model.max_seq_length or 512) - 2

    def _token_spans(self, texts: Sequence[str]) -> list[list[Span]]:
        read = self._model.tokenizer(
            list(texts), add_special_tokens=False, return_offsets_mapping=True, verbose=False, truncation=False
        )
        return [[(start, end) for start, end in spans] for spans in read["offset_mapping"]]
