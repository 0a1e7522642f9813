"""Quotes are numbered as a reader meets them, and nothing else of an answer changes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from askdocs.answering.extractive import cited
from askdocs.datatypes import Answer, Quote
from askdocs.web.numbering import as_cited, marks_of

QUOTES = tuple(Quote("a", "0" * 64, at, at + 3, words) for at, words in enumerate(("One", "Two [1]", "Three")))


def answer_of(text: str) -> Answer:
    return Answer("Why?", text, QUOTES, (), 0.9)


def test_quotes_are_numbered_as_they_are_cited_and_those_that_are_not_come_last() -> None:
    shown = as_cited(answer_of("B [3], and A [2][3]; no [7]."))
    assert shown.text == "B [1], and A [2][1]; no [7]."
    assert [quote.exact for quote in shown.quotes] == ["Three", "Two [1]", "One"]


def test_a_mark_in_a_quotes_own_words_points_to_nothing_and_stays() -> None:
    answer = answer_of("It says Two [1] [2].")
    assert marks_of(answer) == [(2, (16, 19))]
    assert as_cited(answer).text == "It says Two [1] [1]."


def test_an_answer_of_quotes_alone_stays_as_it_is() -> None:
    answer = answer_of(cited(QUOTES))
    assert as_cited(answer) == answer


@given(st.text("ab [123]9.", max_size=40))
def test_every_mark_points_to_the_words_that_it_pointed_to(text: str) -> None:
    before = answer_of(text)
    after = as_cited(before)
    pointed = [[one.quotes[number - 1].exact for number, _ in marks_of(one)] for one in (before, after)]
    assert pointed[0] == pointed[1]
    numbers = list(dict.fromkeys(number for number, _ in marks_of(after)))
    assert numbers == sorted(numbers)
    assert sorted(one.exact for one in after.quotes) == sorted(one.exact for one in before.quotes)
