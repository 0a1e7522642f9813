"""Haystack: DocumentSplitter, sentence-transformers embedders and FAISSDocumentStore in two pipelines.

After https://docs.haystack.deepset.ai/docs/faissdocumentstore and /docs/documentsplitter. Of
its local stores this is the one that searches with FAISS, as the others here do.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from haystack import Document, Pipeline
from haystack.components.preprocessors import DocumentSplitter
from haystack.components.writers import DocumentWriter
from haystack.document_stores.types import DuplicatePolicy
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)
from haystack_integrations.components.retrievers.faiss import FAISSEmbeddingRetriever
from haystack_integrations.document_stores.faiss import FAISSDocumentStore

DIMENSION = 384
WORDS = 150
"""About 200 tokens of English."""


class System:
    """Haystack with the model in a folder."""

    DISTRIBUTION = "haystack-ai"

    def __init__(self, model: str) -> None:
        self._documents = SentenceTransformersDocumentEmbedder(model=model, progress_bar=False)
        self._question = SentenceTransformersTextEmbedder(model=model, progress_bar=False)
        self._documents.warm_up()
        self._question.warm_up()

    def build(self, articles: Sequence[dict[str, Any]], folder: Path) -> list[str]:
        """Cut, encode, index and save."""
        store = FAISSDocumentStore(embedding_dim=DIMENSION)
        pipeline = Pipeline()
        pipeline.add_component("splitter", DocumentSplitter(split_by="word", split_length=WORDS, split_overlap=0))
        pipeline.add_component("embedder", self._documents)
        pipeline.add_component("writer", DocumentWriter(document_store=store, policy=DuplicatePolicy.OVERWRITE))
        pipeline.connect("splitter", "embedder")
        pipeline.connect("embedder", "writer")
        documents = [Document(content=article["text"], meta={"article": article["id"]}) for article in articles]
        pipeline.run({"splitter": {"documents": documents}})
        self._save(store, folder)
        return [document.content for document in store.filter_documents()]

    def adopt(self, passages: Sequence[str], vectors: Path, folder: Path) -> None:
        """Write documents that come with their embeddings."""
        store = FAISSDocumentStore(embedding_dim=DIMENSION)
        rows = np.load(vectors).tolist()
        store.write_documents(
            [
                Document(content=text, embedding=row, meta={"row": number})
                for number, (text, row) in enumerate(zip(passages, rows, strict=True))
            ]
        )
        self._save(store, folder)

    def _save(self, store: Any, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        store.save(folder / "index")

    def open(self, folder: Path) -> dict[str, Any]:
        """Load, and ask a retrieval pipeline."""
        store = FAISSDocumentStore(index_path=str(folder / "index"), embedding_dim=DIMENSION)
        pipeline = Pipeline()
        pipeline.add_component("embedder", self._question)
        pipeline.add_component("retriever", FAISSEmbeddingRetriever(document_store=store, top_k=10))
        pipeline.connect("embedder.embedding", "retriever.query_embedding")

        def ask(question: str) -> list[str]:
            found = pipeline.run({"embedder": {"text": question}})
            return [document.content for document in found["retriever"]["documents"]]

        return {"passages": ask}
