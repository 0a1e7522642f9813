"""Answers, hits and progress to a person's terminal. What an article says is printed as it is, never as markup."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from askdocs.datatypes import Answer, Article, Hit

if TYPE_CHECKING:
    from askdocs.index import Manifest, Stage

ArticleOf = Callable[[str], Article]

STAGES = {"reading": "Reading articles", "encoding": "Encoding passages", "writing": "Writing the index"}
NEAREST_SHOWN = 3
_CONTROL = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)), "\N{REPLACEMENT CHARACTER}")


def out() -> Console:
    """Return the console of standard output."""
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def err() -> Console:
    """Return the console of standard error, where progress and complaints go."""
    return Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


def say(message: str, *, style: str = "") -> None:
    """Print one line on standard error."""
    err().print(Text(inert(message), style=style))


def inert(text: str) -> str:
    """Replace control characters, so that an article cannot drive the terminal that it is printed on."""
    return text.translate(_CONTROL)


def show_answer(answer: Answer, article_of: ArticleOf) -> None:
    """Print an answer: its quotes with their citations, or what came nearest, labelled as such."""
    if answer.abstained:
        _show_abstention(answer, article_of)
        return
    console = out()
    for number, quote in enumerate(answer.quotes, start=1):
        article = article_of(quote.article_id)
        words = Text(f"“{inert(quote.words_in(article))}”", style="bold" if number == 1 else "")
        words.append(f" [{number}]", style="bold cyan")
        console.print(words)
        console.print(Padding(_citation(article, quote.start, quote.end), (0, 0, 1, 4)))
    console.print(Text(confidence_in_words(answer.confidence), style="dim"))


def _show_abstention(answer: Answer, article_of: ArticleOf) -> None:
    console = out()
    console.print(Text(answer.text, style="bold yellow"))
    if answer.hits:
        console.print(Text("\nNearest passages (not an answer):", style="dim"))
        show_hits(answer.hits[:NEAREST_SHOWN], article_of)


def show_hits(hits: Sequence[Hit], article_of: ArticleOf) -> None:
    """Print a ranking of passages."""
    console = out()
    for hit in hits:
        heading = Text(f"{hit.rank:>2}. ", style="bold cyan")
        heading.append(f"{hit.score:.3f}  ", style="dim")
        heading.append(_citation(article_of(hit.passage.article_id), hit.passage.start, hit.passage.end))
        console.print(heading)
        console.print(Padding(Text(inert(" ".join(hit.passage.text.split()))), (0, 0, 1, 4)))


def _citation(article: Article, start: int, end: int) -> Text:
    """Name an article and a place in it: title, outlet, author, date as far as known, then the characters."""
    cited = Text(inert(article.title), style="italic")
    known = [value for value in (article.outlet, article.author, article.published) if value]
    for value in known:
        cited.append(f" · {inert(value)}", style="not italic")
    cited.append(f" · {inert(article.source)}:{start}–{end}", style="dim not italic")
    return cited


def confidence_in_words(confidence: float) -> str:
    """Say how sure an answer is, in words and as a share."""
    levels = (
        (0.9, "very likely an answer"),
        (0.75, "likely an answer"),
        (0.0, "possibly an answer"),
    )
    words = next(words for least, words in levels if confidence >= least)
    return f"{words} ({confidence:.0%})"


def show_built(manifest: Manifest, folder: str, seconds: float) -> None:
    """Print what an index now holds."""
    err().print(
        Text(
            f"{manifest.articles:,} articles, {manifest.passages:,} passages indexed in {folder} "
            f"({seconds:.1f} s, {manifest.encoder.name})",
            style="green",
        )
    )


class BuildBars:
    """A build's progress as bars on standard error, one for each stage."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task = bars.add_task("Starting", total=None)

    def begin(self, stage: Stage, total: int | None) -> None:
        """Finish the stage before and begin the next."""
        self._bars.remove_task(self._task)
        self._task = self._bars.add_task(STAGES[stage], total=total)

    def advance(self, count: int) -> None:
        """Move the bar on."""
        self._bars.advance(self._task, count)


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """Show bars on standard error while the block runs; nothing where that is not a terminal."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    console = err()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        yield bars
