"""LlamaIndex: SentenceSplitter, HuggingFaceEmbedding and FaissVectorStore, persisted and loaded.

After https://docs.llamaindex.ai/en/stable/examples/vector_stores/FaissIndexDemo/ and, for vectors that exist already,
the nodes of https://docs.llamaindex.ai/en/stable/examples/low_level/ingestion/.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from llama_index.core import Document, StorageContext, VectorStoreIndex, load_index_from_storage
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.schema import TextNode
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.faiss import FaissVectorStore

DIMENSION = 384


class System:
    """LlamaIndex with the model in a folder."""

    DISTRIBUTION = "llama-index-core"

    def __init__(self, model: str) -> None:
        self._encoder = HuggingFaceEmbedding(model_name=model, device="cpu")

    def build(self, articles: Sequence[dict[str, Any]], folder: Path) -> Sequence[str]:
        """Cut, encode, index and save."""
        documents = [Document(text=article["text"]) for article in articles]
        nodes = SentenceSplitter(chunk_size=200, chunk_overlap=0).get_nodes_from_documents(documents)
        self._save(nodes, folder)
        return [node.get_content() for node in nodes]

    def adopt(self, passages: Sequence[str], vectors: Path, folder: Path) -> None:
        """Index nodes that come with their embeddings, which LlamaIndex then leaves as they are."""
        rows = np.load(vectors).tolist()
        self._save([TextNode(text=text, embedding=row) for text, row in zip(passages, rows, strict=True)], folder)

    def _save(self, nodes: Sequence[Any], folder: Path) -> None:
        store = FaissVectorStore(faiss_index=faiss.IndexFlatL2(DIMENSION))
        storage = StorageContext.from_defaults(vector_store=store)
        VectorStoreIndex(nodes, storage_context=storage, embed_model=self._encoder)
        storage.persist(persist_dir=str(folder))

    def open(self, folder: Path) -> dict[str, Any]:
        """Load, and ask its retriever."""
        store = FaissVectorStore.from_persist_dir(str(folder))
        storage = StorageContext.from_defaults(vector_store=store, persist_dir=str(folder))
        index = load_index_from_storage(storage, embed_model=self._encoder)
        retriever = index.as_retriever(similarity_top_k=10)
        return {"passages": lambda question: [hit.get_content() for hit in retriever.retrieve(question)]}
