"""What an encoder is to the rest of askdocs: texts in, unit vectors out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from askdocs.datatypes import Span

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
        """Hex sha256 of all that decides the vectors: two encoders with one fingerprint give the same."""
        ...

    @property
    def engine(self) -> str:
        """What computes the vectors here, and in which type of numbers, for a person to read."""
        ...

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        ...

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode texts that will be searched; a text longer than the model's limit is read whole, in windows."""
        ...

    def encode_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], progress: Progress | None = None
    ) -> tuple[Vectors, Vectors]:
        """Encode texts, and in the same reading their parts, each as it stands among the words around it.

        `parts` holds for each text the characters of its parts, which do not overlap. Returns the texts' vectors, as
        `encode_document` gives them, and the parts' in the order of the texts. A part's vector is the mean of its
        tokens' states, "late chunking" of Günther et al. (2024), so that "he" is near who is meant; a part that is none
        of the model's tokens, such as white space, has its text's.
        """
        ...

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Encode questions."""
        ...

    def knows(self, word: str) -> bool:
        """Tell whether the model's vocabulary has a word as a whole, which is then one, and spelt right."""
        ...

    def legibility(self, text: str) -> float:
        """Return how much of a text the model reads as words rather than spells out, 0 to 1: see `legibility`."""
        ...
