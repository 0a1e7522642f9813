"""A dataset's articles go in; an index of them comes out, built the first time and found again afterwards.

An index is kept under a name that holds all it depends on: the articles, how they are cut, the encoder, the index's
format and the very code that builds it. It is verified byte by byte whenever it is opened, as every index is.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict
from itertools import accumulate
from pathlib import Path
from time import time

import askdocs
from askdocs import terms
from askdocs.datatypes import Article
from askdocs.encoding.agreement import cache_folder
from askdocs.errors import IndexFolderError
from askdocs.index import OpenIndex, open_index
from askdocs.index.manifest import FORMAT
from askdocs.index.rules import MAKING, code_sha256
from askdocs.settings import PassageSettings

KEPT_BYTES = 4 * 2**30
"""How large the indexes that stay may be together, those used last: some hundreds of small ones, a few of millions."""

_BUILDERS = (*MAKING, "encoding/*.py", "index/*.py")
"""The code that an index's files depend on, in the package's folder. What reads articles is not: they are given."""

_UNFINISHED = "unfinished-"
_ABANDONED = 24 * 3600.0
"""Seconds after which a folder that a killed build left is removed."""

Build = Callable[[Path], object]
"""Builds the index in a folder."""


def indexes_folder() -> Path:
    """Return the folder where evaluated datasets' indexes are kept: part of the user's cache."""
    return cache_folder() / "evaluation"


def index_name(articles: Iterable[Article], settings: PassageSettings, fingerprint: str) -> str:
    """Return the name of these articles' index: equal where, and only where, the index would be.

    `fingerprint` is the encoder's.
    """
    told = hashlib.sha256()
    depends = (asdict(settings), fingerprint, FORMAT, terms.VERSION, askdocs.__version__, code_sha256(_BUILDERS))
    told.update(json.dumps(depends).encode())
    for article in sorted(articles, key=lambda one: one.id):
        record = asdict(article)
        del record["text"]  # its sha256 is there
        told.update(json.dumps(record, sort_keys=True).encode() + b"\n")
    return told.hexdigest()[:32]


def cached_index(folder: Path, name: str, build: Build, kept_bytes: int = KEPT_BYTES) -> OpenIndex:
    """Open the index of this name in `folder`, built first where there is none or where it is damaged.

    Two processes may do this at once: each builds its own beside, and the first to finish puts it in place. A folder
    that may only be read serves what it holds.

    Raises:
        OSError: the index is not there, and the folder cannot be written.
        AskdocsError: what `build` raises.
    """
    place = folder / name
    try:
        index = open_index(place)
    except IndexFolderError:
        folder.mkdir(parents=True, exist_ok=True)
        _build_in_place(folder, place, build)
        index = open_index(place)
    with suppress(OSError):
        os.utime(place)
        _prune(folder, place, kept_bytes)
    return index


def _build_in_place(folder: Path, place: Path, build: Build) -> None:
    beside = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=folder))
    try:
        build(beside / "index")
        if place.exists() and not _is_sound(place):
            place.rename(beside / "damaged")
        if not place.exists():
            _rename_unless_there(beside / "index", place)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _rename_unless_there(built: Path, place: Path) -> None:
    try:
        built.rename(place)
    except OSError:
        if not place.exists():  # another process' index, put there in this very moment, is as good
            raise


def _is_sound(place: Path) -> bool:
    try:
        open_index(place)
    except IndexFolderError:
        return False
    return True


def _prune(folder: Path, in_use: Path, kept_bytes: int) -> None:
    """Remove all but the indexes used last, and what a killed build left; what is gone already is no fault."""
    used = {}
    for entry in folder.iterdir():
        try:
            used[entry] = entry.stat().st_mtime
        except FileNotFoundError:
            continue
    unfinished = [entry for entry in used if entry.name.startswith(_UNFINISHED)]
    last_first = sorted(used.keys() - set(unfinished) - {in_use}, key=lambda entry: used[entry], reverse=True)
    sizes = accumulate(map(_bytes, last_first), initial=_bytes(in_use))
    too_many = [entry for entry, size in zip(last_first, [*sizes][1:], strict=True) if size > kept_bytes]
    for entry in [*too_many, *(entry for entry in unfinished if time() - used[entry] > _ABANDONED)]:
        shutil.rmtree(entry, ignore_errors=True)


def _bytes(folder: Path) -> int:
    """Return the size of all files in a folder; one that goes meanwhile has none."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += (Path(parent) / name).stat().st_size
    return total
