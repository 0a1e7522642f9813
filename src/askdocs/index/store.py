"""Articles with the places of their passages to files, and back one at a time: opening reads no text.

Articles lie in the order of their ids, passages in the order of their articles; a passage is five numbers (its
article's row, start, end, and the run of its sentences), so its text is sliced from the article's and cannot be
anything else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence, ValuesView
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from askdocs.datatypes import Article, Passage, text_sha256
from askdocs.index.arrays import open_array, save_array
from askdocs.index.faults import damaged
from askdocs.index.texts import Texts, starts_name, write_texts

RECORDS = "articles.jsonl"
ARTICLE_TEXTS = "articles.txt"
PASSAGES = "passages.npy"
STORE_FILES = (RECORDS, starts_name(RECORDS), ARTICLE_TEXTS, starts_name(ARTICLE_TEXTS), PASSAGES)

DECODED_ARTICLES = 64
"""How many articles are kept decoded: the hits of a question and the pages a reader has open."""

PLACED_ARTICLES = 1_024
"""How many articles' rows of passages are remembered: a question asks for those of its hits again and again."""

Spans = npt.NDArray[np.int64]
"""Shape `(5, passages)`: each passage's article row, start and end in characters, and its half-open run of sentences,
as rows among all sentences."""


@dataclass(frozen=True, slots=True)
class ArticleSummary:
    """An article without its text, for lists. `characters` and `passages` are counts."""

    id: str
    title: str
    source: str
    sha256: str
    published: str | None
    outlet: str | None
    author: str | None
    language: str | None
    url: str | None
    origin: str | None
    characters: int
    passages: int


def fields_of(article: Article) -> dict[str, Any]:
    """Return everything of an article but its text."""
    return {entry.name: getattr(article, entry.name) for entry in fields(article) if entry.name != "text"}


def article_record(article: Article, passages: int) -> str:
    """Return everything of an article but its text, and how many passages it has, as one line of JSON."""
    return json.dumps(fields_of(article) | {"characters": len(article.text), "passages": passages}, ensure_ascii=False)


def write_store(folder: Path, articles: Sequence[Article], spans: Spans) -> None:
    """Write articles, sorted by id, and the places of their passages.

    Raises:
        UnicodeEncodeError: an article holds a lone surrogate.
    """
    counts = np.bincount(spans[0], minlength=len(articles)).tolist()
    write_texts(folder, RECORDS, map(article_record, articles, counts))
    write_texts(folder, ARTICLE_TEXTS, (article.text for article in articles))
    save_array(folder / PASSAGES, spans)


class StoredArticles(Mapping[str, Article]):
    """The articles of one generation by id, each decoded when it is asked for and checked against its sha256.

    Raises:
        ValueError: a file holds something else.
        OSError: a file cannot be read.
    """

    def __init__(self, folder: Path, index: Path) -> None:
        self._records = Texts(folder, RECORDS)
        self._texts = Texts(folder, ARTICLE_TEXTS)
        if len(self._records) != len(self._texts):
            raise ValueError(f"{RECORDS} and {ARTICLE_TEXTS} do not fit together")
        # Of a function and not of a method: a cache that knew this object would keep its files open when it is let go.
        self._decoded = lru_cache(maxsize=DECODED_ARTICLES)(partial(_decoded, self._records, self._texts, index))

    def __len__(self) -> int:
        """Count the articles."""
        return len(self._records)

    def __iter__(self) -> Iterator[str]:
        """Name the articles, in sorted order."""
        return map(self.id_at, range(len(self)))

    def values(self) -> ValuesView[Article]:
        """Return the articles in the order of the rows, none of them looked for by its id."""
        return _InOrder(self)

    def __contains__(self, article_id: object) -> bool:
        """Say whether there is such an article, without decoding it."""
        return isinstance(article_id, str) and self.row_of(article_id) is not None

    def __getitem__(self, article_id: str) -> Article:
        """Return an article.

        Raises:
            KeyError: there is none of this id.
            IndexDamagedError: its text is not what was indexed.
        """
        row = self.row_of(article_id)
        if row is None:
            raise KeyError(article_id)
        return self.at(row)

    def at(self, row: int) -> Article:
        """Return the article in this row.

        Raises:
            IndexError: there is no such row.
            IndexDamagedError: its text is not what was indexed.
        """
        return self._decoded(row)

    def id_at(self, row: int) -> str:
        """Name the article in this row."""
        article_id: str = self._record(row)["id"]
        return article_id

    def row_of(self, article_id: str) -> int | None:
        """Find an article's row, in a number of steps that grows with the logarithm of the number of articles."""
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            found = self.id_at(middle)
            if found == article_id:
                return middle
            low, high = (middle + 1, high) if found < article_id else (low, middle)
        return None

    @cached_property
    def summaries(self) -> tuple[ArticleSummary, ...]:
        """Every article without its text, in the order of the rows: 10 µs each when first asked for."""
        return tuple(_summary(self._record(row)) for row in range(len(self)))

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield everything of each article but its text, in the order of the rows."""
        return map(json.loads, self._records.all())

    def record_line(self, row: int) -> str:
        """Return the record of the article in this row, as it is written."""
        return self._records[row]

    def _record(self, row: int) -> dict[str, Any]:
        record: dict[str, Any] = json.loads(self._records[row])
        return record


class _InOrder(ValuesView[Article]):
    """The articles of one generation, row by row."""

    def __init__(self, articles: StoredArticles) -> None:
        super().__init__(articles)
        self._articles = articles

    def __iter__(self) -> Iterator[Article]:
        """Decode one after another."""
        return map(self._articles.at, range(len(self._articles)))


def _decoded(records: Texts, texts: Texts, index: Path, row: int) -> Article:
    record: dict[str, Any] = json.loads(records[row])
    del record["characters"], record["passages"]
    return article_of(record, texts, row, index / ARTICLE_TEXTS)


def article_of(record: dict[str, Any], texts: Texts, row: int, file: Path) -> Article:
    """Make an article of its other fields, as JSON has them, and of its text; errors name the file in its index.

    Raises:
        IndexDamagedError: the text is not what was indexed.
        IndexError: there is no such row.
    """
    body = tuple((start, end) for start, end in record.pop("body"))
    try:
        article = Article(text=texts[row], body=body, **record)
    except UnicodeDecodeError as error:
        raise damaged(file.parent, file.name, f"has no UTF-8 text for the article {record['id']!r}") from error
    if text_sha256(article.text) != article.sha256:
        raise damaged(file.parent, file.name, f"has another text for the article {article.id!r}")
    return article


def _summary(record: dict[str, Any]) -> ArticleSummary:
    del record["body"]
    return ArticleSummary(**record)


def _rows_of(article_rows: npt.NDArray[np.int64], article_row: int) -> range:
    low, high = np.searchsorted(article_rows, [article_row, article_row + 1])
    return range(int(low), int(high))


class StoredPassages(Sequence[Passage]):
    """The passages of one generation by row, each sliced from its article when it is asked for.

    Raises:
        ValueError: the file holds something else.
        OSError: the file cannot be read.
    """

    def __init__(self, folder: Path, articles: StoredArticles) -> None:
        self._spans = open_array(folder / PASSAGES, np.int64, dimensions=2)
        if len(self._spans) != 5:  # noqa: PLR2004  the five numbers of a passage, as Spans says
            raise ValueError(f"{PASSAGES} holds numbers of shape {self._spans.shape}")
        self._articles = articles
        # Of a function and not of a method: a cache that knew this object would keep its file open when it is let go.
        self._rows_of = lru_cache(maxsize=PLACED_ARTICLES)(partial(_rows_of, self._spans[0]))

    @property
    def article_rows(self) -> npt.NDArray[np.int64]:
        """Each passage's article row, ascending."""
        article_rows: npt.NDArray[np.int64] = self._spans[0]
        return article_rows

    @property
    def starts(self) -> npt.NDArray[np.int64]:
        """Where each passage begins in its article, in characters."""
        starts: npt.NDArray[np.int64] = self._spans[1]
        return starts

    @property
    def ends(self) -> npt.NDArray[np.int64]:
        """Where each passage ends in its article, in characters."""
        ends: npt.NDArray[np.int64] = self._spans[2]
        return ends

    def spans(self, rows: range) -> Spans:
        """Return the five numbers of some passages."""
        return self._spans[:, rows.start : rows.stop]

    def sentence_rows(self, row: int) -> range:
        """Return the rows of a passage's sentences."""
        first, last = self._spans[3:, row].tolist()
        return range(first, last)

    def article_of_sentence(self, row: int) -> int:
        """Return the article row of a sentence: every sentence is in a passage, and both are in reading order."""
        passage = int(np.searchsorted(self._spans[3], row, side="right")) - 1
        return int(self.article_rows[passage])

    def sentences_fit(self, count: int) -> bool:
        """Tell whether every passage's run of sentences is one of `count` sentences."""
        firsts, lasts = self._spans[3], self._spans[4]
        return bool(np.all((firsts >= 0) & (firsts < lasts) & (lasts <= count)))

    def rows_of(self, article_row: int) -> range:
        """Return the rows of one article's passages."""
        return self._rows_of(article_row)

    def __len__(self) -> int:
        """Count the passages."""
        return int(self._spans.shape[1])

    @overload
    def __getitem__(self, row: int) -> Passage: ...
    @overload
    def __getitem__(self, row: slice) -> list[Passage]: ...
    def __getitem__(self, row: int | slice) -> Passage | list[Passage]:
        """Return a passage, or the passages of a slice.

        Raises:
            IndexError: there is no such row.
            IndexDamagedError: its article's text is not what was indexed.
        """
        if isinstance(row, slice):
            return [self[one] for one in range(*row.indices(len(self)))]
        article_row, start, end = self._spans[:3, row].tolist()
        article = self._articles.at(article_row)
        return Passage(article.id, start, end, article.text[start:end])
