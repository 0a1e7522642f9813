"""What is exported says where each quote stands, and shows no word that is not in the article."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from askdocs.datatypes import Answer, Article, Hit, Passage, Quote, Span
from askdocs.errors import QuoteError
from askdocs.verifying import saved_quotes
from askdocs.web.exporting import citations, export, plain
from askdocs.web.links import page_address, place_of
from askdocs.web.markup import Html
from askdocs.web.turns import Turn
from askdocs.web.words import said
from strategies import articles, awkward_text

PAGE = "http://127.0.0.1:7860/"
RAIN = replace(
    Article.of(id="rain/1", title="Rain", text="It rained. *Nobody* came [1] <b>."),
    outlet="The Echo",
    author="A. Venn",
    published="2023-03-02",
    url="https://example.org/rain",
)


def turn_of(article: Article, spans: list[Span], question: str = "Why?") -> Turn:
    quotes = tuple(Quote(article.id, article.sha256, *span, article.text[slice(*span)]) for span in spans)
    answer = Answer(question, " ".join(f"[{number}]" for number, _ in enumerate(quotes, 1)), quotes, (), 0.75)
    return Turn(question, Html(""), answer, said="Answered.")


def stored(article: Article) -> object:
    """Return what gives one article by its id and sha256."""

    def found(article_id: str, sha256: str) -> Article:
        if (article_id, sha256) != (article.id, article.sha256):
            raise QuoteError("gone")
        return article

    return found


def exported(turns: list[Turn], form: str, article: Article) -> str:
    return export(turns, form, stored(article), PAGE).content  # type: ignore[arg-type]  # a plain function


@given(articles(), awkward_text(max_pieces=3), st.tuples(st.integers(0, 80), st.integers(0, 80)))
def test_json_says_of_every_quote_its_place_hash_and_words_whatever_they_are(
    article: Article, question: str, cuts: tuple[int, int]
) -> None:
    start, end = sorted(min(cut, len(article.text)) for cut in cuts)
    if start == end:
        return
    content = exported([turn_of(article, [(start, end)], question)], "json", article)
    assert content.isascii()
    (answer,) = json.loads(content)["answers"]
    (one,) = answer["quotes"]
    assert answer["question"] == question
    assert (one["start"], one["end"], one["sha256"]) == (start, end, article.sha256)
    assert one["exact"] == article.text[start:end]


def test_json_names_source_dates_and_a_link_that_leads_back() -> None:
    (answer,) = json.loads(exported([turn_of(RAIN, [(0, 10), (11, 32)])], "json", RAIN))["answers"]
    assert (answer["abstained"], answer["confidence"], answer["gone"]) == (False, 0.75, [])
    first = answer["quotes"][0]
    assert (first["number"], first["title"], first["outlet"]) == (1, "Rain", "The Echo")
    assert "/" not in first["source"]
    assert (first["published"], first["url"]) == ("2023-03-02", "https://example.org/rain")
    assert first["link"].startswith(f"{PAGE}#article=rain%2F1&sha256={RAIN.sha256}")
    assert first["link"].endswith("&start=0&end=10")


def test_json_is_what_verifying_reads() -> None:
    content = json.loads(exported([turn_of(RAIN, [(0, 10)]), turn_of(RAIN, [(11, 32)])], "json", RAIN))
    found = saved_quotes(content)
    assert [(one.article_id, one.start, one.end, one.exact, one.sha256) for one in found] == [
        ("rain/1", 0, 10, "It rained.", RAIN.sha256),
        ("rain/1", 11, 32, RAIN.text[11:32], RAIN.sha256),
    ]


def test_a_quote_whose_snapshot_is_gone_is_named_without_words() -> None:
    turn = turn_of(RAIN, [(0, 10)])
    other = Article.of(id="rain/1", text="Other words altogether.")
    (answer,) = json.loads(exported([turn], "json", other))["answers"]
    assert answer["quotes"] == []
    assert answer["gone"] == [{"article_id": "rain/1", "sha256": RAIN.sha256, "start": 0, "end": 10}]
    for form in ("markdown", "html"):
        content = exported([turn], form, other)
        assert "no longer stored" in content
        assert "It rained." not in content.replace("\\", "")


def test_markdown_shows_an_articles_own_marks_as_they_are() -> None:
    content = exported([turn_of(RAIN, [(0, 10), (11, 32)])], "markdown", RAIN)
    assert "> “It rained\\.” \\[1\\]" in content
    assert "\\*Nobody\\* came \\[1\\] \\<b\\>" in content
    unescaped = re.sub(r"\\(.)", r"\1", content)
    assert "1. Rain · The Echo · A. Venn · 2 March 2023, https://example.org/rain, characters 0–10" in unescaped
    assert f"sha256 {RAIN.sha256}" in unescaped


@given(awkward_text(max_pieces=4))
def test_no_characters_make_markup_in_markdown(characters: str) -> None:
    content = exported([turn_of(RAIN, [(0, 10)], characters)], "markdown", RAIN)
    heading = content.split("\n", 1)[0].removeprefix("## ")
    assert not re.search(r"(?<!\\)(?:\\\\)*[<\[*_`!]", heading)


class Tags(HTMLParser):
    """The elements of a page, and the addresses that they name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str | None] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value for name, value in attrs if name in {"href", "src"}]


@given(articles(), awkward_text(max_pieces=3))
def test_the_web_page_is_inert_needs_nothing_and_forbids_the_rest(article: Article, question: str) -> None:
    content = exported([turn_of(article, [(0, 1)] if article.text else [], question)], "html", article)
    page = Tags(content)
    ours = {"html", "head", "meta", "title", "style", "body", "h1", "h2", "section", "p", "blockquote", "ol", "li"}
    ours |= {"a", "span"}
    assert page.tags <= ours
    assert all(address is not None and address.startswith(f"{PAGE}#") for address in page.addresses)
    assert "default-src &#x27;none&#x27;" in content


def test_a_copied_answer_has_its_quotes_and_numbered_sources() -> None:
    turn = turn_of(RAIN, [(0, 10)])
    words = plain(turn, citations(turn, lambda *_: RAIN))
    assert words.splitlines() == [
        "Why?",
        "",
        "“It rained.” [1]",
        "",
        "[1] Rain · The Echo · A. Venn · 2 March 2023, https://example.org/rain, characters 0–10",
    ]


WORDED = "He writes *that* it rained [1]."


def worded_turn() -> Turn:
    turn = turn_of(RAIN, [(0, 10)])
    assert turn.answer is not None
    return replace(turn, answer=replace(turn.answer, text=WORDED, worded_by="a model"))


def test_what_a_model_worded_stands_first_in_every_form_and_says_so() -> None:
    turn = worded_turn()
    by = "Worded by a model from the quotes below. Only they are the articles’ own words."
    copied = plain(turn, citations(turn, lambda *_: RAIN))
    assert copied.split("\n\n")[:3] == ["Why?", f"{WORDED}\n{by}", "“It rained.” [1]"]
    for form in ("markdown", "html"):
        content = re.sub(r"<[^>]*>", " ", exported([turn], form, RAIN)).replace("\\", "")
        places = [content.index(one) for one in (WORDED, by, "“It rained.”")]
        assert places == sorted(places)
    (answer,) = json.loads(exported([turn], "json", RAIN))["answers"]
    assert (answer["text"], answer["worded_by"]) == (WORDED, "a model")


def test_how_a_question_was_read_is_copied_and_exported_with_the_answer() -> None:
    turn = turn_of(RAIN, [(0, 10)])
    assert turn.answer is not None
    answered = replace(turn.answer, read_as=(("rian", "rain"),))
    turn = replace(turn, answer=answered, said=said(answered))
    read = "Read as “rain”: no article has “rian”."
    copied = plain(turn, citations(turn, lambda *_: RAIN))
    assert copied.split("\n\n")[:3] == ["Why?", read, "“It rained.” [1]"]
    for form in ("markdown", "html"):
        content = re.sub(r"<[^>]*>", " ", exported([turn], form, RAIN)).replace("\\", "")
        assert read in content
    (answer,) = json.loads(exported([turn], "json", RAIN))["answers"]
    assert answer["read_as"] == {"rian": "rain"}


def refused_turn() -> Turn:
    hits = tuple(Hit(Passage("rain/1", *span, RAIN.text[slice(*span)]), 1.0, 1) for span in ((0, 10), (11, 32)))
    told = ("Your articles do not answer this.", "Searched 20 articles from 2 March 2023 to 9 March 2023.")
    snapshots = (("rain/1", RAIN.sha256),)
    said = "Your articles do not answer this. The nearest passages are listed."
    return Turn("Why?", Html(""), Answer("Why?", "", (), hits, 0.1), snapshots=snapshots, said=said, told=told)


def test_a_refusal_says_what_was_searched_and_lists_the_nearest_passages_as_no_answer() -> None:
    turn = refused_turn()
    copied = plain(turn, citations(turn, stored(RAIN)))  # type: ignore[arg-type]  # a plain function
    assert copied.split("\n\n") == [
        "Why?",
        "Your articles do not answer this.\nSearched 20 articles from 2 March 2023 to 9 March 2023.",
        "Nearest passages, not an answer\n“It rained.” [1]\n“*Nobody* came [1] <b>” [2]",
        (
            "[1] Rain · The Echo · A. Venn · 2 March 2023, https://example.org/rain, characters 0–10\n"
            "[2] Rain · The Echo · A. Venn · 2 March 2023, https://example.org/rain, characters 11–32"
        ),
    ]
    for form in ("markdown", "html"):
        content = re.sub(r"<[^>]*>", " ", exported([turn], form, RAIN)).replace("\\", "")
        wanted = ("Searched 20 articles from 2 March 2023", "Nearest passages, not an answer", "“It rained.”")
        places = [content.index(one) for one in wanted]
        assert places == sorted(places)
        assert "are listed" not in content
    (answer,) = json.loads(exported([turn], "json", RAIN))["answers"]
    assert (answer["abstained"], answer["quotes"]) == (True, [])
    assert [one["text"] for one in answer["nearest"]] == ["It rained.", RAIN.text[11:32]]
    assert answer["said"].startswith("Your articles do not answer this. Searched 20 articles")


def test_no_character_of_an_article_turns_the_words_of_a_web_page() -> None:
    article = Article.of(id="a", title="safe\u202egnp.exe", text="He sent safe\u202egnp.exe\u2066 on.")
    content = exported([turn_of(article, [(0, len(article.text))])], "html", article)
    assert '<span class="turning" data-sign="RLO">\u202e</span>gnp.exe' in content
    assert ".turning{unicode-bidi:isolate" in content
    assert len(re.findall("\u202e|\u2066", content)) == content.count('class="turning"')


def test_the_address_of_the_page_is_believed_only_as_one() -> None:
    assert page_address("http://127.0.0.1:7860/a?b=c#d") == "http://127.0.0.1:7860/a"
    for wrong in (None, 3, "javascript:alert(1)", "http://", "http://me@evil.example/", "//x", "http://[", "x" * 3_000):
        assert page_address(wrong) == ""


def test_a_place_is_read_from_text_alone() -> None:
    parts = {"article": "a", "sha256": "0" * 64, "start": "0", "end": "9"}
    assert place_of(parts) is not None
    assert place_of(parts | {"start": 0}) is None
    assert place_of({}) is None
