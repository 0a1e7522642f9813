"""A report goes in; a table for the terminal comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from askdocs.evaluation.run import Report

if TYPE_CHECKING:
    from rich.table import Table

_WHAT = {
    "nDCG": "relevant passages high in the ranking",
    "RR": "1 / rank of the first relevant passage",
    "Success": "a relevant passage among the first k",
    "char_recall": "share of the gold in the first passages",
    "char_precision": "share of those passages that is gold",
    "char_iou": "shared by gold and passages / either",
    "chars": "characters of those passages",
    "answer_hit": "a passage holds the answer's words",
    "quote_recall": "share of the gold in the first quotes",
    "quote_precision": "share of those quotes that is gold",
    "quote_f1": "both of them, a question at a time",
    "quote_hit": "a quote contains a gold span",
    "abstain_auroc": "confidence tells answerable questions",
    "false_answer": "unanswerable, yet answered (low is good)",
    "false_refusal": "answerable, yet refused (low is good)",
    "verbatim": "quotes that are where they say: 1 or broken",
}
"""What each measure says, in a few words, by its name before the `@`."""


def render(report: Report) -> Table:
    """Return a table of every measure with its 95 % interval, titled with the dataset and its size."""
    from rich.table import Table  # noqa: PLC0415  only a terminal needs it

    table = Table(
        title=f"{report.dataset}: {len(report.results):,} questions, {report.articles:,} articles, "
        f"{report.passages:,} passages",
        caption=f"{report.seconds:.1f} s to answer; half within {report.latency_ms(50):.0f} ms, "
        f"95 % within {report.latency_ms(95):.0f} ms",
    )
    table.add_column("measure")
    table.add_column("value", justify="right")
    table.add_column("95 % interval", justify="right")
    table.add_column("what it says")
    for name, value in report.measures.items():
        low, high = (_written(name, bound) for bound in report.intervals[name])
        table.add_row(name, _written(name, value), f"{low} – {high}", _WHAT[name.partition("@")[0]])
    return table


def _written(name: str, value: float) -> str:
    """Write a length whole, a share with three decimals, and never a share below 1 as 1."""
    if name.startswith("chars@"):
        return f"{value:,.0f}"
    return f"{min(value, 0.999) if value < 1 else value:.3f}"
