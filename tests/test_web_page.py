"""The chat page in a real browser, with a real library; only the encoder is a small one, so no weights are loaded."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from askdocs.datatypes import Article
from askdocs.encoding import Encoder
from askdocs.index import build_index
from askdocs.reading import read_sources
from askdocs.sample import articles_folder
from askdocs.settings import PassageSettings

pytestmark = pytest.mark.browser

QUESTION = "Why do Belarusian commanders resist joining the war?"
UNANSWERABLE = "Zebra quartz xylophone?"
HOSTILE = """The quokka ledger <b>never</b> closed.

The quokka auditor wrote <script>window.ran = 1</script> and left.
The quokka auditor drew <img src="https://evil.example/a.png" onerror="window.ran = 2"> on it.
Then ![a picture](https://evil.example/b.png) and <iframe src="https://evil.example/c"></iframe> came.
<style>body { display: none }</style> {{value}} ${window.ran = 3} </div></article>
<svg onload="window.ran = 4"><a href="javascript:window.ran = 5">quokka</a></svg>
"""
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP: ViewportSize = {"width": 1400, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
STRONG, PLAIN = "rgb(255, 220, 115)", "rgb(255, 243, 196)"
SERVE = """
import sys
from pathlib import Path
from askdocs.encoding import load_encoder
from askdocs.index import open_index
from askdocs.library import Library
from askdocs.settings import Settings
from askdocs.web import serve

class Told(Library):
    def ask(self, question, history=()):
        if question == "Fault?":
            raise RuntimeError("a bug on purpose")
        return super().ask(history[-1] if history and question == "And before?" else question)

encoder = load_encoder(Settings().encoder)
serve(Told(open_index(Path(sys.argv[1])), encoder, Settings()), port=0, examples=[sys.argv[2]])
"""
"""A library that repeats the question before, so that an answer shows whether the history came along."""


class Opened(Protocol):
    """Opens the page in a session of its own."""

    def __call__(self, viewport: ViewportSize = DESKTOP, *, dark: bool = False) -> AbstractContextManager[Page]:
        """Yield the page; afterwards, see that it asked no other host for anything and ran nothing of an article."""
        ...


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Iterator[str]:
    """Serve the sample articles and a hostile one from a process of its own, and end it as Ctrl-C does."""
    folder = tmp_path_factory.mktemp("index")
    articles = [article for article in read_sources([articles_folder()]) if isinstance(article, Article)]
    hostile = Article.of(
        id='hostile/"><script>window.ran = 6</script>',
        title="Quokka <img src=x onerror='window.ran = 7'>",
        text=HOSTILE,
        url="javascript:window.ran = 8",
    )
    build_index([*articles, hostile], folder, encoder, PassageSettings())
    command = [sys.executable, "-c", SERVE, str(folder), QUESTION]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            printed = process.stderr.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+", printed)
            assert found, printed
            yield found.group()
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=20)[1]
        finally:
            process.kill()
    assert process.returncode == 0, said
    assert said.count("Traceback") == said.count("RuntimeError: a bug on purpose"), said


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is missing; install it: apt-get install chromium")
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def opened(browser: Browser, address: str) -> Opened:
    """Return what opens the page."""

    @contextmanager
    def session(viewport: ViewportSize = DESKTOP, *, dark: bool = False) -> Iterator[Page]:
        addresses: list[str] = []
        errors: list[str] = []
        with browser.new_context(
            viewport=viewport, color_scheme="dark" if dark else "light", reduced_motion="reduce"
        ) as tab:
            page = tab.new_page()
            page.on("request", lambda request: addresses.append(request.url))
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
            page.goto(address)
            expect(page.locator(".welcome")).to_be_visible()
            yield page
            assert page.evaluate("window.ran") is None
        asked = {urlsplit(one).netloc for one in addresses if not one.startswith(("data:", "blob:"))}
        assert asked == {urlsplit(address).netloc}
        assert not errors

    return session


@pytest.fixture
def page(opened: Opened) -> Iterator[Page]:
    """Open the page on a desk."""
    with opened() as shown:
        yield shown


def ask(page: Page, question: str) -> None:
    """Type a question, press Enter and wait for its reply."""
    turns = page.locator(".turn").count()
    page.locator("#typed textarea").fill(question)
    page.locator("#typed textarea").press("Enter")
    expect(page.locator(".turn")).to_have_count(turns + 1)
    expect(page.locator(".turn").last.locator(".reply, .notice")).to_be_visible()


def strongest_is_in_view(page: Page) -> bool:
    """Tell whether the strongest mark stands within the pane, whole, below its bar."""
    script = """() => {
        const mark = document.querySelector("mark.strongest").getBoundingClientRect();
        const bar = document.querySelector(".bar").getBoundingClientRect();
        const pane = document.querySelector("#evidence").getBoundingClientRect();
        return mark.height > 0 && mark.top >= bar.bottom && mark.bottom <= Math.min(pane.bottom, innerHeight);
    }"""
    return bool(page.evaluate(script))


def test_an_example_question_is_answered_and_its_first_quote_is_open(page: Page) -> None:
    page.locator(".chip").first.click()
    expect(page.locator(".turn .question")).to_have_text(QUESTION)
    expect(page.locator(".confidence")).to_contain_text(re.compile(r"\d quotes? from"))
    expect(page.locator("mark.strongest").first).to_be_visible()
    assert strongest_is_in_view(page)
    words = "".join(page.locator("mark.strongest").all_text_contents())
    expect(page.locator(".card blockquote").first).to_contain_text(f"“{words}”")


def test_a_citation_brings_its_quote_into_view_as_the_strongest_mark(page: Page) -> None:
    ask(page, QUESTION)
    page.get_by_role("button", name="Open quote 2 in its article").click()
    expect(page.locator(".bar .at")).to_have_text("2")
    expect(page.locator("mark.strongest").first).to_have_attribute("data-numbers", re.compile(r"\b2\b"))
    expect(page.locator("mark.strongest").first).to_have_css("background-color", STRONG)
    for mark in page.locator("mark:not(.strongest)").all():
        expect(mark).to_have_css("background-color", PLAIN)
    expect(page.locator(".card[aria-current]")).to_have_attribute("data-number", "2")
    assert strongest_is_in_view(page)


def test_previous_and_next_lead_through_all_quotes_of_an_answer(page: Page) -> None:
    ask(page, QUESTION)
    numbers = [str(number) for number in range(1, page.locator(".card").count() + 1)]
    for number in [*numbers[1:], "1"]:
        page.get_by_role("button", name="Next quote").click()
        expect(page.locator(".bar .at")).to_have_text(number)
        expect(page.locator(".card[aria-current]")).to_have_attribute("data-number", number)
        assert strongest_is_in_view(page)
    page.get_by_role("button", name="Previous quote").click()
    expect(page.locator(".bar .at")).to_have_text(numbers[-1])


def test_a_citation_is_a_button_that_the_keyboard_reaches(page: Page) -> None:
    ask(page, QUESTION)
    page.locator(".citation").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".bar .at")).to_have_text("2")


def test_a_follow_up_is_asked_with_the_questions_before_it_until_a_new_conversation(page: Page) -> None:
    ask(page, QUESTION)
    ask(page, "And before?")
    first, second = (cards.inner_text() for cards in page.locator(".turn .cards").all())
    assert second == first
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.locator(".pane.blank")).to_have_count(1)
    ask(page, "And before?")
    assert page.locator(".turn .reply").inner_text() != first


def test_one_session_does_not_see_another(page: Page, opened: Opened) -> None:
    ask(page, QUESTION)
    with opened() as other:
        expect(other.locator(".turn")).to_have_count(0)


def test_a_refusal_says_what_was_searched_and_labels_the_nearest_passages(page: Page) -> None:
    ask(page, UNANSWERABLE)
    expect(page.get_by_role("heading", name="Your articles do not answer this.")).to_be_visible()
    expect(page.locator(".refusal")).to_contain_text("Searched 21 articles")
    expect(page.locator(".refusal .label")).to_contain_text("not an answer")
    expect(page.locator(".card.quote")).to_have_count(0)
    page.locator(".card.hit").nth(1).click()
    expect(page.locator(".pane.hit .bar")).to_contain_text("Nearest passage 2 of 3")
    expect(page.locator(".pane.hit .bar")).to_contain_text("not an answer")
    expect(page.locator("mark.strongest").first).to_be_in_viewport()


def test_the_list_of_articles_filters_and_opens_an_article_from_its_beginning(page: Page) -> None:
    ask(page, QUESTION)
    page.get_by_role("button", name="All articles").click()
    expect(page.locator(".shelf li")).to_have_count(21)
    page.get_by_label("Filter the articles").fill("meridian 12 OCTOBER")
    expect(page.locator(".shelf li")).to_have_count(1)
    page.locator(".shelf li button").click()
    expect(page.locator(".pane.article h2")).to_have_text("It worked! A space probe has shifted an asteroid")
    expect(page.locator(".pane.article h2")).to_be_in_viewport(ratio=1)
    expect(page.locator(".sheet .byline")).to_have_text("The Meridian Post · Petra Valdane · 12 October 2022")
    expect(page.locator("mark")).to_have_count(0)


def test_hostile_article_text_is_shown_as_text(page: Page) -> None:
    page.get_by_label("Filter the articles").fill("quokka")
    expect(page.locator(".shelf li")).to_have_count(1)
    page.locator(".shelf li button").click()
    expect(page.locator(".pane h2")).to_have_text("Quokka <img src=x onerror='window.ran = 7'>")
    assert page.locator(".sheet .text").text_content() == HOSTILE
    ask(page, "What did the quokka auditor draw on the quokka ledger?")
    expect(page.locator(".turn .card").first).to_contain_text("quokka")
    for part in ("#talk", "#evidence", "#shelf"):
        expect(
            page.locator(part).locator(".log, .pane, .shelf").locator("script, img, iframe, style, svg, b, a")
        ).to_have_count(0)


def test_what_cannot_be_asked_is_said_kindly_in_the_conversation(page: Page) -> None:
    ask(page, " ?! ")
    expect(page.locator(".notice")).to_have_text("Type a question first.")
    page.locator("#typed textarea").fill("long " * 1_000)
    page.locator("#typed textarea").press("Enter")
    expect(page.locator(".notice")).to_contain_text("4,000")
    expect(page.locator("#typed textarea")).to_have_value(re.compile("^long"))
    ask(page, "Fault?")
    expect(page.locator(".notice").last).to_contain_text("Something went wrong")
    expect(page.locator("body")).not_to_contain_text("a bug on purpose")
    ask(page, QUESTION)
    expect(page.locator(".card.quote")).not_to_have_count(0)


def test_the_page_fits_a_phone_with_the_evidence_below_the_conversation(opened: Opened) -> None:
    with opened(PHONE) as phone:
        ask(phone, QUESTION)
        phone.locator(".citation").nth(1).click()
        expect(phone.locator("mark.strongest").first).to_be_in_viewport()
        assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        above, below = phone.locator("#asking").bounding_box(), phone.locator("#reading").bounding_box()
        assert above is not None
        assert below is not None
        assert below["y"] >= above["y"] + above["height"] - 1


def test_dark_mode_follows_the_browser(opened: Opened) -> None:
    with opened(dark=True) as dark:
        expect(dark.locator(".gradio-container")).to_have_css("background-color", "rgb(25, 24, 22)")
        expect(dark.locator(".welcome h1")).to_have_css("color", "rgb(236, 232, 225)")


def test_the_page_has_no_telemetry_no_footer_and_no_open_api(page: Page, address: str) -> None:
    config = page.request.get(f"{address}/config").json()
    assert config["analytics_enabled"] is False
    assert config["footer_links"] == []
    assert config["mcp_server"] is False
    assert {event["api_visibility"] for event in config["dependencies"]} == {"private"}
    assert page.request.get(f"{address}/gradio_api/file={__file__}").status == 404
