"""What the page shows is the article's own text, whatever that text consists of."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from askdocs.answering.extractive import cited
from askdocs.datatypes import Answer, Article, Hit, Passage, Quote, Span
from askdocs.errors import QuoteError
from askdocs.expected import Expected
from askdocs.filters import ArticleFilter
from askdocs.index import ArticleSummary
from askdocs.quotes import quote
from askdocs.web import evidence, render, shelf
from askdocs.web.evidence import Kind, Mark, View, pane, readable_date
from askdocs.web.markup import Html, element, join
from askdocs.web.searched import Searched
from askdocs.web.turns import Conversation, Turn
from askdocs.web.unfound import Unfound
from askdocs.web.wanted import Wanted
from askdocs.web.words import asked_of, lacking_words, said, searched_words
from strategies import articles, awkward_text

OURS = {
    *("div", "article", "header", "section", "nav", "h1", "h2", "h3", "p", "span", "mark", "button", "ol", "ul", "li"),
    *("figure", "blockquote", "figcaption", "strong", "a", "details", "summary", "form", "input", "label", "select"),
    *("option", "fieldset", "legend", "progress", "bdi"),
}
EMPTY = {"input"}
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

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self._around += (self.elements[-1],)

    def handle_endtag(self, tag: str) -> None:
        *outer, (innermost, _) = self._around
        assert innermost == tag
        self._around = tuple(outer)

    def handle_data(self, data: str) -> None:
        self.runs.append((data, self._around))

    def handle_comment(self, data: str) -> None:
        self.elements.append(("<!--", {"data": data}))

    def handle_decl(self, decl: str) -> None:
        self.elements.append(("<!", {"decl": decl}))

    def handle_pi(self, data: str) -> None:
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
        grey = any((known.get("class") or "").split(" ")[0] in ("furniture", "gap") for _, known in around)
        for place in range(at, at + len(data)):
            if place not in inside | marked and not data.isspace():
                assert grey
        at += len(data)


def test_furniture_stands_apart_from_prose_within_one_line() -> None:
    article = replace(Article.of(id="a", text="Prose. Photo: AP"), body=((0, 6),))
    assert '<p dir="auto">Prose.<span class="furniture"> Photo: AP</span></p>' in pane(View(article))


def test_the_title_is_not_shown_twice_in_black() -> None:
    article = Article.of(id="a", title="A Title", text="# A Title\n\nProse.")
    assert '<p class="furniture repeated" dir="auto"># A Title\n\n</p><p dir="auto">Prose.</p>' in pane(View(article))


def test_a_title_that_is_quoted_where_the_text_repeats_it_is_in_sight() -> None:
    article = Article.of(id="a", title="Bridge closed", text="Bridge closed")
    assert "repeated" not in pane(View(article, "quote", marks=(Mark(1, 0, 13),), focus=1, count=1))


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
    assert wording_of(answer) == "Rain,(1)(2) no [3] and no [0] nor [x]."


def test_outlets_that_are_too_many_to_list_are_counted() -> None:
    known = [summary(f"{number}", "T", outlet=f"Outlet {number}") for number in range(503)]
    parsed = Parsed(shelf.form(known, Wanted(), EVERYTHING))
    assert sum(tag == "label" for tag, _ in parsed.elements) == 500 + 3, "three fields beside"
    assert parsed.text("p", class_="rest") == "3 more, those with the fewest articles, are not listed."
    assert "not listed" not in shelf.form(known[:500], Wanted(), EVERYTHING)


def test_words_that_narrow_the_list_are_said_to_limit_no_question() -> None:
    known = [summary("a", "Rain"), summary("b", "Snow")]
    count = Parsed(shelf.listed(known, Wanted(words="rain"), changeable=False)).text("p", class_="count")
    assert count == "1 of 2 articlesWords narrow this list, not what your questions are put to."
    assert "Words narrow" not in shelf.listed(known, Wanted(within=ArticleFilter(outlets=("x",))), changeable=False)


def test_dates_that_leave_no_day_are_told_at_the_question_box() -> None:
    what = Searched(4, 20, "2022-01-01", "2023-01-01")
    unheeded = "the dates typed last leave no day and are not heeded"
    limited = ArticleFilter(since="2022-05-01")
    words = Parsed(render.limiting(limited, what, fault=True)).text("span")
    assert words == f"Asking 4 of 20 articles: since 1 May 2022 · {unheeded}"
    assert (
        Parsed(render.limiting(ArticleFilter(), what, fault=True)).text("span") == f"Asking all articles · {unheeded}"
    )
    assert render.limiting(ArticleFilter(), what) == ""


def test_a_full_stop_behind_marks_is_set_before_them() -> None:
    answer = answer_of(PLAIN, [(0, 22), (23, 35)], "It rained [1]. Nobody came [2] [1]!")
    assert wording_of(answer) == "It rained.(1) Nobody came!(2)(1)"


def test_what_a_model_worded_says_so() -> None:
    worded = replace(answer_of(PLAIN, [(0, 22)], "Rain fell [1]."), worded_by="a <model>")
    html = render.answered(0, worded, lambda _: PLAIN)
    told = "Worded by a <model> from the quotes below. Only they are the articles’ own words."
    assert Parsed(html).text("p", class_="worded") == told
    assert "worded" not in render.answered(0, answer_of(PLAIN, [(0, 22)]), lambda _: PLAIN)


def test_which_words_were_read_otherwise_is_said_above_the_quotes_and_to_who_hears_the_page() -> None:
    read = replace(answer_of(PLAIN, [(0, 22)]), read_as=(("<Ghandi>", "Gandhi"),))
    told = "Read as “Gandhi”: no article has “<Ghandi>”."
    assert Parsed(render.answered(0, read, lambda _: PLAIN)).text("p", class_="caution") == told
    assert said(read).startswith(f"{told} Answered with 1 quote")
    assert "caution" not in render.answered(0, answer_of(PLAIN, [(0, 22)]), lambda _: PLAIN)
    both = replace(read, unmentioned=("Peru",))
    assert "No article mentions “Peru” in its title or text." in render.answered(0, both, lambda _: PLAIN)
    assert said(both).startswith(f"{told} No article mentions “Peru” in its title or text. Answered with 1 quote")


def test_a_refusal_says_how_the_question_was_read_and_names_no_word_twice() -> None:
    lacks = Unfound(missing=("Ghandi", "Peru"), read_as=(("Ghandi", "Gandhi"),))
    assert list(lacking_words(lacks)) == [
        "Read as “Gandhi”: no article has “Ghandi”.",
        "No article that was searched mentions “Peru”.",
    ]


@pytest.mark.parametrize("turning", [*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))])
def test_a_character_that_turns_what_follows_stands_apart_with_its_name(turning: str) -> None:
    html = element("p", f"safe{turning}gnp.exe", title=f"a{turning}b")
    names = dict(zip("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069", NAMES, strict=True))
    assert html == (
        f'<p title="a{turning}b">safe<span class="turning" data-sign="{names[turning]}">{turning}</span>gnp.exe</p>'
    )


NAMES = ("LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI")


def test_what_is_known_of_an_article_stands_apart_in_the_direction_of_its_title() -> None:
    article = replace(Article.of(id="a", title="גשר חדש", text="x"), outlet="The Echo", author="יונה")
    assert '<header dir="auto"><h2>גשר חדש</h2><p class="byline"><bdi>The Echo</bdi> · <bdi>יונה</bdi></p>' in pane(
        View(article)
    )


@pytest.mark.parametrize(
    ("within", "words"),
    [
        (ArticleFilter(since="2023-05-01"), "Asked of articles since 1 May 2023"),
        (ArticleFilter(until="2023-05-01"), "Asked of articles until 1 May 2023"),
        (ArticleFilter(since="2022-05-01", until="2023-05-01"), "Asked of articles from 1 May 2022 to 1 May 2023"),
        (ArticleFilter(outlets=("Post", "Echo"), since="2022"), "Asked of Post or Echo · since 2022"),
    ],
)
def test_what_a_question_was_put_to_is_a_sentence(within: ArticleFilter, words: str) -> None:
    assert asked_of(within) == words


def test_a_mark_in_the_articles_own_words_stays_text() -> None:
    answer = answer_of(PLAIN, [(0, 22)], "They say “It rained [1] all day.” [1]")
    assert wording_of(answer) == "They say “It rained [1] all day.”(1)"


def test_an_answer_of_quotes_alone_is_not_shown_twice() -> None:
    answer = answer_of(PLAIN, [(0, 22), (23, 35)])
    html = render.answered(0, answer, lambda _: PLAIN)
    assert Parsed(html).text("blockquote").count("Nobody came.") == 1
    assert "wording" not in html
    assert html.count('<button type="button" class="citation"') == 2


def test_words_that_are_no_longer_in_the_article_are_refused() -> None:
    stale = Answer("Why?", "[1]", (Quote("plain", PLAIN.sha256, 0, 2, "At"),), (), 0.9)
    with pytest.raises(QuoteError):
        render.answered(0, stale, lambda _: PLAIN)


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(1.0, "Strong match"), (0.75, "Strong match"), (0.74, "Likely"), (0.5, "Likely"), (0.49, "Weak match")],
)
def test_confidence_is_told_in_words(confidence: float, words: str) -> None:
    html = render.answered(0, answer_of(PLAIN, [(0, 22)], confidence=confidence), lambda _: PLAIN)
    assert f'<span class="level">{words}</span> · 1 quote from 1 article' in html


def test_an_answer_about_a_name_that_no_article_has_is_no_more_than_a_weak_match() -> None:
    answer = replace(answer_of(PLAIN, [(0, 22)], confidence=0.99), unmentioned=("Sheffield",))
    assert '<span class="level">Weak match</span>' in render.answered(0, answer, lambda _: PLAIN)
    assert "very likely" not in said(answer)


EVERYTHING = Searched(4_856, 4_856, "2019-05-29", "2023-09-09")


def test_a_preview_shows_the_quote_among_the_words_of_its_paragraph() -> None:
    article = Article.of(id="a", text="Before it.\nFirst here. Then this. At last.\nAfter it.")
    html = render.answered(0, answer_of(article, [(23, 33)]), lambda _: article)
    parsed = Parsed(html)
    assert parsed.text("p", class_="excerpt") == "First here. Then this. At last."
    assert parsed.text("mark") == "Then this."
    assert 'aria-describedby="peek-0-1"' in html
    assert 'id="peek-0-1" role="tooltip" popover="manual"' in html


@given(article=articles(), cuts=st.tuples(st.integers(0, 60), st.integers(0, 60)))
def test_a_preview_never_shows_other_words_than_those_beside_the_quote(article: Article, cuts: tuple[int, int]) -> None:
    start, end = sorted(min(cut, len(article.text)) for cut in cuts)
    if not article.text[start:end].strip():
        return
    parsed = Parsed(render.answered(0, answer_of(article, [(start, end)]), lambda _: article))
    around = parsed.text("p", class_="excerpt").removeprefix("… ").removesuffix(" …")
    assert around in shown(article.text)
    assert parsed.tags <= OURS


def test_a_refusal_says_what_was_searched_and_shows_the_three_nearest_passages_as_such() -> None:
    hits = tuple(Hit(Passage("plain", 0, 22, PLAIN.text[:22]), 1.0, rank) for rank in range(1, 11))
    html = render.abstained(4, Answer("Why?", "", (), hits, 0.1), lambda _: PLAIN, EVERYTHING, Unfound())
    assert "Your articles do not answer this." in html
    assert "Searched 4,856 articles from 29 May 2019 to 9 September 2023 and found no passage" in html
    assert html.count('class="card hit"') == 3
    assert "card quote" not in html
    assert '<span class="tag">not an answer</span>' in html


def test_a_refusal_that_a_model_decided_names_it() -> None:
    answer = Answer("Why?", "", (), (), 0.9, worded_by="a <model>")
    html = render.abstained(4, answer, lambda _: PLAIN, EVERYTHING, Unfound())
    assert "Your articles do not seem to answer this." in html
    assert "a &lt;model&gt; read the sentences nearest to the question and found no answer there." in html
    assert "found no passage" not in html
    assert said(answer).startswith("Your articles do not seem to answer this.")


@pytest.mark.parametrize(
    ("lacks", "said"),
    [
        (Unfound(), []),
        (Unfound(missing=("Peru",)), ["No article that was searched mentions “Peru”."]),
        (
            Unfound(missing=("Peru", "1998"), known=("Kyiv",)),
            ["No article that was searched mentions “Peru” or “1998”."],
        ),
        (Unfound(known=("Kyiv",)), ["“Kyiv” is mentioned, but not with what you ask."]),
        (Unfound(known=("Kyiv", "Lviv")), ["“Kyiv” and “Lviv” are mentioned, but not with what you ask."]),
        (Unfound(lacking=Expected.NUMBER), ["You ask for a number; the nearest passages give none."]),
        (Unfound(untimely=True), ["What comes nearest is of other days than the question names."]),
    ],
)
def test_a_refusal_names_what_of_the_question_was_not_found(lacks: Unfound, said: list[str]) -> None:
    assert list(lacking_words(lacks)) == said


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (Searched(1, 1), "1 article"),
        (Searched(3, 20, "2022-03-02", "2022-03-02"), "3 of 20 articles of 2 March 2022"),
        (EVERYTHING, "4,856 articles from 29 May 2019 to 9 September 2023"),
    ],
)
def test_what_was_searched_is_told_in_words(what: Searched, words: str) -> None:
    assert searched_words(what) == words


def summary(name: str, title: str, **known: str | None) -> ArticleSummary:
    blank: dict[str, str | None] = dict.fromkeys(("published", "outlet", "author", "language", "url", "origin"))
    known = blank | known
    return ArticleSummary(id=name, title=title, source=name, sha256="", characters=1, passages=1, **known)


@given(st.lists(awkward_text(max_pieces=2), max_size=5), awkward_text(max_pieces=1))
def test_the_list_of_articles_is_inert_and_filters_by_every_word(titles: list[str], words: str) -> None:
    listed = [summary(str(number), title, outlet=title) for number, title in enumerate(titles)]
    parsed = Parsed(shelf.listed(listed, Wanted(words=words, order="title"), changeable=True))
    wanted = words.casefold().split()
    slow = [title for title in titles if all(word in title.casefold() for word in wanted)]
    assert parsed.tags <= OURS
    assert parsed.text("span", class_="title") == shown("".join(sorted(slow, key=str.casefold)))
    form = Parsed(shelf.form(listed, Wanted(words=words), EVERYTHING))
    assert form.tags <= OURS


def test_the_list_has_pages_that_hold_every_article_once() -> None:
    listed = [summary(str(number), f"Title {number:04}", outlet="Post") for number in range(1_034)]
    pages = [shelf.listed(listed, Wanted(order="title", page=page), changeable=False) for page in range(6)]
    titles = [re.findall(r"Title \d{4}", html) for html in pages]
    assert [title for shown in titles for title in shown] == [f"Title {number:04}" for number in range(1_034)]
    assert "1,034 articles" in pages[0]
    for html, words in zip(pages, ("1–200", "201–400", "401–600", "601–800", "801–1,000", "1,001–1,034"), strict=True):
        assert html.count(f"{words} of 1,034") == 2, "above the list and below it"
    assert len(re.findall(r'data-way="\w+ Previous"[^>]* disabled', pages[0])) == 2
    assert len(re.findall(r'data-way="\w+ Next"[^>]* disabled', pages[5])) == 2
    assert " disabled" not in pages[3]
    assert shelf.listed(listed, Wanted(order="title", page=99), changeable=False) == pages[5], "articles were removed"
    narrowed = shelf.listed(listed, Wanted(words="post 99"), changeable=False)
    assert "19 of 1,034 articles" in narrowed
    assert "leaves" not in narrowed
    assert "No article is like that." in shelf.listed(listed, Wanted(words="nowhere"), changeable=False)


@given(
    st.lists(st.tuples(awkward_text(max_pieces=3), awkward_text(max_pieces=3)), max_size=3), awkward_text(max_pieces=2)
)
def test_a_conversation_of_any_characters_is_inert(exchanges: list[tuple[str, str]], chip: str) -> None:
    turns = tuple(Turn(question, render.notice(message), said=message) for question, message in exchanges)
    greeting = render.welcome([chip], EVERYTHING)
    parsed = Parsed(render.conversation(Conversation(turns, editing=0), greeting))
    assert parsed.tags <= OURS


@given(awkward_text(max_pieces=3))
def test_what_can_be_done_with_a_reply_is_inert(plain: str) -> None:
    answer = answer_of(PLAIN, [(0, 22)])
    turn = Turn(plain, render.notice("x"), answer, ArticleFilter(outlets=(plain,)), said=plain, plain=plain)
    parsed = Parsed(render.conversation(Conversation((turn,)), Html("")))
    assert parsed.tags <= OURS
    copied = [known["data-copy"] for tag, known in parsed.elements if tag == "button" and "data-copy" in known]
    assert copied == [shown(plain)]


@given(st.text(st.characters(codec=None), max_size=30))
@example("\x00\ud83d</p>")
def test_any_string_survives_as_text_and_as_an_attribute(characters: str) -> None:
    html = element("p", characters, data_words=characters)
    parsed = Parsed(html)
    assert parsed.text("p") == shown(characters)
    assert parsed.elements[0] == ("p", {"data-words": shown(characters)})
    assert {(tag, known["class"]) for tag, known in parsed.elements[1:]} <= {("span", "turning")}
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
    answer, anywhere = answer_of(PLAIN, [(0, 22)]), ArticleFilter()
    talk = Conversation().asked("First?", anywhere).asked("Second?", anywhere)
    talk = talk.replied(replace(talk.turns[0], answer=answer))
    assert talk.history == ("First?",)
    assert talk.replied(replace(talk.turns[1], answer=answer)).history == ("First?", "Second?")
    assert talk.before(1).turns == talk.turns[:1]
    assert talk.before(None).turns == talk.turns
    assert talk.turn(2) is None
    assert talk.turn(-1) is None


Change = Callable[[Conversation], Conversation]
CHANGES: dict[str, Change] = {
    "ask": lambda talk: talk.asked("Why?", ArticleFilter()),
    "again": lambda talk: talk.asked_again(talk.turns[0].number, ArticleFilter()) if talk.turns else talk,
    "stop": lambda talk: talk.replied(turn) if (turn := talk.turn(talk.under_way)) else talk,
    "edit": lambda talk: (
        replace(talk, editing=talk.turns[-1].number).before(talk.turns[-1].number) if talk.turns else talk
    ),
    "clear": lambda talk: talk.cleared(),
}


@given(st.lists(st.sampled_from(sorted(CHANGES)), max_size=12), st.lists(st.sampled_from(sorted(CHANGES)), max_size=6))
def test_a_reply_goes_to_the_question_that_waits_for_it_and_to_no_other(before: list[str], after: list[str]) -> None:
    talk = Conversation().asked("First?", ArticleFilter())
    for name in before:
        talk = CHANGES[name](talk)
    talk = talk.asked("This one?", ArticleFilter())
    asked = talk.turns[-1]
    for name in after:
        talk = CHANGES[name](talk)
    told = talk.replied(replace(asked, reply=Html("late")))
    assert [turn.number for turn in told.turns] == [turn.number for turn in talk.turns]
    assert len({turn.number for turn in told.turns}) == len(told.turns)
    changed = [old for old, new in zip(talk.turns, told.turns, strict=True) if old != new]
    assert changed == ([talk.turn(asked.number)] if talk.waits_for(asked.number) else [])


def test_the_marks_of_a_heading_are_hidden_and_its_words_are_not() -> None:
    article = replace(Article.of(id="a", title="T", text="### A heading\n\nProse."), body=((4, 13), (15, 21)))
    assert '<p class="heading" dir="auto"><span class="furniture">### </span>A heading' in pane(View(article))


def test_the_signs_of_a_heading_are_out_of_sight_where_they_are_marked_too() -> None:
    article = replace(Article.of(id="a", title="T", text="## Part\n\nProse."), body=((0, 15),))
    html = pane(View(article, "hit", 0, (Mark(1, 0, 15),), 1, 1))
    assert '<mark data-numbers="1" class="strongest"><span class="furniture">## </span></mark>' in html
    assert Parsed(html).text("mark", data_numbers="1") == article.text[:15]


def test_front_matter_and_the_title_again_are_there_and_out_of_sight() -> None:
    text = "---\ntitle: A Title\n---\n\n# A Title\n\nProse.\n---\nMore."
    article = replace(Article.of(id="a", title="A Title", text=text), body=((len(text) - 16, len(text)),))
    parsed = Parsed(pane(View(article)))
    assert parsed.text("p", class_="front") == "---\ntitle: A Title\n---\n\n"
    assert parsed.text("p", class_="repeated") == "# A Title\n\n"
    assert parsed.text("div", class_="text") == text


@pytest.mark.parametrize(
    ("kind", "words"),
    [("quote", "Quote 1 of 1"), ("hit", "Nearest passage 1 of 1not an answer"), ("link", "Linked words")],
)
def test_the_bar_says_why_an_article_is_open(kind: Kind, words: str) -> None:
    view = View(PLAIN, kind, 0, (Mark(1, 0, 22),), 1, 1)
    assert Parsed(pane(view)).text("p", class_="position") == words
    changed = Parsed(pane(replace(view, standing="changed")))
    assert changed.text("p", class_="position") == f"{words}changed since"
    assert "has changed since" in changed.text("p", class_="standing")


def test_the_pane_is_empty_before_anything_is_asked() -> None:
    assert Parsed(evidence.empty_pane()).tags <= OURS
    assert "nearest passage" in evidence.empty_pane(refused=True)
