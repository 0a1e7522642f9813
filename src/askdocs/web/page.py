"""An open library in, the chat page as Gradio Blocks out: which component shows what, which event asks what.

Gradio brings the input box, the events, the queue and the state of a session. The conversation and the evidence are
rendered by this package: a chat component that understands Markdown would turn an article's words into markup.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import gradio as gr

from askdocs.library import Library
from askdocs.web import render
from askdocs.web.access import READ_ONLY
from askdocs.web.desk import Desk, sent
from askdocs.web.evidence import empty_pane
from askdocs.web.guard import VISITOR, Visitor
from askdocs.web.library_desk import Changes, LibraryDesk
from askdocs.web.limits import Gates
from askdocs.web.render import exporting
from askdocs.web.session import Session
from askdocs.web.turns import Conversation
from askdocs.web.wanted import Wanted

_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "postprocess": False}
"""What every event is: nobody else's, and its HTML sent as it is made. Gradio would look it over in a thread first."""

_EACH: dict[str, Any] = {"trigger_mode": "multiple", **_QUIET}
"""What an event is of which none may be lost. Otherwise Gradio drops what comes while one of its kind is under way, or
sends the first once more in its place."""

_UNTAKEN = "() => { document.dispatchEvent(new CustomEvent('untaken')); return []; }"
"""Tells library.js that what was uploaded was not looked at."""

_UPLOADS_KEPT = (600, 3600)
"""Every how many seconds uploads that nobody took in are looked for, and how old they are when they are removed."""

_UNCOUNTED = {"GRADIO_ANALYTICS_MAX_EVENTS": "1", "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(1 << 62)}
"""What a queue of Gradio reads when it is made. Unless told otherwise it keeps the last ten thousand events, and after
each of them puts all into a table of pandas for a monitoring page, which is not served here: milliseconds an event, and
more with every event."""

AT_ONCE = 2
"""How many events of one other kind are answered at the same time; more would only make each slower on two cores."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """The components of the page that events read or change, and the two values that a session keeps."""

    session: gr.State
    wanted: gr.State
    wordmark: gr.HTML
    again: gr.Button
    reader: gr.HTML
    talk: gr.HTML
    limit: gr.HTML
    typed: gr.Textbox
    send: gr.Button
    stop: gr.Button
    tabs: gr.HTML
    evidence: gr.HTML
    form: gr.HTML
    shelf: gr.HTML
    adding: gr.HTML
    state: gr.HTML
    outbox: gr.HTML


def build_page(
    library: Library,
    *,
    examples: Sequence[str] = (),
    gates: Gates | None = None,
    fixed: str | None = READ_ONLY,
    signing_in: bool = False,
) -> gr.Blocks:
    """Return the chat page for a library. `examples` are questions that a newcomer can ask with one click.

    Questions go through the gates, which whatever else is asked of the library shares; without, through their own.
    `fixed` says why nobody can add articles or remove them. Without it everybody who reaches the page may; files come
    through Gradio's upload route, which whoever serves the page must then leave open, and bound. With `signing_in` the
    page says who signed in, as a `Guard` in front of it tells.
    """
    changes = None if fixed else Changes(library.folder)
    desk = Desk(library, tuple(examples), gates, adding=changes is not None)
    shelves = LibraryDesk(library, changes, fixed or "")
    page = gr.Blocks(title="askdocs", analytics_enabled=False, fill_width=True, delete_cache=_UPLOADS_KEPT)
    with page:
        parts = _laid_out(desk, shelves)
        _answer(desk, parts)
        _list(desk, shelves, parts, page)
        if signing_in:
            page.load(_reader, outputs=[parts.reader], **_QUIET)
        if changes is not None:
            _change(shelves, parts, page.upload_file_set.__contains__)
    with environment(_UNCOUNTED):
        page.queue(default_concurrency_limit=AT_ONCE, api_open=False)
    return page


def _laid_out(desk: Desk, shelves: LibraryDesk) -> _Parts:
    """Put the components in their places."""
    session, wanted = gr.State(Session()), gr.State(Wanted())
    with gr.Row(elem_id="masthead"):
        wordmark = _html(desk.masthead(), "wordmark")
        _html(exporting("Export conversation"), "whole")
        again = gr.Button("New conversation", elem_id="again", size="sm")
        reader = _html("", "reader")
    with gr.Row(elem_id="desk"):
        with gr.Column(elem_id="asking"):
            talk = _html(desk.talk(Conversation()), "talk")
            limit = _html("", "limit")
            with gr.Row(elem_id="composer"):
                typed = gr.Textbox(
                    elem_id="typed",
                    label="Your question",
                    show_label=False,
                    container=False,
                    placeholder="Ask your articles a question",
                    lines=1,
                    max_lines=6,
                    autofocus=True,
                )
                send = gr.Button("Ask", elem_id="send", variant="primary")
                stop = gr.Button("Stop", elem_id="stop")
        with gr.Column(elem_id="reading"):
            tabs = _html(desk.tabs(), "tabs")
            evidence = _html(empty_pane(), "evidence", script="page.js", head=_head())
            with gr.Column(elem_id="library"):
                form = _html(shelves.form(Wanted()), "wanted")
                shelf = _html(shelves.listed(Wanted()), "shelf")
                adding = _html(shelves.adding(), "adding", script="library.js")
                state = _html(shelves.state(), "state")
    return _Parts(
        session=session,
        wanted=wanted,
        wordmark=wordmark,
        again=again,
        reader=reader,
        talk=talk,
        limit=limit,
        typed=typed,
        send=send,
        stop=stop,
        tabs=tabs,
        evidence=evidence,
        form=form,
        shelf=shelf,
        adding=adding,
        state=state,
        outbox=_html("", "outbox"),
    )


def _reader(request: gr.Request) -> Any:
    """Return who reads the page, where somebody signed in."""
    visitor = request.request.scope.get(VISITOR) if request.request else None
    return render.reader(visitor.user, visitor.leaves) if isinstance(visitor, Visitor) and visitor.user else gr.skip()


def _answer(desk: Desk, parts: _Parts) -> None:
    """Say what answers the events of the conversation and of the evidence."""
    session, both = [parts.session], [parts.talk, parts.evidence]
    told: dict[str, Any] = {"inputs": session, "outputs": [parts.talk], **_EACH}
    replies: dict[str, Any] = {
        "outputs": both,
        "concurrency_limit": None,  # the gate's business: Gradio would let a question wait without a word
        **_EACH,
    }
    asking = [parts.typed.submit, parts.send.click, parts.evidence.submit]
    asked = gr.on(asking, desk.ask, inputs=[parts.typed, parts.session, parts.wanted], **replies)
    retried = parts.evidence.retry(desk.retry, inputs=[parts.session, parts.wanted], **replies)
    for one in (asked, retried):
        one.failure(desk.failed, **told)
    parts.stop.click(desk.stop, **told)  # ours, for what Gradio would cancel is the last of the questions that wait
    parts.evidence.edit(desk.edit, **told)
    parts.evidence.keep(desk.keep, **told)
    parts.again.click(desk.clear, inputs=session, outputs=both, **_EACH)
    parts.evidence.open(desk.show, inputs=session, outputs=[parts.evidence], **_EACH)
    parts.evidence.export(desk.export, inputs=session, outputs=[parts.outbox], **_EACH)


def _list(desk: Desk, shelves: LibraryDesk, parts: _Parts, page: gr.Blocks) -> None:
    """Say what answers the events of the list of articles."""
    chosen = [parts.wanted, parts.shelf, parts.limit]
    one_by_one: dict[str, Any] = {"concurrency_limit": 1, "concurrency_id": "list", **_EACH}  # the last one is last
    limited: dict[str, Any] = {"inputs": [parts.wanted], **one_by_one}
    parts.adding.filter(shelves.filter, inputs=[parts.wanted], outputs=chosen, **one_by_one)
    parts.adding.leaf(shelves.leaf, outputs=[parts.wanted, parts.shelf], **limited)
    parts.adding.form(shelves.form, outputs=[parts.form], **limited)
    parts.evidence.unlimit(shelves.unlimit, outputs=[*chosen, parts.form], **limited)

    def renew(session: Session, wanted: Wanted, *, typing: bool = False) -> tuple[Any, ...]:
        """Show the library as it is now. A conversation stays as it is shown: a reply may be coming.

        So does the form while somebody is `typing` in it.
        """
        now = shelves.state()  # which looks whether another generation is in force
        talk = gr.skip() if session.now.turns else desk.talk(session.now)
        form = gr.skip() if typing else shelves.form(wanted)
        return desk.masthead(), talk, desk.tabs(), form, shelves.listed(wanted), now

    def built(session: Session, wanted: Wanted, event: gr.EventData) -> tuple[Any, ...]:
        """Show the library as it is after a build."""
        return renew(session, wanted, typing=sent(event).get("typing") is True)

    made_of = shelves.generation

    def arrive(session: Session, wanted: Wanted) -> tuple[Any, ...]:
        """Show the library as it is now where it is another than the one that the page was made of."""
        now = shelves.state()
        return renew(session, wanted) if shelves.generation != made_of else (*(gr.skip(),) * 5, now)

    everything = [parts.wordmark, parts.talk, parts.tabs, parts.form, parts.shelf, parts.state]
    page.load(arrive, inputs=[parts.session, parts.wanted], outputs=everything, **_QUIET)
    parts.adding.built(built, inputs=[parts.session, parts.wanted], outputs=everything, **_EACH)


def _change(shelves: LibraryDesk, parts: _Parts, uploaded: Callable[[str], bool]) -> None:
    """Say what answers the events that change the library: where it is read-only there are none."""

    def take(event: gr.EventData) -> tuple[Any, ...]:
        """Keep what the browser uploaded to this page, and nothing else that it may name."""
        return shelves.take(uploaded, event)

    taken = parts.adding.take(take, outputs=[parts.adding, parts.state], **_EACH)
    taken.failure(None, js=_UNTAKEN, **_EACH)
    parts.adding.remove(shelves.remove, outputs=[parts.state], **_EACH)
    parts.adding.rebuild(shelves.rebuild, outputs=[parts.state], **_EACH)
    parts.adding.forget(shelves.forget, outputs=[parts.state], **_QUIET)
    parts.adding.look(shelves.state, outputs=[parts.state], trigger_mode="always_last", **_QUIET)


@contextlib.contextmanager
def environment(said: Mapping[str, str]) -> Iterator[None]:
    """Set variables of the environment for a moment."""
    before = {name: os.environ.get(name) for name in said}
    os.environ.update(said)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def theme() -> gr.themes.Base:
    """Return the theme to launch the page with: bare, and with fonts that every machine has, so none is fetched."""
    return gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])


def _html(value: str, elem_id: str, *, script: str | None = None, head: str | None = None) -> gr.HTML:
    """Return a component that shows our own HTML, with a script of ours where it needs one, and nothing of Gradio's."""
    loaded = None if script is None else _resource(script)
    return gr.HTML(value, elem_id=elem_id, js_on_load=loaded, head=head, apply_default_css=False)


def _head() -> str:
    """Return the style sheet for the document's head: set here, it is there however the page is launched."""
    return f"<style>{_resource('style.css')}</style>"


def _resource(name: str) -> str:
    return files("askdocs.web").joinpath(name).read_text(encoding="utf-8")
