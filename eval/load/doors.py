"""A question in, what came of it out: asked through the API, or as the page in a browser asks."""

from __future__ import annotations

import html
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Protocol

from wire import Wire

from askdocs.contracts import answer_form
from askdocs.library import Library
from askdocs.web.programs import without_folders

Form = dict[str, Any]
BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question: when it was asked, how long it took, in seconds, and how it went.

    `told` is "right", "wrong", "busy" or "error"; `wait` the seconds after which one who was told busy should return.
    """

    asked: float
    seconds: float
    told: str
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Known:
    """A question with the answer that the library itself gives."""

    question: str
    form: Form


class Door(Protocol):
    """One user's way to ask."""

    async def ask(self, known: Known) -> Outcome:
        """Ask a question, and compare the answer."""
        ...

    def close(self) -> None:
        """Go away."""
        ...


def known_answers(library: Library, questions: list[str]) -> list[Known]:
    """Ask the library itself; sources without the folders, as the API gives them."""
    known = []
    for question in questions:
        form = without_folders(answer_form(library.ask(question), library.article))
        known.append(Known(question, json.loads(json.dumps(form))))
    return known


class ApiDoor:
    """Asks by `/api/ask`; right is what equals the library's own answer in every character."""

    def __init__(self, port: int) -> None:
        self._wire = Wire(port)

    async def ask(self, known: Known) -> Outcome:
        """Ask a question, and compare the answer."""
        asked = perf_counter()
        try:
            reply = await self._wire.send("POST", "/api/ask", json.dumps({"question": known.question}).encode())
        except (OSError, EOFError, ValueError):
            self._wire.close()
            return Outcome(asked, perf_counter() - asked, "error")
        seconds = perf_counter() - asked
        form = json.loads(reply.body)
        if reply.status == 200:  # noqa: PLR2004  HTTP
            return Outcome(asked, seconds, "right" if form == known.form else "wrong")
        busy = form.get("error", {}).get("kind") == BUSY
        return Outcome(asked, seconds, BUSY if busy else "error", float(reply.headers.get("retry-after", "1")))

    def close(self) -> None:
        """Go away."""
        self._wire.close()


CONVERSATION = 10
"""Questions after which a user of the page opens it anew."""


class PageDoor:
    """Asks as the page does: an event put into Gradio's queue, its outcome read from a stream of events.

    Right is a reply that holds every quote of the library's own answer. What was asked before in a conversation must
    not matter, so only questions that stand alone are to be asked here.
    """

    def __init__(self, port: int) -> None:
        self._wire = Wire(port)
        self._stream = Wire(port)
        self._event: Form = {}
        self._asked = 0

    async def _open(self) -> None:
        """Open the page: the cookie it sets, and which event a question is."""
        first = await self._wire.send("GET", "/")
        self._wire.cookie = self._stream.cookie = first.headers.get("set-cookie", "").partition(";")[0]
        config = json.loads((await self._wire.send("GET", "/config")).body)
        typed = next(one["id"] for one in config["components"] if one["props"].get("elem_id") == "typed")
        asks = next(one for one in config["dependencies"] if [typed, "submit"] in one["targets"])
        self._event = {
            "fn_index": asks["id"],
            "trigger_id": typed,
            "event_data": None,
        }
        self._inputs = [one == typed for one in asks["inputs"]]

    async def ask(self, known: Known) -> Outcome:
        """Ask a question, and compare the reply."""
        asked = perf_counter()
        try:
            if not self._event:
                await self._open()
                asked = perf_counter()
            told = await self._reply(known)
        except (OSError, EOFError, ValueError, StopIteration, KeyError):
            self.close()
            return Outcome(asked, perf_counter() - asked, "error")
        return Outcome(asked, perf_counter() - asked, told, 1.0)

    async def _reply(self, known: Known) -> str:
        if self._asked % CONVERSATION == 0:
            self._event["session_hash"] = secrets.token_hex(6)
        self._asked += 1
        data = [known.question if typed else None for typed in self._inputs]
        joined = await self._wire.send(
            "POST", "/gradio_api/queue/join", json.dumps(self._event | {"data": data}).encode()
        )
        if joined.status != 200:  # noqa: PLR2004  HTTP
            return BUSY if joined.status == 503 else "error"  # noqa: PLR2004  HTTP
        seen, pending = "", b""
        async for chunk in self._stream.stream(f"/gradio_api/queue/data?session_hash={self._event['session_hash']}"):
            pending += chunk
            *lines, pending = pending.split(b"\n\n")
            for line in lines:
                event = json.loads(line.removeprefix(b"data: "))
                if event["msg"] in {"process_generating", "process_completed"}:
                    if not event["success"]:
                        return "error"
                    seen += "\n".join(html.unescape(text) for text in _texts(event["output"].get("data")))
                if event["msg"] == "process_completed":
                    return _judged(seen, known)
        return "error"

    def close(self) -> None:
        """Go away."""
        self._wire.close()
        self._stream.close()


def _judged(seen: str, known: Known) -> str:
    if "Many are asking" in seen:
        return BUSY
    return "right" if all(quote["exact"] in seen for quote in known.form["quotes"]) else "wrong"


def _texts(sent: object) -> Iterator[str]:
    """Yield every text of an event's outputs, however they are nested: a whole value, or what of it changed."""
    if isinstance(sent, str):
        yield sent
    elif isinstance(sent, dict | list):
        for one in sent.values() if isinstance(sent, dict) else sent:
            yield from _texts(one)
