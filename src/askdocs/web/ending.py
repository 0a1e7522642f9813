"""A server in, one out that ends without a word: streams of open pages never end by themselves, and are no fault."""

from __future__ import annotations

import logging
import socket

import uvicorn


class EndingServer(uvicorn.Server):
    """Serves until it is told to end, then breaks off what is under way.

    Uvicorn would report each stream that it breaks off as an error, with fifty lines of where that was.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End, and keep what is broken off out of the log meanwhile."""
        log = logging.getLogger("uvicorn.error")
        level = log.level
        log.setLevel(logging.CRITICAL)
        try:
            await super().shutdown(sockets)
        finally:
            log.setLevel(level)
