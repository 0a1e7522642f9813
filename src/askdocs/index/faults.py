"""A fault in an index folder to the error that a person can act on: what was found, and the command that mends it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

from askdocs.errors import IndexDamagedError, IndexFolderError, IndexForeignError, IndexMissingError

NO_FOLDER = "is a file, and an index is a folder; name another with: --index DIR"


def build_command(folder: Path) -> str:
    """Return the command that writes a new index into `folder`."""
    return f"askdocs index PATH... --index {quote(str(folder))}"


def mended_pointer(folder: Path) -> str:
    """Return what to do where generations are on the disk and nothing says which is in force."""
    return (
        f"put the newest generation in force with: askdocs rollback --index {quote(str(folder))}, "
        f"or build it again with: {build_command(folder)}"
    )


def missing(folder: Path) -> IndexMissingError:
    """Say that there is no index in `folder`."""
    if folder.exists() and not folder.is_dir():
        return IndexMissingError(f"{folder}: {NO_FOLDER}")
    return IndexMissingError(f"{folder}: there is no index here; make one with: {build_command(folder)}")


def damaged(folder: Path, file: str, fault: str) -> IndexDamagedError:
    """Say that a file of the index differs from what was built."""
    return IndexDamagedError(
        f"{folder}: the index is damaged: {file} {fault}; build it again with: {build_command(folder)}"
    )


def foreign(folder: Path, found: str) -> IndexForeignError:
    """Say that something else made this index."""
    return IndexForeignError(f"{folder}: {found}; build it again with: {build_command(folder)}")


@contextmanager
def disk_errors_named(folder: Path) -> Iterator[None]:
    """Turn a refusal by the disk into an error that says what was being done.

    Raises:
        IndexFolderError: an operating system error came, for example because the disk is full.
    """
    try:
        yield
    except OSError as error:
        raise IndexFolderError(
            f"{folder}: no index can be written here: {error.strerror or error}; what is in force stays whole"
        ) from error
