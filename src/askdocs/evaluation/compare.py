"""Two saved runs go in; how they differ on the questions that they share comes out.

Every number of both runs is computed anew on the shared questions, so that runs over different sets can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from askdocs.errors import RunFileError
from askdocs.evaluation.intervals import Counts, Interval, Results, draw, drawn_aurocs, drawn_ratios, middle
from askdocs.evaluation.names import LENGTHS, LOW_IS_GOOD, ORDER
from askdocs.evaluation.randomisation import Difference, auroc_difference, p_values, ratio_difference
from askdocs.evaluation.saved import Row, SavedRun

SIGNIFICANT = 0.05
MOVED_BY = ("nDCG@10", "char_recall@5", "answer_hit@5", "quote_hit@3", "false_answer", "false_refusal")
"""The measures by which a question has moved most, where none are named: what is found, quoted and refused."""

LEAST_DROP = 0.01
"""A share that is worse by less is not held against a change, however certain it is."""
LEAST_LENGTHENING = 0.05
"""The same for a length, as a share of what it was."""


@dataclass(frozen=True, slots=True)
class Change:
    """One measure in both runs. `difference` is the second's value less the first's; `p` is two-sided."""

    name: str
    first: float
    second: float
    interval: Interval
    p: float

    @property
    def difference(self) -> float:
        """The second run's value less the first's."""
        return self.second - self.first

    @property
    def gain(self) -> float:
        """The difference, with its sign turned where low is good."""
        return -self.difference if self.name in LOW_IS_GOOD else self.difference

    @property
    def verdict(self) -> str | None:
        """Say `better` or `worse` of the second run where chance alone is an unlikely cause, else nothing."""
        if self.p >= SIGNIFICANT or self.difference == 0:
            return None
        return "better" if self.gain > 0 else "worse"

    @property
    def fails_gate(self) -> bool:
        """Whether the second run is worse beyond chance, and by enough to matter."""
        least = LEAST_LENGTHENING * self.first if self.name in LENGTHS else LEAST_DROP
        return self.verdict == "worse" and -self.gain > least


@dataclass(frozen=True, slots=True)
class Pair:
    """One question in both runs."""

    first: Row
    second: Row

    def difference(self, name: str) -> float:
        """Return the second's value of a measure less the first's; 0 where it does not apply."""
        return self.second.measures.get(name, 0.0) - self.first.measures.get(name, 0.0)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs on the questions they share. `only_first`, `only_second` count the questions left out."""

    first: SavedRun
    second: SavedRun
    pairs: tuple[Pair, ...]
    changes: tuple[Change, ...]

    @property
    def only_first(self) -> int:
        """The number of the first run's questions that the second did not have."""
        return len(self.first.rows) - len(self.pairs)

    @property
    def only_second(self) -> int:
        """The number of the second run's questions that the first did not have."""
        return len(self.second.rows) - len(self.pairs)

    def moved(self, by: Sequence[str] = MOVED_BY, most: int = 5) -> list[Pair]:
        """Return the questions whose measures `by` changed most, summed without their signs; none that did not."""
        moves = {number: sum(abs(pair.difference(name)) for name in by) for number, pair in enumerate(self.pairs)}
        ranked = sorted((number for number, move in moves.items() if move), key=lambda number: -moves[number])
        return [self.pairs[number] for number in ranked[:most]]


def compare(first: SavedRun, second: SavedRun) -> Comparison:
    """Compare two runs on the questions they share: those of one id with the same words and the same gold.

    Raises:
        RunFileError: they share none.
    """
    pairs = _shared(first, second)
    if not pairs:
        raise RunFileError(
            f"{first.name} and {second.name} share no question: {first.dataset!r} has {len(first.rows)}, "
            f"{second.dataset!r} has {len(second.rows)}; wanted runs of one dataset, unchanged in between"
        )
    return Comparison(first, second, pairs, _changes(pairs))


def _shared(first: SavedRun, second: SavedRun) -> tuple[Pair, ...]:
    others = {row.question: row for row in second.rows}
    return tuple(Pair(row, others[row.question]) for row in first.rows if row.question in others)


# --- measures ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Tried:
    """A measure on the shared questions, ready to be drawn and tossed. `draws` are of second less first."""

    name: str
    first: float
    second: float
    draws: Results
    tossed: Difference


def _changes(pairs: Sequence[Pair]) -> tuple[Change, ...]:
    counts = draw(len(pairs))
    tried = [
        *(_ratio(name, pairs, counts, _mean_parts(name)) for name in ORDER if _applies(name, pairs)),
        *([_ratio("verbatim", pairs, counts, _verbatim_parts)] if _are_quotes(pairs) else []),
        *([_auroc(pairs, counts)] if _are_both_kinds(pairs) else []),
    ]
    tried.sort(key=lambda one: ORDER.index(one.name))
    ps = p_values([one.tossed for one in tried], len(pairs))
    return tuple(
        Change(one.name, one.first, one.second, middle(one.draws), p) for one, p in zip(tried, ps, strict=True)
    )


_Parts = Callable[[Row], tuple[float, float]]
"""A question's part of a measure, and its whole: 0 and 0 where the measure does not apply."""


def _mean_parts(name: str) -> _Parts:
    return lambda row: (row.measures.get(name, 0.0), float(name in row.measures))


def _verbatim_parts(row: Row) -> tuple[float, float]:
    return row.verbatim_quotes, len(row.quotes)


def _applies(name: str, pairs: Sequence[Pair]) -> bool:
    return any(name in pair.first.measures for pair in pairs) and any(name in pair.second.measures for pair in pairs)


def _are_quotes(pairs: Sequence[Pair]) -> bool:
    return any(pair.first.quotes for pair in pairs) and any(pair.second.quotes for pair in pairs)


def _are_both_kinds(pairs: Sequence[Pair]) -> bool:
    return len({pair.first.question.answerable for pair in pairs}) > 1


def _ratio(name: str, pairs: Sequence[Pair], counts: Counts, parts: _Parts) -> _Tried:
    first = np.array([parts(pair.first) for pair in pairs], dtype=float).T
    second = np.array([parts(pair.second) for pair in pairs], dtype=float).T
    return _Tried(
        name,
        first=float(first[0].sum() / first[1].sum()),
        second=float(second[0].sum() / second[1].sum()),
        draws=drawn_ratios(counts, *second) - drawn_ratios(counts, *first),
        tossed=ratio_difference((first[0], first[1]), (second[0], second[1])),
    )


def _auroc(pairs: Sequence[Pair], counts: Counts) -> _Tried:
    answerable = np.array([pair.first.question.answerable for pair in pairs])
    first = np.array([pair.first.confidence for pair in pairs])
    second = np.array([pair.second.confidence for pair in pairs])
    once = np.ones((1, len(pairs)))
    return _Tried(
        "abstain_auroc",
        first=float(drawn_aurocs(once, first, answerable)[0]),
        second=float(drawn_aurocs(once, second, answerable)[0]),
        draws=drawn_aurocs(counts, second, answerable) - drawn_aurocs(counts, first, answerable),
        tossed=auroc_difference(first, second, answerable),
    )


# --- JSON -------------------------------------------------------------------------------------------------------------


def comparison_form(found: Comparison, by: Sequence[str] = MOVED_BY, most: int = 5) -> dict[str, Any]:
    """Return what `askdocs compare --json` prints."""
    return {
        "first": _run_form(found.first),
        "second": _run_form(found.second),
        "questions": len(found.pairs),
        "only_first": found.only_first,
        "only_second": found.only_second,
        "measures": {
            change.name: {
                "first": change.first,
                "second": change.second,
                "difference": change.difference,
                "interval": list(change.interval),
                "p": change.p,
                "verdict": change.verdict,
            }
            for change in found.changes
        },
        "moved": [_pair_form(pair) for pair in found.moved(by, most)],
    }


def _run_form(run: SavedRun) -> dict[str, Any]:
    return {"name": run.name, **{name: run.about.get(name) for name in ("dataset", "made", "commit", "latency_ms")}}


def _pair_form(pair: Pair) -> dict[str, Any]:
    names = [name for name in ORDER if pair.difference(name)]
    return {
        "id": pair.first.question.id,
        "question": pair.first.question.text,
        "differences": {name: pair.difference(name) for name in names},
        "first": _row_form(pair.first),
        "second": _row_form(pair.second),
    }


def _row_form(row: Row) -> dict[str, Any]:
    def places(found: Sequence[Any]) -> list[Mapping[str, Any]]:
        return [{name: getattr(one, name) for name in ("article_id", "title", "start", "end", "text")} for one in found]

    return {
        "measures": dict(row.measures),
        "confidence": row.confidence,
        "abstained": row.abstained,
        "hits": places(row.hits),
        "quotes": places(row.quotes),
    }
