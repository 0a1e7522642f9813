"""A follow-up and the questions before it to a question that stands alone: known answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.conversation import leans, standalone
from strategies import awkward_text

FIRST = "Why do Belarusian commanders resist joining the war?"
SUBJECT = "(Belarusian commanders resist joining war)"

FOLLOW_UPS = (
    "and how many of them?",
    "Why?",
    "Why not?",
    "Since when?",
    "where",
    "How many?",
    "what about the second one?",
    "But who leads it?",
    "Ok, but why?",
    "And in Minsk?",
    "When did they decide that?",
    "What did she say?",
    "What did Putin say about it?",
    "How many of them died in 2022?",
    "Was that in Minsk?",
    "Where can I read about it?",
    "WHO LED THEM?",
)

OF_THEIR_OWN = (
    "How tall is Gannet Hill?",
    "How was smallpox finally stamped out?",
    "why did the flood siren stay silent?",
    "Who wrote the music for RRR?",
    "Do the two newspapers agree on the figure?",
    "Is it true that Minsk burns?",
    "Was it in 1912 that the Titanic sank?",
    "Is there any bread in Paris?",
    "Who lives in the house that Jack built?",
    "Why did the crew leave the Endurance before the ice crushed it?",
    "Сколько солдат пришло в Минск?",
    "多少人游行？",
)


@pytest.mark.parametrize("question", FOLLOW_UPS)
def test_a_follow_up_takes_up_the_subject_of_the_question_before(question: str) -> None:
    assert standalone(question, [FIRST]) == f"{question} {SUBJECT}"


@pytest.mark.parametrize("question", OF_THEIR_OWN)
def test_a_question_with_a_subject_of_its_own_is_left_alone(question: str) -> None:
    assert standalone(question, [FIRST]) == question


@pytest.mark.parametrize("question", [*FOLLOW_UPS, *OF_THEIR_OWN])
def test_the_first_question_is_left_alone_whatever_it_is(question: str) -> None:
    assert standalone(question) == question


@pytest.mark.parametrize(
    ("first", "subject"),
    [
        ("What did the U.S. send?", "USA send"),  # nor is it the pronoun
        ("What did the WHO recommend?", "WHO recommend"),
        ("WHO WAS ARRESTED?", "ARRESTED"),
        ("Which park was flooded this week?", "park flooded this week"),
        ("What did the court decide on Tuesday?", "court decide on Tuesday"),
    ],
)
def test_acronyms_and_the_days_meant_are_a_part_of_the_subject(first: str, subject: str) -> None:
    assert standalone("And why?", [first]) == f"And why? ({subject})"


@pytest.mark.parametrize(
    "question",
    [
        "What did he say about Ukraine?",
        "When did she move to Berlin?",
        "Why did they leave Kabul?",
        "When was he born in London?",
        "What is his view on NATO?",
        "How many soldiers does he have in Mali?",
        "Who was her husband?",
    ],
)
def test_a_question_about_somebody_not_named_is_a_follow_up_whatever_it_names_besides(question: str) -> None:
    assert standalone(question, [FIRST]) == f"{question} {SUBJECT}"


@pytest.mark.parametrize("question", ["Where did Biden say he was born?", "Why did Putin leave his party?"])
def test_a_question_that_names_its_somebody_is_left_alone(question: str) -> None:
    assert standalone(question, [FIRST]) == question


@pytest.mark.parametrize(
    "question",
    [
        "Which park was flooded this week?",
        "What happened in space this week?",
        "Who resigned this week?",
        "How long does it take to get a visa?",
        "How hard is it to learn chinese?",
        "Is it legal to film police?",
        "Are there sharks in the thames?",
        "How many wolves are there in germany",
        "who confirmed that the quote was invented?",
        "Is it true that sanctions work?",
        'Who said "they will not pass"?',
        "what did then-president trump say",
        "So-called experts: who pays their fees?",
    ],
)
def test_words_that_only_look_as_if_they_point_make_no_follow_up(question: str) -> None:
    assert standalone(question, [FIRST]) == question


@pytest.mark.parametrize(
    "question",
    [
        "What caused this?",
        "Did they do it this week?",
        "How much did it cost to build?",
        "How long does it take to build?",
        "Is it safe to return?",
        "Were there survivors on board?",
        "Who wrote that report?",
        "Who said that?",
        "What happened after that war?",
    ],
)
def test_words_that_do_point_make_a_follow_up(question: str) -> None:
    assert standalone(question, [FIRST]) == f"{question} {SUBJECT}"


@pytest.mark.parametrize(
    "question",
    [
        "who is putin",
        "where is bakhmut",
        "how old is biden",
        "What is inflation?",
        "what's monkeypox",
        "WHO IS PUTIN?",
        "Who is Özil?",
        "Where is Łódź?",
        "What is 5G?",
        'What is "Brexit"?',
    ],
)
def test_a_question_about_one_thing_by_its_name_is_left_alone(question: str) -> None:
    assert standalone(question, [FIRST]) == question


@pytest.mark.parametrize(
    "question",
    ["who is responsible?", "what is happening?", "Who is missing?", "what is next?", "Who is left?", "who is mayor?"],
)
def test_a_question_that_only_says_something_of_the_subject_is_a_follow_up(question: str) -> None:
    assert standalone(question, [FIRST]) == f"{question} {SUBJECT}"


@pytest.mark.parametrize(
    "question",
    [
        "How many people were killed?",
        "how many people attended",
        "Which other countries joined?",
        "Which other countries?",
        "Any other reasons?",
        "What other sanctions were imposed?",
    ],
)
def test_a_question_for_people_or_for_others_is_a_follow_up(question: str) -> None:
    assert standalone(question, [FIRST]) == f"{question} {SUBJECT}"


@pytest.mark.parametrize("question", ["Und warum?", "Aber wann?", "Et combien?", "Mais pourquoi ?", "¿Y cuántos?"])
def test_follow_ups_open_in_other_languages_too(question: str) -> None:
    assert standalone(question, [FIRST]) == f"{question} {SUBJECT}"


@pytest.mark.parametrize(
    ("first", "subject"),
    [
        ("Did Biden meet Putin in Geneva?", "Biden meet Putin in Geneva"),
        ("What happened in Beirut in 2020?", "happened Beirut in 2020"),
        ("In Kyiv, Macron met whom?", "Kyiv, Macron met"),
        ("For which Oscar did Redmayne try?", "Oscar, Redmayne try"),
        ("What did AT&T buy?", "AT&T buy"),
    ],
)
def test_names_in_the_subject_make_no_new_name_together(first: str, subject: str) -> None:
    asked = standalone("And why?", [first])
    assert asked == f"And why? ({subject})"
    assert standalone("And why?", [first, "And why?"]) == asked


@pytest.mark.parametrize(
    ("first", "subject"),
    [
        ("What happened at Old Trafford?", "happened Old Trafford"),
        ("Why did Will Smith slap Chris Rock?", "Will Smith slap Chris Rock"),
        ("Who registered with Be The Match?", "registered Be The Match"),
        ("What Did The Old Man Say?", "Man Say"),  # a headline, in which capitals tell no names
    ],
)
def test_names_in_the_subject_are_whole(first: str, subject: str) -> None:
    assert standalone("And why?", [first]) == f"And why? ({subject})"


def test_a_follow_up_to_a_follow_up_still_has_the_subject() -> None:
    assert standalone("And when?", [FIRST, "and how many of them?", "Why?"]) == f"And when? {SUBJECT}"


def test_a_follow_up_takes_up_what_a_follow_up_added() -> None:
    asked = standalone("And when?", [FIRST, "Who ordered it?"])
    assert "ordered" in asked
    assert "commanders" in asked


def test_a_new_subject_replaces_the_old_one() -> None:
    history = [FIRST, "and how many of them?", "How tall is Gannet Hill?"]
    assert standalone("And where is it?", history) == "And where is it? (tall Gannet Hill)"


def test_a_history_without_any_subject_adds_nothing() -> None:
    assert standalone("and how many of them?", ["Why?", "…", ""]) == "and how many of them?"


def test_the_same_history_makes_a_repeated_question_no_longer() -> None:
    once = standalone("Why?", [FIRST])
    assert standalone("Why?", [FIRST, "Why?", "Why?"]) == once


@given(awkward_text(max_pieces=4), st.lists(awkward_text(max_pieces=4), max_size=3))
def test_what_was_typed_always_comes_first_and_whole(question: str, history: list[str]) -> None:
    asked = standalone(question, history)
    assert asked == question or (leans(question) and asked.startswith(f"{question.strip()} ("))
