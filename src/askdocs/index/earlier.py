"""Edited articles' earlier snapshots to a generation's files, and back one at a time: an old quote can still be shown.

Which snapshots those are is carried from one generation to the next: what was in force and is so no longer comes in
front of what was earlier already. An article that is removed leaves nothing behind: there may be a reason to remove it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from askdocs.datatypes import Article
from askdocs.index.store import article_of, fields_of
from askdocs.index.texts import Texts, starts_name, write_texts

if TYPE_CHECKING:
    from askdocs.index.generation import OpenIndex  # which opens what is written here

EARLIER_RECORDS = "earlier.jsonl"
EARLIER_TEXTS = "earlier.txt"
EARLIER_FILES = (EARLIER_RECORDS, starts_name(EARLIER_RECORDS), EARLIER_TEXTS, starts_name(EARLIER_TEXTS))

MOST_EARLIER = 16
"""How many earlier snapshots an article keeps, the latest."""

_Read = Callable[[], Article]
"""Reads one snapshot when it is called: many may be kept, and one at a time is in memory."""


def write_earlier(generation: Path, before: OpenIndex | None, articles: Sequence[Article]) -> None:
    """Write the earlier snapshots of articles into the folder of a generation that is being built.

    `before` is the generation in force, if there is one that can be read. A snapshot is kept once, and not while it is
    the one in force: an edit that is taken back leaves the edited text as the earlier one.

    Raises:
        IndexDamagedError: a snapshot in `before` is not what was indexed.
    """
    kept = [] if before is None else list(_kept(before, articles))
    records = (json.dumps(fields_of(read()), ensure_ascii=False) for read in kept)
    write_texts(generation, EARLIER_RECORDS, records)
    write_texts(generation, EARLIER_TEXTS, (read().text for read in kept))


def _kept(before: OpenIndex, articles: Sequence[Article]) -> Iterator[_Read]:
    """Yield the snapshots to keep, by article id, and of one article the latest first."""
    replaced = {one.id: (row, one.sha256) for row, one in enumerate(before.articles.summaries)}
    of_article = before.earlier.rows_by_id()
    for article in sorted(articles, key=lambda one: one.id):
        if article.id not in replaced:
            continue
        row, sha256 = replaced[article.id]
        found = {sha256: partial(before.articles.at, row)}
        for earlier in of_article.get(article.id, ()):
            found.setdefault(before.earlier.sha256_at(earlier), partial(before.earlier.at, earlier))
        found.pop(article.sha256, None)
        yield from list(found.values())[:MOST_EARLIER]


class EarlierArticles:
    """The earlier snapshots in one generation, by row: sorted by article id, of one article the latest first.

    `folder` is the generation's, `index` the one that errors name.

    Raises:
        ValueError: a file holds something else.
        OSError: a file cannot be read.
    """

    def __init__(self, folder: Path, index: Path) -> None:
        self._index = index
        self._records = Texts(folder, EARLIER_RECORDS)
        self._texts = Texts(folder, EARLIER_TEXTS)
        if len(self._records) != len(self._texts):
            raise ValueError(f"{EARLIER_RECORDS} and {EARLIER_TEXTS} do not fit together")

    def __len__(self) -> int:
        """Count the snapshots, of all articles."""
        return len(self._records)

    def find(self, article_id: str, sha256: str) -> Article | None:
        """Return the earlier snapshot of an article that has this sha256, where it is kept.

        Raises:
            IndexDamagedError: its text is not what was indexed.
        """
        row = next((row for row in self._rows_of(article_id) if self.sha256_at(row) == sha256), None)
        return None if row is None else self.at(row)

    def at(self, row: int) -> Article:
        """Return the snapshot in this row.

        Raises:
            IndexError: there is no such row.
            IndexDamagedError: its text is not what was indexed.
        """
        return article_of(self._record(row), self._texts, row, self._index / EARLIER_TEXTS)

    def id_at(self, row: int) -> str:
        """Name the article whose snapshot is in this row."""
        article_id: str = self._record(row)["id"]
        return article_id

    def sha256_at(self, row: int) -> str:
        """Return the sha256 of the snapshot in this row, as it was recorded."""
        sha256: str = self._record(row)["sha256"]
        return sha256

    def rows_by_id(self) -> dict[str, list[int]]:
        """Return every article that has earlier snapshots, with their rows."""
        return {article_id: list(rows) for article_id, rows in groupby(range(len(self)), key=self.id_at)}

    def _rows_of(self, article_id: str) -> Iterator[int]:
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.id_at(middle) < article_id else (low, middle)
        while low < len(self) and self.id_at(low) == article_id:
            yield low
            low += 1

    def _record(self, row: int) -> dict[str, Any]:
        record: dict[str, Any] = json.loads(self._records[row])
        return record
