"""A question to the names and numbers that it gives, and to those of them that no article has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from askdocs.terms import CAPITAL, terms

if TYPE_CHECKING:
    from askdocs.index import OpenIndex

_ONE = rf"(?:[A-Z]\.(?:[ \u00a0]?[A-Z]\.)+|{CAPITAL}[\w-]*(?:['’](?!s\b)\w+)*|\d[\d.,]*\d|\d)"
_NAMED = re.compile(rf"(?<=\s)(?<![?!]\s)(?<![a-z]{{3}}[.]\s)[“‘\"'(]?[€$£]?(?P<words>{_ONE}(?:\s{_ONE})*)")
"""The names and numbers of a question, those that stand together as one; the first word of a sentence may be any."""

_TITLE = re.compile(r"(?:Mr|Mrs|Ms|Dr)\b[.]?\s*")
"""Is no part of a name that an article must have."""

_LONG_WORD = re.compile(r"\b[^\W\d_]{4,}")
_COMMON = re.compile(
    r"(?<=\s)(?:Am|Are|Can|Could|Did|Do|Does|Had|Has|Have|How|Is|Many|Much|Should|Was|Were|What|When|Why|Would)\b"
)
"""Words that have a capital amid a question only where every word has one, as in a headline."""

_GERMAN = re.compile(
    r"^(?:We[rnm]|Wessen|Wie|Wo(?:her|hin|mit|für|rin)?|Wann|Warum|Welche[rmns]?)\b"
    r"|\b(?:und|ist|sind|wurden?|eine?[rmns]?|welche[rmns]?|wie|wer|wann|warum|für|nicht|haben|mit|bei|nach)\b"
)
"""Words that tell a German question, in which every noun has a capital.

None is a part of names, as "von" and "der" are.
"""

_NUMBER = re.compile(r"(?<=\s)[€$£]?(\d[\d.,]*\d|\d)")

_NUMBER_WORDS = (
    "none one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
_IN_WORDS = {str(number): word for number, word in enumerate(_NUMBER_WORDS.split())}

_ACRONYM = re.compile(r"[A-Z]\.(?:[ \u00a0]?[A-Z]\.)+$")
"""Its full stop belongs to it."""


def names(question: str) -> list[str]:
    """Return the names and numbers of a question as they are written there, each once.

    Where capitals tell no names, as in German and in headlines, only the numbers.
    """
    if not _capitals_tell(question):
        return list(dict.fromkeys(_NUMBER.findall(question)))
    found = (_TITLE.sub("", match["words"].rstrip("’',-")) for match in _NAMED.finditer(question))
    found = (name if _ACRONYM.search(name) else name.rstrip(".") for name in found)
    return [name for name in dict.fromkeys(found) if terms(name) and name != "I"]


def _capitals_tell(question: str) -> bool:
    """Tell whether a question has capitals where names are, and not everywhere, or at every noun."""
    if question.isupper() or _GERMAN.search(question):
        return False
    return not (_COMMON.search(question) and all(word[0].isupper() for word in _LONG_WORD.findall(question)))


def unmentioned(question: str, index: OpenIndex) -> tuple[str, ...]:
    """Return the names and numbers of a question of which a word stands in no passage and title of an index.

    A number up to twenty may stand there in words.
    """

    def stands(term: str) -> bool:
        return any(map(index.lexical.holding, [term, *terms(_IN_WORDS.get(term, ""))]))

    return tuple(name for name in names(question) if not all(map(stands, terms(name))))
