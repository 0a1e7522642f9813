"""Articles and passages to an index folder, and the index folder to an open index. `index/README.md` has the format."""

from askdocs.index.approximate import Clustering
from askdocs.index.build import Reading, build_index
from askdocs.index.changes import Built, Changes
from askdocs.index.gather import Stage
from askdocs.index.generation import OpenIndex, open_index
from askdocs.index.journal import Sources, has_encoded, noted_sources
from askdocs.index.manifest import Manifest
from askdocs.index.pointer import has_generations
from askdocs.index.store import ArticleSummary

__all__ = [
    "ArticleSummary",
    "Built",
    "Changes",
    "Clustering",
    "Manifest",
    "OpenIndex",
    "Reading",
    "Sources",
    "Stage",
    "build_index",
    "has_encoded",
    "has_generations",
    "noted_sources",
    "open_index",
]
