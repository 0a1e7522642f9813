"""A request in, one of its cookies out; and a cookie in, the header that sets it out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

if TYPE_CHECKING:
    from starlette.types import Scope

    from askdocs.web.responses import Header


def header_of(scope: Scope, name: bytes) -> str:
    """Return the value of a request's header; empty where there is none."""
    return next((value.decode("latin-1") for one, value in scope["headers"] if one == name), "")


def cookie_of(scope: Scope, name: str) -> str:
    """Return a cookie's value. The standard library's parser gives up at another program's strange one beside it."""
    pairs = (part.strip().partition("=") for part in header_of(scope, b"cookie").split(";"))
    return next((value for one, _, value in pairs if one == name), "")


def set_cookie(
    scope: Scope, name: str, value: str, *, seconds: int | None, same_site: Literal["Lax", "None"], secure: bool
) -> Header:
    """Return the header that sets a cookie which no script reads, for the place that askdocs is mounted at.

    `seconds`: how long it is kept; until the browser ends where that is `None`.
    """
    place = root_of(scope) or "/"
    age = "" if seconds is None else f"; Max-Age={seconds}"
    apart = "; Secure" if secure else ""
    partitioned = "; Partitioned" if same_site == "None" else ""
    spelled = f"{name}={value}; Path={place}{age}; HttpOnly; SameSite={same_site}{apart}{partitioned}"
    return b"set-cookie", spelled.encode()


def root_of(scope: Scope) -> str:
    """Return the path under which askdocs is mounted, as a browser spells it."""
    return quote(scope.get("root_path", ""))
