"""Limits on outlet, date and article: what they allow, and that nothing outside them is searched."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askdocs.datatypes import Article
from askdocs.errors import FilterError
from askdocs.filters import ArticleFilter, days_of
from askdocs.index import OpenIndex, build_index, open_index
from askdocs.library import Library
from askdocs.retrieval import Retriever
from askdocs.settings import PassageSettings, RetrievalSettings, Settings
from askdocs.terms import content_terms
from fakes import HashEncoder

CUT = PassageSettings(tokens=24, step=8)
ENCODER = HashEncoder()
WORDS = ("army", "border", "Minsk", "siren", "flood", "march", "union", "15,000", "bus", "water")


def article(name: str, published: str | None = None, outlet: str | None = None, text: str = "A siren.") -> Article:
    return Article.of(id=name, title="News", text=text, published=published, outlet=outlet)


def allowed(limits: ArticleFilter, *published: str | None) -> list[str | None]:
    """Those of some dates whose articles are inside the limits."""
    return [day for day in published if limits.allows(article("a", day))]


# --- what is allowed


def test_without_limits_every_article_is_allowed() -> None:
    assert not ArticleFilter()
    assert ArticleFilter().allows(article("a"))
    assert ArticleFilter(outlets=("BBC",))


def test_an_outlet_is_matched_whole_and_whatever_its_capitals() -> None:
    limits = ArticleFilter(outlets=("the bbc", "Reuters"))
    found = [limits.allows(article("a", outlet=outlet)) for outlet in ("The BBC", "REUTERS", "The BBC World", None)]
    assert found == [True, True, False, False]


def test_articles_are_named_by_their_ids() -> None:
    limits = ArticleFilter(articles=("b", "c"))
    assert limits.rows([article(name) for name in "abcd"]).tolist() == [1, 2]


def test_both_days_of_a_limit_are_inside() -> None:
    days = ("2022-04-09", "2022-04-10", "2022-04-20", "2022-04-21")
    assert allowed(ArticleFilter(since="2022-04-10", until="2022-04-20"), *days) == ["2022-04-10", "2022-04-20"]


def test_a_date_that_ends_early_is_the_whole_month_or_year() -> None:
    days = ("2021-12-31", "2022-02-01", "2022-02-28", "2022-03-01")
    assert allowed(ArticleFilter(since="2022-02", until="2022-02"), *days) == ["2022-02-01", "2022-02-28"]
    assert allowed(ArticleFilter(until="2021"), *days) == ["2021-12-31"]
    assert days_of("2024-02") is not None
    assert str((days_of("2024-02") or [])[1]) == "2024-02-29"


def test_an_article_whose_day_is_not_known_is_outside_every_limit_of_date() -> None:
    days = (None, "", "in spring", "2022-02-31", "2022-04", "2022", "2022-04-12T08:00:00Z")
    assert allowed(ArticleFilter(since="2022-04"), *days) == ["2022-04", "2022-04-12T08:00:00Z"]
    assert allowed(ArticleFilter(until="2022-04-20"), *days) == ["2022-04-12T08:00:00Z"]


@pytest.mark.parametrize("day", ["April", "", "2022-13", "2022-02-31", "22-04-01", "20220401", "2022-4-1"])
def test_a_limit_that_is_no_date_is_refused(day: str) -> None:
    with pytest.raises(FilterError, match="is no date; write it as 2022, 2022-04 or 2022-04-12"):
        ArticleFilter(since=day)


def test_limits_that_no_day_keeps_are_refused() -> None:
    with pytest.raises(FilterError, match="no day is both since 2023 and until 2022-05"):
        ArticleFilter(since="2023", until="2022-05")


@given(first=st.dates(), last=st.dates(), day=st.dates())
def test_limits_are_those_of_the_calendar(first: object, last: object, day: object) -> None:
    first, last = sorted((str(first), str(last)))
    limits = ArticleFilter(since=first, until=last)
    assert limits.allows(article("a", str(day))) == (first <= str(day) <= last)


# --- what is searched


def library_of(texts: list[str], folder: Path, *, exact_passages: int = 65_536) -> OpenIndex:
    made = [article(f"a{number}", text=text) for number, text in enumerate(texts)]
    build_index(made, folder, ENCODER, CUT, exact_passages=exact_passages)
    return open_index(folder)


def prose() -> st.SearchStrategy[str]:
    """Some sentences of few words, so that many passages share some."""
    sentence = st.lists(st.sampled_from(WORDS), min_size=2, max_size=6).map(lambda words: f"The {' '.join(words)}.")
    return st.lists(sentence, min_size=1, max_size=8).map(" ".join)


@settings(max_examples=40, deadline=None)
@given(
    texts=st.lists(prose(), min_size=1, max_size=6),
    query=st.lists(st.sampled_from((*WORDS, "zebra")), min_size=1, max_size=5).map(" ".join),
    k=st.integers(1, 12),
    weight=st.sampled_from([0.0, 0.5, 1.0]),
    chosen=st.sets(st.integers(0, 5)),
)
def test_a_search_within_limits_is_one_of_all_passages_of_which_the_allowed_are_kept(
    texts: list[str], query: str, k: int, weight: float, chosen: set[int]
) -> None:
    with TemporaryDirectory() as folder:
        index = library_of(texts, Path(folder))
        rows = np.array(sorted(row for row in chosen if row < len(texts)), np.int64)
        ranking = Retriever(index, ENCODER, RetrievalSettings(dense_weight=weight)).rank(query, k, rows)

        every = np.flatnonzero(np.isin(index.passages.article_rows, rows))
        cosines = index.dense.vectors(every) @ ranking.query
        bm25 = index.lexical.scores(content_terms(query))[every]
        scaled = [np.maximum(one, 0) / max(one.max(initial=0), 1e-9) for one in (cosines, bm25)]
        fused = weight * scaled[0] + (1 - weight) * scaled[1]
        assert (ranking.articles, ranking.passages) == (len(rows), len(every))
        assert set(ranking.rows) <= set(every.tolist())
        by_row = dict(zip(every.tolist(), fused.tolist(), strict=True))
        np.testing.assert_allclose(
            [hit.score for hit in ranking.hits], [by_row[row] for row in ranking.rows], atol=1e-5
        )
        if len(every):
            assert ranking.hits[0].score == pytest.approx(max(fused), abs=1e-5)


@settings(max_examples=15, deadline=None)
@given(chosen=st.sets(st.integers(0, 299), min_size=1), query=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4))
def test_through_clusters_too_the_candidates_are_the_best_of_what_is_allowed(
    clustered: OpenIndex, chosen: set[int], query: list[str]
) -> None:
    within = np.zeros(len(clustered.passages), np.bool_)
    within[sorted(chosen)] = True
    vector = ENCODER.encode_query([" ".join(query)])
    scores, rows = clustered.dense.search(vector, 10, within)
    every = np.flatnonzero(within)
    best = np.sort(clustered.dense.vectors(every) @ vector[0])[::-1][: rows.shape[1]]
    found = rows[0] >= 0
    assert set(rows[0][found].tolist()) <= chosen
    np.testing.assert_allclose(scores[0][found], best[: found.sum()], atol=2e-3)
    assert found.sum() == min(10, len(every))


@pytest.fixture(scope="module")
def clustered(tmp_path_factory: pytest.TempPathFactory) -> OpenIndex:
    """An index of 300 passages, one an article, that is searched through clusters."""
    draw = np.random.default_rng(0)
    texts = [f"The {' '.join(draw.choice(WORDS, 5))}." for _ in range(300)]
    return library_of(texts, tmp_path_factory.mktemp("clustered"), exact_passages=1)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    articles = [
        article("bbc", "2022-04-10", "BBC", "The siren in Minsk was silent on Monday. Nobody knew why it was."),
        article("cnn", "2023-01-02", "CNN", "The siren in Minsk was loud on Friday. Everybody knew why it was."),
        article("old", None, None, "The siren in Minsk was sold on Sunday. Somebody knew why it was."),
    ]
    build_index(articles, tmp_path, ENCODER, PassageSettings())
    return Library(open_index(tmp_path), ENCODER, Settings())


def test_a_question_within_limits_is_answered_from_inside_them(library: Library) -> None:
    limits = ArticleFilter(outlets=("cnn",))
    answer = library.ask("Was the siren in Minsk silent on Monday?", within=limits)
    assert {hit.passage.article_id for hit in answer.hits} == {"cnn"}
    assert {quote.article_id for quote in answer.quotes} <= {"cnn"}
    hits = library.search("siren", within=ArticleFilter(since="2022-04", until="2022-04"))
    assert [hit.passage.article_id for hit in hits] == ["bbc"]


def test_no_limits_are_the_same_as_none(library: Library) -> None:
    question = "Was the siren in Minsk silent?"
    assert library.ask(question, within=ArticleFilter()) == library.ask(question)
    everything = ArticleFilter(articles=("bbc", "cnn", "old"))
    assert library.ask(question, within=everything) == library.ask(question)


def test_limits_that_no_article_keeps_make_it_abstain_and_say_so(library: Library) -> None:
    limits = ArticleFilter(outlets=("Reuters",))
    answer = library.ask("And was it silent?", ["What about the siren in Minsk?"], within=limits)
    assert answer.abstained
    assert answer.hits == ()
    assert 0 <= answer.confidence < 0.1
    assert answer.text == "No article is within the limits set, so none was searched. There are 3 without them."
    assert library.search("siren", within=limits) == []


def test_an_abstention_says_how_many_articles_were_searched(library: Library) -> None:
    answer = library.ask("Who invented xylophones and zebras?", within=ArticleFilter(since="2022"))
    assert answer.abstained
    assert "Searched: 2 of 3 articles, those within the limits set." in answer.text
