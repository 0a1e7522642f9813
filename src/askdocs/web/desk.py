"""What the browser sends in, what the page's components show out: every event of the conversation as a function.

Nothing is kept between two events but the library: a conversation belongs to one session, which comes with the event.
"""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import gradio as gr

from askdocs.answering.extractive import OTHER_DAYS
from askdocs.datatypes import Answer, Article, Span
from askdocs.errors import AskdocsError, BusyError, MissingArticleError, QuestionError, QuoteError
from askdocs.filters import ArticleFilter
from askdocs.library import Library, checked_question
from askdocs.sample import examples_for, is_sample
from askdocs.settings import WebSettings
from askdocs.web import render, words
from askdocs.web.evidence import Kind, Mark, Standing, View, empty_pane, lost_pane, pane
from askdocs.web.examples import Examples
from askdocs.web.exporting import FORMS, citations, export, plain
from askdocs.web.limits import Gates
from askdocs.web.links import page_address, place_of, whole_number
from askdocs.web.markup import Html, element, join
from askdocs.web.programs import fault_of
from askdocs.web.render import Box
from askdocs.web.searched import Counts, Searched
from askdocs.web.session import Session
from askdocs.web.turns import MOST_TURNS, Conversation, Turn
from askdocs.web.unfound import Searching, unfound
from askdocs.web.wanted import Wanted

Word = Callable[[], tuple[Turn, Html]]
"""Has a language model word an answer; returns the turn with it, and its evidence."""

Shown = tuple[Any, ...]
"""What an event shows, a value for each of its outputs; see `page.py`."""

_STOPPED = "Stopped. Ask again, or edit the question."
_FAULT = "Something went wrong in askdocs. The terminal that runs this page says what. Your articles are safe."
_NOT_WHOLE = ("This link is not whole", "It names no place in an article. Perhaps it was cut short on its way to you.")
_REMOVED = (
    "This article is not in the library",
    "It was removed since the link was made, or never was here. Its words are not kept, so none can be shown.",
)
_CHANGED = (
    "This article has changed",
    "The text that was quoted is not kept here, so its words cannot be shown as they were.",
)
_FULL = f"This conversation has {MOST_TURNS} questions. Begin a new one; export this one first if you want to keep it."


class Desk:
    """The events of asking, reading and exporting as functions from what the browser sends to what the page shows.

    `examples` are offered before anything was asked. Where there are none they are the sample's if its articles
    are there, and else made from the articles.
    """

    def __init__(
        self, library: Library, examples: Sequence[str] = (), gates: Gates | None = None, *, adding: bool = False
    ) -> None:
        self._library = library
        self._given = tuple(examples)
        self._gates = gates or Gates.of(WebSettings(), library.settings.llm)
        self._made = Examples(library, self._gates.questions)
        self._adding = adding
        self._counts = Counts()

    # --- what stands still --------------------------------------------------------------------------------------------

    def masthead(self) -> Html:
        """Return the page's name and what it searches."""
        return render.masthead(self._what())

    def tabs(self) -> Html:
        """Return the two sides of the reading column."""
        return render.tabs(len(self._library.articles))

    def talk(self, so_far: Conversation, box: Box | None = None) -> Html:
        """Return the conversation as it is shown, with what is to become of the question box."""
        if so_far.turns:
            turns = tuple(self._shown(turn, so_far) for turn in so_far.turns)
            return render.conversation(replace(so_far, turns=turns), join([]), box)
        articles = self._library.articles
        examples = self._given or examples_for(articles) or self._made.now()
        greeting = render.welcome(examples, self._what(), sample=is_sample(articles), adding=self._adding)
        return render.conversation(so_far, greeting, box)

    def _shown(self, turn: Turn, so_far: Conversation) -> Turn:
        """Return a turn with what stands under its question until the reply, or the wording of it, comes."""
        if turn.wording:
            return replace(turn, reply=join([turn.reply, render.wording()]))
        if not turn.waits:
            return turn
        if turn.number != so_far.under_way:
            return replace(turn, reply=render.queued(), said="Asked after the question before.")
        return replace(turn, reply=render.searching(self._what(turn.within)), said="Searching…")

    def _what(self, within: ArticleFilter | None = None, library: Library | None = None) -> Searched:
        """Return what a question within limits is put to; counted once for each generation of the index."""
        library = library or self._library
        return self._counts.of(library.manifest.created, library.articles, within or ArticleFilter())

    # --- asking -------------------------------------------------------------------------------------------------------

    async def ask(self, typed: str, session: Session, wanted: Wanted, event: gr.EventData) -> AsyncIterator[Shown]:
        """Yield talk and evidence: searching, then the reply with its evidence.

        What Gradio does for each value of each step costs as much as an answer does, so there are few of both: what is
        to become of the question box stands in the talk. A question that is sent while another is answered is answered
        after it; one that is sent once more before its answer has come, as by a double click, is not asked twice.
        """
        question = str(sent(event).get("question", typed)).strip()
        if not question or session.now.is_waiting(question, wanted.within):
            yield gr.skip(), gr.skip()
            return
        kept = session.now.before(session.now.editing)
        if not any(character.isalnum() for character in question):
            yield self._told_at_once("Type a question first.", session, Box("put", ""))
            return
        try:
            checked_question(question)
        except QuestionError as error:
            yield self._told_at_once(str(error), session, Box("back", question))
            return
        if len(kept.turns) >= MOST_TURNS:
            yield self._told_at_once(_FULL, session, Box("back", question))
            return
        session.become(kept.asked(question, wanted.within))
        async for shown in self._asked(session, kept.count):
            yield shown

    async def retry(self, session: Session, wanted: Wanted, event: gr.EventData) -> AsyncIterator[Shown]:
        """Yield what `ask` yields, for a question that was asked before: its new reply takes the place of the old."""
        number, now = whole_number(sent(event).get("turn")), session.now
        turn = now.turn(number)
        if number is None or turn is None or turn.waits:
            yield gr.skip(), gr.skip()
            return
        session.become(now.asked_again(number, wanted.within))
        async for shown in self._asked(session, now.count):
            yield shown

    async def stop(self, session: Session) -> Html:
        """Return talk after the question that is being answered was given up; it is in the box again.

        Where there is none, a wording is given up, and the quotes stay.
        """
        now = session.now
        turn = now.turn(now.being_worded if now.under_way is None else now.under_way)
        if turn is None:
            return await self._talk(session)
        session.become(now.ended(turn.number, render.notice(_STOPPED), _STOPPED))
        return await self._talk(session, Box("back", turn.question) if turn.waits else None)

    async def edit(self, session: Session, event: gr.EventData) -> Any:
        """Return talk with an earlier question in the box, to be put anew."""
        turn = session.now.turn(whole_number(sent(event).get("turn")))
        if turn is None:
            return gr.skip()
        session.become(replace(session.now, editing=turn.number))
        return await self._talk(session, Box("put", turn.question))

    async def keep(self, session: Session) -> Html:
        """Return what `edit` returns with nothing being edited any more."""
        session.become(replace(session.now, editing=None))
        return await self._talk(session, Box("put", ""))

    async def clear(self, session: Session) -> Shown:
        """Return talk and evidence with nothing in them. What is still being answered is given up."""
        session.become(session.now.cleared())
        return await self._talk(session, Box("put", "")), empty_pane()

    async def failed(self, session: Session) -> Html:
        """Return talk as it is after a bug in askdocs, or a refusal, let an event end without showing it."""
        return await self._talk(session)

    async def _talk(self, session: Session, box: Box | None = None) -> Html:
        """Return talk as it is now. Where nothing was asked, examples may be made for it, beside everybody's loop."""
        if not session.now.turns:
            greeting = await to_thread(self.talk, session.now, box)
            if not session.now.turns:  # nothing was asked meanwhile
                return greeting
        return self.talk(session.now, box)

    def _told_at_once(self, why: str, session: Session, box: Box) -> Shown:
        """Return what `ask` yields where a question is not put at all: why, which is no part of the conversation."""
        return self.talk(session.now.and_then(Turn("", render.notice(why))), box), gr.skip()

    async def _asked(self, session: Session, number: int) -> AsyncIterator[Shown]:
        """Yield the conversation with a question that waits, then with its reply and its evidence.

        Where it was given up meanwhile there is no evidence: the conversation comes once more, as it is now, for
        Gradio repeats at the end of an event what it showed last.
        """
        turn = session.now.turn(number)
        if turn is None:
            return
        try:
            yield self.talk(session.now, Box("taken", turn.question)), gr.skip()
            shown, word = await self._replied(session, turn)
            yield shown
            if word is not None:
                yield await self._worded(session, turn.number, word)
        finally:  # a bug left it without a reply
            session.become(session.now.ended(turn.number, render.notice(_FAULT), _FAULT))

    async def _replied(self, session: Session, turn: Turn) -> tuple[Shown, Word | None]:
        """Return talk and evidence with the reply to a question, as soon as its turn comes and it is there.

        With it comes what words it, where something does.
        """
        evidence, word, box = gr.skip(), None, Box("taken", turn.question)
        if await session.turn_comes(turn.number):
            answering = self._gates.questions.arun(partial(self._reply, turn, session.now.before(turn.number).history))
            try:
                replied = await session.while_wanted(turn.number, answering)
            except AskdocsError as error:
                why, box = _why(error), Box("back", turn.question)
                session.become(session.now.ended(turn.number, render.notice(why), why))
            else:
                if replied is not None and session.now.waits_for(turn.number):
                    reply, evidence, word = replied
                    session.become(session.now.replied(replace(reply, wording=word is not None)))
        return (await self._talk(session, box), evidence), word

    async def _worded(self, session: Session, number: int, word: Word) -> Shown:
        """Return talk with the wording of an answer as soon as it is there; where none comes the quotes stay alone.

        The evidence stays as it is, unless the wording is that nothing there answers.
        """
        evidence = gr.skip()
        try:
            worded = await session.while_wanted(number, self._gates.wordings.arun(word))
        except BusyError:  # the language model has enough to do, or takes too long
            worded = None
        if worded is not None:
            reply, pane_then = worded
            evidence = (
                pane_then if reply.answer and reply.answer.abstained and session.now.waits_for(number) else evidence
            )
            session.become(session.now.replied(reply))
        session.become(session.now.ended(number, render.notice(_FAULT), _FAULT))
        return await self._talk(session), evidence

    def _reply(self, turn: Turn, history: Sequence[str]) -> tuple[Turn, Html, Word | None]:
        """Ask the library, one generation of it; return the turn with its reply, the evidence, and what words it."""
        library = self._library.snapshot()
        quoted = library.quote(turn.question, history=history, within=turn.within, day=library.today())
        word = None if quoted.word is None else lambda: self._told(turn, quoted.worded(), library)
        return *self._told(turn, quoted.answer, library), word

    def _told(self, turn: Turn, answer: Answer, library: Library) -> tuple[Turn, Html]:
        """Return a turn with an answer as its reply, and the evidence of it."""
        nearest = answer.hits[: words.NEAREST]
        named = {quote.article_id for quote in answer.quotes} | {hit.passage.article_id for hit in nearest}
        replied = replace(
            turn,
            answer=answer,
            snapshots=tuple((one, library.article(one).sha256) for one in sorted(named)),
            said=words.said(answer),
        )
        if answer.abstained:
            searching = Searching(
                lambda query, k: library.search(query, k, within=turn.within), lambda one: library.article(one).title
            )
            lacks = replace(
                unfound(turn.question, nearest, searching),
                untimely=OTHER_DAYS in answer.text,
                read_as=answer.read_as,
            )
            what = self._what(turn.within, library)
            reply = render.abstained(turn.number, answer, library.article, what, lacks)
            said = " ".join((words.said(answer), *words.lacking_words(lacks)))
            replied = replace(replied, reply=reply, said=said, told=words.refusal_words(answer, what, lacks))
        else:
            replied = replace(replied, reply=render.answered(turn.number, answer, library.article))
        cited = citations(replied, lambda one, _: library.article(one))
        view = self._marked(replied, "quote", 1, library)
        shown = pane(view) if view else empty_pane(refused=True, turn=turn.number)
        return replace(replied, plain=plain(replied, cited)), shown

    # --- reading ------------------------------------------------------------------------------------------------------

    def show(self, session: Session, event: gr.EventData) -> Any:
        """Return the evidence pane with what was clicked, or leave it be where the click means nothing any more."""
        along = sent(event)
        try:
            view = self._linked(along) if along.get("open") == "link" else self._view(session.now, along)
        except AskdocsError as error:
            return element("div", render.notice(_why(error)), class_="pane refused")
        return gr.skip() if view is None else pane(view) if isinstance(view, View) else view

    def _view(self, so_far: Conversation, along: Mapping[str, Any]) -> View | None:
        """Return what a click asks for. It comes from a browser, so every part of it may be missing or stale."""
        if along.get("open") == "article":
            wanted = along.get("article")
            return View(_found(self._library, wanted)) if isinstance(wanted, str) else None
        turn, number = so_far.turn(whole_number(along.get("turn"))), whole_number(along.get("number"))
        if turn is None or number is None:
            return None
        kind: Kind = "hit" if along.get("open") == "hit" else "quote"
        return self._marked(turn, kind, number, self._library)

    def _linked(self, along: Mapping[str, Any]) -> View | Html:
        """Return the quote that a link names; where those words are stored no longer, a pane that says why.

        Words are shown only where the very text that was quoted is stored: positions in any other are other words.
        """
        place = place_of(along)
        if place is None:
            return lost_pane(*_NOT_WHOLE)
        library = self._library.snapshot()  # what was removed a moment ago is shown no more
        try:
            now = _found(library, place.article_id)
        except QuoteError:
            return lost_pane(*_REMOVED)
        try:
            article, standing = self._stored(place.article_id, place.sha256, library)
        except QuoteError:
            return lost_pane(*_CHANGED, now)
        if place.end > len(article.text):
            return lost_pane(*_NOT_WHOLE)
        mark = Mark(1, place.start, place.end)
        return View(article, "link", marks=(mark,), focus=1, count=1, standing=standing)

    def _marked(self, turn: Turn, kind: Kind, focus: int, library: Library) -> View | None:
        """Return the article of one quote or hit, with all of the answer's quotes or hits in that article marked."""
        spans = _spans(turn.answer, kind)
        if turn.answer is None or not 1 <= focus <= len(spans):
            return None
        named = spans[focus - 1][0]
        article, standing = self._stored(named, turn.sha256_of(named), library)
        if kind == "quote":
            turn.answer.quotes[focus - 1].words_in(article)  # raises where the article is not what was quoted
        marks = tuple(Mark(number, *span) for number, (one, span) in enumerate(spans, start=1) if one == named)
        return View(article, kind, turn.number, marks, focus, len(spans), standing)

    def _stored(self, article_id: str, sha256: str | None, library: Library | None = None) -> tuple[Article, Standing]:
        """Return the snapshot of an article that was quoted, and whether it is the one that is searched now.

        Raises:
            AskdocsError: it is stored no longer.
        """
        library = library or self._library
        article = _found(library, article_id)
        if article.sha256 == sha256:
            return article, "current"
        return _found(library, article_id, sha256 or ""), "changed"

    # --- exporting ----------------------------------------------------------------------------------------------------

    def export(self, session: Session, event: gr.EventData) -> Any:
        """Return one answer or the whole conversation as a file for page.js to save."""
        along = sent(event)
        form, number = along.get("form"), whole_number(along.get("turn"))
        turns = [one for one in session.now.answered if number is None or one.number == number]
        if form not in FORMS or not turns:
            return gr.skip()
        made = export(turns, str(form), lambda one, sha: self._stored(one, sha)[0], page_address(along.get("page")))
        return element(
            "div",
            data_number=whole_number(along.get("number")),
            data_name=made.name,
            data_type=made.type,
            data_content=made.content,
            hidden=True,
        )


def sent(event: gr.EventData) -> Mapping[str, Any]:
    """Return what page.js sent along with an event; a plain click or Enter sends nothing."""
    along = event._data  # noqa: SLF001  Gradio's only way to the whole of it
    return along if isinstance(along, dict) else {}


def _found(library: Library, article_id: str, sha256: str | None = None) -> Article:
    """Return a stored article.

    Raises:
        QuoteError: there is none such, told without the folder of the index.
        IndexFolderError: the index cannot be read.
    """
    try:
        return library.article(article_id, sha256)
    except MissingArticleError as error:
        raise QuoteError("This article, as it was then, is no longer stored.") from error


def _why(error: AskdocsError) -> str:
    """Return what a visitor is told of a failure: nothing of this machine, which its terminal is told instead."""
    return str(error) if isinstance(error, QuoteError) else fault_of(error).message


def _spans(answer: Answer | None, kind: Kind) -> list[tuple[str, Span]]:
    """Return the articles and places of an answer's quotes, or of the passages nearest to what it does not answer."""
    if answer is None:
        return []
    if kind == "quote":
        return [(quote.article_id, (quote.start, quote.end)) for quote in answer.quotes]
    passages = (hit.passage for hit in answer.hits[: words.NEAREST])
    return [(passage.article_id, (passage.start, passage.end)) for passage in passages]
