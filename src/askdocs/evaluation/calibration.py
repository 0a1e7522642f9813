"""A dataset's questions and an index go in; the confidence and the threshold that suit them come out, with their curve.

weighed (what was found for each question) -> fitted (weights, threshold) -> fitted again without a fifth of the
questions at a time, so that every figure shown is of a question that its fit had not seen.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from askdocs.answering.calibration import OperatingPoint
from askdocs.answering.evidence import BIAS, WEIGHTS, Evidence, weigh
from askdocs.encoding.protocol import Encoder
from askdocs.errors import DatasetError
from askdocs.evaluation.dataset import Dataset
from askdocs.evaluation.intervals import Counts, Interval, draw, ratio_interval
from askdocs.finding import Finder
from askdocs.index import OpenIndex
from askdocs.library import checked_question
from askdocs.settings import MIN_CONFIDENCE, Settings
from askdocs.spelling import respelt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

ENOUGH = 20
"""Questions of either kind from which on the weights are fitted, too; with fewer it is the threshold alone."""

FEWEST = 2
"""Unanswerable questions, and answerable ones, without which nothing can be held out."""

RIDGE = 0.3
"""How strongly the shipped weights hold against the questions. Measured with 20, 40 or 75 of each kind of two sets to
fit and the others to judge: from 0.1 to 3 the log loss grows, and below 0.3 the AUROC of the one set falls under that
of the shipped weights. eval/LOG.md has the table."""

FOLDS = 5
GRID = tuple(round(0.1 * step, 1) for step in range(1, 10))

_ADD_UNANSWERABLE = (
    '. Add questions that the articles do not answer, as rows of questions.jsonl with "answerable": false; '
    "askdocs questions DIR draws some to begin with"
)
_SHIPPED = np.array([BIAS, *astuple(WEIGHTS)])
_SETTLED = 1e-10
_MOST_STEPS = 100


@dataclass(frozen=True, slots=True)
class Weighed:
    """What was found for each question: `evidence` has shape `(questions, features)`, the others one entry a question.

    `reads` is the chance by a close reading, `doubts` what is left to doubt for want of one. `order` is a hash of the
    question's id, by which questions are dealt to folds: arbitrary, the same everywhere.
    """

    evidence: Floats
    reads: Floats
    doubts: Floats
    answerable: Bools
    order: tuple[str, ...]

    def only(self, rows: Bools) -> Weighed:
        """Return the same of some of the questions."""
        order = tuple(compress(self.order, rows))
        return Weighed(self.evidence[rows], self.reads[rows], self.doubts[rows], self.answerable[rows], order)


@dataclass(frozen=True, slots=True)
class CurveRow:
    """What a threshold does, on questions that the fit had not seen.

    `measures` and their 95 % `intervals`: `false_answer`, the share of unanswerable questions that are answered;
    `false_refusal`, of answerable ones that are not; `coverage`, of all questions that are answered; `risk`, of those
    answers that are to an unanswerable question, left out where nothing is answered.
    """

    threshold: float
    measures: Mapping[str, float]
    intervals: Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class Fitted:
    """An operating point and how it does. `shipped` is the row without calibration, `chosen` the row with it.

    The thresholds of `chosen` and of the weights behind `curve` are those that each fold's fit chose, so that the
    figures are of questions held out; the threshold that is named is the one fitted to all questions.
    """

    point: OperatingPoint
    target: float
    only_threshold: bool
    answerable: int
    unanswerable: int
    folds: int
    shipped: CurveRow
    chosen: CurveRow
    curve: tuple[CurveRow, ...]


# --- what was found ---------------------------------------------------------------------------------------------------


def weighed(
    dataset: Dataset,
    index: OpenIndex,
    encoder: Encoder,
    settings: Settings,
    progress: Callable[[int], None],
) -> Weighed:
    """Search for every question and weigh what is found, as `Library.ask` does; `progress` is called with 1 after each.

    Raises:
        DatasetError: too few questions are answerable, or unanswerable.
        IndexForeignError: this machine computes otherwise than the one that built the index.
    """
    _require_both_kinds(dataset)
    finder = Finder(index, encoder, settings)
    rows, reads, doubts = [], [], []
    for question in dataset.questions:
        typed = checked_question(question.text)
        query = respelt(typed, finder.read_as(typed))
        found = finder.judged(query, question.day)
        rows.append(astuple(weigh(query, found.best(settings.answers.hits), index)))
        reads.append(found.reads)
        doubts.append(found.doubt)
        progress(1)
    return Weighed(
        np.array(rows, dtype=float),
        np.array(reads, dtype=float),
        np.array(doubts, dtype=float),
        np.array([question.answerable for question in dataset.questions]),
        tuple(hashlib.sha256(question.id.encode()).hexdigest() for question in dataset.questions),
    )


def _require_both_kinds(dataset: Dataset) -> None:
    unanswerable = sum(not question.answerable for question in dataset.questions)
    answerable = len(dataset.questions) - unanswerable
    for count, kind, lack, mended in (
        (answerable, "answerable", "when to answer", ""),
        (unanswerable, "unanswerable", "when to abstain", _ADD_UNANSWERABLE),
    ):
        if count < FEWEST:
            raise DatasetError(
                f"{dataset.name}: {count or 'none'} of its {answerable + unanswerable} questions is {kind}, so nothing "
                f"tells {lack}; wanted {ENOUGH} or more, at least {FEWEST}{mended}"
            )


# --- the fit ----------------------------------------------------------------------------------------------------------


def calibrated(found: Weighed, target: float) -> Fitted:
    """Fit an operating point whose share of false answers is at most `target`, and show what it does.

    With fewer than `ENOUGH` questions of either kind the weights stay as shipped.
    """
    everything = np.ones_like(found.answerable)
    only_threshold = bool(min(found.answerable.sum(), (~found.answerable).sum()) < ENOUGH)
    ridge = math.inf if only_threshold else RIDGE
    weights, threshold = _fit(found, everything, target, ridge)
    sure, least = np.zeros(len(everything)), np.zeros(len(everything))
    folds = list(_folds(found, everything))
    for fold in folds:
        other_weights, least[fold] = _fit(found, ~fold, target, ridge)
        sure[fold] = confidences(found.only(fold), other_weights)
    shipped = confidences(found, _SHIPPED)
    counts = draw(len(everything))
    return Fitted(
        point=OperatingPoint(float(weights[0]), Evidence(*map(float, weights[1:])), threshold),
        target=target,
        only_threshold=only_threshold,
        answerable=int(found.answerable.sum()),
        unanswerable=int((~found.answerable).sum()),
        folds=len(folds),
        shipped=_row(shipped >= MIN_CONFIDENCE, found.answerable, MIN_CONFIDENCE, counts),
        chosen=_row(sure >= least, found.answerable, threshold, counts),
        curve=tuple(_row(sure >= step, found.answerable, step, counts) for step in GRID),
    )


def _fit(found: Weighed, seen: Bools, target: float, ridge: float) -> tuple[Floats, float]:
    """Return the weights, bias first, that suit the questions seen, and the threshold.

    The threshold is chosen by confidences that questions have from a fit to others: their own fit flatters them.
    """
    sure = np.zeros(len(seen))
    for fold in _folds(found, seen):
        sure[fold] = confidences(found.only(fold), fitted_weights(found.only(seen & ~fold), _SHIPPED, ridge))
    threshold = threshold_for(sure[seen & found.answerable], sure[seen & ~found.answerable], target)
    return fitted_weights(found.only(seen), _SHIPPED, ridge), threshold


def _folds(found: Weighed, seen: Bools) -> Iterator[Bools]:
    """Yield which of the questions seen to hold out, each once.

    Both kinds are dealt out evenly, `FOLDS` ways where there are so many; a single question is held out from none.
    """
    kinds = [np.flatnonzero(seen & found.answerable), np.flatnonzero(seen & ~found.answerable)]
    dealt = [sorted(kind.tolist(), key=lambda place: found.order[place]) for kind in kinds]
    folds = min(FOLDS, *map(len, dealt))
    for fold in range(folds):
        held = np.zeros(len(seen), dtype=bool)
        held[[place for kind in dealt for place in kind[fold::folds]]] = True
        yield held


def confidences(found: Weighed, weights: Floats) -> Floats:
    """Return `answering.evidence.confidence` of each question; `weights` has the bias first."""
    return found.reads * _logistic(found.evidence @ weights[1:] + weights[0] - found.doubts)


def _logistic(total: Floats) -> Floats:
    exponential = np.exp(-np.abs(total))  # of what is not above 0, so that nothing overflows
    chance: Floats = np.where(total >= 0, 1 / (1 + exponential), exponential / (1 + exponential))
    return chance


def fitted_weights(found: Weighed, start: Floats, ridge: float = RIDGE) -> Floats:
    """Return the weights, bias first, of a logistic regression that is held near the weights it starts from.

    A question's chance is its `reads` times the logistic function of what the weights give less its `doubts`. What is
    minimised is `sum(c · log loss) + ridge · |w - start|²`, where `c` makes answerable and unanswerable questions weigh
    the same: how many there are of each in a question set says nothing about how many will be asked. The bias is that
    at the mean of the evidence, so that a feature which is the same for all questions, as the size of the one index is,
    keeps its weight. An infinite ridge moves nothing.

    Newton's method, each step halved until it lowers the loss (Boyd & Vandenberghe 2004, sections 9.2 and 9.5; for the
    gradient and the Hessian see Bishop 2006, section 4.3.3), but for unanswerable questions with Fisher's information
    in place of the Hessian, which need not be positive where `reads` is below 1 (McCullagh & Nelder 1989, section 2.5).
    Where all `reads` are 1 the ridge makes the loss strictly convex, so there is one minimum, and this finds it; else
    it goes downhill from the start.
    """
    if math.isinf(ridge):
        return start  # also where there is no question to fit
    reads, answerable, centre = found.reads, found.answerable, found.evidence.mean(axis=0)
    rows = np.column_stack([np.ones(len(reads)), found.evidence - centre])
    start = np.concatenate([[start[0] + start[1:] @ centre], start[1:]])
    share = np.where(answerable, 0.5 / answerable.mean(), 0.5 / (~answerable).mean())

    def loss(weights: Floats) -> float:
        total = rows @ weights - found.doubts
        with np.errstate(divide="ignore"):  # where `reads` is 1, its first term is exp(-inf)
            missed = np.logaddexp(np.log1p(-reads), np.log(reads) - np.logaddexp(0, total))
        each = np.where(answerable, np.logaddexp(0, -total) - np.log(reads), -missed)
        return float(share @ each + ridge * ((weights - start) ** 2).sum())

    weights = start
    for _ in range(_MOST_STEPS):
        total = rows @ weights - found.doubts
        chance, not_chance = _logistic(total), _logistic(-total)
        slope = np.divide(not_chance, 1 - reads + reads * not_chance, out=np.ones_like(reads), where=reads < 1)
        gradient = rows.T @ (share * (reads * chance - answerable) * slope) + 2 * ridge * (weights - start)
        curve = chance * not_chance * np.where(answerable, 1.0, reads * slope)
        step = np.linalg.solve((rows.T * (share * curve)) @ rows + 2 * ridge * np.eye(len(weights)), gradient)
        if gradient @ step < _SETTLED * len(rows):  # twice what a full step still gains
            break
        length = 1.0
        while loss(weights - length * step) > loss(weights) - 0.25 * length * (gradient @ step):
            length /= 2
        weights = weights - length * step
    return np.concatenate([[weights[0] - weights[1:] @ centre], weights[1:]])


def threshold_for(answerable: Sequence[float] | Floats, unanswerable: Sequence[float] | Floats, target: float) -> float:
    """Return a threshold at which at most this share of unanswerable questions is answered, and no lower than need be.

    What is as sure as the threshold is answered. Of the thresholds that keep to the target this answers all answerable
    questions that any of them does, and then as few unanswerable ones as it can: it lies halfway between the least sure
    question to be answered (or 1) and the surest below it that is unanswerable (or 0).
    """
    refused = sorted(unanswerable, reverse=True)[int(target * len(unanswerable) + _SETTLED) :]
    surest = float(refused[0]) if refused else 0.0
    least_sure = min((float(sure) for sure in answerable if sure > surest), default=1.0)
    below = max((float(sure) for sure in unanswerable if sure < least_sure), default=0.0)
    halfway = (below + least_sure) / 2
    return halfway if halfway > below else least_sure


# --- the curve --------------------------------------------------------------------------------------------------------


def _row(answered: Bools, answerable: Bools, threshold: float, counts: Counts) -> CurveRow:
    """Measure what is answered; `counts` are the bootstrap's draws."""
    ratios = {
        "false_answer": (answered & ~answerable, ~answerable),
        "false_refusal": (~answered & answerable, answerable),
        "coverage": (answered, np.ones_like(answered)),
        "risk": (answered & ~answerable, answered),
    }
    told = {name: (part.astype(float), whole.astype(float)) for name, (part, whole) in ratios.items() if whole.any()}
    return CurveRow(
        threshold=threshold,
        measures={name: float(part.sum() / whole.sum()) for name, (part, whole) in told.items()},
        intervals={name: ratio_interval(counts, list(part), list(whole)) for name, (part, whole) in told.items()},
    )


# --- JSON -------------------------------------------------------------------------------------------------------------


def calibration_form(found: Fitted, dataset: str, file: Path | None) -> dict[str, Any]:
    """Return what `askdocs calibrate --json` prints; `file` is where the calibration was stored, if it was."""
    return {
        "dataset": dataset,
        "stored": None if file is None else str(file),
        "answerable": found.answerable,
        "unanswerable": found.unanswerable,
        "target": found.target,
        "only_threshold": found.only_threshold,
        "folds": found.folds,
        **asdict(found.point),
        "chosen": _row_form(found.chosen),
        "shipped": _row_form(found.shipped),
        "curve": [_row_form(row) for row in found.curve],
    }


def _row_form(row: CurveRow) -> dict[str, Any]:
    intervals = {name: list(interval) for name, interval in row.intervals.items()}
    return {"threshold": row.threshold, "measures": dict(row.measures), "intervals": intervals}
