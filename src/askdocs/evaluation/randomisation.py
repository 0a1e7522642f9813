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

    With s as the swaps of an answerable question and t as those of an unanswerable one, a pair of them is won by the
    run's own or the other's confidence on either side; written out, the wins are linear in s, in t and in s·t, so that
    all tosses are a few products of matrices.
    """
    own, other = (first, second), (second, first)

    def swapped_auroc(run: tuple[Floats, Floats]) -> Callable[[Swaps], Floats]:
        own_own, own_other = (_wins(run[0][answerable], run[of][~answerable]) for of in (0, 1))
        other_own, other_other = (_wins(run[1][answerable], run[of][~answerable]) for of in (0, 1))
        of_yes = (other_own - own_own).sum(axis=1)
        of_no = (own_other - own_own).sum(axis=0)
        of_both = other_other - other_own - own_other + own_own

        def auroc(swaps: Swaps) -> Floats:
            yes, no = swaps[:, answerable], swaps[:, ~answerable]
            won: Floats = own_own.sum() + yes @ of_yes + no @ of_no + ((yes @ of_both) * no).sum(axis=1)
            return won / own_own.size

        return auroc

    of_first, of_second = swapped_auroc(own), swapped_auroc(other)
    return lambda swaps: of_second(swaps) - of_first(swaps)


def _wins(answerable: Floats, unanswerable: Floats) -> Floats:
    """Return 1 for each pair whose answerable question has the higher confidence, and a half for an equal pair."""
    wins: Floats = (np.sign(answerable[:, None] - unanswerable[None, :]) + 1) / 2
    return wins
