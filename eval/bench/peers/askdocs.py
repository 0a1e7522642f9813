"""askdocs: `build_index` with the settings that it ships, then `Library.search` and `Library.ask`.

It also makes what the peers are handed for the questions: passages, and each passage's vector.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from askdocs.datatypes import Article
from askdocs.encoding import load_encoder
from askdocs.encoding.models import model_folder
from askdocs.index import build_index, open_index
from askdocs.library import Library
from askdocs.settings import Settings

PILOT = 100
"""Articles that are indexed first, to tell how many hold the passages that are wanted."""

AT_ONCE = 2_000


class System:
    """askdocs with the bundled model."""

    DISTRIBUTION = "askdocs"

    def __init__(self, model: str) -> None:
        self._settings = Settings()
        if Path(model) != model_folder(self._settings.encoder):
            sys.exit(f"the peers are given {model}, which is not askdocs' own {self._settings.encoder}")
        self._encoder = load_encoder(self._settings.encoder, self._settings.engine)
        self._encoder.encode_query(["warm"])  # it loads at the first text, the peers' when they are made

    def build(self, articles: Sequence[dict[str, Any]], folder: Path) -> Iterator[str]:
        """Cut, encode, index and save."""
        build_index(map(article_of, articles), folder, self._encoder, self._settings.passages)
        return passages_of(self._library(folder))

    def prepare(self, articles: Sequence[dict[str, Any]], wanted: int, folder: Path) -> int:
        """Index so many articles that about `wanted` passages come of them, in `folder / "askdocs"`.

        Writes those passages beside it, to `passages.jsonl`, their vectors, as they are in the index, to `vectors.npy`,
        and returns how many they are.
        """
        index = folder / "askdocs"
        pilot = build_index(map(article_of, articles[:PILOT]), index, self._encoder, self._settings.passages).manifest
        enough = math.ceil(wanted * pilot.articles / pilot.passages)
        build_index(map(article_of, articles[:enough]), index, self._encoder, self._settings.passages, Told())
        passages = list(passages_of(self._library(index)))
        lines = "".join(json.dumps({"text": passage}) + "\n" for passage in passages)
        (folder / "passages.jsonl").write_text(lines, encoding="utf-8")
        np.save(folder / "vectors.npy", open_index(index).dense.vectors(range(len(passages))))
        return len(passages)

    def open(self, folder: Path) -> dict[str, Any]:
        """Open a library, and ask it for quotes or for passages."""
        library = self._library(folder)
        return {
            "quotes": lambda question: [quote.exact for quote in library.ask(question).quotes],
            "passages": lambda question: [hit.passage.text for hit in library.search(question, 10)],
        }

    def _library(self, folder: Path) -> Library:
        return Library(open_index(folder), self._encoder, self._settings)


class Told:
    """A `BuildProgress` of plain lines on standard error, one for every `AT_ONCE` steps of a stage."""

    def __init__(self) -> None:
        self._stage, self._total, self._done = "", 0, 0

    def begin(self, stage: str, total: int | None) -> None:
        """Hear that a stage begins."""
        self._stage, self._total, self._done = stage, total or 0, 0

    def advance(self, count: int) -> None:
        """Hear that so many more are done."""
        before, self._done = self._done, self._done + count
        if before // AT_ONCE < self._done // AT_ONCE:
            print(f"{self._stage}: {self._done:,} of {self._total:,}", file=sys.stderr, flush=True)


def article_of(row: dict[str, Any]) -> Article:
    """Return the article of a row, all of its text prose, so that all systems index the same words."""
    return Article.of(id=row["id"], text=row["text"], title=row["title"], published=row.get("date"))


def passages_of(library: Library) -> Iterator[str]:
    """Yield the texts of all passages."""
    for summary in library.articles:
        for passage in library.passages(summary.id):
            yield passage.text
