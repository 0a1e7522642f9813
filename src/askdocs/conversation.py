"""A follow-up and the questions before it to one question that stands alone.

"and how many of them?" says little by itself. Where a question leans on what was said before, the subject of that
earlier question is put behind it: "and how many of them? (Belarusian commanders resist joining war)".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_OPENING = re.compile(
    r"^\s*(?:and|but|so|or|also|then|ok(?:ay)?|what about|how about|why(?: not)?\s*\?|what else)\b", re.IGNORECASE
)
_POINTING = re.compile(
    r"\b(?:he|him|his|she|her|hers|they|them|their|theirs|it|its|this|that|these|those|there|then|ones?|"
    r"the (?:same|former|latter|other|others))\b",
    re.IGNORECASE,
)
_NOT_POINTING = re.compile(
    r"\b(?:is|was|does|did|will|would|has|can) (?:it|there)\b(?= (?:that|any|a|an|no)\b)", re.IGNORECASE
)
_NAME = re.compile(r"(?<=\s)[A-Z\d][\w’'-]*")
_WORD = re.compile(r"\w[\w’'.,-]*\w|\w")
_SHORT = 3
"""Content words. A question that points back and has no more of them means what it points to: "did they resist it?"."""

_BARE = 1
"""Content words. A question without a name and with no more of them has no subject of its own: "since when?"."""

_QUESTION_WORDS = frozenset(
    word
    for line in (
        "a about also am an and any are as at be been being but by can could did do does else far for from had has",
        "have he her him his how i if in into is it its long many me much my not of often ok okay old on or our please",
        "same she should so some such tell than that the their them then there these they this those to us was we were",
        "what when where which while who whom whose why will with would you your",
    )
    for word in line.split()
)


def standalone(question: str, history: Sequence[str] = ()) -> str:
    """Return a question that can be asked without the ones before it.

    `history` holds the earlier questions as they were typed, oldest first. A question that has a subject of its own is
    returned as it is.
    """
    subject = ""
    for earlier in history:
        subject = _subject_of(_joined(earlier, subject))
    return _joined(question, subject)


def _joined(question: str, subject: str) -> str:
    if not subject or not leans(question):
        return question
    return f"{question.strip()} ({subject})"


def leans(question: str) -> bool:
    """Tell whether a question leans on the one before: it opens like a follow-up, points back, or names nothing."""
    if _OPENING.search(question):
        return True
    if _NAME.search(question):
        return False
    content = len(_content_words(question))
    if _POINTING.search(_NOT_POINTING.sub("", question)):
        return content <= _SHORT
    return content <= _BARE and content < len(_WORD.findall(question))


def _subject_of(question: str) -> str:
    """Return the content words of a question, in order, each once."""
    return " ".join(dict.fromkeys(_content_words(question)))


def _content_words(question: str) -> list[str]:
    return [word for word in _WORD.findall(question) if word.casefold() not in _QUESTION_WORDS]
