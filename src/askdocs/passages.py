"""Article to passages: windows over blocks of whole sentences of its prose, never across furniture.

A block is a few sentences, a passage is a few blocks in a row, and a new passage begins at every block. So what answers
a question is whole in at least one passage wherever it stands, while every block is encoded only once: a passage's
vector is the mean of its blocks' vectors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from askdocs.datatypes import Article, Span
from askdocs.sentences import sentence_spans
from askdocs.settings import PassageSettings
from askdocs.tokens import count_tokens_of_each

WIDEST_GAP = 1_000
"""Characters of white space between two sentences; more of it divides passages, so that none is mostly empty."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How an article is cut: the characters of its sentences, then what is made of them.

    A block is a half-open run of sentences, a window (a passage) a half-open run of blocks.
    """

    sentences: tuple[Span, ...]
    block_runs: tuple[Span, ...]
    windows: tuple[Span, ...]

    @property
    def blocks(self) -> list[Span]:
        """The characters of each block, in reading order."""
        return [(self.sentences[first][0], self.sentences[last - 1][1]) for first, last in self.block_runs]


def cut(article: Article, settings: PassageSettings) -> Cut:
    """Cut an article into blocks and passages.

    A block holds as many whole sentences as fit into `settings.step` cl100k_base tokens, or one that is longer by
    itself; a passage as many blocks in a row as fit into `settings.tokens`. Every sentence of the body is in one block.
    """
    step = min(settings.step, settings.tokens)
    width = settings.tokens // step
    all_sentences: list[Span] = []
    block_runs: list[Span] = []
    windows: list[Span] = []
    runs = list(_runs(article))
    all_counts = iter(count_tokens_of_each(article.text[start:end] for run in runs for start, end in run))
    for sentences in runs:
        counts = list(islice(all_counts, len(sentences)))
        before = len(all_sentences)
        packed = [(before + first, before + last) for first, last in _packed(counts, step)]
        windows.extend(_windows(len(block_runs), len(packed), width))
        block_runs.extend(packed)
        all_sentences.extend(sentences)
    return Cut(tuple(all_sentences), tuple(block_runs), tuple(windows))


def _runs(article: Article) -> Iterator[list[Span]]:
    """Group the sentences of the body into runs: no furniture divides the spans of one, nor a wide gap its sentences.

    What a span holds between its sentences, such as the bullets of a list, divides nothing.
    """
    run: list[Span] = []
    above, divided = 0, False
    for start, end in article.body:
        divided = divided or bool(article.text[above:start].strip())
        above = end
        for sentence in sentence_spans(article.text, [(start, end)]):
            if run and (divided or sentence[0] - run[-1][1] > WIDEST_GAP):
                yield run
                run = []
            divided = False
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
