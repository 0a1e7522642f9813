"""The command line: one thin function a command. Exit status 0 done, 1 an expected failure, 2 wrong usage."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from io import TextIOWrapper
from pathlib import Path
from shlex import quote
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from askdocs import __version__, evaluation_cli, serving_cli, upkeep_cli
from askdocs.errors import AskdocsError, FilterError, NothingToIndexError, ReadError
from askdocs.filters import ArticleFilter
from askdocs.settings import DEFAULT_INDEX, Settings, load_settings
from askdocs.streams import IndexOption, JsonOption, complain, output_fault, print_json

if TYPE_CHECKING:
    from askdocs.datatypes import Article
    from askdocs.index import Built, Reading, Sources
    from askdocs.library import Library
    from askdocs.reading import Recall

app = typer.Typer(
    name="askdocs",
    help="Ask a pile of articles a question; get verbatim quotes, each with its place in the article.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

OutletOption = Annotated[
    list[str] | None, typer.Option("--outlet", metavar="NAME", help="Search articles of this outlet; may be repeated.")
]
SinceOption = Annotated[
    str | None, typer.Option("--since", metavar="DATE", help="Search articles of this day, month or year and later.")
]
UntilOption = Annotated[
    str | None, typer.Option("--until", metavar="DATE", help="Search articles of this day, month or year and earlier.")
]
AskedOption = Annotated[
    str | None,
    typer.Option(
        "--asked",
        metavar="DATE",
        help='The day of the question, from which "this week" counts; else today, if articles are of the last 31 days.',
    ),
]
QuestionArgument = Annotated[str, typer.Argument(metavar="QUESTION", help="A question, in quotation marks.")]

INTERRUPTED = 130
"""The exit status after Ctrl-C: 128 and the number of the signal, as shells have it."""


def main() -> None:
    """Run the command line; print an expected failure as one line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a character that this terminal cannot show is no reason to fail
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except AskdocsError as error:
        complain(str(error))
        sys.exit(1)
    except OSError:
        if (fault := output_fault(written="\n")) is None:  # every other disk's refusals are told by the commands
            raise
        complain(fault)
        sys.exit(1)
    except SystemExit as end:
        if end.code == INTERRUPTED:  # which typer makes of Ctrl-C, without a word
            indexing = sys.argv[1:2] == ["index"]
            complain("interrupted; an index that was there before is still in force" if indexing else "interrupted")
        elif not end.code and (fault := output_fault()) is not None:
            complain(fault)
            sys.exit(1)
        raise


def _print_version(wanted: bool) -> None:  # noqa: FBT001  as typer calls it
    """Print the version and end."""
    if wanted:
        sys.stdout.write(f"askdocs {__version__}\n")
        raise typer.Exit


@app.callback()
def _common(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Ask a pile of articles a question; get verbatim quotes, each with its place in the article."""


@app.command()
def index(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH...", help="Files and folders: .txt .md .html .jsonl", readable=False),
    ] = None,
    folder: IndexOption = DEFAULT_INDEX,
    *,
    sample: Annotated[bool, typer.Option("--sample", help="Index the articles that come with askdocs.")] = False,
    device: Annotated[
        str | None, typer.Option("--device", metavar="NAME", help="What encodes: cpu, or cuda for a graphics card.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the build that was interrupted; PATH... may be left out.")
    ] = False,
    keep_missing: Annotated[
        bool, typer.Option("--keep-missing", help="Keep articles of the index that PATH... does not hold any more.")
    ] = False,
    keep: Annotated[
        int | None, typer.Option("--keep", metavar="N", min=2, help="How many generations stay on the disk.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Read articles and bring the index up to date with them: only what changed is read, cut and encoded.

    What cannot be read is named with the reason, the rest is indexed, and the exit status is 1. Until the new index is
    complete the old one stays in force. A build that was interrupted goes on where it stopped.
    """
    if (bool(paths) == sample) and not (resume and not sample):
        raise typer.BadParameter("name the files or folders to index, or --sample", param_hint="PATH...")
    sources = _sources(paths or [], folder, sample=sample, keep_missing=keep_missing)
    _require_another_folder(sources, folder)
    settings = load_settings()
    if device is not None:
        settings = replace(settings, device=device)
    if keep is not None:
        settings = replace(settings, generations=keep)
    failures: list[ReadError] = []
    try:
        built, seconds = _build_from(sources, folder, settings, failures)
    except KeyboardInterrupt:
        _tell_how_to_go_on(folder, sources)
        raise
    if as_json:
        from askdocs.contracts import built_form  # noqa: PLC0415

        print_json(built_form(built, str(folder), failures, seconds))
    else:
        from askdocs.terminal import show_built  # noqa: PLC0415  rich's console, for people only

        show_built(built, str(folder), len(failures), seconds)
    if failures:
        raise typer.Exit(1)


@app.command()
def ask(
    question: QuestionArgument,
    folder: IndexOption = DEFAULT_INDEX,
    *,
    outlet: OutletOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    asked: AskedOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question by verbatim quotes, or say that the articles do not answer it."""
    within = ArticleFilter(outlets=tuple(outlet or ()), since=since, until=until)
    day = _day(asked)
    if os.path.isdir(folder):  # noqa: PTH112  Path.is_dir raises where it may not look
        _load_reader_aside()
    library = _open(folder).snapshot()
    answer = library.ask(question, within=within, day=day or library.today())
    if as_json:
        from askdocs.contracts import answer_form  # noqa: PLC0415

        print_json(answer_form(answer, library.article))
        return
    from askdocs.terminal import show_answer  # noqa: PLC0415

    show_answer(answer, library.article)


@app.command()
def search(
    question: QuestionArgument,
    k: Annotated[int, typer.Option("-k", min=1, max=1_000, help="How many passages.")] = 10,
    folder: IndexOption = DEFAULT_INDEX,
    *,
    outlet: OutletOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    asked: AskedOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rank the passages for a question, best first."""
    within = ArticleFilter(outlets=tuple(outlet or ()), since=since, until=until)
    library = _open(folder).snapshot()
    hits = library.search(question, k, within, _day(asked) or library.today())
    if as_json:
        from askdocs.contracts import search_form  # noqa: PLC0415

        print_json(search_form(question, hits, library.article))
        return
    from askdocs.terminal import show_hits  # noqa: PLC0415

    show_hits(hits, library.article)


@app.command()
def read(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="A file or folder.", readable=False)],
    *,
    as_json: JsonOption = False,
) -> None:
    """Show what would be indexed of a source: each article's title, what is known of it, and its prose."""
    from askdocs.reading import read_sources  # noqa: PLC0415
    from askdocs.terminal import show_article  # noqa: PLC0415

    failures: list[ReadError] = []
    articles = list(_articles(read_sources([source]), failures))
    for failure in failures:
        complain(str(failure))
    if as_json:
        from askdocs.contracts import article_form  # noqa: PLC0415

        print_json(
            {
                "articles": [article_form(article) for article in articles],
                "failed": [{"source": failure.source, "reason": failure.reason} for failure in failures],
            }
        )
    else:
        for article in articles:
            show_article(article)
    if failures:
        raise typer.Exit(1)


serving_cli.register(app)
evaluation_cli.register(app)
upkeep_cli.register(app)


def _day(asked: str | None) -> date | None:
    """Return the day that an option names.

    Raises:
        FilterError: it names none.
    """
    if asked is None:
        return None
    try:
        return date.fromisoformat(asked)
    except ValueError:
        raise FilterError(f"asked = {asked!r} is no day; write it as 2022-04-12") from None


def _tell_how_to_go_on(folder: Path, sources: Sources) -> None:
    """Say how an interrupted build goes on, where it had come so far that it can: another's sources are not offered."""
    from askdocs.index import has_encoded, noted_sources  # noqa: PLC0415

    if noted_sources(folder) == sources and has_encoded(folder):
        where = "" if folder == DEFAULT_INDEX else f" --index {quote(str(folder))}"
        complain(f"what was encoded is kept; to go on: askdocs index --resume{where}")


def _sources(paths: list[Path], folder: Path, *, sample: bool, keep_missing: bool) -> Sources:
    """Return what is to be indexed; without a path, what an interrupted build was to."""
    from askdocs.index import Sources, noted_sources  # noqa: PLC0415
    from askdocs.sample import articles_folder  # noqa: PLC0415  only for --sample

    if sample:
        paths = [articles_folder()]
    if paths:
        return Sources(tuple(map(str, paths)), _here(), keep_missing)
    noted = noted_sources(folder)
    if noted is None:
        raise AskdocsError(
            f"{folder}: no build was interrupted here, so there is nothing to resume; name what to index: "
            "askdocs index PATH..."
        )
    _here()  # where that is gone, no path can be located
    return replace(noted, keep_missing=noted.keep_missing or keep_missing)


def _here() -> str:
    """Return the current directory.

    Raises:
        AskdocsError: it was removed.
    """
    try:
        return str(Path.cwd())
    except OSError as error:
        raise AskdocsError(
            f"the current directory cannot be told: {error.strerror or error}; change to one that is there"
        ) from error


def _require_another_folder(sources: Sources, folder: Path) -> None:
    """Refuse to make an index of a folder of articles: from then on none of its files would be read.

    Raises:
        AskdocsError: one of the sources is the index folder.
    """
    from askdocs.index import has_generations  # noqa: PLC0415

    for path in sources.located() if not has_generations(folder) else ():
        with suppress(OSError, ValueError):  # a path that leads nowhere is named when it is read
            if path.is_dir() and path.samefile(folder):
                raise AskdocsError(
                    f"{folder}: is both a folder of articles and the index, and what is in an index is not read again; "
                    "name another folder with: --index DIR"
                )


def _added_on_the_page(folder: Path) -> list[Path]:
    """Return the folder of what was added on the page, if anything was: it belongs to the index as the rest does."""
    from askdocs.web.added import added_files, added_folder  # noqa: PLC0415

    above = added_folder(folder).parent
    try:
        return [above] if added_files(folder) else []
    except OSError:  # what is wrong with it is said when it is read
        return [above]


def _build_from(sources: Sources, folder: Path, settings: Settings, failures: list[ReadError]) -> tuple[Built, float]:
    """Read sources and build the index of what can be read; name the rest."""
    from askdocs.reading import read_sources  # noqa: PLC0415

    paths = [*sources.located(), *_added_on_the_page(folder)]

    def articles(recall: Recall) -> Iterator[Article]:
        return _articles(read_sources(paths, recall=recall), failures)

    try:
        built = _build(articles, folder, settings, sources)
    except NothingToIndexError:
        *others, last = failures or [ReadError(", ".join(sources.paths), "holds no words to search")]
        for failure in others:
            complain(str(failure))
        raise NothingToIndexError(f"{last}; no article to index, so the index in {folder} is unchanged") from None
    failures.extend(built[0].refused)
    for failure in failures:
        complain(str(failure))
    return built


def _build(articles: Reading, folder: Path, settings: Settings, sources: Sources) -> tuple[Built, float]:
    from askdocs.encoding import load_encoder  # noqa: PLC0415
    from askdocs.index import build_index  # noqa: PLC0415
    from askdocs.terminal import BuildBars, progress_bars  # noqa: PLC0415

    began = monotonic()
    with progress_bars() as bars:
        encoder = load_encoder(settings.encoder, settings.engine, settings.device)
        built = build_index(
            articles,
            folder,
            encoder,
            settings.passages,
            BuildBars(bars),
            generations=settings.generations,
            sources=sources,
            keep_missing=sources.keep_missing,
        )
    return built, monotonic() - began


def _articles(found: Iterable[Article | ReadError], failures: list[ReadError]) -> Iterator[Article]:
    """Pass articles on, and keep what could not be read."""
    for one in found:
        if isinstance(one, ReadError):
            failures.append(one)
        else:
            yield one


def _load_reader_aside() -> None:
    """Begin to load what reads closely, which is needed when the best sentence is found."""
    from askdocs.close_reading import load_reader  # noqa: PLC0415  numpy

    if reader := load_reader(load_settings()):
        reader.prepare_aside()


def _open(folder: Path) -> Library:
    from askdocs.library import open_library  # noqa: PLC0415

    return open_library(folder)


if __name__ == "__main__":
    main()
