"""Words that no article has: which are read as an article's, which stay as they were typed, and that it is said."""

from __future__ import annotations

import pytest

from askdocs.datatypes import Article
from askdocs.encoding import Encoder, load_encoder
from askdocs.index import OpenIndex, build_index, open_index
from askdocs.library import Library
from askdocs.settings import BUNDLED_ENCODER, PassageSettings, Settings
from askdocs.spelling import read_as, respelt

TEXT = (
    """Mahatma Gandhi called his work Satyagraha. Emperor Gegeen ruled from 1321 to 1323. Shackleton sailed.

The patients of two hospitals were taken to the beach when the hospital in Minsk lost its power. Kylian Mbappé gave an
interview about quantities, the straight road and a share of the door. One tells of it.
"""
    + (MARKED := "Émile Zola went to São Paulo and to Bogota, and Łukasz to Łódź.")
    + " Nguyễn met Hong there."
)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder(BUNDLED_ENCODER)


@pytest.fixture(scope="module")
def index(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> OpenIndex:
    folder = tmp_path_factory.mktemp("names") / "index"
    build_index([Article.of(id="a", title="A colonel’s army", text=TEXT)], folder, encoder, PassageSettings())
    return open_index(folder)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("Ghandi", "Gandhi"),  # a letter out of place
        ("Geegen", "Gegeen"),  # two neighbours that changed places
        ("Ganhi", "Gandhi"),  # one missing
        ("pateints", "patients"),
        ("Shackelton", "Shackleton"),  # no compound of "shack" and "Elton"
        ("Satiagreha", "Satyagraha"),  # two wrong in a long word
        ("mbape", "Mbappé"),  # marks on letters aside
        ("collonel", "colonel"),  # in the title alone
        ("hospitel", "hospital"),  # the first passage has another form of it
    ],
)
def test_a_word_that_nobody_has_is_read_as_the_one_it_is_like(
    typed: str, read: str, index: OpenIndex, encoder: Encoder
) -> None:
    question = f"What did {typed}’s people say of {typed}?"
    words = read_as(question, index, encoder)
    assert words == {typed: read}
    assert respelt(question, words) == f"What did {read}’s people say of {read}?"


@pytest.mark.parametrize(
    "question",
    [
        "What did Gandhi call his work?",  # an article has it
        "How wide is the breach?",  # a word, though "beach" is near
        "Is there shade from starlight?",  # two words in one, though "straight" is near
        "Who is Zhelmin?",  # near to nothing
        "Where is Omsk?",  # too short to tell
        "Was Tandhi there?",  # the first letter is hardly ever wrong
        "Did the tolls end?",  # a form of a word, though "tells" is near
        "What did Quantitios say?",  # a name, and what is near it is none
        "Did B4tients and they shouldn't, patieents2?",
        "Что сказал Гандхи?",
        "",
    ],
)
def test_other_words_stay_as_they_were_typed(question: str, index: OpenIndex, encoder: Encoder) -> None:
    assert read_as(question, index, encoder) == {}
    assert respelt(question, {}) == question


@pytest.mark.parametrize(
    ("question", "other"),
    [
        ("Did Emile Zola see Sao Paulo?", "Did Émile Zola see São Paulo?"),
        ("Did lukasz go to LODZ?", "Did Łukasz go to Łódź?"),
        ("Where is Bogotá?", "Where is Bogota?"),
    ],
)
def test_marks_on_letters_make_no_difference(question: str, other: str, index: OpenIndex, encoder: Encoder) -> None:
    assert read_as(question, index, encoder) == read_as(other, index, encoder) == {}
    library = Library(index, encoder, Settings())
    for text in (question, other):
        assert MARKED in library.ask(text).quotes[0].exact
        assert library.ask(text).unmentioned == ()


def test_vietnamese_marks_may_be_left_out_too_and_that_is_said(index: OpenIndex, encoder: Encoder) -> None:
    assert read_as("Whom did Nguyen meet?", index, encoder) == {"Nguyen": "Nguyễn"}
    assert read_as("Did Hồng meet Nguyễn?", index, encoder) == {"Hồng": "Hong"}
    assert read_as("Did Nguyễn meet Hong?", index, encoder) == {}


def test_a_question_of_unknown_words_is_not_looked_up_word_by_word(index: OpenIndex, encoder: Encoder) -> None:
    gibberish = " ".join(f"zq{letter}xv" for letter in "abcdefghijklmnop")
    assert read_as(f"Geegen {gibberish}", index, encoder) == {"Geegen": "Gegeen"}
    assert read_as(f"{gibberish} Geegen", index, encoder) == {}


def test_an_answer_says_what_the_question_was_read_as(index: OpenIndex, encoder: Encoder) -> None:
    library = Library(index, encoder, Settings())
    answer = library.ask("What was Ghandi's work called?")
    assert answer.question == "What was Ghandi's work called?"
    assert answer.quotes[0].exact == "Mahatma Gandhi called his work Satyagraha."
    assert answer.read_as == (("Ghandi", "Gandhi"),)
    assert library.ask("What was Gandhi's work called?").read_as == ()
    assert library.search("Ghandi", 1) == library.search("Gandhi", 1)


def test_the_words_of_a_follow_up_are_read_likewise(index: OpenIndex, encoder: Encoder) -> None:
    library = Library(index, encoder, Settings())
    answer = library.ask("and when did Geegen rule?", ["What was Ghandi's work called?"])
    assert answer.read_as == (("Geegen", "Gegeen"), ("Ghandi", "Gandhi"))
    assert "1321" in answer.quotes[0].exact
