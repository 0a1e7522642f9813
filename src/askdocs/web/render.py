"""What was asked and what came back in, the conversation's HTML out.

Pure functions: an article's words reach the page only through `markup.element`, which escapes them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from askdocs.answering.extractive import cited
from askdocs.datatypes import Answer, Article, Hit, Quote, Span
from askdocs.index import ArticleSummary
from askdocs.web.evidence import Kind, description, view_name
from askdocs.web.markup import Html, element, join

ArticleById = Callable[[str], Article]

NEAREST = 3
"""How many of the nearest passages a refusal shows: enough to see what the articles are about, too few to wade."""

LISTED = 200
"""How many articles the list shows at once; beyond that, its filter is quicker than scrolling."""

_STRONG, _LIKELY = 0.85, 0.65
_CITATION = re.compile(r"\[(\d{1,3})\]")
_ECHO = 240
_EXCERPT = 320


def conversation(exchanges: Sequence[tuple[str, Html]], welcome: Html) -> Html:
    """Return the whole conversation: each question with its reply, or the welcome where nothing was asked yet."""
    shown = [
        element(
            "section",
            element("p", _shortened(question, _ECHO), class_="question", dir="auto") if question else "",
            reply,
            class_="turn",
        )
        for question, reply in exchanges
    ]
    return element(
        "div", *(shown or [welcome]), class_="log", role="log", aria_live="polite", aria_label="Conversation"
    )


def welcome(examples: Sequence[str], count: int) -> Html:
    """Return the invitation to ask `count` articles, with example questions where there are some."""
    chips = [element("button", question, type="button", class_="chip", data_ask=question) for question in examples]
    return element(
        "div",
        element("h1", "What would you like to know?"),
        element(
            "p",
            f"Answers come from your {articles_counted(count)}, in their own words. "
            "Each quote is one click from its place.",
        ),
        element("p", "For example", class_="label") if chips else "",
        element("div", *chips, class_="chips"),
        class_="welcome",
    )


def masthead(count: int) -> Html:
    """Return the page's name and what it searches."""
    return element(
        "p", element("strong", "askdocs"), element("span", f"{articles_counted(count)}, quoted word for word")
    )


def tabs(count: int) -> Html:
    """Return the two sides of the reading column, one of which is shown."""
    sides = (("evidence", "Evidence", True), ("articles", f"All articles ({count:,})", False))
    buttons = (
        element("button", name, type="button", data_tab=side, aria_pressed="true" if pressed else "false")
        for side, name, pressed in sides
    )
    return element("nav", *buttons, class_="tabs", aria_label="Reading")


def searching(count: int) -> Html:
    """Return what stands under a question until its answer comes."""
    return element(
        "p",
        element("span", class_="pulse", aria_hidden="true"),
        f"Searching {articles_counted(count)}…",
        class_="searching",
    )


def notice(message: str) -> Html:
    """Return a kind message in place of an answer."""
    return element("p", message[:1].upper() + message[1:], class_="notice", role="status", dir="auto")


def answered(turn: int, answer: Answer, article: ArticleById) -> Html:
    """Return an answer: its wording with citations, how sure it is, and a card for each quote.

    Raises:
        QuoteError: a quote's words are not in the stored article.
    """
    quotes = answer.quotes
    alone = answer.text == cited(quotes)  # then the cards are the answer, and its words are not shown twice
    cards = [_quote_card(turn, number, quote, article, alone=alone) for number, quote in enumerate(quotes, start=1)]
    sources = articles_counted(len({quote.article_id for quote in quotes}))
    return element(
        "div",
        "" if alone else element("p", *_wording(turn, answer), class_="wording", dir="auto"),
        _confidence(answer.confidence, f"{_counted(len(quotes), 'quote')} from {sources}"),
        element("ol", *cards, class_="cards alone" if alone else "cards"),
        class_="reply",
    )


def abstained(turn: int, answer: Answer, article: ArticleById, searched: int) -> Html:
    """Return a refusal: what was searched, and the nearest passages as no more than that."""
    nearest = answer.hits[:NEAREST]
    cards = [_hit_card(turn, number, hit, article) for number, hit in enumerate(nearest, start=1)]
    return element(
        "div",
        element("h3", "Your articles do not answer this."),
        element("p", f"Searched {articles_counted(searched)} and found no passage that holds an answer."),
        element("p", "Nearest passages ", element("span", "not an answer", class_="tag"), class_="label")
        if cards
        else "",
        element("ol", *cards, class_="cards"),
        class_="reply refusal",
    )


def shelf(articles: Sequence[ArticleSummary], wanted: str = "") -> Html:
    """Return the list of articles whose title, outlet, author or date holds every word of `wanted`."""
    words = wanted.casefold().split()
    found = [known for known in articles if all(word in description(known).casefold() for word in words)]
    rows = [
        element(
            "li",
            element(
                "button",
                element("span", known.title, class_="title", dir="auto"),
                element("span", description(known, title=False), class_="byline", dir="auto"),
                type="button",
                data_open="article",
                data_article=known.id,
                data_view=view_name("article", -1, known.id),
            ),
        )
        for known in found[:LISTED]
    ]
    return element(
        "div",
        element("p", _listed(len(found), len(articles), filtered=bool(words)), class_="count", role="status"),
        element("ul", *rows),
        class_="shelf",
    )


def articles_counted(count: int) -> str:
    """Return 1 article, 4,856 articles."""
    return _counted(count, "article")


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _listed(found: int, every: int, *, filtered: bool) -> str:
    total = f"{found:,} of {articles_counted(every)}" if filtered else articles_counted(every)
    return f"{total}, the first {LISTED} shown" if found > LISTED else total


def _wording(turn: int, answer: Answer) -> Iterator[Html]:
    """Yield the answer's words, with each mark that points to a quote as a button.

    A mark that stands within a quote's own words was written by the article, so it stays text.
    """
    wording = answer.text
    verbatim = [span for quote in answer.quotes for span in _occurrences(quote.exact, wording)]
    at = 0
    for mark in _CITATION.finditer(wording):
        number = int(mark.group(1))
        inside = any(start <= mark.start() and mark.end() <= end for start, end in verbatim)
        if inside or not 1 <= number <= len(answer.quotes):
            continue
        yield join([wording[at : mark.start()].removesuffix(" ")])
        yield _citation(turn, number, answer.quotes[number - 1].article_id)
        at = mark.end()
    yield join([wording[at:]])


def _occurrences(words: str, within: str) -> Iterator[Span]:
    start = within.find(words) if words else -1
    while start >= 0:
        yield start, start + len(words)
        start = within.find(words, start + len(words))


def _citation(turn: int, number: int, article_id: str, kind: Kind = "quote") -> Html:
    noun = "quote" if kind == "quote" else "nearest passage"
    return element(
        "button",
        str(number),
        type="button",
        class_="citation",
        aria_label=f"Open {noun} {number} in its article",
        **_opener(kind, turn, number, article_id),
    )


def _opener(kind: Kind, turn: int, number: int, article_id: str) -> dict[str, str | int]:
    """Return the attributes that make an element open the evidence when it is clicked."""
    return {
        "data_open": kind,
        "data_turn": turn,
        "data_number": number,
        "data_view": view_name(kind, turn, article_id),
    }


def _quote_card(turn: int, number: int, quote: Quote, article: ArticleById, *, alone: bool) -> Html:
    source = article(quote.article_id)
    words = f"“{quote.words_in(source)}”"
    if not alone:
        return _card("quote", turn, number, source, words)
    citation = _citation(turn, number, source.id)
    return _card("quote", turn, number, source, words, within=citation)


def _hit_card(turn: int, number: int, hit: Hit, article: ArticleById) -> Html:
    return _card("hit", turn, number, article(hit.passage.article_id), _shortened(hit.passage.text, _EXCERPT))


def _card(kind: Kind, turn: int, number: int, source: Article, words: str, *, within: str = "") -> Html:
    """Return words with their source; the citation stands before them, or `within` them at their end."""
    return element(
        "li",
        "" if within else _citation(turn, number, source.id, kind),
        element(
            "figure",
            element("blockquote", words, within, dir="auto"),
            element("figcaption", description(source), dir="auto"),
        ),
        class_=f"card {kind}",
        **_opener(kind, turn, number, source.id),
    )


def _confidence(confidence: float, beside: str) -> Html:
    """Return the estimated chance that the articles answer, in words."""
    level, words = next(
        (level, words)
        for least, level, words in ((_STRONG, 3, "Strong match"), (_LIKELY, 2, "Likely"), (0.0, 1, "Weak match"))
        if confidence >= least
    )
    return element(
        "p",
        element("span", class_=f"meter level-{level}", aria_hidden="true"),
        element("span", words, class_="level"),
        f" · {beside}",
        class_="confidence",
        title=f"Estimated chance that your articles answer this: {confidence:.0%}",
    )


def _shortened(words: str, limit: int) -> str:
    """Return at most `limit` characters, whole words, with an ellipsis where some were left out."""
    if len(words) <= limit:
        return words
    kept = words[:limit].rsplit(None, 1)[0] or words[:limit]
    return f"{kept} …"
