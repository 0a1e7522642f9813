"""A query's terms to the passages that hold them, best first by BM25, from files that `postings` writes.

What a term adds to a passage's score depends on nothing in the query, so it is computed once, when the index is built:
a matrix of passages x terms, kept by term (compressed sparse columns). A query adds up its terms' columns.

    score(query, passage) = sum over the query's terms t, repeated ones each time, of
        ln(1 + (N - n + 0.5) / (n + 0.5))  *  tf / (tf + k1 * (1 - b + b * length / average_length))

N: passages; n: those that hold t; tf: times t is in the passage; length: the passage's number of terms. This is BM25
as Lucene has it, variant "Lucene (accurate)" of Kamphuis, de Vries, Boytsov and Lin, "Which BM25 Do You Mean?" (ECIR
2020); the original's factor (k1 + 1) is left out, which changes no ranking.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from askdocs.index.arrays import StoredRows, open_array
from askdocs.index.dense import Rows, Scores
from askdocs.index.postings import COLUMNS, COUNTS, LENGTHS, ROWS, SCORES, TERMS
from askdocs.index.texts import Texts

KNOWN_COLUMNS = 1_024
"""Terms whose places are remembered: a question's are looked up again for their weights."""


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
        self._rows = StoredRows(folder / ROWS, np.int32, dimensions=1)
        self._scores = StoredRows(folder / SCORES, np.float32, dimensions=1)
        # Of a function and not of a method: a cache that knew this object would keep its files open when it is let go.
        self._column = lru_cache(maxsize=KNOWN_COLUMNS)(partial(_column, self._terms, self._columns))
        if len(self._terms) != len(self._columns) - 1 or not self._columns[-1] == len(self._rows) == len(self._scores):
            raise ValueError(f"{COLUMNS}, {ROWS} and {SCORES} do not fit together")
        # No search reads these; the next build takes them over, and must not find out then that they are no such thing.
        counts = open_array(folder / COUNTS, np.uint8, dimensions=1)
        lengths = open_array(folder / LENGTHS, np.int32, dimensions=1)
        if len(counts) != len(self._rows) or len(lengths) != passages:
            raise ValueError(f"{COUNTS} and {LENGTHS} do not fit together with {ROWS}")

    def __len__(self) -> int:
        """Count the passages."""
        return self._passages

    def scores(self, query_terms: Iterable[str]) -> Scores:
        """Return every passage's score, `float32[passages]`. A passage with none of the terms has 0."""
        scores = np.zeros(self._passages, dtype=np.float32)
        for term in query_terms:
            column = self._column(term)
            if column is not None:
                added = self._scores.slice(column.start, column.stop)
                scores[self._rows.slice(column.start, column.stop)] += (
                    added  # a column holds a row once, so += misses nothing
                )
        return scores

    def holding(self, term: str) -> int:
        """Return how many passages hold a term."""
        column = self._column(term)
        return 0 if column is None else column.stop - column.start

    def first_holding(self, term: str, count: int) -> list[int]:
        """Return the first passages that hold a term, at most `count`, in the order of their rows."""
        column = self._column(term)
        if column is None:
            return []
        rows: list[int] = self._rows.slice(column.start, min(column.stop, column.start + count)).tolist()
        return rows

    def terms_from(self, letter: str) -> list[str]:
        """Return all terms that begin with a letter, sorted."""
        return self._terms.beginning(letter)

    def weight(self, term: str) -> float:
        """Return how much a term tells: its idf, as in the formula above. One that no passage holds tells most."""
        holding = self.holding(term)
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


def _column(terms: Texts, columns: Rows, term: str) -> slice | None:
    """Return where a term's postings are."""
    number = terms.row_of(term)
    return None if number is None else slice(int(columns[number]), int(columns[number + 1]))
