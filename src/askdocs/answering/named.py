"""A sentence and what is known -> whether every name in it is one there: by capitals, or, in scripts without, verbatim.

A capital alone makes no name: a sentence's first word has one, and so has every word of a headline. There a word is
taken for a name unless it is one of those that mostly name nobody, or is known in small letters as well.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile
from math import inf

from askdocs.terms import content_terms, terms, with_plain_acronyms

_WORD = re.compile(r"[^\W_]+")
_OPENING = (
    "a about according additionally after all also although an and another are as at be because before between both "
    "but by can could despite did do does due during each every finally following for from furthermore he her his how "
    "however i if in instead into is it its just later many meanwhile might more moreover most nearly neither no none "
    "nor not of on once one only or other our over overall several she since so some specifically such that the their "
    "then there these they this those thus to today under until was we were what when where which while who why with "
    "within yes you"
)
_OPENERS = frozenset(_OPENING.split())
"""English words that begin a sentence with a capital and name nobody."""

_ARTICLES = frozenset({"a", "an", "the"})
_SELDOM_NAMES = _OPENERS.union({"march", "mark", "may", "us", "will"})
"""Words that a headline or the beginning of a sentence does not show to be names: the month of March, or to march."""

_NAMED_ALIKE = (
    "amazon apple april august bill brown bush chad chase china dean faith ford frank grace grant guinea hope jack "
    "japan jordan june march mark may meta nick oracle orange pat polish rich rob rose shell sue swift target turkey "
    "us visa white will young"
)
_ALSO_NAMES = frozenset(_NAMED_ALIKE.split())
"""Names that are words as well: what is known of a turkey says nothing of Turkey."""

_OF_TWO_MEANINGS = _SELDOM_NAMES | _ALSO_NAMES

_SHORTENED = frozenset({"Mr", "Mrs", "Ms", "Dr", "Prof", "St", "Gen", "Lt", "Col", "Sen", "Gov"})
"""Words that some write with a full stop and some without, all of the same person."""

_BEFORE_NAMES = (
    "President Minister Chancellor Senator Governor Mayor Judge Justice Secretary Ambassador General Colonel Captain "
    "Professor Archbishop Bishop Lord Lady Mr Mrs Ms Dr Prof Gen Lt Col Sen Gov"
)
_TITLES = frozenset(_BEFORE_NAMES.split())
"""Words that stand before a whole name or before its last word alone: President Volodymyr Zelensky, President Zelensky.
A king or a saint goes by the first."""

_GIVEN_NAMES = 3
"""So many at most stand between a title and the last name."""

_JOINING = frozenset({" ", "-", "'", ". ", ".", " & ", "&"})
"""What stands between the words of one name."""

_AMID = frozenset({" ", "-", "'", "&", " & ", ", ", "/", "; ", " (", ") "})
"""What stands before a word that begins no sentence and no speech; a full stop may be an initial's, or may not."""

_SPEECH = re.compile(r"[:\"–—]|(?<!\w)'|[!?] ")
_HEADLINE = 0.6
_LONG = 4
"""A headline has at least this share of words with a capital, of those of so many letters or more."""


@dataclass(frozen=True, slots=True)
class _Token:
    """A word with what stands before it. `telling`: its capital makes it a name."""

    word: str
    before: str
    telling: bool = False


class Known:
    """What may be named: the names in some texts, each by itself."""

    def __init__(self, sources: Sequence[str]) -> None:
        texts = [with_plain_acronyms(source) for source in sources]
        self._small = {word for text in texts for word in _WORD.findall(text) if not _has_capital(word)}
        self._sources = [self._read(text) for text in texts]
        self._terms = set(terms("\n".join(texts)))
        self._text = "\n".join(texts)

    def names_all_of(self, words: str) -> bool:
        """Tell whether every name in a sentence is known; without a capital every word that tells something."""
        return (
            all(any(self._holds(source, name) for source in self._sources) for name in self._names(words))
            and all(self._terms.issuperset(terms(agent)) for agent in _agents(words))
            and (not words.islower() or self._terms.issuperset(content_terms(words)))
            and stands_in(words, self._text)
        )

    def _read(self, text: str) -> list[_Token]:
        tokens = list(_tokens(text))
        long = [token.word for token in tokens if len(token.word) >= _LONG and _has_case(token.word)]
        headline = bool(long) and sum(map(_has_capital, long)) >= _HEADLINE * len(long)
        words = ["", *(token.word for token in tokens), ""]
        around = zip(words, words[2:], strict=False)
        return [
            replace(token, telling=self._tells(token, *beside, headline=headline))
            for token, beside in zip(tokens, around, strict=True)
        ]

    def _tells(self, token: _Token, last: str, following: str, *, headline: bool) -> bool:
        """Tell whether a word of a source is a name by its capital, and a month by the day or year after it."""
        if not _has_capital(token.word):
            return False
        alone = _is_acronym(token.word) and not last.isupper() and not following.isupper()
        if alone or following[:1].isdigit() or (token.before in _AMID and not headline and not _is_acronym(token.word)):
            return True
        return token.word.casefold() not in self._small | _SELDOM_NAMES

    def _holds(self, source: Sequence[_Token], name: Sequence[_Token]) -> bool:
        starts = range(len(source) - len(name) + 1)
        return any(self._is(source[start : start + len(name)], name) for start in starts) or _is_titled(source, name)

    def _is(self, found: Sequence[_Token], name: Sequence[_Token]) -> bool:
        """Tell whether words of a source are a name. Several in a row are it also at the beginning of a sentence."""
        if any(one.before != other.before for one, other in zip(found[1:], name[1:], strict=True)):
            return False
        alike = all(one.word.casefold() == other.word.casefold() for one, other in zip(found, name, strict=True))
        if len(name) > 1 and alike and not any(other.word.casefold() in _OF_TWO_MEANINGS for other in name):
            return True  # "Supreme Court" is "supreme court"
        if len(name) > 1 and all(one.word == other.word for one, other in zip(found, name, strict=True)):
            return True
        return all(one.telling and self._is_word(one.word, other.word) for one, other in zip(found, name, strict=True))

    def _is_word(self, found: str, name: str) -> bool:
        """Tell whether a word is another: "NATO" is "Nato", and "US" is no "Us"."""
        folded = name.casefold()
        return found == name or (found.casefold() == folded and folded not in self._small | _SELDOM_NAMES)

    def _names(self, words: str) -> list[list[_Token]]:
        """Return each run of words with a capital: "Jean-Claude Juncker". What opens the sentence or speech is none."""
        names: list[list[_Token]] = []
        last_is_name = False
        for token in _tokens(with_plain_acronyms(words)):
            is_name = _has_capital(token.word) and not self._opens(token)
            if is_name and last_is_name and token.before in _JOINING:
                names[-1].append(token)
            elif is_name:
                names.append([token])
            last_is_name = is_name
        return names

    def _opens(self, token: _Token) -> bool:
        """Tell whether a word has its capital only for where it stands."""
        folded = token.word.casefold()
        if _is_acronym(token.word):
            return False
        if folded in _OPENERS and (folded in _ARTICLES or token.before not in _AMID):
            return True
        begins = token.before == _START or _SPEECH.search(token.before)
        return bool(begins) and folded in self._small and folded not in _ALSO_NAMES


def _is_titled(source: Sequence[_Token], name: Sequence[_Token]) -> bool:
    """Tell whether a source has a title and a last name with given names between them, which the name leaves out."""
    title, *last = [token.word for token in name]
    if len(last) != 1 or title not in _TITLES:
        return False
    for place, token in enumerate(source):
        if token.word == title:
            between = source[place + 1 : place + 2 + _GIVEN_NAMES]
            joined = takewhile(lambda one: _has_capital(one.word) and one.before in _JOINING, between)
            if last[0] in [one.word for one in joined]:
                return True
    return False


_START = "."
"""What stands before a text's first word, as it were."""


def _tokens(text: str) -> Iterator[_Token]:
    found = list(_WORD.finditer(text))
    if found:
        yield _Token(found[0][0], _START)
    for before, word in pairwise(found):
        between = text[before.end() : word.start()]
        yield _Token(word[0], " " if between == ". " and before[0] in _SHORTENED else between)


def _has_capital(word: str) -> bool:
    return word != word.lower()


def _has_case(word: str) -> bool:
    return word.lower() != word.upper()


def _is_acronym(word: str) -> bool:
    return len(word) > 1 and word.isupper()


# --- whom something is said to be done by

_BY = re.compile(r"\bby (?:the |a |an |his |her |its |their )?([^\W\d_]+)")
_NOBODY = (
    "accident all almost both chance comparison contrast default definition email far hand law mail mistake more most "
    "name nearly now phone post then which whom"
)
_BY_NOBODY = frozenset(_NOBODY.split())


def _agents(words: str) -> list[str]:
    """Return the words in small letters that something is said to be done by, which may be names without capitals."""
    found = [match[1] for match in _BY.finditer(words)]
    return [word for word in found if word.islower() and not word.endswith("ing") and word not in _BY_NOBODY]


# --- scripts without capitals

_EAST = r"\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uac00-\ud7a3\U00020000-\U0003ffff"
_SOUTH_EAST = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_SPACED = r"\u0590-\u08ff\u0900-\u0dff\u0f00-\u0fff\u10d0-\u10fa\u1200-\u139f\u1800-\u18af"
_PIECES = (
    (re.compile(rf"(?<!\d)\d*+[{_EAST}][{_EAST}\d]*"), (2, 3)),  # with its digits: "2023年3月"
    (re.compile(f"[{_SOUTH_EAST}]+"), (4, 5, 6, 7)),
)
"""Scripts, and the lengths of the known pieces that what is written in them must be made of, as longer ones are."""

_AROUND_DIGITS = re.compile(rf"(?<=\d) +(?=[{_EAST}])|(?<=[{_EAST}]) +(?=\d)")
_KATAKANA = re.compile(r"[\u30a1-\u30ff]+")
_SPACED_WORD = re.compile(f"[{_SPACED}]+")
_SHORT_WORD = 2
_PARTICLES = frozenset("的了在是和与與及也都就于於はがをにでとのもへやしたてまいるす은는이가을를에의와과로으다했고")
"""Characters that name nobody and deny nothing."""

_MOST_LOOSE = 0.25
"""The greatest share of particles and short words that need not stand in a source."""


def stands_in(words: str, known: str) -> bool:
    """Tell whether what a sentence has in scripts without capitals stands in what is known, but for particles.

    There a name looks like any other word, so all of them have to be known: whole words where there are spaces.
    """
    words, known = (_AROUND_DIGITS.sub("", _without_marks(text)) for text in (words, known))
    runs = [(len(run), _loose(run, known, lengths)) for pattern, lengths in _PIECES for run in pattern.findall(words)]
    known_words = {"", *_SPACED_WORD.findall(known)}
    runs += [(len(word), 0 if word in known_words else _loose_word(word)) for word in _SPACED_WORD.findall(words)]
    loose = sum(count for _, count in runs)
    katakana = set(_KATAKANA.findall(words))
    return loose <= _MOST_LOOSE * sum(length for length, _ in runs) and katakana <= set(_KATAKANA.findall(known))


def _without_marks(text: str) -> str:
    """Return a text with a space for every punctuation mark: a name ends there, and some scripts' are among letters."""
    return "".join(" " if unicodedata.category(character)[0] == "P" else character for character in text)


def _loose_word(word: str) -> float:
    """Return how many letters of an unknown word may be left loose; more than any number where it may be a name."""
    letters = sum(unicodedata.category(character)[0] == "L" for character in word)
    return len(word) if letters <= _SHORT_WORD else inf


def _loose(run: str, known: str, lengths: Sequence[int]) -> float:
    """Return how many particles are left where pieces of what is known make up a run, as long as may be."""
    least = [0.0] + [inf] * len(run)
    for end in range(1, len(run) + 1):
        if run[end - 1] in _PARTICLES:
            least[end] = least[end - 1] + 1
        for length in lengths:
            if length <= end and least[end - length] < least[end] and run[end - length : end] in known:
                least[end] = least[end - length]
    return least[-1]
