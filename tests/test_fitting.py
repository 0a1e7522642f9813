"""Fitted hits: whole sentences in the passages found and near them, each shown once, and the best run of each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askdocs.datatypes import Article
from askdocs.fitting import best_run, fitted
from askdocs.judging import Sentence
from askdocs.library import Library
from askdocs.reranking import READ_HITS, rerank
from askdocs.retrieval import Retriever
from askdocs.settings import RetrievalSettings, Settings
from test_retrieval import ENCODER, WORDS, library_of, prose


@settings(max_examples=40, deadline=None)
@given(
    texts=st.lists(prose(), min_size=1, max_size=4),
    query=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join),
    margin=st.sampled_from([None, 0.0, 0.5, 0.9, 100.0]),
    k=st.integers(1, 30),
)
def test_what_holds_for_all_fitted_hits(texts: list[str], query: str, margin: float | None, k: int) -> None:
    with TemporaryDirectory() as folder:
        index = library_of(texts, Path(folder))
        found = rerank(query, Retriever(index, ENCODER, RetrievalSettings()).rank(query, max(k, READ_HITS)), index)
        hits = fitted(found, index, RetrievalSettings(margin=margin), k)

        assert 1 <= len(hits) <= k
        assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
        assert all(one.score >= other.score for one, other in pairwise(hits))
        whole = {hit.passage for hit in found.ranking.hits}
        if margin is None:
            assert {hit.passage for hit in hits} <= whole
            return
        starts = {(one.article.id, one.span[0]) for one in found.read.values()}
        ends = {(one.article.id, one.span[1]) for one in found.read.values()}
        shown: set[tuple[str, int]] = set()
        for hit in hits:
            passage = hit.passage
            assert passage.text == index.articles[passage.article_id].text[passage.start : passage.end] != ""
            if passage not in whole:
                assert (passage.article_id, passage.start) in starts
                assert (passage.article_id, passage.end) in ends
            places = {(passage.article_id, place) for place in range(passage.start, passage.end)}
            assert not shown & places
            shown |= places


def article(number: int, *sentences: str) -> str:
    """Make a text of some sentences and so many others before and after that it is no short article."""
    other = " ".join(f"The water of day {number}{day} was cold that year." for day in range(30))
    return f"{other} {' '.join(sentences)} {other}"


def test_a_hit_goes_on_where_the_answer_does_beyond_its_passage(tmp_path: Path) -> None:
    lines = [f"The siren of Corran was silent in year {year}." for year in range(1990, 2010)]
    index = library_of([article(1, *lines)], tmp_path)
    ranking = Retriever(index, ENCODER, RetrievalSettings()).rank("silent siren of Corran", READ_HITS)
    (first, *_) = fitted(rerank("silent siren of Corran", ranking, index), index, RetrievalSettings(), 1)
    longest = max(hit.passage.end - hit.passage.start for hit in ranking.hits)
    assert first.passage.end - first.passage.start > longest
    assert "siren" in first.passage.text
    assert "water" not in first.passage.text


def test_a_hit_without_a_sentence_that_might_answer_is_left_out_but_for_the_first(tmp_path: Path) -> None:
    index = library_of([article(1, "The siren of Corran was silent."), article(2)], tmp_path)
    found = rerank("silent siren", Retriever(index, ENCODER, RetrievalSettings()).rank("silent siren", 16), index)
    hits = fitted(found, index, RetrievalSettings(margin=0.2), 10)
    assert [hit.passage.text for hit in hits] == ["The siren of Corran was silent."]
    filled = fitted(found, index, RetrievalSettings(margin=0.2), 10, fill=True)
    assert filled[:1] == hits
    assert len(filled) > 1
    assert [hit.score for hit in filled] == sorted((hit.score for hit in filled), reverse=True)
    spans = sorted((hit.passage.article_id, hit.passage.start, hit.passage.end) for hit in filled)
    assert all(one[0] != other[0] or one[2] <= other[1] for one, other in pairwise(spans))
    nothing = rerank("bridge", Retriever(index, ENCODER, RetrievalSettings()).rank("bridge", 16), index)
    assert len(fitted(nothing, index, RetrievalSettings(margin=-9.0), 10)) == 1


def test_a_further_hit_of_a_short_article_comes_after_one_of_another(tmp_path: Path) -> None:
    once, twice = article(1, "The siren was silent."), article(2, "A siren was silent.", *["The bus was late."] * 40)
    index = library_of([once, f"{twice} A siren was silent there."], tmp_path)
    query = "silent siren"
    found = rerank(query, Retriever(index, ENCODER, RetrievalSettings()).rank(query, READ_HITS), index)
    listed = fitted(found, index, RetrievalSettings(margin=None, repeated=9.0), 2)
    assert len({hit.passage.article_id for hit in listed}) == 2
    best = fitted(found, index, RetrievalSettings(margin=None, repeated=0.0), 10)
    assert [hit.passage for hit in best] == [hit.passage for hit in found.ranking.hits[:10]]


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


def test_a_short_article_is_shown_whole(tmp_path: Path) -> None:
    text = "The siren was silent. The bus was late and nobody came to the town. The water was cold that year."
    note = f"{text} Nobody rang. {' '.join(f'The boats of day {day} lay in the harbour.' for day in range(2))}"
    index = library_of([text, note], tmp_path)
    assert [len(index.passages.rows_of(row)) for row in range(2)] == [1, 4]
    library = Library(index, ENCODER, Settings(retrieval=RetrievalSettings(margin=0.1)))
    assert {hit.passage.text for hit in library.search("Why was the siren silent?")} == {text, note}


def test_hits_narrow_down_to_the_fifth_and_no_further(tmp_path: Path) -> None:
    asked = "silent siren Corran ferry lake harbour bell"
    of_each = [" ".join(asked.split()[:words]) for words in range(7, 0, -1)]  # each sentence answers less than the last
    texts = [article(one, *(f"The {words} {one} rang." for words in of_each)) for one in range(9)]
    index = library_of(texts, tmp_path)
    found = rerank(asked, Retriever(index, ENCODER, RetrievalSettings()).rank(asked, READ_HITS), index)
    lengths = [len(hit.passage.text) for hit in fitted(found, index, RetrievalSettings(margin=0.9), 9)]
    assert lengths[0] > lengths[4]
    assert set(lengths[4:]) == {lengths[4]}


def test_quotes_and_confidence_are_the_same_whatever_length_hits_have(tmp_path: Path) -> None:
    index = library_of([article(1, "The siren was silent.", "The bus was late.")], tmp_path)
    plain = Library(index, ENCODER, Settings(retrieval=RetrievalSettings(margin=None)))
    tight = Library(index, ENCODER, Settings(retrieval=RetrievalSettings(margin=0.1)))
    question = "Why was the siren silent?"
    assert "water" in plain.ask(question).hits[0].passage.text
    assert tight.search(question)[0].passage.text == "The siren was silent."
    answer, whole = tight.ask(question), plain.ask(question)
    assert answer.hits == tuple(tight.search(question)[: len(answer.hits)])
    assert (answer.quotes, answer.confidence) == (whole.quotes, whole.confidence)


@pytest.mark.parametrize("k", [1, 3])
def test_nothing_found_is_nothing_to_fit(tmp_path: Path, k: int) -> None:
    index = library_of(["The siren was silent."], tmp_path)
    retriever = Retriever(index, ENCODER, RetrievalSettings())
    nothing = rerank("siren", retriever.rank("siren", k).at([]), index)
    assert fitted(nothing, index, RetrievalSettings(), k) == ()
