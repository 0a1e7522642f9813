"""The values that flow from a source to an answer, with their promises.

Every span is a pair of half-open character positions into `Article.text`, counted in Python characters (Unicode code
points). Nothing here reads a disk, a clock or a model.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, Self

from askdocs.errors import QuoteError

Span = tuple[int, int]
"""Half-open character positions `(start, end)` into an article's text."""


def text_sha256(text: str) -> str:
    """Return the hex sha256 of a text's UTF-8 bytes: the name of one snapshot of an article."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Article:
    """One article as it was read: the text that a reader is shown, and where its prose stands in that text.

    `body` holds the spans of `text` that are the article's own prose, in order and apart. What lies outside them
    (photo credits, subscribe lines, teasers) is shown in the evidence pane but never becomes a passage or a quote.
    `origin` is the hex sha256 of the bytes that it was read from, with the format that they were read as: as long as a
    source has the same one, reading it again would give the same article.
    """

    id: str
    title: str
    text: str
    source: str
    sha256: str
    body: tuple[Span, ...]
    published: str | None = None
    outlet: str | None = None
    author: str | None = None
    language: str | None = None
    url: str | None = None
    origin: str | None = None

    @classmethod
    def of(cls, *, id: str, text: str, title: str = "", source: str = "", **known: str | None) -> Self:  # noqa: A002  the field's name
        """Make an article whose whole text is prose, with its hash computed."""
        return cls(
            id=id,
            title=title or id,
            text=text,
            source=source or id,
            sha256=text_sha256(text),
            body=((0, len(text)),) if text else (),
            **known,
        )


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences: `article.text[start:end] == text`. Its id is its position, so rebuilds agree."""

    article_id: str
    start: int
    end: int
    text: str

    @property
    def id(self) -> str:
        """The passage's name, for example `belarus:0-812`."""
        return f"{self.article_id}:{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a query. `score`: higher is better, always. `rank` counts from 1."""

    passage: Passage
    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class Quote:
    """Verbatim words of one snapshot of an article. Made only by `askdocs.quotes`, which slices `exact` itself."""

    article_id: str
    sha256: str
    start: int
    end: int
    exact: str

    def words_in(self, article: Article) -> str:
        """Slice the quoted words out of the stored article.

        Raises:
            QuoteError: the article is not the snapshot that was quoted, or does not hold these words here.
        """
        words = article.text[self.start : self.end]
        if article.id != self.article_id or article.sha256 != self.sha256 or words != self.exact:
            raise QuoteError(f"{self.article_id}: the quote at {self.start}-{self.end} is not in this snapshot")
        return words


Sureness = Literal["strong", "likely", "weak"]
STRONG, LIKELY = 0.75, 0.5
"""The least confidence of an answer that is called so, on the page and in the terminal."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the articles say to a question. Without quotes there is no answer, only the nearest passages in `hits`.

    `text` holds the wording with citation marks `[1]`, `[2]` that point to `quotes` in order. `confidence` is between
    0 and 1: the estimated chance that the articles answer the question. `worded_by` names the language model whose
    words `text` holds; where none does, they are the quotes' own. An abstention's `text` is askdocs's own, and
    `worded_by` then names the model that found no answer in the quotes, if it was one. `read_as` holds the words of the
    question that no article has, each with the one that it was taken for, and `unmentioned` the names and numbers that
    no article has.
    """

    question: str
    text: str
    quotes: tuple[Quote, ...]
    hits: tuple[Hit, ...]
    confidence: float
    worded_by: str | None = None
    read_as: tuple[tuple[str, str], ...] = ()
    unmentioned: tuple[str, ...] = ()

    @property
    def abstained(self) -> bool:
        """Whether the articles did not answer."""
        return not self.quotes

    @property
    def sureness(self) -> Sureness:
        """How sure an answer is, in a word; never more than weak where no article has a name of the question."""
        if self.unmentioned:
            return "weak"
        return "strong" if self.confidence >= STRONG else "likely" if self.confidence >= LIKELY else "weak"
