"""The code that reads and cuts articles -> one name: what other code made is not taken over into a new index."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

import askdocs

_CODE = ("datatypes.py", "index/embed.py", "passages.py", "reading/*.py", "sentences.py", "terms.py", "tokens.py")
"""What decides, in the package's folder, which words and passages an article has, and what of them is encoded."""

_LIBRARIES = (
    *("charset-normalizer", "courlan", "htmldate", "justext", "lxml", "lxml-html-clean", "PyStemmer", "syntok"),
    *("tiktoken", "trafilatura"),
)
"""Likewise, outside of it."""


@cache
def rules() -> str:
    """Return the hex sha256 of all that decides what is read and cut from the same bytes."""
    told = hashlib.sha256(code_sha256(_CODE).encode())
    for name in _LIBRARIES:
        told.update(f"{name} {version(name)}\n".encode())
    return told.hexdigest()


def code_sha256(patterns: Sequence[str]) -> str:
    """Return the hex sha256 of the package's files that fit the patterns, with their names."""
    folder = Path(askdocs.__file__).parent
    told = hashlib.sha256()
    for pattern in patterns:
        for file in sorted(folder.glob(pattern)):
            told.update(f"{file.relative_to(folder).as_posix()}\n".encode() + file.read_bytes())
    return told.hexdigest()
