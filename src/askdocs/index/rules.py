"""The code that reads, cuts and encodes articles -> one name: a new index takes over nothing that other code made."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

import askdocs

MAKING = (
    *("datatypes.py", "passages.py", "sentences.py", "terms.py", "tokens.py"),
    *("encoding/*_encoder.py", "encoding/bert_graph.py", "encoding/characters.py", "encoding/parts.py"),
    *("encoding/recipe.py", "encoding/windows.py"),
    *("index/dense.py", "index/embed.py", "index/gather.py", "index/postings.py", "index/sentences.py"),
)
"""What decides, in the package's folder, an article's passages, their terms and the numbers that stand for them."""

_CODE = ("reading/*.py", *MAKING)
"""And what decides which article is read from the same bytes."""

_LIBRARIES = (
    *("charset-normalizer", "courlan", "htmldate", "justext", "lxml", "lxml-html-clean", "PyStemmer", "syntok"),
    *("tiktoken", "trafilatura"),
)
"""Likewise, outside of it."""


@cache
def rules() -> str:
    """Return the hex sha256 of all that decides what is made of the same bytes, but for the encoder's model."""
    told = hashlib.sha256(code_sha256(_CODE).encode())
    for name in _LIBRARIES:
        told.update(f"{name} {version(name)}\n".encode())
    return told.hexdigest()


def code_sha256(patterns: Sequence[str]) -> str:
    """Return the hex sha256 of the package's files that fit the patterns, with their names."""
    folder = Path(askdocs.__file__).parent
    told = hashlib.sha256()
    for file in sorted({file for pattern in patterns for file in folder.glob(pattern)}):
        told.update(f"{file.relative_to(folder).as_posix()}\n".encode() + file.read_bytes())
    return told.hexdigest()
