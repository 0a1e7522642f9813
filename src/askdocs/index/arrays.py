"""Numbers to a `.npy` file, whole or row by row, and back as a memory map or by the row. Nothing is unpickled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from askdocs.index.pieces import Pieces

Number = TypeVar("Number", bound=np.generic)


class ArrayWriter:
    """Writes an array whose shape is known before its rows are."""

    def __init__(self, file: BinaryIO, number: type[np.generic], shape: tuple[int, ...]) -> None:
        self._file = file
        self._number = np.dtype(number)
        self._left = int(np.prod(shape))
        fields = {"descr": self._number.str, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, fields)

    def write(self, rows: npt.NDArray[Any]) -> None:
        """Write the next rows, converted to the array's type of number.

        Raises:
            ValueError: they are more than the shape says.
        """
        self._left -= rows.size
        if self._left < 0:
            raise ValueError("more rows than the array was to have")
        whole = np.ascontiguousarray(rows, self._number)
        self._file.write(whole.reshape(-1).view(np.uint8).data)  # numpy's own way of it hides why a disk refused

    def finish(self) -> None:
        """Hand the last rows to the disk; nothing is left to write when the file is closed.

        Raises:
            ValueError: rows are missing.
            OSError: the disk refuses.
        """
        if self._left:
            raise ValueError(f"{self._left} numbers of the array were never written")
        self._file.flush()


@contextmanager
def array_writer(path: Path, number: type[np.generic], shape: tuple[int, ...]) -> Iterator[ArrayWriter]:
    """Open a `.npy` file to write its rows in order; at the end all of them must be there."""
    file = path.open("wb")
    try:
        writer = ArrayWriter(file, number, shape)
        yield writer
        writer.finish()
    except BaseException:
        with suppress(OSError):  # a full disk refuses what is left in the buffer, too; the first refusal is told
            file.close()
        raise
    file.close()


def save_array(path: Path, array: npt.NDArray[Any]) -> None:
    """Write an array in numpy's own format: the same bytes for the same numbers."""
    with array_writer(path, array.dtype.type, array.shape) as writer:
        writer.write(array)


def open_array(path: Path, *numbers: type[Number], dimensions: int) -> npt.NDArray[Number]:
    """Map an array of one of these types and this number of dimensions, read-only.

    Raises:
        ValueError: the file holds something else.
        OSError: the file cannot be read.
    """
    array = np.lib.format.open_memmap(path, mode="r")  # refuses arrays of Python objects: no pickle is ever read
    if array.dtype.type not in numbers or array.ndim != dimensions or not array.flags.c_contiguous:
        raise ValueError(f"{path.name} holds {array.dtype} numbers of shape {array.shape}")
    return np.asarray(array)  # the plain view is indexed several times faster than numpy.memmap


class StoredRows(Generic[Number]):
    """An array on the disk of which a few rows at a time are read; what is not asked for takes no memory.

    Raises:
        ValueError: the file holds something else.
        OSError: the file cannot be read.
    """

    def __init__(self, path: Path, *numbers: type[Number], dimensions: int) -> None:
        mapped = open_array(path, *numbers, dimensions=dimensions)  # checks the header; no page of it is touched
        self.shape = mapped.shape
        self.dtype = mapped.dtype
        self._row_bytes = int(np.prod(self.shape[1:])) * self.dtype.itemsize
        self._pieces = Pieces(path)
        self._begin = self._pieces.size - self._row_bytes * self.shape[0]

    def __len__(self) -> int:
        """Count the rows."""
        return int(self.shape[0])

    def slice(self, first: int, last: int) -> npt.NDArray[Number]:
        """Return a half-open run of rows.

        Raises:
            IndexError: some of them are not there.
            IndexDamagedError: the file has become shorter.
        """
        if not 0 <= first <= last <= len(self):
            raise IndexError(f"rows {first} to {last} of {len(self)}")
        content = self._pieces.read(self._begin + first * self._row_bytes, (last - first) * self._row_bytes)
        return np.frombuffer(content, self.dtype).reshape(last - first, *self.shape[1:])

    def rows(self, wanted: npt.NDArray[np.int64]) -> npt.NDArray[Number]:
        """Return these rows, in this order; rows that follow each other are read together.

        Raises:
            IndexError: one of them is not there.
            IndexDamagedError: the file has become shorter.
        """
        if not len(wanted):
            return np.empty((0, *self.shape[1:]), self.dtype)
        breaks = (np.flatnonzero(np.diff(wanted) != 1) + 1).tolist()
        firsts, lasts = [0, *breaks], [*breaks, len(wanted)]
        runs = [
            self.slice(int(wanted[first]), int(wanted[last - 1]) + 1) for first, last in zip(firsts, lasts, strict=True)
        ]
        return np.concatenate(runs)
