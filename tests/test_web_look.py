"""How the page looks and moves in a real browser: scripts, previews, phones, keys, forced colours and paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, ViewportSize, expect

from askdocs.datatypes import Article
from askdocs.encoding import Encoder
from askdocs.index import build_index
from askdocs.reading import read_sources
from askdocs.sample import articles_folder
from askdocs.settings import PassageSettings
from askdocs.web.links import Place
from chromium import chromium
from served import Served, serving

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)  # a machine that is busy with other tests is slow, not wrong

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
QUESTION = "Why do Belarusian commanders resist joining the war?"
TURNED = "safe\u202egnp.exe\u2066"
TURNING = Article.of(
    id="turning",
    title=f"Zibbet notice {TURNED}",
    text=f"The zibbet auditor of Skarrow opened {TURNED} on Monday. Nobody else was told of the zibbet.",
)
RIGHT_TO_LEFT = Article.of(
    id="right",
    title="بلدية القاهرة تفتح جسرا جديدا",
    text="أعلنت بلدية القاهرة يوم الاثنين افتتاح جسر جديد فوق نهر النيل.",
)
LONG = Article.of(
    id="long", title="A long day", text="\n\n".join(f"On hour {hour} it rained. " * 30 for hour in range(9))
)


@pytest.fixture(scope="module")
def served(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the sample articles, and some that are hard to show."""
    folder = tmp_path_factory.mktemp("look") / "index"
    articles = [found for found in read_sources([articles_folder()]) if isinstance(found, Article)]
    turning = replace(TURNING, outlet=f"Outlet {TURNED}", author="A. Venn")
    build_index(
        [*articles, turning, replace(RIGHT_TO_LEFT, outlet="The Echo"), LONG], folder, encoder, PassageSettings()
    )
    with serving(folder) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """Open the page on a desk."""
    with browser.new_context(base_url=served.address, viewport=DESKTOP, reduced_motion="reduce") as context:
        yield opened(context.new_page())


def opened(page: Page, place: str = "/") -> Page:
    page.goto(place)
    expect(page.locator("#reading[data-tab]")).to_be_visible()
    return page


def ask(page: Page, question: str) -> None:
    box = page.locator("#typed textarea")
    box.fill(question)
    box.press("Enter")
    expect(page.locator(".turn .question").last).to_have_text(question)
    expect(page.locator(".turn").last.locator(".reply")).to_be_visible()


def left_to_right(words: Locator) -> list[str]:
    """Return the words of an element as they are seen: its letters by line and from left to right."""
    script = """(element) => {
        const letters = [];
        const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
            const node = walker.currentNode;
            for (let at = 0; at < node.length; at++) {
                const range = document.createRange();
                range.setStart(node, at);
                range.setEnd(node, at + 1);
                const place = range.getBoundingClientRect();
                if (/[a-z.0-9]/.test(node.data[at])) letters.push([place.bottom, place.left, node.data[at]]);
            }
        }
        letters.sort((one, other) => (Math.abs(one[0] - other[0]) > 6 ? one[0] - other[0] : one[1] - other[1]));
        return letters.map((letter) => letter[2]).join("");
    }"""
    return re.findall(r"safe\S{0,12}", str(words.evaluate(script)))


def test_no_character_of_an_article_turns_the_words_around_it(page: Page) -> None:
    ask(page, "What did the zibbet auditor of Skarrow open?")
    expect(page.locator(".sheet mark.strongest").first).to_be_visible()
    for shown in (
        ".card blockquote",
        ".card .title",
        ".sheet h2",
        ".sheet .text",
        ".sheet .byline bdi",
        ".bar .reminder",
    ):
        (seen, *_) = left_to_right(page.locator(shown).first)
        assert seen.startswith("safegnp.exe"), shown
    sign = page.locator(".sheet mark .turning").first
    assert sign.evaluate("(element) => getComputedStyle(element, '::before').content") == '"RLO"'
    text = page.locator(".sheet .text").text_content()
    assert text == TURNING.text, "not a character of it is lost or added"
    number = page.locator(".card .citation").first.bounding_box()
    words = page.locator(".card .exact").first.bounding_box()
    assert number is not None
    assert words is not None
    assert number["y"] >= words["y"]


def test_what_is_said_of_an_article_stands_on_the_side_where_its_title_does(page: Page) -> None:
    page.get_by_label("Search the articles").fill("القاهرة")
    expect(page.locator(".shelf li")).to_have_count(1)
    expect(page.locator(".shelf .open")).to_have_css("direction", "rtl")
    edges = """(element) => {
        const all = document.createRange();
        all.selectNodeContents(element);
        return all.getBoundingClientRect().right;
    }"""
    title, byline = (page.locator(f".shelf {one}").evaluate(edges) for one in (".title", ".byline"))
    assert abs(title - byline) < 2
    page.locator(".shelf .open").click()
    expect(page.locator(".sheet header")).to_have_css("direction", "rtl")
    expect(page.locator(".sheet .byline")).to_have_text("The Echo")


def test_a_preview_stays_while_the_pointer_is_on_its_way_to_it_and_on_it(page: Page) -> None:
    ask(page, QUESTION)
    page.locator(".citation").first.hover()
    peek = page.locator("#peek-0-1, .peek:popover-open").first
    expect(peek).to_be_visible()
    place = peek.bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + 60, place["y"] + place["height"] - 12, steps=12)
    page.wait_for_timeout(500)  # longer than a preview waits for the pointer
    expect(peek).to_be_visible()
    page.mouse.move(5, 5)
    expect(peek).to_be_hidden()


def test_dates_that_leave_no_day_lift_no_limit(page: Page) -> None:
    page.get_by_label("To date").fill("2022-12-31")
    expect(page.locator("#limit")).to_contain_text("until 31 December 2022")
    page.get_by_label("From date").fill("2023-05-01")
    expect(page.locator(".shelf .notice")).to_contain_text("No day is both since 2023-05-01 and until 2022-12-31")
    expect(page.locator("#limit")).to_contain_text("the dates typed last leave no day and are not heeded")
    ask(page, QUESTION)
    expect(page.locator(".turn .limits")).to_have_text("Asked of articles until 31 December 2022")


def test_words_typed_above_the_list_are_said_to_limit_no_question(page: Page) -> None:
    page.get_by_label("Search the articles").fill("asteroid")
    expect(page.locator("#shelf .count")).to_contain_text("Words narrow this list, not what your questions are put to.")
    ask(page, QUESTION)
    expect(page.locator(".turn .limits")).to_have_count(0)


def test_the_library_comes_into_view_when_it_is_chosen_on_a_phone(browser: Browser, served: Served) -> None:
    with browser.new_context(
        base_url=served.address, viewport=PHONE, reduced_motion="reduce", has_touch=True
    ) as context:
        phone = opened(context.new_page())
        button = phone.locator('#tabs [data-tab="library"]')
        expect(button).to_be_in_viewport(ratio=1)
        button.tap()
        expect(phone.get_by_label("Search the articles")).to_be_in_viewport()
        expect(phone.locator(".shelf li").first).to_be_in_viewport()


def test_a_quote_that_fills_the_pane_is_read_from_its_beginning(page: Page) -> None:
    place = Place("long", LONG.sha256, 800, 5_000)
    opened(page, f"/{place.fragment}")
    page.reload()
    expect(page.locator(".bar .position")).to_have_text("Linked words")
    expect(page.locator("mark.strongest").first).to_be_in_viewport()
    top, bar = (page.locator(one).first.bounding_box() for one in ("mark.strongest", ".bar"))
    assert top is not None
    assert bar is not None
    assert 0 <= top["y"] - (bar["y"] + bar["height"]) < 60


def test_the_keys_of_one_letter_can_be_turned_off_and_stay_off(page: Page) -> None:
    ask(page, QUESTION)
    expect(page.locator(".bar .at")).to_have_text("1")
    page.locator(".bar").click()
    page.keyboard.press("n")
    expect(page.locator(".bar .at")).to_have_text("2")
    page.locator(".keys summary").click()
    page.get_by_label("Keys of one letter").uncheck()
    page.keyboard.press("Escape")
    page.locator(".bar").click()
    page.keyboard.press("n")
    page.keyboard.press("/")
    expect(page.locator("#typed textarea")).not_to_be_focused()
    expect(page.locator(".bar .at")).to_have_text("2")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".bar .at")).to_have_text("1")
    opened(page)
    page.locator(".keys summary").click()
    expect(page.get_by_label("Keys of one letter")).not_to_be_checked()


def test_forced_colours_leave_the_strongest_mark_the_open_card_and_the_meter_to_be_seen(
    browser: Browser, served: Served
) -> None:
    with browser.new_context(
        base_url=served.address, viewport=DESKTOP, reduced_motion="reduce", forced_colors="active"
    ) as context:
        page = opened(context.new_page())
        ask(page, QUESTION)
        expect(page.locator("mark.strongest").first).to_have_css("outline-style", "solid")
        expect(page.locator("mark:not(.strongest)").first).to_have_css("outline-style", "none")
        expect(page.locator(".card[aria-current]")).to_have_css("outline-style", "solid")
        expect(page.locator(".meter")).to_have_css("border-top-style", "solid")


def test_on_paper_the_whole_conversation_stands_before_the_article_and_no_button(page: Page) -> None:
    ask(page, QUESTION)
    ask(page, "By how much did DART shorten the orbit of Dimorphos?")
    expect(page.locator("mark.strongest").first).to_be_visible()
    page.emulate_media(media="print")
    for hidden in ("#composer", "#tabs", "#again", ".tools", ".steps", "#library"):
        expect(page.locator(hidden).first).to_be_hidden()
    talk, article = page.locator("#talk").bounding_box(), page.locator("#evidence").bounding_box()
    last = page.locator(".card").last.bounding_box()
    assert talk is not None
    assert article is not None
    assert last is not None
    assert last["y"] + last["height"] <= talk["y"] + talk["height"] + 1, "nothing is cut off"
    assert article["y"] >= talk["y"] + talk["height"] - 1
    assert page.evaluate("document.querySelector('#evidence').scrollHeight") <= article["height"] + 1


def test_what_became_of_files_can_be_put_away(page: Page) -> None:
    expect(page.get_by_role("button", name="Dismiss")).to_have_count(0)
    sent: list[FilePayload] = [
        {"name": f"{number}.xlsx", "mimeType": "application/octet-stream", "buffer": b"PK"} for number in range(9)
    ]
    page.locator("input[type=file]").set_input_files(sent)
    expect(page.locator(".outcomes li")).to_have_count(9)
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator("#adding li")).to_have_count(0)
    expect(page.get_by_role("button", name="Dismiss")).to_have_count(0)
    page.locator("input[type=file]").set_input_files(sent[:1])
    expect(page.locator(".outcomes li")).to_have_count(1)
