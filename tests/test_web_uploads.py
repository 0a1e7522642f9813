"""What is uploaded waits where nobody else reads it, in no larger number than there is room for, and not for ever."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from askdocs.web.uploads import Uploads
from served import serving

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

UPLOAD = "/gradio_api/upload"
SNOW = b"# Snow\n\nSnow fell on Friday.\n"


def test_a_file_waits_in_a_folder_of_its_own_until_the_server_ends(sample_index: Path) -> None:
    with serving(sample_index) as served, httpx.Client(base_url=served.address, timeout=60) as browser:
        assert browser.post(UPLOAD, files={"files": ("snow.md", SNOW)}).status_code == 403, "nobody opened the page"
        browser.get("/").raise_for_status()
        (path,) = browser.post(UPLOAD, files={"files": ("snow.md", SNOW)}).raise_for_status().json()
        kept = Path(path)
        assert kept.read_bytes() == SNOW
        folder = next(one for one in kept.parents if one.name.startswith("askdocs-uploads-"))
        assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IRWXU
    assert not folder.exists()


class Room:
    """A folder for uploads with room for ten bytes, and a page that keeps what comes as soon as it may."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.uploads = Uploads(self._keep, folder, most=10)
        self.may = asyncio.Event()

    async def _keep(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        await self.may.wait()
        size = int(dict(scope["headers"])[b"content-length"])
        (self.folder / f"of {size} bytes").write_bytes(b"x" * size)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(self, size: int) -> int:
        """Upload so many bytes; return the status."""
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request"}

        async def send(message: Message) -> None:
            sent.append(message)

        headers = [(b"content-length", str(size).encode())]
        scope = {"type": "http", "method": "POST", "path": UPLOAD, "headers": headers}
        await self.uploads(scope, receive, send)
        status: int = sent[0]["status"]
        return status


def test_there_is_room_for_so_many_bytes_and_again_when_they_are_taken_in(tmp_path: Path) -> None:
    async def come() -> None:
        room = Room(tmp_path)
        room.may.set()
        assert [await room.send(size) for size in (6, 5, 4, 1)] == [200, 503, 200, 503]
        (tmp_path / "of 6 bytes").unlink()
        assert await room.send(5) == 200

    asyncio.run(come())


def test_what_is_on_its_way_needs_room_too(tmp_path: Path) -> None:
    async def come() -> None:
        room = Room(tmp_path)
        first = asyncio.create_task(room.send(6))
        await asyncio.sleep(0)
        assert await room.send(5) == 503
        room.may.set()
        assert await first == 200
        assert await room.send(4) == 200

    asyncio.run(come())
