"""A ranking to its sentences, each with a score: how well it answers by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from askdocs.answering.expected import expected, holds
from askdocs.datatypes import Article, Hit, Span
from askdocs.encoding.protocol import Encoder
from askdocs.index import OpenIndex
from askdocs.retrieval import Ranking
from askdocs.sentences import sentence_spans
from askdocs.terms import content_terms, terms

READ_HITS = 8
"""Passages whose sentences are read. The sentence wanted is hardly ever further down."""

READ_SENTENCES = 48
"""Sentences that are encoded for a question: what an answer's time is spent on."""

PASSAGE, COVERAGE, KIND = 0.5, 0.7, 0.15
"""What counts beside a sentence's cosine, with its passage's score, the share of the question's terms that it holds, and
whether it has the number, time or name that is asked for. Fitted on half of three question sets: see eval/LOG.md."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a hit. `score`: higher is better; `cosine` and `coverage` are between 0 and 1 for most sentences."""

    article: Article
    span: Span
    score: float
    cosine: float
    coverage: float

    @property
    def text(self) -> str:
        """The sentence's words."""
        return self.article.text[self.span[0] : self.span[1]]


def term_weights(index: OpenIndex, query: str) -> dict[str, float]:
    """Return each content term of a query with its idf."""
    return {term: index.lexical.weight(term) for term in content_terms(query)}


def coverage(weights: Mapping[str, float], text: str) -> float:
    """Return the share of a query's terms, weighted by idf, that occur in a text: 0 to 1."""
    total = sum(weights.values())
    found = set(terms(text))
    return sum(weight for term, weight in weights.items() if term in found) / total if total else 0.0


def scored_sentences(question: str, query: str, ranking: Ranking, index: OpenIndex, encoder: Encoder) -> list[Sentence]:
    """Return the sentences of the best hits, best first; equal scores in reading order."""
    weights = term_weights(index, query)
    read = _read(ranking.hits[:READ_HITS], index.articles, weights)
    vectors = encoder.encode_document([article.text[start:end] for article, (start, end), _, _ in read])
    cosines = vectors @ ranking.query if read else np.zeros(0, np.float32)
    kind = expected(question)
    sentences = [
        Sentence(
            article,
            span,
            PASSAGE * passage_score
            + float(cosine)
            + COVERAGE * covered
            + KIND * holds(kind, article.text[span[0] : span[1]], query),
            float(cosine),
            covered,
        )
        for (article, span, passage_score, covered), cosine in zip(read, cosines, strict=True)
    ]
    return sorted(sentences, key=lambda sentence: -sentence.score)


def _read(
    hits: Sequence[Hit], articles: Mapping[str, Article], weights: Mapping[str, float]
) -> list[tuple[Article, Span, float, float]]:
    """Return the hits' sentences with their passage's score and coverage, each once, the most promising ones only."""
    found: dict[tuple[str, Span], tuple[Article, Span, float, float]] = {}
    for hit, score in zip(hits, _spread([hit.score for hit in hits]), strict=True):
        article = articles[hit.passage.article_id]
        for span in sentence_spans(article.text, [(hit.passage.start, hit.passage.end)]):
            covered = coverage(weights, article.text[span[0] : span[1]])
            found.setdefault((article.id, span), (article, span, score, covered))
    if len(found) <= READ_SENTENCES:
        return list(found.values())
    promising = sorted(found.values(), key=lambda entry: -(PASSAGE * entry[2] + COVERAGE * entry[3]))
    return promising[:READ_SENTENCES]


def _spread(scores: Iterable[float]) -> list[float]:
    """Scale scores to between 0, the least of them, and 1."""
    values = list(scores)
    low, high = min(values, default=0.0), max(values, default=0.0)
    return [(value - low) / (high - low) if high > low else 1.0 for value in values]
