"""The exception tree is the one that is drawn."""

from __future__ import annotations

import inspect
import re

from askdocs import errors
from askdocs.errors import AskdocsError, ReadError


def drawn_tree() -> dict[str, str]:
    """Read each error's parent out of the drawing at the top of the module."""
    parents: dict[str, str] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.fullmatch(r"(?P<branch>[│├└─ ]*)(?P<name>\w+Error)\b.*", line)
        if found:
            depth = len(found["branch"]) // 4
            del above[depth:]
            if above:
                parents[found["name"]] = above[-1]
            above.append(found["name"])
    return parents


def test_the_tree_is_as_drawn() -> None:
    real = {
        name: kind.__bases__[0].__name__
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, AskdocsError) and kind is not AskdocsError
    }
    assert drawn_tree() == real != {}


def test_every_error_says_in_a_sentence_what_it_is_for() -> None:
    for name, kind in inspect.getmembers(errors, inspect.isclass):
        assert kind.__doc__, name
        assert kind.__doc__.endswith("."), name


def test_an_unreadable_source_is_named_with_the_reason() -> None:
    error = ReadError("news/minsk.txt", "is empty")
    assert str(error) == "news/minsk.txt: is empty"
    assert (error.source, error.reason) == ("news/minsk.txt", "is empty")
