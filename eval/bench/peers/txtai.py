"""txtai: its Segmentation pipeline with a sentence chunker, its Embeddings with stored content, saved and loaded.

After https://neuml.github.io/txtai/embeddings/indexing/, /pipeline/data/segmentation/ and, for vectors that exist
already, /embeddings/configuration/vectors/#external.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from txtai import Embeddings
from txtai.pipeline import Segmentation

PASSAGE_CHARACTERS = 900
"""About 200 tokens of English; the chunker counts characters where no tokenizer is downloaded."""


class System:
    """txtai with the model in a folder."""

    DISTRIBUTION = "txtai"

    def __init__(self, model: str) -> None:
        self._model = model
        self._embeddings = Embeddings(path=model, content=True)

    def build(self, articles: Sequence[dict[str, Any]], folder: Path) -> Sequence[str]:
        """Cut, encode, index and save."""
        segment = Segmentation(chunker="sentence", chunk_size=PASSAGE_CHARACTERS)
        passages = [passage for article in articles for passage in segment(article["text"])]
        self._embeddings.index(passages)
        self._embeddings.save(str(folder))
        return passages

    def adopt(self, passages: Sequence[str], vectors: Path, folder: Path) -> None:
        """Index by an external transform, which is asked for the passages in their order."""
        rest = iter(np.load(vectors))

        def transform(texts: Sequence[str]) -> list[Any]:
            return [next(rest) for _ in texts]

        embeddings = Embeddings(method="external", transform=transform, content=True)
        embeddings.index(passages)
        embeddings.save(str(folder))

    def open(self, folder: Path) -> dict[str, Any]:
        """Load, with txtai's own model for the questions."""
        stock = {"method": None, "transform": None, "path": self._model}
        self._embeddings.load(str(folder), config=stock)
        return {"passages": lambda question: [hit["text"] for hit in self._embeddings.search(question, 10)]}
