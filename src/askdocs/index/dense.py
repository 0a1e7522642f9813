"""Unit vectors to the rows nearest a query, by dot product: all compared, or for many passages those of near clusters.

The vectors are stored as plain numbers. All are compared by FAISS in half precision, a quarter of the time, and the
best once more as they are stored, so many that none of the others can be among the best: the result is exact. Where
there are clusters (`approximate`), they name the rows, and the cosines still come from the vectors, which are then
stored in half precision: they are only read for the few rows that a question comes near to.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from askdocs.encoding.protocol import Vectors
from askdocs.errors import EncoderError
from askdocs.index.approximate import ClusterSearch, limits
from askdocs.index.arrays import ArrayWriter, StoredRows, array_writer, open_array

VECTORS = "vectors.npy"

Scores = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
"""Of every row, whether it may be found: shape `(vectors,)`."""

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


HALF_ERROR = 6e-4
"""How far a cosine can be from one with a vector rounded to half precision: 2^-11, and room for the summing.

Each number is off by at most 2^-11 of itself, and the products of two unit vectors' numbers add up to at most 1.
"""

MAPPED_BYTES = 2**27
"""Up to so many, the vectors may all come to be in memory: a row is then had sooner than by reading it from the disk,
which leaves what lies around it there."""

_SPARE = 32
"""How many more rows than wanted are compared again at first: nearly always enough to know the best."""

_AT_ONCE = 8_192
"""Rows that are read together when all are taken into half precision."""


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
        found = self._vectors[wanted] if self._vectors.nbytes <= MAPPED_BYTES else self._rows.rows(wanted)
        return found.astype(np.float32, copy=False)

    def search(self, vectors: Vectors, k: int, within: Mask | None = None) -> tuple[Scores, Rows]:
        """Return the `k` rows of the highest cosine for each query, best first; equal scores by the lower row.

        Both results have shape `[queries, min(k, len(self))]`; a row of -1 and a score of -1 stand where fewer rows are
        `within`, or near clusters hold fewer. A query's result does not depend on which other queries it is asked with.

        Raises:
            EncoderError: the queries are not unit vectors of the index's dimension.
        """
        queries = unit_vectors(vectors, count=len(vectors), dimension=self.dimension)
        k = max(0, min(k, len(self)))
        scores = np.full((len(queries), k), -1, dtype=np.float32)
        rows = np.full((len(queries), k), -1, dtype=np.int64)
        allowed = len(self) if within is None else int(within.sum())
        for number in range(len(queries) if min(k, allowed) else 0):
            found = self._near(queries[number : number + 1], min(k, allowed), within, allowed)
            scores[number, : len(found[0])], rows[number, : len(found[1])] = found
        return scores, rows

    def _near(self, query: Vectors, k: int, within: Mask | None, allowed: int) -> tuple[Scores, Rows]:
        if self._clusters is None:
            return self._compared(query, k, within, allowed)
        return self._best(query, self._clusters.rows(query, k, within), k)

    def _compared(self, query: Vectors, k: int, within: Mask | None, allowed: int) -> tuple[Scores, Rows]:
        """Search in half precision, and further until no row past the last fetched can come near the k-th."""
        options = None if within is None else limits(within)
        reach = min(k + _SPARE, allowed)
        while True:
            with _one_thread():
                rough, rows = (found[0] for found in self._halves.search(query, reach, params=options))
            scores, best = self._best(query, rows, k)
            if reach == allowed or rough[-1] + HALF_ERROR < scores[-1]:
                return scores, best
            reach = min(2 * reach, allowed)

    def _best(self, query: Vectors, rows: Rows, k: int) -> tuple[Scores, Rows]:
        """Return the `k` best of some rows by their cosines: each summed alike, so that equal vectors score alike."""
        scores: Scores = np.einsum("rd,d->r", self.vectors(rows), query[0])
        order = np.lexsort((rows, -scores))[:k]
        return scores[order], rows[order]

    @cached_property
    def _halves(self) -> Any:
        """FAISS's exhaustive search of all vectors in half precision, in memory: 0.1 s for the most there can be."""
        import faiss  # noqa: PLC0415  0.2 s that only a search should cost

        index: Any = faiss.IndexScalarQuantizer(
            self.dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )
        for start in range(0, len(self), _AT_ONCE):
            index.add(self._rows.slice(start, min(start + _AT_ONCE, len(self))))
        return index


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let FAISS work in this thread alone: it would wake one for every core, and give a single query to one of them."""
    import faiss  # noqa: PLC0415  loaded already

    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)  # counts for the calling thread only
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)
