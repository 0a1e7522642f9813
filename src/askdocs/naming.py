"""A question to the names and numbers that it gives, and to those of them that no article has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from askdocs.terms import CAPITAL, is_contraction, terms

if TYPE_CHECKING:
    from askdocs.index import OpenIndex

_FRAMING = (
    "A About Above According Across Additionally After Against All Along Also Although Am Among An And Another Any "
    "Apart Approximately Are Around As Aside At Be Because Before Beside Besides Between Beyond Both But By Can "
    "Compare Could Describe Despite Did Do Does Down During Each Every Explain Finally Following For Former From "
    "Furthermore Give Had Has Have He Her His How However I If In Inside Instead Into Is It Its Just Last Later Like "
    "List Many Meanwhile Might More Moreover Most Much Must My Name Nearly Neither No None Nor Not Now Of Off On Once "
    "Only Onto Or Other Our Out Outside Over Overall Per Please Roughly Several Shall She Should Since So Some "
    "Specifically Such Summarise Summarize Tell Than That The Their Then There These They This Those Though Through "
    "Throughout Thus To Today Tomorrow Toward Towards True Under Unlike Until Up Upon Using Via Was We Were What "
    "Whatever When Where Whether Which While Who Whom Whose Why Will With Within Without Would Yes Yesterday Yet You "
    "Your "
    "Combien Comment Pourquoi Quand Quel Quelle Quelles Quels Qui Où Chi Dove Perché Quando Onde Quem Hoe Waar "
    "Wanneer Wat"
)
_FRAMES = frozenset(_FRAMING.split())
"""Words that begin a sentence with a capital and are no part of the name after them; with those of other languages."""

_INITIALS = r"(?:[A-Z]\.)+[A-Z]\b\.?|[A-Z]\.(?:[ \u00a0]?[A-Z]\.)+"
_MONTH = "(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
_SHORTENED = rf"(?:(?:St|Ste|Mt|Ft)\.|[A-Z]\.)(?=\s(?!(?:{'|'.join(sorted(_FRAMES))})\b){CAPITAL})|{_MONTH}\.(?=\s\d)"
"""What has a point amid a name: St. Louis, George W. Bush, Sept. 11."""

_WORD = rf"{CAPITAL}[\w-]*(?:['’](?!s\b)\w+)*(?:&\w+)*(?:\.\d+)*"
_ONE = rf"(?:{_INITIALS}|{_SHORTENED}|{_WORD}|\d[\d.,]*\d|\d)"
_NAMED = re.compile(rf"(?<!\S)[“‘\"'(]?[€$£]?(?P<words>{_ONE}(?:\s{_ONE})*)")
"""The names and numbers of a question, those that stand together as one."""

_BEGINS = re.compile(r"(?:^|[.?!:][”\"’)]?\s+)$")
"""What stands before a word that may begin a sentence."""

_SURELY_BEGINS = re.compile(r"(?:^|(?:[?!]|[a-z]{3}[.]|[A-Z]{2}[.]|\d[.]|[.?!][”\"’)])\s+)$")
"""What stands before a word that has its capital for that alone: not after a colon, "vs." and "Plan B."."""

_TITLE = re.compile(
    rf"\b(?:(?:Mr|Mrs|Ms|Dr|Prof)\b[.]?"
    rf"|(?:Sens?|Reps?|Govs?|Gens?|Lt|Col|Maj|Capt|Sgt|Cmdr|Adm|Brig|Rev|Hon|Supt|Pres)[.])\s+(?={CAPITAL})"
)
"""Is no part of a name that an article must have, and some write it out."""

_DATE = re.compile(r"\b\d{1,2}([./])\d{1,2}\1(?:\d{4}|\d{2})\b")
"""A date in digits, which articles write in many ways."""

_LONG_WORD = re.compile(r"\b[^\W\d_]{4,}")
_COMMON = re.compile(
    r"(?<=\s)(?:Am|Are|Can|Could|Did|Do|Does|Had|Has|Have|How|Is|Many|Much|Should|Was|Were|What|When|Why|Would)\b"
)
"""Words that have a capital amid a question only where every word has one, as in a headline."""

_GERMAN = re.compile(
    r"^(?:We[rnm]|Wessen|Wie|Wo(?:her|hin|mit|für|zu|von|durch|gegen|bei|nach|vor)?|Wann|Warum|Welche[rmns]?)\b"
    r"|^Wor(?:in|um|über|auf|aus|an|unter)\b"
    r"|\b(?:und|ist|sind|wurden?|eine?[rmns]?|welche[rmns]?|wie|wer|wann|warum|für|nicht|haben|mit|bei|nach)\b"
    r"|\b(?:über|gegen|sich|dass|wird|werden|seit|zum|zur|vom|seine?[rmns]?|ihre[rmns]?|im|aus|auf|durch|gibt)\b"
    r"|\b(?:die|das|dem) [A-ZÄÖÜ]"
)
"""Words that tell a German question, in which every noun has a capital.

None is a part of names, as "von" and "der" are.
"""

_NUMBER = re.compile(r"(?<=\s)[€$£]?(\d[\d.,]*\d|\d)")

_NUMBER_WORDS = (
    "none one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
_MONTHS = "January February March April June July August September October November December"
_OTHERWISE = (
    {str(number): word for number, word in enumerate(_NUMBER_WORDS.split())}
    | {month[:3].lower(): month for month in _MONTHS.split()}
    | {"sept": "September"}
)
"""Terms, and a word that says the same."""

_LETTERS_AND_NUMBER = re.compile(r"([a-z]{1,5})(\d+)s?")

_ACRONYM = re.compile(r"[A-Z]\.(?:[ \u00a0]?[A-Z]\.)+$")
"""Its full stop belongs to it."""


def names(question: str) -> list[str]:
    """Return the names and numbers of a question as they are written there, each once.

    Where capitals tell no names, as in German and in headlines, only the numbers.
    """
    question = _DATE.sub("", question)
    if not _capitals_tell(question):
        return list(dict.fromkeys(_NUMBER.findall(question)))
    question = _TITLE.sub(", ", question)
    found = (_without_frame(match["words"], question[: match.start()]) for match in _NAMED.finditer(question))
    found = (name.rstrip("’',-") for name in found)
    found = (name if _ACRONYM.search(name) else name.rstrip(".") for name in found)
    return [name for name in dict.fromkeys(found) if terms(name) and name != "I"]


def _without_frame(words: str, before: str) -> str:
    """Return a name without the words before it that only begin a sentence; the first word of one may be any."""
    if not _BEGINS.search(before):
        return words
    parts = words.split()
    name = parts[next((place for place, word in enumerate(parts) if not _is_frame(word)), len(parts)) :]
    may_be_any = len(parts) == len(name) == 1 and not words[0].isdigit() and _SURELY_BEGINS.search(before)
    return "" if may_be_any else " ".join(name)


def _is_frame(word: str) -> bool:
    return is_contraction(word) or word in _FRAMES


def _capitals_tell(question: str) -> bool:
    """Tell whether a question has capitals where names are, and not everywhere, or at every noun."""
    if question.isupper() or _GERMAN.search(question):
        return False
    return not (_COMMON.search(question) and all(word[0].isupper() for word in _LONG_WORD.findall(question)))


def unmentioned(question: str, index: OpenIndex) -> tuple[str, ...]:
    """Return the names and numbers of a question of which a word stands in no passage and title of an index.

    A number up to twenty may stand there in words, a shortened month in full, and F-16 as F16.
    """

    def stands(term: str) -> bool:
        return any(map(index.lexical.holding, [term, *terms(_OTHERWISE.get(term, ""))])) or stands_apart(term)

    def stands_apart(term: str) -> bool:
        parts = _LETTERS_AND_NUMBER.fullmatch(term)
        return parts is not None and all(map(index.lexical.holding, parts.groups()))

    def is_mentioned(name: str) -> bool:
        return any(all(map(stands, terms(written))) for written in (name, name.replace("-", "")))

    return tuple(name for name in names(question) if not is_mentioned(name))
