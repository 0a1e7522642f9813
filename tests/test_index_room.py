"""The room that an index needs, estimated before it is built."""

from __future__ import annotations

from pathlib import Path

import pytest

from askdocs.datatypes import Article
from askdocs.errors import IndexFolderError
from askdocs.index import build_index
from askdocs.index.gather import Silent, gather
from askdocs.index.room import bytes_needed, require_room
from askdocs.reading import read_sources
from askdocs.sample import articles_folder
from askdocs.settings import PassageSettings
from fakes import HashEncoder

SETTINGS = PassageSettings()


@pytest.mark.parametrize("clustered", [False, True])
def test_an_index_needs_no_more_than_was_estimated_and_not_much_less(tmp_path: Path, *, clustered: bool) -> None:
    articles = [one for one in read_sources([articles_folder()]) if isinstance(one, Article)]
    encoder = HashEncoder(dimension=384)
    needed = bytes_needed(gather(articles, SETTINGS, Silent()), encoder.dimension, clustered=clustered)
    manifest = build_index(articles, tmp_path, encoder, SETTINGS, exact_passages=0 if clustered else 1000).manifest
    size = sum(record.size for record in manifest.files.values())
    assert size < needed < 3 * size


def test_a_disk_without_room_is_told_before_anything_is_encoded(tmp_path: Path) -> None:
    gathered = gather([Article.of(id="a", text="A sentence of an article.")], SETTINGS, Silent())
    with pytest.raises(IndexFolderError, match=r"needs about [0-9,]+ MB beside the old one, and [0-9,]+ MB are free"):
        require_room(tmp_path, gathered, 10**15, clustered=False)
