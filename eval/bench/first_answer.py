"""How soon the page is there and answers, by the browser's own clock: from a cold `askdocs chat`, and once it runs.

python eval/bench/first_answer.py [--index DIR] [--runs 3]        needs the dev extra and Debian's chromium

A browser that runs already opens the page as soon as its address is printed, and clicks on the first example question
as soon as that can be clicked. The page's own scripts note the times; all are milliseconds.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ASKDOCS = [sys.executable, "-m", "askdocs"]
PATIENCE = 120_000
WARM_QUESTIONS = 5

NOTING = """
const note = (what, at) => window.noted?.(what, performance.timeOrigin + at);
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (one.name === "first-contentful-paint") note("paint", one.startTime);
}).observe({ type: "paint", buffered: true });
document.addEventListener("click", () => once("clicked"), { capture: true });
const seen = new Set();
const once = (what) => { if (!seen.has(what)) { seen.add(what); note(what, performance.now()); } };
new MutationObserver(() => {
  if (document.querySelector("#reading[data-tab]") && document.querySelector(".chip")) once("ready");
  if (document.querySelector(".turn .card")) once("answered");
  if (document.querySelector("#evidence mark.strongest")) once("evidence");
}).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-tab"] });
"""
"""Notes when something is first there, as milliseconds since 1970 by the browser's clock."""


class Noted:
    """The times at which things were first there, in the order in which they came."""

    def __init__(self) -> None:
        self.times: list[tuple[str, float]] = []

    def note(self, what: str, at: float) -> None:
        """Keep a time."""
        self.times.append((what, at))

    def first(self, what: str) -> float:
        """Return when something was there for the first time."""
        return next(at for known, at in self.times if known == what)

    def last(self, what: str) -> float:
        """Return when something was there on the page that was loaded last."""
        return next(at for known, at in reversed(self.times) if known == what)


@contextmanager
def chat(index: Path) -> Iterator[tuple[str, float]]:
    """Start `askdocs chat`; yield the page's address, and when the command was started, in milliseconds since 1970."""
    started = time.time() * 1_000
    command = [*ASKDOCS, "chat", "--index", str(index), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603  our own command
        try:
            found = re.search(r"http://\S+", process.stderr.readline() if process.stderr else "")
            if found is None:
                sys.exit("askdocs chat did not say its address")
            yield found.group(), started
        finally:
            process.terminate()


def watched(browser: Browser) -> tuple[Page, Noted]:
    """Return a new page whose times are noted."""
    page, noted = browser.new_page(), Noted()
    page.expose_function("noted", noted.note)
    page.add_init_script(NOTING)
    return page, noted


def asked(page: Page, address: str) -> None:
    """Open the page, ask its first example question, and wait for the evidence."""
    page.goto(address)
    page.locator("#reading[data-tab]").wait_for(timeout=PATIENCE)
    page.locator(".chip").first.click(timeout=PATIENCE)
    page.locator("#evidence mark.strongest").first.wait_for(timeout=PATIENCE)
    page.wait_for_timeout(100)  # for what was noted last to arrive


def run(browser: Browser, index: Path) -> dict[str, float]:
    """Return the times of one cold start, and of the page opened once more after it, in milliseconds."""
    with chat(index) as (address, started):
        told = time.time() * 1_000
        page, noted = watched(browser)
        asked(page, address)
        cold = {
            "start to address": told - started,
            "start to first paint": noted.first("paint") - started,
            "start to usable page": noted.last("ready") - started,
            "start to first answer": noted.last("answered") - started,
            "cold: question to quotes": noted.last("answered") - noted.last("clicked"),
            "cold: question to evidence": noted.last("evidence") - noted.last("clicked"),
        }
        page.close()
        page, noted = watched(browser)
        opened = time.time() * 1_000
        asked(page, address)
        warm = [noted.last("answered") - noted.last("clicked")]
        times = {
            "warm: open to first paint": noted.first("paint") - opened,
            "warm: open to usable page": noted.first("ready") - opened,
        }
        for _ in range(WARM_QUESTIONS - 1):
            noted.times.clear()
            asked(page, address)
            warm.append(noted.last("answered") - noted.last("clicked"))
        page.close()
        return cold | times | {f"warm: question to quotes, median of {WARM_QUESTIONS}": statistics.median(warm)}


def main() -> None:
    """Print a table of the runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", type=Path, help="an index; the sample articles are indexed where it is not given")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("chromium is missing; install it: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        index = options.index or Path(folder)
        if options.index is None:
            command = [*ASKDOCS, "index", "--sample", "--index", str(index)]
            subprocess.run(command, check=True, stdout=sys.stderr)  # noqa: S603  our own command
        browser = playwright.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox"])
        runs = [run(browser, index) for _ in range(options.runs)]
        browser.close()
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"{options.runs} cold starts, {os.cpu_count()} cores, load {load}; milliseconds")
    print(f"{'':42}{'median':>8}{'least':>8}{'most':>8}")
    for name in runs[0]:
        values = [one[name] for one in runs]
        print(f"{name:42}{statistics.median(values):8.0f}{min(values):8.0f}{max(values):8.0f}")


if __name__ == "__main__":
    main()
