"""Passages' terms, and the postings of passages that are in an index already, to the files that `lexical` searches.

A posting says that a passage holds a term, how often, and what that adds to its BM25 score (the formula is in
`lexical`). Scores depend on all passages together, so they are computed anew at each build; counts are kept for it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import numpy as np
import numpy.typing as npt

from askdocs.index.arrays import array_writer, open_array, save_array
from askdocs.index.texts import Texts, starts_name, write_texts

K1 = 0.9
"""How soon a term's repetition stops counting. 0.9 is Anserini's default, and the best measured here."""

B = 0.4
"""How much a long passage is marked down, from 0 to 1. 0.4 likewise; passages are of similar length by construction."""

MOST = 255
"""A term is counted at most so many times in a passage: more would add less than half a percent to its score."""

TERMS = "terms.txt"
COLUMNS = "postings.columns.npy"
ROWS = "postings.rows.npy"
SCORES = "postings.scores.npy"
COUNTS = "postings.counts.npy"
LENGTHS = "postings.lengths.npy"
LEXICAL_FILES = (TERMS, starts_name(TERMS), COLUMNS, ROWS, SCORES, COUNTS, LENGTHS)

PASSAGES_AT_ONCE = 16_384
"""Passages whose terms are sorted together; the rest wait on the disk."""

POSTINGS_AT_ONCE = 4_194_304
"""Postings that are held in memory together while columns are written, or those of one term."""

_ROW_BITS = 32
"""A term's number and a passage's row are sorted as one number, the row in so many bits of it."""

Numbers = npt.NDArray[np.int64]

Counts = npt.NDArray[np.int32]
"""Shape `(3, postings)`: term, passage row, and how often the term is in the passage."""

PassageTerms = tuple[int, Sequence[str]]
"""A passage's row, and its terms."""


class Postings(Protocol):
    """Postings that are asked for by term, the terms numbered as they sort."""

    def holding(self) -> Numbers:
        """Count the passages that hold each term."""
        ...

    def of(self, first: int, last: int) -> Counts:
        """Return the postings of a half-open range of terms."""
        ...


class KnownPostings:
    """The postings of a finished generation, for those of its passages that stay in the next one.

    `rows` has shape `(passages,)`: the new row of each of its passages, -1 for one that goes. `terms` are those that a
    passage that stays holds, sorted.

    Raises:
        ValueError: a file holds something else.
        OSError: a file cannot be read.
    """

    def __init__(self, folder: Path, rows: Numbers) -> None:
        self._new_rows = rows
        self._columns = open_array(folder / COLUMNS, np.int64, dimensions=1)
        self._rows = open_array(folder / ROWS, np.int32, dimensions=1)
        self._counts = open_array(folder / COUNTS, np.uint8, dimensions=1)
        self._lengths = open_array(folder / LENGTHS, np.int32, dimensions=1)
        held = self._held()
        self._held_columns = np.flatnonzero(held)
        self._holding = held[self._held_columns]
        vocabulary = Texts(folder, TERMS).all()
        self.terms = [vocabulary[column] for column in self._held_columns.tolist()]

    def holding(self) -> Numbers:
        """Count the passages that stay and hold each term."""
        return self._holding

    def of(self, first: int, last: int) -> Counts:
        """Return the postings of a half-open range of terms, in the passages that stay."""
        if first == last:
            return np.zeros((3, 0), np.int32)
        begin, end = int(self._held_columns[first]), int(self._held_columns[last - 1]) + 1
        pieces = _ranges(self._columns[begin : end + 1])  # of few that stay, many columns may have to be looked through
        return np.concatenate([self._staying(slice(begin + one, begin + other)) for one, other in pieces], axis=1)

    def _staying(self, columns: slice) -> Counts:
        """Return the postings of some columns in the passages that stay."""
        begin, end = int(self._columns[columns.start]), int(self._columns[columns.stop])
        rows = self._new_rows[self._rows[begin:end]]
        stays = rows >= 0
        column = np.repeat(np.arange(columns.start, columns.stop), self._sizes(columns))[stays]
        term = np.searchsorted(self._held_columns, column)
        return np.stack([term, rows[stays], self._counts[begin:end][stays]]).astype(np.int32)

    def put_lengths(self, lengths: npt.NDArray[np.int32]) -> None:
        """Put the number of terms of each passage that stays in its place."""
        stays = self._new_rows >= 0
        lengths[self._new_rows[stays]] = self._lengths[stays]

    def _held(self) -> Numbers:
        """Count, for each column, the passages that stay."""
        held = np.zeros(len(self._columns) - 1, np.int64)
        for first, last in _ranges(self._columns):
            stays = self._new_rows[self._rows[int(self._columns[first]) : int(self._columns[last])]] >= 0
            column = np.repeat(np.arange(last - first), self._sizes(slice(first, last)))
            held[first:last] = np.bincount(column[stays], minlength=last - first)
        return held

    def _sizes(self, columns: slice) -> Numbers:
        sizes: Numbers = np.diff(self._columns[columns.start : columns.stop + 1])
        return sizes


def write_lexical(
    folder: Path, passages: Iterable[PassageTerms], count: int, known: KnownPostings | None = None
) -> None:
    """Write the BM25 index of `count` passages: of some their terms are given, of the others the postings are known.

    A passage may have no term. The same passages give the same bytes, however many of them were known. Memory holds the
    terms and `POSTINGS_AT_ONCE` postings, however many there are: the rest waits in files that are removed again.
    """
    with TemporaryDirectory(dir=folder) as spill:
        numbers: dict[str, int] = {}
        lengths = np.zeros(count, np.int32)
        runs: list[Path] = []
        for some in _batched(passages, PASSAGES_AT_ONCE):
            runs.append(Path(spill) / f"{len(runs)}.npy")
            save_array(runs[-1], _counted(some, numbers))
            lengths[[row for row, _ in some]] = [len(terms) for _, terms in some]
        vocabulary = sorted(numbers.keys() | (known.terms if known else ()))
        places = {term: place for place, term in enumerate(vocabulary)}
        in_order = np.array([places[term] for term in numbers], np.int64)  # a dict has its keys as they came
        sources: list[Postings] = [_Run(_sorted_by_term(run, in_order), len(vocabulary)) for run in runs]
        if known is not None:
            known.put_lengths(lengths)
            in_order = np.array([places[term] for term in known.terms], np.int64)
            sources.append(_Renumbered(known, in_order, len(vocabulary)))
        _write_columns(folder, sources, lengths, len(vocabulary))
        del sources  # a file that is mapped cannot be removed everywhere
    write_texts(folder, TERMS, vocabulary)
    save_array(folder / LENGTHS, lengths)


def _counted(passages: Sequence[PassageTerms], numbers: dict[str, int]) -> Counts:
    """Count the terms of some passages, giving each new term the next number."""
    terms = array("q", (numbers.setdefault(term, len(numbers)) for _, passage in passages for term in passage))
    rows = np.repeat(np.array([row for row, _ in passages], np.int64), [len(passage) for _, passage in passages])
    distinct, count = np.unique(np.array(terms, np.int64) << _ROW_BITS | rows, return_counts=True)
    return np.stack([distinct >> _ROW_BITS, distinct & (1 << _ROW_BITS) - 1, np.minimum(count, MOST)]).astype(np.int32)


def _sorted_by_term(file: Path, places: Numbers) -> Counts:
    """Number the terms of a run by their places among all, sort it by them, and map it."""
    run = open_array(file, np.int32, dimensions=2)
    term = places[run[0]]
    order = np.argsort(term, kind="stable")
    in_order = np.stack([term[order].astype(np.int32), run[1][order], run[2][order]])
    del run
    save_array(file, in_order)
    return open_array(file, np.int32, dimensions=2)


@dataclass(frozen=True, slots=True)
class _Run:
    """Postings in one array, sorted by term."""

    counts: Counts
    terms: int

    def holding(self) -> Numbers:
        return np.bincount(self.counts[0], minlength=self.terms)

    def of(self, first: int, last: int) -> Counts:
        found: Counts = self.counts[:, slice(*np.searchsorted(self.counts[0], [first, last]))]
        return found


@dataclass(frozen=True, slots=True)
class _Renumbered:
    """Postings whose terms have new numbers, `places`, ascending, among `terms`."""

    postings: Postings
    places: Numbers
    terms: int

    def holding(self) -> Numbers:
        holding = np.zeros(self.terms, np.int64)
        holding[self.places] = self.postings.holding()
        return holding

    def of(self, first: int, last: int) -> Counts:
        counts = self.postings.of(*np.searchsorted(self.places, [first, last]).tolist())
        counts[0] = self.places[counts[0]]
        return counts


def _write_columns(folder: Path, sources: Sequence[Postings], lengths: npt.NDArray[np.int32], terms: int) -> None:
    """Write each term's column, rows ascending."""
    holding = sum((source.holding() for source in sources), np.zeros(terms, np.int64))
    columns = np.concatenate([[0], np.cumsum(holding)])
    idf = np.log1p((len(lengths) - holding + 0.5) / (holding + 0.5))
    total = lengths.sum(dtype=np.float64) or 1.0  # without a single term there is no posting to be marked down
    marked_down = K1 * (1 - B + B * lengths.astype(np.float64) * len(lengths) / total)
    save_array(folder / COLUMNS, columns)
    shape = (int(columns[-1]),)
    with (
        array_writer(folder / ROWS, np.int32, shape) as rows,
        array_writer(folder / SCORES, np.float32, shape) as scores,
        array_writer(folder / COUNTS, np.uint8, shape) as counts,
    ):
        for first, last in _ranges(columns):
            some = np.concatenate([source.of(first, last) for source in sources], axis=1)
            term, row, count = some[:, np.lexsort((some[1], some[0]))]
            rows.write(row)
            scores.write(idf[term] * count / (count + marked_down[row]))
            counts.write(count)


def _batched(passages: Iterable[PassageTerms], size: int) -> Iterator[list[PassageTerms]]:
    """Yield lists of so many passages, the last one of what is left."""
    coming = iter(passages)
    while some := list(islice(coming, size)):
        yield some


def _ranges(columns: Numbers) -> Iterator[tuple[int, int]]:
    """Yield half-open ranges of terms with at most `POSTINGS_AT_ONCE` postings, or of one term."""
    first = 0
    while first < len(columns) - 1:
        last = int(np.searchsorted(columns, columns[first] + POSTINGS_AT_ONCE, side="right")) - 1
        yield first, (last := max(last, first + 1))
        first = last
