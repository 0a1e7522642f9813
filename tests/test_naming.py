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
    ("question", "found"),
    [
        ("Ketanji Brown Jackson made history. Who met her?", ["Ketanji Brown Jackson"]),
        ("“New York Times” reporters won. Xi Jinping did not.", ["New York Times", "Xi Jinping"]),
        ("Police met Peru's team.", ["Peru"]),
        ("Is Ali Maalin ill? Didn't Rain resign? Must Peru pay?", ["Ali Maalin", "Rain", "Peru"]),
        ("US President Biden spoke. What's Peru's answer?", ["US President Biden", "Peru"]),
        ("In 2020 they met. 3 men died.", ["2020", "3"]),
        ("It was shut on June 13.  Why was it?", ["June 13"]),
        ("He ran across the US. How many miles?", ["US"]),
        ("It was called “Miracle On Ice”. But what was the score?", ["Miracle On Ice"]),
        ("Kyiv: What happened?", []),
        ("Quand Emmanuel Macron a-t-il parlé ?", ["Emmanuel Macron"]),
        ("Did Top Gun: Maverick win in Roe v. Wade?", ["Top Gun", "Maverick", "Roe", "Wade"]),
    ],
)
def test_a_name_that_begins_a_sentence_is_whole_and_a_question_word_there_is_none(
    question: str, found: list[str]
) -> None:
    assert names(question) == found


@pytest.mark.parametrize(
    "name",
    [
        "George W. Bush",
        "J. Edgar Hoover",
        "AT&T",
        "S&P 500",
        "Omicron BA.5",
        "St. Louis",
        "Sept. 11",
        "J.K Rowling",
        "U.S",
        "U.S.A.",
    ],
)
def test_a_name_with_a_point_or_an_ampersand_is_one_name(name: str) -> None:
    assert names(f"What did you hear of {name}?") == [name]
    assert names(f"Was it {name} that you heard of?") == [name]


def test_a_title_is_no_part_of_a_name() -> None:
    assert names("Did Sen. Elizabeth Warren, Lt. Gov. Dan Rain or Prof. Chris Whitty meet Gen Z?") == [
        "Elizabeth Warren",
        "Dan Rain",
        "Chris Whitty",
        "Gen Z",
    ]
    assert names("Gov. Newsom, of California, met California Rep. Pelosi.") == ["Newsom", "California", "Pelosi"]


@pytest.mark.parametrize(
    "question",
    [
        "Why Did 14 Belarusian Commanders Resist Joining the War?",
        "WHY DID 14 COMMANDERS IN MINSK RESIST?",
        "Warum wollten 14 Kommandeure nicht in den Krieg?",
        "Was kostet die Reform der Rente 14 Kommandeure?",
        "Wozu brauchen 14 Kommandeure Geld?",
        "Wurde Minsk von 14 Kommandeuren gegen Angriffe verteidigt?",
    ],
)
def test_where_capitals_tell_no_names_only_the_numbers_are_taken(question: str) -> None:
    assert names(question) == ["14"]


def test_a_question_of_names_is_no_headline() -> None:
    assert names("Did Ernest Shackleton meet Will Smith?") == ["Ernest Shackleton", "Will Smith"]


def test_die_is_an_english_word_too() -> None:
    assert names("Did Bruce Willis die in Die Hard?") == ["Bruce Willis", "Die Hard"]


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


def test_what_an_article_writes_otherwise_is_no_missing_name(encoder: Encoder, tmp_path: Path) -> None:
    text = "On 4 September 2022 an F-16 met a G7. Senator Warren spoke on Jan. 6 and in May."
    build_index([Article.of(id="a", title="To Georgia", text=text)], tmp_path, encoder, PassageSettings())
    index = open_index(tmp_path)
    assert unmentioned("Did F16s meet the G-7 on Sept. 4 or 04.09.2022 or 9/4/22?", index) == ()
    assert unmentioned("Did Sen. Warren speak on Jan. 6?", index) == ()
    assert unmentioned("Did Sen. Rain or F35s meet the G-8 on Oct. 6?", index) == ("Rain", "F35s", "G-8", "Oct. 6")
