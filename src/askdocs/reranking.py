"""A ranking to the same hits in a better order, by the sentence in each that answers best, and to those sentences.

A passage is found by what it is about; whether it answers is decided by one sentence of it. The index has a vector for
every sentence, so that the best passages are read sentence by sentence without encoding anything but the question.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from askdocs.datatypes import Article, Span
from askdocs.expected import Expected, expected, holds
from askdocs.index import OpenIndex
from askdocs.retrieval import Ranking
from askdocs.terms import content_terms, terms

READ_HITS = 16
"""Passages whose sentences are read. The sentence wanted is hardly ever further down."""

PASSAGE = 0.25
COSINE = 1.7
COVERAGE = -0.6
DISTINCTIVE = 0.85
NEIGHBOUR = 0.4
TITLE = 0.35
KIND = 0.2
HEADING = -0.1
"""What counts for a sentence, in this order: its passage's score among the hits' · its cosine with the query · its
coverage: the share of the question's terms that it holds, weighted by idf · the same weighted by how few of the
sentences read hold a term, too, so that the subject, which all of them name, counts less than what is asked of it
(that is why plain coverage is subtracted) · the coverage of it and the sentence before · the coverage of its article's
title · whether it holds the number, time or name asked for · whether it is a heading. From pairwise logistic
regressions on either half of four question sets, rounded by hand, then set by hand on whole sets for sentences read in
their blocks; eval/LOG.md has both."""

SENTENCE = 0.6
"""What a passage's best sentence counts beside the passage's own score."""

_STATEMENT = re.compile(r"[.!?。！？।؟…][”’\"')\]]*$")
_HEADING_LENGTH = 90


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a hit. `score`: higher is better; `answers` is the score without the passage's part.

    `row` is its row among all sentences of the index, `terms` are its search terms.
    `cosine` is the query's with the sentence as it stands in its article; `coverage` is between 0 and 1.
    """

    row: int
    article: Article
    span: Span
    terms: frozenset[str]
    score: float
    answers: float
    cosine: float
    coverage: float
    is_heading: bool

    @property
    def text(self) -> str:
        """The sentence's words."""
        return self.article.text[self.span[0] : self.span[1]]


@dataclass(frozen=True, slots=True)
class Reranking:
    """A ranking in its final order, and the sentences of its best hits, best first."""

    ranking: Ranking
    sentences: tuple[Sentence, ...]

    def best(self, k: int) -> Reranking:
        """Return the same with the best `k` hits only."""
        return Reranking(self.ranking.at(range(min(k, len(self.ranking.hits)))), self.sentences)


def term_weights(index: OpenIndex, query: str) -> dict[str, float]:
    """Return each content term of a query with its idf."""
    return {term: index.lexical.weight(term) for term in content_terms(query)}


def coverage(weights: Mapping[str, float], found: Collection[str]) -> float:
    """Return the share of a query's terms, weighted by idf, that are among those of a text: 0 to 1."""
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in found) / total if total else 0.0


def rerank(query: str, ranking: Ranking, index: OpenIndex) -> Reranking:
    """Score the sentences of the best hits, and order the hits by their own score and their best sentence's."""
    sentences = _scored(query, ranking.at(range(min(READ_HITS, len(ranking.hits)))), index)
    answers = {sentence.row: sentence.answers for sentence in sentences}
    scores = [
        hit.score + SENTENCE * max((answers[one] for one in rows if one in answers), default=0.0)
        for hit, rows in zip(ranking.hits, map(index.passages.sentence_rows, ranking.rows), strict=True)
    ]
    order = sorted(range(len(scores)), key=lambda place: -scores[place])
    hits = tuple(
        replace(ranking.hits[place], score=scores[place], rank=rank) for rank, place in enumerate(order, start=1)
    )
    return Reranking(replace(ranking.at(order), hits=hits), tuple(sentences))


@dataclass(frozen=True, slots=True)
class _Read:
    """A sentence before it is scored: its row among all, and what is known of it from its passage and its words."""

    row: int
    article: Article
    span: Span
    passage: float
    terms: frozenset[str]
    before: frozenset[str]
    title: frozenset[str]

    @property
    def text(self) -> str:
        return self.article.text[self.span[0] : self.span[1]]


class _Coverage:
    """`coverage` by some weighted terms, added up once for all sentences that hold the same of them."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = weights
        self._terms = frozenset(weights)
        self._known: dict[frozenset[str], float] = {}

    def of(self, *texts: frozenset[str]) -> float:
        """Return the share that some texts, given as their terms, hold together."""
        held = self._terms & texts[0]
        for text in texts[1:]:
            held |= self._terms & text
        if held not in self._known:
            self._known[held] = coverage(self._weights, held)
        return self._known[held]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked for: coverage by the query's terms, plain and by rarity among the sentences, and what kind."""

    query: str
    plain: _Coverage
    distinctive: _Coverage
    kind: Expected


def _scored(query: str, ranking: Ranking, index: OpenIndex) -> list[Sentence]:
    """Return the sentences of the hits, best first; equal scores in the order of the hits."""
    read = _read(ranking, index)
    if not read:
        return []
    weights = term_weights(index, query)
    asked = _Asked(
        query=query,
        plain=_Coverage(weights),
        distinctive=_Coverage({term: weight * _rarity(term, read) for term, weight in weights.items()}),
        kind=expected(query),
    )
    cosines = index.sentences.cosines([one.row for one in read], ranking.query).tolist()
    sentences = [_judged(one, cosine, asked) for one, cosine in zip(read, cosines, strict=True)]
    return sorted(sentences, key=lambda sentence: -sentence.score)


def _judged(one: _Read, cosine: float, asked: _Asked) -> Sentence:
    """Score a sentence by its vector, its words and those of the sentence before."""
    covered = asked.plain.of(one.terms)
    text = one.text
    is_heading = len(text) < _HEADING_LENGTH and not _STATEMENT.search(text)
    answers = (
        COSINE * cosine
        + COVERAGE * covered
        + DISTINCTIVE * asked.distinctive.of(one.terms)
        + NEIGHBOUR * asked.plain.of(one.terms, one.before)
        + TITLE * asked.plain.of(one.title)
        + KIND * holds(asked.kind, text, asked.query)
        + HEADING * is_heading
    )
    return Sentence(
        row=one.row,
        article=one.article,
        span=one.span,
        terms=one.terms,
        score=answers + PASSAGE * one.passage,
        answers=answers,
        cosine=cosine,
        coverage=covered,
        is_heading=is_heading,
    )


def _read(ranking: Ranking, index: OpenIndex) -> list[_Read]:
    """Return the hits' sentences, each once: with its best passage, and the terms of the sentence before it."""
    found: dict[int, _Read] = {}
    titles: dict[str, frozenset[str]] = {}
    spread = _spread([hit.score for hit in ranking.hits])
    for passage_row, passage in zip(ranking.rows, spread, strict=True):
        article = index.articles.at(int(index.passages.article_rows[passage_row]))
        rows = index.passages.sentence_rows(passage_row)
        if article.id not in titles:
            titles[article.id] = frozenset(terms(article.title))
        before: frozenset[str] = frozenset()
        for row, span in zip(rows, index.sentences.places(rows), strict=True):
            known = found.get(row)
            words = known.terms if known else frozenset(terms(article.text[span[0] : span[1]]))
            if known is None:
                found[row] = _Read(row, article, span, passage, words, before, titles[article.id])
            elif before and not known.before:  # it was the first of a better passage, and this one has the one before
                found[row] = replace(known, before=before)
            before = words
    return list(found.values())


def _rarity(term: str, read: Sequence[_Read]) -> float:
    """Return the idf of a term among the sentences read."""
    holding = sum(term in one.terms for one in read)
    return math.log1p((len(read) - holding + 0.5) / (holding + 0.5))


def _spread(scores: Sequence[float]) -> list[float]:
    """Scale scores to between 0, the least of them, and 1."""
    low, high = min(scores, default=0.0), max(scores, default=0.0)
    return [(score - low) / (high - low) if high > low else 1.0 for score in scores]
