"""Ranking passages: the fast path against its definition over every passage of an index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askdocs.datatypes import Article, Hit, Passage
from askdocs.encoding import Vectors
from askdocs.index import OpenIndex, build_index, open_index
from askdocs.retrieval import Retriever, best_above_zero
from askdocs.settings import PassageSettings, RetrievalSettings
from askdocs.terms import content_terms
from fakes import HashEncoder

CUT = PassageSettings(tokens=24, step=8)
ENCODER = HashEncoder()
WORDS = ("army", "border", "Minsk", "siren", "flood", "march", "union", "15,000", "bus", "water")


def library_of(texts: Sequence[str], folder: Path) -> OpenIndex:
    made = [Article.of(id=f"a{number}", title="News", text=text) for number, text in enumerate(texts)]
    build_index(made, folder, ENCODER, CUT)
    return open_index(folder)


def prose() -> st.SearchStrategy[str]:
    """Some sentences of few words, so that many passages share some."""
    sentence = st.lists(st.sampled_from(WORDS), min_size=2, max_size=6).map(lambda words: f"The {' '.join(words)}.")
    return st.lists(sentence, min_size=1, max_size=8).map(" ".join)


def overlap(one: Passage, other: Passage) -> float:
    """The share of the shorter passage that both hold."""
    if one.article_id != other.article_id:
        return 0.0
    shared = min(one.end, other.end) - max(one.start, other.start)
    return max(0, shared) / min(one.end - one.start, other.end - other.start)


def scaled(score: np.float32, scores: Vectors) -> np.float32:
    """A score as a share of the best, 0 where it or the best is not above 0."""
    best = max(scores)
    return score / best if score > 0 and best > 0 else np.float32(0)


def ranked_by_definition(index: OpenIndex, query: str, k: int, chosen: RetrievalSettings) -> list[Hit]:
    """Score every passage, sort, and take the best that do not repeat one taken before."""
    every = range(len(index.passages))
    cosines = index.dense.vectors(every) @ ENCODER.encode_query([query])[0]
    bm25 = index.lexical.scores(content_terms(query))
    weight = chosen.dense_weight
    fused = [weight * scaled(cosines[row], cosines) + (1 - weight) * scaled(bm25[row], bm25) for row in every]
    kept: list[Hit] = []
    for row in sorted(every, key=lambda row: (-fused[row], row)):
        passage = index.passages[row]
        if len(kept) < k and all(overlap(passage, hit.passage) <= chosen.max_overlap for hit in kept):
            kept.append(Hit(passage, float(fused[row]), len(kept) + 1))
    return kept


@settings(max_examples=40)
@given(
    texts=st.lists(prose(), min_size=1, max_size=5),
    asked=st.lists(st.sampled_from((*WORDS, "zebra")), min_size=1, max_size=5),
    k=st.integers(1, 12),
    chosen=st.builds(
        RetrievalSettings,
        dense_weight=st.sampled_from([0.0, 0.3, 0.5, 1.0]),
        candidates=st.integers(200, 300),
        max_overlap=st.sampled_from([0.0, 0.4, 0.6, 1.0]),
    ),
)
def test_with_enough_candidates_the_ranking_is_its_definition(
    texts: list[str], asked: list[str], k: int, chosen: RetrievalSettings
) -> None:
    query = " ".join(asked)
    with TemporaryDirectory() as folder:
        index = library_of(texts, Path(folder))
        ranking = Retriever(index, ENCODER, chosen).rank(query, k)
        assert list(ranking.hits) == ranked_by_definition(index, query, k, chosen)


@settings(max_examples=40)
@given(
    texts=st.lists(prose(), min_size=1, max_size=5),
    query=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join),
    chosen=st.builds(RetrievalSettings, candidates=st.integers(1, 10), max_overlap=st.sampled_from([0.0, 0.5, 0.9])),
    k=st.integers(1, 40),
)
def test_what_holds_for_every_ranking(texts: list[str], query: str, chosen: RetrievalSettings, k: int) -> None:
    with TemporaryDirectory() as folder:
        index = library_of(texts, Path(folder))
        retriever = Retriever(index, ENCODER, chosen)
        ranking = retriever.rank(query, k)

        hits = ranking.hits
        assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
        assert 1 <= len(hits) <= k
        for place, hit in enumerate(hits):
            assert 0.0 <= hit.score <= 1.0 + 1e-6
            assert all(overlap(hit.passage, other.passage) <= chosen.max_overlap for other in hits[:place])
        rows = [list(index.passages).index(hit.passage) for hit in hits]
        np.testing.assert_allclose(ranking.cosines, index.dense.vectors(rows) @ ranking.query, atol=1e-6)
        np.testing.assert_allclose(ranking.bm25, index.lexical.scores(content_terms(query))[rows], atol=1e-6)
        assert np.array_equal(ranking.query, ENCODER.encode_query([query])[0])
        again = retriever.rank(query, k)
        assert (again.hits, again.cosines, again.bm25) == (ranking.hits, ranking.cosines, ranking.bm25)


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.5]), min_size=1, max_size=200), st.integers(1, 40))
def test_the_best_scores_above_zero_are_a_full_sort_by_score_then_row(scores: list[float], count: int) -> None:
    wanted = sorted((row for row in range(len(scores)) if scores[row] > 0), key=lambda row: (-scores[row], row))[:count]
    assert sorted(best_above_zero(np.array(scores, np.float32), count).tolist()) == sorted(wanted)


@pytest.fixture
def index(tmp_path: Path) -> OpenIndex:
    return library_of(["The siren was silent.", "The march was long.", "The same words.", "The same words."], tmp_path)


def test_fewer_passages_than_asked_for_are_all_ranked(index: OpenIndex) -> None:
    assert len(Retriever(index, ENCODER, RetrievalSettings()).rank("siren", 1_000).hits) == 4


def test_the_passage_that_shares_the_words_comes_first(index: OpenIndex) -> None:
    best = Retriever(index, ENCODER, RetrievalSettings()).rank("Why was the siren silent?", 1).hits[0]
    assert best.passage.text == "The siren was silent."
    assert best.score == pytest.approx(1.0)


def test_equal_scores_are_ranked_by_the_order_of_the_articles(index: OpenIndex) -> None:
    for weight in (0.0, 0.5, 1.0):
        chosen = replace(RetrievalSettings(), dense_weight=weight)
        hits = Retriever(index, ENCODER, chosen).rank("the same words", 4).hits
        assert [hit.passage.article_id for hit in hits[:2]] == ["a2", "a3"]
        assert hits[0].score == hits[1].score


def test_a_query_of_unknown_words_gets_the_nearest_passages_all_the_same(index: OpenIndex) -> None:
    ranking = Retriever(index, ENCODER, RetrievalSettings()).rank("zebra xylophone", 3)
    assert len(ranking.hits) == 3
    assert ranking.bm25 == (0.0, 0.0, 0.0)


def test_a_query_without_words_is_no_failure(index: OpenIndex) -> None:
    assert len(Retriever(index, ENCODER, RetrievalSettings()).rank("…", 3).hits) == 3
