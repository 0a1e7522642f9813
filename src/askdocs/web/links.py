"""A quote in, the part of an address that leads to it out; and back, from an address that anyone may have written.

The part after `#` never leaves the browser by itself: it is sent as an event of the page, and what it names is looked
up and checked like any other word from outside.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

_SHA256 = re.compile(r"[0-9a-f]{64}")
_LONGEST_ID = 4_096
_LONGEST_BASE = 2_048


@dataclass(frozen=True, slots=True)
class Place:
    """Characters `start` to `end`, half-open, of one snapshot of an article."""

    article_id: str
    sha256: str
    start: int
    end: int

    @property
    def fragment(self) -> str:
        """The place as the part of an address after `#`, with it."""
        named = {"article": self.article_id, "sha256": self.sha256, "start": self.start, "end": self.end}
        return f"#{urlencode(named, errors='replace')}"


def place_of(sent: Mapping[str, object]) -> Place | None:
    """Return the place that a link's parts name, or nothing where they could not be one."""
    article_id, sha256 = sent.get("article"), sent.get("sha256")
    start, end = whole_number(sent.get("start")), whole_number(sent.get("end"))
    if not isinstance(article_id, str) or len(article_id) > _LONGEST_ID:
        return None
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        return None
    if start is None or end is None or start >= end:
        return None
    return Place(article_id, sha256, start, end)


def whole_number(sent: object) -> int | None:
    """Return the number that a browser sent as its digits, or nothing; none is larger than a text is long."""
    return int(sent) if isinstance(sent, str) and sent.isascii() and sent.isdigit() and len(sent) <= 10 else None  # noqa: PLR2004  digits of any position in an article


def page_address(sent: object) -> str:
    """Return the address of the page as the browser says it, without its fragment; empty where that cannot be one."""
    if not isinstance(sent, str) or len(sent) > _LONGEST_BASE:
        return ""
    try:
        parts = urlsplit(sent)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        return ""
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
