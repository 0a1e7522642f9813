"""The page as Gradio sends it in, the same without what its head says of Gradio out.

That is for previews of a link to it: Gradio's name, and a picture at another host.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from askdocs.web.guard import route_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PREVIEW = re.compile(rb"""<meta\s+(?:property="og:|name="twitter:)[^<>]*>\s*""")


class PlainHead:
    """An ASGI application around the page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or route_of(scope) != "/":
            await self._app(scope, receive, send)
            return
        begun: Message = {}
        body = bytearray()

        async def changed(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = message
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body", False):
                whole = _without_previews(bytes(body))
                headers = [pair for pair in begun["headers"] if pair[0] != b"content-length"]
                await send({**begun, "headers": [*headers, (b"content-length", str(len(whole)).encode())]})
                await send({"type": "http.response.body", "body": whole})

        await self._app(scope, receive, changed)


def _without_previews(page: bytes) -> bytes:
    """Return a page without these elements of its head; what stands behind that is left as it is."""
    head, end, rest = page.partition(b"<script")
    return _PREVIEW.sub(b"", head) + end + rest
