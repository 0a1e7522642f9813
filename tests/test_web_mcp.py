"""A real MCP client, over standard input and output and over HTTP, gets what the library answers."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from askdocs.contracts import answer_form, article_form, search_form
from askdocs.library import Library
from served import Served, told

if not any((Path(folder) / "mcp").is_dir() for folder in sys.path):
    pytest.skip("the extra `mcp` is not installed", allow_module_level=True)

from mcp import Client, StdioServerParameters

QUESTION = "Why do Belarusian commanders resist joining the war?"
Connect = Callable[[], Client]


@pytest.fixture(params=["stdio", "http", "http, as older clients begin"])
def connect(request: pytest.FixtureRequest, served_sample: Served, sample_index: Path) -> Connect:
    """Return what makes a client, for either way to the server."""
    if request.param == "stdio":
        command = StdioServerParameters(
            command=sys.executable, args=["-m", "askdocs", "mcp", "--index", str(sample_index)], env=dict(os.environ)
        )
        return lambda: Client(command)
    return lambda: Client(f"{served_sample.address}/mcp", mode="auto" if request.param == "http" else "legacy")


def with_client(connect: Connect, talk: Callable[[Client], Coroutine[Any, Any, None]]) -> None:
    """Talk to the server as a client does, and part."""

    async def meet() -> None:
        async with connect() as client:
            await talk(client)

    asyncio.run(meet())


def test_a_client_asks_searches_and_reads(connect: Connect, sample_library: Library) -> None:
    async def talk(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert tools.keys() == {"ask", "search", "get_article"}
        for tool in tools.values():
            assert tool.description
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint
        assert tools["ask"].input_schema["required"] == ["question"]

        asked = await client.call_tool("ask", {"question": QUESTION})
        answer = told(answer_form(sample_library.ask(QUESTION), sample_library.article))
        assert asked.structured_content == answer
        within = {"question": "bus strike", "k": 2, "since": "2020", "until": "2026"}
        found = await client.call_tool("search", within)
        hits = sample_library.search("bus strike", 2)
        assert found.structured_content == search_form("bus strike", hits, sample_library.article)
        article_id = answer["quotes"][0]["article_id"]
        read = await client.call_tool("get_article", {"article_id": article_id})
        assert read.structured_content == told(article_form(sample_library.article(article_id)))

    with_client(connect, talk)


def test_a_client_is_told_kindly_what_means_nothing(connect: Connect) -> None:
    async def talk(client: Client) -> None:
        for tool, arguments, words in (
            ("ask", {"question": ""}, "the question is empty"),
            ("ask", {"question": "Who?", "since": "yesterday"}, "is no date"),
            ("search", {"question": "Who?", "k": 0}, "greater than or equal to 1"),
            ("get_article", {"article_id": "nowhere"}, "no article has the id 'nowhere'"),
        ):
            failed = await client.call_tool(tool, arguments)
            assert failed.is_error
            text = failed.content[0].text  # type: ignore[union-attr]
            assert words in text
            assert "Traceback" not in text
            assert "pydantic" not in text

    with_client(connect, talk)
