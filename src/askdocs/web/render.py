"""What was asked and what came back in, the conversation's HTML out.

Pure functions: an article's words reach the page only through `markup.element`, which escapes them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from askdocs.answering.extractive import cited
from askdocs.cautions import cautions
from askdocs.datatypes import Answer, Article, Hit, Quote
from askdocs.filters import ArticleFilter
from askdocs.web.evidence import Kind, described, view_name
from askdocs.web.links import Place
from askdocs.web.markup import Html, element, join
from askdocs.web.numbering import marks_of
from askdocs.web.searched import Searched
from askdocs.web.turns import Conversation, Turn
from askdocs.web.unfound import Unfound
from askdocs.web.words import (
    EXCERPT,
    LEVELS,
    NEAREST,
    NOT_AN_ANSWER,
    articles_counted,
    asked_of,
    counted,
    counted_quotes,
    limits,
    refusal_words,
    shortened,
    worded_words,
)

ArticleById = Callable[[str], Article]

_CLOSING = re.compile(r"[.,;:!?…。！？،؟]+")
_ECHO = 240
_AROUND = 180
"""Characters of the article that the preview of a quote shows on either side of it."""


@dataclass(frozen=True, slots=True)
class Box:
    """What page.js is to do with the question box when it shows a conversation.

    "put" the words there, whatever it holds; have them "back" there unless something else was typed meanwhile; they are
    "taken": if they still stand there, they need not.
    """

    how: Literal["put", "back", "taken"]
    words: str


# --- the conversation -------------------------------------------------------------------------------------------------


def conversation(so_far: Conversation, greeting: Html, box: Box | None = None) -> Html:
    """Return the whole conversation: each question with its reply, or the greeting where nothing was asked yet."""
    shown = [_turn(place, turn, so_far) for place, turn in enumerate(so_far.turns)]
    return element(
        "div",
        *(shown or [greeting]),
        editing(so_far),
        class_="log",
        role="region",
        aria_label="Conversation",
        data_box=box.how if box else None,
        data_words=box.words if box else None,
    )


def _turn(place: int, turn: Turn, so_far: Conversation) -> Html:
    edited = so_far.place(so_far.editing)
    dropped = edited is not None and place >= edited
    return element(
        "section",
        _asked(place, turn) if turn.question else "",
        turn.reply,
        _tools(place, turn),
        class_="turn dropped" if dropped else "turn",
        aria_label=f"Question {place + 1}",
        data_said=turn.said or None,
        data_asked=turn.question or None,
    )


def _asked(place: int, turn: Turn) -> Html:
    """Return a question as a heading, with what it was limited to and a button to put it anew."""
    return element(
        "div",
        element("h2", shortened(turn.question, _ECHO), class_="question", dir="auto"),
        element(
            "button",
            "Edit",
            type="button",
            class_="tool",
            data_do="edit",
            data_turn=turn.number,
            aria_label=f"Edit question {place + 1}",
        ),
        element("p", asked_of(turn.within), class_="limits", dir="auto") if turn.within else "",
        class_="asked",
    )


def _tools(place: int, turn: Turn) -> Html:
    """Return what can be done with a reply; where none came, as the question was stopped, it can be asked again."""
    if turn.answer is None and (turn.waits or not turn.question):
        return join([])
    again = element("button", "Ask again", type="button", class_="tool", data_do="retry", data_turn=turn.number)
    copied = element("button", "Copy", type="button", class_="tool", data_copy=turn.plain)
    return element(
        "div",
        *((copied, again, exporting("Export", turn.number)) if turn.answer is not None else (again,)),
        class_="tools",
        role="group",
        aria_label=f"Reply to question {place + 1}",
    )


def exporting(name: str, turn: int | None = None) -> Html:
    """Return the menu that saves one reply, or the whole conversation, as a file."""
    forms = (("markdown", "Markdown"), ("html", "Web page"), ("json", "JSON"))
    choices = (
        element("button", form_name, type="button", data_do="export", data_form=form, data_turn=turn)
        for form, form_name in forms
    )
    return element(
        "details",
        element("summary", name, class_="tool"),
        element("div", *choices, class_="choices"),
        class_="menu",
    )


def welcome(examples: Sequence[str], what: Searched, *, sample: bool = False, adding: bool = False) -> Html:
    """Return the invitation to ask the articles, with example questions where there are some.

    `sample`: these are the articles that come with askdocs. `adding`: this page may add others.
    """
    chips = [
        element("button", question, type="button", class_="chip", dir="auto", data_ask=question)
        for question in examples
    ]
    hint = (
        "These are the sample articles that come with askdocs. "
        + ("Add your own under Library." if adding else "Index your own with: askdocs index PATH")
        if sample
        else ""
    )
    return element(
        "div",
        element("h2", "What would you like to know?"),
        element(
            "p",
            f"Answers come from your {articles_counted(what.every)}, in their own words. "
            "Each quote is one click from its place.",
        ),
        element("p", hint, class_="hint") if hint else "",
        element("p", "For example", class_="label") if chips else "",
        element("div", *chips, class_="chips"),
        class_="welcome",
    )


def masthead(what: Searched) -> Html:
    """Return the page's name and what it searches."""
    return element(
        "div", element("h1", "askdocs"), element("p", f"{articles_counted(what.every)}, quoted word for word")
    )


def reader(name: str, leaves: str) -> Html:
    """Return who reads the page, and the button to sign out; `leaves` is where that is sent, empty where it cannot."""
    shown = element("span", name, title=f"Signed in as {name}")
    if not leaves:
        return element("div", shown, class_="reader")
    return element("form", shown, element("button", "Sign out"), class_="reader", method="post", action=leaves)


def tabs(count: int) -> Html:
    """Return the two sides of the reading column, one of which is shown."""
    sides = (("evidence", "Evidence", True), ("library", f"Library ({count:,})", False))
    buttons = (
        element("button", name, type="button", data_tab=side, aria_pressed="true" if pressed else "false")
        for side, name, pressed in sides
    )
    nav = element("nav", *buttons, class_="tabs", aria_label="Reading")
    return element("div", nav, shortcuts(), class_="across")


def shortcuts() -> Html:
    """Return the menu that says which keys do what, and turns those off that a person may press by chance."""
    keys = (
        ("→ ←", "Next and previous quote"),
        ("Shift → ←", "Next and previous article"),
        ("n p", "The same as the arrows"),
        ("/", "To the question box"),
        ("Esc", "Back to the answer"),
    )
    rows = (element("p", element("kbd", key), element("span", deed)) for key, deed in keys)
    box = element("input", type="checkbox", name="letters", checked=True)
    letters = element("label", box, element("span", "Keys of one letter: n, p and /"))
    return element(
        "details",
        element("summary", "Keys", class_="tool"),
        element("div", *rows, letters, class_="choices"),
        class_="menu keys",
    )


def editing(so_far: Conversation) -> Html:
    """Return the line at the end of the conversation while a question is put anew, else nothing."""
    place = so_far.place(so_far.editing)
    if place is None:
        return join([])
    later = len(so_far.turns) - place - 1
    goes = f"; {counted(later, 'later question')} will go" if later else ""
    return element(
        "p",
        element("span", f"Editing question {place + 1}{goes}"),
        element("button", "Cancel", type="button", data_do="keep", class_="tool"),
        class_="note editing",
    )


def limiting(within: ArticleFilter, what: Searched, *, fault: bool = False) -> Html:
    """Return the line above the question box that says what a question is limited to, else nothing.

    `fault`: the dates that were typed last mean nothing, and so limit nothing.
    """
    if not within and not fault:
        return join([])
    asking = f"{what.articles:,} of {articles_counted(what.every)}: {limits(within)}" if within else "all articles"
    unheeded = " · the dates typed last leave no day and are not heeded" if fault else ""
    return element(
        "p",
        element("span", f"Asking {asking}{unheeded}", dir="auto"),
        element("button", "Ask all", type="button", data_do="unlimit", class_="tool"),
        class_="note",
    )


def searching(what: Searched) -> Html:
    """Return what stands under a question until its answer comes."""
    return element(
        "p",
        element("span", class_="pulse", aria_hidden="true"),
        f"Searching {articles_counted(what.articles)}…",
        class_="searching",
    )


def wording() -> Html:
    """Return what stands under the quotes of an answer until a language model has put them in words."""
    return element(
        "p",
        element("span", class_="pulse", aria_hidden="true"),
        "The quotes are here; they are being put into words…",
        class_="searching",
    )


def queued() -> Html:
    """Return what stands under a question that is answered after another."""
    return element("p", "Asked as soon as the question before is answered…", class_="searching")


def notice(message: str) -> Html:
    """Return a kind message in place of an answer."""
    return element("p", message[:1].upper() + message[1:], class_="notice", role="status", dir="auto")


# --- replies ----------------------------------------------------------------------------------------------------------


def answered(turn: int, answer: Answer, article: ArticleById) -> Html:
    """Return an answer: its wording with citations, how sure it is, and a card for each quote.

    Raises:
        QuoteError: a quote's words are not in the stored article.
    """
    quotes = answer.quotes
    alone = answer.text == cited(quotes)  # then the cards are the answer, and its words are not shown twice
    cards = [_quote_card(turn, number, quote, article, alone=alone) for number, quote in enumerate(quotes, start=1)]
    return element(
        "div",
        *(element("p", caution, class_="caution", dir="auto") for caution in cautions(answer)),
        "" if alone else element("p", *_wording(turn, answer), class_="wording", dir="auto"),
        element("p", worded_words(answer), class_="worded", dir="auto") if answer.worded_by else "",
        _confidence(answer, counted_quotes(answer)),
        element("ol", *cards, class_="cards alone" if alone else "cards"),
        class_="reply",
    )


def abstained(turn: int, answer: Answer, article: ArticleById, what: Searched, lacks: Unfound) -> Html:
    """Return a refusal: what was searched, what of the question is nowhere in it, and the nearest passages as such."""
    nearest = answer.hits[:NEAREST]
    cards = [_hit_card(turn, number, hit, article) for number, hit in enumerate(nearest, start=1)]
    heading, searched, *lacking = refusal_words(answer, what, lacks)
    return element(
        "div",
        element("h3", heading),
        element("p", searched),
        *(element("p", sentence, class_="lacking", dir="auto") for sentence in lacking),
        element("p", "Nearest passages ", element("span", NOT_AN_ANSWER, class_="tag"), class_="label")
        if cards
        else "",
        element("ol", *cards, class_="cards"),
        class_="reply refusal",
    )


def _wording(turn: int, answer: Answer) -> Iterator[Html]:
    """Yield the answer's words, with each mark that points to a quote as a button.

    A full stop or the like behind marks is set before them, as printers do: a number alone then ends the sentence.
    """
    wording, at = answer.text, 0
    waiting: list[Html] = []
    for number, (start, end) in (*marks_of(answer), (0, (len(wording), len(wording)))):
        words = wording[at:start]
        if waiting and words.strip(" "):
            closing = _CLOSING.match(words)
            yield join([closing.group() if closing else "", *waiting])
            waiting, words = [], words[closing.end() :] if closing else words
        yield join([words.removesuffix(" ") if number else words])
        if number:
            waiting.append(_citation(turn, number, answer.quotes[number - 1].article_id))
        at = end
    yield join(waiting)


def _citation(turn: int, number: int, article_id: str, kind: Kind = "quote") -> Html:
    noun = "quote" if kind == "quote" else "nearest passage"
    return element(
        "button",
        str(number),
        type="button",
        class_="citation",
        aria_label=f"Open {noun} {number} in its article",
        aria_describedby=_peek_id(turn, number) if kind == "quote" else None,
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
    link = Place(quote.article_id, quote.sha256, quote.start, quote.end).fragment
    peek = _peek(turn, number, quote, source)
    if not alone:
        return _card("quote", turn, number, source, words, peek=peek, link=link)
    citation = _citation(turn, number, source.id)
    return _card("quote", turn, number, source, words, within=citation, peek=peek, link=link)


def _hit_card(turn: int, number: int, hit: Hit, article: ArticleById) -> Html:
    return _card("hit", turn, number, article(hit.passage.article_id), shortened(hit.passage.text, EXCERPT))


def _card(
    kind: Kind, turn: int, number: int, source: Article, words: str, *, within: str = "", peek: str = "", link: str = ""
) -> Html:
    """Return words with their source; the citation stands before them, or `within` them at their end."""
    return element(
        "li",
        "" if within else _citation(turn, number, source.id, kind),
        element(
            "figure",
            element("blockquote", element("span", words, class_="exact"), within, dir="auto"),
            element("figcaption", *caption(source), dir="auto"),
        ),
        peek,
        class_=f"card {kind}",
        data_link=link or None,
        **_opener(kind, turn, number, source.id),
    )


def caption(source: Article) -> list[Html]:
    """Return an article's title, and below it outlet, author and date."""
    below = described(source)
    return [
        element("span", source.title, class_="title"),
        *([element("span", below, class_="byline")] if below else []),
    ]


def _peek_id(turn: int, number: int) -> str:
    return f"peek-{turn}-{number}"


def _peek(turn: int, number: int, quote: Quote, source: Article) -> Html:
    """Return the preview of a quote: where it is from, and the quote among the words around it."""
    before = _around(source.text[max(0, quote.start - _AROUND) : quote.start], before=True)
    after = _around(source.text[quote.end : quote.end + _AROUND], before=False)
    return element(
        "div",
        element("p", *caption(source), class_="from", dir="auto"),
        element("p", before, element("mark", quote.words_in(source)), after, class_="excerpt", dir="auto"),
        class_="peek",
        id=_peek_id(turn, number),
        role="tooltip",
        popover="manual",
    )


def _around(words: str, *, before: bool) -> str:
    """Return the words next to a quote as far as its paragraph goes, cut between words, with an ellipsis if cut."""
    whole = len(words) < _AROUND
    lines = words.splitlines(keepends=True) or [""]
    kept = lines[-1] if before else lines[0].rstrip("\r\n\x0b\x0c\x85\u2028\u2029")
    if before and kept.endswith(("\n", "\r")):
        return ""
    if len(lines) > 1 or whole:
        return kept
    cut = kept.partition(" ")[2] if before else kept.rpartition(" ")[0]
    return f"… {cut}" if before else f"{cut} …"


def _confidence(answer: Answer, beside: str) -> Html:
    """Return the estimated chance that the articles answer, in words."""
    bars, level, meaning = LEVELS[answer.sureness]
    return element(
        "p",
        element("span", class_=f"meter level-{bars}", aria_hidden="true"),
        element("span", level, class_="level"),
        f" · {beside}",
        element("span", meaning[:1].upper() + meaning[1:], class_="meaning"),
        class_="confidence",
        title=f"Estimated chance that your articles answer this: {answer.confidence:.0%}",
    )
