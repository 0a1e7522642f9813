"""A report goes into a file, and comes out of it again as a SavedRun: all that comparing and showing it needs.

One JSON object: `{"form", "run": {...}, "measures", "intervals", "rows": [...]}`. `run` is the report's size and its
`Provenance`; a row is a question with all that is known of it, what was found and quoted, and what that measured.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from askdocs.errors import DatasetError, RunFileError
from askdocs.evaluation.dataset import Question
from askdocs.evaluation.fields import field, parsed, text_of, typed
from askdocs.evaluation.intervals import Interval
from askdocs.evaluation.measures import overlaps
from askdocs.evaluation.own_form import question_of
from askdocs.evaluation.provenance import Provenance
from askdocs.evaluation.run import Report, Result
from askdocs.index.durable import write_durably

FORM = 1
"""Raised when a saved run's meaning changes."""

TitleOf = Callable[[str], str]
"""Returns an article's title by its id."""


@dataclass(frozen=True, slots=True)
class Found:
    """A hit or a quote: where it stands, and its words where they were saved. `score` is a hit's."""

    article_id: str
    start: int
    end: int
    title: str
    text: str
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one question, as `run.Result` has it."""

    question: Question
    hits: tuple[Found, ...]
    quotes: tuple[Found, ...]
    confidence: float
    measures: Mapping[str, float]
    verbatim_quotes: int
    seconds: float

    @property
    def abstained(self) -> bool:
        """Whether the question was not answered."""
        return not self.quotes

    def is_relevant(self, found: Found) -> bool:
        """Tell whether a hit or quote shares a character with gold, or, without gold, is of a gold article."""
        place = (found.article_id, found.start, found.end)
        if gold := self.question.gold:
            return any(overlaps(place, (span.article_id, span.start, span.end)) for span in gold)
        return found.article_id in self.question.gold_articles


@dataclass(frozen=True, slots=True)
class SavedRun:
    """A report that was saved. `name` is its file's, `about` what stands under `run`."""

    name: str
    about: Mapping[str, Any]
    measures: Mapping[str, float]
    intervals: Mapping[str, Interval]
    rows: tuple[Row, ...]

    @property
    def dataset(self) -> str:
        """The name of the dataset."""
        return str(self.about.get("dataset", ""))


# --- writing ----------------------------------------------------------------------------------------------------------


def save_run(report: Report, made: Provenance, title_of: TitleOf, file: Path, *, texts: bool = True) -> None:
    """Write a run in one step: whoever reads the file finds the old one or all of the new one.

    Without `texts`, hits and quotes are saved by position only, a tenth of the size.

    Raises:
        RunFileError: the file cannot be written.
    """
    form = run_form(report, made, title_of, texts=texts)
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in form.pop("rows"))
    head = json.dumps(form, ensure_ascii=False, indent=1).removesuffix("\n}")
    content = f'{head},\n "rows": [\n{lines}\n]}}\n'  # a question a line: two runs can be read side by side
    try:
        write_durably(file, content.encode("utf-8", "replace"))
    except OSError as error:
        raise RunFileError(f"{file}: cannot be written: {error.strerror or error}") from error


def run_form(report: Report, made: Provenance, title_of: TitleOf, *, texts: bool = True) -> dict[str, Any]:
    """Return a run as it is saved; see `save_run`."""
    said = report.to_json()
    measured = {name: said.pop(name) for name in ("measures", "intervals")}
    return {
        "form": FORM,
        "run": said | asdict(made),
        **measured,
        "rows": [_row_form(result, title_of, texts=texts) for result in report.results],
    }


def _row_form(result: Result, title_of: TitleOf, *, texts: bool) -> dict[str, Any]:
    def place(article_id: str, start: int, end: int, text: str) -> dict[str, Any]:
        where = {"article_id": article_id, "start": start, "end": end}
        return where | ({"title": title_of(article_id), "text": text} if texts else {})

    question, answer = result.question, result.answer
    return {
        "id": question.id,
        "question": question.text,
        "answerable": question.answerable,
        "gold": [asdict(span) for span in question.gold],
        "gold_articles": list(question.gold_articles),
        "answers": list(question.answers),
        "answer_strong": question.answer_strong,
        **({"date": question.day.isoformat()} if question.day else {}),
        "measures": dict(result.measures),
        "confidence": answer.confidence,
        "abstained": answer.abstained,
        "verbatim_quotes": result.verbatim_quotes,
        "seconds": result.seconds,
        "quotes": [place(quote.article_id, quote.start, quote.end, quote.exact) for quote in answer.quotes],
        "hits": [
            place(hit.passage.article_id, hit.passage.start, hit.passage.end, hit.passage.text) | {"score": hit.score}
            for hit in answer.hits
        ],
    }


# --- reading ----------------------------------------------------------------------------------------------------------


def load_run(file: Path) -> SavedRun:
    """Read a saved run; one that is compressed by gzip is read too.

    Raises:
        RunFileError: it is not there, or is no run that this version of askdocs saved.
    """
    try:
        return _run(file.name.removesuffix(".gz").removesuffix(".json"), text_of(file, "a saved run"), str(file))
    except DatasetError as error:
        raise RunFileError(f"{error}; a run is saved by: askdocs eval DATASET --save {file}") from error


def _run(name: str, text: str, where: str) -> SavedRun:
    form = typed(where, "the file", parsed(where, text), dict)
    if form.get("form") != FORM:
        raise DatasetError(f"{where}: is no saved run of form {FORM}")
    measures = _numbers(where, form, "measures")
    intervals = {
        measure: (typed(where, "an interval's end", low, float), typed(where, "an interval's end", high, float))
        for measure, (low, high) in _pairs(where, field(where, form, "intervals", dict))
    }
    if intervals.keys() != measures.keys():
        raise DatasetError(f"{where}: its measures and intervals are not of one kind")
    rows = tuple(
        _row(f"{where}, question {number}", row) for number, row in enumerate(field(where, form, "rows", list), start=1)
    )
    if not rows:
        raise DatasetError(f"{where}: holds no questions")
    return SavedRun(name, field(where, form, "run", dict), measures, intervals, rows)


def _pairs(where: str, intervals: Mapping[str, Any]) -> list[tuple[str, tuple[Any, Any]]]:
    found = []
    for name, interval in intervals.items():
        ends = typed(where, f"the interval of {name}", interval, list)
        if len(ends) != 2:  # noqa: PLR2004  low and high
            raise DatasetError(f"{where}: the interval of {name} has {len(ends)} ends")
        found.append((name, (ends[0], ends[1])))
    return found


def _row(where: str, row: object) -> Row:
    fields = typed(where, "the row", row, dict)
    return Row(
        question=question_of(where, fields),
        hits=tuple(_found(where, hit) for hit in field(where, fields, "hits", list)),
        quotes=tuple(_found(where, quote) for quote in field(where, fields, "quotes", list)),
        confidence=field(where, fields, "confidence", float),
        measures=_numbers(where, fields, "measures"),
        verbatim_quotes=field(where, fields, "verbatim_quotes", int),
        seconds=field(where, fields, "seconds", float),
    )


def _found(where: str, place: object) -> Found:
    fields = typed(where, "a hit or quote", place, dict)
    return Found(
        article_id=field(where, fields, "article_id", str),
        start=field(where, fields, "start", int),
        end=field(where, fields, "end", int),
        title=field(where, fields, "title", str, ""),
        text=field(where, fields, "text", str, ""),
        score=field(where, fields, "score", float, 0.0),
    )


def _numbers(where: str, fields: Mapping[str, Any], name: str) -> dict[str, float]:
    return {key: typed(where, key, value, float) for key, value in field(where, fields, name, dict).items()}
