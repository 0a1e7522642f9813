"""An answer's marks point to its quotes, and an article's own marks to nothing."""

from __future__ import annotations

from askdocs.answering.extractive import cited
from askdocs.datatypes import Answer, Quote
from askdocs.web.numbering import marks_of

QUOTES = tuple(Quote("a", "0" * 64, at, at + 3, words) for at, words in enumerate(("One", "Two [1]", "Three")))


def answer_of(text: str) -> Answer:
    return Answer("Why?", text, QUOTES, (), 0.9)


def test_each_mark_of_a_quote_that_there_is_is_found_where_it_stands() -> None:
    assert marks_of(answer_of("B [3], and A [2][3]; no [7], no [0].")) == [(3, (2, 5)), (2, (13, 16)), (3, (16, 19))]


def test_a_mark_in_a_quotes_own_words_points_to_nothing() -> None:
    assert marks_of(answer_of("It says Two [1] [2].")) == [(2, (16, 19))]
    assert [number for number, _ in marks_of(answer_of(cited(QUOTES)))] == [1, 2, 3]
