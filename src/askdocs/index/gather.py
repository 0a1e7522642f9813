"""Articles to one ordered whole: sorted by id, cut, and each part's place in plain numbers."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from askdocs.datatypes import Article, Span, text_sha256
from askdocs.errors import ReadError
from askdocs.index.sentences import Places
from askdocs.index.store import Spans, article_record
from askdocs.passages import Cut, cut
from askdocs.settings import PassageSettings

Stage = Literal["reading", "encoding", "writing", "clustering"]

Rows = npt.NDArray[np.int64]


class BuildProgress(Protocol):
    """Told how far a build is. A stage ends where the next begins."""

    def begin(self, stage: Stage, total: int | None) -> None:
        """Hear that a stage begins: `reading` counts articles, `encoding` their blocks, the others passages."""
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

    `block_runs` and `windows` have shape `(n, 2)`: each block's half-open run of sentences, and each passage's of
    blocks. `blocks_before` and `passages_before` have one more entry than there are articles.
    """

    articles: tuple[Article, ...]
    sentences: Places
    block_runs: Rows
    windows: Rows
    passages: Spans
    blocks_before: Rows
    passages_before: Rows

    def blocks_of(self, article_row: int) -> range:
        """Return the numbers of an article's blocks."""
        return range(int(self.blocks_before[article_row]), int(self.blocks_before[article_row + 1]))

    def windows_of(self, article_row: int) -> Rows:
        """Return the half-open run of blocks of each of an article's passages."""
        return self.windows[self.passages_before[article_row] : self.passages_before[article_row + 1]]

    def sentences_in(self, block: int) -> list[Span]:
        """Return the characters of a block's sentences in its article."""
        first, last = self.block_runs[block].tolist()
        starts, ends = self.sentences[:, first:last].tolist()
        return list(zip(starts, ends, strict=True))

    def block_text(self, article_row: int, block: int) -> str:
        """Return a block's words."""
        first, last = self.block_runs[block].tolist()
        return self.articles[article_row].text[int(self.sentences[0, first]) : int(self.sentences[1, last - 1])]


def gather(articles: Iterable[Article], settings: PassageSettings, told: BuildProgress) -> Gathered:
    """Take all articles in, sort them by id and cut them.

    Raises:
        ReadError: two articles have one id, or one is not fit to be stored.
    """
    told.begin("reading", None)
    taken: dict[str, Article] = {}
    cuts: dict[str, _Cut] = {}
    for article in articles:
        _require_fit(article, taken)
        taken[article.id] = article
        cuts[article.id] = _Cut.of(cut(article, settings))
        told.advance(1)
    places = _Places()
    for row, article_id in enumerate(sorted(taken)):
        places.add(row, cuts.pop(article_id))
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


@dataclass(frozen=True, slots=True)
class _Places:
    """The numbers of `Gathered` while they are collected, one row after another."""

    sentences: array[int] = field(default_factory=lambda: array("q"))
    block_runs: array[int] = field(default_factory=lambda: array("q"))
    windows: array[int] = field(default_factory=lambda: array("q"))
    passages: array[int] = field(default_factory=lambda: array("q"))
    blocks_before: array[int] = field(default_factory=lambda: array("q", [0]))
    passages_before: array[int] = field(default_factory=lambda: array("q", [0]))

    def add(self, article_row: int, parts: _Cut) -> None:
        before = len(self.sentences) // 2
        blocks_before = self.blocks_before[-1]
        self.sentences.extend(parts.sentences)
        self.block_runs.extend(number + before for number in parts.block_runs)
        self.windows.extend(number + blocks_before for number in parts.windows)
        for start, end, first, last in parts.passages():
            self.passages.extend((article_row, start, end, before + first, before + last))
        self.blocks_before.append(blocks_before + len(parts.block_runs) // 2)
        self.passages_before.append(self.passages_before[-1] + len(parts.windows) // 2)

    def gathered(self, articles: tuple[Article, ...]) -> Gathered:
        return Gathered(
            articles=articles,
            sentences=np.ascontiguousarray(_array(self.sentences).reshape(-1, 2).T),
            block_runs=_array(self.block_runs).reshape(-1, 2),
            windows=_array(self.windows).reshape(-1, 2),
            passages=np.ascontiguousarray(_array(self.passages).reshape(-1, 5).T),
            blocks_before=_array(self.blocks_before),
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
