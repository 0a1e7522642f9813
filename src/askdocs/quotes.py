"""An article and a span of it to a `Quote`: the only door through which a quote enters.

Nothing that a model or a person typed passes: `exact` is sliced here from the stored article.
"""

from __future__ import annotations

from askdocs.datatypes import Article, Quote, Span
from askdocs.errors import QuoteError


def quote(article: Article, span: Span) -> Quote:
    """Quote a span of an article, without the white space at its ends.

    Raises:
        QuoteError: the span is not inside the article, holds no words, or touches what is not the article's own prose.
    """
    start, end = span
    if not 0 <= start < end <= len(article.text):
        raise QuoteError(f"{article.id}: no span {start}-{end} in a text of {len(article.text)} characters")
    words = article.text[start:end]
    start += len(words) - len(words.lstrip())
    end = start + len(words.strip())
    if start >= end:
        raise QuoteError(f"{article.id}: only white space at {span[0]}-{span[1]}")
    if not is_prose(article, (start, end)):
        raise QuoteError(f"{article.id}: {start}-{end} is not part of the article's own prose")
    return Quote(article.id, article.sha256, start, end, article.text[start:end])


def is_prose(article: Article, span: Span) -> bool:
    """Tell whether every character of a span is in the article's body, white space between its parts aside."""
    at, end = span
    for body_start, body_end in article.body:
        if body_end <= at:
            continue
        if article.text[at : max(at, min(body_start, end))].strip():
            return False
        at = max(at, body_end)
        if at >= end:
            return True
    return not article.text[at:end].strip()
