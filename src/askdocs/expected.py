"""A question to the kind of words that its answer must hold: a number, a time, a name, or anything."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache


class Expected(StrEnum):
    """What the words of an answer must include."""

    NUMBER = "number"
    TIME = "time"
    NAME = "name"
    ANYTHING = "anything"


_ASKS_NUMBER = re.compile(
    r"\bhow (?:many|much|long|old|far|tall|large|big|high|deep|fast|heavy|often|wide)\b"
    r"|\b(?:what|which) (?:\w+ )?"
    r"(?:percent(?:age)?|share|number|proportion|amount|price|cost|fraction|rate|age|score)\b",
    re.IGNORECASE,
)
_ASKS_TIME = re.compile(
    r"\bwhen\b|\b(?:what|which) (?:\w+ )?(?:year|date|day|month|century|decade|time)\b|\bsince when\b|\bhow long ago\b",
    re.IGNORECASE,
)
_ASKS_NAME = re.compile(
    r"\bwho(?:m|se)?\b|\bwhere\b|\bname of\b|\b(?:which|what) (?:\w+ )?"
    r"(?:country|city|town|state|river|person|man|woman|general|minister|president|company|team|player|film|book)\b",
    re.IGNORECASE,
)
_NUMBER_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety dozen hundred hundreds thousand thousands "
    "million millions billion billions half third thirds quarter quarters once twice none"
)
NUMBER_WORDS = frozenset(_NUMBER_WORDS.split())
"""Numbers in English words, in lower case."""

_NUMBER = re.compile(rf"\d[\d.,]*|\b(?:{'|'.join(_NUMBER_WORDS.split())})\b", re.IGNORECASE)
_TIME = re.compile(
    r"\b\d{4}s?\b|\b\d{1,2}(?::\d\d)? ?[ap]\.?m\b|\b(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b"
    r"|\b(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)(?:day)?s?\b"
    r"|\b(?:century|centuries|decades?|years?|months?|weeks?|days?|hours?|yesterday|today|tonight|tomorrow|ago|midnight|noon"
    r"|morning|evening|afternoon|spring|summer|autumn|winter)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![.!?]\s)(?<=\s)[“‘\"'(]?[A-Z][\w’'-]*|^[“‘\"']?[A-Z][\w’'-]+ (?:[A-Z]|of|de|von|van)\b")
_PATTERNS = {Expected.NUMBER: _NUMBER, Expected.TIME: _TIME, Expected.NAME: _NAME}
_WORDS = re.compile(r"\w+")


def expected(question: str) -> Expected:
    """Return what an answer to the question must hold."""
    if _ASKS_TIME.search(question):
        return Expected.TIME
    if _ASKS_NUMBER.search(question):
        return Expected.NUMBER
    if _ASKS_NAME.search(question):
        return Expected.NAME
    return Expected.ANYTHING


def holds(kind: Expected, text: str, question: str) -> bool:
    """Tell whether a text holds words of this kind that the question does not hold already."""
    if kind is Expected.ANYTHING:
        return True
    asked = _asked(kind, question)
    return any(not asked.issuperset(_words(found.group())) for found in _PATTERNS[kind].finditer(text))


@lru_cache(maxsize=64)  # all sentences of a question are compared with one question
def _asked(kind: Expected, question: str) -> frozenset[str]:
    """Return the words that a question gives away."""
    given = [question, *_PATTERNS[kind].findall(question)]  # the number of "20km" is no word by itself
    return frozenset(_words(" ".join(given)))


def _words(text: str) -> list[str]:
    return _WORDS.findall(text.casefold())
