"""Connections to the server in, those out on which a request begins in time, and of which nobody has too many.

Uvicorn bounds how long a connection idles between two requests, and how many there are; but it waits for ever for the
first request, and for the rest of one that has begun. So a stranger could hold every connection by sending nothing, or
a letter a minute. What comes behind the head of a request is bounded by the `Guard`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from askdocs.web.guard import client_of

if TYPE_CHECKING:
    from askdocs.settings import WebSettings
    from askdocs.web.access import Access

CONNECTIONS_EACH = 300
"""Open at once from one address: a hundred pages, as people behind one address may have."""


def bounded_protocol(access: Access, settings: WebSettings) -> type[asyncio.Protocol]:
    """Return what speaks HTTP on each connection, bounded as the settings say.

    The head of a request has as long to arrive as a whole one does. Where only this machine reaches the server, and
    from a trusted proxy, as many connections come as there are people behind it.
    """

    class Bounded(_Bounded):
        head_seconds = settings.body_seconds

        def is_bounded(self, peer: str) -> bool:
            return not (access.local or access.trusts(peer))

    return Bounded


class _Bounded(H11Protocol):
    """HTTP on one connection, which is closed where no request begins and none is complete within `head_seconds`."""

    head_seconds: float

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._late: asyncio.TimerHandle | None = None

    def is_bounded(self, peer: str) -> bool:
        """Tell whether an address may have only so many connections: each, unless a server knows better of it."""
        return bool(peer)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for a request, unless its sender has enough connections."""
        super().connection_made(transport)
        if self._one_too_many():
            transport.abort()
        else:
            self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Read on; a head that is not complete yet has no longer for that than it had."""
        super().data_received(data)
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self._expect_head()
        else:
            self._head_came()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._head_came()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(self.head_seconds, self.timeout_keep_alive_handler)

    def _head_came(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _one_too_many(self) -> bool:
        peer = self.client[0] if self.client else ""
        if not self.is_bounded(peer):
            return False
        others = (one.client[0] for one in self.connections if isinstance(one, _Bounded) and one.client)
        client = client_of(peer)
        return sum(client_of(one) == client for one in others) > CONNECTIONS_EACH
