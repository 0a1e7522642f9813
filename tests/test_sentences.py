"""Sentence spans: known answers for the traps of news, and what holds for any text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.datatypes import Span
from askdocs.sentences import LONGEST, LONGEST_UNSPACED, sentence_spans
from strategies import AWKWARD_FRAGMENTS, awkward_text


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@st.composite
def text_with_body(draw: st.DrawFn) -> tuple[str, list[Span]]:
    """Awkward text, and spans of it in order and apart."""
    text = draw(awkward_text())
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8, unique=True)))
    return text, list(zip(cuts[::2], cuts[1::2], strict=False))


KNOWN = {
    "nothing": [],
    "abbreviations": ["The U.S. army moved at 5 p.m. on Monday.", "It met the U.N. envoy, i.e. Dr. Smith, on p. 3."],
    "initials": ["J. K. Rowling wrote it.", "George W. Bush read it."],
    "a title before an initial": ["Mr. A. Jones left.", "Gov. A. Cuomo met Lt. Col. B. Vindman."],
    "two titles": ["Maj. Gen. Viktor Gulevich resigned.", "Brig. Gen. X stayed."],
    "titles of several": [
        "Then Sens. Elizabeth Warren and Bernie Sanders spoke.",
        "GOP Reps. Liz Cheney and Jim Jordan left.",
    ],
    "titles of news": ["Det. Sgt. Li met former Pres. Donald Trump.", "The Rt. Rev. Bo came from Ft. Worth."],
    "German dates": ["Der Vertrag vom 24. Februar 2022 gilt.", "Am 24. April kam er.", "Der 11. September 2001 kam."],
    "German ordinals": ["Im 19. Jahrhundert war es so.", "Vor dem 2. Weltkrieg auch."],
    "English months behind a number": ["It was on page 24.", "April is here.", "I am 24.", "August is my son."],
    "a German year": ["Sie kam 2022.", "Mai war es nicht."],
    "companies": ["Acme Corp. fell.", "It was sold to Foo Ltd. on Monday."],
    "decimal numbers": ["It cost $1.5 million (see p. 3).", "15,000 troops came in 2.5 days!"],
    "quotations": ["“Nothing is agreed,” said the envoy.", "“Stop!” he cried.", '"Is it over?" she asked.', '"No!"'],
    "a quotation of several sentences": ["He said: “I came.", "I saw.", "I won.”", "Then he left."],
    "brackets": ["They left.", "(He did not.)", "[She did.]"],
    "a dateline": ["KYIV – The army is preparing.", "It waits."],
    "an ellipsis within": ["Wait... what?", "Yes … it is."],
    "small letters only": [
        "it fell 4% (4%).",
        "we sold it, in may 2012, to acme corp. for 25 years.",
        "u.s. rates rose.",
    ],
    "small letters with marks": ["what was sold in 2013?", "6823.0 shares.", "“it fell.”", "(so did they.)", "why not"],
    "Hindi": ["सरकार ने कहा।", "यह सच है।"],
    "Arabic": ["هل هذا صحيح؟", "نعم.", "هذا صحيح."],
    "Urdu": ["یہ سچ ہے۔", "وہ گیا۔"],
    "Russian": ["Он ушёл.", "Она осталась!"],
}


@pytest.mark.parametrize("case", KNOWN)
def test_sentences_on_one_line_are_told_apart(case: str) -> None:
    assert sentences(" ".join(KNOWN[case])) == KNOWN[case]


def test_chinese_and_japanese_full_stops_need_no_space() -> None:
    assert sentences("日本語の文章。次の文です！「はい。」と言った。終わり") == [
        "日本語の文章。",
        "次の文です！",
        "「はい。」",
        "と言った。",
        "終わり",
    ]


def test_thai_without_full_stops_is_cut_to_what_can_be_read() -> None:
    text = "ประเทศไทย" * 100
    assert "".join(sentences(text)) == text
    assert max(map(len, sentences(text))) == LONGEST_UNSPACED


def test_thai_is_cut_at_a_space_where_there_is_one() -> None:
    clause = "ประเทศไทย" * 12
    assert sentences(f"{clause} {clause} {clause}") == [clause] * 3


def test_a_line_break_ends_a_sentence() -> None:
    assert sentences("A title\nBy Someone\nThe text begins. It ends") == [
        "A title",
        "By Someone",
        "The text begins.",
        "It ends",
    ]


WRAPPED = """\
The first sentence of a paragraph that an editor of the old
school has wrapped by hand goes on over three lines and ends
here. The second sentence begins on the third line and ends
on the last."""


def test_a_paragraph_wrapped_by_hand_is_read_across_its_lines() -> None:
    first, second = sentences(WRAPPED)
    assert first.endswith("\nhere.")
    assert second.startswith("The second")
    assert second.endswith("on the last.")


def test_a_blank_line_ends_a_sentence_even_in_a_wrapped_text() -> None:
    unfinished = WRAPPED.removesuffix(".")
    assert sentences(f"{unfinished}\n \t\n{unfinished}") == sentences(unfinished) * 2


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\u0085", "\x0c", "\u00a0", "\u3000"], ids=ascii)
def test_other_separators_than_a_line_feed_are_plain_white_space(separator: str) -> None:
    assert sentences(f"One{separator}two.{separator}Three{separator}four.") == [
        f"One{separator}two.",
        f"Three{separator}four.",
    ]


def test_what_lies_outside_the_body_is_in_no_sentence() -> None:
    text = "A photo. The prose. More prose. Subscribe now."
    body = [(9, 31)]
    assert [text[start:end] for start, end in sentence_spans(text, body)] == ["The prose.", "More prose."]
    assert sentence_spans(text, []) == []


LONG_LINES = {
    "one letter": "a",
    "full stops": ".",
    "Chinese": "文",
    "Chinese full stops": "。",
    "open quotation marks": "“",
    "line breaks": "\n ",
    "carriage returns": "a\r",
    "words": "word ",
    "numbers": "1.",
    "marks": "* ",
    "sentences": "This is a sentence of news. ",
}


@pytest.mark.parametrize("case", LONG_LINES)
def test_a_megabyte_of_anything_is_cut_into_pieces_that_can_be_read(case: str) -> None:
    piece = LONG_LINES[case]
    text = piece * (1_000_000 // len(piece))
    spans = sentence_spans(text)
    assert max((end - start for start, end in spans), default=0) <= LONGEST
    assert sum(len("".join(text[start:end].split())) for start, end in spans) == len("".join(text.split()))


def assert_sound(text: str, body: list[Span], spans: list[Span]) -> None:
    """Check all that passages and quotes rely on."""
    for start, end in spans:
        assert text[start:end] == text[start:end].strip() != ""
        assert any(low <= start and end <= high for low, high in body)
    for (_, end), (start, _) in pairwise(spans):
        assert end <= start
    covered = {place for start, end in spans for place in range(start, end) if not text[place].isspace()}
    prose = {place for low, high in body for place in range(low, high) if not text[place].isspace()}
    assert covered <= prose
    assert prose - covered <= list_marks(text, body)


def list_marks(text: str, body: list[Span]) -> set[int]:
    """Return the places of what may be the mark of a list or a quotation: signs that begin a line of the body."""
    marks: set[int] = set()
    for low, high in body:
        position = low
        for line in text[low:high].split("\n"):
            begun = len(line) - len(line.lstrip())
            signs = len(line) - len(line.lstrip(" \t>-*+•0123456789.)" + "".join(filter(str.isspace, line))))
            marks |= set(range(position + begun, position + signs))
            position += len(line) + 1
    return marks


MARKED = {
    "- One thing.\n- Another thing.": ["One thing.", "Another thing."],
    "* One\n+ two\n\u2022 three": ["One", "two", "three"],
    "* **Bold:** and more": ["**Bold:** and more"],
    "  - Indented. Twice.": ["Indented.", "Twice."],
    "1. The mayor left.\n2) “He” did.": ["The mayor left.", "“He” did."],
    "> He said so.\n> - An item quoted": ["He said so.", "An item quoted"],
    "3. Mai 1945\n4. května 1945": ["3. Mai 1945", "4. května 1945"],
    "-5 degrees\n1.5 million\n>50 people": ["-5 degrees", "1.5 million", ">50 people"],
    "* * *\n- - -\n---": ["* * *", "- - -", "---"],
    "5. 6. are numbers\n2024. A year": ["5. 6. are numbers", "2024.", "A year"],
}


@pytest.mark.parametrize("text", MARKED, ids=ascii)
def test_the_mark_of_a_list_or_of_a_quotation_is_in_no_sentence(text: str) -> None:
    assert sentences(text) == MARKED[text]


@given(text_with_body())
def test_every_character_of_the_body_is_in_exactly_one_sentence(drawn: tuple[str, list[Span]]) -> None:
    text, body = drawn
    assert_sound(text, body, sentence_spans(text, body))


@pytest.mark.parametrize("text", [fragment for fragment in AWKWARD_FRAGMENTS if fragment], ids=ascii)
def test_every_trap_is_divided_soundly(text: str) -> None:
    assert_sound(text, [(0, len(text))], sentence_spans(text))
