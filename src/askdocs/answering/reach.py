"""A sentence to the span that can be understood without the page around it.

"He said the road was closed." is useless alone. Where a sentence begins by pointing back, the quote begins earlier, at
the sentence that names who or what is meant: still verbatim, still one piece.
"""

from __future__ import annotations

import re

from askdocs.datatypes import Article, Span
from askdocs.quotes import is_prose
from askdocs.sentences import sentence_spans

FURTHEST = 2
"""Sentences that a quote may reach back."""

LONGEST = 420
"""Characters that a quote may grow by. What needs more is better read in the article."""

_AROUND = 2_000
"""Characters before and behind a sentence that are read to find the ones in front of it: a whole paragraph."""

_POINTS_BACK = re.compile(
    r"^[(\s]*(?:He|She|They|His|Her|Their|Him|Them|It|Its|These|Those"
    r"|(?:This|That)(?= (?:is|was|means|would|will|has|had|came|comes|makes|made|gives|gave|includes)\b)"
    r"|(?:The (?:former|latter|two|three|pair|couple|same))"
    r"|(?:But|And|So|Yet|Still|Instead|However|Also)[,]? (?:he|she|they|it|his|her|their)"
    r"|(?:In|At|On|Of|For|To|By) (?:his|her|their|its) )\b"
)
_SPEAKS_UNNAMED = re.compile(
    r"[”\"][,]?\s+(?:he|she|they) (?:said|says|added|told|wrote|explained|warned|argued|recalled)\b"
)


def understandable(article: Article, span: Span) -> Span:
    """Return the span, begun early enough that it names what its first words point back to."""
    first = span
    for _ in range(FURTHEST):
        before = _sentence_before(article, first[0])
        if before is None or not points_back(article.text[slice(*first)]) or span[0] - before[0] > LONGEST:
            break
        first = before
    return first[0], span[1]


def points_back(sentence: str) -> bool:
    """Tell whether a sentence speaks of someone or something named before it."""
    return bool(_POINTS_BACK.search(sentence) or _SPEAKS_UNNAMED.search(sentence))


def _sentence_before(article: Article, start: int) -> Span | None:
    """Return the sentence before a position, if only white space lies between and both are the article's prose."""
    around = (max(0, start - _AROUND), min(len(article.text), start + _AROUND))
    before = [span for span in sentence_spans(article.text, [around]) if span[1] <= start]
    if not before or not is_prose(article, (before[-1][0], start)):
        return None
    return before[-1]
