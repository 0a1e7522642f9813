"""The report page: what its plots show is what the runs hold, and nothing of an article is ever more than text."""

from __future__ import annotations

import os
import re
import shutil
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import sync_playwright

from askdocs.evaluation import Question, SavedRun
from askdocs.evaluation.saved import Found, Row
from askdocs.report import curves, render_page
from askdocs.report.marking import marked
from askdocs.report.outcomes import (
    BELOW,
    BESIDE,
    FALSE_ANSWER,
    FALSE_REFUSAL,
    FIRST,
    NOT_FOUND,
    REFUSED,
    UNJUDGED,
    outcome,
)
from askdocs.report.plots import Axis, round_end
from askdocs.report.questions import HITS_WITH_TEXT, questions_section
from chromium import FLAGS
from conftest import Cli
from test_cli import complaint
from test_compare import run_of
from test_evaluation import ARTICLES, CALM, NEVER, SECOND, SPANS, WEAK, asked
from test_evaluation_saved import saved

HOSTILE = (
    "<script>window.ran = 1</script><img src='https://evil.example/a.png' onerror='window.ran = 2'>"
    "</style></title></details><svg onload='window.ran = 3'><a href='javascript:window.ran = 4'>quokka</a></svg>"
)
GOLD = SPANS.gold[0]
ON_GOLD = Found("belarus", GOLD.start, GOLD.end, "The war", GOLD.exact, 2.0)
BESIDE_GOLD = Found("belarus", 0, 24, "The war", "Belarus sends no troops.", 1.0)
ELSEWHERE = Found("paris", 0, 24, "Paris", "Paris is calm in August.", 1.0)


def row(question: Question, *hits: Found, quotes: tuple[Found, ...] = (), confidence: float = 0.5) -> Row:
    return Row(question, hits, quotes, confidence, {}, len(quotes), 0.25)


@pytest.fixture
def run(tmp_path: Path) -> SavedRun:
    return saved(asked(SPANS, SECOND, ARTICLES, WEAK, NEVER, CALM), tmp_path / "first.json")


# --- what the plots show


def test_the_first_relevant_hit_is_told_by_gold_or_by_article() -> None:
    assert curves.first_relevant_rank(row(SPANS, BESIDE_GOLD, ELSEWHERE, ON_GOLD)) == 3
    assert curves.first_relevant_rank(row(ARTICLES, BESIDE_GOLD, ELSEWHERE)) == 2
    assert curves.first_relevant_rank(row(SPANS, BESIDE_GOLD)) is None


def test_the_ranks_of_all_questions_with_gold_make_a_whole(run: SavedRun) -> None:
    shares = curves.rank_shares(run)
    assert shares == pytest.approx([1 / 3, 2 / 3, *[0] * 9])
    assert sum(shares) == pytest.approx(1)
    assert curves.rank_shares(run_of(row(NEVER, ELSEWHERE))) == []


def test_recall_and_characters_add_up_over_the_hits(run: SavedRun) -> None:
    points = curves.recall_by_characters(run_of(row(SPANS, ELSEWHERE, ON_GOLD), row(ARTICLES, ON_GOLD)))
    assert points[:3] == [((24 + 22) / 2, 0.0), ((46 + 22) / 2, 0.5), ((46 + 22) / 2, 0.5)]
    chars, recall = curves.recall_by_characters(replace(run, rows=run.rows[:2]))[4]
    assert (chars, recall) == pytest.approx((run.rows[0].measures["chars@5"] / 2 + 19, (1 + 6 / 16) / 2))


def test_risk_is_the_share_of_unanswerable_questions_among_the_surest() -> None:
    rows = [
        row(SPANS, confidence=0.9),
        row(NEVER, confidence=0.8),
        row(SECOND, confidence=0.8),
        row(CALM, confidence=0),
    ]
    assert curves.risk_by_coverage(run_of(*rows)) == [(0.25, 0.0), (0.75, 1 / 3), (1.0, 0.5)]
    assert curves.risk_by_coverage(run_of(row(SPANS))) == []


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.2, 0.5, 0.9])), min_size=1, max_size=12))
def test_each_point_of_risk_is_that_of_a_threshold(asked: list[tuple[bool, float]]) -> None:
    rows = [row(SPANS if answerable else NEVER, confidence=confidence) for answerable, confidence in asked]
    points = curves.risk_by_coverage(run_of(*rows))
    slow = []
    for threshold in sorted({confidence for _, confidence in asked}, reverse=True):
        above = [answerable for answerable, confidence in asked if confidence >= threshold]
        slow.append((len(above) / len(asked), above.count(False) / len(above)))
    both = len({answerable for answerable, _ in asked}) == 2
    assert points == (slow if both else [])


def test_the_operating_point_is_what_was_answered_in_fact() -> None:
    rows = [row(SPANS, quotes=(ON_GOLD,)), row(CALM, quotes=(ELSEWHERE,)), row(NEVER), row(SECOND)]
    assert curves.operating_point(run_of(*rows)) == (0.5, 0.5)
    assert curves.operating_point(run_of(row(SPANS))) is None


def test_latencies_rise_to_all_questions() -> None:
    rows = [replace(row(SPANS), seconds=seconds) for seconds in (0.5, 0.125, 0.25, 0.375)]
    points = curves.latencies(run_of(*rows))
    assert points == [(125, 0.25), (250, 0.5), (375, 0.75), (500, 1.0)]
    assert curves.at_share(points, 0.5) == (250, 0.5)


@given(st.floats(1e-3, 1e7))
def test_an_axis_ends_at_or_after_its_values_with_a_few_round_ticks(value: float) -> None:
    end = round_end(value)
    ticks = Axis("", end).ticks
    assert value <= end * (1 + 1e-9)
    assert end <= 2.5 * value
    assert 2 <= len(ticks) <= 7
    for shares in (False, True):
        axis = Axis("", end, shares=shares)
        assert len({axis.written(tick) for tick in axis.ticks}) == len(axis.ticks)
    assert ticks[0] == 0
    assert ticks[-1] <= end * (1 + 1e-9)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (row(SPANS, ON_GOLD, quotes=(ON_GOLD,)), FIRST),
        (row(SPANS, ELSEWHERE, ON_GOLD, quotes=(ON_GOLD,)), BELOW),
        (row(SPANS, ON_GOLD, quotes=(BESIDE_GOLD,)), BESIDE),
        (row(SPANS, ON_GOLD), FALSE_REFUSAL),
        (row(SPANS, BESIDE_GOLD), NOT_FOUND),
        (row(CALM, ELSEWHERE, quotes=(ELSEWHERE,)), FALSE_ANSWER),
        (row(NEVER), REFUSED),
        (row(WEAK, ELSEWHERE, quotes=(ELSEWHERE,)), UNJUDGED),
        (row(WEAK, ELSEWHERE), FALSE_REFUSAL),
    ],
)
def test_what_became_of_a_question_is_told_in_words(shown: Row, expected: object) -> None:
    assert outcome(shown) == expected


# --- marking


def test_gold_is_marked_and_quoted_words_are_underlined_where_they_stand() -> None:
    hit = Found("belarus", 0, 47, "", "Belarus sends no troops. Commanders resist war.")
    quote = Found("belarus", 8, 35, "", "sends no troops. Commanders")
    assert marked(hit, row(SPANS, hit, quotes=(quote,))) == (
        "Belarus <u>sends no troops. </u><mark><u>Commanders</u></mark><mark> resist war.</mark>"
    )


SPAN = st.tuples(st.integers(0, 30), st.integers(1, 10)).map(lambda span: (span[0], span[0] + span[1]))


@given(st.text("ab<&>\"' \u2028", min_size=1, max_size=30), st.integers(0, 20), st.lists(SPAN), st.lists(SPAN))
def test_marking_alters_no_character(
    words: str, start: int, gold: list[tuple[int, int]], quoted: list[tuple[int, int]]
) -> None:
    spans = tuple(replace(GOLD, start=one, end=end) for one, end in gold)
    quotes = tuple(Found("belarus", one, end, "", "") for one, end in quoted)
    hit = Found("belarus", start, start + len(words), "", words)
    shown = marked(hit, row(replace(SPANS, gold=spans), quotes=quotes))
    parts = _Parts()
    parts.feed(shown)
    parts.close()
    assert "".join(parts.words) == words
    for position, character in enumerate(words, start=start):
        within = {"mark": any(one <= position < end for one, end in gold)}
        within["u"] = any(one <= position < end for one, end in quoted)
        assert parts.of[position - start] == (character, {tag for tag, inside in within.items() if inside})


class _Parts(HTMLParser):
    """Collects each character with the tags around it."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.of: list[tuple[str, set[str]]] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember a tag that opens."""
        assert not attrs
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Forget a tag that closes."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Take the characters between two tags."""
        self.words.append(data)
        self.of += [(character, set(self._open)) for character in data]


# --- the page


def test_the_page_shows_every_measure_question_hit_and_quote(run: SavedRun) -> None:
    page = render_page([run])
    for name in run.measures:
        assert f"<span>{name}</span>" in page
    for shown in run.rows:
        assert shown.question.text in page
    assert page.count("<details>") == len(run.rows)
    assert page.count('class="plot"') == 4
    assert "All of belarus, 25–47" in page
    assert "<mark><u>Commanders resist war.</u></mark>" in page


def test_runs_stand_side_by_side_with_their_difference(run: SavedRun) -> None:
    worse = [replace(shown, measures={**shown.measures, "RR@10": 0.0}) for shown in run.rows[:3]]
    second = replace(run, name="second", rows=(*worse, *run.rows[3:]))
    page = render_page([run, second])
    assert "against first" in page
    assert "−0.667" in page
    assert page.count('class="side"') == 2 * len(run.rows)
    assert "both runs share, and bold where p, of a two-sided" in page, "the difference is bold, p never"


def test_a_run_of_one_unanswerable_question_has_a_page(run: SavedRun) -> None:
    only = replace(run, measures={"false_answer": 0.0}, intervals={"false_answer": (0.0, 0.0)}, rows=run.rows[4:5])
    page = render_page([only])
    assert page.count('class="plot"') == 1
    assert "Rightly refused" in page


def test_a_run_that_was_saved_without_texts_has_a_page(tmp_path: Path) -> None:
    page = render_page([saved(asked(SPANS, NEVER), tmp_path / "slim.json", texts=False)])
    assert "belarus, 25–47" in page


def test_a_run_that_says_nothing_of_itself_has_a_page(run: SavedRun) -> None:
    for about in ({}, {"encoder": 1, "machine": [], "index": {"files": 3}, "latency_ms": "fast", "articles": None}):
        assert "half within" in render_page([replace(run, about=about)])


def hostile(run: SavedRun) -> SavedRun:
    question = Question(HOSTILE, f"{HOSTILE}?", answerable=True, gold_articles=(HOSTILE,), answers=(HOSTILE,))
    found = Found(HOSTILE, 0, len(HOSTILE), HOSTILE, HOSTILE, 1.0)
    shown = Row(question, (found,), (found,), 0.5, {"RR@10": 1.0}, 1, 0.1)
    about = {**run.about, "dataset": HOSTILE, "commit": HOSTILE, "machine": {"processor": HOSTILE, "cores": HOSTILE}}
    return SavedRun(HOSTILE, about, run.measures, run.intervals, (shown, *run.rows))


def test_no_word_of_a_run_becomes_markup(run: SavedRun) -> None:
    page = render_page([hostile(run), hostile(replace(run))])
    body = page.partition("</style>")[2]
    assert "quokka" in body
    tags = set(re.findall(r"<([a-zA-Z]+)", body))
    assert not tags & {"script", "img", "a", "iframe", "style", "link"}
    assert not re.search(r"<[^>]*\s(on\w+|href|src|style)=", body)


def test_the_policy_allows_one_style_sheet_and_nothing_else(run: SavedRun) -> None:
    page = render_page([run])
    style = page.partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in page
    assert "url(" not in style
    assert "http" not in style


def test_the_page_of_a_thousand_questions_stays_below_fifteen_megabytes() -> None:
    words = "The ferry stopped on Monday, said the captain. " * 20
    hits = tuple(Found(f"a{n}", 0, len(words), "The ferry and the harbour", words, 1.0) for n in range(10))
    rows = [row(replace(SPANS, id=f"q{n}"), *hits, quotes=hits[:3]) for n in range(1_000)]
    page = render_page([SavedRun("large", {}, {}, {}, tuple(rows))])
    assert page.count(words) == 1_000 * (HITS_WITH_TEXT + 3)
    assert len(page.encode()) < 15e6


def test_questions_beyond_those_that_a_browser_takes_are_counted_the_worst_shown_first() -> None:
    found = [row(replace(SPANS, id=f"found{n}"), ON_GOLD, quotes=(ON_GOLD,)) for n in range(4)]
    wrong = [row(replace(NEVER, id=f"wrong{n}"), ELSEWHERE, quotes=(ELSEWHERE,)) for n in range(3)]
    page = questions_section([run_of(*found, *wrong)], most=4)
    assert re.findall(r"(?:wrong|found)\d", page) == ["wrong0", "wrong1", "wrong2", "found0"]
    assert page.count("more are in the saved run") == 1
    assert "3 more are in the saved run" in page
    assert "more are in the saved run" not in questions_section([run_of(*found, *wrong)])


def test_a_run_cannot_be_overwritten_by_its_page(cli: Cli, run: SavedRun, tmp_path: Path) -> None:
    assert run
    before = (tmp_path / "first.json").read_bytes()
    told = complaint(cli("report", "first.json", "--out", "first.json"))
    assert told == "first.json: is read here and would be overwritten; name another file"
    assert (tmp_path / "first.json").read_bytes() == before


@pytest.fixture
def chromium() -> str:
    """Find Debian's Chromium."""
    found = shutil.which("chromium")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is missing; install it: apt-get install chromium")
        pytest.skip("chromium is not installed")
    return found


@pytest.mark.browser
@pytest.mark.parametrize("width", [1200, 390])
def test_a_browser_shows_it_whole_and_asks_nobody_for_anything(
    run: SavedRun, tmp_path: Path, width: int, chromium: str
) -> None:
    file = tmp_path / "report.html"
    file.write_text(render_page([hostile(run), replace(run, name="second")]), encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": width, "height": 900})
        requests: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(file.as_uri())
        for question in page.locator("summary").all():
            question.click()
        assert page.locator("details[open]").count() == page.locator("details").count() > 0
        assert page.evaluate("window.ran") is None
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("getComputedStyle(document.querySelector('.run0')).backgroundColor") != "rgba(0, 0, 0, 0)"
        browser.close()
    assert (requests, said) == ([file.as_uri()], [])


# --- the command line


def test_report_writes_the_page_where_it_is_told_to(cli: Cli, run: SavedRun, tmp_path: Path) -> None:
    assert run
    ran = cli("report", "first.json", "--out", "page.html")
    assert (ran.returncode, ran.stdout) == (0, "")
    assert re.fullmatch(r"page\.html: \d+ kB; open it in a browser\n", ran.stderr)
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_what_cannot_be_reported_is_refused_in_one_line(cli: Cli, run: SavedRun) -> None:
    assert run
    assert "no such file; wanted a saved run" in complaint(cli("report", "nowhere.json"))
    assert "cannot be written" in complaint(cli("report", "first.json", "--out", "nowhere/page.html"))
