"""What a program asks in, the JSON forms of `askdocs.contracts` out: the one way in for the API and for MCP.

Every call sees one generation of the index from its beginning to its end, and goes through the gates that the page has.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from askdocs.contracts import answer_form, article_form, search_form
from askdocs.errors import AskdocsError, BusyError, FilterError, MissingArticleError, QuestionError
from askdocs.filters import ArticleFilter

if TYPE_CHECKING:
    from askdocs.datatypes import Answer
    from askdocs.index import ArticleSummary
    from askdocs.library import Library
    from askdocs.web.limits import Gates

Form = dict[str, Any]
Made = TypeVar("Made")

MOST_HITS = 100
MOST_ARTICLES = 1_000
MOST_EARLIER = 50
"""Questions before this one that a call may name."""

_SHOWN_FAULTS = 5
_SHOWN_NAME = 100
"""Characters of the name of a part of a call, which its sender may have made up."""

_SHOWN_ID = 200
"""Characters of the id of an article that is not there."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_FOLDERS = re.compile(r"^(?:[/\\~]|[A-Za-z]:[/\\]).*[/\\]")
"""The folders of an absolute path: where the files lie on this machine is nobody's business who only asks."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a call failed, told so that nothing of this machine is: `kind` is for programs, `message` for people."""

    status: int
    kind: str
    message: str
    seconds: float | None = None
    """When to ask again, where that is known."""


class Programs:
    """A library as programs see it: every method returns a JSON form, or raises what `fault_of` puts in words."""

    def __init__(self, library: Library, gates: Gates) -> None:
        self._library = library
        self._gates = gates

    async def ask(self, question: str, history: Sequence[str], within: ArticleFilter) -> Form:
        """Return an answer as `askdocs ask --json` prints it."""

        def work() -> tuple[Form, Callable[[], Form] | None]:
            library = self._library.snapshot()
            quoted = library.quote(question, list(history), within=within or None, day=library.today())

            def form(answer: Answer) -> Form:
                return without_folders(answer_form(answer, library.article))

            return form(quoted.answer), None if quoted.word is None else lambda: form(quoted.worded())

        told, word = await self._gates.questions.arun(work)
        if word is None:
            return told
        try:
            return await self._gates.wordings.arun(word)
        except BusyError:
            return told  # the language model has enough to do, or takes too long: the quotes stand by themselves

    async def search(self, question: str, k: int, within: ArticleFilter) -> Form:
        """Return hits as `askdocs search --json` prints them."""

        def work() -> Form:
            library = self._library.snapshot()
            hits = library.search(question, k, within=within or None, day=library.today())
            return search_form(question, hits, library.article)

        return await self._gates.questions.arun(work)

    async def articles(self, words: str, within: ArticleFilter, offset: int, limit: int) -> Form:
        """Return the articles inside the limits whose title, outlet, author or date holds each word, sorted by id."""

        def work() -> Form:
            known = self._library.snapshot().articles
            found = [one for one in known if within.allows(one) and _holds(one, words)]
            return {
                "total": len(found),
                "offset": offset,
                "articles": [without_folders(_summary_form(one)) for one in found[offset : offset + limit]],
            }

        return await self._gates.lists.arun(work)

    async def article(self, article_id: str) -> Form:
        """Return one article with its text.

        Raises:
            MissingArticleError: there is none of this id.
        """

        def work() -> Form:
            return without_folders(article_form(self._library.snapshot().article(article_id)))

        return await self._gates.lists.arun(work)


def fault_of(error: AskdocsError) -> Fault:
    """Return what a caller is told of a failure. What is ours to mend goes, in full, to standard error instead."""
    if isinstance(error, QuestionError):
        return Fault(422, "question", str(error))
    if isinstance(error, FilterError):
        return Fault(422, "filter", str(error))
    if isinstance(error, MissingArticleError):
        return Fault(404, "not_found", f"no article has the id {error.article_id[:_SHOWN_ID]!r}")
    if isinstance(error, BusyError):
        return Fault(503, "busy", str(error), error.seconds)
    complain(str(error))
    return Fault(
        503, "index", "The articles cannot be read at the moment. Whoever runs askdocs sees why in its terminal."
    )


def misuse(faults: Sequence[Mapping[str, Any]]) -> str:
    """Return what pydantic found wrong with a call: where and why, not what was sent."""
    return "; ".join(f"{_place(fault['loc'])}: {fault['msg']}" for fault in faults[:_SHOWN_FAULTS])


def _place(names: Sequence[str | int]) -> str:
    return ".".join(str(name)[:_SHOWN_NAME] for name in names if name != "body") or "the body"


def complain(message: str) -> None:
    """Tell the terminal that runs the server, in one line without control characters, what its callers are not told."""
    told = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", " ".join(message.split()))
    print(f"askdocs: {told}", file=sys.stderr, flush=True)  # noqa: T201  for whoever runs it


def _summary_form(known: ArticleSummary) -> Form:
    form = asdict(known)
    return {"article_id": form.pop("id"), **{name: value for name, value in form.items() if name != "origin"}}


def without_folders(form: Form) -> Form:
    """Return a form in which a source that is a path of this machine has lost its folders."""
    if isinstance(form.get("source"), str):
        form["source"] = _FOLDERS.sub("", form["source"])
    for quote in form.get("quotes", ()):
        without_folders(quote)
    return form


def _holds(known: ArticleSummary, words: str) -> bool:
    told = " ".join(filter(None, (known.title, known.outlet, known.author, known.published))).casefold()
    return all(word in told for word in words.casefold().split())
