"""A report goes in; a table for the terminal comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from askdocs.evaluation.names import meaning, written
from askdocs.evaluation.run import Report

if TYPE_CHECKING:
    from rich.table import Table


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
        low, high = (written(name, bound) for bound in report.intervals[name])
        table.add_row(name, written(name, value), f"{low} – {high}", meaning(name))
    return table
