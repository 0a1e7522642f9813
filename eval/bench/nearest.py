"""Where clusters begin to pay: comparing every vector against searching the clusters near a query, by their number.

    python eval/bench/nearest.py --index DIR [--vectors 8192 16384 32768 65536 131072] [--runs 5]

The vectors are the passages of the index in DIR, the queries its sentences. Both ways answer the same queries in turn,
one after another, as questions come; medians over the runs. The clusters are those of a build: `write_clusters`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, strftime

import numpy as np

from askdocs.encoding import Vectors
from askdocs.index import OpenIndex, open_index
from askdocs.index.approximate import MEASURED_QUERIES, Clustering, write_clusters
from askdocs.index.dense import DenseIndex, open_vectors, vector_writer

CANDIDATES = 200
ASKED = 100


def written(folder: Path, vectors: Vectors, *, half: bool) -> None:
    """Write vectors as a build does."""
    with vector_writer(folder, *vectors.shape, half=half) as writer:
        writer.write(vectors)


def clustered(folder: Path, vectors: Vectors, queries: Vectors) -> tuple[Clustering, float]:
    """Write vectors and their clusters; return how they were set up, and the seconds it took."""
    written(folder, vectors, half=True)
    began = perf_counter()
    clustering = write_clusters(folder, open_vectors(folder), queries, lambda _: None)
    return clustering, perf_counter() - began


def milliseconds(search: Callable[[Vectors, int], object], queries: Vectors) -> float:
    """Return the median milliseconds of a query asked alone."""
    times = []
    for query in queries:
        began = perf_counter()
        search(query[np.newaxis], CANDIDATES)
        times.append(1000 * (perf_counter() - began))
    return statistics.median(times)


def row(index: OpenIndex, count: int, runs: int) -> str:
    """Return one line of the table."""
    spread = np.linspace(0, len(index.sentences) - 1, MEASURED_QUERIES + ASKED).astype(np.int64)
    measured, asked = np.split(index.sentences.vectors(spread), [MEASURED_QUERIES])
    vectors = index.dense.vectors(np.linspace(0, len(index.passages) - 1, count).astype(np.int64))
    with tempfile.TemporaryDirectory() as made:
        exact, near = Path(made) / "exact", Path(made) / "near"
        exact.mkdir()
        near.mkdir()
        written(exact, vectors, half=False)
        clustering, seconds = clustered(near, vectors, measured)
        searches = [DenseIndex(exact).search, DenseIndex(near, clustered=True).search]
        times = [[milliseconds(search, asked) for search in searches] for _ in range(runs)]
    compared, found = (statistics.median(column) for column in zip(*times, strict=True))
    return (
        f"{count:>10,}{compared:>14.2f}{found:>14.2f}{clustering.probes:>8} of {clustering.clusters:<6,}"
        f"{clustering.recall:>10.3f}{seconds:>10.1f}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--vectors", type=int, nargs="+", default=[8_192, 16_384, 32_768, 65_536, 131_072])
    parser.add_argument("--runs", type=int, default=5)
    chosen = parser.parse_args()
    index = open_index(chosen.index)
    print(f"{strftime('%Y-%m-%d')}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {CANDIDATES} rows a query")
    print(f"{'vectors':>10}{'all, ms':>14}{'clusters, ms':>14}{'probes':>17}{'recall@10':>10}{'made in s':>10}")
    for count in chosen.vectors:
        if count <= len(index.passages):
            print(row(index, count, chosen.runs), flush=True)


if __name__ == "__main__":
    main()
