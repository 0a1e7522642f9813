"""The training file of SQuAD 1.1 to its articles, and those to passages with questions that people asked of them.

The file is its authors' (Rajpurkar et al. 2016, CC BY-SA 4.0): `train-v1.1.json`, sha256 35276639…, 87,599 questions on
442 articles of Wikipedia. Every question is answered in it; `near_misses.py` makes those that are not.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from examples import Asked, Read, length
from near_misses import Question, Topic, irrelevantly_changed, near_misses
from words import words_of

from askdocs.close_reading.excerpts import grown
from askdocs.close_reading.reader import Excerpt
from askdocs.sentences import sentence_spans

BESIDE = 0.3
"""The share of passages that are grown around a sentence beside the one that answers, as search finds them."""

UNCHANGED = 0.5
"""The share of answered questions whose passage stays as it is: in others a word is changed that does not matter."""


def of_squad(file: Path, share: float, chance: random.Random) -> list[Read]:
    """Return a share of the file's questions, each with a passage that answers it, and near misses made of them."""
    found: list[Read] = []
    for number, row in enumerate(json.loads(file.read_text(encoding="utf-8"))["data"]):
        topic = _topic(number, row)
        for question in topic.questions:
            if chance.random() < share:
                found.extend(_read(question, topic, chance))
    return found


def title_of(article: dict[str, Any]) -> str:
    """Return an article's title as people write it."""
    return unquote(article["title"]).replace("_", " ")


def _topic(number: int, row: dict[str, Any]) -> Topic:
    paragraphs: list[list[str]] = []
    questions: list[Question] = []
    for place, paragraph in enumerate(row["paragraphs"]):
        text = paragraph["context"]
        spans = sentence_spans(text)
        paragraphs.append([text[start:end] for start, end in spans])
        for asked in paragraph["qas"]:
            answer = asked["answers"][0]
            start, end = answer["answer_start"], answer["answer_start"] + len(answer["text"])
            holding = (at for at, span in enumerate(spans) if span[0] <= start and end <= span[1])
            if (at := next(holding, None)) is not None:  # few answers go over the end of a sentence
                words = " ".join(asked["question"].split())
                questions.append(Question(words, place, at, answer["text"], start - spans[at][0]))
    pools: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for text in (*(one for sentences in paragraphs for one in sentences), *(question.text for question in questions)):
        for word in words_of(text):
            pools[word.kind].append(word.text)
    return Topic(number, title_of(row), paragraphs, questions, dict(pools))


def _read(question: Question, topic: Topic, chance: random.Random) -> Iterator[Read]:
    """Yield the passage that answers a question, and near misses."""
    sentences = topic.paragraphs[question.paragraph]
    around = question.sentence
    if chance.random() < BESIDE:
        around = min(len(sentences) - 1, max(0, around + chance.choice((-1, 1))))
    run = grown(around, range(len(sentences)), partial(length, sentences))
    if question.sentence not in run:
        run = grown(question.sentence, range(len(sentences)), partial(length, sentences))
    passage, at = tuple(sentences[run.start : run.stop]), question.sentence - run.start
    changed = None if chance.random() < UNCHANGED else irrelevantly_changed(question, passage, at, topic, chance)
    shown, start = changed or (passage, question.start)
    yield Read(
        topic.number, Excerpt(topic.title, tuple(shown)), (Asked(question.text, at + 1, (question.answer, start)),)
    )
    for words, missed in near_misses(question, passage, at, topic, chance):
        yield Read(topic.number, Excerpt(topic.title, tuple(missed)), (Asked(words, 0),))
