"""A calibration goes in; its curve, the chosen row marked, comes out on a person's terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from askdocs.terminal import out, show

if TYPE_CHECKING:
    from askdocs.evaluation.calibration import CurveRow, Fitted

_COLUMNS = {
    "false_answer": "false answers",
    "false_refusal": "false refusals",
    "risk": "risk",
    "coverage": "coverage",
}

_LEGEND = (
    "Shares in %, each with its 95 % interval; each question is judged by a fit to {others} of {folds} parts of the "
    "questions, none of which holds it. False answers: of the unanswerable questions, those answered. False refusals: "
    "of the answerable ones, those not answered. Risk: of the answers, those to unanswerable questions. Coverage: of "
    "all questions, those answered."
)


def show_calibration(found: Fitted, dataset: str) -> None:
    """Print what was fitted to which questions, and what each threshold does on questions that were held out."""
    show(f"{dataset}: {found.answerable:,} answerable questions, {found.unanswerable:,} unanswerable")
    what = "the threshold alone, as there are few" if found.only_threshold else "the confidence and the threshold"
    show(f"fitted: {what}; wanted: at most {found.target:.1%} false answers")
    out().print(_table(found))
    show(Text(_LEGEND.format(others=found.folds - 1, folds=found.folds), style="dim"))


def _table(found: Fitted) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("threshold", justify="right", no_wrap=True)
    for heading in _COLUMNS.values():
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    rows = sorted((*found.curve, found.chosen), key=lambda row: row.threshold)
    for row in rows:
        chosen = row is found.chosen
        table.add_row(*_cells(row), "chosen" if chosen else "", style="bold" if chosen else "")
    table.add_section()
    table.add_row(*_cells(found.shipped), "as shipped")
    return table


def _cells(row: CurveRow) -> list[str]:
    return [f"{row.threshold:.3f}", *(_cell(row, name) for name in _COLUMNS)]


def _cell(row: CurveRow, name: str) -> str:
    if name not in row.measures:
        return "–"
    low, high = row.intervals[name]
    return f"{100 * row.measures[name]:.0f}  {100 * low:.0f}–{100 * high:.0f}"
