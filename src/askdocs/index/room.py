"""What is gathered -> whether the disk has room for it, asked before hours go into encoding."""

from __future__ import annotations

import shutil
from pathlib import Path

from askdocs.errors import IndexFolderError
from askdocs.index.gather import Gathered
from askdocs.index.journal import JOURNAL

_BYTES_OF_POSTING = 9
_TERMS_OF_PASSAGE = 160
"""Different terms that a passage of 225 tokens may hold; prose has some hundred."""

_SPARE = 1.1


def bytes_needed(gathered: Gathered, dimension: int, *, clustered: bool, journaled: int = 0) -> int:
    """Estimate the size of the next generation, with what lies on the disk only while it is built.

    `journaled`: bytes of it that an interrupted build has left there already.
    """
    passages, sentences = gathered.passages.shape[1], gathered.sentences.shape[1]
    texts = sum(len(article.text) for article in gathered.articles)
    vectors = passages * dimension * (3 if clustered else 4)  # halves and clusters of bytes, or whole float32
    of_sentences = sentences * (dimension + 20)
    postings = passages * _TERMS_OF_PASSAGE * _BYTES_OF_POSTING
    new = sum(len(gathered.articles[row].text) for row, known in enumerate(gathered.known_rows.tolist()) if known < 0)
    journal = (new / max(texts, 1)) * (passages * dimension * 2 + of_sentences)
    return int(_SPARE * (1.2 * texts + vectors + of_sentences + postings + passages * 44 + max(0, journal - journaled)))


def require_room(folder: Path, gathered: Gathered, dimension: int, *, clustered: bool) -> None:
    """Refuse to begin what the disk has no room for.

    Raises:
        IndexFolderError: says how much is needed and how much is free.
    """
    journaled = sum(file.stat().st_size for file in (folder / JOURNAL).rglob("*") if file.is_file())
    needed = bytes_needed(gathered, dimension, clustered=clustered, journaled=journaled)
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise IndexFolderError(
            f"{folder}: the new index needs about {_megabytes(needed)} beside the old one, and {_megabytes(free)} are "
            "free on this disk; what is in force stays whole"
        )


def _megabytes(count: int) -> str:
    return f"{max(1, round(count / 1_000_000)):,} MB"
