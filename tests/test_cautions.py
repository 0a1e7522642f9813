"""What is said before the quotes of an answer."""

from __future__ import annotations

from dataclasses import replace

from askdocs.cautions import cautions
from askdocs.datatypes import Answer

ANSWER = Answer("Why?", "", (), (), 0.5)


def test_an_answer_to_the_very_question_needs_no_caution() -> None:
    assert cautions(ANSWER) == []


def test_what_was_read_otherwise_and_what_nobody_mentions_is_said_a_sentence_each() -> None:
    assert cautions(replace(ANSWER, read_as=(("Ghandi", "Gandhi"),))) == ["Read as “Gandhi”: no article has “Ghandi”."]
    several = replace(
        ANSWER, read_as=(("pateints", "patients"), ("hospitel", "hospital")), unmentioned=("Peru", "Lima", "1977")
    )
    assert cautions(several) == [
        "Read as “patients” and “hospital”: no article has “pateints” or “hospitel”.",
        "No article mentions “Peru”, “Lima” or “1977” in its title or text.",
    ]
