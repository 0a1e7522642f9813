"""A saved answer's quotes and the articles as they are now to a verdict on each quote. Nothing here reads a disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from askdocs.datatypes import Article, Span

Verdict = Literal["valid", "moved", "changed", "gone"]
"""`valid`: the same words stand in the same place of the article, whatever else of it changed. `moved`: they stand
elsewhere in it, or in an article that has another id now. `changed`: the article is there, and the words are not.
`gone`: so is the article."""

VERDICTS: tuple[Verdict, ...] = ("valid", "moved", "changed", "gone")
STILL_TRUE = frozenset({"valid", "moved"})
"""The verdicts after which the words can be read where the citation now says."""

TELLING_BYTES = 40
"""Words of so many bytes of UTF-8, some seven words of English, are no coincidence in an article of another name."""


@dataclass(frozen=True, slots=True)
class SavedQuote:
    """A quote as a file has it, and nothing of it believed. `question` is the one that it answered."""

    question: str
    article_id: str
    start: int
    end: int
    exact: str
    sha256: str | None = None
    title: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where words stand now."""

    article: Article
    span: Span


@dataclass(frozen=True, slots=True)
class Checked:
    """A quote with its verdict. `place` is there for `valid` and `moved`.

    `same_snapshot`: the article has the very text that was quoted. `kept`: the snapshot that was quoted can
    still be read, in force or as an earlier one, so that the words can be shown as they stood.
    """

    quote: SavedQuote
    verdict: Verdict
    place: Place | None
    same_snapshot: bool
    kept: bool


HasEarlier = Callable[[str, str], bool]
"""Tells whether an article's earlier snapshot can still be read, by the article's id and the snapshot's sha256."""


def _nothing_earlier(_article_id: str, _sha256: str) -> bool:
    """Tell that no earlier snapshot is kept, as it is of files."""
    return False


def saved_quotes(form: Any) -> list[SavedQuote]:
    """Return the quotes of what `askdocs ask --json` printed, of `{"answers": [...]}`, or of a list of answers.

    Raises:
        ValueError: it is something else; the message says what was found and where.
    """
    if isinstance(form, Mapping) and "quotes" not in form and isinstance(form.get("answers"), list):
        form = form["answers"]
    if isinstance(form, list):
        answers = [(f"answer {number}: ", answer) for number, answer in enumerate(form, start=1)]
    else:
        answers = [("", form)]
    return [quote for where, answer in answers for quote in _quotes_of(answer, where)]


def _quotes_of(answer: Any, where: str) -> Iterator[SavedQuote]:
    if not isinstance(answer, Mapping) or not isinstance(answer.get("quotes"), list):
        raise ValueError(f'{where}no list of "quotes"; wanted what askdocs ask --json prints')  # noqa: TRY004  of a file
    question = _field(answer, "question", str, where)
    for number, quote in enumerate(answer["quotes"], start=1):
        here = f"{where}quote {number}: "
        if not isinstance(quote, Mapping):
            raise ValueError(f"{here}is no object")  # noqa: TRY004  a fault of the file
        yield SavedQuote(
            question=question,
            article_id=_field(quote, "article_id", str, here),
            start=_field(quote, "start", int, here),
            end=_field(quote, "end", int, here),
            exact=_words(quote, here),
            sha256=_optional(quote, "sha256"),
            title=_optional(quote, "title"),
            url=_optional(quote, "url"),
        )


_KINDS = {str: "a text", int: "a whole number of at least 0"}


def _field(fields: Mapping[str, Any], name: str, kind: type, where: str) -> Any:
    found = fields.get(name)
    if type(found) is not kind or (isinstance(found, int) and found < 0):
        raise ValueError(f'{where}"{name}" is {"not there" if name not in fields else "not " + _KINDS[kind]}')
    return found


def _words(quote: Mapping[str, Any], where: str) -> str:
    exact: str = _field(quote, "exact", str, where)
    if not exact.strip():
        raise ValueError(f'{where}"exact" holds no words')
    return exact


def _optional(fields: Mapping[str, Any], name: str) -> str | None:
    found = fields.get(name)
    return found if isinstance(found, str) and found else None


def verified(
    quotes: Sequence[SavedQuote], articles: Mapping[str, Article], has_earlier: HasEarlier = _nothing_earlier
) -> list[Checked]:
    """Return each quote with its verdict. All articles are gone through once at most, for the quotes that need it.

    `articles` are those of now, by id; `has_earlier` tells whether an article's earlier snapshot of a sha256 is kept.
    """
    checked = [_checked(quote, articles, has_earlier) for quote in quotes]
    lost = {number: one for number, one in enumerate(checked) if one.place is None}
    for number, place in _elsewhere(lost, articles).items():
        same = place.article.sha256 == quotes[number].sha256
        checked[number] = Checked(quotes[number], "moved", place, same, same or checked[number].kept)
    return checked


def _checked(quote: SavedQuote, articles: Mapping[str, Article], has_earlier: HasEarlier) -> Checked:
    """Look for a quote in its own article."""
    article = articles.get(quote.article_id)
    same = article is not None and article.sha256 == quote.sha256
    kept = same or (quote.sha256 is not None and has_earlier(quote.article_id, quote.sha256))
    if article is None:
        return Checked(quote, "gone", None, same, kept)
    span = _nearest(quote, article)
    if span is None:
        return Checked(quote, "changed", None, same, kept)
    verdict: Verdict = "valid" if span == (quote.start, quote.end) else "moved"
    return Checked(quote, verdict, Place(article, span), same, kept)


def _elsewhere(lost: Mapping[int, Checked], articles: Mapping[str, Article]) -> dict[int, Place]:
    """Look through all articles for the one that a quote's article has become, where it has another id now."""
    places: dict[int, Place] = {}
    best = dict.fromkeys(lost, 0)
    for article in articles.values() if lost else ():
        for number, one in lost.items():
            likeness = _likeness(one, article)
            if likeness > best[number] and (span := _nearest(one.quote, article)):
                best[number], places[number] = likeness, Place(article, span)
    return places


def _likeness(lost: Checked, article: Article) -> int:
    """Tell how surely an article is the one that was quoted, under another id: 0 for not at all.

    Where an article still has the id, only the very same text counts: two files may have changed their names.
    """
    quote = lost.quote
    if article.sha256 == quote.sha256:
        return 4
    if lost.verdict == "changed":
        return 0
    if article.url is not None and article.url == quote.url:
        return 3
    if article.title == quote.title:
        return 2
    return int(len(quote.exact.encode("utf-8", "surrogatepass")) >= TELLING_BYTES)


def _nearest(quote: SavedQuote, article: Article) -> Span | None:
    """Return where an article has the quoted words: in their place, else nearest to it; None where it has not."""
    words, text = quote.exact, article.text
    if text.startswith(words, quote.start) and quote.end - quote.start == len(words):
        return quote.start, quote.end
    before = text.rfind(words, 0, quote.start + len(words))
    places = [place for place in (before, text.find(words, quote.start)) if place >= 0]
    start = min(places, key=lambda place: abs(place - quote.start), default=None)
    return None if start is None else (start, start + len(words))
