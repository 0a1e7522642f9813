"""A question's words that no article has, and none of the model's, to the nearest that articles have.

Names are typed from memory: "Ghandi" is read as "Gandhi", and "pateints" as "patients". Which words were read
otherwise is said with the answer, as an unknown name may also be another person's. A word that the encoder's vocabulary
has is spelt right, whatever it is like. Marks on letters make no difference, but in Vietnamese: there "Nguyen" is read
as "Nguyễn" where articles have that alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain, islice
from typing import TYPE_CHECKING

from askdocs.terms import terms, without_marks

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

SHORT = 5
"""Letters of a word from which on some may be wrong: shorter words have too many neighbours."""

_WORD = re.compile(r"(?<![\w’'])[^\W\d_]{3,}(?![\w]|[’'](?!s\b)\w)")
"""Neither a part of a word with digits nor of a contraction."""

_CAPITAL = re.compile(r"(?<=\s)(?<![.?!]\s)[“‘\"'(]?([^\W\d_a-z][^\W\d_]*)")
"""A word with a capital that is not the first of its sentence: a name."""

_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]+")
_LETTERS = re.compile(r"[^\W\d_]+")


def read_as(question: str, index: OpenIndex, encoder: Encoder) -> Mapping[str, str]:
    """Return the words of a question that no article has and which are no words, each with the one of an article.

    One that only lacks marks on its letters, or has some that articles have not, is read as theirs, word or not.
    """
    absent = [word for word in dict.fromkeys(_WORD.findall(question)) if _is_absent(word, index)]
    marked = {word: other for word in absent if (other := _with_other_marks(word, index))}
    unknown = (word for word in absent if word not in marked and _is_unknown(word, encoder))
    names = () if question.isupper() else _CAPITAL.findall(question)
    nearest = ((word, _nearest(word, index, is_name=word in names)) for word in islice(unknown, MOST))
    return marked | {word: other for word, other in nearest if other is not None}


def respelt(question: str, words: Mapping[str, str]) -> str:
    """Return a question with some of its words read otherwise."""
    return _WORD.sub(lambda match: words.get(match[0], match[0]), question) if words else question


def _is_absent(word: str, index: OpenIndex) -> bool:
    found = terms(word)
    return len(found) == 1 and bool(_LATIN.fullmatch(word)) and not index.lexical.holding(found[0])


def _with_other_marks(word: str, index: OpenIndex) -> str | None:
    """Return a word of an article that is the same with marks on its letters, or without those it has."""
    plain = without_marks(word)
    spelt = {plain, *terms(plain)}
    letters = _alike().get(plain[:1], "") if plain == word.casefold() else ""
    of_letter = chain.from_iterable(map(index.lexical.terms_from, letters))
    like = chain(spelt, (term for term in of_letter if not term.isascii() and without_marks(term) in spelt))
    known = (other for term in like if index.lexical.holding(term) for other in _words_of(term, index))
    return next((other for other in known if without_marks(other) == plain), None)


@cache
def _alike() -> Mapping[str, str]:
    """Return each letter from a to z with those that are it but for their marks."""
    marked = [chr(code) for code in range(0xDF, 0x250) if chr(code) == chr(code).casefold()]
    plain = "abcdefghijklmnopqrstuvwxyz"
    return {
        letter: "".join([letter, *(other for other in marked if without_marks(other)[:1] == letter)])
        for letter in plain
    }


def _is_unknown(word: str, encoder: Encoder) -> bool:
    """Tell whether a word stands for nothing as it is written; it may be two words in one, but for names."""
    if len(word) < SHORT or encoder.knows(word) or encoder.knows(terms(word)[0]):  # "tolls" is right where "toll" is
        return False
    cuts = () if word[0].isupper() else range(PART, len(word) - PART + 1)
    return not any(encoder.knows(word[:cut]) and encoder.knows(word[cut:]) for cut in cuts)


def _nearest(word: str, index: OpenIndex, *, is_name: bool) -> str | None:
    """Return the word of an article that an unknown one stands for, None where it stands for none of them.

    A name stands for a name.
    """
    known = (other for term in _like(terms(word)[0], index) for other in _words_of(term, index))
    alike = (other for other in known if _near(without_marks(word), without_marks(other)))
    return next((other for other in alike if other[0].isupper() or not is_name), None)


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
