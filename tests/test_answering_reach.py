"""How far back a quote reaches so that a reader knows who is meant: known answers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from askdocs.answering.reach import FURTHEST, LONGEST, points_back, understandable
from askdocs.datatypes import Article
from askdocs.quotes import is_prose
from askdocs.sentences import sentence_spans
from strategies import articles


def reached(text: str, sentence: str) -> str:
    """The words that a sentence of a text becomes when it is quoted."""
    start = text.index(sentence)
    before = [span for span in sentence_spans(text) if span[1] <= start]
    low, high = understandable(Article.of(id="a", text=text), (start, start + len(sentence)), before)
    return text[low:high]


POINTING = (
    "He said the road was closed.",
    "Their leader left.",
    "But he stayed.",
    "This was new.",
    "“We will stay,” he said.",
    "The two agreed.",
    "In his view it is over.",
)
STANDING = (
    "The army is waiting.",
    "Heath rows of houses burned.",
    "Itaipu holds the water.",
    "“We will stay,” General Yershov said.",
    "This army is waiting.",
    "Hers is the first word of another kind.",
    "“They had lived on rainwater,” Dr Solheim said.",
)


@pytest.mark.parametrize("sentence", POINTING)
def test_a_sentence_that_points_back_is_quoted_with_the_one_before(sentence: str) -> None:
    assert points_back(sentence)
    text = f"Snow fell. General Yershov spoke. {sentence} It ended."
    assert reached(text, sentence) == f"General Yershov spoke. {sentence}"


@pytest.mark.parametrize("sentence", STANDING)
def test_a_sentence_that_stands_alone_is_quoted_alone(sentence: str) -> None:
    assert not points_back(sentence)
    assert reached(f"Snow fell. {sentence} It ended.", sentence) == sentence


def test_speech_reaches_back_to_who_speaks() -> None:
    speech = "Mayor Ana Lopez spoke. “We are closing the road. It will stay closed until May,” she said."
    assert reached(speech, "It will stay closed until May,” she said.") == speech
    for one in ("‘The road is closed,’ she replied.", "“The road is closed,” said she."):
        assert reached(f"Mayor Ana Lopez spoke. {one}", one) == f"Mayor Ana Lopez spoke. {one}"


@pytest.mark.parametrize("heading", ["Street closures", "## Street closures"])
def test_a_heading_names_nobody(heading: str) -> None:
    text = f"Mayor Ana Lopez spoke at noon.\n\n{heading}\n\nShe said the road was closed."
    assert reached(text, "She said the road was closed.") == "She said the road was closed."


def test_a_chain_is_followed_to_the_one_who_is_named() -> None:
    text = "General Yershov resigned. He was arrested. He said nothing."
    assert reached(text, "He said nothing.") == text


def test_a_long_chain_is_followed_so_far_only() -> None:
    text = "General Yershov resigned. He left. He came. He spoke. He slept."
    assert reached(text, "He slept.") == " ".join(text.split(". ")[-1 - FURTHEST :]).replace(" He", ". He")


def test_the_first_sentence_has_nothing_to_reach() -> None:
    assert reached("He said nothing. It ended.", "He said nothing.") == "He said nothing."


def test_a_sentence_too_long_to_be_added_is_left() -> None:
    text = f"General Yershov {'spoke and ' * (LONGEST // 10)}resigned. He said nothing."
    assert reached(text, "He said nothing.") == "He said nothing."


def test_a_quote_never_reaches_across_furniture() -> None:
    text = "General Yershov spoke.\nSubscribe now!\nHe said nothing."
    article = replace(Article.of(id="a", text=text), body=((0, 22), (38, len(text))))
    assert understandable(article, (38, len(text)), [(0, 22)]) == (38, len(text))
    whole = Article.of(id="a", text=text.replace("Subscribe now!", ""))
    assert understandable(whole, (24, len(whole.text)), [(0, 22)]) == (0, len(whole.text))


def test_in_a_wrapped_paragraph_the_whole_sentence_before_is_reached() -> None:
    text = (
        "Snow fell on the city all night and the roads were closed at\n"
        "dawn. General Yershov, the chief of staff, spoke on the radio\n"
        "and resigned. He said nothing of the war, and nothing of the\n"
        "men who had left."
    )
    assert reached(text, text[text.index("He said") :]) == text[text.index("General") :]


@given(articles())
def test_a_quote_grows_backwards_only_within_bounds_and_prose(article: Article) -> None:
    spans = sentence_spans(article.text)
    for number, (start, end) in enumerate(spans):
        low, high = understandable(article, (start, end), spans[:number])
        assert high == end
        assert start - LONGEST <= low <= start
        assert is_prose(article, (low, high))
