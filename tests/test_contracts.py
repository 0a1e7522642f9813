"""The JSON forms: every name that scripts rely on, and words that are sliced from the stored article only."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from askdocs.contracts import answer_form, article_form, citation_form, hit_form, search_form
from askdocs.datatypes import Answer, Article, Hit, Passage, Quote
from askdocs.errors import QuoteError
from askdocs.quotes import quote

ARTICLE = Article.of(
    id="army",
    title="The army",
    text="The army waits.\u2028“It” will \ud83d\ude00 not move.".encode("utf-16", "surrogatepass").decode("utf-16"),
    source="army.txt",
    outlet="The Courier",
    published="2026-11-20",
)
HIT = Hit(Passage("army", 0, 15, "The army waits."), 1.5, 1)
ANSWER = Answer("Who waits?", "“The army waits.” [1]", (quote(ARTICLE, (0, 15)),), (HIT,), 0.75)


def article_of(article_id: str) -> Article:
    assert article_id == ARTICLE.id
    return ARTICLE


CITED = {
    "article_id": "army",
    "title": "The army",
    "source": "army.txt",
    "outlet": "The Courier",
    "author": None,
    "published": "2026-11-20",
    "url": None,
}
HIT_FORM = {
    "rank": 1,
    "score": 1.5,
    "article_id": "army",
    "title": "The army",
    "start": 0,
    "end": 15,
    "text": "The army waits.",
}


def test_an_answer_has_this_form() -> None:
    assert answer_form(ANSWER, article_of) == {
        "question": "Who waits?",
        "abstained": False,
        "text": "“The army waits.” [1]",
        "confidence": 0.75,
        "worded_by": None,
        "read_as": {},
        "unmentioned": [],
        "quotes": [{**CITED, "sha256": ARTICLE.sha256, "start": 0, "end": 15, "exact": "The army waits."}],
        "hits": [HIT_FORM],
    }


def test_an_answer_says_which_words_were_read_otherwise_or_are_nowhere() -> None:
    form = answer_form(replace(ANSWER, read_as=(("Ghandi", "Gandhi"),), unmentioned=("Peru",)), article_of)
    assert (form["read_as"], form["unmentioned"]) == ({"Ghandi": "Gandhi"}, ["Peru"])


def test_an_abstention_has_no_quotes() -> None:
    form = answer_form(replace(ANSWER, quotes=()), article_of)
    assert (form["abstained"], form["quotes"], form["hits"]) == (True, [], [HIT_FORM])


def test_a_ranking_has_this_form() -> None:
    assert search_form("Who waits?", [HIT], article_of) == {"question": "Who waits?", "hits": [HIT_FORM]}
    assert hit_form(HIT, article_of) == HIT_FORM


def test_an_article_has_this_form() -> None:
    assert citation_form(ARTICLE) == CITED
    assert article_form(ARTICLE) == {
        **CITED,
        "language": None,
        "sha256": ARTICLE.sha256,
        "text": ARTICLE.text,
        "body": [[0, len(ARTICLE.text)]],
    }


@pytest.mark.parametrize("ascii_only", [True, False])
def test_every_character_survives_json(ascii_only: bool) -> None:  # noqa: FBT001  one of two ways to write it
    form = answer_form(replace(ANSWER, quotes=(quote(ARTICLE, (0, len(ARTICLE.text))),)), article_of)
    read = json.loads(json.dumps(form, ensure_ascii=ascii_only))
    assert read == form
    assert read["quotes"][0]["exact"] == ARTICLE.text


def test_words_that_the_article_does_not_hold_are_never_printed() -> None:
    typed = Quote("army", ARTICLE.sha256, 0, 15, "The army moves.")
    with pytest.raises(QuoteError):
        answer_form(replace(ANSWER, quotes=(typed,)), article_of)
