"""Articles and passages to an index folder, and the index folder to an open index. `index/README.md` has the format."""

from askdocs.index.build import BuildProgress, Stage, build_index, text_with_title
from askdocs.index.generation import OpenIndex, open_index
from askdocs.index.manifest import Manifest
from askdocs.index.store import ArticleSummary

__all__ = [
    "ArticleSummary",
    "BuildProgress",
    "Manifest",
    "OpenIndex",
    "Stage",
    "build_index",
    "open_index",
    "text_with_title",
]
