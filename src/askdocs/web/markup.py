"""Tags, attributes and text in, HTML out in which text can never become markup.

Everything that the page shows is put together by `element`. It escapes every string except the ones it made itself, so
an article that holds a script, an image or Markdown is shown as the characters it consists of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

_UNSHOWABLE = re.compile("[\x00\ud800-\udfff]")
"""Characters that HTML or JSON cannot carry: NUL, and halves of a surrogate pair that stand alone."""

_TURNING = {
    "\u202a": "LRE",
    "\u202b": "RLE",
    "\u202c": "PDF",
    "\u202d": "LRO",
    "\u202e": "RLO",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
}
"""The characters that change the direction of all that follows, to the end of a line or to the one that takes them back
(Unicode Standard Annex #9, 2.1 to 2.4), by their short names there."""

_TURNS = re.compile(f"[{''.join(_TURNING)}]")

_VOID = frozenset({"input", "br", "hr", "meta"})


Value = str | int | bool | None


class Html(str):
    """Markup made by `element` or `join`: the only strings that are not escaped again."""

    __slots__ = ()


def text(characters: str) -> Html:
    """Return characters as HTML text; what HTML cannot carry becomes U+FFFD, one for one.

    A character that turns the direction of what follows is there, but apart, where it turns nothing, and its name is
    seen in its place: with one of them "safegnp.exe" reads as "safeexe.png", and a mark shows other words.
    """
    return Html(_TURNS.sub(_apart, _escaped(characters)))


def _apart(turn: re.Match[str]) -> str:
    return f'<span class="turning" data-sign="{_TURNING[turn.group()]}">{turn.group()}</span>'


def _escaped(characters: str) -> str:
    return escape(_UNSHOWABLE.sub("\ufffd", characters), quote=True)


def join(parts: Iterable[str]) -> Html:
    """Return parts one after another; those that are not `Html` are escaped."""
    return Html("".join(part if isinstance(part, Html) else text(part) for part in parts))


def element(tag: str, *children: str, **attributes: Value) -> Html:
    """Return one element. Its children are escaped unless they are `Html`, its attribute values always.

    `class_` and `for_` lose their underscore, other underscores become hyphens: `data_open` is `data-open`. An
    attribute that is `None` or `False` is left out, one that is `True` stands without a value.
    """
    opening = "".join(_attribute(name, value) for name, value in attributes.items())
    if tag in _VOID:
        return Html(f"<{tag}{opening}>")
    return Html(f"<{tag}{opening}>{join(children)}</{tag}>")


def _attribute(name: str, value: Value) -> str:
    if value is None or value is False:
        return ""
    spelled = name.rstrip("_").replace("_", "-")
    return f" {spelled}" if value is True else f' {spelled}="{_escaped(str(value))}"'
