"""A request in, status, headers and body out: HTTP/1.1 over one connection that is kept, and next to no work besides.

The load is made on the cores that bear it, so the client must cost little: an ordinary one takes as long as an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; `headers` in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Wire:
    """One client: a connection to the server, opened when it is first needed, and again where the server closed it."""

    def __init__(self, port: int, *, cookie: str = "") -> None:
        self._port = port
        self.cookie = cookie
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        """Return this client."""
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        """Close its connection."""
        self.close()

    def close(self) -> None:
        """Close the connection."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def send(self, method: str, path: str, body: bytes = b"") -> Reply:
        """Send a request, and return the whole response."""
        status, headers, reader = await self._sent(method, path, body)
        if headers.get("transfer-encoding") == "chunked":
            whole = b"".join([chunk async for chunk in _chunks(reader)])
        else:
            whole = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection") == "close":
            self.close()
        return Reply(status, headers, whole)

    async def stream(self, path: str) -> AsyncIterator[bytes]:
        """Yield the parts of a response as they come, and close the connection behind it."""
        _, _, reader = await self._sent("GET", path, b"")
        try:
            async for chunk in _chunks(reader):
                yield chunk
        finally:
            self.close()

    async def _sent(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, str], asyncio.StreamReader]:
        """Send a request; return status and headers, and where the body comes from. A dead connection is replaced."""
        for last in (False, True):
            kept = self._reader is not None
            if self._reader is None or self._writer is None:
                self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
            cookie = f"Cookie: {self.cookie}\r\n" if self.cookie else ""
            head = (
                f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n{cookie}"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            try:
                self._writer.write(head.encode() + body)
                await self._writer.drain()
                start = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            except (ConnectionError, asyncio.IncompleteReadError):
                self.close()
                if last or not kept:
                    raise
                continue
            pairs = (line.partition(":") for line in start[1:] if line)
            return int(start[0].split()[1]), {name.lower(): value.strip() for name, _, value in pairs}, self._reader
        raise ConnectionError("no connection")


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while size := int(await reader.readline(), 16):
        yield (await reader.readexactly(size + 2))[:-2]
    await reader.readline()
