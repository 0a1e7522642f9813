"""A follow-up and the questions before it to one question that stands alone.

"and how many of them?" says little by itself. Where a question leans on what was said before, the subject of that
earlier question is put behind it: "and how many of them? (Belarusian commanders resist joining war)". The days that it
named are a part of that subject.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from askdocs.terms import with_plain_acronyms
from askdocs.timeliness import words_for_days

_OPENING = re.compile(
    r"^\s*(?:and|but|so|or|also|then|ok(?:ay)?|what about|how about|why(?: not)?\s*\?|what else)\b", re.IGNORECASE
)
_POINTING = re.compile(
    r"\b(?:he|him|his|she|her|hers|they|them|their|theirs|it|its|this|that|these|those|there|then|ones?|"
    r"the (?:same|former|latter|other|others))\b",
    re.IGNORECASE,
)
_NOT_POINTING = re.compile(
    r"\b(?:is|was|does|did|will|would|has|can) (?:it|there)\b(?= (?:that|any|a|an|no)\b|\b.* that\b)", re.IGNORECASE
)
_ONLY_POINTING = re.compile(
    r"\b(?:it|this|that|him|her|them|these|those|there)[\s?!.]*$|\bof (?:them|these|those)\b"
    r"|^\W*(?:is|was|are|were|did|does|do|has|had|will|can|could) (?:it|he|she|they)\b"
    r"|^\W*(?:is|was) (?:this|that) (?:in|on|at|by|the|an?|why|when|where|how|what|because|true)\b",
    re.IGNORECASE,
)
"""Points back whatever name a short question has: "What did Putin say about it?"."""

_NAME = re.compile(r"(?<=\s)(?!I\b)[A-Z][\w’'-]*")
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
    pointing = _NOT_POINTING.sub("", question)
    only_points = bool(_ONLY_POINTING.search(pointing))
    if _NAME.search(question) and not question.isupper() and not only_points:
        return False
    content = len(_content_words(question))
    if only_points or _POINTING.search(pointing):
        return content <= _SHORT
    return content <= _BARE and content < len(_WORD.findall(question))


def _subject_of(question: str) -> str:
    """Return the content words of a question, in order, each once, and after them those for the days that it means."""
    days = words_for_days(question)
    others = _content_words(question.replace(days, " ") if days else question)
    return " ".join(filter(None, [*dict.fromkeys(others), days]))


def _content_words(question: str) -> list[str]:
    """Return the words of a question that do not only frame it; "US" and "WHO" are no pronouns."""
    words = _WORD.findall(with_plain_acronyms(question))
    acronyms = {word for word in words if len(word) > 1 and word.isupper()} if not question.isupper() else set()
    return [word for word in words if word.casefold() not in _QUESTION_WORDS or word in acronyms]
