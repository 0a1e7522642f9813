"""A follow-up and the questions before it to one question that stands alone.

"and how many of them?" says little by itself. Where a question leans on what was said before, the subject of that
earlier question is put behind it: "and how many of them? (Belarusian commanders resist joining war)". The days that it
named are a part of that subject.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from askdocs.terms import CAPITAL, with_plain_acronyms
from askdocs.timeliness import words_for_days

_OPENING = re.compile(
    r"^[\s¿]*(?:and|but|so|or|also|then|ok(?:ay)?|what about|how about|why(?: not)?\s*\?|what else"
    r"|und|aber|et|mais|pero|y(?!\s+(?-i:[A-Z])))\b(?!-)",
    re.IGNORECASE,
)
_AUXILIARY = "(?:did|does|do|is|are|was|were|has|have|had|will|would|can|could|should|might)"
_POINTING = re.compile(
    r"\b(?<!-)(?:he|him|his|she|her|hers|they|them|their|theirs|it|its|this|these|those|there|then|ones?|"
    r"the (?:same|former|latter|other|others)|(?:which|what|any|who|how many) other)\b(?!-)"
    rf"|\b(?:{_AUXILIARY}|about|after|and|as|at|before|by|for|from|in|like|of|on|since|than|to|why|with) that\b"
    r"|\bthat(?: \w+)?\W*$",
    re.IGNORECASE,
)
"""Elsewhere "that" begins a clause: "who said that the bridge is safe?"."""

_HARD = "(?:possible|impossible|legal|illegal|safe|dangerous|hard|difficult|easy|wrong|necessary)"
_NOT_POINTING = re.compile(
    r"\b(?:is|was|does|did|will|would|has|can) (?:it|there)\b(?= (?:that|any|a|an|no)\b|\b.* that\b)"
    r"|\bdoes it\b(?= (?:cost|take)\b.* to (?!be\b)\w+ \w)"
    rf"|\b(?:is|was) it\b(?= {_HARD} to \w+ \w)|\bhow {_HARD} is it\b(?= to \w+ \w)"
    r"|\b(?:is|are|was|were) there\b(?= (?:\w+ ){0,2}(?:in|on|at|of|near)\b(?! (?:board|the time)\b))",
    re.IGNORECASE,
)
"""What "it" and "there" stand for follows: "does it take to get a visa", "is it legal to film", "are there sharks in".

Where little follows they point back: "how long does it take to build?", "is it safe to return?".
"""

_ONLY_POINTING = re.compile(
    r"\b(?:it|this|that|him|her|them|these|those|there)[\s?!.]*$|\bof (?:them|these|those)\b"
    r"|^\W*(?:is|was|are|were|did|does|do|has|had|will|can|could) (?:it|he|she|they)\b"
    r"|^\W*(?:is|was) (?:this|that) (?:in|on|at|by|the|an?|why|when|where|how|what|because|true)\b",
    re.IGNORECASE,
)
"""Points back whatever name a short question has: "What did Putin say about it?"."""

_SMALL = r"\s+(?-i:[a-z’']+)"
_OF_SOMEBODY = re.compile(
    rf"^\W*\w+(?:{_SMALL}){{0,3}}?\s+{_AUXILIARY}\s+(?:he|she|they)\b"
    rf"|^\W*\w+(?:{_SMALL}){{0,2}}?\s+(?:is|was|are|were)\s+(?:his|her|their)\b",
    re.IGNORECASE,
)
"""Asks about somebody named before, whatever name comes behind: "When did she move to Berlin?"."""

_NO_SUBJECT = (
    r"(?:the|an?|it|he|she|they|them|this|that|these|those|there|here|next|first|last|new|left|true|wrong|right|"
    r"different|behind|known|likely|better|best|worse|worst|missing|guilty|dead|alive|gone|more|most|else|others|to|not|so|"
    r"president|leader|mayor|captain|king|queen|coach|in|on|at|up|\w+(?:ed|ing|ible|able))"
)
_OF_ITS_OWN = re.compile(
    rf"^\W*(?:who|what|where|how (?:old|tall|big|rich|far))(?:['’]s| is| are) (?!{_NO_SUBJECT}\b)[^\W\d_]\w+\W*$",
    re.IGNORECASE,
)
"""Asks about one thing by its name, also one typed small: "who is putin"; but "who is responsible?" says of nobody."""

_NAME = re.compile(rf"(?<=\s)[“‘\"'(]?(?!I\b)(?:{CAPITAL}[\w’'-]*|\d+[A-Z]+\b)")
_AMID = re.compile(rf"\b[a-z][a-z’'-]* ({CAPITAL}[\w’'-]*\w(?: {CAPITAL}[\w’'-]*\w)*)")
"""Words with capitals behind one without: parts of a name, though "Old", "Will" and "The" else only frame."""

_STARTS_NAME = re.compile(rf"{CAPITAL}|\d")
_MAY_STAND = re.compile(rf"[&/]| (?!{_AUXILIARY} )[a-z]+ ")
"""Between two names of a subject: "AT&T", "Rings of Power"."""

_QUOTED = re.compile(r"[“\"][^“”\"]*[”\"]")
"""Somebody else's words, which point to nothing here."""

_PEOPLE = re.compile(r"(?<=\bhow many )people\b", re.IGNORECASE)
"""No subject: "how many people were killed?" is "how many were killed?"."""

_WORD = re.compile(r"\w[\w’'.,-]*\w|\w")
_SHORT = 3
"""Content words. A question that points back and has no more of them means what it points to: "did they resist it?"."""

_SHORT_OF_SOMEBODY = 4
"""Content words. A question about "him" has no more of them, or may itself say who he is."""

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
    if _OF_ITS_OWN.search(question):
        return False
    days = words_for_days(question)
    undated = question.replace(days, " ") if days else question
    content = len(_content_words(_PEOPLE.sub("", undated))) + bool(days)
    if _OF_SOMEBODY.search(undated) and content <= _SHORT_OF_SOMEBODY:
        return True
    pointing = _NOT_POINTING.sub("", _QUOTED.sub(" ", undated))
    only_points = bool(_ONLY_POINTING.search(pointing))
    if _NAME.search(question) and not question.isupper() and not only_points:
        return False
    if only_points or _POINTING.search(pointing):
        return content <= _SHORT
    return content <= _BARE and content < len(_WORD.findall(question))


def _subject_of(question: str) -> str:
    """Return the content words of a question, in order, each once, and after them those for the days that it means.

    Names that did not stand together are kept apart, by the word that stood between them or a comma: else they would
    make a new name.
    """
    days = words_for_days(question)
    text = with_plain_acronyms(question.replace(days, " , ") if days else question)
    first: dict[str, re.Match[str]] = {}
    for word in _content(text):
        first.setdefault(word[0], word)
    words = list(first.values())
    others = [before[0] + _between(text, before, word) for before, word in pairwise(words)]
    others += [word[0] for word in words[-1:]]
    return " ".join(filter(None, ["".join(others), days]))


def _between(text: str, before: re.Match[str], word: re.Match[str]) -> str:
    """Return what is to stand between two words of a subject that are in this text."""
    stood = text[before.end() : word.start()]
    if not stood.strip(" .") or not (_STARTS_NAME.match(before[0]) and _STARTS_NAME.match(word[0])):
        return " "
    return stood if _MAY_STAND.fullmatch(stood) else ", "


def _content_words(question: str) -> list[str]:
    """Return the words of a question that do not only frame it; "US" and "WHO" are no pronouns."""
    return [word[0] for word in _content(with_plain_acronyms(question))]


def _content(text: str) -> list[re.Match[str]]:
    """Return where the words of a text stand that do not only frame a question."""
    words = list(_WORD.finditer(text))
    named = {word for name in _AMID.findall(text) for word in name.split()}
    if not text.isupper():
        named |= {word[0] for word in words if len(word[0]) > 1 and word[0].isupper()}
    return [word for word in words if word[0].casefold() not in _QUESTION_WORDS or word[0] in named]
