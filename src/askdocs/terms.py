"""Text to search terms: what BM25 counts, for any script and without knowing the language."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from Stemmer import Stemmer

VERSION = 3
"""Part of an index's manifest: raise it when the terms of a text change, so that old indexes are refused."""

KNOWN_WORDS = 65_536
"""Words whose terms are remembered, 13 MB: reading them anew was most of reading a question's sentences."""

LONGEST_KNOWN = 40
"""Characters of a word that is remembered. Scripts without spaces have none between white space."""

CAPITAL = "[A-Z" + "".join(letter for letter in map(chr, range(0xC0, 0x250)) if letter.isupper()) + "]"
"""A pattern of a Latin capital letter, with marks or without."""

_UNSPACED_RANGES = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
)
_UNSPACED = rf"[{_UNSPACED_RANGES}\U00020000-\U0003ffff]"
_TERM = re.compile(
    r"[a-z][a-z0-9_]*+(?![^\x00-\x7f])"  # most words of most texts, several times sooner than by the last line
    r"|\d+(?:[.,]\d+)*"
    rf"|{_UNSPACED}+"
    rf"|(?:(?!{_UNSPACED})[^\W\d_])(?:(?!{_UNSPACED})[\w\u0300-\u036f\u0900-\u0dff])*"
)
_ACRONYM = re.compile(r"(?<![\w.])(?:(?:[A-Z]\.)+[A-Z]\b\.?(?!\w)|US\b)")
"""Its last point may be left out: the U.S, J.K Rowling."""

_COUNTRY = {"US": "USA"}
_INITIALS = re.compile(r"(?<![\w.])[A-Z]\.(?:[ \u00a0][A-Z]\.)+(?=[ \u00a0][^\W\d_a-z])")
_AROUND = '.,;:!?()[]“”"'
"""What stands around words and is in no term."""

_SHOUTED = re.compile(r"^\W*[A-Z]{2,}\b")
_NAMED = re.compile(r"^\W*(?:It|Long|May|Who|Will)\b")
"""Words that are names where they have a capital amid a sentence, and else frame a question."""

_CONTRACTION = re.compile(
    r"(?:(?:did|does|do|is|are|was|were|has|have|had|wo|would|ca|could|should|must|need|ai)n['’]t"
    r"|(?:i|you|we|they|he|she|it|that|who|what|there|where|how|when|why)['’](?:re|ve|ll|d|m))(?:['’]ve)?",
    re.IGNORECASE,
)
"""Function words made one: didn't, you've. Their parts are words as well: he won."""

_THE_US = re.compile(r"\bthe us\b")
"""The country, in a question that has no capital at all."""

_STARTS_UNSPACED = re.compile(_UNSPACED)
_FUNCTION_WORDS = """
a about also am an and any are as at be became because become been being but by came can come could did do does doing
done ever for from gave get give go got had happen happened has have having he her hers him his how i if in into is it
its itself kind long made make many may me might much must my of often on or our ours please put said say shall she
should so some such take tell than that the their theirs them themselves then there these they this those to told took
us was we went were what when where which while who whom whose why will with would you your yours
"""

_UNMADE = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
"""Letters that are not made of one and a mark."""

_LATIN = (chr(code) for code in (*range(0xDF, 0x250), *range(0x1E00, 0x1F00)))
_PLAIN = str.maketrans(
    dict.fromkeys(map(chr, range(0x300, 0x370)), "")
    | {letter: unicodedata.normalize("NFD", letter)[0] for letter in _LATIN}
    | _UNMADE
)
"""Each Latin letter without its marks; marks that stand by themselves are left out."""

_VIETNAMESE = re.compile(r"[\u01a1\u01b0\u1ea0-\u1ef9]")
"""Letters of Vietnamese alone, where marks tell words apart: a word that has one keeps all of its marks."""

_SCRIPTS = (
    (re.compile(r"[\u0400-\u052f]"), "russian"),
    (re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]"), "greek"),
    (re.compile(r"[\u0600-\u06ff]"), "arabic"),
    (re.compile(r"[\u0900-\u097f]"), "hindi"),
)


def terms(text: str) -> list[str]:
    """Return the search terms of a text, in order, repeats kept.

    Words are folded (NFKC, case, marks on Latin letters but in Vietnamese) and stemmed by the Snowball stemmer of their
    script; `15,000` and `15000` are one term, and so are `U.S.`, `US` and `USA`, `J. K.`, `J.K.` and `JK`, `São` and
    `Sao`; scripts without spaces between words give overlapping pairs of characters.
    """
    return [*chain.from_iterable(map(_KNOWN.__getitem__, with_joined_initials(text).split()))]


def without_marks(word: str) -> str:
    """Return a word in small letters, Latin ones without their marks: sao for São."""
    return unicodedata.normalize("NFKC", word).casefold().translate(_PLAIN)


def with_joined_initials(text: str) -> str:
    """Return a text with the initials of names side by side: J.K. Rowling for J. K. Rowling."""
    if ". " in text or ".\u00a0" in text:  # hardly a sentence has one, and to look takes no time
        return _INITIALS.sub(lambda match: "".join(match[0].split()), text)
    return text


def with_plain_acronyms(text: str) -> str:
    """Return a text with its acronyms as most write them: UN for U.N., JK for J. K., and USA for U.S., US and U.S.A.

    As "us" it would be a pronoun.
    """
    return _without_points(with_joined_initials(text))


def _without_points(text: str) -> str:
    return _ACRONYM.sub(lambda match: _COUNTRY.get(match[0].replace(".", ""), match[0].replace(".", "")), text)


def content_terms(text: str) -> list[str]:
    """Return the search terms of a text without English words that only frame a question; or all, if none is left.

    A word that stands there as a name is kept: the month of May, the WHO, Will Smith. In a text without capitals
    "the us" is the country.
    """
    text = _THE_US.sub("the US", text) if text.islower() else text
    words, shouted = with_joined_initials(text).split(), text.isupper()
    kept = []
    for word, before in zip(words, ["?", *words], strict=False):
        if is_contraction(word):
            continue
        is_name = not shouted and (_SHOUTED.search(word) or (_NAMED.search(word) and before[-1] not in ".?!:"))
        kept += [term for term in _KNOWN[word] if is_name or term not in _function_words()]
    return kept or terms(text)


def is_contraction(word: str) -> bool:
    """Tell whether a word is function words made one, as "didn't" is, whatever punctuation is around it."""
    return _CONTRACTION.fullmatch(word.strip(_AROUND)) is not None


@cache
def _function_words() -> frozenset[str]:
    return frozenset(terms(_FUNCTION_WORDS))


@cache
def _stemmer(language: str) -> Stemmer:
    import Stemmer  # noqa: PLC0415  a compiled library, loaded when the first word is stemmed

    return Stemmer.Stemmer(language)


def _read(word: str) -> tuple[str, ...]:
    """Return the terms of what stands between white space."""
    letters = word.strip(_AROUND)
    if letters.isascii() and letters.isalpha() and letters not in _COUNTRY:  # most words, several times sooner
        return _terms_of(letters.lower())
    folded = _without_points(unicodedata.normalize("NFKC", word)).casefold().replace("’", "'")
    return tuple(term for piece in _TERM.findall(folded) for term in _terms_of(piece))


class _Known(dict[str, tuple[str, ...]]):
    """The terms of words that were read before. Reading a text is mostly looking its words up here."""

    def __missing__(self, word: str) -> tuple[str, ...]:
        found = _read(word)
        if len(word) <= LONGEST_KNOWN:
            if len(self) >= KNOWN_WORDS:
                self.clear()
            self[word] = found
        return found


_KNOWN = _Known()


@lru_cache(maxsize=KNOWN_WORDS)
def _terms_of(piece: str) -> tuple[str, ...]:
    """Return the terms of what the pattern takes for one piece: a number, a word, or a run of an unspaced script."""
    if piece[0].isdecimal():
        return (re.sub(r"[.,](?=\d{3}(?!\d))", "", piece),)
    if _STARTS_UNSPACED.match(piece):
        return tuple(piece[at : at + 2] for at in range(max(1, len(piece) - 1)))
    if piece == "s":  # what is left of a possessive
        return ()
    language = "english"
    if not piece.isascii() and not _VIETNAMESE.search(piece):
        piece = piece.translate(_PLAIN)
    if not piece.isascii():
        language = next((name for script, name in _SCRIPTS if script.search(piece)), language)
    return (_stemmer(language).stemWord(piece),)
