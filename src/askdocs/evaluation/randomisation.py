"""Two runs' numbers on the same questions go in; how likely chance alone would set them so far apart comes out.

Fisher's randomisation test, two-sided, as Smucker, Allan & Carterette 2007 describe it for retrieval: if the two
systems did not differ, each question's two results could as well have been given the other way round. So each
question's pair is swapped or not by the toss of a coin, the difference of the measure is computed again, and p is the
share of such tosses whose difference is at least as large as the real one, the real one counted among them (Phipson &
Smyth 2010). Nothing is assumed about how results are distributed. One set of tosses serves all measures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from askdocs.evaluation.intervals import auroc_of

TOSSES = 10_000
SEED = 20_221_122

Swaps = npt.NDArray[np.float64]
"""Shape `(tosses, questions)`: 1 where a question's two results are swapped, else 0."""
Floats = npt.NDArray[np.float64]
Difference = Callable[[Swaps], Floats]
"""The second run's measure less the first's, for each toss, shape `(tosses,)`."""

_AT_ONCE = 500
_ROUNDING = 1e-9
"""Differences that would be equal but for the order in which numbers were added are equal."""


def p_values(differences: Sequence[Difference], questions: int, tosses: int = TOSSES, seed: int = SEED) -> list[float]:
    """Return each difference's two-sided p; always the same for the same arguments."""
    real = [abs(float(difference(np.zeros((1, questions)))[0])) for difference in differences]
    reached = np.zeros(len(differences), dtype=np.int64)
    for swaps in _tosses(questions, tosses, seed):
        for row, difference in enumerate(differences):
            reached[row] += int((np.abs(difference(swaps)) >= real[row] - _ROUNDING * max(1.0, real[row])).sum())
    return [float((count + 1) / (tosses + 1)) for count in reached]


def _tosses(questions: int, tosses: int, seed: int) -> Iterator[Swaps]:
    """Yield the coin tosses, some hundreds at a time, so that thousands of questions fit into memory."""
    random = np.random.default_rng(seed)
    for begin in range(0, tosses, _AT_ONCE):
        yield random.integers(0, 2, size=(min(_AT_ONCE, tosses - begin), questions)).astype(np.float64)


def ratio_difference(first: tuple[Floats, Floats], second: tuple[Floats, Floats]) -> Difference:
    """Return the difference of sum(parts) / sum(wholes), each run given as its parts and wholes, one a question.

    With 1 as every whole this is the difference of two means. A run whose wholes are swapped away to nothing has 0.
    """
    parts, wholes = first
    part_gap, whole_gap = second[0] - parts, second[1] - wholes

    def difference(swaps: Swaps) -> Floats:
        above, below = swaps @ part_gap, swaps @ whole_gap
        of_first = _share(parts.sum() + above, wholes.sum() + below)
        of_second = _share(second[0].sum() - above, second[1].sum() - below)
        return of_second - of_first

    return difference


def _share(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def auroc_difference(first: Floats, second: Floats, answerable: npt.NDArray[np.bool_]) -> Difference:
    """Return the difference of `measures.auroc`, each run given as its confidence in each question.

    Both runs' results lie side by side: a run has each question once, by its own confidence or by the other's.
    """
    auroc = auroc_of(np.concatenate([first, second]), np.concatenate([answerable, answerable]))

    def difference(swaps: Swaps) -> Floats:
        return auroc(np.hstack([swaps, 1 - swaps])) - auroc(np.hstack([1 - swaps, swaps]))

    return difference
