"""Text to a token count, in tiktoken's `cl100k_base` vocabulary, which travels in the package so nothing downloads."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from askdocs.errors import AskdocsError

if TYPE_CHECKING:
    import tiktoken

VOCABULARY_SHA256 = "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"
"""Of the published `cl100k_base.tiktoken`; tiktoken itself checks a download against this."""

_SPLIT = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+"
    r"| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"
)
"""How cl100k_base splits a text before merging bytes: part of the published definition of the vocabulary."""


def count_tokens_of_each(texts: Iterable[str]) -> list[int]:
    """Return how many cl100k_base tokens each text has; the names of special tokens count as plain text.

    tiktoken's own batches keep a future for every text: for sentences they measure 3 to 15 times slower than this loop
    on two cores, and take over a kilobyte of memory for each.
    """
    encode = _encoding().encode_ordinary
    return [len(encode(text)) for text in texts]


@cache
def _encoding() -> tiktoken.Encoding:
    import tiktoken  # noqa: PLC0415  only a build needs it

    return tiktoken.Encoding("cl100k_base", pat_str=_SPLIT, mergeable_ranks=_vocabulary(), special_tokens={})


def _vocabulary() -> dict[bytes, int]:
    """Read the packaged table: a line holds a base64 token and its rank."""
    table = files("askdocs").joinpath("vocabulary", "cl100k_base.tiktoken").read_bytes()
    if hashlib.sha256(table).hexdigest() != VOCABULARY_SHA256:
        raise AskdocsError("the packaged tiktoken vocabulary is damaged; run: pip install --force-reinstall askdocs")
    pairs = (line.split() for line in table.splitlines() if line)
    return {base64.b64decode(token): int(rank) for token, rank in pairs}
