"""Take the README's pictures with the sample articles: an answer, the library, a refusal in dark, a report.

python docs/screenshot.py        needs the dev extra and Debian's chromium
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
SAMPLE = HERE.parent / "eval" / "sample"
ASKDOCS = [sys.executable, "-m", "askdocs"]
ANSWERED = "Why do Belarusian commanders resist joining the war?"
UNANSWERED = "Which company made the flood siren in Lenwick?"
NOTE = "# The ferry to Skarrow\n\nThe ferry to Skarrow sails again from Monday, the harbour master said on Friday.\n"
SETTLED = 500
"""Milliseconds for colours and positions to settle."""


@contextmanager
def served(index: Path) -> Iterator[str]:
    """Serve the sample articles from a process of their own; yield the page's address."""
    subprocess.run([*ASKDOCS, "index", "--sample", "--index", str(index)], check=True)  # noqa: S603  our own command
    chat = [*ASKDOCS, "chat", "--index", str(index), "--port", "0"]
    with subprocess.Popen(chat, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603  our own command
        try:
            found = re.search(r"http://\S+", process.stderr.readline() if process.stderr else "")
            if found is None:
                sys.exit("askdocs chat did not say its address")
            yield found.group()
        finally:
            process.terminate()


def opened(browser: Browser, address: str, *, dark: bool = False) -> Page:
    """Open the page."""
    scheme = "dark" if dark else "light"
    page = browser.new_page(viewport={"width": 1400, "height": 900}, reduced_motion="reduce", color_scheme=scheme)
    page.goto(address)
    page.locator(".chip").first.wait_for(timeout=120_000)
    page.locator("#reading[data-tab]").wait_for()
    return page


def taken(page: Page, name: str) -> None:
    """Save what a page shows."""
    page.wait_for_timeout(SETTLED)
    page.screenshot(path=HERE / name)
    page.close()


def answer(page: Page) -> None:
    """Ask a question and open its second quote."""
    page.locator("#typed textarea").fill(ANSWERED)
    page.locator("#typed textarea").press("Enter")
    page.locator(".card[aria-current]").wait_for()
    page.locator(".citation").nth(1).click()
    page.locator(".bar .at", has_text="2").wait_for()
    page.mouse.move(0, 0)
    page.locator(".step").last.focus()


def library(page: Page) -> None:
    """Add a file, and limit the list and the questions to an outlet and a time."""
    sent = {"name": "ferry.md", "mimeType": "text/markdown", "buffer": NOTE.encode()}
    page.locator("input[type=file]").set_input_files(sent)  # type: ignore[arg-type]  the shape of a FilePayload
    page.locator(".outcomes li.done").wait_for()
    page.locator("#tabs", has_text="(21)").wait_for(timeout=120_000)
    page.locator("#wanted summary").click()
    page.get_by_label("The Meridian Post").check()
    page.get_by_label("The Harbour Ledger").check()
    page.get_by_label("From date").fill("2022-01-01")
    page.locator("#limit button").wait_for()
    page.locator("#typed textarea").click()


def refusal(page: Page) -> None:
    """Ask what the articles do not answer, and open the nearest passage."""
    page.locator("#typed textarea").fill(UNANSWERED)
    page.locator("#typed textarea").press("Enter")
    page.locator(".card.hit").first.click()
    page.locator(".pane.hit").wait_for()
    page.mouse.move(0, 0)


def reported(folder: Path) -> Path:
    """Measure the sample questions with hits as they are shipped and shorter ones, and return a report of both."""
    runs = {"before.json": {}, "after.json": {"ASKDOCS_RETRIEVAL_MARGIN": "0.8"}}
    for name, chosen in runs.items():
        command = [*ASKDOCS, "eval", str(SAMPLE), "--save", str(folder / name)]
        subprocess.run(command, env=os.environ | chosen, check=True, capture_output=True)  # noqa: S603  our own command
    page = folder / "report.html"
    command = [*ASKDOCS, "report", *(str(folder / name) for name in runs), "--out", str(page)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603  our own command
    return page


def main() -> None:
    """Serve the sample articles just long enough for the pictures."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is missing; install it: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox"])
        for name, dark, shown in (
            ("page.png", False, answer),
            ("dark.png", True, refusal),
            ("library.png", False, library),
        ):
            page = opened(browser, address, dark=dark)
            shown(page)
            taken(page, name)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(reported(Path(folder)).as_uri())
        taken(page, "report.png")
        browser.close()


if __name__ == "__main__":
    main()
