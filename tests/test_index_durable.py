"""What reaches the disk, and what a system without it is told."""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

import pytest

from askdocs.errors import IndexFolderError
from askdocs.index import durable
from askdocs.index.pieces import Pieces

FULL = 51
"""What macOS calls F_FULLFSYNC."""


@pytest.mark.parametrize("known", [True, False], ids=["a disk", "a share that does not know it"])
def test_on_macos_bytes_go_further_than_the_disks_own_memory(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    known: bool,  # noqa: FBT001  of two kinds
) -> None:
    asked: list[object] = []

    def control(_descriptor: int, what: int) -> None:
        asked.append(what)
        if not known:
            raise OSError

    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", FULL, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", control)
    monkeypatch.setattr(os, "fsync", lambda _: asked.append("fsync"))
    durable.write_durably(tmp_path / "a", b"a")
    assert asked == ([FULL, FULL] if known else [FULL, "fsync", FULL, "fsync"])


def test_where_no_piece_can_be_read_by_itself_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").touch()
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(IndexFolderError, match="Windows Subsystem for Linux only"):
        Pieces(tmp_path / "a")
