"""Passages' terms to BM25 scores on the disk, and a query's terms to the passages that hold them.

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
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from askdocs.index.arrays import StoredRows, array_writer, open_array, save_array
from askdocs.index.dense import Rows, Scores
from askdocs.index.texts import Texts, starts_name, write_texts

K1 = 0.9
"""How soon a term's repetition stops counting. 0.9 is Anserini's default, and the best measured here."""

B = 0.4
"""How much a long passage is marked down, from 0 to 1. 0.4 likewise; passages are of similar length by construction."""

TERMS = "terms.txt"
ORDER = "terms.columns.npy"
COLUMNS = "postings.columns.npy"
ROWS = "postings.rows.npy"
SCORES = "postings.scores.npy"
LEXICAL_FILES = (TERMS, starts_name(TERMS), ORDER, COLUMNS, ROWS, SCORES)

PASSAGES_AT_ONCE = 16_384
"""Passages whose terms are sorted together; the rest wait on the disk."""

POSTINGS_AT_ONCE = 4_194_304
"""Postings that are held in memory together while columns are written, or those of one term."""

_ROW_BITS = 32
"""A term's number and a passage's row are sorted as one number, the row in so many bits of it."""

Counts = npt.NDArray[np.int32]
"""Shape `(3, postings)`: term, passage row, and how often the term is in the passage; sorted by term, then row."""


def write_lexical(folder: Path, passages: Iterable[Sequence[str]]) -> None:
    """Write the BM25 index of passages given as terms, in the order of their rows. A passage may have none.

    Terms are numbered as they come, so the same passages give the same bytes whatever Python's hash seed. Memory holds
    the terms and `POSTINGS_AT_ONCE` postings, however many there are: the rest waits in files that are removed again.
    """
    with TemporaryDirectory(dir=folder) as spill:
        numbers: dict[str, int] = {}
        lengths = array("i")
        runs: list[Path] = []
        for some in _batched(passages, PASSAGES_AT_ONCE):
            runs.append(Path(spill) / f"{len(runs)}.npy")
            save_array(runs[-1], _counted(some, len(lengths), numbers))
            lengths.extend(map(len, some))
        counts = [open_array(run, np.int32, dimensions=2) for run in runs]
        _write_columns(folder, counts, np.array(lengths, np.float64), len(numbers))
        del counts  # a file that is mapped cannot be removed everywhere
    vocabulary = sorted(numbers)
    write_texts(folder, TERMS, vocabulary)
    save_array(folder / ORDER, np.array([numbers[term] for term in vocabulary], np.int32))


def _counted(passages: Sequence[Sequence[str]], first_row: int, numbers: dict[str, int]) -> Counts:
    """Count the terms of some passages, giving each new term the next number."""
    terms = array("q", (numbers.setdefault(term, len(numbers)) for passage in passages for term in passage))
    rows = np.repeat(np.arange(first_row, first_row + len(passages)), [len(passage) for passage in passages])
    keys = np.array(terms, np.int64) << _ROW_BITS | rows
    distinct, count = np.unique(keys, return_counts=True)
    return np.stack([distinct >> _ROW_BITS, distinct & (1 << _ROW_BITS) - 1, count]).astype(np.int32)


def _write_columns(folder: Path, runs: Sequence[Counts], lengths: npt.NDArray[np.float64], terms: int) -> None:
    """Write each term's column, rows ascending, from runs of counts whose rows ascend from one run to the next."""
    holding = np.zeros(terms, np.int64)
    for run in runs:
        holding += np.bincount(run[0], minlength=terms)
    columns = np.concatenate([[0], np.cumsum(holding)])
    idf = np.log1p((len(lengths) - holding + 0.5) / (holding + 0.5))
    total = lengths.sum() or 1.0  # without a single term there is no posting to be marked down
    marked_down = K1 * (1 - B + B * lengths * len(lengths) / total)
    save_array(folder / COLUMNS, columns)
    shape = (int(columns[-1]),)
    with (
        array_writer(folder / ROWS, np.int32, shape) as rows,
        array_writer(folder / SCORES, np.float32, shape) as scores,
    ):
        for first, last in _ranges(columns):
            parts = [run[:, slice(*np.searchsorted(run[0], [first, last]))] for run in runs]
            term, row, count = (some := np.concatenate(parts, axis=1))[:, np.argsort(some[0], kind="stable")]
            rows.write(row)
            scores.write(idf[term] * count / (count + marked_down[row]))


def _batched(passages: Iterable[Sequence[str]], size: int) -> Iterator[list[Sequence[str]]]:
    """Yield lists of so many passages, the last one of what is left."""
    coming = iter(passages)
    while some := list(islice(coming, size)):
        yield some


def _ranges(columns: Rows) -> Iterator[tuple[int, int]]:
    """Yield half-open ranges of terms with at most `POSTINGS_AT_ONCE` postings, or of one term."""
    first = 0
    while first < len(columns) - 1:
        last = int(np.searchsorted(columns, columns[first] + POSTINGS_AT_ONCE, side="right")) - 1
        yield first, (last := max(last, first + 1))
        first = last


class LexicalIndex:
    """The BM25 index of `passages` passages, on the disk.

    Raises:
        ValueError: a file holds something else.
        OSError: a file cannot be read.
    """

    def __init__(self, folder: Path, passages: int) -> None:
        self._passages = passages
        self._terms = Texts(folder, TERMS)
        self._order = open_array(folder / ORDER, np.int32, dimensions=1)
        self._columns = open_array(folder / COLUMNS, np.int64, dimensions=1)
        self._rows = StoredRows(folder / ROWS, np.int32, dimensions=1)
        self._scores = StoredRows(folder / SCORES, np.float32, dimensions=1)
        if not len(self._terms) == len(self._order) == len(self._columns) - 1 or not self._columns[-1] == len(
            self._rows
        ) == len(self._scores):
            raise ValueError(f"{COLUMNS}, {ROWS} and {SCORES} do not fit together")

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

    def weight(self, term: str) -> float:
        """Return how much a term tells: its idf, as in the formula above. One that no passage holds tells most."""
        column = self._column(term)
        holding = 0 if column is None else column.stop - column.start
        return math.log1p((self._passages - holding + 0.5) / (holding + 0.5))

    def _column(self, term: str) -> slice | None:
        """Return where a term's postings are."""
        place = self._terms.row_of(term)
        if place is None:
            return None
        number = self._order[place]
        return slice(int(self._columns[number]), int(self._columns[number + 1]))

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
