"""Uploads in, those that there is room for out: files wait in a folder of this server until the page takes them in."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from askdocs.web.cookies import header_of
from askdocs.web.guard import UPLOAD_PATHS, route_of
from askdocs.web.responses import refuse, retry_after

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

MOST_WAITING = 1 << 30
"""Bytes of all files that wait, and are on their way: more than one person drops at a time, less than a disk has."""

_AGAIN_SECONDS = 60
"""When to try again. What nobody takes in is removed after an hour."""


@contextmanager
def waiting_room() -> Iterator[Path]:
    """Make a folder that only whoever runs this server reads; remove it, and what is in it, at the end."""
    with tempfile.TemporaryDirectory(prefix="askdocs-uploads-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


class Uploads:
    """An ASGI application around the page, which gets as many uploads as have room in a folder; behind a `Guard`."""

    def __init__(self, app: ASGIApp, folder: Path, most: int = MOST_WAITING) -> None:
        self._app = app
        self._folder = folder
        self._most = most
        self._arriving = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = route_of(scope) if scope["type"] == "http" else ""
        if path != UPLOAD_PATHS[0]:
            await self._app(scope, receive, send)
            return
        size = int(header_of(scope, b"content-length") or 0)  # which the guard has looked at
        self._arriving += size
        try:
            if self._arriving + await asyncio.to_thread(_bytes_in, self._folder) > self._most:
                message = "Many files wait to be added here at this moment. Try again in a few minutes."
                closing = [retry_after(_AGAIN_SECONDS), (b"connection", b"close")]
                await refuse(send, path, 503, kind="full", message=message, headers=closing)
                return
            await self._app(scope, receive, send)
        finally:
            self._arriving -= size


def _bytes_in(folder: Path) -> int:
    """Return how much the files in a folder hold; those that go meanwhile count nothing."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue
    return total
