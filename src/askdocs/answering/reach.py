"""A sentence to the span that can be understood without the page around it.

"He said the road was closed." is useless alone. Where a sentence begins by pointing back, the quote begins earlier, at
the sentence that names who or what is meant: still verbatim, still one piece.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from askdocs.datatypes import Article, Span
from askdocs.judging import is_heading
from askdocs.quotes import is_prose

FURTHEST = 2
"""Sentences that a quote may reach back."""

LONGEST = 420
"""Characters that a quote may grow by. What needs more is better read in the article."""

_POINTS_BACK = re.compile(
    r"^[(\s]*(?:He|She|They|His|Her|Their|Him|Them|It|Its|These|Those"
    r"|(?:This|That)(?= (?:is|was|means|would|will|has|had|came|comes|makes|made|gives|gave|includes)\b)"
    r"|(?:The (?:former|latter|two|three|pair|couple|same))"
    r"|(?:But|And|So|Yet|Still|Instead|However|Also)[,]? (?:he|she|they|it|his|her|their)"
    r"|(?:In|At|On|Of|For|To|By) (?:his|her|their|its) )\b"
)
_SAID = "said|says|added|told|wrote|explained|warned|argued|recalled|replied|insisted|admitted|claimed|continued"
_SPEAKS_UNNAMED = re.compile(rf"[”\"’'],?\s+(?:(?:he|she|they) (?:{_SAID})|(?:{_SAID}) (?:he|she|they))\b")
_SPEECH = re.compile(r"\s*[“\"‘']")


def understandable(article: Article, span: Span, before: Sequence[Span]) -> Span:
    """Return the span, begun early enough that it names what its first words point back to.

    `before` holds the article's sentences in front of it, the nearest last; no more than `FURTHEST` are looked at. What
    stands alone in its lines is a heading, and names nobody.
    """
    first = span
    speaks = bool(_SPEAKS_UNNAMED.search(article.text[slice(*span)]))
    for earlier in reversed(before[-FURTHEST:]):
        text = article.text[slice(*first)]
        if not points_back(text) and not (speaks and _SPEECH.match(text)):
            break
        too_long = span[0] - earlier[0] > LONGEST
        if too_long or is_heading(article.text, earlier) or not is_prose(article, (earlier[0], first[0])):
            break
        first = earlier
    return first[0], span[1]


def points_back(sentence: str) -> bool:
    """Tell whether a sentence speaks of someone or something named before it."""
    return bool(_POINTS_BACK.search(sentence) or _SPEAKS_UNNAMED.search(sentence))
