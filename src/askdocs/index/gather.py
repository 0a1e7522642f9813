"""Articles to one ordered whole: sorted by id, the new ones cut, and each part's place in plain numbers."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from askdocs.datatypes import Article, Span, text_sha256
from askdocs.errors import ReadError
from askdocs.index.known import NOTHING, Known
from askdocs.index.sentences import Places
from askdocs.index.store import Spans, article_record
from askdocs.passages import Cut, cut
from askdocs.settings import PassageSettings

Stage = Literal["checking", "reading", "encoding", "writing", "clustering", "sealing"]

Rows = npt.NDArray[np.int64]


class BuildProgress(Protocol):
    """Told how far a build is. A stage ends where the next begins."""

    def begin(self, stage: Stage, total: int | None) -> None:
        """Hear that a stage begins: `reading` counts articles, `encoding` their blocks, the others passages.

        `checking` is that of the generation in force, `sealing` of the one that takes its place.
        """
        ...

    def advance(self, count: int) -> None:
        """Hear that so many more are done."""
        ...


class Silent:
    """A `BuildProgress` that says nothing."""

    def begin(self, stage: Stage, total: int | None) -> None:
        """Say nothing."""

    def advance(self, count: int) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """All articles, sorted by id, and in that order where their parts are.

    `known_rows` has shape `(articles,)`: the row that an article's content has in what is known, -1 for one that is
    new. Only of new ones there are blocks: `block_runs` and `windows` have shape `(n, 2)`, each block's half-open run
    of sentences, and each of their passages' of blocks. What ends in `_before` has one more entry than there are
    articles.
    """

    articles: tuple[Article, ...]
    known_rows: Rows
    sentences: Places
    block_runs: Rows
    windows: Rows
    passages: Spans
    blocks_before: Rows
    windows_before: Rows
    passages_before: Rows

    def passages_of(self, article_row: int) -> range:
        """Return the rows of an article's passages."""
        return range(int(self.passages_before[article_row]), int(self.passages_before[article_row + 1]))

    def blocks_of(self, article_row: int) -> range:
        """Return the numbers of a new article's blocks."""
        return range(int(self.blocks_before[article_row]), int(self.blocks_before[article_row + 1]))

    def windows_of(self, article_row: int) -> Rows:
        """Return the half-open run of blocks of each of a new article's passages, counted from its first block."""
        runs: Rows = self.windows[self.windows_before[article_row] : self.windows_before[article_row + 1]]
        return runs - int(self.blocks_before[article_row])

    def sentences_in(self, block: int) -> list[Span]:
        """Return the characters of a block's sentences in its article."""
        first, last = self.block_runs[block].tolist()
        starts, ends = self.sentences[:, first:last].tolist()
        return list(zip(starts, ends, strict=True))

    def block_text(self, article_row: int, block: int) -> str:
        """Return a block's words."""
        first, last = self.block_runs[block].tolist()
        return self.articles[article_row].text[int(self.sentences[0, first]) : int(self.sentences[1, last - 1])]


def gather(
    articles: Iterable[Article], settings: PassageSettings, told: BuildProgress, known: Known = NOTHING
) -> Gathered:
    """Take all articles in, sort them by id and cut those whose content is not known.

    Raises:
        ReadError: two articles have one id, or one is not fit to be stored.
    """
    told.begin("reading", None)
    taken: dict[str, Article] = {}
    cuts: dict[str, _Cut | int] = {}
    known_row_of = known.unused()
    for article in articles:
        _require_fit(article, taken)
        taken[article.id] = article
        row = known_row_of(article)
        cuts[article.id] = _Cut.of(cut(article, settings)) if row is None else row
        told.advance(1)
    places = _Places()
    for row, article_id in enumerate(sorted(taken)):
        parts = cuts.pop(article_id)
        if isinstance(parts, _Cut):
            places.add_new(row, parts)
        else:
            places.add_known(row, parts, *known.cut(parts))
    return places.gathered(tuple(taken[article_id] for article_id in sorted(taken)))


@dataclass(frozen=True, slots=True)
class _Cut:
    """A `Cut` as plain numbers, a fraction of its size: starts and ends in turn."""

    sentences: array[int]
    block_runs: array[int]
    windows: array[int]

    @classmethod
    def of(cls, parts: Cut) -> _Cut:
        return cls(*(array("q", _flat(spans)) for spans in (parts.sentences, parts.block_runs, parts.windows)))

    def passages(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield each passage's start and end in characters, and its half-open run of sentences."""
        for window in range(0, len(self.windows), 2):
            first_block, last_block = self.windows[window : window + 2]
            first, last = self.block_runs[2 * first_block], self.block_runs[2 * last_block - 1]
            yield self.sentences[2 * first], self.sentences[2 * last - 1], first, last


def _numbers() -> array[int]:
    return array("q")


def _counting() -> array[int]:
    return array("q", [0])


@dataclass(frozen=True, slots=True)
class _Places:
    """The numbers of `Gathered` while they are collected, one row after another."""

    known_rows: array[int] = field(default_factory=_numbers)
    sentences: array[int] = field(default_factory=_numbers)
    block_runs: array[int] = field(default_factory=_numbers)
    windows: array[int] = field(default_factory=_numbers)
    passages: array[int] = field(default_factory=_numbers)
    blocks_before: array[int] = field(default_factory=_counting)
    windows_before: array[int] = field(default_factory=_counting)
    passages_before: array[int] = field(default_factory=_counting)

    def add_new(self, article_row: int, parts: _Cut) -> None:
        before = len(self.sentences) // 2
        blocks_before = self.blocks_before[-1]
        self.sentences.extend(parts.sentences)
        self.block_runs.extend(number + before for number in parts.block_runs)
        self.windows.extend(number + blocks_before for number in parts.windows)
        for start, end, first, last in parts.passages():
            self.passages.extend((article_row, start, end, before + first, before + last))
        self._end_article(-1)

    def add_known(self, article_row: int, known_row: int, sentences: Places, spans: Spans) -> None:
        before = len(self.sentences) // 2
        self.sentences.frombytes(np.ascontiguousarray(sentences.T).tobytes())
        spans[2:] += before
        rows = np.full((1, spans.shape[1]), article_row, np.int64)
        self.passages.frombytes(np.ascontiguousarray(np.concatenate([rows, spans]).T).tobytes())
        self._end_article(known_row)

    def _end_article(self, known_row: int) -> None:
        self.known_rows.append(known_row)
        self.blocks_before.append(len(self.block_runs) // 2)
        self.windows_before.append(len(self.windows) // 2)
        self.passages_before.append(len(self.passages) // 5)

    def gathered(self, articles: tuple[Article, ...]) -> Gathered:
        return Gathered(
            articles=articles,
            known_rows=_array(self.known_rows),
            sentences=np.ascontiguousarray(_array(self.sentences).reshape(-1, 2).T),
            block_runs=_array(self.block_runs).reshape(-1, 2),
            windows=_array(self.windows).reshape(-1, 2),
            passages=np.ascontiguousarray(_array(self.passages).reshape(-1, 5).T),
            blocks_before=_array(self.blocks_before),
            windows_before=_array(self.windows_before),
            passages_before=_array(self.passages_before),
        )


def _flat(spans: Iterable[Span]) -> Iterator[int]:
    return (number for span in spans for number in span)


def _array(numbers: array[int]) -> Rows:
    return np.array(numbers, np.int64)


def _require_fit(article: Article, taken: dict[str, Article]) -> None:
    """Refuse an article that could not be read back as it is."""
    if article.id in taken:
        raise ReadError(article.source, f"the article id {article.id!r} is that of {taken[article.id].source} already")
    try:
        article.text.encode()
        article_record(article, passages=0).encode()
    except UnicodeEncodeError as error:
        raise ReadError(ascii(article.source), "holds a lone surrogate, which is no character of Unicode") from error
    if article.sha256 != text_sha256(article.text):
        raise ReadError(article.source, "its sha256 is not that of its text")
