"""Articles and passages to an index folder, and the index folder to an open index. `index/README.md` has the format."""

from askdocs.index.approximate import Clustering
from askdocs.index.build import build_index, text_with_title
from askdocs.index.gather import BuildProgress, Stage
from askdocs.index.generation import OpenIndex, open_index
from askdocs.index.manifest import Manifest
from askdocs.index.store import ArticleSummary

__all__ = [
    "ArticleSummary",
    "BuildProgress",
    "Clustering",
    "Manifest",
    "OpenIndex",
    "Stage",
    "build_index",
    "open_index",
    "text_with_title",
]
