"""A ranking to the same hits in a better order, by the sentence in each that answers best, and to those sentences.

A passage is found by what it is about; whether it answers is decided by one sentence of it. That sentence is encoded by
itself, with the ones beside it, for the few best passages only.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from askdocs.datatypes import Article, Hit, Span
from askdocs.encoding.protocol import Encoder
from askdocs.expected import expected, holds
from askdocs.index import OpenIndex, text_with_title
from askdocs.retrieval import Ranking
from askdocs.sentences import sentence_spans
from askdocs.terms import content_terms, terms

READ_HITS = 8
"""Passages whose sentences are read. The sentence wanted is hardly ever further down."""

READ_SENTENCES = 48
"""Sentences that are encoded for a question: what an answer's time is spent on."""

PASSAGE = 0.25
COSINE = 1.0
COVERAGE = -0.6
DISTINCTIVE = 0.85
NEIGHBOUR = 0.4
KIND = 0.2
HEADING = -0.1
"""What counts for a sentence, in this order: its passage's score among the hits' · its cosine, encoded with the title ·
its coverage: the share of the question's terms that it holds, weighted by idf · the same weighted by how few of the
sentences read hold a term, too, so that the subject, which all of them name, counts less than what is asked of it (that
is why plain coverage is subtracted) · the coverage of it and the sentence before · whether it holds the number, time or
name asked for · whether it is a heading. Rounded by hand from pairwise logistic regressions
on either half of four question sets; eval/LOG.md has what the features are worth on the other half."""

SENTENCE = 0.6
"""What a passage's best sentence counts beside the passage's own score."""

_STATEMENT = re.compile(r"[.!?。！？।؟…][”’\"')\]]*$")
_HEADING_LENGTH = 90


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a hit. `score`: higher is better; `answers` is the score without the passage's part.

    `cosine` is the query's with the sentence under its article's title; `coverage` is between 0 and 1.
    """

    article: Article
    span: Span
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
        kept = self.ranking
        return Reranking(Ranking(kept.hits[:k], kept.cosines[:k], kept.bm25[:k], kept.query), self.sentences)


def term_weights(index: OpenIndex, query: str) -> dict[str, float]:
    """Return each content term of a query with its idf."""
    return {term: index.lexical.weight(term) for term in content_terms(query)}


def coverage(weights: Mapping[str, float], text: str) -> float:
    """Return the share of a query's terms, weighted by idf, that occur in a text: 0 to 1."""
    return _share(weights, set(terms(text)))


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
    before: int
    passage: float
    terms: frozenset[str]

    @property
    def text(self) -> str:
        return self.article.text[self.span[0] : self.span[1]]

    @property
    def with_neighbour(self) -> str:
        return self.article.text[self.before : self.span[1]]

    @property
    def is_heading(self) -> bool:
        return len(self.text) < _HEADING_LENGTH and not _STATEMENT.search(self.text)


def _scored(query: str, hits: Sequence[Hit], ranking: Ranking, index: OpenIndex, encoder: Encoder) -> list[Sentence]:
    """Return the most promising sentences of the hits, best first; equal scores in the order of the hits."""
    weights = term_weights(index, query)
    read = _read(hits, index.articles)
    distinctive = {term: weight * _rarity(term, read) for term, weight in weights.items()}
    coverages = [_share(weights, one.terms) for one in read]
    words = [
        COVERAGE * covered + DISTINCTIVE * _share(distinctive, one.terms) + HEADING * one.is_heading
        for one, covered in zip(read, coverages, strict=True)
    ]
    around = [NEIGHBOUR * coverage(weights, one.with_neighbour) + PASSAGE * one.passage for one in read]
    promising = sorted(range(len(read)), key=lambda place: -(words[place] + around[place]))
    kept = promising[:READ_SENTENCES]
    texts = [text_with_title(read[place].article, read[place].text) for place in kept]
    cosines = encoder.encode_document(texts) @ ranking.query
    kind = expected(query)
    sentences = []
    for place, cosine in zip(kept, cosines, strict=True):
        one = read[place]
        score = COSINE * float(cosine) + words[place] + around[place] + KIND * holds(kind, one.text, query)
        sentences.append(
            Sentence(
                article=one.article,
                span=one.span,
                score=score,
                answers=score - PASSAGE * one.passage,
                cosine=float(cosine),
                coverage=coverages[place],
                is_heading=one.is_heading,
            )
        )
    return sorted(sentences, key=lambda sentence: -sentence.score)


def _read(hits: Sequence[Hit], articles: Mapping[str, Article]) -> list[_Read]:
    """Return the hits' sentences, each once: with its best passage, and where the sentence before it begins."""
    found: dict[tuple[str, Span], _Read] = {}
    for hit, passage in zip(hits, _spread([hit.score for hit in hits]), strict=True):
        article = articles[hit.passage.article_id]
        before = hit.passage.start
        for span in sentence_spans(article.text, [(hit.passage.start, hit.passage.end)]):
            words = frozenset(terms(article.text[span[0] : span[1]]))
            one = found.setdefault((article.id, span), _Read(article, span, before, passage, words))
            if before < one.before:  # it was the first of a better passage, and this one has what stands before it
                found[article.id, span] = replace(one, before=before)
            before = span[0]
    return list(found.values())


def _rarity(term: str, read: Sequence[_Read]) -> float:
    """Return the idf of a term among the sentences read."""
    holding = sum(term in one.terms for one in read)
    return math.log1p((len(read) - holding + 0.5) / (holding + 0.5))


def _share(weights: Mapping[str, float], found: Collection[str]) -> float:
    """Return the share of the weights whose terms were found, 0 to 1."""
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in found) / total if total else 0.0


def _with_best_sentence(hit: Hit, sentences: Sequence[Sentence]) -> float:
    """Return a hit's own score and what the best sentence within it adds."""
    passage = hit.passage
    within = [
        sentence.answers
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
