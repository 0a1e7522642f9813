"""A saved answer's quotes against the articles as they are now: valid, moved, changed, gone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.contracts import answer_form
from askdocs.datatypes import Answer, Article
from askdocs.quotes import quote
from askdocs.verifying import SavedQuote, Verdict, saved_quotes, verified
from strategies import articles

WORDS = "The army waits at the border of Lenwick."
TEXT = f"It rained. {WORDS} Nobody came."
ARMY = Article.of(id="army", title="The army", text=TEXT, url="https://example.org/army")
SAVED = SavedQuote("Who waits?", "army", 11, 51, WORDS, ARMY.sha256, ARMY.title, ARMY.url)


def article(text: str, id: str = "army", title: str = "The army", url: str | None = None) -> Article:  # noqa: A002  the field's name
    return Article.of(id=id, title=title, text=text, url=url)


def by_id(*known: Article) -> dict[str, Article]:
    return {one.id: one for one in sorted(known, key=lambda one: one.id)}


def verdict_on(saved: SavedQuote, *known: Article) -> tuple[Verdict, str | None]:
    """The verdict, and where the words are, as `id:start-end`."""
    (one,) = verified([saved], by_id(*known))
    if one.place is None:
        return one.verdict, None
    start, end = one.place.span
    assert one.place.article.text[start:end] == saved.exact
    return one.verdict, f"{one.place.article.id}:{start}-{end}"


def test_words_in_their_place_are_valid_whatever_else_of_the_article_changed() -> None:
    assert verdict_on(SAVED, ARMY) == ("valid", "army:11-51")
    (one,) = verified([SAVED], by_id(article(TEXT.replace("Nobody", "Someone"))))
    assert (one.verdict, one.same_snapshot, one.kept) == ("valid", False, False)
    (one,) = verified([SAVED], by_id(ARMY))
    assert (one.same_snapshot, one.kept) == (True, True)


def test_words_elsewhere_in_the_article_are_moved_to_the_nearest_place() -> None:
    assert verdict_on(SAVED, article("Well. " + TEXT)) == ("moved", "army:17-57")
    assert verdict_on(SAVED, article(f"{WORDS} It rained and rained. {WORDS} {WORDS}")) == ("moved", "army:0-40")
    assert verdict_on(SAVED, article("..." + TEXT + WORDS)) == ("moved", "army:14-54")


def test_an_article_whose_words_are_others_is_changed() -> None:
    assert verdict_on(SAVED, article(TEXT.replace("waits", "moves"))) == ("changed", None)
    assert verdict_on(SAVED, article("")) == ("changed", None)
    assert verdict_on(replace(SAVED, exact=WORDS.replace("waits", "moves")), ARMY) == ("changed", None)


def test_an_article_that_is_not_there_is_gone() -> None:
    assert verdict_on(SAVED) == ("gone", None)
    assert verdict_on(SAVED, article("It rained.", id="rain")) == ("gone", None)


SHORT = replace(SAVED, start=0, end=10, exact="It rained.")


@pytest.mark.parametrize(
    ("saved", "renamed", "wanted"),
    [
        (SAVED, article(TEXT, id="new"), ("moved", "new:11-51")),
        (SHORT, article(TEXT, id="new", title="Another"), ("moved", "new:0-10")),
        (SHORT, article("Yes. It rained.", id="new", title="Other", url=ARMY.url), ("moved", "new:5-15")),
        (SHORT, article("Yes. It rained.", id="new"), ("moved", "new:5-15")),
        (SHORT, article("Yes. It rained.", id="new", title="Other"), ("gone", None)),
        (SAVED, article(f"New. {WORDS}", id="new", title="Other"), ("moved", "new:5-45")),
    ],
    ids=["same text", "same text, short words", "same address", "same title", "short words elsewhere", "long words"],
)
def test_an_article_that_has_another_id_now_is_known_again(
    saved: SavedQuote, renamed: Article, wanted: tuple[Verdict, str | None]
) -> None:
    assert verdict_on(saved, renamed) == wanted


@pytest.mark.parametrize("now", [by_id(article("It snowed.")), {}], ids=["changed", "gone"])
def test_an_earlier_snapshot_that_is_kept_is_told(now: dict[str, Article]) -> None:
    (one,) = verified([SAVED], now, lambda article_id, sha256: (article_id, sha256) == ("army", ARMY.sha256))
    assert (one.place, one.kept) == (None, True)
    (one,) = verified([replace(SAVED, sha256=None)], now, lambda _id, _sha256: True)
    assert not one.kept


def test_the_surest_likeness_wins() -> None:
    known = [
        article(f"A. {WORDS}", id="a", title="Long words only"),
        article(f"Bb. {WORDS}", id="b", url=ARMY.url),
        article(TEXT, id="c", title="The very text"),
        article(f"Dddd. {WORDS}", id="d"),
    ]
    assert verdict_on(SAVED, *known) == ("moved", "c:11-51")
    assert verdict_on(SAVED, *(one for one in known if one.id != "c")) == ("moved", "b:4-44")


def test_two_articles_that_changed_their_ids_are_told_apart_and_an_edited_one_is_not_replaced_by_a_copy() -> None:
    assert verdict_on(SAVED, article("It snowed."), article(TEXT, id="other")) == ("moved", "other:11-51")
    copied = article(f"Copied: {WORDS}", id="copy")
    assert verdict_on(SAVED, article("It snowed."), copied) == ("changed", None)


@given(articles(), st.data())
def test_what_was_quoted_is_valid_and_what_was_put_in_front_moves_it(one: Article, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(one.text)))
    end = data.draw(st.integers(start, len(one.text)))
    words = one.text[start:end]
    if not words.strip():
        return
    saved = SavedQuote("?", one.id, start, end, words, one.sha256, one.title)
    assert verdict_on(saved, one) == ("valid", f"{one.id}:{start}-{end}")
    before = data.draw(st.text(st.characters(codec="utf-8"), min_size=1, max_size=5))
    edited = article(before + one.text, id=one.id)
    places = [place for place in range(len(edited.text)) if edited.text.startswith(words, place)]
    found, where = verdict_on(saved, edited)
    assert found == ("valid" if start in places else "moved")
    nearest = int((where or "").rpartition(":")[2].partition("-")[0])
    assert nearest in places
    assert abs(nearest - start) == min(abs(place - start) for place in places)


# --- what is read from a file

FORM = answer_form(Answer("Who waits?", "", (quote(ARMY, (11, 51)),), (), 0.9), lambda _: ARMY)


def test_the_quotes_of_an_answer_of_a_conversation_and_of_a_list_are_read() -> None:
    read = json.loads(json.dumps(FORM))
    assert saved_quotes(read) == [SAVED]
    assert saved_quotes({"answers": [read, read]}) == [SAVED, SAVED]
    assert saved_quotes([read, read | {"quotes": []}]) == [SAVED]
    assert saved_quotes([]) == []
    bare = {name: FORM["quotes"][0][name] for name in ("article_id", "start", "end", "exact")}
    assert saved_quotes(read | {"quotes": [bare]}) == [SavedQuote("Who waits?", "army", 11, 51, WORDS)]


def without(name: str) -> dict[str, Any]:
    return {"quotes": [{key: value for key, value in FORM["quotes"][0].items() if key != name}], "question": "?"}


def with_field(name: str, value: object) -> dict[str, Any]:
    return {"question": "?", "quotes": [FORM["quotes"][0] | {name: value}]}


MALFORMED: dict[str, tuple[Any, str]] = {
    "a number": (3, 'no list of "quotes"'),
    "no quotes": ({"question": "?"}, 'no list of "quotes"'),
    "quotes that are none": ({"question": "?", "quotes": {}}, 'no list of "quotes"'),
    "a hit list": ({"question": "?", "hits": []}, 'no list of "quotes"'),
    "no question": ({"quotes": []}, '"question" is not there'),
    "a list in a list": ([FORM, [FORM]], 'answer 2: no list of "quotes"'),
    "a quote that is a text": ({"question": "?", "quotes": ["It rained."]}, "quote 1: is no object"),
    "no article": (without("article_id"), 'quote 1: "article_id" is not there'),
    "no words": (without("exact"), 'quote 1: "exact" is not there'),
    "blank words": (with_field("exact", " \n"), 'quote 1: "exact" holds no words'),
    "a place in words": (with_field("start", "11"), 'quote 1: "start" is not a whole number of at least 0'),
    "a place before the text": (with_field("end", -1), 'quote 1: "end" is not a whole number of at least 0'),
    "half a character": (with_field("start", 1.5), 'quote 1: "start" is not a whole number'),
    "true": (with_field("start", True), 'quote 1: "start" is not a whole number'),  # noqa: FBT003  JSON's true
}


@pytest.mark.parametrize("case", MALFORMED)
def test_what_is_no_saved_answer_is_refused_with_the_place_and_the_reason(case: str) -> None:
    form, reason = MALFORMED[case]
    with pytest.raises(ValueError, match=reason):
        saved_quotes(form)


def test_a_place_that_no_text_has_is_looked_for_elsewhere() -> None:
    assert verdict_on(replace(SAVED, start=10**30, end=10**31), ARMY) == ("moved", "army:11-51")
    assert verdict_on(replace(SAVED, start=51, end=11), ARMY) == ("moved", "army:11-51")
