"""A comparison of two runs goes in; a table, and the questions that moved most, come out on a person's terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from askdocs.evaluation.names import written, written_difference, written_p
from askdocs.terminal import inert, on_one_line, out, show

if TYPE_CHECKING:
    from askdocs.evaluation.compare import Change, Comparison, Pair
    from askdocs.evaluation.saved import Found, Row, SavedRun

_HITS_SHOWN = 3
_CHARACTERS_SHOWN = 200
_COLOURS = {"better": "green", "worse": "red"}


def show_comparison(found: Comparison, by: Sequence[str], most: int) -> None:
    """Print how two runs differ."""
    for line in _runs(found):
        show(line)
    out().print(_table(found.changes))
    if not most:
        return
    if pairs := found.moved(by, most):
        show(Text(f"Moved most, by {' + '.join(by)}", style="bold"))
        for pair in pairs:
            _show_pair(pair, by, found.first.name, found.second.name)
    else:
        show(f"No question moved, by {' + '.join(by)}.")


def _runs(found: Comparison) -> list[str]:
    lines = [_described("first", found.first), _described("second", found.second)]
    left_out = [
        f"{count:,} of the {which} run's"
        for which, count in (("first", found.only_first), ("second", found.only_second))
        if count
    ]
    asked = f"questions in both: {len(found.pairs):,}" + (f"; left out: {' and '.join(left_out)}" if left_out else "")
    return [*lines, asked]


def _described(which: str, run: SavedRun) -> str:
    made = " · ".join(str(run.about[name]) for name in ("dataset", "commit", "made") if run.about.get(name))
    return on_one_line(f"{which}: {run.name} · {made}")


def _table(changes: Sequence[Change]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("measure", no_wrap=True)
    for heading in ("first", "second", "change", "95 % interval", "p"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for change in changes:
        low, high = (written_difference(change.name, bound) for bound in change.interval)
        table.add_row(
            change.name,
            written(change.name, change.first),
            written(change.name, change.second),
            written_difference(change.name, change.difference),
            f"{low} to {high}",
            written_p(change.p),
            change.verdict or "",
            style=_COLOURS.get(change.verdict or ""),
        )
    return table


def _show_pair(pair: Pair, by: Sequence[str], first: str, second: str) -> None:
    question = pair.first.question
    moves = (f"{name} {written_difference(name, pair.difference(name))}" for name in by if pair.difference(name))
    show("")
    show(Text(on_one_line(question.text), style="bold"))
    show(Text(f"{on_one_line(question.id)} · {' · '.join(moves)}", style="dim"), indent=2)
    for name, row in ((first, pair.first), (second, pair.second)):
        _show_row(on_one_line(name), row)


def _show_row(name: str, row: Row) -> None:
    """Print what one run quoted and found; a tick is before what is relevant."""
    said = "abstained" if row.abstained else f"{len(row.quotes)} quoted"
    show(f"{name}: {said}, confidence {row.confidence:.2f}", indent=2)
    for quote in row.quotes:
        words = f"“{_cut(quote.text)}”" if quote.text else _place(quote)
        show(words, indent=4, mark=f"  {_tick(row.is_relevant(quote))} ")
    for rank, hit in enumerate(row.hits[:_HITS_SHOWN], start=1):
        show(f"{rank}. {_place(hit)}", indent=4, mark=f"  {_tick(row.is_relevant(hit))} ")


def _place(found: Found) -> str:
    return f"{on_one_line(found.title or found.article_id)}, {found.start}–{found.end}"


def _tick(relevant: bool) -> str:  # noqa: FBT001  the one thing it is about
    return "✓" if relevant else "·"


def _cut(words: str) -> str:
    words = inert(" ".join(words.split()))
    return words if len(words) <= _CHARACTERS_SHOWN else words[: _CHARACTERS_SHOWN - 1] + "…"
