"""`import askdocs`: what it offers, and what it does not load."""

from __future__ import annotations

import subprocess
import sys

import pytest

import askdocs

HEAVY = {"torch", "transformers", "sentence_transformers", "gradio", "numpy", "faiss", "openvino", "rich", "typer"}


def modules_after(statement: str) -> set[str]:
    """Run a statement in a fresh process, and return the top-level modules loaded then."""
    ran = subprocess.run(
        [sys.executable, "-c", f"{statement}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name.partition(".")[0] for name in ran.stdout.split()}


def test_the_public_names_are_these() -> None:
    assert askdocs.__all__ == [
        "Answer",
        "Article",
        "ArticleFilter",
        "AskdocsError",
        "Hit",
        "Library",
        "Passage",
        "Quote",
        "open",
    ]


@pytest.mark.parametrize("name", askdocs.__all__)
def test_every_public_name_can_be_had_and_is_described(name: str) -> None:
    assert getattr(askdocs, name).__doc__


def test_another_name_is_missing_as_in_any_module() -> None:
    with pytest.raises(AttributeError, match="no attribute 'colour'"):
        askdocs.colour  # noqa: B018  having it is the test


def test_importing_askdocs_loads_nothing_heavy() -> None:
    assert not HEAVY & modules_after("import askdocs")


def test_using_the_types_loads_nothing_heavy() -> None:
    assert not HEAVY & modules_after(
        "from askdocs import Answer, Article, ArticleFilter, AskdocsError, Hit, Passage, Quote"
    )
