"""Passages' terms to BM25 scores on the disk, and a query's terms to the passages that hold them.

What a term adds to a passage's score depends on nothing in the query, so it is computed once, when the index is built:
a matrix of passages x terms, kept by term (compressed sparse columns). A query adds up its terms' columns.
bm25s computes the matrix; a search needs only numpy, and starts without it.

    score(query, passage) = sum over the query's terms t, repeated ones each time, of
        ln(1 + (N - n + 0.5) / (n + 0.5))  *  tf / (tf + k1 * (1 - b + b * length / average_length))

N: passages; n: those that hold t; tf: times t is in the passage; length: the passage's number of terms. This is BM25
as Lucene has it, variant "Lucene (accurate)" of Kamphuis, de Vries, Boytsov and Lin, "Which BM25 Do You Mean?" (ECIR
2020); the original's factor (k1 + 1) is left out, which changes no ranking.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from askdocs.index.arrays import open_array, save_array
from askdocs.index.dense import Rows, Scores
from askdocs.index.texts import Texts, starts_name, write_texts

K1 = 0.9
"""How soon a term's repetition stops counting. 0.9 is Anserini's default, and the best measured here."""

B = 0.4
"""How much a long passage is marked down, from 0 to 1. 0.4 likewise; passages are of similar length by construction."""

TERMS = "terms.txt"
COLUMNS = "postings.columns.npy"
ROWS = "postings.rows.npy"
SCORES = "postings.scores.npy"
LEXICAL_FILES = (TERMS, starts_name(TERMS), COLUMNS, ROWS, SCORES)


def write_lexical(folder: Path, passages: Iterable[Sequence[str]]) -> None:
    """Write the BM25 index of passages given as terms, in the order of their rows. A passage may have none.

    Terms are numbered in sorted order, so the same passages give the same bytes whatever Python's hash seed.
    """
    numbers: dict[str, int] = {}
    by_passage = [array("i", [numbers.setdefault(term, len(numbers)) for term in terms]) for terms in passages]
    vocabulary = sorted(numbers)
    place = np.empty(len(vocabulary), dtype=np.intc)
    place[[numbers[term] for term in vocabulary]] = np.arange(len(vocabulary), dtype=np.intc)
    columns, rows, scores = _matrix([array("i", place[passage].tobytes()) for passage in by_passage], len(vocabulary))
    write_texts(folder, TERMS, vocabulary)
    save_array(folder / COLUMNS, columns)
    save_array(folder / ROWS, rows)
    save_array(folder / SCORES, scores)


def _matrix(passages: list[array[int]], terms: int) -> tuple[Rows, npt.NDArray[np.int32], Scores]:
    """Return the score matrix by column: where each term's column begins, then each entry's passage row and score."""
    if terms == 0:  # bm25s divides by the average length, here 0
        return np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32)
    import bm25s  # noqa: PLC0415  0.4 s and scipy, that only a build should cost

    model = bm25s.BM25(k1=K1, b=B, method="lucene", backend="numpy", csc_backend="numpy")
    # Numbers of our own: bm25s would number the terms in the order of a set, another one in every run.
    model.index((passages, {number: number for number in range(terms)}), create_empty_token=False, show_progress=False)
    matrix = model.scores
    return matrix["indptr"].astype(np.int64), matrix["indices"].astype(np.int32), matrix["data"].astype(np.float32)


class LexicalIndex:
    """The BM25 index of `passages` passages, on the disk.

    Raises:
        ValueError: a file holds something else.
        OSError: a file cannot be read.
    """

    def __init__(self, folder: Path, passages: int) -> None:
        self._passages = passages
        self._terms = Texts(folder, TERMS)
        self._columns = open_array(folder / COLUMNS, np.int64, dimensions=1)
        self._rows = open_array(folder / ROWS, np.int32, dimensions=1)
        self._scores = open_array(folder / SCORES, np.float32, dimensions=1)
        if len(self._columns) != len(self._terms) + 1 or not self._columns[-1] == len(self._rows) == len(self._scores):
            raise ValueError(f"{COLUMNS}, {ROWS} and {SCORES} do not fit together")

    def __len__(self) -> int:
        """Count the passages."""
        return self._passages

    def scores(self, query_terms: Iterable[str]) -> Scores:
        """Return every passage's score, `float32[passages]`. A passage with none of the terms has 0."""
        scores = np.zeros(self._passages, dtype=np.float32)
        for term in query_terms:
            number = self._terms.row_of(term)
            if number is not None:
                column = slice(self._columns[number], self._columns[number + 1])
                scores[self._rows[column]] += self._scores[column]  # a column holds a row once, so += misses nothing
        return scores

    def weight(self, term: str) -> float:
        """Return how much a term tells: its idf, as in the formula above. One that no passage holds tells most."""
        number = self._terms.row_of(term)
        holding = 0 if number is None else int(self._columns[number + 1] - self._columns[number])
        return math.log1p((self._passages - holding + 0.5) / (holding + 0.5))

    def search(self, query_terms: Iterable[str], k: int) -> tuple[Scores, Rows]:
        """Return the `k` best of the passages that hold a term, best first; equal scores by the lower row.

        Fewer than `k` where fewer hold one; none at all for a query without known terms.
        """
        scores = self.scores(query_terms)
        rows = np.flatnonzero(scores)
        if len(rows) > k > 0:
            rows = rows[scores[rows] >= np.partition(scores[rows], -k)[-k]]
        best = rows[np.argsort(-scores[rows], kind="stable")][: max(k, 0)]
        return scores[best], best
