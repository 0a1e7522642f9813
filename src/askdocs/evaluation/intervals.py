"""Per-question numbers go in; the 95 % interval of their mean, ratio or AUROC comes out.

Percentile bootstrap over questions (Efron & Tibshirani 1993, chapter 13): all questions are drawn again with
replacement, each measure is computed on the draw, and the middle 95 % of the results is the interval. One draw serves
all measures, and both of two runs that are compared. It says how far the number may lie from that of other questions of
the same kind; it says nothing about questions of another kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.float64]
"""Shape `(draws, questions)`: how often each question counts. Whole numbers, as floats, which multiply sooner."""
Results = npt.NDArray[np.float64]
"""Shape `(draws,)`: a measure on each draw, NaN where the draw says nothing of it."""
Interval = tuple[float, float]

DRAWS = 1_000
SEED = 20_221_122

_AT_ONCE = 100
"""Draws whose AUROC is computed together, so that what lies between takes little room beside the draws."""


def draw(questions: int, draws: int = DRAWS, seed: int = SEED) -> Counts:
    """Draw all questions again with replacement, `draws` times, always the same for the same arguments."""
    drawn = np.random.default_rng(seed).multinomial(questions, np.full(questions, 1 / questions), size=draws)
    return drawn.astype(np.float64)


def ratio_interval(counts: Counts, parts: Sequence[float], wholes: Sequence[float]) -> Interval:
    """Return the interval of sum(parts) / sum(wholes), one of each a question; see `drawn_ratios`."""
    return middle(drawn_ratios(counts, parts, wholes))


def auroc_interval(counts: Counts, confidence: Sequence[float], answerable: Sequence[bool]) -> Interval:
    """Return the interval of `measures.auroc`; see `drawn_aurocs`."""
    return middle(drawn_aurocs(counts, confidence, answerable))


def drawn_ratios(counts: Counts, parts: npt.ArrayLike, wholes: npt.ArrayLike) -> Results:
    """Return sum(parts) / sum(wholes) of each draw.

    With 1 as the whole of a question that a measure applies to, and 0 for part and whole of any other, the ratio is
    the measure's mean. A draw without any whole says nothing.
    """
    above, below = counts @ np.asarray(parts, dtype=float), counts @ np.asarray(wholes, dtype=float)
    return _quotient(above, below)


def drawn_aurocs(counts: Counts, confidence: npt.ArrayLike, answerable: npt.ArrayLike) -> Results:
    """Return `measures.auroc` of each draw; one with questions of a single kind says nothing. See `auroc_of`."""
    return auroc_of(confidence, answerable)(counts)


def auroc_of(confidence: npt.ArrayLike, answerable: npt.ArrayLike) -> Callable[[Counts], Results]:
    """Return what gives `measures.auroc` of each row of a `(draws, questions)` array of how often each question counts.

    Questions are sorted once. An answerable one wins as often as unanswerable ones below it were drawn, and half as
    often as those at its own confidence: two looks at a running sum, so that time and memory grow with the questions
    and not with their pairs.
    """
    sure, kind = np.asarray(confidence, dtype=float), np.asarray(answerable, dtype=bool)
    yes, no = np.flatnonzero(kind), np.flatnonzero(~kind)
    no = no[np.argsort(sure[no])]
    below, up_to = (np.searchsorted(sure[no], sure[yes], side=side) for side in ("left", "right"))

    def aurocs(counts: Counts) -> Results:
        parts = [won_of(counts[first : first + _AT_ONCE]) for first in range(0, len(counts), _AT_ONCE)]
        won, pairs = np.concatenate(parts, axis=1)
        return _quotient(won, pairs)

    def won_of(counts: Counts) -> npt.NDArray[np.float64]:
        of_yes, running = counts[:, yes], np.zeros((len(counts), len(no) + 1))
        np.cumsum(counts[:, no], axis=1, out=running[:, 1:])
        won = (of_yes * (running[:, below] + running[:, up_to])).sum(axis=1) / 2
        return np.stack([won, of_yes.sum(axis=1) * running[:, -1]])

    return aurocs


def _quotient(above: npt.NDArray[np.float64], below: npt.NDArray[np.float64]) -> Results:
    results: Results = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
    return results


def middle(results: Results) -> Interval:
    """Return the ends of the middle 95 % of the draws that say something."""
    low, high = np.percentile(results[~np.isnan(results)], (2.5, 97.5))
    return float(low), float(high)
