"""A status and a reason in, the messages of a small ASGI response out; and the form that errors have in the API."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import Send

Header = tuple[bytes, bytes]

API_PATHS = ("/api/", "/mcp")
"""Where programs call, which want an error as JSON."""

EVENT_PATHS = "/gradio_api/"
"""Where the page sends its events; it shows the `detail` of an error to the reader."""


def error_form(kind: str, message: str) -> dict[str, Any]:
    """Return the JSON of an error: `kind` is for programs and stays, `message` is for people."""
    return {"error": {"kind": kind, "message": message}}


def retry_after(seconds: float) -> Header:
    """Return the header that says when to come back: whole seconds, at least one (RFC 9110, section 10.2.3)."""
    return b"retry-after", str(max(1, math.ceil(seconds))).encode()


async def respond(
    send: Send, status: int, body: bytes | str, kind: str = "text/plain", headers: Iterable[Header] = ()
) -> None:
    """Send a whole response."""
    content = body.encode() if isinstance(body, str) else body
    start = [
        (b"content-type", f"{kind}; charset=utf-8".encode()),
        (b"content-length", str(len(content)).encode()),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": content})


async def refuse(
    send: Send, path: str, status: int, *, kind: str, message: str, headers: Iterable[Header] = ()
) -> None:
    """Send a refusal: as JSON where programs or the page call, else as plain words."""
    if path.startswith(API_PATHS):
        await respond(send, status, json.dumps(error_form(kind, message)), "application/json", headers)
    elif path.startswith(EVENT_PATHS):
        await respond(send, status, json.dumps({"detail": message}), "application/json", headers)
    else:
        await respond(send, status, message, headers=headers)
