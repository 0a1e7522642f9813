"""What was found for a question to the chance that it answers: the features, and the fitted sum of them."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from askdocs.index import OpenIndex
from askdocs.judging import coverage, telling, term_weights
from askdocs.naming import names
from askdocs.reranking import UNREAD, Reranking
from askdocs.terms import terms
from askdocs.timeliness import NEAR_ENOUGH

FEATURES = 7
"""The version of the evidence. Raise it when a feature comes, goes or means something else, which a change of what
reranking scores does, too: a calibration fitted to the features before is then refused."""

JUDGED_HITS = 5

FEW = 100
"""Passages, up to which fewer are no better evidence: nothing was fitted on so few."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for an answer, each between 0 and 1 for most questions, and the size of what was searched.

    `cosine`: of the nearest passage; `sentence_cosine`: of the nearest sentence; `coverage`: the greatest share of the
    question's terms, weighted by idf, that one passage holds; `required`: the share of the question's names and numbers
    that the first passage holds, 1 where it has none; `answers`: what reranking gave the best sentence; `terms`: how
    many different terms the question has, 12 or more counting 1, as few of them are met by chance; `timely`: how near
    the best sentence's article appeared to the days that the question names, 1 where it names none or that is near
    enough; `size`: the decimal logarithm of the number of passages searched, at least 2, as among more of them one
    comes near by chance.
    """

    cosine: float
    sentence_cosine: float
    coverage: float
    required: float
    answers: float
    terms: float
    timely: float
    size: float


BIAS = -13.0
WEIGHTS = Evidence(
    cosine=1.5, sentence_cosine=3.3, coverage=2.5, required=1.6, answers=2.9, terms=2.7, timely=8.0, size=-1.4
)
"""Of a logistic regression on five libraries of 182 to 142,489 passages, in which answerable and unanswerable questions
weigh the same: their own, and questions of one library put to another; `timely`, `size` and the bias then by hand.
eval/LOG.md has the tables."""

_MANY_TERMS = 12


def weigh(query: str, found: Reranking, index: OpenIndex) -> Evidence:
    """Measure what was found for a query."""
    weights = term_weights(index, query)
    needed = required_terms(query)
    texts = _terms_of_hits(found, index)
    legible = found.ranking.legible
    return Evidence(
        cosine=telling(max(found.ranking.cosines[:JUDGED_HITS], default=0.0), legible),
        sentence_cosine=telling(max((sentence.cosine for sentence in found.sentences), default=0.0), legible),
        coverage=max((coverage(weights, text) for text in texts), default=0.0),
        required=_share(needed, texts[0]) if texts else 0.0,
        answers=max((sentence.answers for sentence in found.sentences), default=0.0),
        terms=min(len(weights), _MANY_TERMS) / _MANY_TERMS,
        timely=min(1.0, found.sentences[0].timely / NEAR_ENOUGH) if found.sentences else 1.0,
        size=math.log10(max(FEW, found.ranking.passages)),
    )


def _terms_of_hits(found: Reranking, index: OpenIndex) -> list[set[str]]:
    """Return the search terms of the best hits with their titles; those of sentences that were read are known."""
    of_hits = []
    for row in found.ranking.rows[:JUDGED_HITS]:
        article = index.articles.at(int(index.passages.article_rows[row]))
        held = set(terms(article.title))
        rows = index.passages.sentence_rows(row)
        for sentence, (start, end) in zip(rows, index.sentences.places(rows), strict=True):
            read = found.read.get(sentence)
            held |= read.terms if read else frozenset(terms(article.text[start:end]))
        of_hits.append(held)
    return of_hits


def confidence(
    evidence: Evidence,
    reads: float = 1.0,
    doubt: float = UNREAD,
    bias: float = BIAS,
    weights: Evidence = WEIGHTS,
) -> float:
    """Return the estimated chance that the articles answer: `reads / (1 + exp(doubt - (bias + weights · evidence)))`.

    By the evidence it is the chance that what was found is on the subject, and `reads`, of a close reading, the chance
    that such a thing answers; `doubt` is what is left to doubt for want of one. From 0 to 1, read or not.
    """
    total = bias + sum(getattr(weights, name) * getattr(evidence, name) for name in Evidence.__slots__)
    return reads / (1 + math.exp(doubt - total))


def required_terms(query: str) -> Mapping[str, None]:
    """Return the terms of the names and numbers that a question gives, the first words of its sentences aside."""
    return dict.fromkeys(term for name in names(query) for term in terms(name))


def _share(needed: Mapping[str, None], found: Collection[str]) -> float:
    return sum(term in found for term in needed) / len(needed) if needed else 1.0
