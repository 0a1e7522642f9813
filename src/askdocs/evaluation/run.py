"""A dataset and a library go in; every question is asked once, and a report of all measures comes out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from statistics import fmean
from time import perf_counter
from typing import Any, Protocol

import numpy as np

from askdocs import __version__
from askdocs.datatypes import Answer, Article, Passage, Quote
from askdocs.errors import DatasetError
from askdocs.evaluation import intervals, measures
from askdocs.evaluation.dataset import Dataset, Question
from askdocs.evaluation.intervals import Interval
from askdocs.evaluation.measures import Place
from askdocs.evaluation.names import ORDER
from askdocs.filters import ArticleFilter


class Askable(Protocol):
    """What a library must be able to do to be measured."""

    @property
    def passage_count(self) -> int:
        """The number of passages in the index."""
        ...

    def ask(self, question: str, /, *, within: ArticleFilter | None = None, day: date | None = None) -> Answer:
        """Answer a question of this day from the articles allowed; its hits are the ranking, at most ten."""
        ...

    def article(self, article_id: str, /) -> Article:
        """Return a stored article."""
        ...

    def passages(self, article_id: str, /) -> Sequence[Passage]:
        """Return all passages of a stored article."""
        ...


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one question. `measures` holds those that apply to it and are a mean over questions."""

    question: Question
    answer: Answer
    measures: Mapping[str, float]
    verbatim_quotes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a dataset. Only measures that apply to at least one question are there, in the order of `ORDER`.

    `intervals` holds the 95 % interval of each measure. `seconds` is the time that all questions took to answer.
    """

    dataset: str
    articles: int
    passages: int
    measures: Mapping[str, float]
    intervals: Mapping[str, Interval]
    results: tuple[Result, ...]

    @property
    def seconds(self) -> float:
        """The time that all questions took to answer, without building the index."""
        return sum(result.seconds for result in self.results)

    def latency_ms(self, percentile: float) -> float:
        """Return the milliseconds within which this percentage of questions was answered."""
        return 1000 * float(np.percentile([result.seconds for result in self.results], percentile))

    def to_json(self) -> dict[str, Any]:
        """Return the report as `askdocs eval --json` prints it."""
        return {
            "dataset": self.dataset,
            "questions": len(self.results),
            "articles": self.articles,
            "passages": self.passages,
            "measures": dict(self.measures),
            "intervals": {name: list(interval) for name, interval in self.intervals.items()},
            "seconds": self.seconds,
            "latency_ms": {"p50": self.latency_ms(50), "p95": self.latency_ms(95)},
            "version": __version__,
        }


def evaluate(dataset: Dataset, library: Askable, progress: Callable[[int], None] | None = None) -> Report:
    """Ask every question once and measure the answers.

    `progress` is called with 1 after each question.

    Raises:
        DatasetError: the library holds another text than the dataset does, so that gold positions would mean nothing.
    """
    _check_same_texts(dataset, library)

    @cache
    def places_of(article_id: str) -> list[Place]:
        return _places(library.passages(article_id))

    results = []
    for question in dataset.questions:
        began = perf_counter()
        answer = library.ask(question.text, within=_all_but(question.leave_out, dataset), day=question.day)
        seconds = perf_counter() - began
        shown = sum(_is_verbatim(quote, library) for quote in answer.quotes)
        results.append(Result(question, answer, measure(question, answer, places_of), shown, seconds))
        if progress:
            progress(1)
    values, bounds = summarise(results)
    return Report(dataset.name, len(dataset.articles), library.passage_count, values, bounds, tuple(results))


def _all_but(left_out: Collection[str], dataset: Dataset) -> ArticleFilter | None:
    """Return what allows all articles but these; None where that is every one."""
    if not left_out:
        return None
    return ArticleFilter(articles=tuple(article.id for article in dataset.articles if article.id not in left_out))


def _check_same_texts(dataset: Dataset, library: Askable) -> None:
    gold = {span.article_id for question in dataset.questions for span in question.gold}
    for article in dataset.articles:
        if article.id in gold and library.article(article.id).text != article.text:
            raise DatasetError(
                f"{dataset.name}: the library's text of {article.id!r} is not the dataset's; "
                "build the index from the dataset's own articles"
            )


def _is_verbatim(quote: Quote, library: Askable) -> bool:
    return library.article(quote.article_id).text[quote.start : quote.end] == quote.exact


def _places(found: Iterable[Passage | Quote]) -> list[Place]:
    return [(one.article_id, one.start, one.end) for one in found]


# --- one question -----------------------------------------------------------------------------------------------------


def measure(question: Question, answer: Answer, places_of: Callable[[str], Sequence[Place]]) -> dict[str, float]:
    """Compute every per-question measure that applies; `places_of` gives the passages of an article."""
    if not question.answerable:
        return {"false_answer": float(not answer.abstained)}
    ranking = _places(hit.passage for hit in answer.hits)
    values: dict[str, float] = {}
    if question.gold:
        gold = [(span.article_id, span.start, span.end) for span in question.gold]
        passages = {place for span in gold for place in places_of(span[0])}
        gains = measures.passage_gains(ranking, gold)
        values |= _ranking_measures(gains, units=measures.gold_units(passages, gold))
        values |= _character_measures(ranking, _places(answer.quotes), gold)
    elif question.gold_articles:
        gains = measures.article_gains(ranking, question.gold_articles)
        values |= _ranking_measures(gains, units=len(set(question.gold_articles)))
    if question.answers and question.answer_strong:
        texts = [hit.passage.text for hit in answer.hits]
        values |= {f"answer_hit@{k}": measures.answer_hit(texts, question.answers, k) for k in (1, 5, 10)}
    if values:  # what was found is read beside the length it was found in
        values["chars@5"] = measures.chars(ranking, 5)
    return values | {"false_refusal": float(answer.abstained)}


def _ranking_measures(gains: Sequence[int], units: int) -> dict[str, float]:
    return {
        "nDCG@10": measures.ndcg(gains, units, 10),
        "RR@10": measures.reciprocal_rank(gains, 10),
        **{f"Success@{k}": measures.success(gains, k) for k in (1, 5, 10)},
    }


def _character_measures(ranking: Sequence[Place], quotes: Sequence[Place], gold: Sequence[Place]) -> dict[str, float]:
    return {
        "char_recall@5": measures.char_recall(ranking, gold, 5),
        "char_precision@5": measures.char_precision(ranking, gold, 5),
        "char_iou@5": measures.char_iou(ranking, gold, 5),
        "quote_recall@3": measures.char_recall(quotes, gold, 3),
        "quote_precision@3": measures.char_precision(quotes, gold, 3),
        "quote_f1@3": measures.char_f1(quotes, gold, 3),
        "quote_hit@1": measures.quote_hit(quotes, gold, 1),
        "quote_hit@3": measures.quote_hit(quotes, gold, 3),
    }


# --- all questions ----------------------------------------------------------------------------------------------------


def summarise(results: Sequence[Result]) -> tuple[dict[str, float], dict[str, Interval]]:
    """Return each measure over all questions that it applies to, and each one's 95 % interval."""
    counts = intervals.draw(len(results))
    values: dict[str, float] = {}
    bounds: dict[str, Interval] = {}
    for name in {name for result in results for name in result.measures}:
        values[name] = fmean(result.measures[name] for result in results if name in result.measures)
        parts = [result.measures.get(name, 0.0) for result in results]
        bounds[name] = intervals.ratio_interval(counts, parts, [name in result.measures for result in results])
    if shown := sum(len(result.answer.quotes) for result in results):
        verbatim = [result.verbatim_quotes for result in results]
        values["verbatim"] = sum(verbatim) / shown
        bounds["verbatim"] = intervals.ratio_interval(
            counts, verbatim, [len(result.answer.quotes) for result in results]
        )
    confidence = [result.answer.confidence for result in results]
    kind = [result.question.answerable for result in results]
    if any(kind) and not all(kind):
        values["abstain_auroc"] = measures.auroc(
            [value for value, answerable in zip(confidence, kind, strict=True) if answerable],
            [value for value, answerable in zip(confidence, kind, strict=True) if not answerable],
        )
        bounds["abstain_auroc"] = intervals.auroc_interval(counts, confidence, kind)
    present = [name for name in ORDER if name in values]
    return {name: values[name] for name in present}, {name: bounds[name] for name in present}
