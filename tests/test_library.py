"""An index opened as a library: what it tells of its articles, and what it refuses to be asked."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import askdocs
from askdocs.datatypes import Article
from askdocs.errors import IndexForeignError, IndexMissingError, MissingArticleError, QuestionError
from askdocs.index import build_index, open_index
from askdocs.library import Library, checked_question, open_library
from askdocs.sample import articles_folder, example_questions
from askdocs.settings import MAX_QUESTION_CHARACTERS, PassageSettings, Settings
from cutting import passages_of
from fakes import HashEncoder


def test_the_public_name_opens_a_library(sample_index: Path) -> None:
    library = askdocs.open(sample_index)
    assert isinstance(library, askdocs.Library)
    assert len(library.articles) == 20


def test_a_folder_without_an_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError, match="there is no index here"):
        open_library(tmp_path, settings=Settings())


def test_the_index_of_another_encoder_is_refused(tmp_path: Path) -> None:
    build_index([Article.of(id="a", text="The army waits.")], tmp_path, HashEncoder(), PassageSettings())
    with pytest.raises(IndexForeignError):
        Library(open_index(tmp_path), HashEncoder(salt="another"), Settings())


def test_the_articles_are_listed_without_their_text_by_id(sample_library: Library) -> None:
    ids = [one.id for one in sample_library.articles]
    assert ids == sorted(file.stem for file in articles_folder().glob("*.md"))
    for one in sample_library.articles:
        whole = sample_library.article(one.id)
        assert (one.title, one.outlet, one.author, one.published, one.characters) == (
            whole.title,
            whole.outlet,
            whole.author,
            whole.published,
            len(whole.text),
        )


def test_the_passages_of_an_article_are_those_it_was_cut_into(sample_library: Library) -> None:
    for one in sample_library.articles:
        expected = passages_of(sample_library.article(one.id), sample_library.manifest.passage_settings)
        assert list(sample_library.passages(one.id)) == expected
    assert sum(one.passages for one in sample_library.articles) == sample_library.passage_count
    assert list(sample_library.passages("of no article")) == []


def test_an_article_that_is_not_there_is_named(sample_library: Library) -> None:
    with pytest.raises(MissingArticleError, match="no article 'colour'") as told:
        sample_library.article("colour")
    assert told.value.article_id == "colour"
    known = sample_library.articles[0].id
    with pytest.raises(MissingArticleError, match=f"no version 000 of the article '{known}'"):
        sample_library.article(known, "000")


@pytest.mark.parametrize("ask", [Library.ask, Library.search], ids=["ask", "search"])
@pytest.mark.parametrize("question", ["", " \n", "?!…", "a" * (MAX_QUESTION_CHARACTERS + 1)], ids=len)
def test_a_question_that_cannot_be_asked_is_refused(
    sample_library: Library, ask: Callable[[Library, str], object], question: str
) -> None:
    with pytest.raises(QuestionError):
        ask(sample_library, question)


@given(st.text(max_size=60))
def test_a_question_is_refused_or_becomes_text_that_can_be_stored(question: str) -> None:
    try:
        asked = checked_question(question)
    except QuestionError:
        assert not any(character.isalnum() for character in question)
    else:
        assert asked == asked.strip() != ""
        assert checked_question(asked) == asked
        asked.encode()


def test_the_longest_question_can_be_asked(sample_library: Library) -> None:
    assert sample_library.search("siren " * (MAX_QUESTION_CHARACTERS // 6), 1)


@pytest.mark.parametrize("k", [1, 3, 20, 1_000])
def test_a_search_gives_no_more_than_it_is_asked_for(sample_library: Library, k: int) -> None:
    hits = sample_library.search("siren in Lenwick", k)
    assert 1 <= len(hits) <= k
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))


def test_more_hits_begin_with_the_same_article(sample_library: Library) -> None:
    few, many = sample_library.search("siren in Lenwick", 3), sample_library.search("siren in Lenwick", 8)
    assert [hit.passage for hit in few] == [hit.passage for hit in many[:3]]


def test_asking_again_gives_the_same_answer(sample_library: Library) -> None:
    question = example_questions()[1]
    assert sample_library.ask(question) == sample_library.ask(question)


def test_threads_get_the_answers_that_one_after_another_gets(sample_library: Library) -> None:
    questions = example_questions()[:3] * 2
    expected = [sample_library.ask(question) for question in questions[:3]] * 2
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(sample_library.ask, questions)) == expected


def test_the_example_questions_are_answered_but_for_the_last_one_that_no_article_answers(
    sample_library: Library,
) -> None:
    *answered, unanswered = example_questions()
    for question in answered:
        assert not sample_library.ask(question).abstained, question
    assert sample_library.ask(unanswered).abstained


def test_warming_changes_no_answer(sample_library: Library) -> None:
    question = example_questions()[0]
    before = sample_library.ask(question)
    sample_library.warm()
    assert sample_library.ask(question) == before
