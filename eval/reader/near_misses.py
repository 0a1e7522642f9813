"""A question, and the article that answers it, to questions and passages that look alike and do not answer.

They are made in three ways. The question stands beside the sentences of its article that have most of its terms but not
its answer. Or a name, number or word that the question and the answering sentence share is another in the question; or
it is another in the passage. So that a changed word does not give a near miss away, passages that do answer are changed
too, where neither question nor answer has the word.
"""

from __future__ import annotations

import math
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from examples import length
from words import Word, plain, words_of

from askdocs.close_reading.excerpts import grown
from askdocs.terms import content_terms

OPPOSITES = dict(line.split() for line in Path(__file__).with_name("opposites.txt").read_text().splitlines())
"""For one word another of the same form that says something else."""

MADE = 0.5
"""The share of questions for which a near miss of each of the three kinds is made, where it can be."""

OPPOSED = 0.7
"""How often a word that has an opposite is changed to that."""

MOVED = 0.5
"""How often a year is changed to one near it."""

NEGATED = 0.08
"""Share of the changed questions that get a "not" instead."""

_YEARS = range(1000, 2100)
_NEAR_YEARS = 20
_FEW_NAMES = 4
_TRIES = 8
_NEAREST = 12
_VERB = re.compile(r"\b(did|does|do|was|were|is|are|can|could|has|have|had|will|would)\b")
_NOT = {"can": "can't", "will": "won't"}

Passage = Sequence[str]
"""Sentences that follow each other."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the paragraph and the sentence of it that answers, and where in that sentence the answer stands."""

    text: str
    paragraph: int
    sentence: int
    answer: str
    start: int


@dataclass(frozen=True)
class Topic:
    """An article: its paragraphs' sentences, its questions, and by `Word.kind` what may take each other's place."""

    number: int
    title: str
    paragraphs: list[list[str]]
    questions: list[Question]
    pools: dict[tuple[str, ...], list[str]]

    def nearest(self, question: str) -> list[tuple[int, int]]:
        """Return the paragraphs and places in these of the sentences with most of a question's terms, best first."""
        score: dict[int, float] = defaultdict(float)
        for term in sorted(set(content_terms(question))):
            numbers = self._holding.get(term, [])
            for number in numbers:
                score[number] += math.log(1 + len(self._places) / len(numbers))
        best = sorted(score, key=score.__getitem__, reverse=True)[:_NEAREST]
        return [self._places[number] for number in best]

    @cached_property
    def _places(self) -> list[tuple[int, int]]:
        return [(one, at) for one, sentences in enumerate(self.paragraphs) for at in range(len(sentences))]

    @cached_property
    def _holding(self) -> dict[str, list[int]]:
        """The numbers of the sentences that hold each term."""
        holding: dict[str, list[int]] = defaultdict(list)
        for number, (one, at) in enumerate(self._places):
            for term in set(content_terms(self.paragraphs[one][at])):
                holding[term].append(number)
        return dict(holding)


def near_misses(
    question: Question, passage: Passage, at: int, topic: Topic, chance: random.Random
) -> Iterator[tuple[str, Passage]]:
    """Yield questions, each with a passage that does not answer it; sentence `at` of `passage` answers `question`."""
    if chance.random() < MADE and (elsewhere := _unanswering(question, topic)) is not None:
        yield question.text, elsewhere
    if chance.random() < MADE and (text := _question_changed(question, passage[at], topic, chance)) is not None:
        yield text, passage
    if chance.random() < MADE and (changed := _passage_changed(question, passage, at, topic, chance)) is not None:
        yield question.text, changed


def irrelevantly_changed(
    question: Question, passage: Passage, at: int, topic: Topic, chance: random.Random
) -> tuple[Passage, int] | None:
    """Return a passage with a word changed that question and answer do not have, and where the answer begins now."""
    barred = set(content_terms(question.text)) | set(content_terms(question.answer))
    words = [(number, word) for number, sentence in enumerate(passage) for word in words_of(sentence)]
    for number, word in chance.sample(words, len(words)):
        answers = number == at and word.start < question.start + len(question.answer) and question.start < word.end
        if answers or barred & set(content_terms(word.text)):
            continue
        if found := _another(word, " ".join(passage) + " " + question.text, topic, chance):
            changed = passage[number][: word.start] + found + passage[number][word.end :]
            moved = len(found) - (word.end - word.start) if number == at and word.end <= question.start else 0
            return (*passage[:number], changed, *passage[number + 1 :]), question.start + moved
    return None


def _unanswering(question: Question, topic: Topic) -> Passage | None:
    answer = f" {plain(question.answer)} "
    for paragraph, at in topic.nearest(question.text):
        sentences = topic.paragraphs[paragraph]
        within = range(len(sentences))
        if paragraph == question.paragraph:
            if at == question.sentence:
                continue
            within = within[: question.sentence] if at < question.sentence else within[question.sentence + 1 :]
        run = grown(at, within, partial(length, sentences))
        passage = sentences[run.start : run.stop]
        if answer not in f" {plain(' '.join(passage))} ":
            return passage
    return None


def _question_changed(question: Question, sentence: str, topic: Topic, chance: random.Random) -> str | None:
    text = question.text
    if chance.random() < NEGATED and (verb := _VERB.search(text)):
        negated = chance.choice((_NOT.get(verb[0], f"{verb[0]}n't"), f"{verb[0]} not"))
        return text[: verb.start()] + negated + text[verb.end() :]
    for word in _shared(question, sentence, chance):
        if found := _another(word, sentence + " " + text, topic, chance):
            return text[: word.start] + found + text[word.end :]
    return None


def _passage_changed(
    question: Question, passage: Passage, at: int, topic: Topic, chance: random.Random
) -> Passage | None:
    for word in _shared(question, passage[at], chance):
        if found := _another(word, " ".join(passage) + " " + question.text, topic, chance):
            pattern = re.compile(rf"(?<!\w){re.escape(word.text)}(?!\w)", re.IGNORECASE)
            return [found.join(pattern.split(sentence)) for sentence in passage]
    return None


def _shared(question: Question, sentence: str, chance: random.Random) -> list[Word]:
    """Return the words of a question that the answering sentence has outside of the answer, in any order."""
    end = question.start + len(question.answer)
    rest = f" {plain(sentence[: question.start] + ' ' + sentence[end:])} "
    words = [word for word in words_of(question.text) if f" {plain(word.text)} " in rest]
    return chance.sample(words, len(words))


def _another(word: Word, unlike: str, topic: Topic, chance: random.Random) -> str | None:
    """Return what could stand in a word's place and shares no term with a text; an opposite or a near year may."""
    if word.text in OPPOSITES and chance.random() < OPPOSED:
        return OPPOSITES[word.text]
    if word.text.isdigit() and int(word.text) in _YEARS and chance.random() < MOVED:
        return str(int(word.text) + chance.choice((-1, 1)) * chance.randint(1, _NEAR_YEARS))
    barred = set(content_terms(unlike)) | set(content_terms(word.text))
    pool = topic.pools.get(word.kind, [])
    if word.text[0].isupper() and len(pool) < _FEW_NAMES:
        pool = [one for kind, names in topic.pools.items() if kind[0] == "name" for one in names]
    for found in (chance.choice(pool) for _ in range(_TRIES if pool else 0)):
        if content_terms(found) and not barred & set(content_terms(found)):
            return found
    return None
