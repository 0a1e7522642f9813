"""Searches whose results were written down when an index was built, and the check that they still give the same.

The files of an index can be whole and its answers other ones all the same: where a library or a processor computes
otherwise, or an index is read on a machine that reads its numbers otherwise. So a few searches are made in the finished
files and kept in the manifest, and made again before an index answers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from askdocs.errors import IndexForeignError
from askdocs.index.dense import DenseIndex
from askdocs.index.faults import foreign
from askdocs.index.lexical import LexicalIndex

TOLERANCE = 1e-4
"""How far a score may be from the one written down. Summing 384 products in another order moves a cosine by 1e-6."""

KEPT = 8
"""How many rows of a search are written down."""

REACH = 32
"""How many rows are searched for: clusters choose by rounded vectors, so what is kept must not lie at the border."""

WINDOW = 1_024
"""Rows that are compared when an index is opened. FAISS alone takes longer to load than a small index to open, so the
search of all rows by it waits for the first question; see `check_search`."""

TERMS = 4
"""How many terms of the passage are searched for: the rarest of those that several passages hold."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """The best rows of a search with their scores, best first."""

    rows: tuple[int, ...]
    scores: tuple[float, ...]

    @classmethod
    def of_form(cls, form: Any) -> Self:
        """Return what a manifest holds.

        Raises:
            TypeError, KeyError, ValueError: it holds something else.
        """
        return cls(tuple(map(int, form["rows"])), tuple(map(float, form["scores"])))

    def agrees_with(self, found: Nearest) -> bool:
        """Tell whether another search found the same, but for a tie at the border.

        A row that only one of them has counts as if the other had it with its last score.
        """
        if len(self.rows) != len(found.rows):
            return False
        last = min(self.scores, default=0.0)
        written, now = (dict(zip(one.rows, one.scores, strict=True)) for one in (self, found))
        return all(abs(written.get(row, last) - now.get(row, last)) <= TOLERANCE for row in written | now)


@dataclass(frozen=True, slots=True)
class Canary:
    """What some searches gave when the index was built.

    `row` is a passage; `window` is what is nearest to its vector among the rows around it, `dense` what the index's own
    search finds, and `lexical` what BM25 finds for `terms`, which are some of its own.
    """

    row: int
    window: Nearest
    dense: Nearest
    terms: tuple[str, ...]
    lexical: Nearest

    @classmethod
    def of_form(cls, form: Any) -> Self:
        """Return what a manifest holds, as `json` reads it.

        Raises:
            TypeError, KeyError, ValueError: it holds something else.
        """
        return cls(
            row=int(form["row"]),
            window=Nearest.of_form(form["window"]),
            dense=Nearest.of_form(form["dense"]),
            terms=tuple(map(str, form["terms"])),
            lexical=Nearest.of_form(form["lexical"]),
        )


def record_canary(dense: DenseIndex, lexical: LexicalIndex, row: int, terms: Sequence[str]) -> Canary:
    """Search the finished files of a generation for the passage in a row, which holds these terms."""
    several = math.log1p((len(lexical) - KEPT + 0.5) / (KEPT + 0.5))  # the weight of a term that `KEPT` passages hold

    def preference(term: str) -> tuple[bool, float, str]:
        weight = lexical.weight(term)
        return weight > several, -weight, term

    chosen = tuple(sorted(set(terms), key=preference)[:TERMS])
    return Canary(row, _window(dense, row), _search(dense, row), chosen, _lexical(lexical, chosen))


def check_canary(folder: Path, canary: Canary, dense: DenseIndex, lexical: LexicalIndex) -> None:
    """Search again, without FAISS where the index does without it, and compare.

    Raises:
        IndexForeignError: this machine computes other scores than those written down.
    """
    if not canary.window.agrees_with(_window(dense, canary.row)):
        raise _differs(folder, "cosines")
    if not canary.lexical.agrees_with(_lexical(lexical, canary.terms)):
        raise _differs(folder, "BM25 scores")


def check_search(folder: Path, canary: Canary, dense: DenseIndex) -> None:
    """Make the search that a question makes, and compare. It loads FAISS, so it is for the moment before a question.

    Raises:
        IndexForeignError: this machine finds other passages than those written down.
    """
    if not canary.dense.agrees_with(_search(dense, canary.row)):
        raise _differs(folder, "nearest passages")


def _window(dense: DenseIndex, row: int) -> Nearest:
    """Compare a row's vector with those around it."""
    first = max(0, min(row - WINDOW // 2, len(dense) - WINDOW))
    vectors = dense.vectors(range(first, min(first + WINDOW, len(dense))))
    scores = vectors @ vectors[row - first]
    best = np.argsort(-scores, kind="stable")[:KEPT]
    return Nearest(tuple((best + first).tolist()), _written(scores[best]))


def _search(dense: DenseIndex, row: int) -> Nearest:
    """Search for a row's own vector as for a question's."""
    vector = dense.vectors([row])
    vector /= np.linalg.norm(vector)  # half precision leaves it a little off the unit length that a query must have
    (scores,), (rows,) = dense.search(vector, REACH)
    found = rows >= 0
    return Nearest(tuple(rows[found][:KEPT].tolist()), _written(scores[found][:KEPT]))


def _lexical(lexical: LexicalIndex, terms: Sequence[str]) -> Nearest:
    scores, rows = lexical.search(terms, KEPT)
    return Nearest(tuple(rows.tolist()), _written(scores))


def _written(scores: Any) -> tuple[float, ...]:
    """Return scores as a manifest has them: to a precision far below the tolerance."""
    return tuple(round(float(score), 7) for score in scores)


def _differs(folder: Path, what: str) -> IndexForeignError:
    return foreign(
        folder,
        f"this machine computes other {what} than the one that built this index, for a search written down then",
    )
