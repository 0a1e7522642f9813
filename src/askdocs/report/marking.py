"""A found text and what is gold or quoted in its article go in; the text as HTML comes out, with both marked."""

from __future__ import annotations

from itertools import pairwise

from askdocs.evaluation.saved import Found, Row
from askdocs.web.markup import Html, element, join, text


def marked(found: Found, row: Row) -> Html:
    """Return a hit's or quote's words; gold in `<mark>`, what was quoted in `<u>`, every other character as it is."""
    gold = [(span.start, span.end) for span in row.question.gold if span.article_id == found.article_id]
    quoted = [(quote.start, quote.end) for quote in row.quotes if quote.article_id == found.article_id]
    edges = {found.start, found.start + len(found.text)}
    inside = {edge for span in (*gold, *quoted) for edge in span if found.start < edge < found.start + len(found.text)}
    cuts = sorted(edges | inside)
    parts = []
    for start, end in pairwise(cuts):
        words = text(found.text[start - found.start : end - found.start])
        if any(span[0] <= start and end <= span[1] for span in quoted):
            words = element("u", words)
        if any(span[0] <= start and end <= span[1] for span in gold):
            words = element("mark", words)
        parts.append(words)
    return join(parts)
