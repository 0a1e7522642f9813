"""Reading the best hits' sentences: what holds for every query, and that the sentence that answers comes up."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askdocs.datatypes import Article
from askdocs.index import OpenIndex, build_index, open_index
from askdocs.judging import coverage, term_weights
from askdocs.library import Library
from askdocs.passages import cut
from askdocs.reranking import READ_HITS, Reranking, rerank
from askdocs.retrieval import Ranking, Retriever
from askdocs.settings import PassageSettings, RetrievalSettings
from askdocs.terms import terms
from cutting import passages_of
from fakes import HashEncoder
from strategies import articles, awkward_text

CUT = PassageSettings(tokens=40, step=20)
ENCODER = HashEncoder()


def library_of(made: list[Article], folder: Path) -> OpenIndex:
    build_index(made, folder, ENCODER, CUT)
    return open_index(folder)


def found(index: OpenIndex, query: str, k: int) -> tuple[Ranking, Reranking]:
    ranking = Retriever(index, ENCODER, RetrievalSettings()).rank(query, k)
    return ranking, rerank(query, ranking, index)


@settings(max_examples=30)
@given(
    st.lists(articles(max_pieces=8), min_size=1, max_size=4).filter(
        lambda made: any(passages_of(article, CUT) for article in made)
    ),
    st.one_of(st.just("How many troops of the army said no on Tuesday?"), awkward_text(max_pieces=3)),
    st.integers(1, 20),
)
def test_what_holds_for_every_reranking(drawn: list[Article], query: str, k: int) -> None:
    made = [Article.of(id=str(number), text=article.text, title=article.title) for number, article in enumerate(drawn)]
    with TemporaryDirectory() as folder:
        index = library_of(made, Path(folder))
        before, after = found(index, query, k)

        hits = after.ranking.hits
        assert {hit.passage for hit in hits} == {hit.passage for hit in before.hits}
        assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
        assert all(one.score >= other.score for one, other in pairwise(hits))
        judged = {hit.passage: numbers for hit, *numbers in zip(before.hits, before.cosines, before.bm25, strict=True)}
        for hit, *numbers in zip(hits, after.ranking.cosines, after.ranking.bm25, strict=True):
            assert judged[hit.passage] == numbers

        assert all(one.score >= other.score for one, other in pairwise(after.sentences))
        assert len({(one.article.id, one.span) for one in after.sentences}) == len(after.sentences)
        readable = {
            (hit.passage.article_id, span)
            for hit in before.hits[:READ_HITS]
            for span in cut(index.articles[hit.passage.article_id], CUT).sentences
            if hit.passage.start <= span[0] and span[1] <= hit.passage.end
        }
        assert {(one.article.id, one.span) for one in after.sentences} == readable
        assert set(after.sentences) <= set(after.read.values())
        for row, one in after.read.items():
            assert one.row == row
            alone = ENCODER.encode_document([one.text])[0]
            assert one.cosine == pytest.approx(float(alone @ before.query), abs=0.02)
            assert one.text == index.articles[one.article.id].text[slice(*one.span)]
            assert 0.0 <= one.coverage <= 1.0
            assert -1.01 <= one.cosine <= 1.01  # the vectors are kept rounded


@pytest.fixture
def index(tmp_path: Path) -> OpenIndex:
    names = ("Lenwick", "Corran", "Skarrow", "Minsk")
    made = [
        Article.of(id=name, text=f"The siren of {name} was silent. It has {number}00 houses. The bridge is closed.")
        for number, name in enumerate(names, start=1)
    ]
    return library_of(made, tmp_path)


def test_the_sentence_that_answers_comes_first(index: OpenIndex) -> None:
    _, after = found(index, "Why was the siren of Corran silent?", 4)
    assert after.sentences[0].text == "The siren of Corran was silent."
    assert after.ranking.hits[0].passage.article_id == "Corran"


def test_of_two_sentences_the_one_with_the_number_asked_for_comes_first(tmp_path: Path) -> None:
    text = "The houses of Corran were counted. The houses of Corran were 400."
    _, after = found(library_of([Article.of(id="a", text=text)], tmp_path), "How many houses of Corran?", 1)
    assert after.sentences[0].text == "The houses of Corran were 400."


def test_a_sentence_that_asks_is_no_answer(tmp_path: Path) -> None:
    for mark in ".?":
        text = (
            f"Of course the siren of Corran was silent{mark} The siren of Corran was silent for want of electric power."
        )
        index = library_of([Article.of(id="a", text=text)], tmp_path / str(ord(mark)))
        _, after = found(index, "Why was the siren of Corran silent?", 1)
        assert after.sentences[0].text.startswith("Of course" if mark == "." else "The siren")


def test_the_best_are_a_beginning_of_the_same_ranking(index: OpenIndex) -> None:
    _, after = found(index, "siren", 4)
    best = after.best(2)
    assert best.ranking.hits == after.ranking.hits[:2]
    assert len(best.ranking.cosines) == len(best.ranking.bm25) == 2
    assert best.sentences == after.sentences
    assert after.best(99).ranking.hits == after.ranking.hits


def test_coverage_is_the_share_of_the_querys_terms_by_what_they_tell(index: OpenIndex) -> None:
    weights = term_weights(index, "the siren of Corran")
    assert list(weights) == ["siren", "corran"]
    assert weights["corran"] > weights["siren"] > 0
    assert coverage(weights, terms("Corran’s sirens")) == pytest.approx(1.0)
    assert coverage(weights, terms("the siren")) == pytest.approx(weights["siren"] / sum(weights.values()))
    assert coverage(weights, terms("nothing of it")) == 0.0
    assert coverage({}, ["anything"]) == 0.0


def test_the_sample_question_about_the_siren_finds_its_sentence(sample_library: Library) -> None:
    hits = sample_library.search("Why did the flood siren in Lenwick stay silent?", 3)
    assert any("siren" in hit.passage.text for hit in hits[:1])
