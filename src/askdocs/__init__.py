"""Ask a pile of articles a question; get verbatim quotes, each with its place in the article.

Importing this costs next to nothing: every name below is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from askdocs.datatypes import Answer, Article, Hit, Passage, Quote
    from askdocs.errors import AskdocsError
    from askdocs.filters import ArticleFilter
    from askdocs.library import Library
    from askdocs.library import open_library as open

__version__ = "0.1.0"
__all__ = ["Answer", "Article", "ArticleFilter", "AskdocsError", "Hit", "Library", "Passage", "Quote", "open"]

_HOMES = {
    "Answer": ("askdocs.datatypes", "Answer"),
    "Article": ("askdocs.datatypes", "Article"),
    "ArticleFilter": ("askdocs.filters", "ArticleFilter"),
    "AskdocsError": ("askdocs.errors", "AskdocsError"),
    "Hit": ("askdocs.datatypes", "Hit"),
    "Library": ("askdocs.library", "Library"),
    "Passage": ("askdocs.datatypes", "Passage"),
    "Quote": ("askdocs.datatypes", "Quote"),
    "open": ("askdocs.library", "open_library"),
}


def __getattr__(name: str) -> Any:
    """Load a public name from the module that it lives in."""
    if name not in _HOMES:
        raise AttributeError(f"module 'askdocs' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)
