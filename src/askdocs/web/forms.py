"""The JSON forms that programs send and get, as pydantic models: what OpenAPI and MCP describe and check them by.

They are `askdocs.contracts` once more; a test holds the two together.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from askdocs.filters import ArticleFilter
from askdocs.settings import MAX_QUESTION_CHARACTERS
from askdocs.web.programs import MOST_ARTICLES, MOST_EARLIER, MOST_HITS

Text = Annotated[str, Field(max_length=MAX_QUESTION_CHARACTERS)]
Name = Annotated[str, Field(max_length=2_000)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Told(BaseModel):
    model_config = ConfigDict(extra="allow")  # the contract may grow


class Within(_Asked):
    """Which articles to search: those inside every limit that is set."""

    outlets: list[Name] = Field(default=[], max_length=500, description="One of these outlets.")
    since: Annotated[Name | None, Field(description="An ISO date; the year or the month alone will do.")] = None
    until: Annotated[Name | None, Field(description="An ISO date, itself inside.")] = None
    articles: list[Name] = Field(default=[], max_length=MOST_ARTICLES, description="One of these ids.")

    def filter(self) -> ArticleFilter:
        """Return the same limits as the library takes them.

        Raises:
            FilterError: a date is none.
        """
        return ArticleFilter(tuple(self.outlets), self.since, self.until, tuple(self.articles))


class Question(_Asked):
    """A question, with those asked before in the same conversation, oldest first."""

    question: Text
    history: list[Text] = Field(default=[], max_length=MOST_EARLIER)
    within: Within = Within()


class Query(_Asked):
    """What to search for, and how many passages are wanted."""

    question: Text
    k: int = Field(10, ge=1, le=MOST_HITS)
    within: Within = Within()


class Citation(_Told):
    """What names an article."""

    article_id: str
    title: str
    source: str
    outlet: str | None
    author: str | None
    published: str | None
    url: str | None


class QuoteForm(Citation):
    """Verbatim words: `text[start:end] == exact` in the article whose text has this sha256. In code points."""

    sha256: str
    start: int
    end: int
    exact: str


class HitForm(_Told):
    """A passage that was found. Higher scores are better, ranks count from 1."""

    rank: int
    score: float
    article_id: str
    title: str
    start: int
    end: int
    text: str


class AnswerForm(_Told):
    """An answer: `text` holds marks like [1] that point to `quotes`. Without quotes it is an abstention.

    `worded_by` names the language model that worded it; `read_as` has the words of the question that no article has,
    each with the one that it was taken for, and `unmentioned` the names and numbers that no article has.
    """

    question: str
    abstained: bool
    text: str
    confidence: float
    worded_by: str | None
    read_as: dict[str, str]
    unmentioned: list[str]
    quotes: list[QuoteForm]
    hits: list[HitForm]


class SearchForm(_Told):
    """The best passages."""

    question: str
    hits: list[HitForm]


class ArticleForm(Citation):
    """One article: `body` holds the spans of its own prose, half-open."""

    language: str | None
    sha256: str
    text: str
    body: list[tuple[int, int]]


class SummaryForm(Citation):
    """An article without its text; `characters` and `passages` are counts."""

    language: str | None
    sha256: str
    characters: int
    passages: int


class ArticlesForm(_Told):
    """Some of the `total` articles that are inside the limits, from `offset`, sorted by id."""

    total: int
    offset: int
    articles: list[SummaryForm]


class ErrorDetail(BaseModel):
    """`kind` is for programs, `message` for people."""

    kind: str
    message: str


class ErrorForm(BaseModel):
    """What every error looks like."""

    error: ErrorDetail
