"""An index that was built for a dataset is found again, and never when anything that it depends on has changed."""

from __future__ import annotations

import ast
import os
import shutil
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

import askdocs
from askdocs.datatypes import Article
from askdocs.errors import NothingToIndexError
from askdocs.evaluation.index_cache import _BUILDERS, cached_index, index_name, indexes_folder
from askdocs.index import build_index
from askdocs.index.rules import MAKING
from askdocs.settings import PassageSettings
from fakes import HashEncoder
from test_dataset_forms import without_rights

PACKAGE = Path(askdocs.__file__).parent
ARTICLES = (
    Article.of(id="a", title="The ferry", text="The ferry stopped on Monday."),
    Article.of(id="b", text="Shops close."),
)


@dataclass
class Builder:
    """Builds an index of the articles, and counts how often."""

    articles: tuple[Article, ...] = ARTICLES
    built: list[Path] = field(default_factory=list)

    def __call__(self, folder: Path) -> None:
        """Build."""
        self.built.append(folder)
        build_index(self.articles, folder, HashEncoder(), PassageSettings())


def test_the_second_time_nothing_is_built(tmp_path: Path) -> None:
    build = Builder()
    first = cached_index(tmp_path / "new" / "cache", "name", build)
    second = cached_index(tmp_path / "new" / "cache", "name", build)
    assert len(build.built) == 1
    assert first.manifest == second.manifest
    assert [entry.name for entry in (tmp_path / "new" / "cache").iterdir()] == ["name"]


@pytest.mark.parametrize("file", ["vectors.npy", "manifest.json", "CURRENT"])
@pytest.mark.parametrize("damage", ["altered", "removed"])
def test_a_damaged_index_is_built_again(tmp_path: Path, file: str, damage: str) -> None:
    build = Builder()
    cached_index(tmp_path, "name", build)
    broken = next((tmp_path / "name").rglob(file))
    if damage == "removed":
        broken.unlink()
    else:
        broken.write_bytes(broken.read_bytes()[:-1] + b"!")
    assert len(cached_index(tmp_path, "name", build).passages) == 2
    cached_index(tmp_path, "name", build)
    assert len(build.built) == 2
    assert [entry.name for entry in tmp_path.iterdir()] == ["name"]


def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(NothingToIndexError):
        cached_index(tmp_path, "name", Builder(articles=()))
    assert list(tmp_path.iterdir()) == []


def test_two_that_build_at_once_both_get_an_index(tmp_path: Path) -> None:
    """Both are past the look into the cache before either has built."""
    together = threading.Barrier(2, timeout=30)
    found: list[int] = []

    class Waiting(Builder):
        def __call__(self, folder: Path) -> None:
            together.wait()
            super().__call__(folder)

    def run() -> None:
        found.append(len(cached_index(tmp_path, "name", Waiting()).passages))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [2, 2]
    assert [entry.name for entry in tmp_path.iterdir()] == ["name"]


def test_the_indexes_used_last_stay(tmp_path: Path) -> None:
    build = Builder()
    cached_index(tmp_path, "n0", build)
    room = 3 * sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file()) + 1_000
    for number in range(5):
        cached_index(tmp_path, f"n{number}", build, room)
        os.utime(tmp_path / f"n{number}", (number, number))
    assert {entry.name for entry in tmp_path.iterdir()} == {"n2", "n3", "n4"}
    cached_index(tmp_path, "n2", build, room)  # used again, so it is the newest now
    cached_index(tmp_path, "another", build, room)
    assert {entry.name for entry in tmp_path.iterdir()} == {"n2", "n4", "another"}


def test_an_index_larger_than_all_that_may_stay_is_used_all_the_same(tmp_path: Path) -> None:
    for name in ("first", "second"):
        assert len(cached_index(tmp_path, name, Builder(), 1).passages) == 2
    assert [entry.name for entry in tmp_path.iterdir()] == ["second"]


def test_a_dozen_small_indexes_stay_as_shipped(tmp_path: Path) -> None:
    build = Builder()
    for _ in range(2):
        for number in range(12):
            cached_index(tmp_path, f"n{number}", build)
    assert len(build.built) == 12


def test_a_cache_that_may_only_be_read_serves_what_it_holds() -> None:
    """In a folder of its own: nobody may look into pytest's."""
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        build = Builder()
        cached_index(Path(parent), "name", build)
        for entry in (*Path(parent).rglob("*"), Path(parent)):
            entry.chmod(0o555 if entry.is_dir() else 0o444)
        with without_rights():
            assert len(cached_index(Path(parent), "name", build).passages) == 2
        Path(parent).chmod(0o755)
        assert len(build.built) == 1


def test_what_a_killed_build_left_a_day_ago_is_removed(tmp_path: Path) -> None:
    for name, age in (("unfinished-old", 1_000_000.0), ("unfinished-new", None)):
        shutil.copytree(Path(__file__).parent / "corpus", tmp_path / name)
        if age is not None:
            os.utime(tmp_path / name, (age, age))
    cached_index(tmp_path, "name", Builder())
    assert {entry.name for entry in tmp_path.iterdir()} == {"name", "unfinished-new"}


def test_the_name_holds_all_that_an_index_depends_on() -> None:
    first, second = ARTICLES
    names = [
        index_name(ARTICLES, PassageSettings(), "e"),
        index_name(ARTICLES, PassageSettings(), "f"),
        index_name(ARTICLES, replace(PassageSettings(), tokens=80), "e"),
        index_name((first,), PassageSettings(), "e"),
        index_name((replace(first, title="The boat"), second), PassageSettings(), "e"),
        index_name((replace(first, body=((0, 9),)), second), PassageSettings(), "e"),
        index_name((Article.of(id="a", title="The ferry", text="The ferry left."), second), PassageSettings(), "e"),
    ]
    assert len(set(names)) == len(names)
    assert index_name((second, first), PassageSettings(), "e") == names[0], "whatever order the articles come in"


def _imports(module: str) -> set[str]:
    """The modules of askdocs that a module imports, wherever in its code."""
    file = PACKAGE.parent / Path(*module.split("."))
    file = file / "__init__.py" if file.is_dir() else file.with_suffix(".py")
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("askdocs"):
            named = {f"{node.module}.{name.name}" for name in node.names}
            found |= {one for one in named if (PACKAGE.parent / Path(*one.split("."))).with_suffix(".py").is_file()}
            found |= {str(node.module)}
    return found


def _used_beside(patterns: Sequence[str], *modules: str) -> set[str]:
    """The files that modules import, however far down, which fit none of the patterns."""
    reached, fresh = {"askdocs"}, set(modules)
    while fresh:
        reached |= fresh
        fresh = set().union(*(_imports(module) for module in fresh)) - reached
    fit = {file.resolve() for pattern in patterns for file in PACKAGE.glob(pattern)}
    files = {PACKAGE.parent / Path(*module.split(".")) for module in reached - {"askdocs"}}
    used = {(file / "__init__.py" if file.is_dir() else file.with_suffix(".py")).resolve() for file in files}
    return {file.relative_to(PACKAGE.resolve()).as_posix() for file in used - fit}


def test_the_name_holds_all_the_code_that_an_index_is_built_with() -> None:
    """Whatever building imports, however far down, is among the builders or has no say in an index's files."""
    assert _used_beside(_BUILDERS, "askdocs.index.build") <= {"errors.py", "reading/origin.py", "settings.py"}


def test_what_is_taken_over_was_made_by_all_the_same_code() -> None:
    """Whatever an encoder imports is among the rules, or has no say in an article's vectors."""
    encoders = ("askdocs.encoding.openvino_encoder", "askdocs.encoding.torch_encoder")
    no_say = {"__init__", "legibility", "models", "openvino_runtime", "protocol", "soundness"}
    besides = {"errors.py", "settings.py", *(f"encoding/{name}.py" for name in no_say)}
    assert _used_beside(MAKING, *encoders) <= besides


def test_indexes_are_kept_in_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ASKDOCS_CACHE", str(tmp_path))
    assert indexes_folder() == tmp_path / "evaluation"
