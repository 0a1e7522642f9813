"""A ranking to the same hits in a better order, by the sentence in each that answers best, and to those sentences.

A passage is found by what it is about; whether it answers is decided by one sentence of it. That sentence is encoded by
itself, with the ones beside it, for the few best passages only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from askdocs.datatypes import Article, Hit, Span
from askdocs.encoding.protocol import Encoder
from askdocs.expected import expected, holds
from askdocs.index import OpenIndex
from askdocs.retrieval import Ranking
from askdocs.sentences import sentence_spans
from askdocs.terms import content_terms, terms

READ_HITS = 8
"""Passages whose sentences are read. The sentence wanted is hardly ever further down."""

READ_SENTENCES = 48
"""Sentences that are encoded for a question: what an answer's time is spent on."""

PASSAGE, COVERAGE, KIND = 0.5, 0.7, 0.15
"""What counts for a sentence beside its cosine: its passage's score, the share of the question's terms that it holds,
and whether it has the number, time or name that is asked for."""

SENTENCE = 0.5
"""What a passage's best sentence counts beside the passage's own score. All four: eval/LOG.md has the table."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a hit. `score`: higher is better; `cosine` and `coverage`: mostly between 0 and 1."""

    article: Article
    span: Span
    score: float
    cosine: float
    coverage: float

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
        kept = self.ranking
        return Reranking(Ranking(kept.hits[:k], kept.cosines[:k], kept.bm25[:k], kept.query), self.sentences)


def term_weights(index: OpenIndex, query: str) -> dict[str, float]:
    """Return each content term of a query with its idf."""
    return {term: index.lexical.weight(term) for term in content_terms(query)}


def coverage(weights: Mapping[str, float], text: str) -> float:
    """Return the share of a query's terms, weighted by idf, that occur in a text: 0 to 1."""
    total = sum(weights.values())
    found = set(terms(text))
    return sum(weight for term, weight in weights.items() if term in found) / total if total else 0.0


def rerank(query: str, ranking: Ranking, index: OpenIndex, encoder: Encoder) -> Reranking:
    """Score the sentences of the best hits, and order the hits by their own score and their best sentence's."""
    read = ranking.hits[:READ_HITS]
    sentences = _scored(query, read, ranking, index, encoder)
    order = np.argsort([-_with_best_sentence(hit, sentences) for hit in ranking.hits], kind="stable")
    hits = [ranking.hits[place] for place in order]
    return Reranking(
        Ranking(
            hits=tuple(
                replace(hit, score=_with_best_sentence(hit, sentences), rank=rank)
                for rank, hit in enumerate(hits, start=1)
            ),
            cosines=tuple(ranking.cosines[place] for place in order),
            bm25=tuple(ranking.bm25[place] for place in order),
            query=ranking.query,
        ),
        tuple(sentences),
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """A sentence before it is encoded: what is known of it from its passage and its words."""

    article: Article
    span: Span
    passage: float
    coverage: float

    @property
    def text(self) -> str:
        return self.article.text[self.span[0] : self.span[1]]

    @property
    def promise(self) -> float:
        return PASSAGE * self.passage + COVERAGE * self.coverage


def _scored(query: str, hits: Sequence[Hit], ranking: Ranking, index: OpenIndex, encoder: Encoder) -> list[Sentence]:
    """Return the most promising sentences of the hits, best first; equal scores in the order of the hits."""
    read = _read(hits, index.articles, term_weights(index, query))
    cosines = encoder.encode_document([sentence.text for sentence in read]) @ ranking.query
    kind = expected(query)
    sentences = [
        Sentence(
            one.article,
            one.span,
            one.promise + float(cosine) + KIND * holds(kind, one.text, query),
            float(cosine),
            one.coverage,
        )
        for one, cosine in zip(read, cosines, strict=True)
    ]
    return sorted(sentences, key=lambda sentence: -sentence.score)


def _read(hits: Sequence[Hit], articles: Mapping[str, Article], weights: Mapping[str, float]) -> list[_Read]:
    """Return the hits' sentences, each once with its best passage, the most promising ones only."""
    found: dict[tuple[str, Span], _Read] = {}
    for hit, passage in zip(hits, _spread([hit.score for hit in hits]), strict=True):
        article = articles[hit.passage.article_id]
        for span in sentence_spans(article.text, [(hit.passage.start, hit.passage.end)]):
            if (article.id, span) not in found:
                words = article.text[span[0] : span[1]]
                found[article.id, span] = _Read(article, span, passage, coverage(weights, words))
    return sorted(found.values(), key=lambda one: -one.promise)[:READ_SENTENCES]


def _with_best_sentence(hit: Hit, sentences: Sequence[Sentence]) -> float:
    """Return a hit's own score and what the best sentence within it adds: its cosine and coverage."""
    passage = hit.passage
    within = [
        sentence.cosine + COVERAGE * sentence.coverage
        for sentence in sentences
        if sentence.article.id == passage.article_id
        and passage.start <= sentence.span[0]
        and sentence.span[1] <= passage.end
    ]
    return hit.score + SENTENCE * max(within, default=0.0)


def _spread(scores: Sequence[float]) -> list[float]:
    """Scale scores to between 0, the least of them, and 1."""
    low, high = min(scores, default=0.0), max(scores, default=0.0)
    return [(score - low) / (high - low) if high > low else 1.0 for score in scores]
