"""verbatim-rag: its default chunker, SentenceTransformersProvider and LocalMilvusStore, searched with `index.query`.

After https://github.com/KRLabsOrg/verbatim-rag, with the dense provider in place of SPLADE, whose weights only the hub
has. Its quotes come from a 150-million-parameter model of the hub or from an LLM, so what is timed ends at the passages
that those would read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from verbatim_rag import VerbatimIndex
from verbatim_rag.chunker_providers import MarkdownChunkerProvider
from verbatim_rag.embedding_providers import SentenceTransformersProvider
from verbatim_rag.schema import DocumentSchema
from verbatim_rag.vector_stores import LocalMilvusStore

PASSAGE_CHARACTERS = 900
"""About 200 tokens of English, at most; the chunker counts characters, and cuts between paragraphs."""

AT_ONCE = 1_000


class System:
    """verbatim-rag's retrieval with the model in a folder."""

    DISTRIBUTION = "verbatim-rag"

    def __init__(self, model: str) -> None:
        self._encoder = SentenceTransformersProvider(model_name=model, device="cpu")

    def _index(self, folder: Path) -> Any:
        folder.mkdir(parents=True, exist_ok=True)
        return VerbatimIndex(
            vector_store=LocalMilvusStore(db_path=str(folder / "index.db"), enable_sparse=False),
            dense_provider=self._encoder,
            chunker_provider=MarkdownChunkerProvider(max_chunk_size=PASSAGE_CHARACTERS),
        )

    def build(self, articles: Sequence[dict[str, Any]], folder: Path) -> Iterator[str]:
        """Cut, encode, index and save, which the store does as it goes."""
        index = self._index(folder)
        index.add_documents_bulk([DocumentSchema(id=article["id"], content=article["text"]) for article in articles])
        return (words for article in articles for words, _ in index.chunker_provider.chunk(article["text"]))

    def adopt(self, passages: Sequence[str], vectors: Path, folder: Path) -> None:
        """Hand passages with their vectors to the store, as its index does."""
        store = self._index(folder).vector_store
        rows = np.load(vectors)
        for begin in range(0, len(passages), AT_ONCE):
            some = passages[begin : begin + AT_ONCE]
            store.add_vectors(
                ids=[str(begin + number) for number in range(len(some))],
                dense_vectors=rows[begin : begin + len(some)].tolist(),
                sparse_vectors=None,
                texts=some,
                enhanced_texts=some,
                metadatas=[{} for _ in some],
            )

    def open(self, folder: Path) -> dict[str, Any]:
        """Open, and ask its index."""
        index = self._index(folder)
        return {"passages": lambda question: [hit.text for hit in index.query(question, k=10)]}
