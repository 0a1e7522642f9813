"""What was found for a question to the chance that it answers: the features, and the fitted sum of them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from askdocs.index import OpenIndex, text_with_title
from askdocs.reranking import Reranking, coverage, term_weights
from askdocs.terms import terms

_JUDGED_HITS = 5
_REQUIRED = re.compile(r"(?<=\s)[“‘\"'(]?([A-Z][\w’'-]*|\d[\d.,]*\d|\d)")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for an answer, each between 0 and 1 for most questions.

    `cosine`: of the nearest passage; `sentence_cosine`: of the nearest sentence; `coverage`: the best share of the
    question's terms, weighted by idf, that one passage holds; `sentence_coverage`: that one sentence holds;
    `required`: the share of the question's names and numbers that one passage holds, 1 where it has none.
    """

    cosine: float
    sentence_cosine: float
    coverage: float
    sentence_coverage: float
    required: float


BIAS = -4.0
WEIGHTS = Evidence(cosine=3.0, sentence_cosine=3.0, coverage=2.0, sentence_coverage=1.0, required=1.0)
"""Of a logistic regression; fitted on halves of the question sets: see eval/LOG.md."""


def weigh(query: str, found: Reranking, index: OpenIndex) -> Evidence:
    """Measure what was found for a query."""
    ranking, sentences = found.ranking, found.sentences
    weights = term_weights(index, query)
    needed = required_terms(query)
    texts = [
        text_with_title(index.articles[hit.passage.article_id], hit.passage.text) for hit in ranking.hits[:_JUDGED_HITS]
    ]
    return Evidence(
        cosine=max(ranking.cosines[:_JUDGED_HITS], default=0.0),
        sentence_cosine=max((sentence.cosine for sentence in sentences), default=0.0),
        coverage=max((coverage(weights, text) for text in texts), default=0.0),
        sentence_coverage=max((sentence.coverage for sentence in sentences), default=0.0),
        required=max((_share(needed, text) for text in texts), default=0.0),
    )


def confidence(evidence: Evidence) -> float:
    """Return the estimated chance, 0 to 1, that the articles answer: `1 / (1 + exp(-(bias + weights · evidence)))`."""
    total = BIAS + sum(getattr(WEIGHTS, name) * getattr(evidence, name) for name in Evidence.__slots__)
    return 1 / (1 + math.exp(-total))


def required_terms(query: str) -> Mapping[str, None]:
    """Return the terms of the names and numbers that a question gives, its first word aside."""
    return dict.fromkeys(term for match in _REQUIRED.finditer(query) for term in terms(match[1]))


def _share(needed: Mapping[str, None], text: str) -> float:
    found = set(terms(text))
    return sum(term in found for term in needed) / len(needed) if needed else 1.0
