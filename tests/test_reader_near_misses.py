"""Near misses made of people's questions look as if they were answered, and are not; what answers still does."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from examples import Read, example
from near_misses import OPPOSITES
from squad import of_squad
from words import plain, words_of

from askdocs.encoding.models import model_folder
from askdocs.encoding.openvino_encoder import model_tokenizer
from askdocs.settings import BUNDLED_ENCODER

SHIP = (
    "The ship Endurance left Plymouth in August 1914 with a crew of twenty-eight. It sank in the Weddell Sea in "
    "November 1915 after the ice crushed it. Frank Worsley was the captain of the ship."
)
BOATS = (
    "Three boats reached Elephant Island in April 1916. Frank Wild led the men who stayed on the island for four "
    "months. The largest boat sailed to South Georgia, and Worsley steered it."
)
ASKED = (
    (SHIP, "In which sea did the ship Endurance sink in November 1915?", "the Weddell Sea"),
    (SHIP, "Who was the captain of the ship?", "Frank Worsley"),
    (SHIP, "When did the ship leave Plymouth?", "August 1914"),
    (BOATS, "Who led the men who stayed on the island?", "Frank Wild"),
    (BOATS, "Where did the largest boat sail?", "South Georgia"),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Read]:
    """Make near misses of a file in SQuAD's form many times over: each is left to chance."""
    paragraphs: list[dict[str, Any]] = [
        {
            "context": text,
            "qas": [
                {"question": question, "answers": [{"text": answer, "answer_start": text.index(answer)}]}
                for of, question, answer in ASKED
                if of == text
            ],
        }
        for text in (SHIP, BOATS)
    ]
    file = tmp_path_factory.mktemp("squad") / "train.json"
    file.write_text(json.dumps({"data": [{"title": "The_%22Endurance%22", "paragraphs": paragraphs}]}), "utf-8")
    return [one for seed in range(12) for one in of_squad(file, 1.0, random.Random(seed))]  # noqa: S311


ANSWERS = {question: answer for _, question, answer in ASKED}


def test_what_answers_holds_the_answer_where_it_is_said_to_be(made: list[Read]) -> None:
    tokenizer = model_tokenizer(model_folder(BUNDLED_ENCODER))
    answered = [one for one in made if one.asked[0].answer]
    assert {one.asked[0].question for one in answered} == set(ANSWERS)
    for one in answered:
        (asked,) = one.asked
        answer = ANSWERS[asked.question]
        assert asked.span is not None
        assert one.excerpt.sentences[asked.answer - 1][asked.span[1] :].startswith(answer)
        read = example(tokenizer, one.excerpt, asked)
        assert read.ends is not None
        assert tokenizer.decode(read.ids[read.ends[0] : read.ends[1] + 1]) == answer.lower()
    assert any(one.excerpt.sentences[0] not in SHIP + BOATS for one in answered), "some have another word elsewhere"


def test_a_question_beside_other_sentences_of_its_article_is_not_answered_there(made: list[Read]) -> None:
    text = SHIP + " " + BOATS
    beside = [
        one
        for one in made
        if not one.asked[0].answer and one.asked[0].question in ANSWERS and " ".join(one.excerpt.sentences) in text
    ]
    assert beside
    for one in beside:
        assert plain(ANSWERS[one.asked[0].question]) not in plain(" ".join(one.excerpt.sentences))


def test_else_one_word_that_both_had_is_another_in_the_question_or_in_the_passage(made: list[Read]) -> None:
    kinds = set()
    for one in made:
        (asked,) = one.asked
        if asked.answer:
            continue
        if asked.question not in ANSWERS:
            assert all(sentence in SHIP + BOATS for sentence in one.excerpt.sentences)
            kinds.add("question")
        elif " ".join(one.excerpt.sentences) not in SHIP + " " + BOATS:
            assert plain(ANSWERS[asked.question]) in plain(" ".join(one.excerpt.sentences))
            kinds.add("passage")
    assert kinds == {"question", "passage"}


def test_words_are_names_numbers_and_what_tells_something() -> None:
    found = [(word.text, word.kind[0]) for word in words_of("The ship left Elephant Island in 1916 and had 28 men.")]
    assert found == [
        ("ship", "word"),
        ("left", "word"),
        ("Elephant Island", "name"),
        ("1916", "number"),
        ("28", "number"),
    ]


def test_no_word_is_its_own_opposite() -> None:
    assert all(one != other for one, other in OPPOSITES.items())


def test_a_possessive_is_the_name_itself() -> None:
    assert plain("Frank Wild’s island, and Wild's") == plain("frank wild island and wild")
    assert plain("It's the U.S. 'S") == "it the u.s s"
