"""Turns of a conversation in, the same as Markdown, web page or JSON out, every quote with its place and source.

A quote's words are sliced from the stored article when it is exported. One whose snapshot is no longer stored is named
by its place, without words: what cannot be checked is not shown. What a model worded stands first, and says so; a
refusal says what was searched, and has the nearest passages as what they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from askdocs.cautions import cautions
from askdocs.contracts import citation_form
from askdocs.datatypes import Answer, Article, Quote
from askdocs.errors import AskdocsError
from askdocs.web.evidence import description, source_name
from askdocs.web.links import Place
from askdocs.web.markup import Html, element
from askdocs.web.turns import Turn
from askdocs.web.words import EXCERPT, NEAREST, NOT_AN_ANSWER, asked_of, limits, shortened, worded_words

Form = Literal["markdown", "html", "json"]
FORMS: tuple[str, ...] = get_args(Form)

ArticleOf = Callable[[str, str], Article]
"""Gives the snapshot of an article by its id and sha256, or raises AskdocsError."""

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>&~:@/^=$\"'])")
_NEAREST = f"Nearest passages, {NOT_AN_ANSWER}"
_NO_WORDS = "the article as it was quoted is no longer stored"


@dataclass(frozen=True, slots=True)
class Export:
    """A file to save: its name, its type and its content."""

    name: str
    type: str
    content: str


@dataclass(frozen=True, slots=True)
class Cited:
    """A quote, or a passage nearest to what got no answer, with the snapshot that it is in.

    `article` and `words`, sliced from it, are None where that snapshot is stored no longer.
    """

    number: int
    at: Place
    article: Article | None = None
    words: str | None = None

    def link(self, page: str) -> str:
        """Return the address of the words on a page at this address."""
        return f"{page}{self.at.fragment}"

    @property
    def place(self) -> str:
        """Where the words stand, to be checked by anyone who has the article."""
        return f"characters {self.at.start}–{self.at.end} of the text with sha256 {self.at.sha256}"


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
    """Return the quotes of a turn, or the passages nearest to what it does not answer, each with its snapshot.

    Raises:
        QuoteError: the words of a quote are not in the snapshot that it names.
    """
    if turn.answer is None:
        return []
    if not turn.answer.abstained:
        return [
            _cited(number, Place(one.article_id, one.sha256, one.start, one.end), article_of, one)
            for number, one in enumerate(turn.answer.quotes, start=1)
        ]
    nearest = [hit.passage for hit in turn.answer.hits[:NEAREST]]
    return [
        _cited(number, Place(one.article_id, turn.sha256_of(one.article_id) or "", one.start, one.end), article_of)
        for number, one in enumerate(nearest, start=1)
    ]


def _cited(number: int, at: Place, article_of: ArticleOf, quote: Quote | None = None) -> Cited:
    try:
        article = article_of(at.article_id, at.sha256)
    except AskdocsError:
        return Cited(number, at)
    return Cited(number, at, article, quote.words_in(article) if quote else article.text[at.start : at.end])


def plain(turn: Turn, cited: Sequence[Cited]) -> str:
    """Return a reply as the text that its copy button copies: its wording, its words, a line for each source."""
    if turn.answer is not None and turn.answer.abstained:
        above = list(turn.told)
        words = [_NEAREST] if cited else []
        words += [f"“{shortened(one.words or _NO_WORDS, EXCERPT)}” [{one.number}]" for one in cited]
    else:
        above = [*(cautions(turn.answer) if turn.answer else ()), *_wording(turn.answer)]
        words = [f"“{one.words}” [{one.number}]" if one.words else f"({_NO_WORDS}) [{one.number}]" for one in cited]
    sources = [f"[{one.number}] {_source(one).partition(' of the text with')[0]}" for one in cited]
    return "\n\n".join("\n".join(part) for part in ([turn.question], above, words, sources) if part)


def _wording(answer: Answer | None) -> list[str]:
    """Return what a model made of the quotes, and that it did; nothing where the quotes are all that the answer is."""
    if answer is None or answer.abstained or answer.worded_by is None:
        return []
    return [answer.text, worded_words(answer)]


def _said(turn: Turn) -> tuple[str, ...]:
    return turn.told or (turn.said,)


def _source(one: Cited) -> str:
    """Return where words are from, in a line: title, outlet, author, date, address, place."""
    if one.article is None:
        return f"{one.at.article_id} ({_NO_WORDS}), {one.place}"
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
            "said": " ".join(_said(turn)),
            "text": turn.answer.text,
            "worded_by": turn.answer.worded_by,
            "read_as": dict(turn.answer.read_as),
            "unmentioned": list(turn.answer.unmentioned),
            "confidence": turn.answer.confidence,
            "quotes": [] if turn.answer.abstained else _forms(quotes, page, "exact"),
            "nearest": _forms(quotes, page, "text") if turn.answer.abstained else [],
            "gone": [_place_form(one.at) for one in quotes if one.article is None],
        }


def _forms(cited: Sequence[Cited], page: str, words: str) -> list[dict[str, Any]]:
    return [_form(one, one.article, page, words) for one in cited if one.article is not None]


def _form(one: Cited, article: Article, page: str, words: str) -> dict[str, Any]:
    return {
        "number": one.number,
        **citation_form(article),
        "source": source_name(article),
        **_place_form(one.at),
        words: one.words,
        "link": one.link(page),
    }


def _place_form(at: Place) -> dict[str, Any]:
    return {"article_id": at.article_id, "sha256": at.sha256, "start": at.start, "end": at.end}


# --- Markdown ---------------------------------------------------------------------------------------------------------


def _markdown(cited: Sequence[tuple[Turn, Sequence[Cited]]], page: str) -> str:
    return "\n\n".join("\n\n".join(_markdown_turn(turn, quotes, page)) for turn, quotes in cited) + "\n"


def _markdown_turn(turn: Turn, quotes: Sequence[Cited], page: str) -> Iterator[str]:
    yield f"## {_literal(turn.question)}"
    if turn.within:
        yield _literal(asked_of(turn.within))
    for words in _wording(turn.answer):
        yield _literal(words)
    yield _literal(" ".join(_said(turn)))
    if quotes and turn.answer is not None and turn.answer.abstained:
        yield f"{_literal(_NEAREST)}:"
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
    "p.nearest{margin-top:1.5rem;font:600 .9rem/1.5 system-ui,sans-serif}.nearest~blockquote{border-left-color:#999}"
    ".exact{unicode-bidi:isolate}.turning{unicode-bidi:isolate;font-size:0}.turning::before{content:attr(data-sign);"
    "font:600 .65rem/1 system-ui,sans-serif;padding:0 .2em;border:1px solid;border-radius:3px}"
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
    refused = turn.answer is not None and turn.answer.abstained
    shown = (
        element(
            "blockquote",
            element("span", f"“{one.words}”" if one.words is not None else _NO_WORDS, class_="exact"),
            f" [{one.number}]",
            dir="auto",
        )
        for one in quotes
    )
    sources = (
        element("li", _source(one), " ", element("a", "open", href=one.link(page)), value=one.number, dir="auto")
        for one in quotes
    )
    wording, *by = _wording(turn.answer) or [""]
    return element(
        "section",
        element("h2", turn.question, dir="auto"),
        element("p", asked_of(turn.within), class_="said") if turn.within else "",
        element("p", wording, dir="auto") if wording else "",
        *(element("p", words, class_="said") for words in (*by, *_said(turn))),
        element("p", _NEAREST, class_="nearest") if quotes and refused else "",
        *shown,
        element("ol", *sources) if quotes else "",
    )
