"""A refusal names what of the question the articles never mention, and only that."""

from __future__ import annotations

import re
from pathlib import Path

from askdocs.datatypes import Article
from askdocs.encoding import Encoder
from askdocs.expected import Expected
from askdocs.index import build_index, open_index
from askdocs.library import Library
from askdocs.settings import PassageSettings, Settings
from askdocs.web.examples import example_questions
from askdocs.web.unfound import Searching, unfound


def test_a_name_that_stands_in_one_article_of_many_is_found(sample_library: Library) -> None:
    searching = Searching(sample_library.search, lambda one: sample_library.article(one).title)
    for name in ("Shackleton", "Dimorphos", "Mauro Bellini", "38,500", "Skarrow"):
        assert searching.mentions(name), name
    for name in ("Peru", "Mauro Shackleton", "987,654"):
        assert not searching.mentions(name), name


def test_what_is_missing_is_told_apart_from_what_is_known(sample_library: Library) -> None:
    searching = Searching(sample_library.search, lambda one: sample_library.article(one).title)
    question = "How many llamas did Shackleton take to Peru?"
    found = unfound(question, sample_library.search("llamas in Peru", 3), searching)
    assert found.missing == ("Peru",)
    assert found.known == ("Shackleton",)
    assert unfound("When did it end?", [], searching).lacking is Expected.TIME


def test_examples_do_not_differ_in_a_number_alone(encoder: Encoder, tmp_path: Path) -> None:
    rows = [
        Article.of(
            id=f"{at}", title=f"Council report number {at}", text=f"Council report number {at} closed the {at}th pier."
        )
        for at in range(12)
    ]
    build_index(rows, tmp_path, encoder, PassageSettings())
    examples = example_questions(Library(open_index(tmp_path), encoder, Settings()))
    assert [re.sub(r"\d+", "0", one) for one in examples] == ["Council report number 0: what happened?"]


def test_examples_are_answered_by_the_articles_they_are_about(sample_library: Library) -> None:
    examples = example_questions(sample_library)
    assert len(examples) == 5
    assert len(set(examples)) == 5
    assert not any(sample_library.ask(question).abstained for question in examples)
