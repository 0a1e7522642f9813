"""What a reader (`train.py`) would bring: near misses told from answers, and the best sentence, beside askdocs without.

    python eval/reader/measure.py DATASET [DATASET ...] [--reader eval/runs/reader.safetensors]

Each question is asked as `askdocs eval` asks it. The excerpts around its two best sentences are read with it: the
sentence, then one before, one after and so on, up to five and to about 420 characters. Printed are the AUROC of the
surer of the two readings, and of the confidence's logit with 0 to 0.6 of it; and how often the sentence that is first
by askdocs' score with 0 to 0.2 of its own reading touches a gold span.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from pathlib import Path

from train import OUT, Example, Read, Reading, example, load, read, tokenizer_of

from askdocs.answering.evidence import confidence, weigh
from askdocs.encoding import Encoder, load_encoder
from askdocs.encoding.models import model_folder
from askdocs.evaluation import load_dataset
from askdocs.evaluation.dataset import Question
from askdocs.evaluation.index_cache import cached_index, index_name, indexes_folder
from askdocs.evaluation.measures import auroc
from askdocs.index import OpenIndex, build_index
from askdocs.judging import Sentence
from askdocs.reranking import READ_HITS, Reranking, rerank
from askdocs.retrieval import Retriever
from askdocs.settings import BUNDLED_ENCODER, Settings
from askdocs.timeliness import days_published, times

EXCERPTS = 2
BEST = 8
"""Sentences, best first, around which excerpts are looked for."""

ENOUGH, LONGEST, SENTENCES = 420, 700, 5
SHARES = (0.0, 0.2, 0.4, 0.6)
OF_SENTENCES = (0.0, 0.1, 0.2)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, what was found for it, the confidence, and the rows of the excerpts to read."""

    question: Question
    found: Reranking
    sure: float
    excerpts: list[range]


def rows_around(sentence: Sentence, index: OpenIndex) -> range:
    """Return the rows of a sentence and of those around it in its article that are read with it."""
    passages = index.passages.rows_of(index.passages.article_of_sentence(sentence.row))
    first = index.passages.sentence_rows(passages.start).start
    last = index.passages.sentence_rows(passages.stop - 1).stop
    rows = range(sentence.row, sentence.row + 1)
    while len(rows) < SENTENCES and _length(rows, index) < ENOUGH:
        before, after = range(rows.start - 1, rows.stop), range(rows.start, rows.stop + 1)
        turns = (before, after) if len(rows) % 2 else (after, before)
        longer = next((one for one in turns if first <= one.start and one.stop <= last), None)
        if longer is None or _length(longer, index) > LONGEST:
            break
        rows = longer
    return rows


def _length(rows: range, index: OpenIndex) -> int:
    places = index.sentences.places(rows)
    return places[-1][1] - places[0][0]


def asked(folder: Path, encoder: Encoder) -> tuple[OpenIndex, list[Asked]]:
    """Ask all questions of a dataset."""
    dataset, settings = load_dataset(folder), Settings()
    name = index_name(dataset.articles, settings.passages, encoder.fingerprint)
    index = cached_index(
        indexes_folder(), name, lambda made: build_index(dataset.articles, made, encoder, settings.passages)
    )
    retriever = Retriever(index, encoder, settings.retrieval)
    published = days_published(index.articles.summaries)
    every = []
    for question in dataset.questions:
        day = None if question.day is None else times(question.text, question.day, published)
        found = rerank(question.text, retriever.rank(question.text, READ_HITS, None, day), index)
        sure = confidence(weigh(question.text, found.best(settings.answers.hits), index))
        excerpts: list[range] = []
        for sentence in found.sentences[:BEST]:
            if len(excerpts) < EXCERPTS and not any(sentence.row in rows for rows in excerpts):
                excerpts.append(rows_around(sentence, index))
        every.append(Asked(question, found, sure, excerpts))
    return index, every


def readings_of(index: OpenIndex, every: list[Asked], network: Reading) -> list[list[tuple[float, list[float]]]]:
    """Read each question with its excerpts."""
    tokenizer = tokenizer_of(model_folder(BUNDLED_ENCODER))
    rows: list[Example] = []
    for one in every:
        for excerpt in one.excerpts:
            article = index.articles.at(index.passages.article_of_sentence(excerpt.start))
            words = tuple(article.text[start:end] for start, end in index.sentences.places(excerpt))
            rows.append(example(tokenizer, Read(0, article.title, words), one.question.text, 0))
    order = sorted(range(len(rows)), key=lambda place: len(rows[place].ids))
    found = dict(zip(order, read(network, [rows[place] for place in order]), strict=True))
    numbers = iter(range(len(rows)))
    return [[found[next(numbers)] for _ in one.excerpts] for one in every]


def told_apart(every: list[Asked], readings: list[list[tuple[float, list[float]]]]) -> list[str]:
    """Return the AUROC of the confidence, of the readings, and of both."""

    def score(share: float, *, alone: bool = False) -> str:
        sure: dict[bool, list[float]] = {True: [], False: []}
        for one, found in zip(every, readings, strict=True):
            best = max((answers for answers, _ in found), default=0.0)
            logit = 0.0 if alone else math.log(one.sure / (1 - one.sure))
            sure[one.question.answerable].append(logit + share * best)
        return f"{auroc(sure[True], sure[False]):.3f}"

    return [score(1.0, alone=True), *(score(share) for share in SHARES)]


def first_right(every: list[Asked], readings: list[list[tuple[float, list[float]]]]) -> list[str]:
    """Return how often the best sentence touches gold, by the share that its reading has in its score."""
    told = []
    for share in OF_SENTENCES:
        right = []
        for one, found in zip(every, readings, strict=True):
            if not one.question.gold or not one.excerpts:
                continue
            scored = [
                (one.found.read[row].score + share * logit, one.found.read[row])
                for rows, (_, logits) in zip(one.excerpts, found, strict=True)
                for row, logit in zip(rows, logits, strict=False)
                if row in one.found.read
            ]
            best = max(scored, key=lambda pair: pair[0])[1]
            start, end = best.span
            right.append(
                any(
                    gold.article_id == best.article.id and gold.start < end and start < gold.end
                    for gold in one.question.gold
                )
            )
        told.append(f"{sum(right) / len(right):.3f}" if right else "")
    return told


def main() -> None:
    """Print a table, a row for each dataset."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", nargs="+", type=Path, metavar="DATASET")
    parser.add_argument("--reader", type=Path, default=OUT)
    given = parser.parse_args()
    network, encoder = load(given.reader), load_encoder(BUNDLED_ENCODER)
    names = ["reader", *(f"confidence + {share}" for share in SHARES), *(f"sentence + {one}" for one in OF_SENTENCES)]
    print(f"| dataset | {' | '.join(names)} |\n|{'---|' * (len(names) + 1)}")
    for folder in given.datasets:
        index, every = asked(folder, encoder)
        readings = readings_of(index, every, network)
        both = {one.question.answerable for one in every} == {True, False}
        cells = told_apart(every, readings) if both else [""] * (1 + len(SHARES))
        print(f"| {folder.name} | {' | '.join([*cells, *first_right(every, readings)])} |", flush=True)


if __name__ == "__main__":
    main()
