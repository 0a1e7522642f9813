"""An open library in, a chat page in the browser out; beside it an API and MCP for programs.

Importing this package costs nothing: Gradio is loaded when a page is built.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from askdocs.web.access import Access
    from askdocs.web.mounting import mount
    from askdocs.web.page import build_page
    from askdocs.web.server import serve

__all__ = ["Access", "build_page", "mount", "serve"]

_HOMES = {
    "Access": "askdocs.web.access",
    "build_page": "askdocs.web.page",
    "mount": "askdocs.web.mounting",
    "serve": "askdocs.web.server",
}


def __getattr__(name: str) -> Any:
    """Load a public name from the module that it lives in."""
    if name not in _HOMES:
        raise AttributeError(f"module 'askdocs.web' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
