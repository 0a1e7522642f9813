"""Arrays to files and back: whole, mapped, and by the row."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.errors import IndexDamagedError
from askdocs.index.arrays import StoredRows, array_writer, open_array, save_array


@given(
    count=st.integers(1, 30),
    width=st.integers(1, 5),
    wanted=st.lists(st.integers(0, 29), max_size=40),
    number=st.sampled_from([np.int8, np.float16, np.float32, np.int64]),
)
def test_rows_read_from_the_disk_are_the_rows_of_the_array(
    count: int, width: int, wanted: list[int], number: type[np.generic]
) -> None:
    array = np.arange(count * width).reshape(count, width).astype(number)
    rows = np.array([row % count for row in wanted], np.int64)
    with TemporaryDirectory() as folder:
        save_array(Path(folder) / "a.npy", array)
        stored = StoredRows(Path(folder) / "a.npy", number, dimensions=2)
        np.testing.assert_array_equal(stored.rows(rows), array[rows])
        np.testing.assert_array_equal(open_array(Path(folder) / "a.npy", number, dimensions=2), array)
        for first in range(count):
            np.testing.assert_array_equal(stored.slice(first, count), array[first:])


def test_numbers_of_one_dimension_are_read_by_the_slice(tmp_path: Path) -> None:
    save_array(tmp_path / "a.npy", np.arange(10, dtype=np.int32))
    assert StoredRows(tmp_path / "a.npy", np.int32, dimensions=1).slice(3, 6).tolist() == [3, 4, 5]


@pytest.mark.parametrize("run", [(-1, 2), (2, 1), (0, 4)])
def test_rows_that_are_not_there_are_an_index_error(tmp_path: Path, run: tuple[int, int]) -> None:
    save_array(tmp_path / "a.npy", np.zeros((3, 2), np.int8))
    with pytest.raises(IndexError, match="of 3"):
        StoredRows(tmp_path / "a.npy", np.int8, dimensions=2).slice(*run)


def test_a_file_that_became_shorter_is_damaged(tmp_path: Path) -> None:
    save_array(tmp_path / "a.npy", np.zeros((3, 2), np.int8))
    stored = StoredRows(tmp_path / "a.npy", np.int8, dimensions=2)
    with (tmp_path / "a.npy").open("r+b") as file:
        file.truncate(129)
    with pytest.raises(IndexDamagedError, match="became shorter"):
        stored.slice(0, 3)


@pytest.mark.parametrize("number", [np.int16, np.float64])
def test_other_numbers_are_refused(tmp_path: Path, number: type[np.generic]) -> None:
    save_array(tmp_path / "a.npy", np.zeros((3, 2), number))
    with pytest.raises(ValueError, match=r"a\.npy holds"):
        StoredRows(tmp_path / "a.npy", np.int8, dimensions=2)


def test_rows_can_be_written_a_few_at_a_time(tmp_path: Path) -> None:
    array = np.arange(12, dtype=np.float32).reshape(6, 2)
    with array_writer(tmp_path / "a.npy", np.float32, (6, 2)) as writer:
        writer.write(array[:1])
        writer.write(array[1:])
    save_array(tmp_path / "b.npy", array)
    assert (tmp_path / "a.npy").read_bytes() == (tmp_path / "b.npy").read_bytes()
