"""A question to the names and numbers that it gives, and to those of them that no article has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from askdocs.terms import terms

if TYPE_CHECKING:
    from askdocs.index import OpenIndex

_ONE = r"(?:(?:[A-Z]\.){2,}|[A-Z][\w-]*(?:['’](?!s\b)\w+)*|\d[\d.,]*\d|\d)"
_NAMED = re.compile(rf"(?<=\s)(?<![?!]\s)(?<![a-z]{{3}}[.]\s)[“‘\"'(]?(?P<words>{_ONE}(?:\s{_ONE})*)")
"""The names and numbers of a question, those that stand together as one; the first word of a sentence may be any."""

_ACRONYM = re.compile(r"(?:[A-Z]\.){2,}$")
"""Its full stop belongs to it."""


def names(question: str) -> list[str]:
    """Return the names and numbers of a question as they are written there, each once."""
    found = (match["words"].rstrip("’',-") for match in _NAMED.finditer(question))
    found = (name if _ACRONYM.search(name) else name.rstrip(".") for name in found)
    return [name for name in dict.fromkeys(found) if terms(name)]


def unmentioned(question: str, index: OpenIndex) -> tuple[str, ...]:
    """Return the names and numbers of a question of which a word stands in no passage and title of an index."""
    return tuple(name for name in names(question) if not all(map(index.lexical.holding, terms(name))))
