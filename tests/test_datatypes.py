"""The values that flow from a source to an answer keep their promises."""

from __future__ import annotations

import hashlib
from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given

from askdocs.datatypes import Answer, Article, Hit, Passage, Quote, text_sha256
from askdocs.errors import QuoteError
from askdocs.quotes import quote
from strategies import articles

ARTICLE = Article.of(id="army", text="The army waits. It will not move.", outlet="The Courier")


def test_an_article_made_of_text_is_all_prose_and_named_by_its_id() -> None:
    assert ARTICLE.body == ((0, 33),)
    assert (ARTICLE.title, ARTICLE.source, ARTICLE.outlet, ARTICLE.author) == ("army", "army", "The Courier", None)
    assert Article.of(id="a", text="").body == ()


@given(articles())
def test_a_snapshot_is_named_by_the_sha256_of_its_text(article: Article) -> None:
    assert article.sha256 == hashlib.sha256(article.text.encode()).hexdigest() == text_sha256(article.text)


def test_even_a_lone_surrogate_has_a_hash() -> None:
    assert text_sha256("\ud800") != text_sha256("\ud801")


def test_a_passages_id_is_its_position() -> None:
    assert Passage("news/army", 0, 15, "The army waits.").id == "news/army:0-15"


@pytest.mark.parametrize(
    "other",
    [
        replace(ARTICLE, id="navy"),
        replace(ARTICLE, sha256="0" * 64),
        replace(ARTICLE, text="The navy waits. It will not move."),
        replace(ARTICLE, text=""),
    ],
    ids=["another id", "another snapshot", "other words", "no words"],
)
def test_a_quote_refuses_an_article_that_is_not_the_one_quoted(other: Article) -> None:
    made = quote(ARTICLE, (0, 15))
    assert made.words_in(ARTICLE) == "The army waits."
    with pytest.raises(QuoteError, match="army: the quote at 0-15"):
        made.words_in(other)


def test_words_that_were_typed_are_never_shown_as_a_quote() -> None:
    forged = Quote(ARTICLE.id, ARTICLE.sha256, 0, 15, "The army fights")
    with pytest.raises(QuoteError):
        forged.words_in(ARTICLE)


def test_an_answer_without_quotes_is_an_abstention() -> None:
    hit = Hit(Passage("army", 0, 15, "The army waits."), 1.0, 1)
    abstention = Answer("Who?", "Nothing.", (), (hit,), 0.1)
    assert abstention.abstained
    assert not replace(abstention, quotes=(quote(ARTICLE, (0, 15)),)).abstained


def test_values_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        ARTICLE.text = "Other words."  # type: ignore[misc]  # that is the point
