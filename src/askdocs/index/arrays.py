"""Numbers to a `.npy` file, whole or row by row, and back as a memory map. Nothing is unpickled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np
import numpy.typing as npt

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
    with path.open("wb") as file:
        writer = ArrayWriter(file, number, shape)
        yield writer
        writer.finish()


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
