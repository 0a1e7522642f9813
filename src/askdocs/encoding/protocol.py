"""What an encoder is to the rest of askdocs: texts in, unit vectors out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
"""Shape `(n, dimension)`, float32, each row of Euclidean length 1."""

Progress = Callable[[int], None]
"""Called with the number of texts finished since the last call."""


class Encoder(Protocol):
    """Turns texts into unit vectors, so that a dot product is a cosine."""

    @property
    def name(self) -> str:
        """The model's name, as a person would type it."""
        ...

    @property
    def fingerprint(self) -> str:
        """Hex sha256 of the weights: two encoders with one fingerprint give the same vectors."""
        ...

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        ...

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode texts that will be searched; a text longer than the model's limit is read whole, in windows."""
        ...

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Encode questions."""
        ...
