"""A list of texts to two files, and back: their UTF-8, one after another, and where each begins. Opening reads neither.

This one form holds the articles' texts, their records and BM25's terms. `NAME` can be read with `less` and `grep`
(a line break follows each text); `NAME.starts.npy` holds n + 1 positions in bytes, int64.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np

from askdocs.index.arrays import open_array, save_array
from askdocs.index.pieces import Pieces

_BREAK = b"\n"


def starts_name(name: str) -> str:
    """Return the name of the file that says where each text of `name` begins."""
    return f"{name}.starts.npy"


def write_texts(folder: Path, name: str, texts: Iterable[str]) -> None:
    """Write texts to `folder / name` and their places beside it.

    Raises:
        UnicodeEncodeError: a text holds a lone surrogate, which is no character.
    """
    starts = [0]
    with (folder / name).open("wb") as file:
        for text in texts:
            starts.append(starts[-1] + file.write(text.encode()) + file.write(_BREAK))
    save_array(folder / starts_name(name), np.array(starts, dtype=np.int64))


class Texts:
    """Texts on the disk, each read when it is asked for.

    Raises:
        ValueError: the two files do not belong together.
        OSError: one of them is not there.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._starts = open_array(folder / starts_name(name), np.int64, dimensions=1)
        self._pieces = Pieces(folder / name)
        if len(self._starts) == 0 or self._starts[-1] != self._pieces.size:
            raise ValueError(f"{name} does not end where {starts_name(name)} says")

    def __len__(self) -> int:
        """Count the texts."""
        return len(self._starts) - 1

    def __getitem__(self, row: int) -> str:
        """Return one text.

        Raises:
            IndexError: there is no such row.
            UnicodeDecodeError: the bytes are not UTF-8 any more.
        """
        return self.encoded(row).decode()

    def all(self) -> list[str]:
        """Return every text, read at one go.

        Raises:
            UnicodeDecodeError: the bytes are not UTF-8 any more.
        """
        return self._between(0, len(self))

    def beginning(self, prefix: str) -> list[str]:
        """Return every text that begins with a prefix, of sorted ones, read at one go.

        Raises:
            UnicodeDecodeError: the bytes are not UTF-8 any more.
        """
        wanted = prefix.encode("utf-8", "surrogatepass")
        first = bisect_left(range(len(self)), wanted, key=self.encoded)
        last = bisect_right(range(len(self)), wanted, lo=first, key=lambda row: self.encoded(row)[: len(wanted)])
        return self._between(first, last)

    def _between(self, first: int, last: int) -> list[str]:
        """Return the texts from one row to before another."""
        starts = self._starts[first : last + 1].tolist()
        whole = self._pieces.read(starts[0], starts[-1] - starts[0])
        return [whole[start - starts[0] : end - starts[0] - len(_BREAK)].decode() for start, end in pairwise(starts)]

    def encoded(self, row: int) -> bytes:
        """Return the UTF-8 of one text.

        Raises:
            IndexError: there is no such row.
        """
        if not 0 <= row < len(self):
            raise IndexError(f"row {row} of {len(self)} texts")
        start, end = int(self._starts[row]), int(self._starts[row + 1])
        return self._pieces.read(start, end - start - len(_BREAK))

    def row_of(self, text: str) -> int | None:
        """Find a text among sorted ones. UTF-8 sorts as code points do, so Python's own order is the order here."""
        wanted = text.encode("utf-8", "surrogatepass")
        row = bisect_left(range(len(self)), wanted, key=self.encoded)
        return row if row < len(self) and self.encoded(row) == wanted else None
