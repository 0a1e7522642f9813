"""Small real implementations of the protocols, for tests that need a model's shape but not its weights."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from askdocs.datatypes import Span
from askdocs.encoding.protocol import Progress, Vectors

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class HashEncoder:
    """An `Encoder` without weights: each word is hashed to one axis and a sign, the sum scaled to length 1.

    Texts that share words are near each other, texts that share none are (almost) orthogonal, and every run and
    machine gives the same bytes. A text without words becomes the first unit vector. `salt` makes another encoder:
    other vectors, another fingerprint.
    """

    dimension: int = 64
    salt: str = ""

    @property
    def name(self) -> str:
        """The encoder's name, with its salt where it has one."""
        return f"hash-{self.dimension}{'-' + self.salt if self.salt else ''}"

    @property
    def engine(self) -> str:
        """What computes the vectors."""
        return "hashing"

    @property
    def fingerprint(self) -> str:
        """Hex sha256 of what decides the vectors: the name."""
        return hashlib.sha256(self.name.encode()).hexdigest()

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode texts that will be searched."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._vector(text)
            if progress is not None:
                progress(1)
        return vectors

    def encode_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], progress: Progress | None = None
    ) -> tuple[Vectors, Vectors]:
        """Encode texts, and each part as if it stood alone."""
        cut = [text[start:end] for text, spans in zip(texts, parts, strict=True) for start, end in spans]
        return self.encode_document(texts, progress), self.encode_document(cut)

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Encode questions as texts are encoded."""
        return self.encode_document(texts)

    def knows(self, word: str) -> bool:
        """It has no vocabulary, so that any word may be spelt wrong."""
        return not word

    def legibility(self, text: str) -> float:
        """Every word has a vector of its own."""
        return float(text != "")

    def _vector(self, text: str) -> Vectors:
        vector = np.zeros(self.dimension, dtype=np.float64)
        for word in _WORD.findall(text.casefold()):
            digest = hashlib.sha256(f"{self.salt}\0{word}".encode("utf-8", "surrogatepass")).digest()
            vector[int.from_bytes(digest[:4]) % self.dimension] += 1.0 if digest[4] & 1 else -1.0
        length = float(np.linalg.norm(vector))
        if length == 0.0:
            vector[0] = length = 1.0
        return (vector / length).astype(np.float32)
