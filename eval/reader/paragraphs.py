"""Paragraphs of the training file of SQuAD 1.1 to passages with the questions that were written for them.

`squad.jsonl.gz` has four near misses for each of 9,600 paragraphs, in the ways in which people make them (Rajpurkar et
al. 2018, "Know What You Don't Know", table 2: a "not", an opposite, another name, two things crossed, a condition that
nothing supports, a thing left open), and two answered questions in the same manner, so that the manner gives nothing
away. Paragraphs and answers are named by their places: their words are the file's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from examples import HERE, Asked, Read, length, rows_of
from squad import title_of

from askdocs.close_reading.excerpts import grown
from askdocs.close_reading.reader import Excerpt
from askdocs.datatypes import Span
from askdocs.sentences import sentence_spans
from askdocs.terms import content_terms

WRITTEN = HERE / "squad.jsonl.gz"


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of an article, its sentences and where they stand in it."""

    article: int
    title: str
    text: str
    spans: Sequence[Span]
    sentences: Sequence[str]

    @classmethod
    def of(cls, row: dict[str, Any], articles: Sequence[dict[str, Any]]) -> Paragraph:
        """Return the one that a row of `squad.jsonl.gz` names."""
        article = articles[row["article"]]
        text = article["paragraphs"][row["paragraph"]]["context"]
        spans = sentence_spans(text)
        return cls(row["article"], title_of(article), text, spans, [text[start:end] for start, end in spans])

    def missed(self, question: str) -> Read:
        """Return a near miss with what is read around the sentence that has most of its terms."""
        terms = set(content_terms(question))
        shared = [len(terms & set(content_terms(sentence))) for sentence in self.sentences]
        _, excerpt = self._around(shared.index(max(shared)))
        return Read(self.article, excerpt, (Asked(question, 0),))

    def answered(self, question: str, start: int, end: int) -> Read | None:
        """Return a question with what is read around its answer; `None` where that goes over a sentence's end."""
        for at, (first, last) in enumerate(self.spans):
            if first <= start and end <= last:
                begin, excerpt = self._around(at)
                answer = (self.text[start:end], start - first)
                return Read(self.article, excerpt, (Asked(question, at - begin + 1, answer),))
        return None

    def _around(self, at: int) -> tuple[int, Excerpt]:
        run = grown(at, range(len(self.sentences)), partial(length, self.sentences))
        return run.start, Excerpt(self.title, tuple(self.sentences[run.start : run.stop]))


def of_paragraphs(file: Path) -> list[Read]:
    """Return all questions that were written for paragraphs of the file."""
    return list(_reads(json.loads(file.read_text(encoding="utf-8"))["data"]))


def _reads(articles: Sequence[dict[str, Any]]) -> Iterator[Read]:
    for row in rows_of(WRITTEN):
        paragraph = Paragraph.of(row, articles)
        yield from map(paragraph.missed, row["missed"])
        yield from (read for asked in row["asked"] if (read := paragraph.answered(*asked)) is not None)
