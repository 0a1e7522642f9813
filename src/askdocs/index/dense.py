"""Unit vectors to the rows nearest a query, by dot product: exact, and the same every time.

The only file that knows FAISS. The vectors are stored as plain numbers and searched in place by FAISS's exhaustive
inner-product search, the one inside `IndexFlatIP`: opening maps a file instead of copying it, and no parser of FAISS's
own format meets bytes that someone else wrote. An approximate structure for larger scales fits behind the same methods.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from askdocs.encoding.protocol import Vectors
from askdocs.errors import EncoderError
from askdocs.index.arrays import open_array, save_array

VECTORS = "vectors.npy"

Scores = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

UNIT_TOLERANCE = 1e-3
"""How far a vector's length may be from 1: float32 stays well inside, a vector that nobody scaled does not."""


def unit_vectors(vectors: Vectors, *, count: int, dimension: int) -> Vectors:
    """Return what an encoder gave as contiguous float32, or refuse it: one NaN would spoil every ranking silently.

    Raises:
        EncoderError: another shape, or a vector that is not of length 1.
    """
    if vectors.shape != (count, dimension):
        raise EncoderError(f"the encoder gave vectors of shape {vectors.shape} instead of {(count, dimension)}")
    lengths = np.linalg.norm(vectors, axis=1)
    if not bool(np.all(np.abs(lengths - 1.0) <= UNIT_TOLERANCE)):  # a NaN fails this too
        row = int(np.argmin(np.abs(lengths - 1.0) <= UNIT_TOLERANCE))
        raise EncoderError(f"the encoder gave a vector of length {lengths[row]:.4g} instead of 1, for text {row}")
    return np.ascontiguousarray(vectors, dtype=np.float32)


def write_vectors(folder: Path, vectors: Vectors) -> None:
    """Write unit vectors, row by row."""
    save_array(folder / VECTORS, vectors)


class DenseIndex:
    """The passages' vectors, one row per passage, on the disk.

    Raises:
        ValueError: the file holds something else.
        OSError: the file cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._vectors = open_array(folder / VECTORS, np.float32, dimensions=2)

    def __len__(self) -> int:
        """Count the vectors."""
        return len(self._vectors)

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return int(self._vectors.shape[1])

    def vectors(self, rows: npt.ArrayLike) -> Vectors:
        """Return a copy of these rows' vectors, `float32[rows, dimension]`.

        Raises:
            IndexError: a row is negative or past the end.
        """
        wanted = np.asarray(rows, dtype=np.int64)
        if wanted.size and not 0 <= wanted.min() <= wanted.max() < len(self):
            raise IndexError(f"rows {wanted.min()} to {wanted.max()} of {len(self)} vectors")
        return self._vectors[wanted]

    def search(self, vectors: Vectors, k: int) -> tuple[Scores, Rows]:
        """Return the `k` rows of the highest cosine for each query, best first; equal scores by the lower row.

        Both results have shape `[queries, min(k, len(self))]`. A query's result does not depend on which other queries
        it is asked with: FAISS sums in another order for several at once, so each is searched by itself.

        Raises:
            EncoderError: the queries are not unit vectors of the index's dimension.
        """
        queries = unit_vectors(vectors, count=len(vectors), dimension=self.dimension)
        k = max(0, min(k, len(self)))
        scores = np.empty((len(queries), k), dtype=np.float32)
        rows = np.empty((len(queries), k), dtype=np.int64)
        for number in range(len(queries) if k else 0):
            scores[number], rows[number] = self._search_one(queries[number : number + 1], k)
        return scores, rows

    def _search_one(self, query: Vectors, k: int) -> tuple[Scores, Rows]:
        """Search, and further where rows past the last fetched may equal the k-th: FAISS keeps any of equal rows."""
        import faiss  # noqa: PLC0415  0.2 s that only a search should cost

        reach = min(k + 1, len(self))
        while True:
            scores, rows = (
                found[0] for found in faiss.knn(query, self._vectors, reach, metric=faiss.METRIC_INNER_PRODUCT)
            )
            if reach == len(self) or scores[-1] < scores[k - 1]:
                break
            reach = min(2 * reach, len(self))
        order = np.lexsort((rows, -scores))[:k]
        return scores[order], rows[order]
