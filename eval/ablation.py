"""What each stage brings: a dataset's measures with one stage after the other off, as rows of a Markdown table.

    python eval/ablation.py DATASET [DATASET ...] [--questions N]

A stage is off by its setting where it has one, else by the number that it counts with; the abstention is the shipped
one throughout, so that quotes are compared at one operating point.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from askdocs import fitting, judging, reranking
from askdocs.answering import neighbours
from askdocs.encoding import Encoder, load_encoder
from askdocs.evaluation import Dataset, evaluate, load_dataset
from askdocs.evaluation.index_cache import cached_index, index_name, indexes_folder
from askdocs.index import OpenIndex, build_index
from askdocs.library import Library
from askdocs.settings import Settings, load_settings

MEASURES = (
    *("nDCG@10", "Success@1", "Success@5", "answer_hit@1", "char_recall@5", "chars@5", "char_iou@5"),
    *("quote_f1@3", "quote_recall@3", "quote_hit@1", "quote_hit@3", "abstain_auroc", "false_answer", "false_refusal"),
)


Change = Callable[[Settings], Settings]


def _nothing(settings: Settings) -> Settings:
    return settings


def _retrieval(**values: Any) -> Change:
    return lambda settings: replace(settings, retrieval=replace(settings.retrieval, **values))


def _answers(**values: Any) -> Change:
    return lambda settings: replace(settings, answers=replace(settings.answers, **values))


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage and how it is switched off: by other settings, and by the numbers of modules, given by their names."""

    name: str
    change: Change = _nothing
    numbers: Sequence[tuple[ModuleType, str, float]] = ()


STAGES = (
    Stage("nothing off"),
    Stage("no cosines of passages", _retrieval(dense_weight=0.0)),
    Stage("no BM25 of passages", _retrieval(dense_weight=1.0)),
    Stage("no days", _retrieval(timely=0.0, lately=0.0), numbers=[(judging, "TIMELY", 0.0)]),
    Stage("no order by the best sentence", numbers=[(reranking, "SENTENCE", 0.0)]),
    Stage("no cosines of sentences", numbers=[(judging, "COSINE", 0.0)]),
    Stage("no rarity among the sentences", numbers=[(judging, "DISTINCTIVE", 0.0), (judging, "COVERAGE", 0.25)]),
    Stage("no sentence before", numbers=[(judging, "NEIGHBOUR", 0.0)]),
    Stage("no title", numbers=[(judging, "TITLE", 0.0)]),
    Stage("no kind of answer", numbers=[(judging, "KIND", 0.0)]),
    Stage("hits as they were cut", _retrieval(margin=None)),
    Stage("all hits of one margin", numbers=[(fitting, "NARROWING", 0.0)]),
    Stage("articles as often as found", _retrieval(repeated=0.0)),
    Stage("quotes of one sentence", numbers=[(neighbours, "MOST", 1)]),
    Stage("no second article", _answers(second_article_share=1.0)),
    Stage("no close reading", _answers(reader=False)),
)


@contextmanager
def off(stage: Stage, settings: Settings) -> Iterator[Settings]:
    """Switch a stage off, and on again afterwards; give the settings to open a library with."""
    before = [(module, name, getattr(module, name)) for module, name, _ in stage.numbers]
    try:
        for module, name, value in stage.numbers:
            setattr(module, name, value)
        yield stage.change(settings)
    finally:
        for module, name, value in before:
            setattr(module, name, value)


def index_of(dataset: Dataset, encoder: Encoder, settings: Settings) -> OpenIndex:
    """Return the dataset's index, which `askdocs eval` keeps as well."""
    name = index_name(dataset.articles, settings.passages, encoder.fingerprint)
    return cached_index(
        indexes_folder(), name, lambda folder: build_index(dataset.articles, folder, encoder, settings.passages)
    )


def _shown(name: str, value: float) -> str:
    return f"{value:,.0f}" if name == "chars@5" else f"{value:.3f}"


def main() -> None:
    """Print a table for each dataset."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("datasets", nargs="+", type=Path, metavar="DATASET")
    options.add_argument("--questions", type=int, help="only so many of each dataset")
    given = options.parse_args()
    settings = load_settings()
    encoder = load_encoder(settings.encoder, settings.engine, settings.device)
    for path in given.datasets:
        dataset = load_dataset(path)
        index = index_of(dataset, encoder, settings)
        if given.questions:
            dataset = replace(dataset, questions=dataset.questions[: given.questions])
        names: list[str] = []
        for stage in STAGES:
            with off(stage, settings) as changed:
                measures = evaluate(dataset, Library(index, encoder, changed)).measures
            if not names:
                names = [name for name in MEASURES if name in measures]
                print(f"\n| {dataset.name} | {' | '.join(names)} |\n|{'---|' * (len(names) + 1)}")
            told = " | ".join(_shown(name, measures[name]) for name in names)
            print(f"| {stage.name} | {told} |")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
