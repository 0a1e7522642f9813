"""An article and the spans to mark in it in, the evidence pane's HTML out.

Positions are counted in Python characters, and the browser counts in UTF-16 units: so the text is cut here, and the
browser only ever sees finished elements. The text content of the article element is the article's text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

from askdocs.datatypes import Article, Span
from askdocs.index import ArticleSummary
from askdocs.web.markup import Html, element, join

Kind = Literal["quote", "hit", "link", "article"]
"""Why an article is open: for an answer's quotes, for the nearest passages of a refusal, because a link to a quote was
followed, or just to be read."""

Standing = Literal["current", "changed"]
"""Whether the text that is shown is the article as it is searched now, or as it was before it changed."""

_LINE = re.compile("[^\n\r\x0b\x0c\x85\u2028\u2029]*[\n\r\x0b\x0c\x85\u2028\u2029]*")
_HEADING = re.compile(r"(?P<marks>\s{0,3}#{1,6}[ \t]+)\S")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


Described = Article | ArticleSummary
"""What is known about an article, with its text or without."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One numbered span to mark in an article's text."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class View:
    """What the pane shows: an article, the marks in it, the marked number to look at, and how many there are in all.

    `turn` is the position in the conversation of the answer that the marks belong to; -1 where there is none. The
    article is the snapshot that the answer names, which need not be the one that is searched now: `standing` tells.
    """

    article: Article
    kind: Kind = "article"
    turn: int = -1
    marks: tuple[Mark, ...] = ()
    focus: int = 0
    count: int = 0
    standing: Standing = "current"

    @property
    def name(self) -> str:
        """The same for every view that differs only in its focus, so the browser need not ask for it again."""
        return view_name(self.kind, self.turn, self.article.id, self.article.sha256 if self.kind == "article" else "")


def view_name(kind: Kind, turn: int, article_id: str, sha256: str = "") -> str:
    """Return the name by which a button and the pane agree that the article is already open.

    Where an article is open just to be read, `sha256` tells its text now from the one that it had before.
    """
    return f"{kind}:{turn}:{sha256[:12]}:{article_id}"


def pane(view: View) -> Html:
    """Return the evidence pane: the article whole, its marks, and the way from one mark to the next."""
    article = view.article
    return element(
        "div",
        _bar(view),
        element(
            "article",
            element(
                "header",
                element("h2", article.title),
                element("p", described(article), class_="byline"),
                _standing(view),
                element("p", *_provenance(article), class_="provenance"),
                dir="auto",
            ),
            element("div", *_paragraphs(view), class_="text"),
            class_="sheet",
            lang=article.language if article.language and _LANGUAGE.fullmatch(article.language) else None,
        ),
        class_=f"pane {view.kind}",
        data_view=view.name,
        data_kind=view.kind,
        data_article=article.id if view.kind == "article" else None,
        data_turn=view.turn,
        data_focus=view.focus,
    )


def empty_pane(*, refused: bool = False, turn: int | None = None) -> Html:
    """Return what the pane shows before anything is open; `refused`: after a question that got no answer.

    `turn` is the number of that question: the pane after one refusal is another than after the next.
    """
    words = (
        "No words answer this, so none are quoted. Choose a nearest passage to read it in its place."
        if refused
        else "Every answer is made of words quoted from your articles. Choose a number to read them in their place."
    )
    return element(
        "div",
        element("p", "“…”", class_="ornament", aria_hidden="true"),
        element("h2", "Nothing is quoted" if refused else "The evidence opens here"),
        element("p", words),
        class_="pane blank refused" if refused else "pane blank",
        data_kind="none",
        data_after=turn,
    )


def lost_pane(heading: str, words: str, now: Article | None = None) -> Html:
    """Return what the pane shows where a link leads to no quote: why. `now`: the article as it is, to open instead."""
    return element(
        "div",
        element("p", "“…”", class_="ornament", aria_hidden="true"),
        element("h2", heading),
        element("p", words),
        element(
            "button",
            "Open the article as it is now",
            type="button",
            class_="chip",
            data_open="article",
            data_article=now.id,
            data_view=view_name("article", -1, now.id, now.sha256),
        )
        if now
        else "",
        class_="pane blank refused",
        role="status",
    )


def description(known: Described) -> str:
    """Return title · outlet · author · date, as far as they are known."""
    return " · ".join((known.title, *_below_title(known)))


def described(known: Described, *more: str) -> Html:
    """Return outlet · author · date, as far as they are known, and what else is said of an article.

    Each stands apart, whatever its script: what is around them runs as the title does.
    """
    return Html(" · ".join(element("bdi", part) for part in (*_below_title(known), *more)))


def _below_title(known: Described) -> list[str]:
    return [part for part in (known.outlet, known.author, readable_date(known.published)) if part]


def readable_date(published: str | None) -> str | None:
    """Return an ISO or year/month/day date as 22 March 2022, anything else as it is written."""
    if not published:
        return None
    try:
        day = date.fromisoformat(published.strip()[:10].replace("/", "-"))
    except ValueError:
        return published
    return f"{day.day} {day:%B %Y}"


def _bar(view: View) -> Html:
    """Return the line above the article that says why it is open, with the buttons that lead to the next mark."""
    if view.kind == "article":
        return join([])
    noun = {"quote": "Quote", "hit": "Nearest passage", "link": "Linked words"}[view.kind]
    position: list[str] = [noun]
    if view.kind != "link":
        position += [" ", element("span", str(view.focus), class_="at"), f" of {view.count}"]
    if view.kind == "hit":
        position.append(element("span", "not an answer", class_="tag"))
    if view.standing == "changed":
        position.append(element("span", "changed since", class_="tag"))
    buttons = [
        element("button", "Back", type="button", class_="tool back", data_do="back", aria_label="Back to the answer")
    ]
    if view.kind != "hit":
        buttons.append(element("button", "Copy link", type="button", class_="tool", data_do="link"))
    if view.kind != "link":
        buttons.extend(
            element("button", arrow, type="button", class_="step", data_step=step, aria_label=f"{word} {noun.lower()}")
            for arrow, step, word in (("←", -1, "Previous"), ("→", 1, "Next"))
        )
    return element(
        "div",
        element("p", *position, class_="position"),
        element("p", view.article.title, class_="reminder", dir="auto", aria_hidden="true"),
        element("div", *buttons, class_="steps"),
        class_="bar",
    )


def _standing(view: View) -> Html:
    """Return a line that says that this is an earlier text of the article, where it is one."""
    if view.standing == "current":
        return join([])
    return element(
        "p", "This article has changed since. You see it as it was when it was quoted.", class_="standing", dir="auto"
    )


def _provenance(article: Article) -> list[Html]:
    """Return where the article was read from: its source, and its address where that is one a browser may open."""
    known = [element("span", source_name(article))]
    if article.url and article.url != article.source:
        if article.url.startswith(("https://", "http://")):
            known.append(element("a", article.url, href=article.url, target="_blank", rel="noopener noreferrer"))
        else:
            known.append(element("span", article.url))
    return known


def source_name(article: Article) -> str:
    """Return the name of what an article was read from, without the folders that it lies in on the server."""
    return article.source.rpartition("/")[2] if "://" not in article.source else article.source


def _paragraphs(view: View) -> Iterator[Html]:
    """Yield the text as one element a line, every character of it, cut where marks and furniture begin and end."""
    text = view.article.text
    lines = [line.span() for line in _LINE.finditer(text) if line.group()]
    body = [span for span in view.article.body if span[0] < span[1]]
    edges = {edge for span in (*lines, *body) for edge in span}
    edges.update(edge for mark in view.marks for edge in (mark.start, mark.end))
    signs = {line[0]: line[0] + found.end("marks") for line in lines if (found := _HEADING.match(text[slice(*line)]))}
    edges.update(signs.values())
    pieces = list(pairwise(sorted(edge for edge in edges if 0 <= edge <= len(text))))
    front = _front_matter(text, body)
    at = 0
    for line in lines:
        upto = bisect_right(pieces, line[1], lo=at, key=lambda piece: piece[1])
        yield _paragraph(view, pieces[at:upto], body, front, signs.get(line[0], line[0]))
        at = upto


def _front_matter(text: str, body: Sequence[Span]) -> int:
    """Return where the front matter of a Markdown file ends: the heading above the text tells what it says."""
    if not text.startswith("---\n"):
        return 0
    end = text.find("\n---", 3) + len("\n---")
    return end if len("---\n") <= end <= (body[0][0] if body else len(text)) else 0


def _paragraph(view: View, pieces: Sequence[Span], body: Sequence[Span], front: int, words: int) -> Html:
    """Return one line of the text. A line is greyed as a whole if it is all furniture, or the title unquoted once more.

    What ends before `front` is front matter. Before `words` stand the signs that make a heading of a line.
    """
    line = view.article.text[pieces[0][0] : pieces[-1][1]]
    outside = [start < words or not _within(body, start) for start, _ in pieces]
    if not line.strip():
        kind = "gap"
    elif pieces[0][0] < front:
        kind = "furniture front"
    elif line.strip("# \t\r\n") == view.article.title and not _marked(view, pieces[0][0], pieces[-1][1]):
        kind = "furniture repeated"
    elif all(outside):
        kind = "furniture"
    else:
        kind = "heading" if _HEADING.match(line) else ""
    return element(
        "p",
        *(
            _piece(view, start, end, furniture=grey and not kind.startswith("furniture"), sign=start < words)
            for (start, end), grey in zip(pieces, outside, strict=True)
        ),
        class_=kind or None,
        dir="auto",
    )


def _piece(view: View, start: int, end: int, *, furniture: bool, sign: bool) -> Html:
    """Return the characters between two neighbouring cuts: plain, greyed, or marked with every number they carry.

    `sign`: they make a heading of their line, and are out of sight there even where they are marked.
    """
    words = join([view.article.text[start:end]])
    numbers = [mark.number for mark in view.marks if mark.start <= start and end <= mark.end]
    if numbers:
        strongest = view.focus in numbers
        return element(
            "mark",
            element("span", words, class_="furniture") if sign else words,
            data_numbers=" ".join(map(str, numbers)),
            class_="strongest" if strongest else None,
        )
    return element("span", words, class_="furniture") if furniture else words


def _marked(view: View, start: int, end: int) -> bool:
    """Whether something is marked between two positions."""
    return any(mark.start < end and start < mark.end for mark in view.marks)


def _within(spans: Sequence[Span], position: int) -> bool:
    """Whether a position stands in one of the spans, which are in order and apart."""
    row = bisect_right(spans, position, key=lambda span: span[0]) - 1
    return row >= 0 and position < spans[row][1]
