"""A question and its ranking to an answer made of the articles' own sentences. No model words anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from askdocs.answering.calibration import operating_point
from askdocs.answering.evidence import confidence, weigh
from askdocs.answering.neighbours import run_of
from askdocs.answering.reach import FURTHEST, understandable
from askdocs.datatypes import Answer, Quote, Span
from askdocs.index import OpenIndex
from askdocs.judging import Sentence
from askdocs.quotes import quote
from askdocs.reranking import Reranking
from askdocs.settings import AnswerSettings
from askdocs.timeliness import NEAR_ENOUGH

OTHER_DAYS = "What comes nearest is of other days than the question names."

_PLAIN = str.maketrans("“”‘’–—", "\"\"''--")

Before = Callable[[Sentence], Sequence[Span]]
"""Gives the sentences in front of one in its article, in reading order."""


class ExtractiveAnswerer:
    """Answers with the best sentences, or abstains where the evidence is too weak: as the index was calibrated.

    Raises:
        IndexFolderError: the index's calibration is damaged or foreign.
    """

    def __init__(self, index: OpenIndex, settings: AnswerSettings) -> None:
        self._index = index
        self._settings = settings
        self._point = operating_point(index.folder, index.manifest.encoder.fingerprint, settings)

    def answer(self, question: str, query: str, found: Reranking) -> Answer:
        """Answer by quotes, the one that a person would underline first; abstain below the least confidence."""
        evidence = weigh(query, found, self._index)
        sure = confidence(evidence, found.reads, found.doubt, self._point.bias, self._point.weights)
        quotes: tuple[Quote, ...] = ()
        if found.sentences and sure >= self._point.threshold:
            quotes = tuple(chosen(found.sentences, found.read, self._settings, self._before))
        text = cited(quotes) if quotes else self._abstention(found)
        return Answer(question, text, quotes, found.ranking.hits, sure)

    def _abstention(self, found: Reranking) -> str:
        untimely = bool(found.sentences) and found.sentences[0].timely < NEAR_ENOUGH
        return abstention(found.ranking.articles, len(self._index.articles), untimely=untimely)

    def _before(self, sentence: Sentence) -> Sequence[Span]:
        return self._index.sentences_before(sentence.row, FURTHEST)


def chosen(
    sentences: Sequence[Sentence], read: Mapping[int, Sentence], settings: AnswerSettings, before: Before
) -> Iterator[Quote]:
    """Take sentences in order of score, each with the neighbours that answer with it, until there are enough quotes.

    `read` holds those that can be neighbours, by row. No quote repeats words of another.
    """
    taken: list[Quote] = []
    rows: set[int] = set()
    for sentence in _from_several_articles(sentences, settings):
        if sentence.row in rows:
            continue
        run = run_of(sentence, sentences[0], read, rows)
        one = _quoted(run, before)
        if any(_overlap(one, other) or _words(one) == _words(other) for other in taken):
            continue
        taken.append(one)
        rows.update(part.row for part in run)
        yield one
        if len(taken) == settings.quotes:
            return


def _quoted(run: Sequence[Sentence], before: Before) -> Quote:
    """Quote a run of sentences, from where its first words are understood."""
    first, last = run[0], run[-1]
    start, _ = understandable(first.article, first.span, before(first))
    return quote(first.article, (start, last.span[1]))


def _from_several_articles(sentences: Sequence[Sentence], settings: AnswerSettings) -> Iterator[Sentence]:
    """Order the sentences worth quoting so that a second article that answers nearly as well is heard second.

    A heading is never worth quoting while there is anything else.
    """
    statements = [sentence for sentence in sentences if not sentence.is_heading] or sentences
    first, *others = statements
    worth = [one for one in others if one.score >= min(first.score, settings.least_share * first.score)]
    near = (one for one in worth if one.score >= min(first.score, settings.second_article_share * first.score))
    second = next((one for one in near if one.article.id != first.article.id), None)
    yield first
    if second is not None:
        yield second
    yield from (one for one in worth if one is not second)


def _words(one: Quote) -> str:
    """Return a quote's words as two outlets would print them alike: line breaks and kinds of marks aside."""
    return " ".join(one.exact.translate(_PLAIN).split())


def _overlap(one: Quote, other: Quote) -> bool:
    return one.article_id == other.article_id and one.start < other.end and other.start < one.end


def cited(quotes: Sequence[Quote]) -> str:
    """Word an answer of quotes alone: each in quotation marks with its citation."""
    return "\n\n".join(f"“{one.exact}” [{number}]" for number, one in enumerate(quotes, start=1))


def abstention(searched: int, articles: int, *, untimely: bool = False) -> str:
    """Word that there is no answer, and what was searched: so many of all the articles.

    `untimely`: what comes nearest is not of the days that the question names.
    """
    if articles == 1:
        where = "the one article"
    elif searched == articles:
        where = f"all {articles:,} articles"
    else:
        where = f"{searched:,} of {articles:,} articles, those within the limits set"
    if not searched:
        return f"No article is within the limits set, so none was searched. There are {articles:,} without them."
    when = f" {OTHER_DAYS}" if untimely else ""
    return (
        f"Your articles do not answer this. Searched: {where}.{when} The nearest passages follow; they are no answer."
    )
