"""Article to passages: whole sentences of its prose, packed up to a token budget, never across furniture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from askdocs.datatypes import Article, Passage, Span
from askdocs.sentences import sentence_spans
from askdocs.settings import PassageSettings
from askdocs.tokens import count_tokens_of_each


def passages_of(article: Article, settings: PassageSettings) -> list[Passage]:
    """Cut an article into passages, in reading order.

    Every sentence of the article's body is in at least one passage. A passage holds as many whole sentences as fit into
    `settings.tokens` cl100k_base tokens, and one that is longer by itself. The next passage begins with the last
    sentences of the one before, as many as fit into `settings.overlap` tokens.
    """
    passages = []
    for sentences in _runs(article):
        counts = count_tokens_of_each([article.text[start:end] for start, end in sentences])
        for first, last in _packed(counts, budget=settings.tokens, overlap=settings.overlap):
            start, end = sentences[first][0], sentences[last - 1][1]
            passages.append(Passage(article.id, start, end, article.text[start:end]))
    return passages


def _runs(article: Article) -> Iterator[list[Span]]:
    """Group the sentences of the body into runs with nothing but white space between the body's spans."""
    run: list[Span] = []
    for sentence in sentence_spans(article.text, article.body):
        if run and _furniture_between(article, run[-1][1], sentence[0]):
            yield run
            run = []
        run.append(sentence)
    if run:
        yield run


def _furniture_between(article: Article, end: int, start: int) -> bool:
    return bool(article.text[end:start].strip())


def _packed(counts: Sequence[int], *, budget: int, overlap: int) -> Iterator[Span]:
    """Yield half-open runs of sentence numbers whose token counts add up to at most `budget`, or one sentence."""
    first = 0
    while first < len(counts):
        last, total = first + 1, counts[first]
        while last < len(counts) and total + counts[last] <= budget:
            total += counts[last]
            last += 1
        yield first, last
        if last == len(counts):
            return
        first = _overlapped(counts, first, last, overlap)


def _overlapped(counts: Sequence[int], first: int, last: int, overlap: int) -> int:
    """Step back from `last` over whole sentences while they fit into the overlap; always go on past `first`."""
    step = last
    while step - 1 > first and sum(counts[step - 1 : last]) <= overlap:
        step -= 1
    return step
