"""A line -> the kind of page furniture it is, or None for prose.

Every rule is for a whole line and names what such lines have in common on any site; none knows one outlet's pages. A
line that is no more than similar stays: losing a sentence of an article is worse than keeping a label. Words are
matched in English, so text in another language is touched only where it carries an English label.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from askdocs.reading.lines import Line

Kind = Literal[
    "advertisement", "comments", "contact", "credit", "legal", "media", "pointer", "share", "subscribe", "wire",
    "title", "byline", "caption", "date", "masthead", "teaser",
]  # fmt: skip
"""The first row is told from the line alone (here), the second from its place in the article (`prose.py`)."""

PAGE_END: frozenset[Kind] = frozenset({"comments", "legal", "share", "subscribe"})
"""Kinds that pages put below their articles, so that what follows may be about another one."""

MAX_FURNITURE = 420
"""Characters; a longer line is prose whatever it says, and matching stays linear in the length of a text."""

MAX_CAPTION = 700
"""Agencies write long captions: place, date, who is where in the picture, what has happened."""

_CREDIT_TAIL = 160
"""Characters at a caption's end in which its credit begins."""

_AGENCY = (
    r"(?:AP|AFP|Reuters|Getty(?: Images)?|Getty Images \w+|Shutterstock|Alamy(?: Stock Photo)?|EPA(?:-EFE)?|Bloomberg|"
    r"PA|USA TODAY(?: Sports| Network)?|Imagn(?: Images)?|Adobe Stock|iStock(?:photo)?|Zuma(?: Press)?|Sipa(?: ?USA)?|"
    r"Associated Press|AP Photo|Anadolu(?: Agency)?|Xinhua|Magnum(?: Photos)?|Redux|Polaris|Unsplash|Pexels|Flickr)"
)
_INVITES = (
    r"(?:\b(?-i:Sign up|Subscribe|Register|SIGN UP|SUBSCRIBE)\b|\bplease (?:sign up|subscribe|register)\b|"
    r"\byou can (?:also )?(?:sign up|subscribe|register)\b|\bsign up (?:right )?here\b|\bsign up for free\b)"
)
"""An imperative at the start of a sentence, or a polite one. "She asked them to subscribe to it" stays prose."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind, the pattern that a whole line of it matches, and the longest such line in characters."""

    kind: Kind
    pattern: re.Pattern[str]
    longest: int


def _rule(kind: Kind, pattern: str, longest: int = MAX_FURNITURE) -> Rule:
    return Rule(kind, re.compile(pattern, re.IGNORECASE), longest)


_RULES = (
    # An invitation to a newsletter or a subscription: an imperative, with what is offered or a "here" to click on.
    _rule(
        "subscribe",
        r"subscribe(?: (?:now|today|here|for free|for less)\b.*| (?:to|and|for) .{0,80}| *[.!:]*)",
        longest=120,
    ),
    _rule("subscribe", rf".*{_INVITES}.{{0,120}}\b(?:newsletters?|text (?:messages|alerts)|inbox|here)\b.*"),
    _rule("subscribe", rf"(?:.* )?(?:newsletters?|inbox|subscribers?)\b.{{0,200}}{_INVITES}.*"),
    _rule(
        "subscribe",
        r".{0,160}\b(?:delivered|sent|straight|right) (?:\w+ )?(?:to|in) your (?:inbox|phone)\b.{0,60}",
        longest=240,
    ),
    _rule("subscribe", r"(?:\w+ ){0,3}newsletter: ?(?:get|sign|our|the|all)\b.*", longest=160),
    _rule(
        "subscribe",
        r"(?:log ?in|sign in|sign up|register)(?: or (?:log ?in|sign in|sign up|register|subscribe))?"
        r"(?: (?:here|now|today|for free|to (?:continue|read|comment|save)\b.*))?[.!]*",
        longest=80,
    ),
    _rule(
        "subscribe",
        r"(?:already|not) (?:a |an |yet )*(?:signed up|registered|subscribed|subscriber|member|reader)(?: yet)?"
        r"(?:\?.{0,60}|:? ?(?:log|sign) ?in\b.{0,40})",
        longest=120,
    ),
    _rule("subscribe", r"(?:already )?have an account\?.{0,60}", longest=100),
    _rule(
        "subscribe",
        r"(?:for subscribers(?: only)?|subscribers? only|(?:just|only) for subscribers)\b ?:.*",
        longest=200,
    ),
    _rule(
        "subscribe",
        r"(?:thank you for supporting|support) (?:our|local|quality|independent|good) (?:\w+ )?journalism\b.*",
    ),
    _rule(
        "subscribe",
        r"(?:click|tap|press) (?:here|on|the|this)\b.{0,40}\bto (?:follow|subscribe|sign|share|comment|join|"
        r"(?:get|receive) (?:alerts|updates|notifications|news))\b.*",
        longest=160,
    ),
    _rule(
        "subscribe",
        r"become (?:a|an) (?:\w+ )?(?:member|subscriber|supporter)\b[^.]*",
        longest=120,
    ),
    _rule(
        "subscribe",
        r"(?:get|want|like|love|enjoy) .{1,120}[.?!] subscribe(?: (?:now|today|to .{1,60}))?[.!]*",
        longest=220,
    ),
    # The credit of a picture that says so in as many words.
    _rule("credit", r"(?:image|photo|picture|video)s? credits? ?: ?.{1,120}", longest=140),
    # The comment section's own words.
    _rule("comments", r"(?:automatic|automated) approval of .{0,30}comments[.]?", longest=80),
    _rule(
        "comments",
        r"(?:(?:show|view|read|see|leave|post|add|write|hide|all|load)(?: all| more| a| your| \d+)* comments?|"
        r"\d+ comments?|comments? ?\(\d+\)|join the (?:conversation|discussion)|be the first to comment|"
        r"comments (?:are|have been) (?:closed|disabled|turned off|moderated)\b.*)[.!:]*",
        longest=90,
    ),
    # Where an advertisement stood, or a link that skips it.
    _rule(
        "advertisement",
        r"(?:advertisement|advertising|sponsored(?: content| by .{0,40})?|promoted(?: content)?|ad feedback|"
        r"(?:article|story|text) continues (?:below|after)\b.{0,60}|story continues|remove ads?|"
        r"(?:continue|keep) reading(?: below| the main story)?|scroll (?:down )?to continue\b.{0,30}|"
        r"skip (?:past |to )?(?:advertisement|ad|(?:main )?content|navigation))[.:]*",
        longest=90,
    ),
    # Buttons, alone or in a row.
    _rule(
        "share",
        r"share(?: (?:this|article|story|on (?:facebook|twitter|x|linkedin|whatsapp|reddit)|via e-?mail)"
        r"(?: (?:article|story|page|post|with .{1,20}|on .{1,20}))?)?[.:]?",
        longest=60,
    ),
    _rule(
        "share",
        r"(?:(?:share|save|print|e-?mail|tweet|copy link|facebook|twitter|x|linkedin|whatsapp|reddit|pinterest|"
        r"telegram|instagram|flipboard|messenger|youtube)(?:\W+|$)){2,}",
        longest=120,
    ),
    _rule(
        "share",
        r"(?:print|copy link|tweet|(?:e-?mail|print) this(?: article)?|back to top|facebook|twitter|whatsapp|linkedin|"
        r"pinterest)",
        longest=30,
    ),
    # A site's sections in a row: "Home | News | Sport".
    _rule("pointer", r"(?:home|news|sections|menu)(?: ?[|•·›/] ?\w[\w&' ]{0,24}){2,}[|•·›/ ]*", longest=240),
    # Consent, copyright and conditions of use.
    _rule(
        "legal",
        r"(?:©|\(c\)|copyright)(?: ?(?:©|\(c\)))? ?(?:19|20)\d\d\b.*|© .{1,80}\b(?:19|20)\d\d\b.{0,80}",
        longest=240,
    ),
    _rule("legal", r".{0,160}\ball rights reserved[.]?", longest=240),
    _rule("legal", r"(?:we|this (?:site|website)|our (?:site|website)) uses? (?:\w+ )?cookies\b.*"),
    _rule(
        "legal",
        r"(?:accept|reject|manage|allow)(?: all)? cookies(?: (?:settings|preferences))?[.]?|cookie (?:policy|settings|"
        r"preferences)|privacy (?:policy|notice|settings)|terms (?:of (?:use|service)|and conditions|& conditions)",
        longest=60,
    ),
    _rule("legal", r"we will use the (?:details|information) you have shared\b.*", longest=600),
    # The way to the reporter: an imperative with an address, or with the name of a network at its end.
    _rule("contact", r"(?:follow|contact|e-?mail|reach|write to|connect with) .{0,160}@\w.{0,200}", longest=320),
    _rule(
        "contact",
        r"(?:follow|(?:like|find|join) us|reach|connect with) .{0,120}\bon (?:twitter|facebook|instagram|x|threads|"
        r"bluesky|linkedin|tiktok|youtube)(?: (?:and|or) (?:twitter|facebook|instagram))?[.!]?",
        longest=200,
    ),
    # Who else worked on it, where else it ran, and that it changed without saying what.
    _rule("wire", r"(?:contributing|contributors?)(?: writers?)?: ?[^.!?]+(?:\b[A-Z]\.[^.!?]*)*[.]?", longest=260),
    _rule("wire", r".{0,240}\bcontributed (?:reporting )?to this (?:report|story|article)[.)]*", longest=320),
    _rule(
        "wire",
        r"\(?(?:additional )?(?:reporting|writing) by .{3,120}; ?(?:\w+ )?(?:edit|writ|report|compil)(?:ing|ed) by\b.*",
        longest=320,
    ),
    _rule(
        "wire",
        r"(?:this|a version of this) (?:article|story|piece|post|column) (?:was )?(?:originally |first )+"
        r"(?:appeared|published|ran) (?:on|in|at|by)\b[^.!?]{0,100}(?:\.\w[^.!?]{0,40})?[.]?",
        longest=200,
    ),
    _rule(
        "wire",
        r"this (?:article|story)(?: and headline)? has been updated"
        r"(?: (?:with|to include) (?:additional|more|new|further) \w+)?[.]?",
        longest=100,
    ),
)

# A label in front of another story's headline. In capitals it may stand before anything; in small letters only before
# words that do not end as a sentence does.
_LABEL_SHOUTED = re.compile(
    r"(?:READ|WATCH|LISTEN|SEE|ALSO|MORE|RELATED|VIDEO|PHOTOS?|GALLERY|PODCAST|IN PICTURES|UP NEXT|DON'T MISS)"
    r"(?: [A-Z]+){0,3} ?: ?.*"
)
_LABEL = re.compile(
    r"(?:read|watch|listen|see|related|up next|recommended|don't miss|most read|more on this|further reading|"
    r"you (?:may|might) also like)(?: (?:more|also|next|now|this|here|coverage|stor(?:y|ies)|articles?|reading|content|"
    r"links?|topics?))* ?: ?.*",
    re.IGNORECASE,
)
_LABEL_ALONE = re.compile(
    r"(?:read (?:more|next|also|on)|related(?: (?:coverage|stories|articles|content|links|topics))?|see also|up next|"
    r"most read|you (?:may|might) also like|recommended(?: (?:for you|stories|articles))?|watch now|listen now|"
    r"more (?:stories|from .{2,30}|on this (?:story|topic))|trending(?: now)?)[.:…]*",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_MEDIA_CALL = re.compile(r"\b(?:LISTEN|WATCH|READ)\b[ :]+(?:to|here|now|more|the|how|why|our|full|as|what|this)\b")
"""A shouted verb inside a line of small letters: the sentence around it advertises a podcast, a film or a story."""

_NAME = r"(?:[A-Z][\w.'-]*|[a-z]{1,3}|&)"
_NAMES = rf"{_NAME}(?:[ /,|]+(?:- )?{_NAME}){{0,9}}"
_PICTURE = r"(?:Photo|Image|Picture|Video|Illustration)"
_BREAK = r"(?:^|[\s.,;!?\"'(])"
_CREDITS = (
    # "Ruins in Kyiv.Credit: Jane Doe": after a sentence, glued to a word, or "Photo Credit"; not "Tax Credit: ...".
    re.compile(rf"(?:^|[.,;!?)\"'] ?|(?<=[a-z0-9])|\b{_PICTURE} )(?:Credits?|CREDITS?) ?: ?[A-Z@][^.!?]{{0,70}}$"),
    # "Photo by Jane Doe", "Image courtesy of the museum".
    re.compile(
        rf"{_BREAK}(?:{_PICTURE}|Photograph|Photographs|Photos|Screengrab|Screenshot) (?:by|courtesy(?: of)?|via) ?:? ?"
        rf"{_NAMES}[.)]*$"
    ),
    # "Photo: Jane Doe".
    re.compile(rf"{_BREAK}(?:Photo|Image|Pictures?|Photographer|Illustration|Foto) ?: ?{_NAMES}[)]*$"),
    # "(AP Photo/Jane Doe)", "(Getty Images)".
    re.compile(
        rf"\((?:[^()]{{0,60}}(?:/|via |for ))?(?:{_AGENCY}|Pool)(?:/[^()]{{0,60}}| via [^()]{{0,40}}| file| Photo)?"
        rf"(?:, File)?\)$"
    ),
    # "Jane Doe/Pool/Reuters", "Jane Doe via AP".
    re.compile(rf"{_BREAK}(?:{_NAME}[ ,]+){{0,5}}\S{{0,40}}(?:/|\bvia )\s?{_AGENCY}(?:/[\w .-]{{0,40}})?$"),
    re.compile(r"(?:^|[\s./])Getty Images$"),
)
_CREDIT_HINT = re.compile(r"Credit|CREDIT|Photo|Image|Picture|Illustration|Video|Screen|Foto|/|via |\(")
"""One of these is in every credit: looking for them first spares most lines the patterns."""


def kind_of(line: Line) -> Kind | None:
    """Say what furniture a line is by its words alone; None when it may be prose."""
    if credit_start(line.words) is not None:
        return "credit"
    if len(line.words) > MAX_CAPTION:
        return None
    words = line.plain
    for rule in _RULES:
        if len(words) <= rule.longest and rule.pattern.fullmatch(words):
            return rule.kind
    return _pointer_kind(line, words)


def _pointer_kind(line: Line, words: str) -> Kind | None:
    """Recognise a line that sends the reader elsewhere: to another story, a film, a recording."""
    if len(words) > MAX_FURNITURE // 2:
        return None
    if _ADDRESS.fullmatch(words) or _LABEL_SHOUTED.fullmatch(words) or _LABEL_ALONE.fullmatch(words):
        return "pointer"
    if line.closed and not words.endswith(":"):
        return None
    if _LABEL.fullmatch(words):
        return "pointer"
    return "media" if not words.isupper() and _MEDIA_CALL.search(words) else None


def credit_start(words: str) -> int | None:
    """Say where the photo credit at a line's end begins; None without one. What stands before it is the caption."""
    if len(words) > MAX_CAPTION:
        return None
    shift = max(0, len(words) - _CREDIT_TAIL)
    tail = words[shift:].translate({0x2019: "'", 0x201D: '"'})
    if not _CREDIT_HINT.search(tail):
        return None
    starts = [found.start() for pattern in _CREDITS if (found := pattern.search(tail))]
    return shift + min(starts) if starts else None
