"""An answer in, where its words point to its quotes out.

A mark `[1]` that stands within a quote's own words was written by the article: it points to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from askdocs.datatypes import Answer, Span

_MARK = re.compile(r"\[(\d{1,3})\]")


def marks_of(answer: Answer) -> list[tuple[int, Span]]:
    """Return each mark of an answer's words that points to a quote: the quote's number, and where the mark stands."""
    verbatim = [span for quote in answer.quotes for span in _occurrences(quote.exact, answer.text)]
    found = []
    for mark in _MARK.finditer(answer.text):
        number, (start, end) = int(mark[1]), mark.span()
        inside = any(first <= start and end <= last for first, last in verbatim)
        if not inside and 1 <= number <= len(answer.quotes):
            found.append((number, (start, end)))
    return found


def _occurrences(words: str, within: str) -> Iterator[Span]:
    start = within.find(words) if words else -1
    while start >= 0:
        yield start, start + len(words)
        start = within.find(words, start + len(words))
