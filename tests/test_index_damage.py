"""Whatever happens to a file of an index is noticed before anything is answered from it."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from askdocs.datatypes import Article
from askdocs.errors import IndexDamagedError, IndexFolderError, IndexForeignError, IndexMissingError
from askdocs.index import build_index, open_index
from askdocs.index.manifest import FILES
from askdocs.settings import PassageSettings
from fakes import HashEncoder

MANIFEST = "manifest.json"
ARTICLES = [
    Article.of(id=f"{number}", text=f"Article {number} begins here. It has two sentences, and ends.")
    for number in "abc"
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index that no test touches."""
    folder = tmp_path_factory.mktemp("whole") / "index"
    build_index(ARTICLES, folder, HashEncoder(dimension=8), PassageSettings())
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copytree(whole, tmp_path / "index"))


def generation(folder: Path) -> Path:
    return folder / "generations" / (folder / "CURRENT").read_text().split()[0]


def assert_damage_is_named(folder: Path, file: str) -> None:
    with pytest.raises(IndexDamagedError) as caught:
        open_index(folder)
    said = str(caught.value)
    assert file in said
    assert f"askdocs index PATH... --index {folder}" in said


def sign_again(folder: Path, **changes: Any) -> None:
    """Make manifest and pointer fit the files as they are now, as someone would who alters an index on purpose."""
    place = generation(folder)
    fields = json.loads((place / MANIFEST).read_text()) | changes
    for name in fields["files"]:
        content = (place / name).read_bytes()
        fields["files"][name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    content = json.dumps(fields).encode()
    (place / MANIFEST).write_bytes(content)
    (folder / "CURRENT").write_text(f"{place.name} {hashlib.sha256(content).hexdigest()}\n")


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_a_file_that_is_gone_is_noticed(folder: Path, name: str) -> None:
    (generation(folder) / name).unlink()
    assert_damage_is_named(folder, name)


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_a_folder_in_a_files_place_is_noticed(folder: Path, name: str) -> None:
    (generation(folder) / name).unlink()
    (generation(folder) / name).mkdir()
    assert_damage_is_named(folder, name)


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_a_file_of_another_length_is_noticed(folder: Path, name: str) -> None:
    file = generation(folder) / name
    content = file.read_bytes()
    for other in (b"", content[: len(content) // 2], content[:-1], content + b"\n", content + content):
        file.write_bytes(other)
        assert_damage_is_named(folder, name)


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_a_flipped_bit_is_noticed(folder: Path, name: str) -> None:
    file = generation(folder) / name
    content = file.read_bytes()
    for place in {*range(0, len(content), max(1, len(content) // 16)), len(content) - 1}:
        altered = bytearray(content)
        altered[place] ^= 1 << place % 8
        file.write_bytes(altered)
        assert_damage_is_named(folder, name)


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_another_files_bytes_are_noticed(folder: Path, name: str) -> None:
    place = generation(folder)
    for other in {*FILES, MANIFEST} - {name}:
        if (place / other).read_bytes() != (place / name).read_bytes():
            shutil.copy(place / other, place / "swap")
            kept = (place / name).read_bytes()
            shutil.move(place / "swap", place / name)
            assert_damage_is_named(folder, name)
            (place / name).write_bytes(kept)


def test_the_same_file_of_another_index_is_noticed(folder: Path, tmp_path: Path) -> None:
    build_index(ARTICLES[:2], tmp_path / "other", HashEncoder(dimension=8), PassageSettings())
    for name in (*FILES, MANIFEST):
        kept = (generation(folder) / name).read_bytes()
        shutil.copy(generation(tmp_path / "other") / name, generation(folder) / name)
        assert_damage_is_named(folder, name)
        (generation(folder) / name).write_bytes(kept)


def test_a_generation_that_is_gone_is_noticed(folder: Path) -> None:
    shutil.rmtree(generation(folder))
    assert_damage_is_named(folder, MANIFEST)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"\xff\xfe\x00",
        b"../../elsewhere " + b"0" * 64 + b"\n",
        b"20261122T141500123456Z-3f2a9c01\n",
        b"20261122T141500123456Z-3f2a9c01 " + b"0" * 63 + b"\n",
        b"20261122T141500123456Z-3f2a9c01 " + b"0" * 64 + b"\nmore",
        b"0" * 100_000,
    ],
)
def test_a_pointer_that_is_not_one_is_noticed(folder: Path, line: bytes) -> None:
    (folder / "CURRENT").write_bytes(line)
    assert_damage_is_named(folder, "CURRENT")


def test_every_flipped_bit_of_the_pointer_is_noticed(folder: Path) -> None:
    content = (folder / "CURRENT").read_bytes()
    for place in range(len(content)):
        for bit in range(8):
            altered = bytearray(content)
            altered[place] ^= 1 << bit
            (folder / "CURRENT").write_bytes(altered)
            with pytest.raises(IndexDamagedError):
                open_index(folder)


def test_no_index_says_how_to_make_one(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "absent", tmp_path / "empty"):
        with pytest.raises(IndexMissingError, match=r"askdocs index PATH\.\.\. --index .*" + folder.name):
            open_index(folder)


def test_a_pointer_that_cannot_be_read_is_an_expected_failure(folder: Path) -> None:
    (folder / "CURRENT").unlink()
    (folder / "CURRENT").mkdir()
    with pytest.raises(IndexFolderError, match="CURRENT: cannot be read"):
        open_index(folder)


@pytest.mark.parametrize("changes", [{"format": 1}, {"terms": -1}, {"files": {}}, {"passages": "many"}, {"more": 1}])
def test_what_another_askdocs_wrote_is_foreign(folder: Path, changes: dict[str, Any]) -> None:
    sign_again(folder, **changes)
    with pytest.raises((IndexForeignError, IndexDamagedError), match=r"askdocs index PATH\.\.\. --index"):
        open_index(folder)


def test_another_format_is_named(folder: Path) -> None:
    sign_again(folder, format=99, askdocs="9.0")
    with pytest.raises(IndexForeignError, match=r"askdocs 9\.0 wrote this index in format 99, this one reads 2"):
        open_index(folder)


def test_an_altered_text_that_was_signed_again_is_no_snapshot(folder: Path) -> None:
    file = generation(folder) / "articles.txt"
    file.write_bytes(file.read_bytes().replace(b"begins", b"starts"))
    sign_again(folder)
    index = open_index(folder)
    with pytest.raises(IndexDamagedError, match=r"articles\.txt has another text for the article 'a'"):
        index.passages[0]
    file.write_bytes(file.read_bytes().replace(b"starts", b"\xfftarts"))
    sign_again(folder)
    with pytest.raises(IndexDamagedError, match=r"articles\.txt has no UTF-8 text for the article 'a'"):
        open_index(folder).articles["a"]


class Unpickled:
    """Leaves a trace where it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Name the call that unpickling makes."""
        return Path.touch, (Path("unpickled"),)


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".npy")])
def test_nothing_is_unpickled_even_when_it_was_signed_again(
    folder: Path, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    trap: Any = np.empty(1, dtype=object)
    trap[0] = Unpickled()
    with (generation(folder) / name).open("wb") as file:
        np.lib.format.write_array(file, trap, allow_pickle=True)
    sign_again(folder)
    assert_damage_is_named(folder, "does not hold together")
    (generation(folder) / name).write_bytes(pickle.dumps(Unpickled()))
    sign_again(folder)
    assert_damage_is_named(folder, "does not hold together")
    assert not (tmp_path / "unpickled").exists()


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".npy")])
@pytest.mark.parametrize("change", ["shorter", "wider type", "more dimensions"])
def test_parts_that_do_not_fit_together_are_noticed_even_when_signed_again(
    folder: Path, name: str, change: str
) -> None:
    file = generation(folder) / name
    numbers = np.load(file)
    altered = {
        "shorter": numbers[..., :-1],
        "wider type": numbers.astype(np.complex128),
        "more dimensions": numbers[np.newaxis, np.newaxis],
    }[change]
    np.save(file, np.ascontiguousarray(altered))
    sign_again(folder)
    assert_damage_is_named(folder, "does not hold together")
