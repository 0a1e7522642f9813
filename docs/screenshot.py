"""Take `page.png` for the README: an answered question of the sample articles, with its second quote open.

python docs/screenshot.py        needs the dev extra and Debian's chromium
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
from pathlib import Path

import uvicorn
from playwright.sync_api import sync_playwright

from askdocs.datatypes import Article
from askdocs.encoding import load_encoder
from askdocs.index import build_index
from askdocs.library import Library, open_library
from askdocs.reading import read_sources
from askdocs.sample import articles_folder, example_questions
from askdocs.settings import Settings
from askdocs.web.server import listen, page_app

PICTURE = Path(__file__).with_name("page.png")
QUOTE = 2


def sample_library(folder: Path) -> Library:
    """Index the sample articles into a folder and open them."""
    articles = [article for article in read_sources([articles_folder()]) if isinstance(article, Article)]
    build_index(articles, folder, load_encoder(Settings().encoder), Settings().passages)
    return open_library(folder, settings=Settings())


def take(address: str) -> None:
    """Ask the first example question, open a quote, and save what the page shows."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is missing; install it: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900}, reduced_motion="reduce", color_scheme="light")
        page.goto(address)
        page.locator(".chip").first.click()
        page.locator(".card").nth(QUOTE - 1).click(timeout=120_000)
        page.locator(".bar .at", has_text=str(QUOTE)).wait_for()
        page.mouse.move(0, 0)
        page.wait_for_timeout(500)  # for the marks' colours to settle
        page.screenshot(path=PICTURE)
        browser.close()


def main() -> None:
    """Serve the sample articles just long enough for one picture."""
    with tempfile.TemporaryDirectory() as folder, listen("127.0.0.1", 0) as listener:
        app = page_app(sample_library(Path(folder)), examples=example_questions())
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
        serving = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        serving.start()
        try:
            take(f"http://127.0.0.1:{listener.getsockname()[1]}")
        finally:
            server.should_exit = True
            serving.join()


if __name__ == "__main__":
    main()
