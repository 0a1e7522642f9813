"""Whatever a browser sends as an event, none that means nothing reaches Gradio: the terminal shows no traceback."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from served import Served

DEEP = b"[" * 100_000 + b"]" * 100_000
JOIN, CANCEL = "/gradio_api/queue/join", "/gradio_api/cancel"


@pytest.fixture
def browser(served_sample: Served) -> Iterator[httpx.Client]:
    """Somebody who has opened the page. That no traceback was printed is seen where the server ends."""
    with httpx.Client(base_url=served_sample.address, timeout=60) as client:
        client.get("/").raise_for_status()
        yield client


@pytest.mark.parametrize("path", [JOIN, CANCEL, "/api/ask", "/api/search", "/mcp"])
@pytest.mark.parametrize("wrapped", [b"%s", b'{"session_hash": "deep", "question": %s}'])
def test_brackets_in_brackets_are_refused(browser: httpx.Client, path: str, wrapped: bytes) -> None:
    headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    answer = browser.post(path, content=wrapped.replace(b"%s", DEEP), headers=headers)
    assert 400 <= answer.status_code < 500, answer.text


@pytest.mark.parametrize("number", [999, -1, None, True, "0", "999", 0.5, [], 1 << 70])
def test_an_event_that_the_page_does_not_have_is_refused(browser: httpx.Client, number: object) -> None:
    answer = browser.post(JOIN, json={"session_hash": f"of {number}", "fn_index": number, "data": []})
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["detail"]


def test_an_event_that_the_page_has_is_taken(browser: httpx.Client) -> None:
    config = browser.get("/config").raise_for_status().json()
    known = next(one for one in config["dependencies"] if any(event == "load" for _, event in one["targets"]))
    form = {"session_hash": "known", "fn_index": known["id"], "data": [None] * len(known["inputs"])}
    browser.post(JOIN, json=form).raise_for_status()
    assert "process_completed" in browser.get("/gradio_api/queue/data", params={"session_hash": "known"}).text


def test_the_page_names_no_other_host_for_previews_of_a_link_to_it(browser: httpx.Client) -> None:
    page = browser.get("/").text
    head = page.partition("</head>")[0]
    assert "<script" in head
    assert "og:" not in head
    assert "twitter" not in head
    assert "githubusercontent" not in page
