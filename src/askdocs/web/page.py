"""An open library in, the chat page as Gradio Blocks out: which component shows what, which event asks what.

Gradio brings the input box, the events, the queue and the state of a session. The conversation and the evidence are
rendered by this package: a chat component that understands Markdown would turn an article's words into markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import gradio as gr

from askdocs.library import Library
from askdocs.web.desk import Desk
from askdocs.web.evidence import empty_pane
from askdocs.web.limits import Gate
from askdocs.web.turns import Conversation

AT_ONCE = 2
"""How many events of one other kind are answered at the same time; more would only make each slower on two cores."""


def build_page(library: Library, *, examples: Sequence[str] = (), gate: Gate | None = None) -> gr.Blocks:
    """Return the chat page for a library. `examples` are questions that a newcomer can ask with one click.

    Questions go through the gate, which whatever else is asked of the library shares; without one, through their own.
    """
    desk = Desk(library, tuple(examples), gate)
    page = gr.Blocks(title="askdocs", analytics_enabled=False, fill_width=True)
    with page:
        so_far = gr.State(Conversation())
        with gr.Row(elem_id="masthead"):
            gr.HTML(desk.masthead(), elem_id="wordmark", js_on_load=None, apply_default_css=False)
            again = gr.Button("New conversation", elem_id="again", size="sm")
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="asking"):
                talk = gr.HTML(desk.talk(Conversation()), elem_id="talk", js_on_load=None, apply_default_css=False)
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
            with gr.Column(elem_id="reading"):
                gr.HTML(desk.tabs(), elem_id="tabs", js_on_load=None, apply_default_css=False)
                evidence = gr.HTML(
                    empty_pane(),
                    elem_id="evidence",
                    head=_head(),
                    js_on_load=_resource("page.js"),
                    apply_default_css=False,
                )
                with gr.Column(elem_id="articles"):
                    wanted = gr.Textbox(
                        elem_id="wanted",
                        label="Filter the articles",
                        show_label=False,
                        container=False,
                        placeholder="Filter by title, outlet, author or date",
                        max_lines=1,
                    )
                    shelf = gr.HTML(desk.shelf(""), elem_id="shelf", js_on_load=None, apply_default_css=False)

        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        asked = gr.on(
            [typed.submit, send.click, evidence.submit],
            desk.ask,
            inputs=[typed, so_far],
            outputs=[talk, evidence, so_far, typed],
            concurrency_limit=None,  # the gate's business: Gradio would let a question wait without a word
            trigger_mode="once",
            **quiet,
        )
        asked.failure(desk.failed, inputs=[so_far], outputs=[talk, so_far], **quiet)
        evidence.click(desk.show, inputs=[so_far], outputs=[evidence], trigger_mode="always_last", **quiet)
        wanted.change(desk.shelf, inputs=[wanted], outputs=[shelf], trigger_mode="always_last", **quiet)
        again.click(desk.clear, outputs=[talk, evidence, so_far, typed], **quiet)
    page.queue(default_concurrency_limit=AT_ONCE, api_open=False)
    return page


def theme() -> gr.themes.Base:
    """Return the theme to launch the page with: bare, and with fonts that every machine has, so none is fetched."""
    return gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])


def _head() -> str:
    """Return the style sheet for the document's head: set here, it is there however the page is launched."""
    return f"<style>{_resource('style.css')}</style>"


def _resource(name: str) -> str:
    return files("askdocs.web").joinpath(name).read_text(encoding="utf-8")
