"""What the browser sends of the Library side in, what its components show out: every event there as a function.

The list and its filters belong to one session. What is added and removed belongs to everybody who reads this library:
where `Access` does not allow it the page is built without it, and then none of these changes can be asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from askdocs.datatypes import Article
from askdocs.filters import ArticleFilter
from askdocs.library import Library
from askdocs.web import render, shelf
from askdocs.web.added import added_files, forget
from askdocs.web.desk import Shown, sent
from askdocs.web.intake import Bounds, Outcome, take_in
from askdocs.web.links import whole_number
from askdocs.web.markup import Html
from askdocs.web.programs import complain
from askdocs.web.rebuilding import Job, Rebuilder
from askdocs.web.searched import Counts, Searched
from askdocs.web.wanted import Wanted, wanted_of

_STALE = "The newest index cannot be read, so the one before answers. Whoever runs askdocs sees why in its terminal."


class Changes:
    """What may change a library from the page: where added files are kept, and what builds the index anew."""

    def __init__(self, index: Path, bounds: Bounds | None = None) -> None:
        self.index = index
        self.bounds = bounds or Bounds()
        self.rebuilder = Rebuilder(index)


class LibraryDesk:
    """The events of the Library side. Without `changes` it can be read and filtered only; `fixed` then says why."""

    def __init__(self, library: Library, changes: Changes | None = None, fixed: str = "") -> None:
        self._library = library
        self._changes = changes
        self._fixed = fixed
        self._counts = Counts()
        self._complained: str | None = None

    @property
    def generation(self) -> str:
        """When the index that answers was built: what changes from one to the next."""
        return self._library.manifest.created

    def form(self, wanted: Wanted) -> Html:
        """Return the form above the list."""
        return shelf.form(self._library.articles, wanted, self._what(self._library, ArticleFilter()))

    def listed(self, wanted: Wanted) -> Html:
        """Return the articles that are wanted."""
        return shelf.listed(self._library.articles, wanted, changeable=self._changes is not None)

    def state(self) -> Html:
        """Return what the index is, and how far a build is that is under way."""
        library = self._library.snapshot()
        progress = self._changes.rebuilder.progress if self._changes else None
        what = self._what(library, ArticleFilter())
        return shelf.state(library.manifest, what, library.passage_count, progress, self._stale())

    def _stale(self) -> str | None:
        """Return what a visitor is told where the newest index does not answer; the terminal is told why, once."""
        why = self._library.stale
        if why is not None and why != self._complained:
            complain(why)
        self._complained = why
        return None if why is None else _STALE

    def adding(self, outcomes: list[Outcome] | None = None, number: int | None = None) -> Html:
        """Return the place to drop files on; where the library is only read, why."""
        return shelf.adding(outcomes or [], self._changes.bounds, number) if self._changes else shelf.fixed(self._fixed)

    def limiting(self, wanted: Wanted) -> Html:
        """Return the line that says what questions are limited to."""
        return render.limiting(wanted.within, self._what(self._library, wanted.within), fault=bool(wanted.fault))

    def filter(self, before: Wanted, event: gr.EventData) -> Shown:
        """Return what is wanted, the list, and the line above the question box."""
        wanted = wanted_of(sent(event), before)
        return wanted, self.listed(wanted), self.limiting(wanted)

    def leaf(self, wanted: Wanted, event: gr.EventData) -> Shown:
        """Return what is wanted and the list, at another page of it."""
        page = whole_number(sent(event).get("page"))
        if page is None:
            return gr.skip(), gr.skip()
        there = replace(wanted, page=page)
        return there, self.listed(there)

    def unlimit(self, wanted: Wanted) -> Shown:
        """Return what `filter` does with every filter taken away, and the form."""
        everything = Wanted(order=wanted.order)
        return everything, self.listed(everything), "", self.form(everything)

    def take(self, uploaded: Callable[[str], bool], event: gr.EventData) -> Shown:
        """Return what became of the files that were uploaded, and the state of the index, which is built anew.

        `uploaded` tells whether a path is one that the browser's upload was given: no other file is looked at.
        """
        if self._changes is None:
            return gr.skip(), gr.skip()
        along = sent(event)
        files = [(name, Path(path)) for name, path in _files(along) if uploaded(path)]
        outcomes = take_in(files, self._changes.index, self._changes.bounds, self._stored_title())
        for _, path in files:
            path.unlink(missing_ok=True)
        kept = tuple(str(one.path) for one in outcomes if one.path is not None)
        if kept:
            self._changes.rebuilder.want(Job(add=kept))
        return self.adding(outcomes, whole_number(along.get("number"))), self.state()

    def remove(self, event: gr.EventData) -> Any:
        """Have an article removed, with the file that it was added as; return the state of the index."""
        wanted = sent(event).get("article")
        if self._changes is None or not isinstance(wanted, str):
            return gr.skip()
        if wanted in {known.id for known in self._library.articles}:
            forget(self._changes.index, wanted)
            self._changes.rebuilder.want(Job(remove=(wanted,)))
        return self.state()

    def forget(self) -> Any:
        """Have the reason why the last build failed told no more; return the state of the index."""
        if self._changes is None:
            return gr.skip()
        self._changes.rebuilder.forget()
        return self.state()

    def rebuild(self) -> Any:
        """Have the index built anew, with every file that was added; return its state."""
        if self._changes is None:
            return gr.skip()
        self._changes.rebuilder.want(Job(add=tuple(map(str, added_files(self._changes.index)))))
        return self.state()

    def _what(self, library: Library, within: ArticleFilter) -> Searched:
        return self._counts.of(library.manifest.created, library.articles, within)

    def _stored_title(self) -> Callable[[Article], str | None]:
        """Return what tells the title of the article of the index that has the same text as another."""
        titles = {known.sha256: known.title for known in self._library.articles}
        return lambda article: titles.get(article.sha256)


def _files(along: Any) -> list[tuple[str, str]]:
    """Return the names and paths of files that a browser names, as far as they are texts.

    What has a "path" Gradio takes for a file of its own, and looks for it in a folder where ours does not lie.
    """
    named = along.get("files")
    if not isinstance(named, list):
        return []
    pairs = ((one.get("name"), one.get("place")) for one in named if isinstance(one, dict))
    return [(name, path) for name, path in pairs if isinstance(name, str) and isinstance(path, str)]
