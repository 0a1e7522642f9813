"""Saved runs go in; one HTML page that shows them comes out, complete in itself."""

from askdocs.report.page import render_page

__all__ = ["render_page"]
