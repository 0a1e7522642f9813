"""The command line's evaluation: eval · compare · report · calibrate · questions. One thin function each."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from askdocs.errors import AskdocsError, IndexFolderError, IndexMissingError
from askdocs.settings import Settings, load_settings
from askdocs.streams import JsonOption, complain, print_json

if TYPE_CHECKING:
    from askdocs.answering.calibration import OperatingPoint
    from askdocs.encoding import Encoder
    from askdocs.evaluation import Dataset, Report
    from askdocs.evaluation.calibration import Weighed
    from askdocs.evaluation.drawing import Drawn
    from askdocs.evaluation.limits import Limit
    from askdocs.index import OpenIndex
    from askdocs.library import Library

# readable=False throughout: typer would call a path that may not be read wrong usage; it is an expected failure.


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("eval")(evaluate)
    app.command()(compare)
    app.command()(report)
    app.command()(calibrate)
    app.command()(questions)


# --- eval -------------------------------------------------------------------------------------------------------------


def evaluate(
    dataset: Annotated[
        Path,
        typer.Argument(
            metavar="DATASET",
            help="A folder with articles.jsonl and questions.jsonl, a BEIR folder, or a SQuAD file (.json, .json.gz).",
            readable=False,
        ),
    ],
    folder: Annotated[
        Path | None,
        typer.Option(
            "--index", metavar="DIR", help="Keep the dataset's index here, and use it next time.", readable=False
        ),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar="RUN", help="A file for compare and report, as JSON.", readable=False),
    ] = None,
    *,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Exit with 1 where this measure is lower. Repeatable."),
    ] = None,
    fail_over: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help="The same for false_answer, false_refusal and chars@5, which should be low."
        ),
    ] = None,
    articles: Annotated[
        int | None, typer.Option(min=1, help="Only the gold articles of the questions, and so many others.")
    ] = None,
    questions: Annotated[int | None, typer.Option(min=1, help="Only so many questions.")] = None,
    texts: Annotated[
        bool, typer.Option("--texts/--no-texts", help="Save what was found with its words, or by position only.")
    ] = True,
    use_cache: Annotated[
        bool,
        typer.Option(
            "--cache/--no-cache",
            help="Without --index, keep the indexes used last, up to 4 GB, in ~/.cache/askdocs/evaluation "
            "(ASKDOCS_CACHE names another folder), or build the index for this time only.",
        ),
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Ask a dataset's questions and print every measure with its 95 % interval."""
    limits = [
        *(_limit(text, "--fail-under", low=False) for text in fail_under or ()),
        *(_limit(text, "--fail-over", low=True) for text in fail_over or ()),
    ]
    from askdocs.encoding import load_encoder  # noqa: PLC0415
    from askdocs.evaluation import load_dataset, provenance_of, render, save_run  # noqa: PLC0415  numpy
    from askdocs.evaluation.limits import faults  # noqa: PLC0415

    if save is not None:
        _require_writable(save, _files_of(dataset))  # now, rather than after the questions
    loaded = load_dataset(dataset)
    if articles or questions:
        loaded = loaded.sampled(articles or len(loaded.articles), questions or len(loaded.questions))
    settings = load_settings()
    encoder = load_encoder(settings.encoder, settings.engine, settings.device)
    with _library_of(loaded, settings, encoder, folder, use_cache=use_cache) as library:
        report = _asked(loaded, library)
        if save is not None:
            made = provenance_of(library.folder, library.manifest, encoder, settings)
            save_run(report, made, lambda article_id: library.article(article_id).title, save, texts=texts)
    if as_json:
        print_json(report.to_json())
    else:
        from askdocs.terminal import out  # noqa: PLC0415  rich's console, for people only

        out().print(render(report))
    if found := faults(limits, report.measures):
        for fault in found:
            complain(fault)
        raise typer.Exit(1)


def _limit(text: str, option: str, *, low: bool) -> Limit:
    from askdocs.evaluation.limits import limit  # noqa: PLC0415  numpy comes with the package

    try:
        return limit(text, low=low)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


def _asked(dataset: Dataset, library: Library) -> Report:
    """Ask the questions, with a bar."""
    from askdocs.evaluation import evaluate as run  # noqa: PLC0415
    from askdocs.terminal import progress_bars  # noqa: PLC0415

    with progress_bars() as bars:
        task = bars.add_task("Asking questions", total=len(dataset.questions))
        return run(dataset, library, lambda count: bars.advance(task, count))


@contextmanager
def _library_of(
    dataset: Dataset, settings: Settings, encoder: Encoder, folder: Path | None, *, use_cache: bool
) -> Iterator[Library]:
    """Open a library of the dataset's articles: in `folder`, else in the cache, else for this time only."""
    from askdocs.library import Library  # noqa: PLC0415

    if folder is not None:
        build = _builder(dataset, settings, encoder)
        yield Library(_index_in(folder, dataset, settings, encoder, build), encoder, settings)
        return
    with _kept_index(dataset, settings, encoder, use_cache=use_cache) as index:
        yield Library(index, encoder, settings)


@contextmanager
def _kept_index(dataset: Dataset, settings: Settings, encoder: Encoder, *, use_cache: bool) -> Iterator[OpenIndex]:
    """Open an index of the dataset's articles: in the cache, else for this time only."""
    from askdocs.evaluation.index_cache import cached_index, index_name, indexes_folder  # noqa: PLC0415
    from askdocs.index import open_index  # noqa: PLC0415

    build = _builder(dataset, settings, encoder)
    if use_cache:
        name = index_name(dataset.articles, settings.passages, encoder.fingerprint)
        try:
            index = cached_index(indexes_folder(), name, build)
        except OSError as error:
            complain(f"{indexes_folder()}: no index can be kept here: {error.strerror or error}")
        else:
            yield index
            return
    with tempfile.TemporaryDirectory(prefix="askdocs-eval-") as temporary:
        build(Path(temporary))
        yield open_index(Path(temporary))


def _builder(dataset: Dataset, settings: Settings, encoder: Encoder) -> Callable[[Path], None]:
    """Return what builds the dataset's index in a folder, with bars."""
    from askdocs.index import build_index  # noqa: PLC0415
    from askdocs.terminal import BuildBars, progress_bars  # noqa: PLC0415

    def build(folder: Path) -> None:
        with progress_bars() as bars:
            build_index(dataset.articles, folder, encoder, settings.passages, BuildBars(bars))

    return build


def _index_in(
    folder: Path, dataset: Dataset, settings: Settings, encoder: Encoder, build: Callable[[Path], None]
) -> OpenIndex:
    """Open the index in a folder of the user's, built where there is none. One that is there is never built anew.

    Raises:
        IndexFolderError: it cannot be used, or holds other articles, or was cut or encoded otherwise: in each case it
            may be the user's own, to ask.
    """
    from askdocs.index import open_index  # noqa: PLC0415

    try:
        index = open_index(folder)
    except IndexMissingError:
        build(folder)
        return open_index(folder)
    indexed = {summary.id: (summary.sha256, summary.title) for summary in index.articles.summaries}
    if indexed != {article.id: (article.sha256, article.title) for article in dataset.articles}:
        raise IndexFolderError(
            f"{folder}: holds an index of other articles than those of {dataset.name}; {_ANOTHER_FOLDER}"
        )
    index.require_encoder(encoder)
    built = index.manifest.passage_settings
    if built != settings.passages:
        raise IndexFolderError(
            f"{folder}: its passages have up to {built.tokens} tokens, a new one every {built.step}, and "
            f"{settings.passages.tokens} and {settings.passages.step} were wanted; {_ANOTHER_FOLDER}"
        )
    return index


_ANOTHER_FOLDER = "name a folder of its own, or leave --index out"


def _require_writable(file: Path, read: Iterable[Path]) -> None:
    """See that a file can be put here and is none of those that are read, and leave everything as it is.

    Raises:
        AskdocsError: it is, the folder is not there or cannot be written, or the name is a folder's.
    """
    if file.is_dir():
        raise AskdocsError(f"{file}: is a folder; wanted the name of a file")
    if file.exists() and any(one.exists() and one.samefile(file) for one in read):
        raise AskdocsError(f"{file}: is read here and would be overwritten; name another file")
    try:
        tempfile.TemporaryFile(dir=file.parent).close()
    except OSError as error:
        raise AskdocsError(f"{file}: cannot be written: {error.strerror}") from error


def _files_of(dataset: Path) -> list[Path]:
    """Return the files that a dataset may be read from."""
    return [dataset, *dataset.glob("*.jsonl"), *dataset.glob("*.jsonl.gz"), *dataset.glob("qrels/*.tsv")]


@contextmanager
def _under_way(words: str) -> Iterator[None]:
    """Say that something is under way, as long as it is."""
    from askdocs.terminal import progress_bars  # noqa: PLC0415  rich's console, for people only

    with progress_bars() as bars:
        bars.add_task(words, total=None)
        yield


# --- compare ----------------------------------------------------------------------------------------------------------


def compare(
    first: Annotated[Path, typer.Argument(metavar="RUN", help="Saved by: askdocs eval --save RUN.", readable=False)],
    second: Annotated[Path, typer.Argument(metavar="RUN", help="The one to be judged.", readable=False)],
    *,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="NAME", help="Show the questions that moved most by this measure. Repeatable."),
    ] = None,
    most: Annotated[int, typer.Option("--most", min=0, help="How many questions to show.")] = 5,
    gate: Annotated[
        bool,
        typer.Option(
            "--gate",
            help="Exit with 1 where the second run is worse beyond chance (p < 0.05) by more than 0.01, "
            "or its passages are longer by more than 5 %.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare two saved runs, question by question: every measure's difference, and how likely chance alone made it."""
    from askdocs.evaluation.compare import MOVED_BY, comparison_form  # noqa: PLC0415  numpy
    from askdocs.evaluation.compare import compare as compared  # noqa: PLC0415
    from askdocs.evaluation.names import PER_QUESTION, written  # noqa: PLC0415
    from askdocs.evaluation.saved import load_run  # noqa: PLC0415

    if strange := [name for name in by or () if name not in PER_QUESTION]:
        known = ", ".join(PER_QUESTION)
        raise typer.BadParameter(
            f"no measure of a question is called {strange[0]!r}; there are {known}", param_hint="--by"
        )
    with _under_way("Comparing"):
        found = compared(load_run(first), load_run(second))
    if as_json:
        print_json(comparison_form(found, by or MOVED_BY, most))
    else:
        from askdocs.report.comparison import show_comparison  # noqa: PLC0415  rich's console, for people only

        show_comparison(found, by or MOVED_BY, most)
    failed = [change for change in found.changes if change.fails_gate] if gate else []
    for change in failed:
        was, now = (written(change.name, value) for value in (change.first, change.second))
        complain(f"{change.name} fell behind: {was} before, {now} now, p = {change.p:.3g}")
    if failed:
        raise typer.Exit(1)


# --- report -----------------------------------------------------------------------------------------------------------


def report(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Saved by: askdocs eval --save.", readable=False)
    ],
    *,
    page: Annotated[Path, typer.Option("--out", metavar="FILE", help="The page.", readable=False)] = Path(
        "report.html"
    ),
) -> None:
    """Write one HTML page: the measures of saved runs side by side, four plots, and every question to open."""
    from askdocs.evaluation.saved import load_run  # noqa: PLC0415  numpy
    from askdocs.index.durable import write_durably  # noqa: PLC0415
    from askdocs.report import render_page  # noqa: PLC0415

    _require_writable(page, runs)
    with _under_way("Writing the page"):
        content = render_page([load_run(run) for run in runs]).encode()
    try:
        write_durably(page, content)
    except OSError as error:
        raise AskdocsError(f"{page}: cannot be written: {error.strerror or error}") from error
    from askdocs.terminal import err, inert  # noqa: PLC0415  rich's console, for people only

    err().print(inert(f"{page}: {len(content) / 1e3:,.0f} kB; open it in a browser"), markup=False)


# --- calibrate --------------------------------------------------------------------------------------------------------


def calibrate(
    dataset: Annotated[
        Path | None,
        typer.Argument(
            metavar="DATASET", help="Your own questions, as for eval; some of them unanswerable.", readable=False
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--index",
            metavar="DIR",
            help="The index to calibrate: it holds the dataset's articles, or more. Without it nothing is stored.",
            readable=False,
        ),
    ] = None,
    *,
    false_answers: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="The largest share of unanswerable questions to be answered.")
    ] = 0.05,
    reset: Annotated[bool, typer.Option("--reset", help="Go back to the shipped calibration of DIR.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Fit to your own questions how sure an answer has to be, show what that does, and keep it with the index.

    `ask` and the page then use it, also after the index was built anew. A least confidence that you set by
    ASKDOCS_ANSWERS_MIN_CONFIDENCE or a settings file still wins over the fitted one.
    """
    if reset:
        if dataset is not None or folder is None:
            raise typer.BadParameter("wanted: askdocs calibrate --reset --index DIR", param_hint="--reset")
        _reset_calibration(folder, as_json=as_json)
        return
    if dataset is None:
        raise typer.BadParameter("name a dataset, or --reset", param_hint="DATASET")
    from askdocs.evaluation import load_dataset  # noqa: PLC0415  numpy
    from askdocs.evaluation.calibration import calibrated, calibration_form  # noqa: PLC0415

    loaded = load_dataset(dataset)
    with _calibrated_index(loaded, folder) as (index, encoder, settings):
        found = calibrated(_weighed(loaded, index, encoder, settings), false_answers)
        file = _store(found.point, loaded.name, false_answers, index, settings) if folder is not None else None
    if as_json:
        print_json(calibration_form(found, loaded.name, file))
        return
    from askdocs.report.calibration import show_calibration  # noqa: PLC0415  rich's console, for people only
    from askdocs.terminal import err, inert  # noqa: PLC0415

    show_calibration(found, loaded.name)
    err().print(inert(_became(file, dataset, settings.answers.min_confidence)), markup=False)


def _became(file: Path | None, dataset: Path, set_by_hand: float | None) -> str:
    """Say what became of a calibration."""
    if file is None:
        return f"shown only; {_HOW_TO_STORE.format(quote(str(dataset)))}"
    if set_by_hand is not None:
        said = f"the least confidence set in the settings, {set_by_hand:g}, stays in place of the fitted threshold"
        return f"{file}: its weights are in force from the next question on; {said}"
    return f"{file}: in force from the next question on"


_HOW_TO_STORE = "to keep it: askdocs calibrate {} --index DIR, with the index that you ask"


def _reset_calibration(folder: Path, *, as_json: bool) -> None:
    from askdocs.answering.calibration import CALIBRATION, remove_calibration  # noqa: PLC0415  numpy
    from askdocs.index.pointer import read_pointer  # noqa: PLC0415

    read_pointer(folder)  # where there is no index, that is said, and no folder made
    was_there = remove_calibration(folder)
    if as_json:
        print_json({"index": str(folder), "removed": was_there})
        return
    from askdocs.terminal import err, inert  # noqa: PLC0415

    file = folder / CALIBRATION
    err().print(inert(f"{file}: removed" if was_there else f"{file}: there was none"), markup=False)


@contextmanager
def _calibrated_index(dataset: Dataset, folder: Path | None) -> Iterator[tuple[OpenIndex, Encoder, Settings]]:
    """Open the index to calibrate: in `folder`, or else the one that is kept for the dataset.

    Raises:
        IndexFolderError: there is none in the folder, or it lacks an article of the dataset.
    """
    from askdocs.encoding import load_encoder  # noqa: PLC0415
    from askdocs.index import open_index  # noqa: PLC0415

    settings = load_settings()
    if folder is None:
        encoder = load_encoder(settings.encoder, settings.engine, settings.device)
        with _kept_index(dataset, settings, encoder, use_cache=True) as index:
            yield index, encoder, settings
        return
    index = open_index(folder)
    encoder = load_encoder(settings.encoder, settings.engine, settings.device)
    index.require_encoder(encoder)
    index.require_same_search()
    indexed = {summary.id: summary.sha256 for summary in index.articles.summaries}
    if lacking := [article.id for article in dataset.articles if indexed.get(article.id) != article.sha256]:
        raise IndexFolderError(
            f"{folder}: lacks {len(lacking):,} of the {len(dataset.articles):,} articles of {dataset.name}, or has "
            f"another text for them, {lacking[0]!r} first; name the index that those questions are about, or leave "
            "--index out"
        )
    yield index, encoder, settings


def _weighed(dataset: Dataset, index: OpenIndex, encoder: Encoder, settings: Settings) -> Weighed:
    """Search for the questions, with a bar."""
    from askdocs.evaluation.calibration import weighed  # noqa: PLC0415
    from askdocs.terminal import progress_bars  # noqa: PLC0415

    with progress_bars() as bars:
        task = bars.add_task("Asking questions", total=len(dataset.questions))
        return weighed(dataset, index, encoder, settings, lambda count: bars.advance(task, count))


def _store(point: OperatingPoint, dataset: str, target: float, index: OpenIndex, settings: Settings) -> Path:
    from datetime import UTC, datetime  # noqa: PLC0415

    from askdocs.answering.calibration import Calibration, reader_of, write_calibration  # noqa: PLC0415
    from askdocs.answering.evidence import FEATURES  # noqa: PLC0415

    made = datetime.now(tz=UTC).isoformat(timespec="seconds")
    encoder = index.manifest.encoder.fingerprint
    reader = reader_of(settings.answers)
    return write_calibration(index.folder, Calibration(encoder, FEATURES, dataset, made, target, point, reader))


# --- questions --------------------------------------------------------------------------------------------------------


def _reworded(drawn: list[Drawn], index: OpenIndex) -> list[Drawn]:
    """Have a language model word the questions, if one is set, with a bar."""
    from askdocs.evaluation.rewording import reworded  # noqa: PLC0415
    from askdocs.language_model import LanguageModel  # noqa: PLC0415
    from askdocs.terminal import progress_bars  # noqa: PLC0415

    llm = load_settings().llm
    if not llm.url:
        return drawn
    with progress_bars() as bars:
        task = bars.add_task("Wording questions", total=len(drawn))
        return reworded(drawn, LanguageModel(llm), index.articles, lambda count: bars.advance(task, count))


def questions(
    folder: Annotated[Path, typer.Argument(metavar="INDEX_DIR", help="The index to draw from.", readable=False)],
    count: Annotated[int, typer.Option("--n", "-n", min=1, help="How many questions.")] = 50,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other questions.")] = 1,
    dataset: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="The dataset, for eval and calibrate.", readable=False)
    ] = Path("questions"),
    *,
    as_json: JsonOption = False,
) -> None:
    """Draw a question set to start from out of your own articles, by rules, without a model.

    Only where a language model is set (ASKDOCS_LLM_URL), it words the questions as a person would ask them, and sees
    the sentences that they are drawn from.
    """
    from askdocs.evaluation.drawing import SHARES, drawn_questions, require_new, write_dataset  # noqa: PLC0415  numpy
    from askdocs.index import open_index  # noqa: PLC0415

    require_new(dataset)  # now, rather than after drawing
    index = open_index(folder)
    drawn = drawn_questions(index, count, seed)
    if not drawn:
        raise AskdocsError(
            f"{folder}: no sentence or title of its {index.manifest.articles:,} articles makes a question; write your "
            "own, see eval/README.md"
        )
    drawn = _reworded(drawn, index)
    write_dataset(dataset, index, drawn)
    kinds = {kind: sum(one.kind == kind for one in drawn) for kind in SHARES}
    if as_json:
        print_json({"dataset": str(dataset), "questions": len(drawn), "drawn": kinds})
    from askdocs.terminal import err, inert  # noqa: PLC0415  rich's console, for people only

    counted = ", ".join(f"{number} {kind}" for kind, number in kinds.items())
    told = (
        f"{dataset}: {len(drawn)} questions ({counted}). They are a start, and easier than real ones: reword them "
        f"and add your own in {dataset / 'questions.jsonl'}, then: "
        f"askdocs eval {quote(str(dataset))} --index {quote(str(folder))}"
    )
    err().print(inert(told), markup=False, soft_wrap=True)
