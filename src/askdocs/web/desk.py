"""What the browser sends in, what the page's components show out: every event of the page as a function.

Nothing is kept between two events but the library: a conversation belongs to one session, which sends it along.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import gradio as gr

from askdocs.datatypes import Answer, Span
from askdocs.errors import AskdocsError
from askdocs.library import Library
from askdocs.settings import WebSettings
from askdocs.web import render
from askdocs.web.evidence import Kind, Mark, View, empty_pane, pane
from askdocs.web.limits import Gate
from askdocs.web.markup import Html
from askdocs.web.turns import Conversation, Turn


class Desk:
    """The page's events as functions from what the browser sends to what the components show."""

    def __init__(self, library: Library, examples: tuple[str, ...], gate: Gate | None = None) -> None:
        self._library = library
        self._examples = examples
        self._gate = gate or Gate.of(WebSettings())

    def masthead(self) -> Html:
        """Return the page's name and what it searches."""
        return render.masthead(len(self._library.articles))

    def tabs(self) -> Html:
        """Return the two sides of the reading column."""
        return render.tabs(len(self._library.articles))

    def talk(self, so_far: Conversation) -> Html:
        """Return the conversation as it is shown."""
        return render.conversation(so_far.exchanges, render.welcome(self._examples, len(self._library.articles)))

    def shelf(self, wanted: str) -> Html:
        """Return the list of articles that hold the wanted words in their title, outlet, author or date."""
        return render.shelf(self._library.articles, wanted)

    def clear(self) -> tuple[Html, Html, Conversation, str]:
        """Return an empty conversation."""
        return self.talk(Conversation()), empty_pane(), Conversation(), ""

    def failed(self, so_far: Conversation) -> tuple[Html, Conversation]:
        """Return the conversation with a message in place of the reply that a bug in askdocs prevented."""
        message = "Something went wrong in askdocs. The terminal that runs this page says what. Your articles are safe."
        told = so_far.with_reply(render.notice(message))
        return self.talk(told), told

    def ask(self, typed: str, so_far: Conversation, event: gr.EventData) -> Iterator[tuple[Any, ...]]:
        """Yield the conversation with the question in it, then with its reply and the evidence for it."""
        question = str(_sent(event).get("question", typed)).strip()
        if not any(character.isalnum() for character in question):
            yield self.talk(so_far.and_then(Turn("", render.notice("Type a question first.")))), gr.skip(), so_far, ""
            return
        waiting = so_far.and_then(Turn(question, render.searching(len(self._library.articles))))
        yield self.talk(waiting), gr.skip(), waiting, ""
        try:
            answer, reply, shown = self._reply(question, so_far)
        except AskdocsError as error:
            told = waiting.with_reply(render.notice(str(error)))
            yield self.talk(told), gr.skip(), told, question
            return
        told = waiting.with_reply(reply, answer)
        yield self.talk(told), pane(shown) if shown else empty_pane(), told, ""

    def show(self, so_far: Conversation, event: gr.EventData) -> Any:
        """Return the evidence pane with what was clicked, or leave it be where the click means nothing any more."""
        try:
            view = self._view(so_far, _sent(event))
        except AskdocsError as error:
            return render.notice(str(error))
        return pane(view) if view else gr.skip()

    def _reply(self, question: str, so_far: Conversation) -> tuple[Answer, Html, View | None]:
        """Ask the library; return the answer, the reply as it is shown, and what the evidence pane shows first."""
        answer = self._gate.run(lambda: self._library.ask(question, history=so_far.history))
        turn = len(so_far.turns)
        if answer.abstained:
            reply = render.abstained(turn, answer, self._library.article, len(self._library.articles))
            return answer, reply, None
        return answer, render.answered(turn, answer, self._library.article), self._marked(answer, "quote", turn, 1)

    def _view(self, so_far: Conversation, sent: Mapping[str, Any]) -> View | None:
        """Return what a click asks for. It comes from a browser, so every part of it may be missing or stale."""
        if sent.get("open") == "article":
            wanted = next((known.id for known in self._library.articles if known.id == sent.get("article")), None)
            return View(self._library.article(wanted)) if wanted is not None else None
        turn, number = _whole_number(sent.get("turn")), _whole_number(sent.get("number"))
        if turn is None or number is None or not 0 <= turn < len(so_far.turns):
            return None
        answer = so_far.turns[turn].answer
        kind: Kind = "hit" if sent.get("open") == "hit" else "quote"
        return self._marked(answer, kind, turn, number) if answer else None

    def _marked(self, answer: Answer, kind: Kind, turn: int, focus: int) -> View | None:
        """Return the article of one quote or hit, with all of the answer's quotes or hits in that article marked."""
        spans: Sequence[tuple[str, Span]]
        if kind == "quote":
            spans = [(quote.article_id, (quote.start, quote.end)) for quote in answer.quotes]
        else:
            spans = [
                (hit.passage.article_id, (hit.passage.start, hit.passage.end)) for hit in answer.hits[: render.NEAREST]
            ]
        if not 1 <= focus <= len(spans):
            return None
        article = self._library.article(spans[focus - 1][0])
        if kind == "quote":
            answer.quotes[focus - 1].words_in(article)  # raises where the article is no longer what was quoted
        marks = tuple(
            Mark(number, *span) for number, (article_id, span) in enumerate(spans, start=1) if article_id == article.id
        )
        return View(article, kind, turn, marks, focus, len(spans))


def _sent(event: gr.EventData) -> Mapping[str, Any]:
    """Return what page.js sent along with an event; a plain click or Enter sends nothing."""
    sent = event._data  # noqa: SLF001  Gradio's only way to the whole of it
    return sent if isinstance(sent, dict) else {}


def _whole_number(sent: object) -> int | None:
    return int(sent) if isinstance(sent, str) and sent.isascii() and sent.isdigit() else None
