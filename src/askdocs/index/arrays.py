"""Numbers to a `.npy` file, and back as a memory map. Nothing is unpickled, and nothing of another shape gets in."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Number = TypeVar("Number", bound=np.generic)


def save_array(path: Path, array: npt.NDArray[Any]) -> None:
    """Write an array in numpy's own format: the same bytes for the same numbers."""
    whole = np.ascontiguousarray(array)
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(whole))
        file.write(whole.reshape(-1).view(np.uint8).data)  # numpy's own way of it hides why a disk refused


def open_array(path: Path, number: type[Number], *, dimensions: int) -> npt.NDArray[Number]:
    """Map an array of this type and number of dimensions, read-only.

    Raises:
        ValueError: the file holds something else.
        OSError: the file cannot be read.
    """
    array = np.lib.format.open_memmap(path, mode="r")  # refuses arrays of Python objects: no pickle is ever read
    if array.dtype != np.dtype(number) or array.ndim != dimensions or not array.flags.c_contiguous:
        raise ValueError(f"{path.name} holds {array.dtype} numbers of shape {array.shape}")
    return np.asarray(array)  # the plain view is indexed several times faster than numpy.memmap
