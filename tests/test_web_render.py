"""What the page shows is the article's own text, whatever that text consists of."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from askdocs.answering.extractive import cited
from askdocs.datatypes import Answer, Article, Hit, Passage, Quote, Span
from askdocs.errors import QuoteError
from askdocs.index import ArticleSummary
from askdocs.quotes import quote
from askdocs.web import evidence, render
from askdocs.web.evidence import Kind, Mark, View, pane, readable_date
from askdocs.web.markup import Html, element, join
from askdocs.web.turns import Conversation, Turn
from strategies import articles, awkward_text

OURS = {
    *("div", "article", "header", "section", "nav", "h1", "h2", "h3", "p", "span", "mark", "button", "ol", "ul", "li"),
    *("figure", "blockquote", "figcaption", "strong", "a"),
}
UNSHOWABLE = re.compile("[\x00\ud800-\udfff]")


def shown(characters: str) -> str:
    """Return characters as the page shows them."""
    return UNSHOWABLE.sub("\ufffd", characters)


Around = tuple[tuple[str, dict[str, str | None]], ...]
"""The elements around a run of text, outermost first: tags and attributes."""


class Parsed(HTMLParser):
    """HTML taken apart by a parser that knows nothing of ours."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.runs: list[tuple[str, Around]] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._around: Around = ()
        self.feed(html)
        self.close()
        assert not self._around

    @property
    def tags(self) -> set[str]:
        """The names of all elements."""
        return {tag for tag, _ in self.elements}

    def text(self, tag: str, **wanted: str) -> str:
        """Return the text inside elements of a tag that have these words in these attributes."""
        return "".join(data for data, around in self.runs if any(_is(one, tag, wanted) for one in around))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: D102  HTMLParser's own
        self.elements.append((tag, dict(attrs)))
        self._around += (self.elements[-1],)

    def handle_endtag(self, tag: str) -> None:  # noqa: D102  HTMLParser's own
        *outer, (innermost, _) = self._around
        assert innermost == tag
        self._around = tuple(outer)

    def handle_data(self, data: str) -> None:  # noqa: D102  HTMLParser's own
        self.runs.append((data, self._around))

    def handle_comment(self, data: str) -> None:  # noqa: D102  HTMLParser's own
        self.elements.append(("<!--", {"data": data}))

    def handle_decl(self, decl: str) -> None:  # noqa: D102  HTMLParser's own
        self.elements.append(("<!", {"decl": decl}))

    def handle_pi(self, data: str) -> None:  # noqa: D102  HTMLParser's own
        self.elements.append(("<?", {"data": data}))


def _is(element: tuple[str, dict[str, str | None]], tag: str, wanted: dict[str, str]) -> bool:
    name, attributes = element
    return name == tag and all(
        word in (attributes.get(key.rstrip("_").replace("_", "-")) or "").split() for key, word in wanted.items()
    )


@st.composite
def views(draw: st.DrawFn) -> View:
    """An article of awkward characters with any body and any marks, overlapping ones too."""
    article = draw(articles(id=draw(awkward_text(max_pieces=2)) or "article"))
    place = st.integers(0, len(article.text))
    edges = sorted(draw(st.lists(place, max_size=8)))
    body = tuple(zip(edges[::2], edges[1::2], strict=False))
    spans = [tuple(sorted(pair)) for pair in draw(st.lists(st.tuples(place, place), max_size=4))]
    marks = tuple(Mark(number, start, end) for number, (start, end) in enumerate(spans, start=1))
    kinds: tuple[Kind, ...] = ("quote", "hit", "article")
    known = draw(st.one_of(st.none(), awkward_text(max_pieces=2)))
    return View(
        replace(article, body=body, source=known or "", url=known, outlet=known, author=known, published=known),
        kind=draw(st.sampled_from(kinds)),
        turn=0,
        marks=marks,
        focus=1,
        count=len(marks),
    )


@given(views())
def test_the_pane_shows_the_whole_article_and_no_element_that_is_not_ours(view: View) -> None:
    parsed = Parsed(pane(view))
    assert parsed.text("div", class_="text") == shown(view.article.text)
    assert parsed.tags <= OURS


@given(views())
def test_each_mark_holds_exactly_its_span(view: View) -> None:
    parsed = Parsed(pane(view))
    for mark in view.marks:
        assert parsed.text("mark", data_numbers=str(mark.number)) == shown(view.article.text[mark.start : mark.end])


@given(views())
def test_what_lies_outside_the_body_and_is_not_marked_is_greyed(view: View) -> None:
    inside = {place for start, end in view.article.body for place in range(start, end)}
    marked = {place for mark in view.marks for place in range(mark.start, mark.end)}
    at = 0
    for data, around in Parsed(pane(view)).runs:
        if ("div", {"class": "text"}) not in around:
            continue
        grey = any((known.get("class") or "") in ("furniture", "gap") for _, known in around)
        for place in range(at, at + len(data)):
            if place not in inside | marked and not data.isspace():
                assert grey
        at += len(data)


def test_furniture_stands_apart_from_prose_within_one_line() -> None:
    article = replace(Article.of(id="a", text="Prose. Photo: AP"), body=((0, 6),))
    assert '<p dir="auto">Prose.<span class="furniture"> Photo: AP</span></p>' in pane(View(article))


def test_the_title_is_not_shown_twice_in_black() -> None:
    article = Article.of(id="a", title="A Title", text="# A Title\n\nProse.")
    assert '<p class="furniture" dir="auto"># A Title\n\n</p><p dir="auto">Prose.</p>' in pane(View(article))


def test_only_a_web_address_becomes_a_link() -> None:
    def address(url: str) -> Html:
        return pane(View(Article.of(id="a", text="Prose.", url=url)))

    assert '<a href="https://example.org/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">' in address(
        "https://example.org/?a=1&b=2"
    )
    for other in ("javascript:alert(1)", " https://example.org", "data:text/html,x", "//example.org"):
        assert "<a " not in address(other)


def answer_of(article: Article, spans: list[Span], wording: str | None = None, confidence: float = 0.9) -> Answer:
    quotes = tuple(quote(article, span) for span in spans)
    return Answer("Why?", cited(quotes) if wording is None else wording, quotes, (), confidence)


@given(article=articles(), characters=awkward_text(max_pieces=4))
def test_an_answers_cards_hold_the_articles_words_whatever_they_are(article: Article, characters: str) -> None:
    words = article.text.strip()
    if not words:
        return
    answer = answer_of(article, [(0, len(article.text))], wording=f"{characters} [1]")
    parsed = Parsed(render.answered(0, answer, {article.id: article}.__getitem__))
    assert parsed.tags <= OURS
    assert parsed.text("blockquote") == shown(f"“{words}”")


PLAIN = Article.of(id="plain", title="Plain", text="It rained [1] all day. Nobody came.")


def wording_of(answer: Answer) -> str:
    found = re.search(r'<p class="wording".*?</p>', render.answered(0, answer, lambda _: PLAIN), re.DOTALL)
    assert found
    buttons = re.sub(r"<button[^>]*>(\d+)</button>", r"(\1)", found.group())
    return re.sub(r"<[^>]*>", "", buttons)


def test_a_mark_that_points_to_a_quote_becomes_a_button_and_others_stay_text() -> None:
    both = [(0, 22), (23, 35)]
    answer = answer_of(PLAIN, both, "Rain [1][2], no [3] and no [0] nor [x].")
    assert wording_of(answer) == "Rain(1)(2), no [3] and no [0] nor [x]."


def test_a_mark_in_the_articles_own_words_stays_text() -> None:
    answer = answer_of(PLAIN, [(0, 22)], "They say “It rained [1] all day.” [1]")
    assert wording_of(answer) == "They say “It rained [1] all day.”(1)"


def test_an_answer_of_quotes_alone_is_not_shown_twice() -> None:
    answer = answer_of(PLAIN, [(0, 22), (23, 35)])
    html = render.answered(0, answer, lambda _: PLAIN)
    assert html.count("Nobody came.") == 1
    assert html.count('<button type="button" class="citation"') == 2


def test_words_that_are_no_longer_in_the_article_are_refused() -> None:
    stale = Answer("Why?", "[1]", (Quote("plain", PLAIN.sha256, 0, 2, "At"),), (), 0.9)
    with pytest.raises(QuoteError):
        render.answered(0, stale, lambda _: PLAIN)


@pytest.mark.parametrize(
    ("confidence", "words"), [(1.0, "Strong match"), (0.85, "Strong match"), (0.7, "Likely"), (0.5, "Weak match")]
)
def test_confidence_is_told_in_words(confidence: float, words: str) -> None:
    html = render.answered(0, answer_of(PLAIN, [(0, 22)], confidence=confidence), lambda _: PLAIN)
    assert f'<span class="level">{words}</span> · 1 quote from 1 article' in html


def test_a_refusal_shows_the_three_nearest_passages_and_no_quote() -> None:
    hits = tuple(Hit(Passage("plain", 0, 22, PLAIN.text[:22]), 1.0, rank) for rank in range(1, 11))
    html = render.abstained(4, Answer("Why?", "", (), hits, 0.1), lambda _: PLAIN, 4_856)
    assert "Your articles do not answer this." in html
    assert "Searched 4,856 articles" in html
    assert html.count('class="card hit"') == 3
    assert "card quote" not in html
    assert '<span class="tag">not an answer</span>' in html


def summary(name: str, title: str, **known: str | None) -> ArticleSummary:
    blank: dict[str, str | None] = dict.fromkeys(("published", "outlet", "author", "language", "url"))
    return ArticleSummary(id=name, title=title, source=name, sha256="", characters=1, passages=1, **(blank | known))


@given(st.lists(awkward_text(max_pieces=2), max_size=5), awkward_text(max_pieces=1))
def test_the_list_of_articles_is_inert_and_filters_by_every_word(titles: list[str], wanted: str) -> None:
    listed = [summary(str(number), title) for number, title in enumerate(titles)]
    parsed = Parsed(render.shelf(listed, wanted))
    words = wanted.casefold().split()
    slow = [title for title in titles if all(word in title.casefold() for word in words)]
    assert parsed.tags <= OURS
    assert parsed.text("span", class_="title") == shown("".join(slow))


def test_the_list_says_how_many_articles_it_leaves_out() -> None:
    listed = [summary(str(number), f"Title {number}", outlet="Post") for number in range(1_234)]
    assert "1,234 articles, the first 200 shown" in render.shelf(listed)
    assert (
        "111 of 1,234 articles" in render.shelf(listed, "post 99")
        or render.shelf(listed, "post 99").count("<li>") == 21
    )
    assert render.shelf(listed).count("<li>") == render.LISTED


@given(
    st.lists(st.tuples(awkward_text(max_pieces=3), awkward_text(max_pieces=3)), max_size=3), awkward_text(max_pieces=2)
)
def test_a_conversation_of_any_characters_is_inert(exchanges: list[tuple[str, str]], chip: str) -> None:
    turns = [(question, render.notice(message)) for question, message in exchanges]
    parsed = Parsed(render.conversation(turns, render.welcome([chip], 3)))
    assert parsed.tags <= OURS


@given(st.text(st.characters(codec=None), max_size=30))
@example("\x00\ud83d</p>")
def test_any_string_survives_as_text_and_as_an_attribute(characters: str) -> None:
    html = element("p", characters, data_words=characters)
    parsed = Parsed(html)
    assert parsed.text("p") == shown(characters)
    assert parsed.elements == [("p", {"data-words": shown(characters)})]
    assert html.encode("utf-8").decode("utf-8") == html


def test_attributes_are_spelled_as_html_spells_them() -> None:
    assert element("button", "A", class_="b", data_x=1, hidden=True, disabled=False, title=None) == (
        '<button class="b" data-x="1" hidden>A</button>'
    )
    assert element("input", value='"') == '<input value="&quot;">'
    assert join(["<", Html("<")]) == "&lt;<"


@pytest.mark.parametrize(
    ("published", "words"),
    [
        ("2022-03-22", "22 March 2022"),
        ("2022/03/02", "2 March 2022"),
        ("2022-03-22T10:00:00Z", "22 March 2022"),
        ("March 2022", "March 2022"),
        ("", None),
        (None, None),
    ],
)
def test_a_date_is_told_as_a_reader_says_it(published: str | None, words: str | None) -> None:
    assert readable_date(published) == words


def test_only_answered_questions_become_history() -> None:
    answer = answer_of(PLAIN, [(0, 22)])
    talk = Conversation().and_then(Turn("First?", Html(""), answer)).and_then(Turn("Second?", render.searching(2)))
    assert talk.history == ("First?",)
    assert talk.with_reply(Html("told"), answer).history == ("First?", "Second?")
    assert talk.with_reply(render.notice("no")).history == ("First?",)


def test_the_pane_is_empty_before_anything_is_asked() -> None:
    assert Parsed(evidence.empty_pane()).tags <= OURS
