"""Days that a question means, and articles of those days: the words that name them, and what comes of it in answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.datatypes import Article
from askdocs.encoding import Encoder
from askdocs.index import build_index, open_index
from askdocs.library import Library
from askdocs.settings import PassageSettings, Settings
from askdocs.timeliness import UNDATED, DaysMeant, days_meant, days_published, nearness, words_for_days
from conftest import Cli
from test_cli import complaint

DAY = date(2022, 6, 16)


@pytest.mark.parametrize(
    ("question", "back"),
    [
        ("Which US national park was flooded this week?", 8),
        ("Who resigned last Week?", 8),
        ("What did the court decide on Tuesday?", 8),
        ("What burned down yesterday?", 8),
        ("Which park was flooded this week, the worst of this year?", 8),
        ("Gas prices recently hit a new record. How high?", 35),
        ("What did the bank decide last month?", 35),
        ("How many fires were there this summer?", 100),
        ("Which film has won most this year?", 370),
        ("Who was arrested Monday?", 8),
        ("who was arrested monday", 8),
        ("What was stolen Friday night?", 8),
        ("Who won at Monday’s Emmys?", 8),
        ("How many have fled since Monday?", 8),
        ("What did Biden say today?", 8),
        ("Who spoke to USA TODAY last week?", 8),
    ],
)
def test_words_that_name_days_count_back_from_the_day_of_the_question(question: str, back: int) -> None:
    assert days_meant(question, DAY) == DaysMeant(DAY, back, named=True)


@pytest.mark.parametrize(
    "question",
    [
        "Which park was flooded?",
        "How many weeks did the flood last?",
        "What happened on Tuesday, 3 May?",
        "What happened on Tuesday May 3?",
        "Which recent floods of 2011 were meant?",
        "Who won the week before the election?",
        "Which products sold best on Black Friday?",
        "Who won Super Tuesday?",
        "Who opens the church every Sunday?",
        "What happened on Monday, Sept. 12?",
        "What did USA TODAY report?",
        "Where does Malala live today?",
        "What fell in the last week of February?",
        "Who was pardoned in his last week in office?",
        "Who won gold in the last Winter Olympics?",
        "What happens in the last season of Game of Thrones?",
    ],
)
def test_other_words_name_none(question: str) -> None:
    assert not days_meant(question, DAY).named


def test_of_a_weekday_the_word_before_it_names_no_day() -> None:
    assert words_for_days("Who was arrested Monday?") == "Monday"
    assert words_for_days("Who was arrested on Monday?") == "on Monday"
    assert words_for_days("Where does Malala live today?") == ""


def exactly(days: Sequence[date]) -> npt.NDArray[np.int64]:
    """When articles appeared of which the day is known."""
    return np.array([[day.toordinal()] * 2 for day in days])


def test_an_article_of_the_days_meant_is_near_and_others_are_the_less_the_older() -> None:
    meant = DaysMeant(DAY, 8, named=True)
    days = [DAY, DAY - timedelta(8), DAY - timedelta(16), DAY - timedelta(800), DAY + timedelta(1), DAY + timedelta(2)]
    near = nearness(exactly(days), meant)
    assert near == pytest.approx([1, 1, 1 / math.e, 0, 1, 0], abs=1e-6)


def test_an_article_without_a_date_may_be_of_any_day() -> None:
    assert nearness(np.array([[UNDATED, UNDATED]]), DaysMeant(DAY, 8, named=True)).tolist() == [0.5]


def test_an_article_of_the_month_or_year_of_the_question_is_not_of_the_future() -> None:
    said = ("2022-06", "2022", "2022-07", "2023", "2022-05")
    articles = [Article.of(id=one, text="Rain.", published=one) for one in said]
    near = nearness(days_published(articles), DaysMeant(DAY, 8, named=True))
    assert near == pytest.approx([1, 1, 0, 0, math.exp(-1)], abs=1e-6), "16 June, and 31 May is 16 days before"


@given(st.lists(st.dates(date(1900, 1, 1), DAY), min_size=2), st.integers(1, 400))
def test_of_two_articles_before_a_question_the_later_is_never_less_near(days: list[date], back: int) -> None:
    near = nearness(exactly(sorted(days)), DaysMeant(DAY, back, named=True)).tolist()
    assert near == sorted(near)
    assert all(0 <= one <= 1 for one in near)


def test_a_date_that_ends_early_is_of_the_days_it_may_mean_and_none_undated() -> None:
    said = ("2022-06-16", "2022-02", "2021", None, "yesterday")
    articles = [Article.of(id=str(place), text="Rain.", published=one) for place, one in enumerate(said)]
    meant = ((DAY, DAY), (date(2022, 2, 1), date(2022, 2, 28)), (date(2021, 1, 1), date(2021, 12, 31)))
    days = [[day.toordinal() for day in one] for one in meant]
    assert days_published(articles).tolist() == [*days, [UNDATED] * 2, [UNDATED] * 2]
    assert days_published([]).shape == (0, 2)


# --- answers ----------------------------------------------------------------------------------------------------------


FLOODS = (
    ("old", "2019-03-02", "Flood waters washed out the roads of Corran national park and closed it for a season."),
    ("new", "2022-06-14", "Flood waters washed out bridges of Lenwick national park, and visitors were led out."),
)


@pytest.fixture(scope="module")
def floods(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Path:
    """Index two floods, three years apart."""
    folder = tmp_path_factory.mktemp("floods") / "index"
    made = [Article.of(id=name, title="Park flooded", text=text, published=day) for name, day, text in FLOODS]
    build_index(made, folder, encoder, PassageSettings())
    return folder


@pytest.fixture(scope="module")
def library(floods: Path, encoder: Encoder) -> Library:
    return Library(open_index(floods), encoder, Settings())


QUESTION = "The roads of which national park were washed out by flood waters this week?"


def test_this_week_is_the_week_in_which_it_is_asked(library: Library) -> None:
    for day, article in ((DAY, "new"), (date(2019, 3, 4), "old")):
        answer = library.ask(QUESTION, day=day)
        assert [quote.article_id for quote in answer.quotes] == [article]
        assert answer.hits[0].passage.article_id == article


def test_without_a_day_the_words_decide_alone(library: Library) -> None:
    assert library.ask(QUESTION).hits[0].passage.article_id == "old"


def test_a_question_about_another_time_than_all_articles_is_not_answered_and_says_why(library: Library) -> None:
    answer = library.ask(QUESTION, day=date(2026, 1, 8))
    assert answer.abstained
    assert "other days than the question names" in answer.text
    assert "other days" not in library.ask("What is the population of Peru?", day=DAY).text


def test_where_no_days_are_named_the_day_of_the_question_refuses_nothing(library: Library) -> None:
    question = "The roads of which national park were washed out by flood waters?"
    assert library.ask(question, day=date(2026, 1, 8)).quotes


def test_today_is_the_day_of_a_question_only_while_articles_come_in(tmp_path: Path, encoder: Encoder) -> None:
    now = date.today()  # noqa: DTZ011  as the library has it
    for ago, day in ((3, now), (60, None)):
        folder = tmp_path / str(ago)
        article = Article.of(id="a", text="The bridge is closed.", published=(now - timedelta(ago)).isoformat())
        build_index([article], folder, encoder, PassageSettings())
        assert Library(open_index(folder), encoder, Settings()).today() == day


def test_the_command_line_takes_the_day_of_a_question(cli: Cli, floods: Path) -> None:
    told = cli("ask", QUESTION, "--index", str(floods), "--asked", "2022-06-16")
    assert told.returncode == 0
    assert "Lenwick" in told.stdout
    assert "Corran" in cli("search", QUESTION, "-k", "1", "--index", str(floods), "--asked", "2019-03-03").stdout
    wrong = cli("ask", QUESTION, "--index", str(floods), "--asked", "last week")
    assert complaint(wrong) == "asked = 'last week' is no day; write it as 2022-04-12"
