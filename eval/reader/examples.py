"""The questions written for the reader, with their passages, to examples of token numbers.

`news.jsonl.gz` has, for each of 3,520 passages of news, three questions that a sentence of it answers, three near
misses, and three of its questions with a word or two changed so that it answers them no more. The passages' words are
the publishers': they are taken from the news dataset, by article and place. `written.jsonl.gz` has passages written for
this, in the manner of encyclopaedias, newspapers and reports, and for three or four facts of each two questions and two
near misses.

A near miss looks as if its passage answered it. Most passages that a question is read with in use are further off than
that, so some questions stand beside the passage of another that has most of their words.
"""

from __future__ import annotations

import gzip
import json
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from askdocs.close_reading.excerpts import grown
from askdocs.close_reading.reader import Excerpt, packed
from askdocs.evaluation import load_dataset
from askdocs.terms import content_terms

HERE = Path(__file__).resolve().parent
NEWS_QUESTIONS, WRITTEN = HERE / "news.jsonl.gz", HERE / "written.jsonl.gz"

HELD_OUT = 20
"""One passage in so many is held out."""

NO_MORE = 1.25
"""How many times as many near misses as answerable questions may begin with the same two words, and `SPARE` more."""

SPARE = 8

COMMON = 0.05
"""Terms that more than this share of the passages hold do not say which of them is near a question."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the sentence that answers it, counted from 1; 0 where none does."""

    question: str
    answer: int
    span: tuple[str, int] | None = None
    """The answer's own words, and where in that sentence they begin, in characters; `None` where unknown."""


@dataclass(frozen=True, slots=True)
class Read:
    """A passage and what is asked of it. `number` is its own among all passages."""

    number: int
    excerpt: Excerpt
    asked: tuple[Asked, ...]

    @property
    def held_out(self) -> bool:
        """Whether nothing is trained on it."""
        return self.number % HELD_OUT == 0


@dataclass(frozen=True, slots=True)
class Example:
    """Token numbers, each token's segment and sentence (0 for none), and the sentence that answers, 0 for none."""

    ids: list[int]
    segments: list[int]
    sentences: list[int]
    answer: int
    question: str
    ends: tuple[int, int] | None = None
    """The first and the last token of the answer's own words, both 0 for none; `None` where unknown."""


def of_news(news: Path, most: int | None = None) -> list[Read]:
    """Return the passages of the news dataset in a folder with their questions, or the first of them.

    Every other passage goes without those near misses that are not one of its questions changed, so that there are
    about as many of the one kind as of the other.
    """
    articles = {article.id: article for article in load_dataset(news).articles}
    found = []
    for number, row in enumerate(rows_of(NEWS_QUESTIONS, most)):
        article = articles[row["article"]]
        asked = [Asked(text, place + 1) for text, place in row["answerable"]]
        missed = [*row["edited"], *(() if number % 2 else row["near_misses"])]
        excerpt = Excerpt(article.title, tuple(article.text[start:end] for start, end in row["sentences"]))
        found.append(Read(number, excerpt, (*asked, *(Asked(text, 0) for text in missed))))
    return found


def written(first: int, most: int | None = None) -> list[Read]:
    """Return the passages that were written for this, numbered from `first`, once for each fact asked about.

    Of each as much is taken, around the sentence of the fact, as is read of an article in use.
    """
    found = []
    for number, row in enumerate(rows_of(WRITTEN, most), start=first):
        sentences = row["sentences"]
        for fact in row["facts"]:
            run = grown(fact["sentence"], range(len(sentences)), partial(length, sentences))
            answer = fact["sentence"] - run.start + 1
            asked = [Asked(text, answer) for text in fact["asked"]] + [Asked(text, 0) for text in fact["missed"]]
            excerpt = Excerpt(row["title"], tuple(sentences[run.start : run.stop]))
            found.append(Read(number, excerpt, tuple(asked)))
    return found


def length(sentences: Sequence[str], run: range) -> int:
    """Return how many characters a run of sentences has."""
    return len(" ".join(sentences[run.start : run.stop]))


def rows_of(file: Path, most: int | None = None) -> Iterator[Any]:
    """Yield the first rows of a file of questions, or all."""
    return map(json.loads, gzip.decompress(file.read_bytes()).decode().splitlines()[:most])


def elsewhere(passages: Sequence[Read], chance: random.Random) -> list[Read]:
    """Return for each passage one of its questions beside the passage of another title that has most of its terms.

    None is held out, and none is read beside a passage that is.
    """
    passages = [one for one in passages if not one.held_out]
    terms = [frozenset(term for text in one.excerpt.sentences for term in content_terms(text)) for one in passages]
    holding: dict[str, list[int]] = defaultdict(list)
    for place, found in enumerate(terms):
        for term in found:
            holding[term].append(place)
    moved = []
    for one in passages:
        asked = chance.choice([asked for asked in one.asked if asked.answer]).question
        near: dict[int, float] = defaultdict(float)
        for places in (holding[term] for term in set(content_terms(asked))):
            if len(places) <= COMMON * len(passages):
                for place in places:
                    if passages[place].excerpt.title != one.excerpt.title:
                        near[place] += math.log(len(passages) / len(places))
        if near:
            nearest = passages[max(near, key=near.__getitem__)]
            moved.append(Read(one.number, nearest.excerpt, (Asked(asked, 0),)))
    return moved


def balanced(passages: Sequence[Read], chance: random.Random) -> list[Read]:
    """Leave out near misses whose first two words would give them away."""

    def beginning(asked: Asked) -> str:
        return " ".join(asked.question.lower().split()[:2])

    every = [asked for one in passages for asked in one.asked]
    answered = Counter(beginning(asked) for asked in every if asked.answer)
    missed = Counter(beginning(asked) for asked in every if not asked.answer)

    def kept(asked: Asked) -> bool:
        begins = beginning(asked)
        return asked.answer > 0 or chance.random() * missed[begins] < NO_MORE * (answered[begins] + SPARE)

    return [Read(one.number, one.excerpt, tuple(filter(kept, one.asked))) for one in passages]


def examples(tokenizer: Any, passages: Sequence[Read]) -> list[Example]:
    """Return all questions with their passages, but for those whose answer is beyond what is read."""
    found = [example(tokenizer, one.excerpt, asked) for one in passages for asked in one.asked]
    return [one for one in found if not one.answer or one.answer in one.sentences]


def example(tokenizer: Any, excerpt: Excerpt, asked: Asked) -> Example:
    """Return one question with its passage as the reader packs them."""
    ids, begin, runs, _ = packed(tokenizer, asked.question, excerpt)
    sentences = [0] * len(ids)
    for number, (first, end) in enumerate(runs, start=1):
        sentences[first:end] = [number] * (end - first)
    segments = [0] * begin + [1] * (len(ids) - begin)
    ends = None if asked.answer else (0, 0)
    if asked.span is not None and 0 < asked.answer <= len(runs):
        ends = _ends(tokenizer, excerpt.sentences[asked.answer - 1], asked.span, runs[asked.answer - 1])
    return Example(ids, segments, sentences, asked.answer, asked.question, ends)


def _ends(tokenizer: Any, sentence: str, span: tuple[str, int], run: tuple[int, int]) -> tuple[int, int] | None:
    """Return the first and last token of an answer in its sentence, whose tokens are a run of all; `None` if cut."""
    words, place = span
    start = len(" ".join([*sentence[:place].split(), ""]))  # white space was made single blanks
    end = start + len(" ".join(words.split()))
    offsets = tokenizer.encode(" ".join(sentence.split()), add_special_tokens=False).offsets
    inside = [number for number, (begin, until) in enumerate(offsets) if begin < end and start < until]
    if not inside or run[0] + inside[-1] >= run[1]:
        return None
    return run[0] + inside[0], run[0] + inside[-1]
