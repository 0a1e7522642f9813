"""The command line's upkeep of an index and of answers: generations · rollback · check · verify. One function each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from askdocs.errors import AnswerFileError, IndexFolderError, ReadError
from askdocs.settings import DEFAULT_INDEX, load_settings
from askdocs.streams import IndexOption, JsonOption, complain, print_json

if TYPE_CHECKING:
    from rich.progress import Progress

    from askdocs.datatypes import Article
    from askdocs.index.checking import Fault
    from askdocs.index.upkeep import Generation
    from askdocs.verifying import Checked, SavedQuote


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(generations)
    app.command()(rollback)
    app.command()(check)
    app.command()(verify)


# --- generations ------------------------------------------------------------------------------------------------------


def generations(folder: IndexOption = DEFAULT_INDEX, *, as_json: JsonOption = False) -> None:
    """List the generations of the index that are on the disk, the newest first, and say which is in force."""
    from askdocs.index.upkeep import generations as listed  # noqa: PLC0415  numpy, which help does without

    known = listed(folder)
    if as_json:
        print_json({"index": str(folder), "generations": [_generation_form(one) for one in known]})
        return
    from askdocs.terminal import show  # noqa: PLC0415  rich's console, for people only

    for one in known:
        show(_generation_line(one), indent=2, mark="*" if one.in_force else "")


def _generation_form(one: Generation) -> dict[str, Any]:
    return {
        "name": one.name,
        "created": one.created,
        "articles": one.articles,
        "passages": one.passages,
        "bytes": one.size,
        "in_force": one.in_force,
        "fault": one.fault,
    }


def _generation_line(one: Generation) -> str:
    state = "in force" if one.in_force else ""
    if one.fault is not None:
        return f"{one.name}  {state}  {one.fault}"
    held = f"{one.articles:>9,} articles {one.passages:>11,} passages {one.size / 1e6:>9,.1f} MB"
    return f"{one.name} {held}  {state}".rstrip()


# --- rollback ---------------------------------------------------------------------------------------------------------


def rollback(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="As `generations` lists it; else the newest before the one in force."),
    ] = None,
    folder: IndexOption = DEFAULT_INDEX,
    *,
    as_json: JsonOption = False,
) -> None:
    """Put an earlier generation of the index in force again, after all of it was checked."""
    from askdocs.index.upkeep import rollback as rolled_back  # noqa: PLC0415  numpy
    from askdocs.terminal import err, inert, progress_bars  # noqa: PLC0415

    with progress_bars() as bars:
        now = rolled_back(folder, name, _Bars(bars))
    if as_json:
        print_json({"index": str(folder), "in_force": now.name, "articles": now.articles, "passages": now.passages})
        return
    told = f"{folder}: {now.name} is in force: {now.articles:,} articles, {now.passages:,} passages"
    err().print(inert(told), markup=False)


# --- check ------------------------------------------------------------------------------------------------------------


def check(
    folder: IndexOption = DEFAULT_INDEX,
    *,
    in_force: Annotated[bool, typer.Option("--in-force", help="Only the generation that answers.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Check all of an index: every byte of every generation, and whether what they say fits together.

    Each fault is named with its file, and the exit status is then 1.
    """
    from askdocs.index.upkeep import check_index  # noqa: PLC0415  numpy
    from askdocs.terminal import progress_bars  # noqa: PLC0415

    with progress_bars() as bars:
        checked = check_index(folder, _Bars(bars), only_in_force=in_force)
    faults = [fault for found in checked.values() for fault in found]
    faults += _calibration_faults(folder)
    if as_json:
        names = list(checked)
        print_json({"index": str(folder), "generations": names, "faults": [_fault_form(fault) for fault in faults]})
    else:
        from askdocs.terminal import counted, err, show  # noqa: PLC0415

        for fault in faults:
            show(f"{fault.generation or folder}: {fault.file}: {fault.found}")
        if not faults:
            err().print(f"{counted(len(checked), 'generation')} checked, no fault", markup=False)
    if faults:
        raise typer.Exit(1)


def _calibration_faults(folder: Path) -> list[Fault]:
    """Return what is wrong with the calibration beside the index, which no build touches."""
    from askdocs.answering.calibration import CALIBRATION, operating_point  # noqa: PLC0415
    from askdocs.index.checking import Fault  # noqa: PLC0415
    from askdocs.index.manifest import read_manifest  # noqa: PLC0415
    from askdocs.index.pointer import read_pointer  # noqa: PLC0415

    try:
        encoder = read_manifest(folder, read_pointer(folder)).encoder.fingerprint
    except IndexFolderError:
        return []  # that is a fault of its own, and what encoder it must be of cannot be told
    try:
        operating_point(folder, encoder, load_settings().answers)
    except IndexFolderError as error:
        return [Fault("", CALIBRATION, str(error))]
    return []


def _fault_form(fault: Fault) -> dict[str, Any]:
    return {"generation": fault.generation or None, "file": fault.file, "found": fault.found}


class _Bars:
    """A check's progress as a bar on standard error."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task = bars.add_task("Starting", total=None)

    def begin(self, what: str, total: int) -> None:
        """Finish the part before and begin the next."""
        self._bars.remove_task(self._task)
        self._task = self._bars.add_task(what, total=total)

    def advance(self, count: int) -> None:
        """Move the bar on."""
        self._bars.advance(self._task, count)


# --- verify -----------------------------------------------------------------------------------------------------------


def verify(
    answer: Annotated[
        Path, typer.Argument(metavar="ANSWER.json", help="What `askdocs ask --json` printed.", readable=False)
    ],
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH...", help="Files and folders to check against, not the index.", readable=False),
    ] = None,
    folder: IndexOption = DEFAULT_INDEX,
    *,
    as_json: JsonOption = False,
) -> None:
    """Check every quote of a saved answer against the index, or against source files.

    A quote is valid (the same words in the same place), moved (its words stand elsewhere in the article, or in one that
    has another id now), changed (the article is there, its words are not) or gone. The exit status is 0 where all are
    valid or moved. A conversation, {"answers": [...]}, and a list of answers are checked alike.
    """
    from askdocs.verifying import STILL_TRUE, saved_quotes  # noqa: PLC0415

    try:
        quotes = saved_quotes(_read_json(answer))
    except ValueError as error:
        raise AnswerFileError(f"{answer}: {error}") from error
    checked = _against_sources(quotes, paths) if paths else _against_index(quotes, folder)
    if as_json:
        print_json(verified_form(checked))
    else:
        _show_checked(checked)
    if any(one.verdict not in STILL_TRUE for one in checked):
        raise typer.Exit(1)


def _read_json(file: Path) -> Any:
    """Return what a file of JSON holds.

    Raises:
        AnswerFileError: it cannot be read, or is not JSON.
    """
    try:
        return json.loads(file.read_bytes())
    except OSError as error:
        raise AnswerFileError(f"{file}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise AnswerFileError(f"{file}: is not JSON, as it is not UTF-8: {error.reason}") from error
    except json.JSONDecodeError as error:
        raise AnswerFileError(
            f"{file}: is not JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        ) from error
    except (RecursionError, ValueError) as error:  # nested without end; a number of more digits than Python reads
        raise AnswerFileError(f"{file}: is no answer that askdocs wrote") from error


def _against_index(quotes: Sequence[SavedQuote], folder: Path) -> list[Checked]:
    from askdocs.index import open_index  # noqa: PLC0415  numpy
    from askdocs.verifying import verified  # noqa: PLC0415

    index = open_index(folder)
    return verified(quotes, index.articles, lambda article_id, sha256: bool(index.earlier.find(article_id, sha256)))


def _against_sources(quotes: Sequence[SavedQuote], paths: Sequence[Path]) -> list[Checked]:
    """Read the sources anew, and name what cannot be read: a quote of it is then gone."""
    from askdocs.reading import count_files, read_sources  # noqa: PLC0415
    from askdocs.terminal import progress_bars  # noqa: PLC0415
    from askdocs.verifying import verified  # noqa: PLC0415

    articles: dict[str, Article] = {}
    with progress_bars() as bars:
        task = bars.add_task("Reading sources", total=count_files(paths))
        for found in read_sources(paths, lambda count: bars.advance(task, count)):
            if isinstance(found, ReadError):
                complain(str(found))
            else:
                articles[found.id] = found
    return verified(quotes, dict(sorted(articles.items())))


def verified_form(checked: Sequence[Checked]) -> dict[str, Any]:
    """Return what `askdocs verify --json` prints."""
    return {"quotes": [_checked_form(one) for one in checked], "verdicts": dict(_verdicts(checked))}


def _checked_form(one: Checked) -> dict[str, Any]:
    found = one.place and {
        "article_id": one.place.article.id,
        "title": one.place.article.title,
        "source": one.place.article.source,
        "sha256": one.place.article.sha256,
        "start": one.place.span[0],
        "end": one.place.span[1],
    }
    return {
        "verdict": one.verdict,
        "question": one.quote.question,
        "article_id": one.quote.article_id,
        "sha256": one.quote.sha256,
        "start": one.quote.start,
        "end": one.quote.end,
        "exact": one.quote.exact,
        "found": found,
        "same_snapshot": one.same_snapshot,
        "kept": one.kept,
    }


def _verdicts(checked: Sequence[Checked]) -> Mapping[str, int]:
    """Count each verdict."""
    from askdocs.verifying import VERDICTS  # noqa: PLC0415

    return {verdict: sum(one.verdict == verdict for one in checked) for verdict in VERDICTS}


def _show_checked(checked: Sequence[Checked]) -> None:
    """Print each quote with its verdict and where it is now, and count the verdicts."""
    from askdocs.terminal import counted, err, inert, on_one_line, show  # noqa: PLC0415  rich's console, for people only

    for number, one in enumerate(checked, start=1):
        show(f"{one.verdict}: “{inert(one.quote.exact)}”", indent=4, mark=f"{number}.")
        show(on_one_line(_now(one)), indent=4)
        show("")
    counts = ", ".join(f"{count} {verdict}" for verdict, count in _verdicts(checked).items() if count)
    err().print(f"{counted(len(checked), 'quote')}: {counts}" if checked else "no quotes to check", markup=False)


def _now(one: Checked) -> str:
    """Say where the words of a quote are now."""
    quoted = f"{one.quote.article_id}:{one.quote.start}–{one.quote.end}"
    if one.place is None:
        return quoted + (" · the version that was quoted is kept" if one.kept else "")
    start, end = one.place.span
    if one.verdict == "moved":
        return f"{quoted} · now {one.place.article.id}:{start}–{end}"
    return quoted if one.same_snapshot else f"{quoted} · the article changed elsewhere since"
