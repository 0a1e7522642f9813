"""An open library in, everything that is served of it out: the page, the API and MCP, with their guards around them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from askdocs.settings import WebSettings, load_web_settings
from askdocs.web.access import Access
from askdocs.web.events import Events
from askdocs.web.guard import Guard
from askdocs.web.limits import Counted, Gates
from askdocs.web.plain_head import PlainHead
from askdocs.web.sign_in import SignIn
from askdocs.web.uploads import Uploads, waiting_room
from askdocs.web.visits import Visits

if TYPE_CHECKING:
    import fastapi
    import gradio as gr
    from starlette.types import ASGIApp

    from askdocs.library import Library


def mount(
    app: fastapi.FastAPI,
    library: Library,
    path: str = "/askdocs",
    *,
    access: Access | None = None,
    settings: WebSettings | None = None,
    examples: Sequence[str] = (),
) -> fastapi.FastAPI:
    """Serve a library under a path of a FastAPI application; return that application.

    The page is at the path, the API under it at `api`, MCP at `mcp` where that extra is installed. Nobody has to sign
    in and nothing can be changed, unless `access` says otherwise: the application around it is taken to know who may
    call. `settings` bounds how much is asked at once; without them, those of the environment. How many connections
    there are, and how long one waits for a request, is up to the server that runs the application.
    """
    settings = settings or load_web_settings()
    access = access or Access(local=False, read_only=True)
    inside = served(library, access, settings, examples=examples)
    outer = app.router.lifespan_context

    @contextlib.asynccontextmanager
    async def both(around: fastapi.FastAPI) -> AsyncIterator[Mapping[str, Any]]:
        async with outer(around) as state, inside.router.lifespan_context(inside):
            yield state or {}

    app.router.lifespan_context = both
    app.mount(path, guarded(inside, access, settings))
    return app


def guarded(app: ASGIApp, access: Access, settings: WebSettings) -> ASGIApp:
    """Put the guards around an application: what comes in at all, who it is, whose conversation, how often."""
    counted = app if access.alone else Counted(app, settings.calls_per_minute)
    visits = Visits(counted, settings, alone=access.alone)
    return Guard(SignIn(visits, access, settings), access, settings)


def served(library: Library, access: Access, settings: WebSettings, *, examples: Sequence[str] = ()) -> fastapi.FastAPI:
    """Return the page, the API and MCP as one application without a guard. Its lifespan has to be run."""
    import fastapi  # noqa: PLC0415  loaded with Gradio, which takes seconds

    from askdocs.web.api import api_app  # noqa: PLC0415
    from askdocs.web.mcp import installed, mcp_app  # noqa: PLC0415
    from askdocs.web.page import build_page, environment  # noqa: PLC0415
    from askdocs.web.programs import Programs  # noqa: PLC0415

    gates = Gates.of(settings, library.settings.llm)
    programs = Programs(library, gates)

    speaking = mcp_app(programs) if installed() else None

    room = contextlib.ExitStack()
    waiting = room.enter_context(waiting_room())

    @contextlib.asynccontextmanager
    async def until_closed(_: fastapi.FastAPI) -> AsyncIterator[None]:
        async with speaking.router.lifespan_context(speaking) if speaking else contextlib.nullcontext():
            yield
        gates.close()
        room.close()

    app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=until_closed)
    app.mount("/api", api_app(programs))
    if speaking is not None:
        app.router.routes.extend(speaking.routes)
    with environment({"GRADIO_TEMP_DIR": str(waiting)}):  # the page and its application look there once each
        page = build_page(library, examples=examples, gates=gates, fixed=access.why_fixed, signing_in=access.signing_in)
        _mount_page(app, page, access, settings)
    app.add_middleware(PlainHead)
    app.add_middleware(Uploads, folder=waiting)
    app.add_middleware(Events, known=page.fns)
    return app


def _mount_page(app: fastapi.FastAPI, page: gr.Blocks, access: Access, settings: WebSettings) -> None:
    """Put the page at the root of an application, with all of Gradio's own that it does not need turned off."""
    import gradio  # noqa: PLC0415

    from askdocs.web.page import theme  # noqa: PLC0415

    page.state_session_capacity = settings.page_conversations  # Gradio would keep ten thousand, a gigabyte
    gradio.mount_gradio_app(
        app,
        page,
        path="/",
        theme=theme(),
        footer_links=[],
        run_history=False,
        allowed_paths=[],
        show_error=False,
        max_file_size=1 if access.why_fixed else settings.upload_megabytes << 20,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=False,
        pwa=False,
    )
