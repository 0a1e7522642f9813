"""The chat page in, a local web server out: one that answers this machine alone and lets the page talk to nobody else.

Two layers keep the promise that no request leaves the page for another host. The page asks for none; and should an
update of Gradio or a hole in the page ever ask for one, the browser refuses it, because every response carries the
policy below.
"""

from __future__ import annotations

import socket
import sys
import threading
import webbrowser
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from askdocs.errors import PageError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from askdocs.library import Library

_RULES = (
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'",  # Gradio's page is started by inline and compiled scripts
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "frame-src 'none'",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
)
POLICY = "; ".join(_RULES)
"""What a browser may load, run and call on behalf of the page: nothing from another host."""

OPEN_PATHS = (
    "/assets/",
    "/static/",
    "/theme.css",
    "/favicon.ico",
    "/manifest.json",
    "/config",
    "/gradio_api/startup-events",
    "/gradio_api/heartbeat/",
    "/gradio_api/queue/",
    "/gradio_api/info",
    "/gradio_api/cancel",
    "/gradio_api/reset",
    "/gradio_api/app_id",
)
"""The routes that the page uses. Gradio has more (files, uploads, proxies, monitoring): they do not exist here."""

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Guard:
    """An ASGI application around another: it keeps strangers out and puts the policy on every response.

    Where the page is bound to this machine alone, a request must name this machine: a website cannot reach the page
    under a name of its own that resolves to 127.0.0.1, nor send it a request from another origin.
    """

    def __init__(self, app: ASGIApp, *, local: bool) -> None:
        self._app = app
        self._local = local
        policy = f"{POLICY}; frame-ancestors 'self'" if local else POLICY  # a host of pages shows them in a frame
        self._protection = (
            (b"content-security-policy", policy.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._protection]
            await send(message)

        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(scope["path"], headers)
        if refusal is None:
            await self._app(scope, receive, guarded)
        else:
            status, reason = refusal
            await guarded(
                {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]}
            )
            await send({"type": "http.response.body", "body": reason.encode()})

    def _refusal(self, path: str, headers: dict[str, str]) -> tuple[int, str] | None:
        """Return the status and reason with which a request is refused, or nothing where it is welcome."""
        if self._local and _host(f"//{headers.get('host', '')}") not in LOOPBACK:
            return 403, "This page answers to 127.0.0.1 and localhost only."
        if self._local and "origin" in headers and _host(headers["origin"]) not in LOOPBACK:
            return 403, "This page answers no other website."
        if path != "/" and not path.startswith(OPEN_PATHS):
            return 404, "There is nothing here."
        return None


def page_app(library: Library, *, examples: Sequence[str] = (), local: bool = True) -> ASGIApp:
    """Return the chat page as an ASGI application, guarded. `local`: whether only this machine is to reach it."""
    import fastapi  # noqa: PLC0415  loaded with Gradio, which takes seconds
    import gradio as gr  # noqa: PLC0415

    from askdocs.web.page import build_page, theme  # noqa: PLC0415

    app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    page = build_page(library, examples=examples)
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        theme=theme(),
        footer_links=[],
        run_history=False,
        allowed_paths=[],
        show_error=False,
        max_file_size=1,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=False,
        pwa=False,
    )
    return Guard(app, local=local)


def serve(
    library: Library,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    open_browser: bool = False,
    examples: Sequence[str] = (),
) -> None:
    """Serve the chat page until Ctrl-C. The address is printed on standard error once the page can be opened.

    Raises:
        PageError: the port is taken or may not be used, or the host is not this machine's.
    """
    import uvicorn  # noqa: PLC0415  comes with Gradio

    listener = listen(host, port)
    threading.Thread(target=library.warm, name="warm", daemon=True).start()  # the first question waits for the rest
    with listener:
        app = page_app(library, examples=examples, local=host in LOOPBACK)
        address = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
        print(f"askdocs is at {address}  (Ctrl-C ends it)", file=sys.stderr, flush=True)  # noqa: T201  for the person
        if open_browser:
            webbrowser.open(address)
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1, server_header=False)
        )
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            return


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens already, so that a taken port is told before seconds go into loading the page."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, OverflowError, UnicodeError) as error:
        raise PageError(f"{host} is not an address of this machine ({error}); 127.0.0.1 always is") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise PageError(
            f"port {port} on {host} cannot be used ({error.strerror}); choose another, for example: --port {port + 1}"
        ) from error
    return listener


def _host(address: str) -> str | None:
    """Return the host name of an address, without its port; nothing where it has none or is malformed."""
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
