"""People in a real browser who have to sign in: they come in, go out, and keep what they came for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from askdocs.library import Library
from askdocs.web.links import Place
from askdocs.web.passwords import new_token, password_hash
from askdocs.web.sign_in import COOKIE
from chromium import chromium
from served import Served, serving

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)  # a machine that is busy with other tests is slow, not wrong

PASSWORD = "correct horse battery staple"  # noqa: S105  a test's
QUESTION = "By how much did DART shorten the orbit of Dimorphos?"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def served(sample_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the sample articles to ada, who has a password, and to a program, which has a token."""
    token, kept = new_token()
    users = tmp_path_factory.mktemp("users") / "users"
    users.write_text(f"ada:{password_hash(PASSWORD)}\nbot:{kept}\n", encoding="utf-8")
    with serving(sample_index, token=token, ASKDOCS_WEB_USERS_FILE=str(users)) as running:
        yield running


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """Open a tab of somebody who has not been here before."""
    with browser.new_context(base_url=served.address) as context:
        yield context.new_page()


def sign_in(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_person_signs_in_and_out(page: Page) -> None:
    page.goto("/")
    sign_in(page, "wrong")
    expect(page.get_by_role("alert")).to_have_text("That name and password do not belong together.")
    sign_in(page)
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.locator("#masthead")).to_contain_text("ada")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    page.goto("/")
    expect(page.get_by_label("Password")).to_be_visible()


def test_a_link_to_a_quote_survives_signing_in(page: Page, sample_library: Library) -> None:
    quote = sample_library.ask(QUESTION).quotes[0]
    fragment = Place(quote.article_id, quote.sha256, quote.start, quote.end).fragment
    page.goto(f"/{fragment}")
    sign_in(page, "wrong")
    expect(page.get_by_role("alert")).to_be_visible()
    sign_in(page)
    expect(page.locator("mark.strongest").first).to_be_visible()
    assert "".join(page.locator("mark.strongest").all_text_contents()) == quote.exact


def ask(page: Page, question: str) -> None:
    page.locator("#typed textarea").fill(question)
    page.locator("#typed textarea").press("Enter")


def test_who_is_signed_out_is_told_so_and_loses_nothing_by_signing_in_again(page: Page) -> None:
    page.goto("/")
    sign_in(page)
    ask(page, QUESTION)
    expect(page.locator(".turn .card").first).to_be_visible()
    page.context.clear_cookies(name=COOKIE)
    ask(page, "And before?")
    expect(page.locator("#lost")).to_contain_text("You are signed out.")
    expect(page.locator("#typed textarea")).to_have_value("And before?")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Sign in again").click()
    sign_in(opened.value)
    expect(opened.value.locator(".welcome")).to_be_visible()
    opened.value.close()
    expect(page.locator("#lost")).to_be_hidden()
    expect(page.locator(".turn .card").first).to_be_visible()
    page.locator("#typed textarea").press("Enter")
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn").last.locator(".reply, .notice")).to_be_visible()
