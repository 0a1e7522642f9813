"""What a question wants to be told, and whether a sentence tells something of the kind."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.expected import Expected, expected, holds
from strategies import awkward_text

QUESTIONS = {
    "How many people marched?": Expected.NUMBER,
    "How long has Lukashenko ruled?": Expected.NUMBER,
    "What share of the public thinks so?": Expected.NUMBER,
    "What percentage agreed?": Expected.NUMBER,
    "HOW MUCH did it cost?": Expected.NUMBER,
    "When did the strike end?": Expected.TIME,
    "In which year was she found?": Expected.TIME,
    "How long ago was that?": Expected.TIME,
    "Who was arrested?": Expected.NAME,
    "Which general was put under house arrest?": Expected.NAME,
    "Where was the ship found?": Expected.NAME,
    "Whose letters were saved?": Expected.NAME,
    "Why did the siren stay silent?": Expected.ANYTHING,
    "What did the inquiry find?": Expected.ANYTHING,
    "Who was in charge when the siren failed?": Expected.NAME,
    "How many were aboard when it sank?": Expected.NUMBER,
    "Which countries joined?": Expected.NAME,
    "": Expected.ANYTHING,
    "What did President Biden say about Ukraine?": Expected.ANYTHING,
    "What had state officials used?": Expected.ANYTHING,
    "What do rate hikes mean?": Expected.ANYTHING,
    "What high price was paid?": Expected.NUMBER,
    "What happened when the bridge collapsed?": Expected.ANYTHING,
    "What did the nurse who blew the whistle say?": Expected.ANYTHING,
    "Do you know who fell?": Expected.NAME,
    "What fell, and when?": Expected.TIME,
    "What did the WHO recommend?": Expected.ANYTHING,
    "When did the WHO warn?": Expected.TIME,
    "WHO WAS ARRESTED?": Expected.NAME,
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_says_what_it_wants_to_be_told(question: str) -> None:
    assert expected(question) is QUESTIONS[question]


HELD = (
    (Expected.NUMBER, "About 14,000 came.", "How many came?"),
    (Expected.NUMBER, "Two thirds agreed.", "What share agreed?"),
    (Expected.TIME, "It ended on 28 March.", "When did it end?"),
    (Expected.TIME, "It ended on Tuesday.", "When did it end?"),
    (Expected.NAME, "The police arrested Yershov.", "Who was arrested?"),
    (Expected.TIME, "It ended in May.", "When did it end?"),
    (Expected.NAME, "The winner was Émile.", "Who won?"),
    (Expected.NAME, "He lives in Łódź.", "Where does he live?"),
    (Expected.NAME, "It was led by Theresa May.", "Who led it?"),
    (Expected.ANYTHING, "", "Why?"),
)
MISSING = (
    (Expected.NUMBER, "Many came.", "How many came?"),
    (Expected.NUMBER, "In 2022 many came.", "How many came in 2022?"),
    (Expected.NUMBER, "The 20 km were walked by many.", "How many walked the 20km?"),
    (Expected.TIME, "It ended well.", "When did it end?"),
    (Expected.TIME, "The talks may fail.", "When do the talks end?"),
    (Expected.TIME, "They march on.", "When does it end?"),
    (Expected.NAME, "The police arrested a man.", "Who was arrested?"),
    (Expected.NAME, "He was arrested on Monday.", "Who was arrested?"),
    (Expected.NAME, "“I resigned,” I said.", "Who resigned?"),
    (Expected.NAME, "The army of Belarus waits.", "Who leads the army of Belarus?"),
)


@pytest.mark.parametrize(("kind", "text", "question"), HELD)
def test_a_sentence_that_tells_it_holds_it(kind: Expected, text: str, question: str) -> None:
    assert holds(kind, text, question)


@pytest.mark.parametrize(("kind", "text", "question"), MISSING)
def test_what_the_question_says_itself_tells_nothing(kind: Expected, text: str, question: str) -> None:
    assert not holds(kind, text, question)


@given(awkward_text(), st.sampled_from([kind for kind in Expected if kind is not Expected.ANYTHING]))
def test_a_question_never_holds_its_own_answer(text: str, kind: Expected) -> None:
    assert not holds(kind, text, text)


NUMBERS = re.compile(
    r"\d[\d.,]*|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)"
    r"teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|dozen|(?:hundred|thousand|million|billion)s?|half|thirds?|quarters?"
    r"|once|twice|none)\b",
    re.IGNORECASE,
)
TIMES = re.compile(
    r"\b\d{4}s?\b|\b\d{1,2}(?::\d\d)? ?[ap]\.?m\b|\b(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b"
    r"|\b(?!(?-i:may|march)\b)"
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)s?\b"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)(?:day)?s?\b|\b(?:century|centuries|(?:decade|year|month|week|day|hour)s?)\b"
    r"|\b(?:yesterday|today|tonight|tomorrow|ago|midnight|noon|morning|evening|afternoon|spring|summer|autumn|winter)\b",
    re.IGNORECASE,
)
WRITTEN = (
    "five Five fiveteen one-third 20 20km 1,200 two May may march March mays Sunday's 1995s 12:30pm in a _ten "
    "hundreds 1990s Sept tomorrow weekly sund - . 5 pm p.m. am ago noon mondays wednesday saturday century hours "
    "third once none"
)
PIECES = st.sampled_from(WRITTEN.split())


@given(st.lists(PIECES), st.lists(PIECES))
def test_words_looked_up_one_by_one_are_those_of_a_pattern_that_names_them_all(
    told: list[str], asked: list[str]
) -> None:
    text, question = " ".join(told), " ".join(asked)
    for kind, pattern in ((Expected.NUMBER, NUMBERS), (Expected.TIME, TIMES)):
        given_away = set(re.findall(r"\w+", " ".join([question, *pattern.findall(question)]).casefold()))
        found = (set(re.findall(r"\w+", group.casefold())) for group in pattern.findall(text))
        assert holds(kind, text, question) == any(not words <= given_away for words in found)
