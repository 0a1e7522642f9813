"""The page's events, called as the browser calls them: with the session's conversation and whatever was sent along."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from threading import Semaphore, get_ident
from typing import Any

import gradio as gr
import pytest

from askdocs.datatypes import Article
from askdocs.errors import EncoderError, IndexDamagedError
from askdocs.filters import ArticleFilter
from askdocs.index import build_index, open_index
from askdocs.library import Library
from askdocs.opened import Quoted
from askdocs.settings import AnswerSettings, PassageSettings, Settings, WebSettings
from askdocs.web.desk import Desk
from askdocs.web.limits import Gates
from askdocs.web.links import Place
from askdocs.web.markup import Html
from askdocs.web.page import build_page
from askdocs.web.session import Session
from askdocs.web.turns import MOST_TURNS, Conversation, Turn
from askdocs.web.wanted import Wanted
from fakes import HashEncoder

ARTICLES = (
    Article.of(
        id="rain",
        title="Rain",
        text="It rained on Monday in Lenwick. The mayor of Lenwick stayed at home.",
        outlet="The Echo",
        published="2023-03-02",
    ),
    Article.of(id="sun", title="Sun", text="The sun shone on Tuesday in Corran. Nobody in Corran stayed at home."),
)
QUESTION = "Who stayed at home in Lenwick?"
LENIENT = Settings(answers=AnswerSettings(min_confidence=0.0))


class Recording(Library):
    """A library that remembers what it was asked with, and can lose its articles."""

    asked: list[tuple[str, tuple[str, ...]]]
    damaged: bool = False

    def quote(
        self,
        question: str,
        history: Sequence[str] = (),
        within: ArticleFilter | None = None,
        day: date | None = None,
    ) -> Quoted:
        """Remember the question and its history."""
        self.asked.append((question, tuple(history)))
        return super().quote(question, history, within, day)

    def article(self, article_id: str, sha256: str | None = None) -> Article:
        """Return the article while the index is whole."""
        if self.damaged:
            raise IndexDamagedError("articles.txt is gone; build the index again")
        return super().article(article_id, sha256)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Index the two articles."""
    made = tmp_path_factory.mktemp("index")
    build_index(ARTICLES, made, HashEncoder(), PassageSettings())
    return made


@pytest.fixture
def library(folder: Path) -> Recording:
    """Open the two articles so that every question with an answer in them is answered."""
    opened = Recording(open_index(folder), HashEncoder(), LENIENT)
    opened.asked = []
    return opened


def sent(**along: object) -> gr.EventData:
    return gr.EventData(None, along or None)


def ask(
    desk: Desk, typed: str, so_far: Conversation, wanted: Wanted | None = None, **along: object
) -> tuple[list[tuple[Any, ...]], Conversation]:
    """Ask and return all that was shown, step by step, and the conversation after it."""
    session = Session(so_far)
    return all_of(desk.ask(typed, session, wanted or Wanted(), sent(**along))), session.now


def all_of(shown: AsyncIterator[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return all that an event shows, step by step."""

    async def collected() -> list[tuple[Any, ...]]:
        return [step async for step in shown]

    return asyncio.run(collected())


def begun(question: str, so_far: Conversation | None = None) -> Session:
    """Return a session in which a question waits for its answer."""
    return Session((so_far or Conversation()).asked(question, ArticleFilter()))


def box(talk: str) -> tuple[str, str] | None:
    """Return what a conversation tells page.js to do with the question box, and the words."""
    found = re.search(r'data-box="(\w+)" data-words="([^"]*)"', talk)
    return (found[1], found[2]) if found else None


def test_a_reply_comes_in_two_parts_searching_then_the_quotes_with_their_evidence(library: Recording) -> None:
    (first, second), told = ask(Desk(library), f" {QUESTION} ", Conversation())
    assert "Searching 2 articles…" in first[0]
    assert box(first[0]) == ("taken", QUESTION)
    assert first[1] == gr.skip()
    assert "Searching" not in second[0]
    assert "card quote" in second[0]
    assert box(second[0]) == ("taken", QUESTION), "where the browser shows this part alone, the box is emptied too"
    assert "strongest" in second[1]
    assert told.history == (QUESTION,)
    assert told.under_way is None


def test_an_empty_box_asks_nothing(library: Recording) -> None:
    assert all_of(Desk(library).ask("  ", Session(), Wanted(), sent())) == [(gr.skip(),) * 2]


def test_a_question_that_is_too_long_is_told_and_not_kept(library: Recording) -> None:
    (shown,), told = ask(Desk(library), "why " * 2_000, Conversation())
    assert "4,000" in shown[0]
    assert box(shown[0]) == ("back", ("why " * 2_000).strip())
    assert told.turns == ()
    assert library.asked == []


def test_each_question_is_asked_with_those_before_it(library: Recording) -> None:
    desk = Desk(library)
    _, told = ask(desk, QUESTION, Conversation())
    _, told = ask(desk, "???", told)
    _, told = ask(desk, "ignored", told, question="And in Corran?")
    assert library.asked == [(QUESTION, ()), ("And in Corran?", (QUESTION,))]


def test_an_index_damaged_while_running_is_told_and_the_question_kept(
    library: Recording, capsys: pytest.CaptureFixture[str]
) -> None:
    library.damaged = True
    desk = Desk(library)
    (_, last), told = ask(desk, QUESTION, Conversation())
    assert "The articles cannot be read at the moment." in last[0]
    assert "articles.txt is gone; build the index again" in capsys.readouterr().err
    assert box(last[0]) == ("back", QUESTION)
    assert told.history == ()
    assert "cannot be read" in desk.show(Session(told), sent(open="article", article="rain"))


def test_no_folder_of_this_machine_is_shown(library: Recording) -> None:
    shown = Desk(library).show(Session(), sent(open="article", article="snow"))
    assert "no longer stored" in shown
    assert str(library.folder) not in shown


def test_a_failure_to_read_an_article_is_not_told_as_its_absence(
    library: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unread(_article_id: str, _sha256: str | None = None) -> Article:
        raise EncoderError("the model is gone")

    monkeypatch.setattr(library, "article", unread)
    shown = Desk(library).show(Session(), sent(open="article", article="rain"))
    assert "cannot be read at the moment" in shown


def test_a_full_line_is_told_at_once_and_the_question_kept(library: Recording) -> None:
    gates = Gates.of(WebSettings())
    gates.close()
    (_, last), told = ask(Desk(library, gates=gates), QUESTION, Conversation())
    assert "Ask again in a few seconds." in last[0]
    assert box(last[0]) == ("back", QUESTION)
    assert told.history == ()


def test_an_article_that_is_not_what_was_quoted_is_not_shown_as_evidence(library: Recording) -> None:
    desk = Desk(library)
    _, told = ask(desk, QUESTION, Conversation())
    turn = told.turns[0]
    assert turn.answer is not None
    forged = replace(
        turn.answer, quotes=tuple(replace(quote, exact="Nobody said this.") for quote in turn.answer.quotes)
    )
    assert "not in this snapshot" in desk.show(
        Session(replace(told, turns=(replace(turn, answer=forged),))), sent(open="quote", turn="0", number="1")
    )
    gone = replace(turn, snapshots=(("rain", "0" * 64), ("sun", "0" * 64)))
    assert "<article" not in desk.show(Session(replace(told, turns=(gone,))), sent(open="quote", turn="0", number="1"))


def test_an_old_answers_quote_is_shown_as_it_was_after_its_article_changed(tmp_path: Path) -> None:
    build_index(ARTICLES, tmp_path, HashEncoder(), PassageSettings())
    settings = Settings(answers=AnswerSettings(min_confidence=0.0))
    desk = Desk(Library(open_index(tmp_path), HashEncoder(), settings, live=True))
    _, told = ask(desk, QUESTION, Conversation())
    edited = Article.of(id="rain", title="Rain", text="It rained on Monday in Lenwick. The mayor went out.")
    build_index((edited, ARTICLES[1]), tmp_path, HashEncoder(), PassageSettings())
    _, told = ask(desk, "Who went out in Lenwick?", told)
    before = desk.show(Session(told), sent(open="quote", turn="0", number="1"))
    assert "The mayor of Lenwick stayed at home." in before
    assert "changed since" in before
    assert "changed since" not in desk.show(Session(told), sent(open="quote", turn="1", number="1"))
    exported = desk.export(Session(told), sent(form="json", turn="0"))
    assert "The mayor of Lenwick stayed at home." in exported


def test_a_question_is_limited_to_the_articles_that_are_wanted(library: Recording) -> None:
    desk = Desk(library)
    within = ArticleFilter(outlets=("The Echo",))
    (first, last), told = ask(desk, "Who stayed at home?", Conversation(), Wanted(within=within))
    assert "Searching 1 article…" in first[0]
    assert "Asked of The Echo" in last[0]
    answer = told.turns[0].answer
    assert answer is not None
    assert {quote.article_id for quote in answer.quotes} == {"rain"}


def test_a_refusal_says_which_name_is_nowhere_and_what_was_searched(folder: Path) -> None:
    strict = Library(open_index(folder), HashEncoder(), Settings(answers=AnswerSettings(min_confidence=0.99)))
    (_, last), told = ask(Desk(strict), "How many boats sank in Skarrow near Corran?", Conversation())
    assert "Searched 2 articles of 2 March 2023" in last[0]
    assert "No article that was searched mentions “Skarrow”." in last[0]
    assert "You ask for a number; the nearest passages give none." in last[0]
    assert "Nothing is quoted" in last[1]
    assert told.turns[0].said.startswith("Your articles do not answer this.")


def test_an_edited_question_takes_its_place_and_what_came_after_goes(library: Recording) -> None:
    desk = Desk(library)
    _, told = ask(desk, QUESTION, Conversation())
    _, told = ask(desk, "And in Corran?", told)
    session = Session(told)
    talk = asyncio.run(desk.edit(session, sent(turn="0")))
    assert (session.now.editing, box(talk)) == (0, ("put", QUESTION))
    assert "Editing question 1; 1 later question will go" in talk
    assert "turn dropped" in talk
    editing = session.now
    assert box(asyncio.run(desk.keep(session))) == ("put", "")
    assert session.now == told
    assert asyncio.run(desk.edit(session, sent(turn="7"))) == gr.skip()
    _, anew = ask(desk, "Who stayed at home in Corran?", editing)
    assert anew.history == ("Who stayed at home in Corran?",)
    assert anew.editing is None


def test_asking_again_replaces_that_reply_alone_under_another_number(library: Recording) -> None:
    desk = Desk(library)
    _, told = ask(desk, QUESTION, Conversation())
    _, told = ask(desk, "And in Corran?", told)
    session = Session(told)
    (_, last) = all_of(desk.retry(session, Wanted(within=ArticleFilter(outlets=("The Echo",))), sent(turn="0")))
    anew = session.now
    assert anew.turns[1:] == told.turns[1:]
    assert anew.turns[0].within.outlets == ("The Echo",)
    assert [turn.number for turn in anew.turns] == [2, 1]
    assert 'data-turn="2"' in last[1], "the pane differs from the one before even where the answer is the same"
    assert library.asked[-1] == (QUESTION, ())
    assert all_of(desk.retry(session, Wanted(), sent(turn="0"))) == [(gr.skip(),) * 2], "a second click on what is gone"
    assert desk.export(session, sent(form="json", turn="0")) == gr.skip()


def test_a_stopped_question_says_so_and_is_in_the_box_again(library: Recording) -> None:
    desk, session = Desk(library), begun(QUESTION)
    talk = asyncio.run(desk.stop(session))
    assert "Stopped." in talk
    assert "Searching" not in talk
    assert box(talk) == ("back", QUESTION)
    assert session.now.under_way is None
    assert session.now.history == ()
    assert box(asyncio.run(desk.stop(session))) is None
    assert 'data-do="retry"' in talk, "the notice says to ask again"
    assert "data-copy" not in talk
    assert "data-form" not in talk
    all_of(desk.retry(session, Wanted(), sent(turn="0")))
    assert [turn.answer is not None for turn in session.now.turns] == [True]


class Held(Recording):
    """A library whose answers come when they are let go, each once."""

    def __init__(self, library: Recording) -> None:
        super().__init__(open_index(library.folder), HashEncoder(), LENIENT)
        self.asked = []
        self.go = Semaphore(0)

    def quote(
        self,
        question: str,
        history: Sequence[str] = (),
        within: ArticleFilter | None = None,
        day: date | None = None,
    ) -> Quoted:
        """Answer as soon as it is let go."""
        self.go.acquire()
        return super().quote(question, history, within, day)


async def until(reached: Callable[[], bool]) -> None:
    """Wait, without an end, for what must come."""
    while not reached():  # noqa: ASYNC110  what is waited for is reached in a list of the test
        await asyncio.sleep(0.001)


async def shown_by(event: AsyncIterator[tuple[Any, ...]], into: list[tuple[Any, ...]]) -> None:
    """Collect what an event shows as it comes."""
    async for step in event:
        into.append(step)  # noqa: PERF401  it is looked at before the end


async def edited(desk: Desk, session: Session) -> None:
    """Put the first question anew while it is being answered."""
    await desk.edit(session, sent(turn="0"))
    desk_library(desk).go.release()
    desk_library(desk).go.release()
    async for _ in desk.ask("And in Corran?", session, Wanted(), sent()):
        pass


def desk_library(desk: Desk) -> Held:
    """Return the library of a desk."""
    held = desk._library  # noqa: SLF001  it is this test's own
    assert isinstance(held, Held)
    return held


Interrupted = Callable[[Desk, Session], Awaitable[object]]


@pytest.mark.parametrize(
    ("interrupted", "left"),
    [
        (lambda desk, session: desk.stop(session), [QUESTION]),
        (lambda desk, session: desk.clear(session), []),
        (edited, ["And in Corran?"]),
    ],
    ids=["stop", "new conversation", "edit"],
)
def test_an_answer_that_comes_late_changes_nothing_and_the_next_question_is_answered(
    library: Recording, interrupted: Interrupted, left: list[str]
) -> None:
    held = Held(library)
    desk, session = Desk(held), Session()

    async def asked() -> None:
        first: list[tuple[Any, ...]] = []
        asking = asyncio.create_task(shown_by(desk.ask(QUESTION, session, Wanted(), sent()), first))
        await until(lambda: bool(first))
        await interrupted(desk, session)
        held.go.release()
        await asking
        assert "card quote" not in first[-1][0]
        assert first[-1][1] == gr.skip(), "the pane keeps what it shows"
        assert [turn.question for turn in session.now.turns] == left
        assert session.now.history == tuple(left[:1] if left != [QUESTION] else ())
        held.go.release()
        (*_, last) = [step async for step in desk.ask("Who else?", session, Wanted(), sent())]
        assert "Who else?" in last[0]
        assert session.now.history[-1] == "Who else?"

    asyncio.run(asked())


def test_questions_sent_while_another_is_answered_are_answered_in_order_with_those_before_them(
    library: Recording,
) -> None:
    held = Held(library)
    desk, session = Desk(held), Session()

    async def asked() -> None:
        steps: list[tuple[Any, ...]] = []
        sendings = []
        for number, question in enumerate((QUESTION, "And in Corran?", "And when?"), start=1):
            sendings.append(asyncio.create_task(shown_by(desk.ask(question, session, Wanted(), sent()), steps)))
            await until(lambda number=number: len(steps) == number)  # type: ignore[misc]  # bound on purpose
        assert (steps[-1][0].count("Searching"), steps[-1][0].count("Asked as soon as")) == (2, 2)  # said, and shown
        assert all_of_now(await anext(desk.ask("And when?", session, Wanted(), sent()))), "a second click asks nothing"
        retried = asyncio.create_task(shown_by(desk.retry(session, Wanted(), sent(turn="2")), steps))
        await desk.stop(session)
        for _ in range(3):
            held.go.release()
        await asyncio.gather(*sendings, retried)

    asyncio.run(asked())
    assert session.now.under_way is None
    assert [turn.question for turn in session.now.turns] == [QUESTION, "And in Corran?", "And when?"]
    assert session.now.history == ("And in Corran?", "And when?")
    kept = [asked for asked in held.asked if asked[0] != QUESTION]
    assert kept == [("And in Corran?", ()), ("And when?", ("And in Corran?",))]


def all_of_now(step: tuple[Any, ...]) -> bool:
    """Tell whether a step shows nothing anew."""
    return all(one == gr.skip() for one in step)


def test_a_conversation_has_an_end(library: Recording) -> None:
    full = Conversation(tuple(Turn(str(number), Html("")) for number in range(MOST_TURNS)))
    (only,), told = ask(Desk(library), QUESTION, full)
    assert "Begin a new one" in only[0]
    assert box(only[0]) == ("back", QUESTION)
    assert told == full


def test_a_link_opens_the_place_that_it_names(library: Recording) -> None:
    article = library.article("rain")
    named = Place("rain", article.sha256, 32, 68)
    parts = {"open": "link", "article": "rain", "sha256": article.sha256, "start": "32", "end": "68"}
    shown = Desk(library).show(Session(), sent(**parts))
    assert '<mark data-numbers="1" class="strongest">The mayor of Lenwick stayed at home.</mark>' in shown
    assert "Linked words" in shown
    assert named.fragment == f"#article=rain&sha256={article.sha256}&start=32&end=68"


@pytest.mark.parametrize(
    "wrong",
    [
        {"sha256": "0" * 64},
        {"sha256": "../../etc/passwd"},
        {"sha256": None},
        {"article": "snow"},
        {"article": ["rain"]},
        {"article": "x" * 5_000},
        {"start": "68", "end": "32"},
        {"end": "69"},
        {"end": "9" * 40},
        {"start": "-1"},
        {"start": "1.5"},
        {"start": {"a": 1}},
    ],
)
def test_a_link_that_was_made_up_opens_nothing(library: Recording, wrong: dict[str, object]) -> None:
    parts: dict[str, object] = {"article": "rain", "sha256": library.article("rain").sha256, "start": "32", "end": "68"}
    shown = Desk(library).show(Session(), sent(open="link", **parts | wrong))
    assert "<mark" not in shown
    assert "pane blank refused" in shown


def test_a_link_to_what_is_stored_no_longer_says_what_became_of_it(tmp_path: Path) -> None:
    build_index(ARTICLES, tmp_path, HashEncoder(), PassageSettings())
    library = Library(open_index(tmp_path), HashEncoder(), Settings(), live=True)
    linked = {"open": "link", "article": "rain", "start": "32", "end": "68"}
    desk = Desk(library)
    unknown = desk.show(Session(), sent(**linked, sha256="0" * 64))
    assert "This article has changed" in unknown
    assert 'data-open="article" data-article="rain"' in unknown, "it can be read as it is now"
    cut = desk.show(Session(), sent(**linked, sha256="0" * 63))
    assert "This link is not whole" in cut
    first = library.article("rain").sha256
    build_index(ARTICLES[1:], tmp_path, HashEncoder(), PassageSettings())
    removed = desk.show(Session(), sent(**linked, sha256=first))
    assert "This article is not in the library" in removed
    assert "data-open" not in removed
    assert "stayed at home" not in removed, "what was removed is shown to nobody"


@pytest.mark.parametrize("form", ["markdown", "html", "json"])
def test_one_answer_or_all_are_exported(library: Recording, form: str) -> None:
    desk = Desk(library)
    _, told = ask(desk, QUESTION, Conversation())
    _, told = ask(desk, "And in Corran?", told)
    one = desk.export(Session(told), sent(form=form, turn="0", page="http://127.0.0.1:7860/"))
    both = desk.export(Session(told), sent(form=form, turn="", page="http://127.0.0.1:7860/"))
    assert 'data-name="answer.' in one
    assert "And in Corran?" not in one
    assert 'data-name="conversation.' in both
    assert "And in Corran?" in both
    assert "http://127.0.0.1:7860/#article=" in one.replace("&amp;", "&").replace("\\", "")


def test_an_export_that_means_nothing_is_none(library: Recording) -> None:
    desk = Desk(library)
    assert desk.export(Session(), sent(form="json")) == gr.skip()
    _, told = ask(desk, QUESTION, Conversation())
    assert desk.export(Session(told), sent(form="exe", turn="0")) == gr.skip()
    assert "javascript" not in desk.export(Session(told), sent(form="html", turn="0", page="javascript:alert(1)"))


@pytest.mark.parametrize(
    "along",
    [
        {},
        {"open": "quote"},
        {"open": "quote", "turn": "1", "number": "1"},
        {"open": "quote", "turn": "-1", "number": "1"},
        {"open": "quote", "turn": "0", "number": "0"},
        {"open": "quote", "turn": "0", "number": "9" * 40},
        {"open": "hit", "turn": "0", "number": "²"},
        {"open": "hit", "turn": 0, "number": [1]},
        {"open": "article", "article": ["rain"]},
        {"open": "article", "article": {"rain": 1}},
    ],
)
def test_a_click_that_means_nothing_leaves_the_pane_alone(library: Recording, along: dict[str, object]) -> None:
    desk = Desk(library)
    _, told = ask(desk, QUESTION, Conversation())
    assert desk.show(Session(told), sent(**along)) == gr.skip()


def test_an_article_that_is_not_there_opens_nothing(library: Recording) -> None:
    shown = Desk(library).show(Session(), sent(open="article", article="../../etc/passwd"))
    assert "<article" not in shown


def test_a_bug_leaves_a_message_in_place_of_the_reply(library: Recording) -> None:
    class Broken(Recording):
        def quote(
            self,
            question: str,
            history: Sequence[str] = (),
            within: ArticleFilter | None = None,
            day: date | None = None,
        ) -> Quoted:
            raise RuntimeError(f"a bug on {question}, {history}, {within}, {day}")

    broken = Broken(open_index(library.folder), HashEncoder(), Settings())
    desk, session = Desk(broken), Session()
    with pytest.raises(RuntimeError, match="a bug"):
        all_of(desk.ask("Who stayed at home?", session, Wanted(), sent()))
    shown = asyncio.run(desk.failed(session))
    assert "Something went wrong" in shown
    assert "Searching" not in shown
    assert session.now.history == ()
    assert session.now.under_way is None


def test_a_library_without_examples_of_its_own_is_asked_about_its_headlines(library: Recording) -> None:
    assert "For example" not in Desk(library).talk(Conversation())  # "Rain" and "Sun" say too little
    assert 'data-ask="Why?"' in Desk(library, ("Why?",)).talk(Conversation())


def test_the_samples_questions_are_offered_over_the_sample_alone(
    sample_library: Library, library: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(sample_library)
    assert "By how much did DART shorten" in desk.talk(Conversation())
    assert "These are the sample articles" in desk.talk(Conversation())
    monkeypatch.setattr(desk, "_library", library)  # as when the index is replaced while the page is served
    assert "DART" not in desk.talk(Conversation())


def test_a_new_conversation_is_made_beside_the_loop_that_everybody_shares(library: Recording) -> None:
    seen: list[int] = []

    class Watched(Desk):
        def talk(self, so_far: Conversation, box: Any = None) -> Html:
            seen.append(get_ident())
            return super().talk(so_far, box)

    desk = Watched(library)
    cleared = Turn(QUESTION, Html(""))  # asked, and gone before its answer
    late = partial(desk._replied, turn=cleared)  # noqa: SLF001  as the end of an event that is under way
    for event in (desk.clear, desk.stop, desk.keep, desk.failed, late):
        seen.clear()
        asyncio.run(event(Session()))
        assert len(seen) == 1
        assert get_ident() not in seen


def test_a_greeting_that_is_overtaken_by_a_question_is_not_shown_over_it(library: Recording) -> None:
    session = Session()

    class Slow(Desk):
        def talk(self, so_far: Conversation, box: Any = None) -> Html:
            session.become(session.now if session.now.turns else session.now.asked(QUESTION, ArticleFilter()))
            return super().talk(so_far, box)

    assert QUESTION in asyncio.run(Slow(library).failed(session))


def test_gradio_counts_nothing_of_what_people_ask(library: Recording) -> None:
    async def built() -> gr.Blocks:
        return build_page(library)

    before = os.environ.keys() - {"HF_HUB_DISABLE_TELEMETRY"}  # which Gradio sets, and may
    page = asyncio.run(built())  # Gradio looks for a loop of events while it builds
    assert os.environ.keys() - {"HF_HUB_DISABLE_TELEMETRY"} == before
    queue = page._queue  # noqa: SLF001  there is no other way to it
    queue.events_recorded = 7
    event = {"time": 0.0, "status": "success", "process_time": 0.1, "function": "ask", "session_hash": "a"}
    assert queue.compute_analytics_summary([event]) == {"functions": {}}  # type: ignore[no-untyped-call]
    assert queue.ANALYTICS_MAX_EVENTS == 1
