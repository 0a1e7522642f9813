"""Text to the numbers in it, each with what belongs to it: "5 million", "twenty-five", "5%" and "$5" are one thing."""

from __future__ import annotations

import re
from typing import NamedTuple

from askdocs.expected import NUMBER_WORDS

_MORE = (
    "zero double doubled triple tripled quadruple quadrupled quintuple quintupled halved halves thrice twofold "
    "threefold fourfold fivefold tenfold dozens trillion trillions fourth fifth sixth seventh eighth ninth tenth "
    "eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth "
    "thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth hundredth thousandth millionth billionth "
    "fourths fifths sixths sevenths eighths ninths tenths twentieths hundredths thousandths millionths billionths"
)
_WORDS = NUMBER_WORDS.union(_MORE.split())
"""English words that are or make a number. "First" and "second" do only behind a ten: "twenty-first"."""


def _one_of(words: frozenset[str]) -> str:
    return f"(?:{'|'.join(sorted(words, key=len, reverse=True))})"


_SCALE = r"(?:hundred|thousand|million|billion|trillion|dozen)s?\b"
_PART = r"(?:half|halves|thirds?|quarters?|\w+ths?)\b"
_JOINED = rf"(?:-|(?<=ty) |(?<=red|and|ion) (?:and )?| (?:a |of )?(?={_SCALE})| (?={_PART}))"
"""What stands between the words of one number: "twenty-five", "one hundred and five", "half a million"."""

_IN_WORDS = rf"\b{_one_of(_WORDS)}\b(?:{_JOINED}{_one_of(_WORDS.union(('first', 'second')))}\b)*"
_IN_DIGITS = rf"\d+(?:[.,]\d+)*(?:[ -]?{_SCALE}| ?(?:bn|bln|mn|mln|tn|trn|[mk])\b)*"
_HAN = "〇零一二三四五六七八九十百千万萬亿億兆两兩"
_IN_HAN = rf"(?:\d+(?:[.,]\d+)*)?[{_HAN}]+"
_SIGN = "[$€£¥₹₽₩₺₴₦₫₪₱฿]"
_AMOUNT = re.compile(
    rf"(?P<before>(?:\b[A-Z]{{1,3}})?{_SIGN} ?)?(?P<much>{_IN_HAN}|{_IN_DIGITS}|{_IN_WORDS})"
    rf"(?P<behind> ?%|[ -]?per ?cent\b| ?pc\b"
    r"|[ -]percentage[ -]points?\b|[ -](?:dollars?|euros?|pounds?|yen)\b|-?fold\b"
    rf"| ?{_SIGN}(?! ?\d))?",
    re.IGNORECASE,
)
_SHORT = dict.fromkeys(("bn", "bln"), "billion") | dict.fromkeys(("mn", "mln"), "million")
_SHORT |= dict.fromkeys(("tn", "trn"), "trillion")
_SHORT_OF_MONEY = {"m": "million", "k": "thousand"}
"""Without a currency "5m" may be five metres."""

_SHORTENED = re.compile(r"(?<=\d) ?(bn|bln|mn|mln|tn|trn|m|k)\b")
_UNITS = {
    "percent": "%",
    "pc": "%",
    "dollar": "$",
    "dollars": "$",
    "us$": "$",
    "usd$": "$",
    "euro": "€",
    "euros": "€",
    "yen": "¥",
}


class Amount(NamedTuple):
    """How much of what: of nothing, of percent, of a currency or of what was."""

    much: str
    unit: str


_RANGE = re.compile(
    rf"(?P<sign>{_SIGN} ?)?(?P<low>\d+(?:[.,]\d+)*)(?P<between> ?- ?| to | and | or )(?:{_SIGN} ?)?"
    rf"(?P<high>\d+(?:[.,]\d+)*(?P<unit>[ -]?{_SCALE}| ?(?:bn|mn|tn|m)\b| ?%|[ -]?per ?cent\b| ?pc\b)?)",
    re.IGNORECASE,
)
"""Two numbers with one sign or unit: "$5-10 million", "5 to 6 percent"."""

_NO_NUMBERS = re.compile(r"\b(?:no one|one another|one of|once)\b", re.IGNORECASE)


def amounts(text: str) -> set[Amount]:
    """Return the numbers of a text, in digits, English words or Chinese characters; "5 per cent" is "5%".

    Of a range both have the sign and the unit: "5-6%" is "5%" and "6%".
    """
    each = _RANGE.sub(r"\g<sign>\g<low>\g<unit>\g<between>\g<sign>\g<high>", _NO_NUMBERS.sub(" ", text))
    return {_amount(found) for found in _AMOUNT.finditer(each)}


def known_amounts(text: str) -> set[Amount]:
    """Return the same with the numbers as they stand: what looks like a range may be none."""
    return amounts(text) | {_amount(found) for found in _AMOUNT.finditer(text)}


def _amount(found: re.Match[str]) -> Amount:
    behind = re.sub(r"[ -]", "", found["behind"] or "").casefold()
    unit = (found["before"] or "").strip().casefold() or behind
    unit = _UNITS.get(unit, unit.rstrip("s"))
    much = found["much"].casefold()
    short = _SHORT | _SHORT_OF_MONEY if unit not in {"", "%"} else _SHORT
    much = _SHORTENED.sub(lambda scale: f" {short.get(scale[1], scale[1])}", much)
    much = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", much)
    much = re.sub(r"(?<=\d)(?=[a-z])|-| (?:and|a|of) ", " ", much)
    return Amount(much, unit)
