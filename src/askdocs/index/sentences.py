"""Every sentence's place and vector to the disk, and back for the few passages that a question is read in.

A sentence's vector comes from the reading of the block that it stands in, so a question costs no encoding but its own.
Vectors are kept as whole numbers from -127 to 127 and one scale a sentence, a quarter of float32's room: their cosines
with a query differ from the exact ones by less than 0.01.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from askdocs.datatypes import Span
from askdocs.encoding.protocol import Vectors
from askdocs.index.arrays import ArrayWriter, StoredRows, array_writer, open_array, save_array

PLACES = "sentences.npy"
CODES = "sentences.codes.npy"
SCALES = "sentences.scales.npy"
SENTENCE_FILES = (PLACES, CODES, SCALES)

_LARGEST = 127

Places = npt.NDArray[np.int64]
"""Shape `(2, sentences)`: each sentence's start and end in its article, in characters."""


@dataclass(frozen=True, slots=True)
class Rounded:
    """Vectors as whole numbers, `codes[n, dimension]`, and what each row is to be multiplied by, `scales[n]`."""

    codes: npt.NDArray[np.int8]
    scales: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SentenceVectorWriter:
    """Writes vectors in the order of the sentences."""

    _codes: ArrayWriter
    _scales: ArrayWriter

    def write(self, vectors: Rounded) -> None:
        """Write the next sentences' vectors."""
        self._codes.write(vectors.codes)
        self._scales.write(vectors.scales)

    def finish(self) -> None:
        """Hand the last vectors to the disk."""
        self._codes.finish()
        self._scales.finish()


@contextmanager
def sentence_vector_writer(folder: Path, count: int, dimension: int) -> Iterator[SentenceVectorWriter]:
    """Open the files of `count` sentences' vectors to write."""
    with ExitStack() as stack:
        yield SentenceVectorWriter(
            stack.enter_context(array_writer(folder / CODES, np.int8, (count, dimension))),
            stack.enter_context(array_writer(folder / SCALES, np.float32, (count,))),
        )


def write_sentence_places(folder: Path, places: Places) -> None:
    """Write where each sentence is."""
    save_array(folder / PLACES, places)


def rounded(vectors: Vectors) -> Rounded:
    """Return vectors as they are kept."""
    scales = np.abs(vectors).max(axis=1, initial=0.0) / _LARGEST
    codes = np.rint(vectors / np.maximum(scales, np.finfo(np.float32).tiny)[:, None])
    return Rounded(codes.astype(np.int8), scales.astype(np.float32))


class StoredSentences:
    """The sentences of one generation by row: articles in order, sentences as they are read.

    Raises:
        ValueError: a file holds something else.
        OSError: a file cannot be read.
    """

    def __init__(self, folder: Path, dimension: int) -> None:
        self._places = open_array(folder / PLACES, np.int64, dimensions=2)
        self._codes = StoredRows(folder / CODES, np.int8, dimensions=2)
        self._scales = open_array(folder / SCALES, np.float32, dimensions=1)
        count = len(self._scales)
        if self._places.shape != (2, count) or self._codes.shape != (count, dimension):
            raise ValueError(f"{PLACES}, {CODES} and {SCALES} do not fit together")

    def __len__(self) -> int:
        """Count the sentences."""
        return len(self._scales)

    def places(self, rows: range) -> list[Span]:
        """Return the characters of some sentences in their article."""
        starts, ends = self._places[:, rows.start : rows.stop].tolist()
        return list(zip(starts, ends, strict=True))

    def rounded(self, rows: range) -> Rounded:
        """Return some sentences' vectors as they are kept."""
        return Rounded(self._codes.slice(rows.start, rows.stop), self._scales[rows.start : rows.stop])

    def places_array(self, rows: range) -> Places:
        """Return the characters of some sentences in their article, shape `(2, sentences)`."""
        return self._places[:, rows.start : rows.stop]

    def vectors(self, rows: npt.ArrayLike) -> Vectors:
        """Return some sentences' unit vectors, as near as they are kept."""
        wanted = np.asarray(rows, np.int64)
        vectors = self._codes.rows(wanted).astype(np.float32)
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    def cosines(self, rows: npt.ArrayLike, query: Vectors) -> npt.NDArray[np.float32]:
        """Return the cosine of a query, shape `(dimension,)`, with each of some sentences."""
        wanted = np.asarray(rows, np.int64)
        cosines: npt.NDArray[np.float32] = (self._codes.rows(wanted).astype(np.float32) @ query) * self._scales[wanted]
        return cosines
