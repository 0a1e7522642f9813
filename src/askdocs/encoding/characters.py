"""Texts of any characters to texts that a tokenizer takes, character for character."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SURROGATE = re.compile("[\ud800-\udfff]")


def whole(texts: Sequence[str]) -> list[str]:
    """Return texts with what is half a character replaced by U+FFFD, as long as before."""
    return [_SURROGATE.sub("\ufffd", text) for text in texts]
