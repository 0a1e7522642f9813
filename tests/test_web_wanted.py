"""The list of articles is filtered and put in order by what a browser sent, whatever that is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.filters import ArticleFilter
from askdocs.index import ArticleSummary
from askdocs.web.examples import question_of
from askdocs.web.searched import Searched, searched
from askdocs.web.wanted import ORDERS, Wanted, outlets_of, wanted_of


def summary(name: str, outlet: str | None, published: str | None, characters: int) -> ArticleSummary:
    return ArticleSummary(
        name,
        f"Title {name}",
        name,
        "",
        published,
        outlet,
        None,
        None,
        None,
        characters=characters,
        passages=1,
        origin=None,
    )


ARTICLES = (
    summary("c", "The Echo", "2022-05-01", 300),
    summary("a", "Post", "2023-01-01", 100),
    summary("b", None, None, 200),
    summary("d", "post", "2021", 400),
)


@pytest.mark.parametrize(
    ("order", "ids"),
    [("newest", "acdb"), ("oldest", "dcab"), ("title", "abcd"), ("outlet", "adcb"), ("longest", "dcba")],
)
def test_each_order_puts_what_it_does_not_know_last(order: str, ids: str) -> None:
    assert "".join(known.id for known in Wanted(order=order).choose(ARTICLES)) == ids


def test_words_outlets_and_dates_narrow_the_list_together() -> None:
    wanted = wanted_of({"words": " TITLE a", "outlets": ["Post"], "since": "2022-06-01", "until": "", "order": "title"})
    assert [known.id for known in wanted.choose(ARTICLES)] == ["a"]
    assert wanted.within == ArticleFilter(outlets=("Post",), since="2022-06-01")


@pytest.mark.parametrize("words", ["2022-05-01", "2022-05", "1 may 2022"])
def test_a_date_is_found_as_it_is_read_and_as_it_is_written_in_files(words: str) -> None:
    assert [known.id for known in wanted_of({"words": words}).choose(ARTICLES)] == ["c"]


def test_dates_that_mean_nothing_are_told_and_the_limits_before_stay() -> None:
    before = wanted_of({"outlets": ["Post"], "since": "2023-01-01"})
    wrong = wanted_of({"outlets": ["The Echo"], "since": "2023-01-01", "until": "2022-01-01"}, before)
    assert wrong.fault.startswith("No day is both since 2023-01-01 and until 2022-01-01")
    assert wrong.within == ArticleFilter(outlets=("The Echo",), since="2023-01-01")
    assert wrong.typed == ("2023-01-01", "2022-01-01")
    again = wanted_of({"since": "2023-01-01", "until": "2023-02-01"}, wrong)
    assert (again.fault, again.typed) == ("", ("2023-01-01", "2023-02-01"))
    assert not wanted_of({"since": "2023-01-01", "until": "2022-01-01"}).within, "there was none before"


@given(
    st.dictionaries(
        st.sampled_from(["words", "outlets", "since", "until", "order"]),
        st.recursive(st.none() | st.integers() | st.text(max_size=9), lambda inner: st.lists(inner, max_size=3)),
    )
)
def test_whatever_a_browser_sends_is_a_list(sent: dict[str, object]) -> None:
    wanted = wanted_of(sent)
    assert wanted.order in ORDERS
    assert set(wanted.choose(ARTICLES)) <= set(ARTICLES)


def test_outlets_are_counted_those_with_most_articles_first() -> None:
    assert outlets_of([*ARTICLES, summary("e", "Post", None, 1)]) == [("Post", 2), ("post", 1), ("The Echo", 1)]


def test_what_is_searched_is_counted_with_its_first_and_last_day() -> None:
    assert searched(ARTICLES, ArticleFilter()) == Searched(4, 4, "2021-01-01", "2023-01-01")
    assert searched(ARTICLES, ArticleFilter(outlets=("The Echo",))) == Searched(1, 4, "2022-05-01", "2022-05-01")
    assert searched((), ArticleFilter()) == Searched(0, 0)


@pytest.mark.parametrize(
    ("headline", "question"),
    [
        ("Who won the Port Selwyn bus strike?", "Who won the Port Selwyn bus strike?"),
        ("The day the stars moved for Einstein", "What is said about Einstein?"),
        ("Roger Federer to retire from tennis", "What is said about Roger Federer?"),
        ("Court rules against White House's plan", "What is said about White House?"),
        (
            "Strike march draws 9,000 as talks stay frozen",
            "Strike march draws 9,000 as talks stay frozen: what happened?",
        ),
        ("Too short", None),
        ("بلدية القاهرة تفتح جسرا جديدا", None),
        ("من يفتح الجسر الجديد في القاهرة؟", "من يفتح الجسر الجديد في القاهرة؟"),
        ("Νέα γέφυρα στη Θεσσαλονίκη", None),
        ("Zürich öffnet eine Brücke über den Fluß", "What is said about Brücke?"),
        ("A headline that was cut before its end came ...", None),
        ("A headline with <script>alert(1)</script> in it", None),
        ("x" * 200, None),
    ],
)
def test_a_headline_becomes_a_question_that_a_person_could_ask(headline: str, question: str | None) -> None:
    assert question_of(headline) == question
