"""An application that takes seconds to build in, one that answers from the first moment out.

Gradio is imported and the page built in a thread. Until then a browser gets a page that says so and waits, on one
request that is answered at the moment when the real page is there; a program is told when to come back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from askdocs.web.guard import route_of
from askdocs.web.markup import element
from askdocs.web.responses import refuse, respond, retry_after
from askdocs.web.small_page import small_page

if TYPE_CHECKING:
    import fastapi
    from starlette.types import ASGIApp, Receive, Scope, Send

READY = "/ready"
"""Answers with 204 as soon as the page can be opened."""

_PATIENCE = 20.0
"""Seconds after which a waiting browser is told to ask once more, so that no proxy between takes it for dead."""

_SCRIPT = """
const wait = () => fetch("ready", { cache: "no-store" })
  .then((told) => (told.status === 204 ? location.reload() : wait()));
wait().catch(() => { document.querySelector("p").textContent = "askdocs has ended. Start it again, then reload."; });
"""


class Opening:
    """An ASGI application in place of another while that is being built, and then around it.

    `build` runs in a thread. `failed` is called, on the event loop, with what it raised.
    """

    def __init__(self, build: Callable[[], fastapi.FastAPI], failed: Callable[[BaseException], None]) -> None:
        self._build = build
        self._failed = failed
        self._app: ASGIApp | None = None
        self._opened = asyncio.Event()
        self._closing = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        path = route_of(scope)
        if path == READY:
            await self._tell(send)
        elif self._app is not None:
            await self._app(scope, receive, send)
        elif path == "/":
            waiting = element("p", "Opening the page. This takes a few seconds.", role="status")
            refresh = element("noscript", element("meta", http_equiv="refresh", content="2"))
            await respond(send, 200, small_page("askdocs", waiting, refresh, script=_SCRIPT), "text/html")
        else:
            message = "askdocs is starting. Ask again in a few seconds."
            await refuse(send, path, 503, kind="starting", message=message, headers=[retry_after(1)])

    async def _tell(self, send: Send) -> None:
        """Answer when the page is there: 204, or 202 where it takes longer than a request should."""
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._opened.wait()
        except TimeoutError:
            await respond(send, 202, b"")
        else:
            await respond(send, 204, b"")

    async def _live(self, receive: Receive, send: Send) -> None:
        """Begin to build when the server starts, and end what was built when it stops."""
        await receive()
        built = asyncio.create_task(self._open())
        built.add_done_callback(self._tell_failure)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._closing.set()
        if self._app is None:
            built.cancel()  # its thread goes on to the end of what it imports
        await asyncio.wait({built})
        await send({"type": "lifespan.shutdown.complete"})

    async def _open(self) -> None:
        """Build the application, and keep it running until the server stops."""
        builder = ThreadPoolExecutor(1, thread_name_prefix="askdocs-opening")
        app = await asyncio.wrap_future(builder.submit(self._build))
        builder.shutdown(wait=False)
        async with app.router.lifespan_context(app):
            self._app = app
            self._opened.set()
            await self._closing.wait()

    def _tell_failure(self, built: asyncio.Task[None]) -> None:
        if not built.cancelled() and (error := built.exception()) is not None:
            self._failed(error)
