"""Search terms: known answers, and what holds for any text."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.terms import (
    _KNOWN,
    _TERM,
    _UNSPACED,
    KNOWN_WORDS,
    LONGEST_KNOWN,
    _terms_of,
    _without_points,
    content_terms,
    terms,
    with_joined_initials,
)
from strategies import awkward_text

SAME = {
    "digits grouped or not": ("15,000", "15000"),
    "digits grouped by points": ("1.500.000", "1500000"),
    "capitals": ("MINSK", "minsk"),
    "a possessive": ("Belarus's army", "Belarus army"),
    "a typographic possessive": ("Belarus’s army", "Belarus army"),
    "straight and curly apostrophes": ("don't", "don’t"),
    "forms of a word": ("resisting", "resists"),
    "a plural": ("commanders", "commander"),
    "a ligature": ("ﬁne", "fine"),
    "full-width letters": ("Ｍｉｎｓｋ　１２", "Minsk 12"),
    "sharp s": ("Straße", "STRASSE"),
    "combining and precomposed marks": ("cafe\u0301", "café"),
    "punctuation between words": ("army—border (Minsk)", "army border Minsk"),
    "the country with points": ("the U.S. Senate", "the US Senate"),
    "the country's other name": ("USA", "U.S.A."),
    "the country and a possessive": ("the US's role", "the U.S.’s role"),
    "an acronym with points": ("U.N. and J.K. Rowling", "UN and JK Rowling"),
    "the country without its last point": ("How is the U.S?", "How is the US?"),
    "initials without their last point": ("D.C and J.K Rowling", "DC and JK Rowling"),
    "initials apart": ("J. K. Rowling and J.\u00a0D. Vance", "JK Rowling and J.D. Vance"),
    "three initials": ("by J. R. R. Tolkien", "by JRR Tolkien"),
    "initials of an accented name": ("A. J. Édouard", "AJ Edouard"),
    "marks on Latin letters": ("François Müller in São Paulo", "Francois Muller in Sao Paulo"),
    "letters that are none with a mark": ("Øresund, Łódź and Þórr", "Oresund, Lodz and Thorr"),
    "a dotted capital I": ("İstanbul", "Istanbul"),
    "Russian cases": ("командиры", "командир"),
    "Hindi vowel signs": ("किताबें", "किताबों"),
}

DIFFERENT = {
    "a decimal and a whole number": ("1.5", "15"),
    "different numbers": ("15,000", "1,500"),
    "different words": ("army", "arms"),
    "the country and a pronoun": ("for the US", "for us"),
    "a Russian letter and the one below its mark": ("майка", "маика"),
    "Vietnamese words": ("mười", "muối"),
    "Hindi vowels": ("किताब", "कताब"),
    "two letters that end sentences": ("vitamin A. B is", "vitamin AB is"),
    "an initial and a name": ("J.Smith", "JSmith"),
    "letters that are not all capitals": ("S.p.A", "SpA"),
}


@pytest.mark.parametrize("case", SAME)
def test_what_a_reader_takes_for_the_same_has_the_same_terms(case: str) -> None:
    one, other = SAME[case]
    assert terms(one) == terms(other) != []


@pytest.mark.parametrize("case", DIFFERENT)
def test_what_a_reader_tells_apart_has_other_terms(case: str) -> None:
    one, other = DIFFERENT[case]
    assert terms(one) != terms(other)


def test_chinese_and_japanese_give_overlapping_pairs() -> None:
    assert terms("日本語の") == ["日本", "本語", "語の"]
    assert terms("文") == ["文"]
    assert terms("在Minsk的军队") == ["在", *terms("Minsk"), "的军", "军队"]


def test_thai_gives_overlapping_pairs() -> None:
    assert terms("ไทย") == ["ไท", "ทย"]


def test_terms_keep_order_and_repeats() -> None:
    assert terms("army border army") == ["armi", "border", "armi"]


def test_punctuation_has_no_terms() -> None:
    assert terms("… — “” ! ? _") == []


def test_a_question_is_searched_by_its_content() -> None:
    assert content_terms("Why did the commanders resist?") == terms("commanders resist")


def test_a_question_of_function_words_alone_is_searched_by_all_of_them() -> None:
    assert content_terms("Who is he?") == terms("who is he") != []


@pytest.mark.parametrize(
    ("question", "content"),
    [
        ("How many were arrested in May?", "arrested may"),
        ("What did Theresa May say?", "theresa may"),
        ("What did the WHO recommend?", "who recommend"),
        ("Where is Long Island?", "long island"),
        ("It may rain. Will it snow?", "rain snow"),
        ("WHO WILL GO TO MINSK?", "minsk"),
        ("Why didn't the siren sound?", "siren sound"),
        ("Isn’t it what you’ve heard? “They'll” resist.", "heard resist"),
        ("Who won the Model T and vitamin D?", "won model t vitamin d"),
        ("what did the us say about china", "US china"),
        ("tell us about the us's role", "US role"),
        ("What did China tell us?", "china"),
    ],
)
def test_a_word_that_frames_a_question_is_kept_where_it_is_a_name(question: str, content: str) -> None:
    assert content_terms(question) == terms(content)


def slow_terms(text: str) -> list[str]:
    """The whole text folded and taken apart at once, nothing remembered."""
    plain = unicodedata.normalize("NFKC", with_joined_initials(text))
    folded = _without_points(plain).casefold().replace("’", "'")
    return [term for piece in _TERM.findall(folded) for term in _terms_of(piece)]


@given(awkward_text())
def test_word_by_word_gives_what_the_whole_text_gives(text: str) -> None:
    assert terms(text) == slow_terms(text)


ODD = ("US", "us", "U.S.", "“US,”", "(U.N.)", "s", "’s", "army,", "1,500.", "a.b", "x-ray", "co_op", "É", "日本", "…")


@given(st.lists(st.sampled_from(ODD), max_size=8), st.sampled_from((" ", "\n", "\u00a0", "\u2028", "\x1c", "")))
def test_word_by_word_gives_what_odd_words_give_together(words: list[str], between: str) -> None:
    text = between.join(words)
    assert terms(text) == slow_terms(text)


def test_no_more_words_are_remembered_than_were_meant_and_none_that_is_long() -> None:
    for number in range(KNOWN_WORDS + 2):
        terms(f"w{number}")
    assert 0 < len(_KNOWN) <= KNOWN_WORDS
    terms("日" * (LONGEST_KNOWN + 1))
    assert "日" * (LONGEST_KNOWN + 1) not in _KNOWN


@given(awkward_text())
def test_capitals_and_compatibility_forms_never_matter(text: str) -> None:
    assert terms(text) == terms(unicodedata.normalize("NFKC", text))
    assert all(term and term == term.strip() for term in terms(text))


@given(awkward_text())
def test_content_terms_are_some_of_the_terms(text: str) -> None:
    found, content = terms(text), content_terms(text)
    assert bool(content) == bool(found)
    assert set(content) <= set(found) | {"usa"}  # of "the us"


@given(awkward_text(), awkward_text())
def test_a_line_break_between_two_texts_joins_no_terms(one: str, other: str) -> None:
    assert terms(f"{one}\n\n{other}") == terms(one) + terms(other)


WORD_BY_DEFINITION = re.compile(
    rf"\d+(?:[.,]\d+)*|{_UNSPACED}+|(?:(?!{_UNSPACED})[^\W\d_])(?:(?!{_UNSPACED})[\w\u0300-\u036f\u0900-\u0dff])*"
)


@given(st.one_of(awkward_text(), st.text(), st.text(alphabet="abé_1.,’'“日ก \u0301", max_size=12)))
def test_the_short_way_to_a_word_of_plain_letters_finds_what_the_long_way_finds(text: str) -> None:
    folded = unicodedata.normalize("NFKC", text).casefold()
    assert _TERM.findall(folded) == WORD_BY_DEFINITION.findall(folded)
