"""A query and its best passages to their sentences, each with what speaks for it as the answer.

A passage is found by what it is about; whether it answers is decided by one sentence of it. The index has a vector for
every sentence, so nothing is encoded but the question. Passages are cut before anyone asks and an answer may go on
beside them, so the sentences near them in their articles are judged as well.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from askdocs.datatypes import Article, Span
from askdocs.expected import Expected, expected, holds
from askdocs.index import OpenIndex
from askdocs.retrieval import Ranking
from askdocs.terms import content_terms, terms

REACH = 3
"""How many passages on, to either side of one, sentences are near it."""

PASSAGE = 0.25
COSINE = 1.7
COVERAGE = -0.3
DISTINCTIVE = 0.6
NEIGHBOUR = 0.4
TITLE = 0.35
KIND = 0.2
HEADING = -0.1
ASKS = -0.3
TIMELY = 0.4
"""What counts for a sentence, in this order: its passage's score among the hits' · its cosine with the query · its
coverage: the share of the question's terms that it holds, weighted by idf · the same weighted by how few of the
sentences read hold a term, too, so that the subject, which all of them name, counts less than what is asked of it (that
is why plain coverage is subtracted) · the coverage of it and the sentence before · the coverage of its article's title
· whether it holds the number, time or name asked for · whether it is a heading · whether it asks something itself,
which is no answer · how near its article appeared to the days that the question names, which has no part in how well it
`answers`. From pairwise logistic regressions on either half of four question sets, rounded by hand, then set by hand on
whole sets for sentences read in their blocks; eval/LOG.md has both."""

USUAL_COSINE = 0.5
"""A question's with a sentence that answers it, more or less; it stands in for what an encoder cannot tell."""

LEAST_TELLING = 0.25
"""How much of a cosine counts where the encoder reads nothing: letters and numbers that are the same still are."""

_STATEMENT = re.compile(r"[.!?。！？।؟…][”’\"')\]]*$")
_CLOSING = "”’\"')]"
_ASKING = ("?", "？", "؟")
_HEADING_LENGTH = 90
_MARKS = "# \t"
"""What Markdown has before a heading."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an article. `score`: higher is better; `answers` is that without what speaks for its passage.

    `row` is its row among all sentences of the index, `terms` are its search terms.
    `cosine` is the query's with the sentence as it stands in its article; `coverage` is between 0 and 1, and so is
    `timely`, how near its article appeared to the days that the question names, 1 where it names none.
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
    timely: float = 1.0

    @property
    def text(self) -> str:
        """The sentence's words."""
        return self.article.text[self.span[0] : self.span[1]]


def term_weights(index: OpenIndex, query: str) -> dict[str, float]:
    """Return each content term of a query with its idf."""
    return {term: index.lexical.weight(term) for term in content_terms(query)}


def coverage(weights: Mapping[str, float], found: Collection[str]) -> float:
    """Return the share of a query's terms, weighted by idf, that are among those of a text: 0 to 1."""
    total = sum(weights.values())
    return sum(weight for term, weight in weights.items() if term in found) / total if total else 0.0


def judged(query: str, ranking: Ranking, index: OpenIndex) -> dict[int, Sentence]:
    """Return, by row, the sentences of a ranking's passages and, after all of those, the ones near them."""
    passages = _best_passages(ranking, index)
    weights = term_weights(index, query)
    read = _read(ranking, index, frozenset(weights))
    found = [read[row].terms for row in passages]
    asked = _Asked(
        query=query,
        plain=_Coverage(weights),
        distinctive=_Coverage({term: weight * _rarity(term, found) for term, weight in weights.items()}),
        kind=expected(query),
        legible=ranking.legible,
    )
    rows = [*passages, *(row for row in read if row not in passages)]
    cosines = index.sentences.cosines(rows, ranking.query).tolist()
    return {
        row: _judged(read[row], _before(row, read), passages.get(row, 0.0), cosine, asked)
        for row, cosine in zip(rows, cosines, strict=True)
    }


def telling(cosine: float, legible: float) -> float:
    """Return what a cosine says of a query that the encoder reads in part: less of it, and more of what is usual."""
    share = LEAST_TELLING + (1 - LEAST_TELLING) * legible
    return USUAL_COSINE + share * (cosine - USUAL_COSINE)


def sentences_near(row: int, index: OpenIndex) -> range:
    """Return the rows of a passage's sentences and of those near it, which are of the same article."""
    passages = index.passages
    others = passages.rows_of(int(passages.article_rows[row]))
    first, last = max(others.start, row - REACH), min(others.stop - 1, row + REACH)
    return range(passages.sentence_rows(first).start, passages.sentence_rows(last).stop)


class _Read(NamedTuple):
    """A sentence before it is judged: its terms, which of them are the query's, and how timely its article is.

    `title` are the query's terms that the article's title holds.
    """

    row: int
    article: Article
    span: Span
    text: str
    terms: frozenset[str]
    held: frozenset[str]
    title: frozenset[str]
    timely: float


class _Coverage(dict[frozenset[str], float]):
    """`coverage` by some weighted terms, added up once for all sentences that hold the same of them."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = weights

    def __missing__(self, held: frozenset[str]) -> float:
        self[held] = coverage(self._weights, held)
        return self[held]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked for: coverage by the query's terms, plain and by rarity among the sentences, and what kind."""

    query: str
    plain: _Coverage
    distinctive: _Coverage
    kind: Expected
    legible: float


def _judged(one: _Read, before: frozenset[str], passage: float, cosine: float, asked: _Asked) -> Sentence:
    """Score a sentence by its vector, its words and those of the sentence before."""
    covered = asked.plain[one.held]
    text = one.text
    heading = is_heading(one.article.text, one.span)
    answers = (
        COSINE * telling(cosine, asked.legible)
        + COVERAGE * covered
        + DISTINCTIVE * asked.distinctive[one.held]
        + NEIGHBOUR * asked.plain[one.held | before]
        + TITLE * asked.plain[one.title]
        + KIND * holds(asked.kind, text, asked.query)
        + HEADING * heading
        + ASKS * text.rstrip(_CLOSING).endswith(_ASKING)
    )
    return Sentence(
        row=one.row,
        article=one.article,
        span=one.span,
        terms=one.terms,
        score=answers + PASSAGE * passage - TIMELY * (1 - one.timely),
        answers=answers,
        cosine=cosine,
        coverage=covered,
        is_heading=heading,
        timely=one.timely,
    )


def is_heading(text: str, span: Span) -> bool:
    """Tell whether a sentence of a text is a heading: short, no statement, and with its lines for itself.

    A clause before a semicolon has not.
    """
    start, end = span
    if end - start >= _HEADING_LENGTH or _STATEMENT.search(text[start:end]):
        return False
    before, after = text.rfind("\n", 0, start), text.find("\n", end)
    return not text[before + 1 : start].strip(_MARKS) and not text[end : after if after >= 0 else len(text)].strip()


def _best_passages(ranking: Ranking, index: OpenIndex) -> dict[int, float]:
    """Return the rows of the sentences of a ranking's passages, each with its best passage's score: 0 to 1."""
    best: dict[int, float] = {}
    for passage, score in zip(ranking.rows, _spread([hit.score for hit in ranking.hits]), strict=True):
        for row in index.passages.sentence_rows(passage):
            best.setdefault(row, score)
    return best


def _read(ranking: Ranking, index: OpenIndex, asked: frozenset[str]) -> dict[int, _Read]:
    """Return the sentences of a ranking's passages and those near them, each once; `asked` are the query's terms."""
    read: dict[int, _Read] = {}
    titles: dict[str, frozenset[str]] = {}
    for passage, timely in zip(ranking.rows, ranking.timely, strict=True):
        article = index.articles.at(int(index.passages.article_rows[passage]))
        if article.id not in titles:
            titles[article.id] = asked.intersection(terms(article.title))
        rows = sentences_near(passage, index)
        for row, span in zip(rows, index.sentences.places(rows), strict=True):
            if row not in read:
                text = article.text[span[0] : span[1]]
                words = frozenset(terms(text))
                read[row] = _Read(row, article, span, text, words, words & asked, titles[article.id], timely)
    return read


def _before(row: int, read: Mapping[int, _Read]) -> frozenset[str]:
    """Return the query's terms that the sentence before one in its article holds, where it was read."""
    before = read.get(row - 1)
    return before.held if before and before.article.id == read[row].article.id else frozenset()


def _rarity(term: str, texts: Sequence[frozenset[str]]) -> float:
    """Return the idf of a term among texts, given as their terms."""
    holding = sum(term in text for text in texts)
    return math.log1p((len(texts) - holding + 0.5) / (holding + 0.5))


def _spread(scores: Sequence[float]) -> list[float]:
    """Scale scores to between 0, the least of them, and 1."""
    low, high = min(scores, default=0.0), max(scores, default=0.0)
    return [(score - low) / (high - low) if high > low else 1.0 for score in scores]
