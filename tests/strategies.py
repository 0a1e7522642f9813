"""Hypothesis strategies for text as the web really has it: the characters that break offsets, splits and hashes."""

from __future__ import annotations

from hypothesis import strategies as st

from askdocs.datatypes import Article

AWKWARD_FRAGMENTS = (
    "café naïve",  # precomposed
    "cafe\u0301 nai\u0308ve",  # the same words with combining marks
    "Z\u0351\u036b\u0343a\u0363\u0365lgo",  # marks stacked on marks
    "שלום עולם",  # right to left
    "مرحبا بالعالم، كيف الحال؟",
    "\u202bmixed\u202c \u200fmarks",  # directional controls
    "👩‍👩‍👧‍👦 👍🏽 🇺🇦",  # joined, toned and paired emoji
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𐍈 𠮷野家",  # outside the basic plane: a surrogate pair in UTF-16, one character in Python
    "日本語の文章。次の文です！",
    "ประเทศไทยไม่มีช่องว่าง",  # Thai writes no spaces
    "हिन्दी में एक वाक्य।",
    "Straße İstanbul ıI ﬁne ǅ",  # case and compatibility forms that change length
    "line\u2028separator and paragraph\u2029separator",
    "next\u0085line, form\x0cfeed, vertical\x0btab",
    "no\u00a0break\u202fspaces\u3000and\u2009thin",
    "zero\u200bwidth\u2060joiner\ufeff soft\u00adhyphen",
    "windows\r\nline ends\r\n\r\nand an old\rone",
    "tabs\tand  double   spaces ",
    "<p>Not &amp; markup</p><script>alert('x')</script>",
    "</p></div><!-- comment -->&lt;b&gt;",
    "# Heading\n\n* item\n\n```\ncode fence\n```",
    "[link](https://example.org/a_(b)) ![image](x.png) **bold** `code`",
    "---\ntitle: not front matter\n---",
    '{"id": "row", "text": "\\ud83d"}',
    "a" * 700,  # a word longer than any passage
    "Ünïcödé" * 60,
    "https://example.org/" + "path/" * 40,
    "Dr. A. B. Smith Jr. paid $3.5m at 5 p.m. on No. 10 St. vs. U.S. v. X.",
    "“Quoted.” ‘Single?’ «Guillemets!» „German.“ — dash – en … ellipsis...",
    "1.5 million (see p. 3). 15,000 troops! Really?!",
    "",
    " ",
    "\n\n\n",
)
"""Each is a trap that some real text reader has fallen into."""

WORDS = ("the", "of", "army", "border", "Minsk", "15,000", "troops", "said", "Tuesday", "–", "“war,”", "don’t", "U.S.")
SENTENCE_ENDS = (".", "!", "?", "…", ".”", "。", "।", "؟")


def sentences() -> st.SearchStrategy[str]:
    """One plain sentence of 1 to 40 words."""
    return st.tuples(st.lists(st.sampled_from(WORDS), min_size=1, max_size=40), st.sampled_from(SENTENCE_ENDS)).map(
        lambda drawn: " ".join(drawn[0]) + drawn[1]
    )


def awkward_text(*, max_pieces: int = 12) -> st.SearchStrategy[str]:
    """Text of any characters that UTF-8 can hold: traps, plain sentences and noise, joined in every way lines are."""
    piece = st.one_of(
        st.sampled_from(AWKWARD_FRAGMENTS),
        sentences(),
        st.text(st.characters(codec="utf-8"), max_size=40),  # never a lone surrogate: no stored article holds one
    )
    separator = st.sampled_from((" ", "\n", "\n\n", "\r\n", "", "\u2028", "\u00a0"))
    return st.lists(st.tuples(piece, separator), max_size=max_pieces).map(
        lambda drawn: "".join(a + b for a, b in drawn)
    )


@st.composite
def articles(draw: st.DrawFn, *, id: str = "article", max_pieces: int = 12) -> Article:  # noqa: A002  the field's name
    """An article whose whole text is prose, made of awkward characters."""
    text = draw(awkward_text(max_pieces=max_pieces))
    title = draw(st.one_of(st.just("A Title"), st.sampled_from(AWKWARD_FRAGMENTS)))
    return Article.of(id=id, text=text, title=title)
