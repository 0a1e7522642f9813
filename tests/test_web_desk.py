"""The page's events, called as the browser calls them: with the session's conversation and whatever was sent along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from askdocs.datatypes import Answer, Article
from askdocs.errors import IndexDamagedError
from askdocs.index import build_index, open_index
from askdocs.library import Library
from askdocs.settings import AnswerSettings, PassageSettings, Settings
from askdocs.web.desk import Desk
from askdocs.web.turns import Conversation
from fakes import HashEncoder

ARTICLES = (
    Article.of(id="rain", title="Rain", text="It rained on Monday in Lenwick. The mayor of Lenwick stayed at home."),
    Article.of(id="sun", title="Sun", text="The sun shone on Tuesday in Corran. Nobody in Corran stayed at home."),
)


class Recording(Library):
    """A library that remembers what it was asked with, and can lose its articles."""

    asked: list[tuple[str, tuple[str, ...]]]
    damaged: bool = False

    def ask(self, question: str, history: Sequence[str] = ()) -> Answer:
        """Remember the question and its history."""
        self.asked.append((question, tuple(history)))
        return super().ask(question, history)

    def article(self, article_id: str) -> Article:
        """Return the article while the index is whole."""
        if self.damaged:
            raise IndexDamagedError("articles.txt is gone; build the index again")
        return super().article(article_id)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Index the two articles."""
    made = tmp_path_factory.mktemp("index")
    build_index(ARTICLES, made, HashEncoder(), PassageSettings())
    return made


@pytest.fixture
def library(folder: Path) -> Recording:
    """Open the two articles so that every question with an answer in them is answered."""
    opened = Recording(open_index(folder), HashEncoder(), Settings(answers=AnswerSettings(min_confidence=0.0)))
    opened.asked = []
    return opened


def sent(**along: object) -> gr.EventData:
    return gr.EventData(None, along or None)


def ask(desk: Desk, typed: str, so_far: Conversation, **along: object) -> tuple[list[tuple[Any, ...]], Conversation]:
    """Ask and return all that was shown, step by step, and the conversation after it."""
    steps = list(desk.ask(typed, so_far, sent(**along)))
    return steps, steps[-1][2]


def test_a_question_is_shown_as_searching_before_its_answer(library: Recording) -> None:
    (first, last), told = ask(Desk(library, ()), " Who stayed at home in Lenwick? ", Conversation())
    assert "Searching 2 articles…" in first[0]
    assert "Searching" not in last[0]
    assert "strongest" in last[1]
    assert last[3] == ""
    assert told.history == ("Who stayed at home in Lenwick?",)


def test_each_question_is_asked_with_those_before_it(library: Recording) -> None:
    desk = Desk(library, ())
    _, told = ask(desk, "Who stayed at home in Lenwick?", Conversation())
    _, told = ask(desk, "???", told)
    _, told = ask(desk, "ignored", told, question="And in Corran?")
    assert library.asked == [
        ("Who stayed at home in Lenwick?", ()),
        ("And in Corran?", ("Who stayed at home in Lenwick?",)),
    ]


def test_an_index_damaged_while_running_is_told_and_the_question_kept(library: Recording) -> None:
    library.damaged = True
    desk = Desk(library, ())
    (_, last), told = ask(desk, "Who stayed at home in Lenwick?", Conversation())
    assert "Articles.txt is gone; build the index again" in last[0]
    assert last[3] == "Who stayed at home in Lenwick?"
    assert told.history == ()
    assert "is gone" in desk.show(told, sent(open="article", article="rain"))


def test_an_article_that_changed_since_it_was_quoted_is_not_shown_as_evidence(library: Recording) -> None:
    desk = Desk(library, ())
    _, told = ask(desk, "Who stayed at home in Lenwick?", Conversation())
    answer = told.turns[0].answer
    assert answer is not None
    stale = replace(answer, quotes=tuple(replace(quote, sha256="0" * 64) for quote in answer.quotes))
    changed = told.with_reply(told.turns[0].reply, stale)
    assert "not in this snapshot" in desk.show(changed, sent(open="quote", turn="0", number="1"))


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
        {"open": "article", "article": "../../etc/passwd"},
        {"open": "article", "article": ["rain"]},
        {"open": "article", "article": {"rain": 1}},
    ],
)
def test_a_click_that_means_nothing_leaves_the_pane_alone(library: Recording, along: dict[str, object]) -> None:
    desk = Desk(library, ())
    _, told = ask(desk, "Who stayed at home in Lenwick?", Conversation())
    assert desk.show(told, sent(**along)) == gr.skip()


def test_a_bug_leaves_a_message_in_place_of_the_reply(library: Recording) -> None:
    desk = Desk(library, ())
    waiting = next(desk.ask("Who stayed at home?", Conversation(), sent()))[2]
    shown, told = desk.failed(waiting)
    assert "Something went wrong" in shown
    assert "Searching" not in shown
    assert told.history == ()
