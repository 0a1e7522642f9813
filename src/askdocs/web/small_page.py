"""A few words or a form in, a whole page of HTML out: what is shown without Gradio, to sign in or to wait for it."""

from __future__ import annotations

from askdocs.web.markup import Html, element, join


def small_page(title: str, *content: Html, script: str = "") -> str:
    """Return a page. `script` is ours: it is put in as it is."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", Html(_STYLE)),
    )
    main = element("main", element("h1", "askdocs"), *content)
    scripts = [element("script", Html(script))] if script else []
    return f"<!doctype html>{element('html', head, element('body', join([main, *scripts])), lang='en')}"


_STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center;
  background: light-dark(#fbfaf7, #191a1c); color: light-dark(#1c1d20, #e9e7e2); }
main { width: min(20rem, 100vw - 3rem); }
h1 { font: 600 1.6rem Georgia, serif; }
form { display: grid; gap: 0.5rem; }
input, button { font: inherit; padding: 0.55rem 0.7rem; border-radius: 0.4rem; color: inherit;
  border: 1px solid light-dark(#8a8780, #85827b); background: light-dark(#fff, #232427); }
button { margin-top: 0.6rem; border: 0; background: #1d5b52; color: #fff; cursor: pointer; }
:focus-visible { outline: 3px solid #3d8f83; outline-offset: 2px; }
[role="alert"] { color: light-dark(#9a2b1e, #f2a196); }
"""
