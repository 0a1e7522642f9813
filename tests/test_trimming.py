"""Trimmed hits: whole sentences of the passages found, each shown once, and the best run of each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askdocs.datatypes import Article
from askdocs.library import Library
from askdocs.reranking import READ_HITS, Sentence, rerank
from askdocs.retrieval import Retriever
from askdocs.settings import RetrievalSettings, Settings
from askdocs.trimming import best_run, trimmed
from test_retrieval import ENCODER, WORDS, library_of, prose


@settings(max_examples=40, deadline=None)
@given(
    texts=st.lists(prose(), min_size=1, max_size=4),
    query=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join),
    margin=st.sampled_from([0.0, 0.5, 0.9, 100.0]),
    k=st.integers(1, 30),
)
def test_what_holds_for_all_trimmed_hits(texts: list[str], query: str, margin: float, k: int) -> None:
    with TemporaryDirectory() as folder:
        index = library_of(texts, Path(folder))
        found = rerank(query, Retriever(index, ENCODER, RetrievalSettings()).rank(query, max(k, READ_HITS)), index)
        hits = trimmed(found, index, margin, k)

        assert 1 <= len(hits) <= k
        assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
        starts = {(one.article.id, one.span[0]) for one in found.sentences}
        ends = {(one.article.id, one.span[1]) for one in found.sentences}
        whole = {hit.passage for hit in found.ranking.hits}
        shown: set[tuple[str, int]] = set()
        for hit in hits:
            passage = hit.passage
            assert passage.text == index.articles[passage.article_id].text[passage.start : passage.end] != ""
            assert any(
                one.article_id == passage.article_id and one.start <= passage.start and passage.end <= one.end
                for one in whole
            )
            if passage not in whole:
                assert (passage.article_id, passage.start) in starts
                assert (passage.article_id, passage.end) in ends
            if len(found.ranking.hits) <= READ_HITS:
                places = {(passage.article_id, place) for place in range(passage.start, passage.end)}
                assert not shown & places
                shown |= places
        best = found.sentences[0]
        if len(found.ranking.hits) <= READ_HITS <= k:
            assert (best.article.id, best.span[0]) in shown


def sentence(row: int, answers: float, length: int) -> Sentence:
    article = Article.of(id="a", text="x" * 400)
    return Sentence(row, article, (row * 20, row * 20 + length), frozenset(), 0.0, answers, 0.0, 0.0, is_heading=False)


@given(
    drawn=st.lists(st.tuples(st.integers(1, 2), st.integers(-4, 4), st.integers(1, 9)), min_size=1, max_size=9),
    least=st.integers(-3, 3),
)
def test_the_best_run_is_worth_as_much_as_the_best_of_all_runs(drawn: list[tuple[int, int, int]], least: float) -> None:
    row = 0
    sentences: list[Sentence] = []
    for step, answers, length in drawn:
        row += step
        sentences.append(sentence(row, answers, length))

    def worth(run: Sequence[Sentence]) -> float:
        return sum((one.answers - least) * (one.span[1] - one.span[0]) for one in run)

    runs = [sentences[first:last] for last in range(1, len(sentences) + 1) for first in range(last)]
    joined = [run for run in runs if run[-1].row - run[0].row == len(run) - 1]
    kept = best_run(sentences, least)
    assert kept in joined
    assert worth(kept) == max(map(worth, joined))


def test_a_library_trims_its_hits_only_where_that_is_set(tmp_path: Path) -> None:
    text = "The siren was silent. The bus was late and nobody came to the town. The water was cold that year."
    index = library_of([text], tmp_path)
    plain = Library(index, ENCODER, Settings())
    tight = Library(index, ENCODER, Settings(retrieval=RetrievalSettings(trim=0.1)))
    question = "Why was the siren silent?"
    assert "bus" in plain.ask(question).hits[0].passage.text
    assert tight.search(question)[0].passage.text == "The siren was silent."
    answer, whole = tight.ask(question), plain.ask(question)
    assert answer.hits == tuple(tight.search(question))
    assert (answer.quotes, answer.confidence) == (whole.quotes, whole.confidence)


@pytest.mark.parametrize("k", [1, 3])
def test_nothing_found_is_nothing_to_trim(tmp_path: Path, k: int) -> None:
    index = library_of(["The siren was silent."], tmp_path)
    retriever = Retriever(index, ENCODER, RetrievalSettings())
    nothing = rerank("siren", retriever.rank("siren", k).at([]), index)
    assert trimmed(nothing, index, 0.9, k) == ()
