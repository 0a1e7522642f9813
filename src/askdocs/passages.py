"""Article to passages: windows over blocks of whole sentences of its prose, never across furniture.

A block is a few sentences, a passage is a few blocks in a row, and a new passage begins at every block. So what answers
a question is whole in at least one passage wherever it stands, while every block is encoded only once: a passage's
vector is the mean of its blocks' vectors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from askdocs.datatypes import Article, Passage, Span
from askdocs.sentences import sentence_spans
from askdocs.settings import PassageSettings
from askdocs.tokens import count_tokens_of_each


@dataclass(frozen=True, slots=True)
class Cut:
    """How an article is cut: the characters of its blocks, and for each passage the half-open run of its blocks."""

    blocks: tuple[Span, ...]
    windows: tuple[Span, ...]

    @property
    def passages(self) -> list[Span]:
        """The characters of each passage, in reading order."""
        return [(self.blocks[first][0], self.blocks[last - 1][1]) for first, last in self.windows]


def cut(article: Article, settings: PassageSettings) -> Cut:
    """Cut an article into blocks and passages.

    A block holds as many whole sentences as fit into `settings.step` cl100k_base tokens, or one that is longer by
    itself; a passage as many blocks in a row as fit into `settings.tokens`. Every sentence of the body is in one block.
    """
    step = min(settings.step, settings.tokens)
    width = settings.tokens // step
    blocks: list[Span] = []
    windows: list[Span] = []
    for sentences in _runs(article):
        counts = count_tokens_of_each([article.text[start:end] for start, end in sentences])
        run = [(sentences[first][0], sentences[last - 1][1]) for first, last in _packed(counts, step)]
        windows.extend(_windows(len(blocks), len(run), width))
        blocks.extend(run)
    return Cut(tuple(blocks), tuple(windows))


def passages_of(article: Article, settings: PassageSettings) -> list[Passage]:
    """Return an article's passages, in reading order: `article.text[start:end] == text` for each."""
    spans = cut(article, settings).passages
    return [Passage(article.id, start, end, article.text[start:end]) for start, end in spans]


def _runs(article: Article) -> Iterator[list[Span]]:
    """Group the sentences of the body into runs with nothing but white space between the body's spans."""
    run: list[Span] = []
    for sentence in sentence_spans(article.text, article.body):
        if run and article.text[run[-1][1] : sentence[0]].strip():
            yield run
            run = []
        run.append(sentence)
    if run:
        yield run


def _packed(counts: Sequence[int], budget: int) -> Iterator[Span]:
    """Yield half-open runs of sentence numbers whose token counts add up to at most `budget`, or one sentence."""
    first, total = 0, 0
    for number, count in enumerate(counts):
        if number > first and total + count > budget:
            yield first, number
            first, total = number, 0
        total += count
    if counts:
        yield first, len(counts)


def _windows(offset: int, blocks: int, width: int) -> Iterator[Span]:
    """Yield every run of `width` blocks, or the one shorter run of all of them, as numbers from `offset`."""
    for first in range(max(1, blocks - width + 1)):
        yield offset + first, offset + min(first + width, blocks)
