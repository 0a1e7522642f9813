"""Unit vectors to the rows nearest a query, by dot product: all compared, or for many passages those of near clusters.

The vectors are stored as plain numbers and compared in place by FAISS's exhaustive inner-product search, the one
inside `IndexFlatIP`. Where there are clusters (`approximate`), they name the rows, and the cosines still come from the
vectors, which are then kept in half precision: they are only read for the few rows that a question comes near to.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from askdocs.encoding.protocol import Vectors
from askdocs.errors import EncoderError
from askdocs.index.approximate import ClusterSearch
from askdocs.index.arrays import ArrayWriter, StoredRows, array_writer, open_array

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


@contextmanager
def vector_writer(folder: Path, count: int, dimension: int, *, half: bool = False) -> Iterator[ArrayWriter]:
    """Open the file of `count` unit vectors to write them row by row, in half precision where clusters will be made."""
    with array_writer(folder / VECTORS, np.float16 if half else np.float32, (count, dimension)) as writer:
        yield writer


def open_vectors(folder: Path) -> npt.NDArray[np.floating]:
    """Map the vectors, `float32` or `float16`, shape `(passages, dimension)`."""
    return open_array(folder / VECTORS, np.float32, np.float16, dimensions=2)


class DenseIndex:
    """The passages' vectors, one row per passage, on the disk; `clustered` where there are clusters to search.

    Raises:
        ValueError: a file holds something else.
        OSError: a file cannot be read.
    """

    def __init__(self, folder: Path, *, clustered: bool = False) -> None:
        self._vectors = open_vectors(folder)
        if not clustered and self._vectors.dtype != np.float32:
            raise ValueError(f"{VECTORS} holds {self._vectors.dtype} numbers without clusters")
        count, dimension = self._vectors.shape
        self._clusters = ClusterSearch(folder, count=count, dimension=dimension) if clustered else None
        self._rows = StoredRows(folder / VECTORS, np.float32, np.float16, dimensions=2)

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
        return self._rows.rows(wanted).astype(np.float32)

    def search(self, vectors: Vectors, k: int) -> tuple[Scores, Rows]:
        """Return the `k` rows of the highest cosine for each query, best first; equal scores by the lower row.

        Both results have shape `[queries, min(k, len(self))]`; a row of -1 and a score of -1 stand where near clusters
        hold fewer. A query's result does not depend on which other queries
        it is asked with: FAISS sums in another order for several at once, so each is searched by itself.

        Raises:
            EncoderError: the queries are not unit vectors of the index's dimension.
        """
        queries = unit_vectors(vectors, count=len(vectors), dimension=self.dimension)
        k = max(0, min(k, len(self)))
        scores = np.full((len(queries), k), -1, dtype=np.float32)
        rows = np.full((len(queries), k), -1, dtype=np.int64)
        for number in range(len(queries) if k else 0):
            found = self._near(queries[number : number + 1], k)
            scores[number, : len(found[0])], rows[number, : len(found[1])] = found
        return scores, rows

    def _near(self, query: Vectors, k: int) -> tuple[Scores, Rows]:
        if self._clusters is None:
            return self._compared(query, k)
        rows = self._clusters.rows(query, k)
        cosines = self.vectors(rows) @ query[0]
        order = np.lexsort((rows, -cosines))
        return cosines[order], rows[order]

    def _compared(self, query: Vectors, k: int) -> tuple[Scores, Rows]:
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
