"""Events of the page in, those that it knows out: Gradio takes any number for one, and breaks at the others."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING

from askdocs.web.guard import route_of
from askdocs.web.responses import refuse
from askdocs.web.visits import EVENT

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class Events:
    """An ASGI application around the page, which is told of the events in `known` only; behind `Visits`."""

    def __init__(self, app: ASGIApp, known: Container[int]) -> None:
        self._app = app
        self._known = known

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        number = scope.get(EVENT, {}).get("fn_index")
        if EVENT in scope and not (type(number) is int and number in self._known):
            message = "The page knows no such event. Open it anew."
            await refuse(send, route_of(scope), 404, kind="not_found", message=message)
            return
        await self._app(scope, receive, send)
