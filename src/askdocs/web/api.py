"""An open library in, the API for programs out: ask, search and articles over HTTP, described as OpenAPI.

The routes return what the command line prints with `--json`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import fastapi
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from askdocs import __version__
from askdocs.errors import AskdocsError
from askdocs.filters import ArticleFilter
from askdocs.web.forms import AnswerForm, ArticleForm, ArticlesForm, ErrorForm, Query, Question, SearchForm
from askdocs.web.programs import MOST_ARTICLES, Fault, Programs, fault_of, misuse
from askdocs.web.responses import error_form, retry_after

if TYPE_CHECKING:
    from starlette.requests import Request

_ERRORS: dict[int | str, dict[str, Any]] = {
    401: {"model": ErrorForm, "description": "Sign-in is required: send a token as Authorization: Bearer."},
    422: {"model": ErrorForm, "description": "Something in the call means nothing; the message says what."},
    429: {"model": ErrorForm, "description": "Too many calls from one client; Retry-After says when to come back."},
    503: {"model": ErrorForm, "description": "Busy, or the index cannot be read; Retry-After where it is the former."},
}


def api_app(programs: Programs) -> fastapi.FastAPI:
    """Return the API, to be mounted at /api. Its description is at /api/openapi.json; there is no page about it."""
    app = fastapi.FastAPI(
        title="askdocs",
        version=__version__,
        description="Ask articles; get verbatim quotes, each with its place in the article.",
        docs_url=None,
        redoc_url=None,
    )
    app.add_exception_handler(AskdocsError, _told)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)

    @app.post("/ask", responses={200: {"model": AnswerForm}, **_ERRORS})
    async def ask(asked: Question) -> JSONResponse:
        """Answer a question by verbatim quotes, or abstain."""
        return JSONResponse(await programs.ask(asked.question, asked.history, asked.within.filter()))

    @app.post("/search", responses={200: {"model": SearchForm}, **_ERRORS})
    async def search(asked: Query) -> JSONResponse:
        """Rank passages for a question, best first."""
        return JSONResponse(await programs.search(asked.question, asked.k, asked.within.filter()))

    @app.get("/articles", responses={200: {"model": ArticlesForm}, **_ERRORS})
    async def articles(
        *,
        words: Annotated[
            str, fastapi.Query(max_length=500, description="Each is in title, outlet, author or date.")
        ] = "",
        outlet: Annotated[list[str] | None, fastapi.Query(max_length=500)] = None,
        since: Annotated[str | None, fastapi.Query(max_length=2_000)] = None,
        until: Annotated[str | None, fastapi.Query(max_length=2_000)] = None,
        offset: Annotated[int, fastapi.Query(ge=0, le=1 << 53)] = 0,
        limit: Annotated[int, fastapi.Query(ge=1, le=MOST_ARTICLES)] = 100,
    ) -> JSONResponse:
        """List the articles, without their texts."""
        within = ArticleFilter(outlets=tuple(outlet or ()), since=since, until=until)
        return JSONResponse(await programs.articles(words, within, offset, limit))

    @app.get(
        "/articles/{article_id:path}",
        responses={200: {"model": ArticleForm}, 404: {"model": ErrorForm, "description": "There is none."}, **_ERRORS},
    )
    async def article(article_id: str) -> JSONResponse:
        """Return one article with its text."""
        return JSONResponse(await programs.article(article_id))

    return app


async def _told(_: Request, error: Exception) -> JSONResponse:
    """Answer an expected failure."""
    if not isinstance(error, AskdocsError):
        raise error
    return _faulty(fault_of(error))


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    """Answer a call that is not of the described form: say where and why, not what was sent."""
    if not isinstance(error, RequestValidationError):
        raise error
    return _faulty(Fault(422, "request", misuse(error.errors())))


async def _refused(_: Request, error: Exception) -> JSONResponse:
    """Answer what the framework refuses: a route or method that is not there, a body that is no JSON."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code in (404, 405):
        return _faulty(Fault(404, "not_found", "There is nothing here; /api/openapi.json describes what there is."))
    return _faulty(Fault(error.status_code, "request", str(error.detail)))


def _faulty(fault: Fault) -> JSONResponse:
    answer = JSONResponse(error_form(fault.kind, fault.message), fault.status)
    if fault.seconds is not None:
        name, value = retry_after(fault.seconds)
        answer.headers[name.decode()] = value.decode()
    return answer
