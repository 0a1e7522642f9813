"""The names and numbers of a question, and those that no article has."""

from __future__ import annotations

from pathlib import Path

import pytest

from askdocs.datatypes import Article
from askdocs.encoding import Encoder
from askdocs.index import build_index, open_index
from askdocs.library import Library
from askdocs.naming import names, unmentioned
from askdocs.settings import PassageSettings, Settings


def test_names_and_numbers_of_a_question_are_found_and_its_first_word_is_not() -> None:
    assert names("Which of Peru's 12,500 towns did Ali Maow Maalin see in 1977, and Peru?") == [
        "Peru",
        "12,500",
        "Ali Maow Maalin",
        "1977",
    ]
    assert names("Nothing here") == []
    assert names("Was it Plan B. or the U.N.?") == ["Plan B", "U.N."]
    assert names("Did the U.S. Senate and J.K. Rowling agree?") == ["U.S. Senate", "J.K. Rowling"]
    assert names("Did the Élysée and J. K. Rowling write to J. R. R. or Øystein?") == [
        "Élysée",
        "J. K. Rowling",
        "J. R. R.",
        "Øystein",
    ]
    assert names("Did Mr. Rain leave Peru? What was said there. Who said it?") == ["Rain", "Peru"]
    assert names("Was Mr Rain, Elizabeth I or I there?") == ["Rain", "Elizabeth I"]
    assert names("Did the council pay €250,000?") == ["250,000"]


@pytest.mark.parametrize(
    "question",
    [
        "Why Did 14 Belarusian Commanders Resist Joining the War?",
        "WHY DID 14 COMMANDERS IN MINSK RESIST?",
        "Warum wollten 14 Kommandeure nicht in den Krieg?",
    ],
)
def test_where_capitals_tell_no_names_only_the_numbers_are_taken(question: str) -> None:
    assert names(question) == ["14"]


def test_a_question_of_names_is_no_headline() -> None:
    assert names("Did Ernest Shackleton meet Will Smith?") == ["Ernest Shackleton", "Will Smith"]


def test_names_that_no_article_has_are_named_with_the_answer(encoder: Encoder, tmp_path: Path) -> None:
    text = "Ernest Shackleton sailed in 1914. The U.S. Navy lent him 28 dogs. Ten of them died."
    build_index([Article.of(id="a", title="To Georgia", text=text)], tmp_path, encoder, PassageSettings())
    index = open_index(tmp_path)
    question = "When did Ernest Shackleton sail to Georgia, Peru and Port Stanley with 28 US dogs in 1915?"
    assert unmentioned(question, index) == ("Peru", "Port Stanley", "1915")
    assert unmentioned("Did J. K. Rowling or J.R. Ewing sail?", index) == ("J. K. Rowling", "J.R. Ewing")
    assert unmentioned("Did the 3 men and 10 dogs sail?", index) == ("3",)
    library = Library(index, encoder, Settings())
    assert library.ask("When did Ernest Shackleton sail to Peru?").unmentioned == ("Peru",)
    assert library.ask("When did Ernest Shackelton sail?").unmentioned == ()
    assert library.ask("And who lent him dogs?", ["When did Shackleton sail to Peru?"]).unmentioned == ("Peru",)
