"""The page in a real browser, with a real library and the bundled encoder; one server and one browser for all tests."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.resources import files
from pathlib import Path
from threading import Event
from time import sleep
from typing import Literal, Protocol
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    FilePayload,
    Locator,
    Page,
    Request,
    Route,
    ViewportSize,
    expect,
)

import language_server
from askdocs.datatypes import Article
from askdocs.encoding import Encoder
from askdocs.index import build_index
from askdocs.library import Library
from askdocs.reading import read_sources
from askdocs.sample import articles_folder
from askdocs.settings import PassageSettings
from chromium import chromium
from served import serving

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)  # a machine that is busy with other tests is slow, not wrong

QUESTION = "Why do Belarusian commanders resist joining the war?"
ON_TWO = "By how much did DART shorten the orbit of Dimorphos?"
"""Its quotes come from two articles."""

SLOWLY = "Slowly: "
UNANSWERABLE = "How many llamas live in Peru?"
ELSEWHERE = "https://elsewhere.example"
HOSTILE = {
    "a script": "<script>window.ran = 'script'</script>",
    "a script of another host": f'<script src="{ELSEWHERE}/a.js"></script>',
    "an image": f'<img src="{ELSEWHERE}/a.png" srcset="{ELSEWHERE}/b.png 2x">',
    "an image that fails": "<img src=x onerror=\"window.ran = 'onerror'\">",
    "a drawing": f'<svg onload="window.ran = \'svg\'"><image href="{ELSEWHERE}/a.svg"/></svg>',
    "a frame": f'<iframe src="{ELSEWHERE}/frame" srcdoc="<script>parent.ran = 1</script>"></iframe>',
    "a style sheet": f'<link rel="stylesheet" href="{ELSEWHERE}/a.css"><style>@import "{ELSEWHERE}/b.css";</style>',
    "a style": f'<p style="background: url({ELSEWHERE}/a.png); position: fixed; inset: 0">over all</p>',
    "a video": f'<video autoplay poster="{ELSEWHERE}/a.jpg"><source src="{ELSEWHERE}/a.mp4"></video>',
    "an object": f'<object data="{ELSEWHERE}/a.swf"></object><embed src="{ELSEWHERE}/b.swf">',
    "a form": f'<form action="{ELSEWHERE}/f"><input autofocus onfocus="window.ran = \'focus\'"></form>',
    "a redirection": f'<meta http-equiv="refresh" content="0;url={ELSEWHERE}/r"><base href="{ELSEWHERE}/">',
    "a Markdown image": f"![picture]({ELSEWHERE}/a.png) ![][one]\n\n[one]: {ELSEWHERE}/b.png",
    "a link that runs": '[read](javascript:window.ran=1) <a href="javascript:window.ran = 2" autofocus>here</a>',
    "a template": "${window.ran = 'template'} {{constructor.constructor('window.ran = 1')()}} {{{value}}} `${1}`",
    "an end of its element": '\'" autofocus onfocus=window.ran=1 x="></textarea></title></style></div></article>',
    "an element that opens": "<details open ontoggle=\"window.ran = 'toggle'\"><summary>x</summary></details>",
    "what no page can hold": "\u202e\u2066\ufeff\x07\x1b[31m <!-- --!> <![CDATA[ ]]> &lt;img src=x&gt; &#60;b&#62;",
}
DESKTOP: ViewportSize = {"width": 1400, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
STRONG, PLAIN = "rgb(255, 220, 115)", "rgb(255, 243, 196)"
SERVE = """
import sys
from pathlib import Path
from time import sleep
from askdocs.encoding import load_encoder
from askdocs.index import open_index
from askdocs.library import Library
from askdocs.settings import Settings, WebSettings
from askdocs.web import serve

class Told(Library):
    def quote(self, question, history=(), within=None, day=None):
        if question == "Fault?":
            raise RuntimeError("a bug on purpose")
        if question.startswith("Slowly: "):
            sleep(1)
        question = question.removeprefix("Slowly: ")
        return super().quote(history[-1] if history and question == "And before?" else question, (), within, day)

library = Told(open_index(Path(sys.argv[1])), load_encoder(Settings().encoder), Settings(), live=True)
serve(library, port=int(sys.argv[3]), examples=[sys.argv[2]], settings=WebSettings())
"""
"""A library that repeats the question before, so that an answer shows whether the history came along."""


class Opened(Protocol):
    """Opens the page in a session of its own."""

    def __call__(
        self, viewport: ViewportSize = DESKTOP, *, dark: bool = False, fragment: str = ""
    ) -> AbstractContextManager[Page]:
        """Yield the page; afterwards, see that it asked no other host for anything and ran nothing of an article."""
        ...


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Path:
    """Index the sample articles and one article for each hostile payload, which is in every part of it."""
    folder = tmp_path_factory.mktemp("page") / "index"
    articles = [article for article in read_sources([articles_folder()]) if isinstance(article, Article)]
    hostile = [
        Article.of(
            id=f"{number}/{payload}",
            title=f"Quokka {number} {payload}",
            text=f"The quokka ledger {number} closed.\n\nThe quokka auditor {number} saw {payload} in it.\n",
            source=f"{number} {payload}.md",
            outlet=f"Outlet {payload}",
            author=f"Author {payload}",
            published=f"2001 {payload}",
            language=payload,
            url=payload if number % 2 else f"https://example.org/{payload}",
        )
        for number, payload in enumerate(HOSTILE.values(), start=100)
    ]
    build_index([*articles, *hostile], folder, encoder, PassageSettings())
    return folder


@pytest.fixture(scope="module")
def address(index: Path) -> Iterator[str]:
    """Serve the articles for most tests."""
    with served(index) as found:
        yield found


@contextmanager
def served(index: Path, port: int = 0, *, killed: bool = False) -> Iterator[str]:
    """Serve an index from a process of its own; yield the page's address. It ends as by Ctrl-C, or is killed."""
    command = [sys.executable, "-c", SERVE, str(index), QUESTION, str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            printed = process.stderr.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+", printed)
            assert found, printed
            wait_for(f"{found.group()}/config")
            yield found.group()
            if killed:
                return
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=20)[1]
        finally:
            process.kill()
    assert process.returncode == 0, said
    assert said.count("Traceback") == said.count("RuntimeError: a bug on purpose"), said


def wait_for(route: str) -> None:
    """Wait until a server that answers before its page is there has the page."""
    for _ in range(600):
        if httpx.get(route, timeout=60).status_code == httpx.codes.OK:
            return
        sleep(0.1)
    pytest.fail(f"{route} did not come")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    with chromium() as started:
        yield started


@contextmanager
def watched(tab: Page, address: str, fragment: str = "") -> Iterator[Page]:
    """Open the page in a tab; afterwards, see that it asked no other host for anything and that nothing ran."""
    addresses: list[str] = []
    errors: list[str] = []

    def asks(request: Request) -> None:
        addresses.append(request.url)

    def fails(error: Error) -> None:
        if not str(error).startswith("AbortError"):  # what was under way when a page was loaded again
            errors.append(str(error))

    def says(said: ConsoleMessage) -> None:
        if said.type == "error" and "net::ERR_INTERNET_DISCONNECTED" not in said.text:  # as a test wants it
            errors.append(said.text)

    tab.goto("about:blank")
    tab.on("request", asks)
    tab.on("pageerror", fails)
    tab.on("console", says)
    tab.goto(f"{address}{fragment}")
    expect(tab.locator(".welcome")).to_be_visible()
    expect(tab.locator("#reading[data-tab]")).to_be_visible()
    yield tab
    assert tab.evaluate("window.ran") is None
    assert tab.url.startswith(address)
    asked = {urlsplit(one).netloc for one in addresses if not one.startswith(("data:", "blob:", "about:"))}
    assert asked == {urlsplit(address).netloc}
    assert not errors
    tab.remove_listener("request", asks)
    tab.remove_listener("pageerror", fails)
    tab.remove_listener("console", says)


@pytest.fixture(scope="module")
def opened(browser: Browser, address: str) -> Opened:
    """Return what opens the page as another person has it."""

    @contextmanager
    def session(viewport: ViewportSize = DESKTOP, *, dark: bool = False, fragment: str = "") -> Iterator[Page]:
        scheme: Literal["dark", "light"] = "dark" if dark else "light"
        with (
            browser.new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce") as context,
            watched(context.new_page(), address, fragment) as page,
        ):
            yield page

    return session


@pytest.fixture(scope="module")
def tab(browser: Browser, address: str) -> Iterator[Page]:
    """Open one tab on a desk for most tests, each of which loads the page anew: that is a session of its own."""
    del address  # which ends after the tab: a server that has to wait for a browser says so
    copying = ["clipboard-read", "clipboard-write"]
    with browser.new_context(viewport=DESKTOP, reduced_motion="reduce", permissions=copying) as context:
        yield context.new_page()


@pytest.fixture
def page(tab: Page, address: str) -> Iterator[Page]:
    """Open the page."""
    with watched(tab, address) as shown:
        yield shown


def typed(page: Page) -> Locator:
    """Return the question box."""
    return page.locator("#typed textarea")


def library(page: Page) -> Locator:
    """Return the button that shows the articles."""
    return page.locator('#tabs [data-tab="library"]')


def ask(page: Page, question: str) -> None:
    """Type a question, press Enter and wait for its reply."""
    turns = page.locator(".turn").count()
    typed(page).fill(question)
    typed(page).press("Enter")
    expect(page.locator(".turn")).to_have_count(turns + 1)
    expect(page.locator(".turn").last.locator(".reply, .notice")).to_be_visible()


def answered(page: Page, question: str) -> None:
    """Ask, and wait until the evidence of the answer is open."""
    ask(page, question)
    expect(page.locator(".turn").last.locator(".card[aria-current]")).to_have_count(1)


def articles(page: Page) -> int:
    """Return how many articles the page says there are."""
    found = re.search(r"\d+", page.locator("#wordmark p").inner_text())
    assert found
    return int(found.group())


def strongest_is_in_view(page: Page) -> bool:
    """Tell whether the strongest mark stands within the pane, whole, below its bar."""
    script = """() => {
        const mark = document.querySelector("mark.strongest").getBoundingClientRect();
        const bar = document.querySelector(".bar").getBoundingClientRect();
        const pane = document.querySelector("#evidence").getBoundingClientRect();
        return mark.height > 0 && mark.top >= bar.bottom && mark.bottom <= Math.min(pane.bottom, innerHeight);
    }"""
    return bool(page.evaluate(script))


def export(page: Page, form: str, within: str) -> str:
    """Choose a form in a menu of exports; return the content of the file that is saved."""
    menu = page.locator(f"{within} details.menu").last
    menu.locator("summary").click()
    with page.expect_download() as saved:
        menu.locator(f"[data-form={form}]").click()
    return Path(saved.value.path()).read_text(encoding="utf-8")


# --- asking -----------------------------------------------------------------------------------------------------------


def test_an_example_question_is_answered_and_its_first_quote_is_open(page: Page) -> None:
    page.locator(".chip").first.click()
    expect(page.locator(".turn .question")).to_have_text(QUESTION)
    expect(page.locator(".confidence")).to_contain_text(
        re.compile(r"(Strong match|Likely|Weak match) · \d quotes? from")
    )
    expect(page.locator("mark.strongest").first).to_be_visible()
    assert strongest_is_in_view(page)
    words = "".join(page.locator("mark.strongest").all_text_contents())
    expect(page.locator(".card blockquote").first).to_contain_text(f"“{words}”")


def test_a_reply_comes_after_searching_with_its_evidence_and_is_told(page: Page) -> None:
    page.evaluate("""() => {
        window.seen = [];
        new MutationObserver(() => {
            const reply = document.querySelector("#talk .turn > :is(.searching, .reply)");
            const now = document.querySelector("#evidence mark") ? "evidence" : reply?.className;
            if (now && now !== window.seen.at(-1)) window.seen.push(now);
        }).observe(document.body, { childList: true, subtree: true });
    }""")
    ask(page, SLOWLY + QUESTION)
    expect(page.locator("mark.strongest").first).to_be_visible()
    assert page.evaluate("window.seen")[0] == "searching"
    assert page.evaluate("window.seen")[-1] == "evidence"
    expect(page.locator("#voice")).to_contain_text(re.compile(r"^Answered with \d quotes? from"))
    expect(typed(page)).to_have_value("")


def test_a_question_can_be_stopped_and_is_in_the_box_again(page: Page) -> None:
    typed(page).fill(SLOWLY + QUESTION)
    expect(page.locator("#stop")).to_be_hidden()
    typed(page).press("Enter")
    page.locator("#stop").click()
    expect(page.locator(".turn .notice")).to_contain_text("Stopped.")
    expect(typed(page)).to_have_value(SLOWLY + QUESTION)
    expect(page.locator("#send")).to_be_visible()
    ask(page, QUESTION)  # while what was stopped is still at work
    expect(page.locator(".turn .reply")).to_have_count(1)
    page.wait_for_timeout(1_300)  # until its answer would have come
    expect(page.locator(".turn .question")).to_have_text([SLOWLY + QUESTION, QUESTION])
    expect(page.locator(".turn .reply")).to_have_count(1)


def test_questions_that_are_sent_while_another_is_answered_are_asked_after_it(page: Page) -> None:
    for question in (SLOWLY + QUESTION, UNANSWERABLE, ON_TWO):
        typed(page).fill(question)
        typed(page).press("Enter")
        expect(page.locator(".turn .question").last).to_have_text(question)
    expect(page.locator(".turn .question")).to_have_text([SLOWLY + QUESTION, UNANSWERABLE, ON_TWO])
    expect(page.locator(".turn .reply")).to_have_count(3)
    expect(page.locator("#stop")).to_be_hidden()


def test_stop_gives_up_the_question_that_is_answered_and_the_next_is_asked(page: Page) -> None:
    for question in (SLOWLY + QUESTION, ON_TWO):
        typed(page).fill(question)
        typed(page).press("Enter")
        expect(page.locator(".turn .question").last).to_have_text(question)
    page.locator("#stop").click()
    expect(page.locator(".turn").first).to_contain_text("Stopped.")
    expect(page.locator(".turn").last.locator(".card.quote")).not_to_have_count(0)
    expect(typed(page)).to_have_value(SLOWLY + QUESTION)
    page.locator(".turn").first.get_by_role("button", name="Ask again").click()
    expect(page.locator(".turn").first.locator(".card.quote")).not_to_have_count(0)
    expect(typed(page)).to_have_value("")


def test_a_new_conversation_stays_new_when_the_answer_to_the_old_one_comes(page: Page) -> None:
    answered(page, QUESTION)
    typed(page).fill(SLOWLY + ON_TWO)
    typed(page).press("Enter")
    expect(page.locator("#stop")).to_be_visible()
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".welcome")).to_be_visible()
    page.wait_for_timeout(1_300)  # until the answer would have come
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.locator(".pane.blank")).to_have_count(1)
    answered(page, QUESTION)
    expect(page.locator(".turn .question")).to_have_text([QUESTION])


def test_asking_an_earlier_question_again_leaves_the_one_that_is_being_answered(page: Page) -> None:
    answered(page, QUESTION)
    typed(page).fill(SLOWLY + ON_TWO)
    typed(page).press("Enter")
    expect(page.locator("#stop")).to_be_visible()
    page.get_by_role("button", name="Ask again").dblclick()
    expect(page.locator(".turn .searching")).to_have_count(2)
    expect(page.locator(".turn .reply .card[aria-current]")).to_have_count(1)
    expect(page.locator(".turn .reply")).to_have_count(2)
    expect(page.locator(".turn .question")).to_have_text([QUESTION, SLOWLY + ON_TWO])
    expect(page.locator("#stop")).to_be_hidden()


def test_an_earlier_question_is_edited_while_another_is_answered(page: Page) -> None:
    answered(page, QUESTION)
    typed(page).fill(SLOWLY + ON_TWO)
    typed(page).press("Enter")
    expect(page.locator("#stop")).to_be_visible()
    page.get_by_role("button", name="Edit question 1").click()
    expect(page.locator(".note.editing")).to_contain_text("Editing question 1; 1 later question will go")
    expect(page.locator(".turn").last.locator(".card.quote")).not_to_have_count(0)
    expect(page.locator(".note.editing")).to_contain_text("Editing question 1")
    expect(typed(page)).to_have_value(QUESTION)
    typed(page).fill(SLOWLY + ON_TWO)
    typed(page).press("Enter")
    expect(page.locator(".turn .question")).to_have_text([SLOWLY + ON_TWO])
    expect(page.locator(".turn .card.quote")).not_to_have_count(0)


def test_what_is_sent_twice_is_asked_once(page: Page) -> None:
    page.locator(".chip").first.dblclick()
    expect(page.locator(".card.quote")).not_to_have_count(0)
    typed(page).fill(SLOWLY + ON_TWO)
    typed(page).press("Enter")
    typed(page).press("Enter")
    expect(page.locator(".turn").last.locator(".card.quote")).not_to_have_count(0)
    typed(page).fill(UNANSWERABLE)
    page.locator("#send").dblclick()
    expect(page.locator(".refusal")).to_have_count(1)
    page.wait_for_timeout(500)
    expect(page.locator(".turn .question")).to_have_text([QUESTION, SLOWLY + ON_TWO, UNANSWERABLE])


def test_the_same_answer_given_again_shows_its_first_quote_again(page: Page) -> None:
    answered(page, ON_TWO)
    page.get_by_role("button", name="Next quote").click()
    page.get_by_role("button", name="Next quote").click()
    expect(page.locator(".bar .at")).to_have_text("3")
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".card[aria-current]")).to_have_attribute("data-number", "1")
    expect(page.locator(".bar .at")).to_have_text("1")
    page.get_by_role("button", name="Next quote").click()
    expect(page.locator(".card[aria-current]")).to_have_attribute("data-number", "2")
    page.get_by_role("button", name="Edit question 1").click()  # the conversation is shown anew, the pane is not
    expect(page.locator(".note.editing button")).to_have_count(1)
    expect(page.locator(".card[aria-current]")).to_have_attribute("data-number", "2")


def test_the_address_names_the_open_quote_and_no_other(page: Page) -> None:
    bare = page.url
    answered(page, QUESTION)
    expect(page).to_have_url(re.compile("#article="))
    ask(page, UNANSWERABLE)
    expect(page.locator(".pane.blank")).to_have_count(1)
    expect(page).to_have_url(bare)
    answered(page, QUESTION)
    expect(page).to_have_url(re.compile("#article="))
    library(page).click()
    page.locator(".shelf .open").first.click()
    expect(page.locator(".pane.article")).to_have_count(1)
    expect(page).to_have_url(bare)
    answered(page, ON_TWO)
    expect(page).to_have_url(re.compile("#article="))
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".welcome")).to_be_visible()
    expect(page).to_have_url(bare)


def test_a_page_that_is_loaded_again_offers_what_was_asked_on_it(page: Page) -> None:
    answered(page, QUESTION)
    answered(page, ON_TWO)
    typed(page).fill("half a quest")
    page.reload()
    expect(page.locator(".welcome .before")).to_have_text("You asked here before")
    expect(page.locator(".before + .chips .chip")).to_have_text([QUESTION, ON_TWO])
    expect(typed(page)).to_have_value("half a quest")
    page.locator(".before + .chips .chip").last.click()
    expect(page.locator(".turn .question")).to_have_text([ON_TWO])
    expect(page.locator(".turn .card.quote")).not_to_have_count(0)


def test_a_question_is_edited_and_what_came_after_goes(page: Page) -> None:
    answered(page, QUESTION)
    answered(page, ON_TWO)
    page.get_by_role("button", name="Edit question 1").click()
    expect(typed(page)).to_have_value(QUESTION)
    expect(typed(page)).to_be_focused()
    expect(page.locator(".note.editing")).to_contain_text("1 later question will go")
    page.keyboard.press("Escape")
    expect(page.locator(".note.editing button")).to_have_count(0)
    page.get_by_role("button", name="Edit question 1").click()
    expect(typed(page)).to_have_value(QUESTION)
    typed(page).fill("When was polio declared eradicated?")
    typed(page).press("Enter")
    expect(page.locator(".turn")).to_have_count(1)
    expect(page.locator(".turn .question")).to_have_text("When was polio declared eradicated?")


def test_asking_again_answers_in_the_same_place_within_the_limits_of_now(page: Page) -> None:
    answered(page, ON_TWO)
    library(page).click()
    page.locator("#wanted summary").click()
    page.get_by_label("The Meridian Post").check()
    expect(page.locator("#limit")).to_contain_text("The Meridian Post")
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".turn .limits")).to_have_text("Asked of The Meridian Post")
    expect(page.locator(".turn")).to_have_count(1)
    for source in page.locator(".card .byline").all_inner_texts():
        assert source.startswith("The Meridian Post")


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


def test_two_who_ask_at_the_same_time_see_their_own_conversation_and_files_only(page: Page, opened: Opened) -> None:
    with opened() as other:
        typed(page).fill(SLOWLY + QUESTION)
        typed(other).fill(SLOWLY + ON_TWO)
        page.locator("input[type=file]").set_input_files(
            {"name": "mine.xlsx", "mimeType": "application/octet-stream", "buffer": b"PK"}
        )
        typed(page).press("Enter")
        typed(other).press("Enter")
        for shown, question in ((page, QUESTION), (other, ON_TWO)):
            expect(shown.locator(".turn .question")).to_have_text([SLOWLY + question])
            expect(shown.locator(".turn .card[aria-current]")).to_have_count(1)
        expect(page.locator(".outcomes li")).to_have_text([re.compile("^mine.xlsx")])
        expect(other.locator("#adding li")).to_have_count(0)
        mine, others = (set(shown.locator(".card blockquote").all_inner_texts()) for shown in (page, other))
        assert mine.isdisjoint(others)


def test_a_refusal_says_what_was_searched_what_is_missing_and_labels_the_nearest_passages(page: Page) -> None:
    ask(page, UNANSWERABLE)
    expect(page.get_by_role("heading", name="Your articles do not answer this.")).to_be_visible()
    expect(page.locator(".refusal")).to_contain_text(
        re.compile(rf"Searched {articles(page)} articles from \d+ \w+ \d+ to 9 September 2023")
    )
    expect(page.locator(".refusal")).to_contain_text("No article that was searched mentions “Peru”.")
    expect(page.locator(".refusal .label")).to_contain_text("not an answer")
    expect(page.locator(".card.quote")).to_have_count(0)
    expect(page.locator(".pane")).to_contain_text("Nothing is quoted")
    page.locator(".card.hit").nth(1).click()
    expect(page.locator(".pane.hit .bar")).to_contain_text("Nearest passage 2 of 3")
    expect(page.locator(".pane.hit .bar")).to_contain_text("not an answer")
    expect(page.locator("mark.strongest").first).to_be_in_viewport()


def test_what_cannot_be_asked_is_said_kindly_in_the_conversation(page: Page) -> None:
    ask(page, " ?! ")
    expect(page.locator(".notice")).to_have_text("Type a question first.")
    typed(page).fill("long " * 1_000)
    typed(page).press("Enter")
    expect(page.locator(".notice")).to_contain_text("4,000")
    expect(typed(page)).to_have_value(re.compile("^long"))
    typed(page).fill("Fault?")  # it takes the place of the notice, which was never a part of the conversation
    typed(page).press("Enter")
    expect(page.locator(".notice").last).to_contain_text("Something went wrong")
    expect(page.locator("body")).not_to_contain_text("a bug on purpose")
    ask(page, QUESTION)
    expect(page.locator(".card.quote")).not_to_have_count(0)


def test_the_quotes_are_there_before_a_language_model_has_put_them_into_words(
    browser: Browser, sample_index: Path, sample_library: Library
) -> None:
    may = Event()
    first = sample_library.ask(ON_TWO).quotes[0].exact

    def says(_: str) -> str:
        assert may.wait(60)
        return f"{first} [1]"

    with (
        language_server.serving(language_server.Server(says)) as model,
        serving(sample_index, ASKDOCS_LLM_URL=model.url, ASKDOCS_LLM_MODEL="slow", ASKDOCS_LLM_SECONDS="60") as server,
        browser.new_context(viewport=DESKTOP, reduced_motion="reduce") as context,
        watched(context.new_page(), server.address) as page,
    ):
        typed(page).fill(ON_TWO)
        typed(page).press("Enter")
        expect(page.locator(".turn .card.quote")).not_to_have_count(0)
        expect(page.locator(".turn .searching")).to_contain_text("being put into words")
        page.get_by_role("button", name="Next quote").click()
        expect(page.locator(".bar .at")).to_have_text("2")
        may.set()
        expect(page.locator(".turn .worded")).to_contain_text("Worded by slow")
        expect(page.locator(".turn .searching")).to_have_count(0)
        expect(page.locator(".bar .at")).to_have_text("2")  # whoever reads on is not led back
        expect(page.locator(".card[aria-current]")).to_have_attribute("data-number", "2")
        may.clear()
        typed(page).fill(QUESTION)
        typed(page).press("Enter")
        expect(page.locator(".turn")).to_have_count(2)  # until then the last one is that before, which has its quotes
        expect(page.locator(".turn").last.locator(".card.quote")).not_to_have_count(0)
        page.locator("#stop").click()
        expect(page.locator(".turn .searching")).to_have_count(0)
        expect(page.locator(".turn").last.locator(".card.quote")).not_to_have_count(0)
        expect(typed(page)).to_have_value("")
        may.set()


# --- evidence ---------------------------------------------------------------------------------------------------------


def test_hovering_or_focusing_a_citation_shows_its_quote_title_outlet_and_date(page: Page) -> None:
    answered(page, QUESTION)
    citation = page.locator(".citation").nth(1)
    peek = page.locator("#peek-0-2")
    expect(peek).to_be_hidden()
    citation.hover()
    expect(peek).to_be_visible()
    words = page.locator(".card").nth(1).locator("blockquote").inner_text()
    assert f"“{peek.locator('mark').inner_text()}”" in words
    expect(peek.locator(".from")).to_contain_text(re.compile(r"2022$"))
    expect(peek.locator(".from")).to_contain_text(page.locator("figcaption .title").nth(1).inner_text())
    expect(peek).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    expect(peek).to_be_hidden()
    page.locator(".citation").nth(0).focus()
    page.keyboard.press("Tab")
    expect(citation).to_be_focused()
    expect(peek).to_be_visible()
    assert page.evaluate("document.activeElement.getAttribute('aria-describedby')") == "peek-0-2"


def test_a_citation_brings_its_quote_into_view_as_the_strongest_mark(page: Page) -> None:
    answered(page, QUESTION)
    page.get_by_role("button", name="Open quote 2 in its article").click()
    expect(page.locator(".bar .at")).to_have_text("2")
    expect(page.locator("mark.strongest").first).to_have_attribute("data-numbers", re.compile(r"\b2\b"))
    expect(page.locator("mark.strongest").first).to_have_css("background-color", STRONG)
    for mark in page.locator(".sheet mark:not(.strongest)").all():
        expect(mark).to_have_css("background-color", PLAIN)
    expect(page.locator(".card[aria-current]")).to_have_attribute("data-number", "2")
    assert strongest_is_in_view(page)


def test_previous_and_next_lead_through_all_quotes_of_an_answer_and_its_articles(page: Page) -> None:
    answered(page, ON_TWO)
    numbers = [str(number) for number in range(1, page.locator(".card").count() + 1)]
    titles = set()
    for number in [*numbers[1:], "1"]:
        page.get_by_role("button", name="Next quote").click()
        expect(page.locator(".bar .at")).to_have_text(number)
        expect(page.locator(".card[aria-current]")).to_have_attribute("data-number", number)
        assert strongest_is_in_view(page)
        titles.add(page.locator(".pane h2").inner_text())
    assert len(titles) == 2
    page.get_by_role("button", name="Previous quote").click()
    expect(page.locator(".bar .at")).to_have_text(numbers[-1])


def test_the_keyboard_alone_asks_opens_steps_returns_and_filters(page: Page) -> None:
    page.keyboard.type(ON_TWO)  # the box has the focus from the beginning
    page.keyboard.press("Enter")
    expect(page.locator(".card[aria-current]")).to_have_count(1)
    for _ in range(30):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('.citation[data-number=\"2\"]')"):
            break
    page.keyboard.press("Enter")
    expect(page.locator(".bar .at")).to_have_text("2")
    first = page.locator(".pane h2").inner_text()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".bar .at")).to_have_text("3")
    page.keyboard.press("p")
    expect(page.locator(".bar .at")).to_have_text("2")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".pane h2")).not_to_have_text(first)
    page.keyboard.press("Escape")
    if page.locator(".peek:popover-open").count():
        page.keyboard.press("Escape")
    expect(page.locator('.citation[data-number="2"]')).to_be_focused()
    page.keyboard.press("/")
    expect(typed(page)).to_be_focused()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.tab") == "library":
            break
    page.keyboard.press("Enter")
    for _ in range(4):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "words":
            break
    page.keyboard.type("asteroid")
    expect(page.locator(".shelf li")).to_have_count(2)


def test_a_link_to_a_quote_opens_the_page_there_and_a_made_up_one_opens_nothing(page: Page, opened: Opened) -> None:
    answered(page, QUESTION)
    page.locator(".citation").nth(1).click()
    expect(page.locator(".bar .at")).to_have_text("2")
    words = "".join(page.locator("mark.strongest").all_text_contents())
    page.get_by_role("button", name="Copy link").click()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url
    fragment = f"/#{urlsplit(link).fragment}"
    with opened(fragment=fragment) as other:
        expect(other.locator(".bar .position")).to_have_text("Linked words")
        assert "".join(other.locator("mark.strongest").all_text_contents()) == words
        assert strongest_is_in_view(other)
    for wrong in (re.sub("sha256=.{64}", f"sha256={'0' * 64}", fragment), re.sub("end=.*", "end=999999", fragment)):
        with opened(fragment=wrong) as other:
            expect(other.locator("#evidence .pane.refused h2")).to_be_visible()
            expect(other.locator("mark")).to_have_count(0)
            assert faults(other) == []


def test_an_answer_is_copied_with_its_citations(page: Page) -> None:
    answered(page, QUESTION)
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator("#voice")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    words = "".join(page.locator("mark.strongest").all_text_contents())
    assert copied.startswith(f"{QUESTION}\n\n“{words}” [1]\n")
    assert re.search(r"^\[1\] .+ · .+ 2022, .+, characters \d+–\d+$", copied, re.MULTILINE)


def test_an_exported_conversation_is_verified_and_its_other_forms_hold_the_same_quotes(
    page: Page, index: Path, tmp_path: Path
) -> None:
    answered(page, QUESTION)
    ask(page, UNANSWERABLE)
    answered(page, ON_TWO)
    saved = tmp_path / "conversation.json"
    saved.write_text(export(page, "json", "#whole"), encoding="utf-8")
    answers = json.loads(saved.read_text(encoding="utf-8"))["answers"]
    assert [answer["abstained"] for answer in answers] == [False, True, False]
    command = [sys.executable, "-m", "askdocs", "verify", str(saved), "--index", str(index)]
    verified = subprocess.run(command, capture_output=True, text=True, check=False)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    one = json.loads(export(page, "json", ".turn .tools"))["answers"]
    assert one == answers[2:]
    quotes = one[0]["quotes"]
    markdown = re.sub(r"\\(.)", r"\1", export(page, "markdown", ".turn .tools"))
    html = export(page, "html", ".turn .tools")
    for quote in quotes:
        assert " ".join(quote["exact"].split()) in markdown, "a quote of two paragraphs stands on one line there"
        assert quote["exact"] in html
        assert quote["link"].startswith(page.url.partition("#")[0])
        assert f"characters {quote['start']}–{quote['end']} of the text with sha256 {quote['sha256']}" in html


# --- the library ------------------------------------------------------------------------------------------------------


def test_the_list_of_articles_is_searched_sorted_and_opens_an_article_from_its_beginning(page: Page) -> None:
    ask(page, QUESTION)
    library(page).click()
    expect(page.locator(".shelf li")).to_have_count(articles(page))
    expect(page.locator(".shelf .title").first).to_have_text("Library writes to 38,500 readers after data theft")
    page.get_by_label("Order of the list").select_option("longest")
    expect(page.locator(".shelf .byline").first).to_contain_text("4,308 characters")
    page.get_by_label("Search the articles").fill("meridian 12 OCTOBER")
    expect(page.locator(".shelf li")).to_have_count(1)
    page.locator(".shelf .open").click()
    expect(page.locator(".pane.article h2")).to_have_text("It worked! A space probe has shifted an asteroid")
    expect(page.locator(".pane.article h2")).to_be_in_viewport(ratio=1)
    expect(page.locator(".sheet .byline")).to_have_text("The Meridian Post · Petra Valdane · 12 October 2022")
    expect(page.locator(".sheet mark")).to_have_count(0)


def test_outlet_and_dates_limit_the_list_and_the_question(page: Page) -> None:
    page.locator("#wanted summary").click()
    page.get_by_label("The Harbour Ledger").check()
    page.get_by_label("To date").fill("2022-12-31")
    expect(page.locator(".shelf li")).to_have_count(4)
    expect(page.locator("#limit")).to_contain_text(
        f"Asking 4 of {articles(page)} articles: The Harbour Ledger · until 31 December 2022"
    )
    ask(page, ON_TWO)
    expect(page.locator(".refusal")).to_contain_text(f"Searched 4 of {articles(page)} articles")
    page.get_by_role("button", name="Ask all").click()
    expect(page.locator("#limit button")).to_have_count(0)
    expect(page.get_by_label("To date")).to_have_value("")
    ask(page, ON_TWO)
    expect(page.locator(".turn").last.locator(".card.quote")).not_to_have_count(0)


def test_a_file_on_its_way_shows_how_far_it_is(page: Page) -> None:
    page.evaluate("""() => {
        window.shares = new Set();
        const sending = document.querySelector(".sending");
        new MutationObserver(() => {
            const [bar, words] = [sending.querySelector("progress"), sending.querySelector(".words")];
            if (bar) window.shares.add([Math.floor(100 * bar.value), words.textContent].join(": "));
        }).observe(sending, { childList: true, subtree: true, characterData: true });
    }""")
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000}
    line.send("Network.emulateNetworkConditions", slow)
    heavy: FilePayload = {"name": "heavy.xlsx", "mimeType": "application/octet-stream", "buffer": b"PK" * 300_000}
    page.locator("input[type=file]").set_input_files(heavy)
    expect(page.locator(".outcomes li.refused")).to_contain_text("this format is not read")
    line.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
    seen = {int(share): words for share, words in (one.split(": ") for one in page.evaluate("[...window.shares]"))}
    assert [share for share in seen if 0 < share < 100]
    assert all(words == f"sending {share} %" for share, words in seen.items())


def dropped(name: str, size: int = 2) -> FilePayload:
    """Return a file of a format that is not read."""
    return {"name": name, "mimeType": "application/octet-stream", "buffer": b"P" * size}


def test_files_dropped_while_others_are_read_are_read_after_them(page: Page) -> None:
    files = page.locator("input[type=file]")
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 400_000}
    line.send("Network.emulateNetworkConditions", slow)
    files.set_input_files([dropped("one.xlsx", 400_000), dropped("same.xlsx")])
    files.set_input_files([dropped("two.xlsx", 1_200_000), dropped("same.xlsx")])
    expect(page.locator(".sending li")).to_have_count(4)
    expect(page.locator(".sending li").last).to_contain_text("waiting")
    expect(page.locator(".outcomes .name")).to_have_text(["one.xlsx", "same.xlsx"])
    expect(page.locator(".sending .name")).to_have_text(["two.xlsx", "same.xlsx"])
    expect(page.locator(".outcomes .name")).to_have_text(["one.xlsx", "same.xlsx", "two.xlsx", "same.xlsx"])
    expect(page.locator(".sending li")).to_have_count(0)
    line.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
    for _ in range(2):  # the same outcome is told once more
        files.set_input_files([dropped("same.xlsx")])
        expect(page.locator(".outcomes .name")).to_have_text(["same.xlsx"])
        expect(page.locator(".sending li")).to_have_count(0)


def test_an_upload_that_the_server_does_not_look_at_is_told(browser: Browser, address: str) -> None:
    def refused(route: Route) -> None:
        if "one.xlsx" in (route.request.post_data or ""):
            route.fulfill(status=503, json={"error": {"kind": "busy", "message": "Many are asking."}})
        else:
            route.continue_()

    with browser.new_context(viewport=DESKTOP) as context:
        page = context.new_page()
        page.goto(address)
        expect(page.locator("#reading[data-tab]")).to_be_visible()
        page.route("**/queue/join*", refused)
        page.locator("input[type=file]").set_input_files([dropped("one.xlsx")])
        expect(page.locator(".sending li")).to_contain_text("not read: askdocs could not take it. Choose it again")
        page.unroute_all()
        page.locator("input[type=file]").set_input_files([dropped("one.xlsx")])
        expect(page.locator(".outcomes li.refused")).to_contain_text("this format is not read")
        expect(page.locator(".sending li")).to_have_count(0)


# --- looks ------------------------------------------------------------------------------------------------------------


def test_the_page_fits_a_phone_with_the_evidence_below_the_conversation(opened: Opened) -> None:
    with opened(PHONE) as phone:
        answered(phone, QUESTION)
        phone.locator(".citation").nth(1).click()
        expect(phone.locator("mark.strongest").first).to_be_in_viewport()
        assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        above, below = phone.locator("#asking").bounding_box(), phone.locator("#reading").bounding_box()
        assert above is not None
        assert below is not None
        assert below["y"] >= above["y"] + above["height"] - 1
        phone.get_by_role("button", name="Back to the answer").click()
        expect(phone.locator(".citation").nth(1)).to_be_in_viewport()
        library(phone).click()
        phone.locator("#wanted summary").click()
        assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        assert faults(phone) == []


def test_dark_mode_follows_the_browser(opened: Opened) -> None:
    with opened(dark=True) as dark:
        expect(dark.locator(".gradio-container")).to_have_css("background-color", "rgb(25, 24, 22)")
        expect(dark.locator(".welcome h2")).to_have_css("color", "rgb(236, 232, 225)")


def faults(page: Page) -> list[str]:
    """Return what axe finds, of any gravity."""
    if not page.evaluate("'axe' in window"):
        page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [f"{one['impact']} {one['id']}: {[node['target'] for node in one['nodes']]}" for one in found]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_no_fault_in_any_state(opened: Opened, *, dark: bool) -> None:
    with opened(dark=dark) as page:
        assert faults(page) == []
        page.locator("#wanted summary").click()
        page.get_by_label("The Meridian Post").check()
        expect(page.locator("#limit button")).to_have_count(1)
        assert faults(page) == []
        page.keyboard.press("Escape")
        answered(page, ON_TWO)
        page.locator(".citation").nth(1).hover()
        page.locator(".turn details.menu summary").click()
        assert faults(page) == []
        page.get_by_role("button", name="Edit question 1").click()
        expect(page.locator(".note.editing button")).to_have_count(1)
        assert faults(page) == []
        page.get_by_role("button", name="Cancel").click()
        expect(typed(page)).to_have_value("")
        ask(page, UNANSWERABLE)
        page.locator(".card.hit").first.click()
        expect(page.locator(".pane.hit mark.strongest").first).to_be_visible()
        assert faults(page) == []
        ask(page, "Fault?")
        assert faults(page) == []


def test_the_page_has_no_telemetry_no_footer_and_no_open_api(page: Page, address: str) -> None:
    config = page.request.get(f"{address}/config").json()
    assert config["analytics_enabled"] is False
    assert config["footer_links"] == []
    assert config["mcp_server"] is False
    assert {event["api_visibility"] for event in config["dependencies"]} == {"private"}
    assert page.request.get(f"{address}/gradio_api/file={__file__}").status == 404


# --- a server that goes away, and a long list ------------------------------------------------------------------------


def test_a_line_that_breaks_for_a_moment_leaves_everything_as_it_was(page: Page) -> None:
    answered(page, QUESTION)
    typed(page).fill("half a quest")
    page.context.set_offline(True)
    expect(page.locator("#lost")).to_contain_text("askdocs cannot be reached. What you typed is kept")
    page.locator("#send").click(force=True)  # it says that it is disabled
    expect(page.locator(".turn")).to_have_count(1)
    page.context.set_offline(False)
    expect(page.locator("#lost")).to_be_hidden()
    expect(page.locator("#voice")).to_have_text("askdocs is back")
    expect(page.locator(".turn .card.quote")).not_to_have_count(0)
    expect(typed(page)).to_have_value("half a quest")
    ask(page, ON_TWO)
    expect(page.locator(".turn .card.quote")).not_to_have_count(0)


MANY = 430


@pytest.fixture(scope="module")
def long_index(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Path:
    """Index many articles of one line."""
    folder = tmp_path_factory.mktemp("long") / "index"
    lines = (f"The ferry number {number} sails from Skarrow at noon." for number in range(MANY))
    articles = [Article.of(id=f"{at}", title=f"Ferry {at:03}", text=text, source="f") for at, text in enumerate(lines)]
    build_index(articles, folder, encoder, PassageSettings())
    return folder


def test_a_server_that_ends_is_told_and_what_was_typed_and_asked_is_there_when_another_answers(
    browser: Browser, long_index: Path
) -> None:
    asked = "When does the ferry number 7 sail from Skarrow?"
    with browser.new_context(viewport=DESKTOP, reduced_motion="reduce") as context:
        page = context.new_page()
        with served(long_index, killed=True) as address:
            page.goto(address)
            expect(page.locator("#reading[data-tab]")).to_be_visible()
            turns_the_pages(page)
            answered(page, asked)
            opened = page.url
            typed(page).fill(f"{SLOWLY}{asked}")
            typed(page).press("Enter")
            expect(page.locator(".searching")).to_be_visible()
        expect(page.locator("#lost")).to_contain_text("cannot be reached")
        expect(typed(page)).to_have_value(f"{SLOWLY}{asked}")
        expect(page.locator(".toast-wrap")).to_be_hidden()
        expect(page.locator("#stop")).to_be_hidden()
        expect(page.locator(".turn .card.quote").first).to_be_visible()
        page.locator("input[type=file]").set_input_files(
            {"name": "a.txt", "mimeType": "text/plain", "buffer": b"A ferry sank."}
        )
        expect(page.locator(".sending li")).to_contain_text("not sent: the connection was lost")
        typed(page).fill("Typed meanwhile")
        typed(page).press("Enter")
        expect(typed(page)).to_have_value("Typed meanwhile")
        assert faults(page) == []
        with served(long_index, urlsplit(address).port or 0, killed=True):
            expect(page.locator(".welcome .before")).to_have_text("You asked here before", timeout=60_000)
            expect(page.locator("#lost")).to_be_hidden()
            expect(typed(page)).to_have_value("Typed meanwhile")
            assert page.url == opened
            expect(page.locator(".pane.link mark.strongest")).to_be_visible()
            page.locator(".before + .chips .chip").first.click()
            expect(page.locator(".turn .question")).to_have_text(asked)
            expect(page.locator(".turn .card.quote")).not_to_have_count(0)
            expect(typed(page)).to_have_value("Typed meanwhile")
        page.evaluate("window.dispatchEvent(new Event('offline'))")  # what tells of it sooner than the next look
        expect(page.locator("#lost")).to_be_visible()
        page.goto("about:blank")


def turns_the_pages(page: Page) -> None:
    """Go through the whole list of articles by the keyboard, and back."""
    expect(page.locator("#shelf .count")).to_have_text(f"{MANY} articles")
    seen: set[str] = set()
    page.get_by_role("navigation", name="Pages, above the list").get_by_label("Next 200 articles").focus()
    for words, number in (("1–200", 200), ("201–400", 200), ("401–430", 30)):
        expect(page.locator(".leaves").first).to_contain_text(f"{words} of {MANY}")
        expect(page.locator(".shelf li")).to_have_count(number)
        seen |= set(page.locator(".shelf .title").all_inner_texts())
        page.keyboard.press("Enter")
    assert len(seen) == MANY
    expect(page.locator(".leaves").first).to_contain_text("201–400")  # at the end, the focus was on the way back
    page.get_by_label("Search the articles").fill("ferry 42")
    expect(page.locator(".shelf li")).to_have_count(14)
    expect(page.locator(".leaves")).to_have_count(0)
    page.get_by_label("Search the articles").fill("")


def test_an_open_article_that_another_takes_the_place_of_is_shown_as_it_is_now(
    browser: Browser, encoder: Encoder, tmp_path: Path
) -> None:
    before, after = (
        Article.of(id="ferry", title="Ferry", text=f"The ferry sails {when}.", source="f")
        for when in ("at noon", "late")
    )
    build_index([before], tmp_path / "index", encoder, PassageSettings())
    with (
        served(tmp_path / "index") as address,
        browser.new_context(viewport=DESKTOP, reduced_motion="reduce") as context,
        watched(context.new_page(), address) as page,
    ):
        page.locator(".shelf .open").click()
        expect(page.locator(".sheet .text")).to_have_text("The ferry sails at noon.")
        library(page).click()
        build_index([after], tmp_path / "index", encoder, PassageSettings())
        page.get_by_role("button", name="Build again").click()
        expect(page.locator(".sheet .text")).to_have_text("The ferry sails late.", timeout=60_000)
        expect(page.locator("#reading")).to_have_attribute("data-tab", "library")  # and nobody is led away


# --- hostile articles -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shelves(opened: Opened) -> Iterator[Page]:
    """Open one page for all hostile articles; at its end no other host was asked and nothing ran."""
    with opened() as page:
        yield page


@pytest.mark.parametrize(("number", "kind"), list(enumerate(HOSTILE, start=100)), ids=list(HOSTILE))
def test_a_hostile_article_is_shown_as_text_and_neither_asks_nor_runs(shelves: Page, number: int, kind: str) -> None:
    page, payload = shelves, HOSTILE[kind]
    if page.locator(".turn").count():
        page.get_by_role("button", name="New conversation").click()
        expect(page.locator(".turn")).to_have_count(0)
    ask(page, f"What did the quokka auditor {number} see in the quokka ledger {number}?")
    library(page).click()
    page.get_by_label("Search the articles").fill(f"quokka {number}")
    expect(page.locator(".shelf .title")).to_have_text([re.compile(rf"^Quokka {number}\b")])
    page.locator(".shelf .open").click()
    expect(page.locator(".pane.article h2")).to_contain_text(f"Quokka {number}")
    text = page.locator(".sheet .text").text_content()
    assert text == f"The quokka ledger {number} closed.\n\nThe quokka auditor {number} saw {payload} in it.\n"
    page.locator(".turn").last.locator(".citation").first.click()
    expect(page.locator(".sheet mark.strongest").first).to_be_visible()
    page.locator(".turn").last.locator(".citation").first.hover()
    ours = ".log, .pane, .shelf, .wanted, .state, .adding"
    strange = "script, img, image, iframe, style, link, svg, video, source, object, embed, meta, base, b, textarea"
    for part in ("#talk", "#evidence", "#wanted", "#shelf"):
        expect(page.locator(part).locator(ours).locator(strange)).to_have_count(0)
    attributes = "[onerror], [onload], [onfocus], [ontoggle], [style], [autofocus], [srcset], [href^=javascript]"
    for part in (".log", ".pane", ".shelf"):
        expect(page.locator(part).locator(f":is({attributes}):not(.peek)")).to_have_count(0)
    assert page.evaluate("window.ran") is None
    loaded = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    assert not [one for one in loaded if ELSEWHERE in one or one.endswith("/x")]


# --- changes: last, as they change what the tests before count --------------------------------------------------------


def removes_snow(page: Page, before: int) -> None:
    """Remove an article for everyone, which is agreed to knowingly, and go on typing meanwhile."""
    remove = page.get_by_role("button", name="Remove Snow in Skarrow")
    remove.dblclick()
    expect(remove).to_have_text("Remove for everyone?")
    expect(page.get_by_role("button", name="Remove Snow in Skarrow for everyone?")).to_be_focused()
    expect(page.locator("#voice")).to_have_text("Remove for everyone? Press again to remove it.")
    page.get_by_label("Search the articles").focus()
    expect(remove).to_have_text("Remove")
    remove.focus()
    for _ in range(20):
        page.keyboard.down("Enter")  # held down, which repeats it
    page.keyboard.up("Enter")
    expect(remove).to_have_text("Remove for everyone?")
    page.wait_for_timeout(700)
    expect(page.locator("#tabs")).to_contain_text(f"({before + 1:,})")
    remove.click()
    page.get_by_label("Search the articles").focus()
    page.keyboard.type("!")
    expect(page.locator("#tabs")).to_contain_text(f"({before:,})", timeout=60_000)
    expect(page.get_by_label("Search the articles")).to_be_focused()
    page.keyboard.type("!")
    expect(page.get_by_label("Search the articles")).to_have_value("snow in skarrow!!")
    page.get_by_label("Search the articles").fill("")
    page.get_by_label("Search the articles").blur()
    expect(page.locator("#wanted .words")).to_be_visible()


def test_files_are_added_while_questions_are_answered_and_removed_again(page: Page, opened: Opened) -> None:
    before = articles(page)
    text = b"# Snow in Skarrow\n\nSnow fell on Friday in Skarrow. The harbour of Skarrow was closed for three days.\n"
    hostile = "<img src=x onerror=window.ran=1>.md"
    sent: list[FilePayload] = [
        {"name": hostile, "mimeType": "text/markdown", "buffer": text},
        {"name": "sheet.xlsx", "mimeType": "application/octet-stream", "buffer": b"PK"},
        {"name": "empty.txt", "mimeType": "text/plain", "buffer": b" "},
    ]
    page.locator("input[type=file]").set_input_files(sent)
    expect(page.locator(".outcomes li")).to_have_count(3)
    expect(page.locator(".outcomes li.done")).to_have_text(f"{hostile}added: Snow in Skarrow")
    assert page.locator("input[type=file]").input_value() == "", "the same file can be chosen once more"
    expect(page.locator(".outcomes li.refused").first).to_contain_text("this format is not read")
    expect(page.locator(".outcomes li.refused").last).to_contain_text("is empty")
    expect(page.locator(".state .building")).to_be_visible()
    answered(page, QUESTION)
    expect(page.locator("#tabs")).to_contain_text(f"Library ({before + 1:,})", timeout=60_000)
    expect(page.locator(".state .building")).to_have_count(0)
    expect(page.locator(".turn .card.quote")).not_to_have_count(0)
    answered(page, "When did snow fall in Skarrow?")
    expect(page.locator(".turn").last.locator(".card").first).to_contain_text("Snow fell on Friday in Skarrow.")
    with opened() as other:
        expect(other.locator("#tabs")).to_contain_text(f"({before + 1:,})")
        other.get_by_label("Search the articles").fill("snow in skarrow")
        expect(other.locator(".shelf li")).to_have_count(1)
        removes_snow(other, before)
    page.locator(".turn").last.locator(".citation").first.click()
    ask(page, "When did snow fall in Skarrow?")
    expect(page.locator(".turn").last).not_to_contain_text("Snow fell on Friday")
    events: list[str] = []
    page.on("request", lambda request: events.append(request.url) if "/queue/join" in request.url else None)
    page.wait_for_timeout(5_600)  # longer than two looks at a build that is under way are apart
    assert events == [], "nothing is built any more, so nothing is asked for"
