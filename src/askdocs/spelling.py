"""A question's words that no article has, and none of the model's, to the nearest that articles have.

Names are typed from memory: "Ghandi" is read as "Gandhi", "pateints" as "patients". Which words were read otherwise is
said with the answer, as an unknown name may also be another person's. A word that the encoder's vocabulary has is
spelt right, whatever it is like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING

from askdocs.terms import terms

if TYPE_CHECKING:
    from askdocs.encoding import Encoder
    from askdocs.index import OpenIndex

FURTHEST = 2
LONG = 9
"""Letters of a word from which on two may be wrong instead of one; two neighbours that changed places count as one."""

MOST = 8
"""Unknown words of a question that are looked up; one that has more is no question in the articles' language."""

PART = 4
"""Letters that a part of a compound word has at least."""

TRIED = 3
"""Terms whose words are compared, the best first."""

LOOKED_AT = 4
"""Passages that are looked at for the words of a term."""

_WORD = re.compile(r"(?<![\w’'])[^\W\d_]{5,}(?![\w]|[’'](?!s\b)\w)")
"""Shorter words have too many neighbours. Neither a part of a word with digits nor of a contraction."""

_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_LETTERS = re.compile(r"[^\W\d_]+")


def read_as(question: str, index: OpenIndex, encoder: Encoder) -> Mapping[str, str]:
    """Return the words of a question that no article has and which are no words, each with the one of an article."""
    unknown = (word for word in dict.fromkeys(_WORD.findall(question)) if _is_unknown(word, index, encoder))
    nearest = ((word, _nearest(word, index)) for word in islice(unknown, MOST))
    return {word: other for word, other in nearest if other is not None}


def respelt(question: str, words: Mapping[str, str]) -> str:
    """Return a question with some of its words read otherwise."""
    return _WORD.sub(lambda match: words.get(match[0], match[0]), question) if words else question


def _is_unknown(word: str, index: OpenIndex, encoder: Encoder) -> bool:
    """Tell whether a word stands for nothing as it is written; it may be two words in one, but for names."""
    found = terms(word)
    if len(found) != 1 or not _LATIN.fullmatch(word) or index.lexical.holding(found[0]) or encoder.knows(word):
        return False
    cuts = () if word[0].isupper() else range(PART, len(word) - PART + 1)
    return not any(encoder.knows(word[:cut]) and encoder.knows(word[cut:]) for cut in cuts)


def _nearest(word: str, index: OpenIndex) -> str | None:
    """Return the word of an article that an unknown one stands for, None where it stands for none of them."""
    known = (other for term in _like(terms(word)[0], index) for other in _words_of(term, index))
    return next((other for other in known if _near(word.casefold(), other.casefold())), None)


def _like(unknown: str, index: OpenIndex) -> list[str]:
    """Return the terms of the index nearest to an unknown one, those in more passages first among equals.

    The first letter is hardly ever the wrong one.
    """
    from rapidfuzz import process  # noqa: PLC0415  few questions have a word that nobody knows
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    among = index.lexical.terms_from(unknown[0])
    near = process.extract(unknown, among, scorer=OSA.distance, score_cutoff=FURTHEST, limit=None)
    return [term for term, *_ in sorted(near, key=lambda one: (one[1], -index.lexical.holding(one[0]), one[0]))][:TRIED]


def _words_of(term: str, index: OpenIndex) -> Iterator[str]:
    """Yield the words that a term stands for in the first passages that hold it, and in their articles' titles."""
    told: set[str] = set()
    for row in index.lexical.first_holding(term, LOOKED_AT):
        title = index.articles.summaries[int(index.passages.article_rows[row])].title
        for word in _LETTERS.findall(f"{index.passages[row].text} {title}"):
            if word not in told and terms(word) == [term]:
                told.add(word)
                yield word


def _near(word: str, other: str) -> bool:
    """Tell whether a word is another with a letter wrong, missing, too many or out of place; in long ones, two."""
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    distance = OSA.distance(word, other)
    return distance <= (FURTHEST if len(word) >= LONG or sorted(word) == sorted(other) else 1)
