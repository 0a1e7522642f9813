"""Answers, hits and progress to a person's terminal. What an article says is printed as it is, never as markup."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from askdocs.cautions import cautions
from askdocs.datatypes import Answer, Article, Hit, Sureness

if TYPE_CHECKING:
    from askdocs.index import Built, Clustering, Stage

ArticleOf = Callable[[str], Article]

STAGES = {
    "checking": "Checking the index",
    "reading": "Reading articles",
    "encoding": "Encoding passages",
    "writing": "Writing the index",
    "clustering": "Clustering passages",
    "sealing": "Sealing the index",
}
NEAREST_SHOWN = 3
_SHOWN_SECONDS = 0.05
"""A stage that took less is not worth a word."""

LEAST_WIDTH = 20
"""Columns. On a narrower terminal than this the lines run over its edge instead of turning into a column of letters."""

_SURENESS: dict[Sureness, str] = {
    "strong": "very likely an answer",
    "likely": "likely an answer",
    "weak": "possibly an answer",
}
_CONTROL = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)), "\N{REPLACEMENT CHARACTER}")


def out() -> Console:
    """Return the console of standard output."""
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def err() -> Console:
    """Return the console of standard error, where progress and complaints go."""
    return Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


def inert(text: str) -> str:
    r"""Replace control characters, so that an article cannot drive the terminal that it is printed on.

    The line end of Windows, "\r\n", is shown as a line end.
    """
    return text.replace("\r\n", "\n").translate(_CONTROL)


def on_one_line(text: str) -> str:
    """Make a name or a message one line, without control characters."""
    return inert(" ".join(text.split()))


def show(text: Text | str, *, indent: int = 0, mark: str = "") -> None:
    """Print a text on standard output, each line behind `indent` spaces, the first behind `mark` in their place.

    A terminal gets lines of its width. What is piped into a file or another program keeps the lines that the text
    itself has, so that a quote can be searched for there.
    """
    words = Text(text) if isinstance(text, str) else text
    mark = mark.ljust(indent)
    if not sys.stdout.isatty():
        sys.stdout.write(f"{mark}{words.plain}\n")
        return
    console = out()
    before = Text.assemble((mark, "bold cyan"))  # a style of the whole would spread to the line behind it
    for line in words.wrap(console, max(LEAST_WIDTH, console.width - len(mark))):
        console.print(before + line, soft_wrap=True)
        before = Text(" " * indent)


def show_answer(answer: Answer, article_of: ArticleOf) -> None:
    """Print an answer: its quotes with their citations, or what came nearest, labelled as such."""
    for caution in cautions(answer):
        show(Text(inert(caution), style="yellow"))
        show("")
    if answer.abstained:
        _show_abstention(answer, article_of)
        return
    if answer.worded_by is not None:
        show(inert(answer.text))
        show(Text(f"worded by {inert(answer.worded_by)} from these quotes:", style="dim"))
        show("")
    for number, quote in enumerate(answer.quotes, start=1):
        article = article_of(quote.article_id)
        words = f"“{inert(quote.words_in(article))}”"
        show(Text(words, style="bold" if number == 1 else ""), indent=4, mark=f"[{number}]")
        _show_citation(article, quote.start, quote.end)
        show("")
    show(Text(sureness_in_words(answer), style="dim"))


def _show_abstention(answer: Answer, article_of: ArticleOf) -> None:
    show(Text(answer.text, style="bold yellow"))
    if answer.hits:
        show("")
        show_hits(answer.hits[:NEAREST_SHOWN], article_of)


def show_hits(hits: Sequence[Hit], article_of: ArticleOf) -> None:
    """Print a ranking of passages."""
    if not hits:
        show(Text("No article is within the limits set.", style="bold yellow"))
    for hit in hits:
        article = article_of(hit.passage.article_id)
        show(_named(article), indent=4, mark=f"{hit.rank:>2}. ")
        show(
            Text(f"{_place(article, hit.passage.start, hit.passage.end)} · score {hit.score:.3f}", style="dim"),
            indent=4,
        )
        show(inert(" ".join(hit.passage.text.split())), indent=4)
        show("")


def show_article(article: Article) -> None:
    """Print what would be indexed of an article: its name and its own prose."""
    show(_named(article))
    show("")
    show(inert("\n\n".join(article.text[start:end].strip() for start, end in article.body)))
    show("")


def _show_citation(article: Article, start: int, end: int) -> None:
    """Print where a quote stands: the article's name, then the characters in its source."""
    show(_named(article), indent=4)
    show(Text(_place(article, start, end), style="dim"), indent=4)


def _named(article: Article) -> Text:
    """Name an article on one line: title, outlet, author, date, as far as known."""
    known = [value for value in (article.outlet, article.author, article.published) if value]
    named = Text()
    named.append(on_one_line(article.title), style="italic")
    return named.append("".join(f" · {on_one_line(value)}" for value in known))


def _place(article: Article, start: int, end: int) -> str:
    return f"{on_one_line(article.source)}:{start}–{end}"


def sureness_in_words(answer: Answer) -> str:
    """Say how sure an answer is, in words and as a share."""
    return f"{_SURENESS[answer.sureness]} ({answer.confidence:.0%})"


def show_built(built: Built, folder: str, failed: int, seconds: float) -> None:
    """Print what an index now holds, what changed, and how long each stage took."""
    manifest, changes = built.manifest, built.changes
    held = f"{counted(manifest.articles, 'article')}, {counted(manifest.passages, 'passage')}"
    err().print(Text(f"{held} indexed in {inert(folder)} ({seconds:.1f} s, {manifest.encoder.name})", style="green"))
    counts = {name: count for name, count in asdict(changes).items() if count} | ({"failed": failed} if failed else {})
    err().print(Text(" · ".join(f"{count:,} {name}" for name, count in counts.items())))
    stages = " · ".join(f"{stage} {spent:.1f} s" for stage, spent in built.seconds.items() if spent >= _SHOWN_SECONDS)
    if stages:
        err().print(Text(stages, style="dim"))
    if manifest.clustering is not None:
        err().print(Text(clustering_in_words(manifest.clustering), style="dim"))
    if built.why_anew is not None:
        err().print(Text(f"everything was made anew: {inert(built.why_anew)}", style="dim"))


def clustering_in_words(clustering: Clustering) -> str:
    """Say what a search that does not compare everything finds."""
    return (
        f"vectors are searched in {clustering.probes} of {clustering.clusters:,} clusters: recall@10 "
        f"{clustering.recall:.3f} against comparing all, measured on sentences of the articles"
    )


def counted(count: int, noun: str) -> str:
    """Return a count with its noun, in the plural but for one."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


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
