"""Many vectors to clusters of rounded ones on the disk, and a query to the rows of the clusters nearest to it.

FAISS's inverted file over k-means clusters, each vector rounded to a byte a dimension ("IVF, SQ8"). It is mapped, not
loaded, and a search reads only the clusters it goes through. How many those are is chosen when the index is built: the
fewest with which the ten best rows are those of the exact search, as often as `RECALL` says, for sentences of the
articles taken as queries. eval/LOG.md has the table of what else was measured: graphs (HNSW) and bits (RaBitQ).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from askdocs.encoding.protocol import Vectors

CLUSTERS = "vectors.clusters.faiss"

EXACT_PASSAGES = 16_384
"""Up to so many, every vector is compared: then the clusters gain less than a thousandth of a second."""

RECALL = 0.99
"""The share of the ten best rows that is aimed at, measured on sentences that the clusters were not made from. Real
questions lie further from the articles: they find a hundredth less."""

MANY_PASSAGES = 65_536
"""Up to so many there are few clusters, as many as vectors in each, which are made in a second; beyond, reading a
cluster is what takes the time, and there are four times as many."""

MEASURED_AT = 10
MEASURED_QUERIES = 256
_PROBES = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
_VECTORS_A_CLUSTER = 40
_ROUNDS = 8
_AT_ONCE = 65_536
_SEED = 20_261_122


@dataclass(frozen=True, slots=True)
class Clustering:
    """How an approximate search was set up: so many clusters, so many of them read for a query, and what that finds.

    `recall` is of the `MEASURED_AT` best, against the exact search.
    """

    clusters: int
    probes: int
    recall: float


def write_clusters(
    folder: Path, vectors: npt.NDArray[np.floating], queries: Vectors, told: Callable[[int], None]
) -> Clustering:
    """Cluster vectors, shape `(passages, dimension)`, measure the search with some queries, and write it.

    `told` hears of every vector put into its cluster. The same vectors give the same clusters.

    Raises:
        OSError: the disk refuses.
    """
    import faiss  # noqa: PLC0415  0.2 s

    count, dimension = vectors.shape
    clusters = int(2 ** round(np.log2(np.sqrt(count) * (1 if count <= MANY_PASSAGES else 4))))
    index: Any = faiss.index_factory(dimension, f"IVF{clusters},SQ8", faiss.METRIC_INNER_PRODUCT)
    index.cp.niter, index.cp.max_points_per_centroid, index.cp.seed = _ROUNDS, _VECTORS_A_CLUSTER, _SEED
    some = np.random.default_rng(_SEED).choice(count, min(count, _VECTORS_A_CLUSTER * clusters), replace=False)
    index.train(np.asarray(vectors[np.sort(some)], np.float32))
    for start in range(0, count, _AT_ONCE):
        index.add(np.ascontiguousarray(vectors[start : start + _AT_ONCE], np.float32))
        told(min(_AT_ONCE, count - start))
    chosen = _measured(index, vectors, queries, clusters)
    index.nprobe = chosen.probes
    _write(index, folder / CLUSTERS)
    return chosen


def _write(index: Any, path: Path) -> None:
    """Write an index through Python's own file: FAISS does not tell when a disk refuses the last bytes.

    Raises:
        OSError: the disk refuses.
    """
    import faiss  # noqa: PLC0415  0.2 s

    untyped: Any = faiss  # its types leave out what is written in Python
    refused: list[OSError] = []

    def write(piece: bytes) -> None:
        try:
            if not refused:
                file.write(piece)
        except OSError as error:  # no exception finds its way through C++
            refused.append(error)

    with path.open("wb") as file:
        faiss.write_index(index, untyped.PyCallbackIOWriter(write))
        if refused:
            raise refused[0]


def _measured(index: Any, vectors: npt.NDArray[np.floating], queries: Vectors, clusters: int) -> Clustering:
    """Return the fewest probes that find enough, or what the most find."""
    wanted = exact_rows(vectors, queries, MEASURED_AT)
    for probes in _PROBES:
        index.nprobe = min(probes, clusters)
        _, found = index.search(queries, 10 * MEASURED_AT)
        best = [_rescored(rows[rows >= 0], vectors, query) for rows, query in zip(found, queries, strict=True)]
        recall = float(
            np.mean([len(set(some) & set(exact)) / len(exact) for some, exact in zip(best, wanted, strict=True)])
        )
        if recall >= RECALL or probes == _PROBES[-1] or probes >= clusters:
            break
    return Clustering(clusters, int(index.nprobe), recall)


def _rescored(rows: npt.NDArray[np.int64], vectors: npt.NDArray[np.floating], query: Vectors) -> npt.NDArray[np.int64]:
    """Return the best of some rows by their exact cosines, as a search will order them."""
    cosines = np.asarray(vectors[rows], np.float32) @ query
    return rows[np.argsort(-cosines, kind="stable")[:MEASURED_AT]]


def exact_rows(
    vectors: npt.NDArray[np.floating], queries: Vectors, k: int, at_once: int = _AT_ONCE
) -> npt.NDArray[np.int64]:
    """Return the `k` rows nearest each query by comparing all, shape `(queries, k)`, reading the vectors in turn."""
    best = np.zeros((len(queries), 0), np.float32)
    rows = np.zeros((len(queries), 0), np.int64)
    for start in range(0, len(vectors), at_once):
        cosines = queries @ np.asarray(vectors[start : start + at_once], np.float32).T
        best = np.concatenate([best, cosines], axis=1)
        rows = np.concatenate(
            [rows, np.broadcast_to(np.arange(start, start + cosines.shape[1]), cosines.shape)], axis=1
        )
        kept = np.argpartition(-best, min(k, best.shape[1]) - 1, axis=1)[:, :k]
        best, rows = np.take_along_axis(best, kept, axis=1), np.take_along_axis(rows, kept, axis=1)
    return rows


def limits(within: npt.NDArray[np.bool_], probes: int | None = None) -> Any:
    """Return what lets a search of FAISS find only the rows that are within, reading so many clusters if there are."""
    import faiss  # noqa: PLC0415  loaded already

    kinds: Any = faiss  # its types do not know what it takes
    selector = kinds.IDSelectorBitmap(np.packbits(within, bitorder="little"))
    if probes is None:
        return kinds.SearchParameters(sel=selector)
    return kinds.SearchParametersIVF(sel=selector, nprobe=probes)


class ClusterSearch:
    """The clusters of one generation, mapped.

    Raises:
        ValueError: the file holds something else.
        OSError: the file cannot be read.
    """

    def __init__(self, folder: Path, *, count: int, dimension: int) -> None:
        import faiss  # noqa: PLC0415  0.2 s that an index without clusters does not cost

        kinds: Any = faiss  # its types do not know what an index holds
        try:
            self._index = kinds.read_index(str(folder / CLUSTERS), faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY)
        except RuntimeError as error:
            raise ValueError(f"{CLUSTERS} is no FAISS index") from error
        if (self._index.ntotal, self._index.d) != (count, dimension):
            raise ValueError(f"{CLUSTERS} holds {self._index.ntotal} vectors of dimension {self._index.d}")
        # Thirty-two threads that each search would start to read ahead take three times as long as the search itself.
        kinds.downcast_InvertedLists(self._index.invlists).prefetch_nthread = 0

    def rows(self, query: Vectors, k: int, within: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[np.int64]:
        """Return rows near a query, shape `(1, dimension)`, in no order that counts: up to `k`.

        With `within`, which tells of every row whether it may be found, up to twice as many: the clusters that are read
        are so many more that they hold as many rows to choose from, and of few rows all are compared.
        """
        options = None
        if within is not None:
            k *= 2
            share = max(1, int(within.sum())) / len(within)
            options = limits(within, min(self._index.nlist, math.ceil(self._index.nprobe / share)))
        found: npt.NDArray[np.int64] = self._index.search(query, k, params=options)[1][0]
        return found[found >= 0]
