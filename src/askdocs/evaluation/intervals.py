"""Per-question numbers go in; the 95 % interval of their mean, ratio or AUROC comes out.

Percentile bootstrap over questions (Efron & Tibshirani 1993, chapter 13): all questions are drawn again with
replacement, each measure is computed on the draw, and the middle 95 % of the results is the interval. One draw serves
all measures. It says how far the number may lie from that of other questions of the same kind; it says nothing about
questions of another kind.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]
"""Shape `(draws, questions)`: how often each question was drawn."""
Interval = tuple[float, float]

DRAWS = 1_000
SEED = 20_221_122


def draw(questions: int, draws: int = DRAWS, seed: int = SEED) -> Counts:
    """Draw all questions again with replacement, `draws` times, always the same for the same arguments."""
    return np.random.default_rng(seed).multinomial(questions, np.full(questions, 1 / questions), size=draws)


def ratio_interval(counts: Counts, parts: Sequence[float], wholes: Sequence[float]) -> Interval:
    """Return the interval of sum(parts) / sum(wholes), one of each a question.

    With 1 as the whole of a question that a measure applies to, and 0 for part and whole of any other, the ratio is
    the measure's mean. A draw without any whole says nothing and is left out.
    """
    above, below = counts @ np.asarray(parts, dtype=float), counts @ np.asarray(wholes, dtype=float)
    return _middle(above[below > 0] / below[below > 0])


def auroc_interval(counts: Counts, confidence: Sequence[float], answerable: Sequence[bool]) -> Interval:
    """Return the interval of `measures.auroc`; a draw with questions of one kind only says nothing and is left out."""
    kind = np.asarray(answerable, dtype=bool)
    levels, level = np.unique(np.asarray(confidence, dtype=float), return_inverse=True)
    at_level = np.eye(len(levels), dtype=np.int64)[level]  # (questions, levels)
    yes, no = counts[:, kind] @ at_level[kind], counts[:, ~kind] @ at_level[~kind]  # (draws, levels)
    won = (yes * (np.cumsum(no, axis=1) - no / 2)).sum(axis=1)
    pairs = yes.sum(axis=1) * no.sum(axis=1)
    return _middle(won[pairs > 0] / pairs[pairs > 0])


def _middle(results: npt.NDArray[np.float64]) -> Interval:
    low, high = np.percentile(results, (2.5, 97.5))
    return float(low), float(high)
