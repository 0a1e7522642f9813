"""Per-question numbers go in; the 95 % interval of their mean, ratio or AUROC comes out.

Percentile bootstrap over questions (Efron & Tibshirani 1993, chapter 13): all questions are drawn again with
replacement, each measure is computed on the draw, and the middle 95 % of the results is the interval. One draw serves
all measures, and both of two runs that are compared. It says how far the number may lie from that of other questions of
the same kind; it says nothing about questions of another kind.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
"""Shape `(draws, questions)`: how often each question was drawn."""
Results = npt.NDArray[np.float64]
"""Shape `(draws,)`: a measure on each draw, NaN where the draw says nothing of it."""
Interval = tuple[float, float]

DRAWS = 1_000
SEED = 20_221_122


def draw(questions: int, draws: int = DRAWS, seed: int = SEED) -> Counts:
    """Draw all questions again with replacement, `draws` times, always the same for the same arguments."""
    return np.random.default_rng(seed).multinomial(questions, np.full(questions, 1 / questions), size=draws)


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
    """Return `measures.auroc` of each draw; one with questions of a single kind says nothing."""
    kind = np.asarray(answerable, dtype=bool)
    levels, level = np.unique(np.asarray(confidence, dtype=float), return_inverse=True)
    at_level = np.eye(len(levels), dtype=np.int64)[level]  # (questions, levels)
    yes, no = counts[:, kind] @ at_level[kind], counts[:, ~kind] @ at_level[~kind]  # (draws, levels)
    won = (yes * (np.cumsum(no, axis=1) - no / 2)).sum(axis=1)
    pairs = yes.sum(axis=1) * no.sum(axis=1)
    return _quotient(won, pairs)


def _quotient(above: npt.NDArray[np.float64], below: npt.NDArray[np.float64]) -> Results:
    results: Results = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
    return results


def middle(results: Results) -> Interval:
    """Return the ends of the middle 95 % of the draws that say something."""
    low, high = np.percentile(results[~np.isnan(results)], (2.5, 97.5))
    return float(low), float(high)
