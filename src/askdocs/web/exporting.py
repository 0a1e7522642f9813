"""Turns of a conversation in, the same as Markdown, web page or JSON out, every quote with its place and source.

A quote's words are sliced from the stored article when it is exported. One whose snapshot is no longer stored is named
by its place, without words: what cannot be checked is not shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from askdocs.contracts import citation_form
from askdocs.datatypes import Article, Quote
from askdocs.errors import AskdocsError
from askdocs.web.evidence import description, source_name
from askdocs.web.links import Place
from askdocs.web.markup import Html, element, join
from askdocs.web.render import limits
from askdocs.web.turns import Turn

Form = Literal["markdown", "html", "json"]
FORMS: tuple[str, ...] = get_args(Form)

ArticleOf = Callable[[str, str], Article]
"""Gives the snapshot of an article by its id and sha256, or raises AskdocsError."""

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>&~:@/^=$\"'])")
_NO_WORDS = "the article as it was quoted is no longer stored"


@dataclass(frozen=True, slots=True)
class Export:
    """A file to save: its name, its type and its content."""

    name: str
    type: str
    content: str


@dataclass(frozen=True, slots=True)
class Cited:
    """A quote with the snapshot that it is in; None where that is stored no longer."""

    number: int
    quote: Quote
    article: Article | None

    @property
    def words(self) -> str | None:
        """The quoted words, sliced from the article."""
        return None if self.article is None else self.quote.words_in(self.article)

    def link(self, page: str) -> str:
        """Return the address of the quote on a page at this address."""
        quote = self.quote
        return f"{page}{Place(quote.article_id, quote.sha256, quote.start, quote.end).fragment}"

    @property
    def place(self) -> str:
        """Where the quote stands, to be checked by anyone who has the article."""
        return f"characters {self.quote.start}–{self.quote.end} of the text with sha256 {self.quote.sha256}"


def export(turns: Sequence[Turn], form: str, article_of: ArticleOf, page: str) -> Export:
    """Return turns as a file of one of `FORMS`. `page` is the address of the page, for links to the quotes."""
    name = "answer" if len(turns) == 1 else "conversation"
    cited = [(turn, citations(turn, article_of)) for turn in turns]
    if form == "json":
        return Export(f"{name}.json", "application/json", _json(cited, page))
    if form == "html":
        return Export(f"{name}.html", "text/html", _html(cited, page))
    return Export(f"{name}.md", "text/markdown", _markdown(cited, page))


def citations(turn: Turn, article_of: ArticleOf) -> list[Cited]:
    """Return the quotes of a turn, numbered, each with the snapshot that it is in."""
    found = []
    for number, quote in enumerate(turn.answer.quotes if turn.answer else (), start=1):
        try:
            found.append(Cited(number, quote, article_of(quote.article_id, quote.sha256)))
        except AskdocsError:
            found.append(Cited(number, quote, None))
    return found


def plain(turn: Turn, cited: Sequence[Cited]) -> str:
    """Return a reply as the text that its copy button copies: the quotes, then a numbered line for each source."""
    if turn.answer is None or turn.answer.abstained:
        return f"{turn.question}\n\n{turn.said}"
    words = [f"“{one.words}” [{one.number}]" for one in cited]
    sources = [f"[{one.number}] {_source(one).partition(' of the text with')[0]}" for one in cited]
    return "\n".join([turn.question, "", *words, "", *sources])


def _source(one: Cited) -> str:
    """Return where a quote is from, in a line: title, outlet, author, date, address, place."""
    if one.article is None:
        return f"{one.quote.article_id} ({_NO_WORDS}), {one.place}"
    known = description(one.article)
    return ", ".join(part for part in (known, one.article.url or source_name(one.article), one.place) if part)


# --- JSON -------------------------------------------------------------------------------------------------------------


def _json(cited: Sequence[tuple[Turn, Sequence[Cited]]], page: str) -> str:
    """Return what `askdocs verify` reads: characters beyond ASCII are escaped, so that any of them survives."""
    return json.dumps({"answers": list(answer_forms(cited, page))}, indent=2)


def answer_forms(cited: Sequence[tuple[Turn, Sequence[Cited]]], page: str) -> Iterator[dict[str, Any]]:
    """Yield each answer with its quotes; those whose snapshot is gone are under `gone`, without words."""
    for turn, quotes in cited:
        if turn.answer is None:
            continue
        yield {
            "question": turn.question,
            "limits": limits(turn.within) or None,
            "abstained": turn.answer.abstained,
            "text": turn.answer.text,
            "confidence": turn.answer.confidence,
            "quotes": [_quote_form(one, one.article, page) for one in quotes if one.article is not None],
            "gone": [_place_form(one.quote) for one in quotes if one.article is None],
        }


def _quote_form(one: Cited, article: Article, page: str) -> dict[str, Any]:
    return {
        "number": one.number,
        **citation_form(article),
        "source": source_name(article),
        **_place_form(one.quote),
        "exact": one.words,
        "link": one.link(page),
    }


def _place_form(quote: Quote) -> dict[str, Any]:
    return {"article_id": quote.article_id, "sha256": quote.sha256, "start": quote.start, "end": quote.end}


# --- Markdown ---------------------------------------------------------------------------------------------------------


def _markdown(cited: Sequence[tuple[Turn, Sequence[Cited]]], page: str) -> str:
    return "\n\n".join("\n\n".join(_markdown_turn(turn, quotes, page)) for turn, quotes in cited) + "\n"


def _markdown_turn(turn: Turn, quotes: Sequence[Cited], page: str) -> Iterator[str]:
    yield f"## {_literal(turn.question)}"
    if turn.within:
        yield f"Asked of {_literal(limits(turn.within))}"
    yield _literal(turn.said)
    for one in quotes:
        words = _literal(f"“{one.words}”") if one.words is not None else f"({_NO_WORDS})"
        yield f"> {words} \\[{one.number}\\]"
    if quotes:
        yield "\n".join(f"{one.number}. {_literal(_source(one))} ([open](<{one.link(page)}>))" for one in quotes)


def _literal(words: str) -> str:
    """Return words as Markdown that shows exactly them, on one line: an article's own marks mark nothing."""
    return _MARKDOWN.sub(r"\\\1", " ".join(words.split()))


# --- a web page -------------------------------------------------------------------------------------------------------

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = (
    ":root{color-scheme:light dark}body{max-width:42rem;margin:3rem auto;padding:0 1.25rem;"
    "font:1.06rem/1.6 Georgia,'Noto Serif',serif}h1,h2{line-height:1.25;font-weight:600}"
    "h2{margin-top:3rem}blockquote{margin:1rem 0;padding-left:1rem;border-left:3px solid #d9a400}"
    "p.said,li{font:.9rem/1.5 system-ui,sans-serif;opacity:.85}li{margin:.4rem 0;overflow-wrap:anywhere}"
)


def _html(cited: Sequence[tuple[Turn, Sequence[Cited]]], page: str) -> str:
    """Return a page that needs no other file and may load none: its own policy forbids it."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width"),
        element("title", "askdocs"),
        element("style", Html(_STYLE)),
    )
    body = element("body", element("h1", "askdocs"), *(_html_turn(turn, quotes, page) for turn, quotes in cited))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _html_turn(turn: Turn, quotes: Sequence[Cited], page: str) -> Html:
    shown = (
        element("blockquote", f"“{one.words}” [{one.number}]" if one.words is not None else _NO_WORDS, dir="auto")
        for one in quotes
    )
    sources = (
        element("li", _source(one), " ", element("a", "open", href=one.link(page)), value=one.number, dir="auto")
        for one in quotes
    )
    return element(
        "section",
        element("h2", turn.question, dir="auto"),
        element("p", f"Asked of {limits(turn.within)}", class_="said") if turn.within else join([]),
        element("p", turn.said, class_="said"),
        *shown,
        element("ol", *sources) if quotes else join([]),
    )
