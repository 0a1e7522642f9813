"""Questions written for a paragraph stand beside what is read around the sentence that they are about."""

from __future__ import annotations

import pytest
from paragraphs import Paragraph

SENTENCES = (
    "The ship Endurance left Plymouth in August 1914 with a crew of twenty-eight and sixty-nine dogs.",
    "It sank in the Weddell Sea in November 1915 after the ice had held it for ten months and crushed it.",
    "Three boats reached Elephant Island in April 1916, where Frank Wild led those who stayed for four months.",
    "The largest of them sailed to South Georgia, and the captain, Frank Worsley, found the way by a sextant.",
)
TEXT = " ".join(SENTENCES)
ARTICLES = [{"title": "The_%22Endurance%22", "paragraphs": [{"context": "Another."}, {"context": TEXT}]}]


@pytest.fixture(scope="module")
def paragraph() -> Paragraph:
    return Paragraph.of({"article": 0, "paragraph": 1}, ARTICLES)


def test_a_near_miss_stands_beside_the_sentence_that_has_most_of_its_words(paragraph: Paragraph) -> None:
    read = paragraph.missed("Who led those who stayed on South Georgia?")
    assert read.excerpt.title == 'The "Endurance"'
    assert SENTENCES[2] in read.excerpt.sentences
    assert [asked.answer for asked in read.asked] == [0]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many dogs were aboard?", "sixty-nine"),
        ("In which sea did the ship not stay afloat?", "the Weddell Sea"),
        ("By what did they find South Georgia?", "a sextant"),
    ],
)
def test_an_answer_is_where_it_is_said_to_be(paragraph: Paragraph, question: str, answer: str) -> None:
    start = TEXT.index(answer)
    read = paragraph.answered(question, start, start + len(answer))
    assert read is not None
    [asked] = read.asked
    words, place = asked.span or ("", -1)
    sentence = read.excerpt.sentences[asked.answer - 1]
    assert sentence[place : place + len(words)] == words == answer


def test_an_answer_that_goes_over_the_end_of_a_sentence_is_left_out(paragraph: Paragraph) -> None:
    end = len(SENTENCES[0])
    assert paragraph.answered("What is there?", end - 5, end + 5) is None
