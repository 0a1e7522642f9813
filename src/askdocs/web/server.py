"""An open library in, a web server out that answers until Ctrl-C: this machine alone, unless told otherwise."""

from __future__ import annotations

import socket
import sys
import threading
import webbrowser
from collections.abc import Sequence
from typing import TYPE_CHECKING

from askdocs.errors import AskdocsError, PageError
from askdocs.settings import WebSettings
from askdocs.web.access import Access
from askdocs.web.programs import complain

if TYPE_CHECKING:
    import fastapi

    from askdocs.library import Library

_FREE_FOR_ALL, _LAST_PORT = 1024, 65535
"""From the first on anyone may use a port, where no one does yet."""

_MOST_CONNECTIONS = 2_000
"""Open at once; each page holds two, and an operating system gives a process a thousand or more."""


def serve(
    library: Library,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    open_browser: bool = False,
    examples: Sequence[str] = (),
    settings: WebSettings | None = None,
) -> None:
    """Serve the page, the API and MCP until Ctrl-C. The address is printed on standard error.

    It answers from that moment on: a browser gets a page that says that askdocs is opening, and then the real one.

    Raises:
        PageError: the port is taken or may not be used, the host is not this machine's, or the network would reach
            the page and nobody has to sign in.
        SettingError: a setting of the page means nothing.
    """
    settings = settings or WebSettings()
    access = Access.of(settings, host=host)
    listener = listen(host, port)
    with listener:
        address = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
        print(f"askdocs is at {address}  (Ctrl-C ends it)", file=sys.stderr, flush=True)  # noqa: T201  for the person
        if open_browser:
            webbrowser.open(address)
        _run(library, listener, access, settings, examples)


def _run(
    library: Library, listener: socket.socket, access: Access, settings: WebSettings, examples: Sequence[str]
) -> None:
    """Answer until Ctrl-C, and raise what kept the page from opening."""
    import uvicorn  # noqa: PLC0415  comes with Gradio

    from askdocs.web.connections import bounded_protocol  # noqa: PLC0415
    from askdocs.web.ending import EndingServer  # noqa: PLC0415
    from askdocs.web.importing import import_gradio  # noqa: PLC0415
    from askdocs.web.mounting import guarded, served  # noqa: PLC0415
    from askdocs.web.opening import Opening  # noqa: PLC0415

    faults: list[BaseException] = []

    def failed(error: BaseException) -> None:
        faults.append(error)
        server.should_exit = True

    def build() -> fastapi.FastAPI:
        import_gradio()
        app = served(library, access, settings, examples=examples)
        threading.Thread(target=_warm, args=(library,), name="askdocs-warm").start()  # not sooner: both want the cores
        return app

    opening = Opening(build, failed)
    server = EndingServer(
        uvicorn.Config(
            guarded(opening, access, settings),
            http=bounded_protocol(access, settings),
            log_level="warning",
            access_log=False,  # it would name every address that is called
            timeout_graceful_shutdown=1,
            server_header=False,
            proxy_headers=False,  # the guard knows which proxy to believe
            limit_concurrency=_MOST_CONNECTIONS,
            ws="none",
            lifespan="on",
        )
    )
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        return
    if faults:
        raise faults[0]


def _warm(library: Library) -> None:
    """Ask something, so that the first question does not wait for the model and the rest."""
    try:
        library.ask("Is it warm?")
    except AskdocsError as error:
        complain(str(error))


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens already, so that a taken port is told before seconds go into loading the page.

    Raises:
        PageError: the port is taken or may not be used, or the host is not this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except (OSError, OverflowError, UnicodeError) as error:
        raise PageError(f"{host} is not an address of this machine ({error}); 127.0.0.1 always is") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1024)
    except OSError as error:
        listener.close()
        another = port + 1 if _FREE_FOR_ALL <= port < _LAST_PORT else 8000
        raise PageError(
            f"port {port} on {host} cannot be used ({error.strerror}); choose another, for example: --port {another}"
        ) from error
    return listener
