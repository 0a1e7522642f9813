"""What was asked and what came back in, plain words out: for the page, for what is exported and for a screen reader."""

from __future__ import annotations

from collections.abc import Iterator

from askdocs.answering.extractive import OTHER_DAYS
from askdocs.cautions import cautions, listed, read_as_words
from askdocs.datatypes import Answer, Sureness
from askdocs.expected import Expected
from askdocs.filters import ArticleFilter
from askdocs.web.evidence import readable_date
from askdocs.web.searched import Searched
from askdocs.web.unfound import Unfound

NEAREST = 3
"""How many of the nearest passages a refusal shows: enough to see what the articles are about, too few to wade."""

EXCERPT = 320
"""Characters of a nearest passage that a refusal shows."""

NOT_AN_ANSWER = "not an answer"

LEVELS: dict[Sureness, tuple[int, str, str]] = {
    "strong": (3, "Strong match", "the articles very likely answer this"),
    "likely": (2, "Likely", "the quotes probably answer this; read them in their place"),
    "weak": (1, "Weak match", "the quotes may only be near the question; read them before you rely on them"),
}
"""How sure an answer is: in bars of a meter, in a word or two, and in what that means."""

_LACKING = {Expected.NUMBER: "a number", Expected.TIME: "a date or a time", Expected.NAME: "a name"}


def limits(within: ArticleFilter) -> str:
    """Return the limits of a question in words: The Post or The Echo · since 2 March 2022."""
    parts = []
    if within.outlets:
        parts.append(" or ".join(within.outlets))
    if within.since and within.until:
        parts.append(f"from {readable_date(within.since)} to {readable_date(within.until)}")
    elif within.since:
        parts.append(f"since {readable_date(within.since)}")
    elif within.until:
        parts.append(f"until {readable_date(within.until)}")
    if within.articles:
        parts.append(articles_counted(len(within.articles)))
    return " · ".join(parts)


def asked_of(within: ArticleFilter) -> str:
    """Return what a question was put to in a sentence: Asked of articles since 2 March 2022."""
    return f"Asked of {'' if within.outlets else 'articles '}{limits(within)}"


def searched_words(what: Searched) -> str:
    """Return what was searched: 5 of 20 articles from 2 March 2022 to 9 September 2023."""
    count = f"{what.articles:,} of {articles_counted(what.every)}" if what.limited else articles_counted(what.every)
    if what.first is None or what.last is None:
        return count
    if what.first == what.last:
        return f"{count} of {readable_date(what.first)}"
    return f"{count} from {readable_date(what.first)} to {readable_date(what.last)}"


def articles_counted(count: int) -> str:
    """Return 1 article, 4,856 articles."""
    return counted(count, "article")


def counted_quotes(answer: Answer) -> str:
    """Return 2 quotes from 1 article."""
    sources = articles_counted(len({quote.article_id for quote in answer.quotes}))
    return f"{counted(len(answer.quotes), 'quote')} from {sources}"


def counted(count: int, noun: str) -> str:
    """Return 1 question, 2,000 questions."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def said(answer: Answer) -> str:
    """Return a reply in one sentence, for a screen reader."""
    if answer.abstained:
        return f"{_refused(answer)} The nearest passages are listed."
    _, level, meaning = LEVELS[answer.sureness]
    worded = (f"Worded by {answer.worded_by}.",) if answer.worded_by else ()
    return " ".join((*cautions(answer), f"Answered with {counted_quotes(answer)}. {level}: {meaning}.", *worded))


def worded_words(answer: Answer) -> str:
    """Return which model put an answer's words together, and from what."""
    return f"Worded by {answer.worded_by} from the quotes below. Only they are the articles’ own words."


def refusal_words(answer: Answer, what: Searched, lacks: Unfound) -> tuple[str, ...]:
    """Return a refusal in sentences: that it is one, what was searched, what of the question is nowhere in it.

    Where a language model found that what would have been quoted is no answer, they say so: it was not askdocs.
    """
    if answer.worded_by:
        read = f"Searched {searched_words(what)}. {answer.worded_by} read the sentences nearest to the question"
        return (_refused(answer), f"{read} and found no answer there.", *lacking_words(lacks))
    searched = f"Searched {searched_words(what)} and found no passage that holds an answer."
    return (_refused(answer), searched, *lacking_words(lacks))


def _refused(answer: Answer) -> str:
    return f"Your articles do not {'seem to ' if answer.worded_by else ''}answer this."


def lacking_words(lacks: Unfound) -> Iterator[str]:
    """Yield what of a question the articles lack, a sentence each, and how it was read for all that."""
    if lacks.read_as:
        yield read_as_words(lacks.read_as)
    if missing := [name for name in lacks.missing if name not in dict(lacks.read_as)]:
        yield f"No article that was searched mentions {listed(missing)}."
    if lacks.known and not lacks.missing:
        are = "is mentioned" if len(lacks.known) == 1 else "are mentioned"
        yield f"{listed(lacks.known, ' and ')} {are}, but not with what you ask."
    if lacks.lacking in _LACKING:
        yield f"You ask for {_LACKING[lacks.lacking]}; the nearest passages give none."
    if lacks.untimely:
        yield OTHER_DAYS


def shortened(words: str, limit: int) -> str:
    """Return at most `limit` characters, whole words, with an ellipsis where some were left out."""
    if len(words) <= limit:
        return words
    kept = words[:limit].rsplit(None, 1)[0] or words[:limit]
    return f"{kept} …"
