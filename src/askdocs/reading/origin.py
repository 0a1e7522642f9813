"""The bytes of a file or row -> the name of what is read from them, by which an article is known again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from askdocs.datatypes import Article

Recall = Callable[[str], Article | None]
"""Gives back the article that was read from an origin before, as it was; None where it is not known.

Whoever remembers answers for it that reading has not changed since.
"""


def origin_of(raw: bytes, form: str) -> str:
    """Return the hex sha256 of bytes and of the form that they are read in."""
    told = hashlib.sha256(f"{form}\n".encode())
    told.update(raw)
    return told.hexdigest()


def nothing_recalled(_origin: str) -> None:
    """Know nothing: everything is read."""
