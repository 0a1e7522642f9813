"""A question to the kind of words that its answer must hold: a number, a time, a name, or anything."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from askdocs.terms import CAPITAL


class Expected(StrEnum):
    """What the words of an answer must include."""

    NUMBER = "number"
    TIME = "time"
    NAME = "name"
    ANYTHING = "anything"


_HELPING_VERB = (
    r"(?:am|are|can|could|did|do|does|had|has|have|is|may|might|must|shall|should|was|were|will|would|makes?|made)\b"
)
_ANY_WORD = rf"(?:(?!{_HELPING_VERB})\w+ )?"
"""Between "what" and the thing asked for: "what high price", but not "what did people say"."""

_ASKS_NUMBER = re.compile(
    r"\bhow (?:many|much|long|old|far|tall|large|big|high|deep|fast|heavy|often|wide)\b"
    rf"|\b(?:what|which) {_ANY_WORD}"
    r"(?:percent(?:age)?|share|number|proportion|amount|price|cost|fraction|rate|age|score)\b",
    re.IGNORECASE,
)
_ASKS_TIME = re.compile(
    rf"\bwhen\b|\b(?:what|which) {_ANY_WORD}(?:year|date|day|month|century|decade|time)\b|\bhow long ago\b",
    re.IGNORECASE,
)
_ASKS_NAME = re.compile(
    rf"\bwho(?:m|se)?\b|\bwhere\b|\bname of\b|\b(?:which|what) {_ANY_WORD}"
    r"(?:(?:country|city|company)|(?:countr|cit|compan)ies|men|women|people"
    r"|(?:town|state|river|person|man|woman|general|minister|president|team|player|film|book)s?)\b",
    re.IGNORECASE,
)
_WORLD_HEALTH_ORGANIZATION = re.compile(r"\bWHO\b")
_ASKS_OTHERWISE = re.compile(rf"\W*(?:(?:and|but|so) )?(?:why\b|how\b|what\b|{_HELPING_VERB})", re.IGNORECASE)
"""Begins a question in which a later "when" or "who" most often only relates: "What happened when it fell?"."""

_RELATES = re.compile(r"(?:when|where|who|whom|whose)$", re.IGNORECASE)
_ASKED_AFTER = re.compile(
    r"(?:\b(?:and|or|but|know|known|knew|tell|me|us|say|said|clear|sure|remember|explain|find out"
    r"|by|of|to|for|with|from|since|until|about|on|at|in)|[,;:?.!–—-])\W*$",
    re.IGNORECASE,
)
"""Stands before a later "when" or "who" that asks all the same: "What fell, and when?", "Do you know who fell?"."""

_LONGEST_BEFORE = 16
"""Characters that are read for it."""

_NUMBER_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety dozen hundred hundreds thousand thousands "
    "million millions billion billions half third thirds quarter quarters once twice none"
)
NUMBER_WORDS = frozenset(_NUMBER_WORDS.split())
"""Numbers in English words, in lower case."""

_CALENDAR = (
    "january february march april may june july august september october november december "
    "mon monday tues tuesday wednes wednesday thurs thursday fri friday satur saturday sun sunday"
)
_TIME_WORDS = frozenset(
    f"{_CALENDAR} {' '.join(f'{name}s' for name in _CALENDAR.split())} "
    "jan feb mar apr jun jul aug sep sept oct nov dec "
    "century centuries decade decades year years month months week weeks day days hour hours yesterday today tonight "
    "tomorrow ago midnight noon morning evening afternoon spring summer autumn winter".split()
)
_NUMBER = re.compile(r"\d[\d.,]*")
_TIME = re.compile(r"\b\d{4}s?\b|\b\d{1,2}(?::\d\d)? ?[ap]\.?m\b", re.IGNORECASE)
_MODAL_OR_VERB = re.compile(r"\b(?:may|march)\b")
"""No month: "talks may fail", "they march"."""

_NO_NAME = r"(?!(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?|I)\b)"
"""A weekday says when, and "I" is whoever is quoted."""

_NAME = re.compile(
    rf"(?<![.!?]\s)(?<=\s)[“‘\"'(]?{_NO_NAME}{CAPITAL}[\w’'-]*"
    rf"|^[“‘\"']?{_NO_NAME}{CAPITAL}[\w’'-]+ (?:{CAPITAL}|of|de|von|van)\b"
)
_PATTERNS = {Expected.NUMBER: _NUMBER, Expected.TIME: _TIME, Expected.NAME: _NAME}
_VOCABULARY = {Expected.NUMBER: NUMBER_WORDS, Expected.TIME: _TIME_WORDS, Expected.NAME: frozenset[str]()}
"""What is looked up word by word: a pattern of so many alternatives takes ten times as long."""

_WORDS = re.compile(r"\w+")


def expected(question: str) -> Expected:
    """Return what an answer to the question must hold: "Who left when it began?" asks for a name."""
    if not question.isupper():
        question = _WORLD_HEALTH_ORGANIZATION.sub("it", question)
    asks = {Expected.TIME: _ASKS_TIME, Expected.NUMBER: _ASKS_NUMBER, Expected.NAME: _ASKS_NAME}
    found = {kind: start for kind, pattern in asks.items() if (start := _asked_at(question, pattern)) is not None}
    return min(found, key=found.__getitem__, default=Expected.ANYTHING)  # of two in one place the first


def _asked_at(question: str, pattern: re.Pattern[str]) -> int | None:
    """Return where a question first asks in the words of a pattern, and does not only relate with them."""
    otherwise = _ASKS_OTHERWISE.match(question)
    for found in pattern.finditer(question):
        start = found.start()
        relates = otherwise and _RELATES.match(found[0])
        if not relates or _ASKED_AFTER.search(question, max(0, start - _LONGEST_BEFORE), start):
            return start
    return None


def holds(kind: Expected, text: str, question: str) -> bool:
    """Tell whether a text holds words of this kind that the question does not hold already."""
    if kind is Expected.ANYTHING:
        return True
    asked = _asked(kind, question)
    if any(not asked.issuperset(_words(found.group())) for found in _PATTERNS[kind].finditer(text)):
        return True
    vocabulary = _VOCABULARY[kind]
    told = _MODAL_OR_VERB.sub("", text) if kind is Expected.TIME else text
    return bool(vocabulary) and not vocabulary.isdisjoint(set(_words(told)) - asked)


@lru_cache(maxsize=64)  # all sentences of a question are compared with one question
def _asked(kind: Expected, question: str) -> frozenset[str]:
    """Return the words that a question gives away."""
    given = [question, *_PATTERNS[kind].findall(question)]  # the number of "20km" is no word by itself
    return frozenset(_words(" ".join(given)))


def _words(text: str) -> list[str]:
    return _WORDS.findall(text.casefold())
