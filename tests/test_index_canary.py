"""The canary: searches written down at the build, which must give the same before an index answers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.datatypes import Article
from askdocs.errors import IndexDamagedError, IndexForeignError
from askdocs.index import OpenIndex, build_index, open_index
from askdocs.index.canary import KEPT, TERMS, TOLERANCE, WINDOW, Canary, Nearest, check_canary, check_search
from askdocs.index.dense import DenseIndex, vector_writer
from askdocs.index.lexical import LexicalIndex
from askdocs.library import Library
from askdocs.settings import PassageSettings, Settings
from fakes import HashEncoder
from test_index_damage import sign_again

ARTICLES = [
    Article.of(id=f"{place}", text=f"The ferry to {place} left. It carried {number} people, and the mayor of {place}.")
    for number, place in enumerate(
        ["Lenwick", "Corran", "Minsk", "Oban", "Brest", "Varna", "Turku", "Bergen", "Narvik"]
    )
]


@pytest.fixture(scope="module", params=[False, True], ids=["exact", "clustered"])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index that no test touches, of either kind."""
    folder = tmp_path_factory.mktemp("canary") / "index"
    exact_passages = 10 if request.param else 65_536
    build_index(ARTICLES, folder, HashEncoder(), PassageSettings(tokens=20, step=10), exact_passages=exact_passages)
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy of it, to be altered."""
    return Path(shutil.copytree(whole, tmp_path / "index"))


@pytest.fixture
def opened(whole: Path) -> OpenIndex:
    return open_index(whole)


def test_what_is_written_down_is_what_the_index_finds(opened: OpenIndex) -> None:
    canary = opened.manifest.canary
    vectors = opened.dense.vectors(range(len(opened.passages)))
    cosines = vectors @ vectors[canary.row]
    assert canary.window.rows[0] == canary.row
    assert canary.window.scores == pytest.approx(np.sort(cosines)[::-1][:KEPT].tolist(), abs=1e-5)
    assert [cosines[row] for row in canary.window.rows] == pytest.approx(canary.window.scores, abs=1e-5)
    assert canary.dense.rows[0] == canary.row
    assert 1 <= len(canary.terms) <= TERMS
    scores = opened.lexical.scores(canary.terms)
    assert [scores[row] for row in canary.lexical.rows] == pytest.approx(canary.lexical.scores, abs=1e-5)
    assert max(scores) == pytest.approx(canary.lexical.scores[0], abs=1e-5)


def test_it_is_read_as_it_was_written(opened: OpenIndex) -> None:
    assert Canary.of_form(json.loads(json.dumps(asdict(opened.manifest.canary)))) == opened.manifest.canary


def moved(nearest: Nearest) -> Nearest:
    return replace(nearest, scores=(nearest.scores[0] + 3 * TOLERANCE, *nearest.scores[1:]))


def elsewhere(nearest: Nearest) -> Nearest:
    return replace(nearest, rows=(nearest.rows[0] + 1_000, *nearest.rows[1:]))


def fewer(nearest: Nearest) -> Nearest:
    return Nearest(nearest.rows[:-1], nearest.scores[:-1])


@pytest.mark.parametrize(
    ("part", "what", "change"),
    [
        ("window", "cosines", moved),
        ("window", "cosines", elsewhere),
        ("window", "cosines", fewer),
        ("lexical", "BM25 scores", moved),
        ("lexical", "BM25 scores", fewer),
    ],
)
def test_a_machine_that_computes_otherwise_is_refused_when_the_index_is_opened(
    folder: Path, part: str, what: str, change: Callable[[Nearest], Nearest]
) -> None:
    """What was written down is altered, which is the same as a machine that computes something else."""
    canary = open_index(folder).manifest.canary
    sign_again(folder, canary=asdict(canary) | {part: asdict(change(getattr(canary, part)))})
    with pytest.raises(
        IndexForeignError, match=f"this machine computes other {what} than the one that built"
    ) as caught:
        open_index(folder)
    assert f"askdocs index PATH... --index {folder}" in str(caught.value)


@pytest.mark.parametrize("change", [moved, elsewhere, fewer])
def test_one_that_searches_otherwise_is_refused_before_the_first_question(
    folder: Path, change: Callable[[Nearest], Nearest]
) -> None:
    canary = open_index(folder).manifest.canary
    sign_again(folder, canary=asdict(replace(canary, dense=change(canary.dense))))
    library = Library(open_index(folder), HashEncoder(), Settings())
    for _ in range(2):
        with pytest.raises(IndexForeignError, match="this machine computes other nearest passages"):
            library.ask("Where did the ferry go?")
    with pytest.raises(IndexForeignError, match="this machine computes other nearest passages"):
        library.search("Where did the ferry go?")


@pytest.mark.parametrize("form", [None, {}, {"row": "many"}, [], 3])
def test_a_manifest_without_a_canary_is_foreign(folder: Path, form: object) -> None:
    sign_again(folder, canary=form)
    with pytest.raises(IndexForeignError):
        open_index(folder)


def test_a_canary_of_another_index_is_noticed(folder: Path) -> None:
    canary = asdict(open_index(folder).manifest.canary)
    sign_again(folder, canary=canary | {"row": 1_000})
    with pytest.raises(IndexDamagedError, match="does not hold together: the canary is of passage 1000 of"):
        open_index(folder)


def test_vectors_that_were_altered_and_signed_again_are_noticed_near_the_canary(folder: Path) -> None:
    index = open_index(folder)
    vectors = index.dense.vectors(range(len(index.passages)))
    with vector_writer(
        index.pointer.folder_in(folder), len(vectors), 64, half=index.manifest.clustering is not None
    ) as file:
        file.write(vectors[::-1])
    with pytest.raises(IndexForeignError, match="other cosines"):
        check_canary(folder, index.manifest.canary, *parts_of(folder, index))


def parts_of(folder: Path, index: OpenIndex) -> tuple[DenseIndex, LexicalIndex]:
    dense = DenseIndex(index.pointer.folder_in(folder), clustered=index.manifest.clustering is not None)
    return dense, index.lexical


def test_of_many_vectors_those_around_the_passage_are_compared(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    count = 3 * WINDOW
    vectors = chance.normal(size=(count, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    with vector_writer(tmp_path, count, 16) as file:
        file.write(vectors)
    dense = DenseIndex(tmp_path)
    from askdocs.index.canary import _search, _window  # noqa: PLC0415  what is compared, at either end of the vectors

    for row in (0, 5, WINDOW, count // 2, count - 1):
        first = max(0, min(row - WINDOW // 2, count - WINDOW))
        cosines = vectors[first : first + WINDOW] @ vectors[row]
        assert _window(dense, row).rows == tuple((np.argsort(-cosines, kind="stable")[:KEPT] + first).tolist())
        everything = vectors @ vectors[row]
        assert _search(dense, row).scores == pytest.approx(np.sort(everything)[::-1][:KEPT].tolist(), abs=1e-5)


scores = st.lists(st.floats(0.1, 1.0), min_size=1, max_size=KEPT).map(lambda drawn: sorted(drawn, reverse=True))


@given(scores, st.data())
def test_noise_below_the_tolerance_and_ties_in_another_order_agree(drawn: list[float], data: st.DataObject) -> None:
    written = Nearest(tuple(range(len(drawn))), tuple(drawn))
    noise = data.draw(st.lists(st.floats(-0.9, 0.9), min_size=len(drawn), max_size=len(drawn)))
    noisy = [score + TOLERANCE * one for score, one in zip(drawn, noise, strict=True)]
    order = data.draw(st.permutations(range(len(drawn))))
    found = Nearest(tuple(order), tuple(noisy[row] for row in order))
    assert written.agrees_with(found)
    assert found.agrees_with(written)


def test_another_row_with_the_last_score_is_a_tie_and_with_a_better_one_is_not() -> None:
    written = Nearest((4, 7, 9), (0.9, 0.5, 0.3))
    assert written.agrees_with(Nearest((4, 7, 11), (0.9, 0.5, 0.3)))
    assert not written.agrees_with(Nearest((4, 8, 9), (0.9, 0.5, 0.3)))
    assert not written.agrees_with(Nearest((4, 7, 11), (0.9, 0.5, 0.3 + 2 * TOLERANCE)))
    assert not written.agrees_with(Nearest((4, 7), (0.9, 0.5)))
    assert not written.agrees_with(Nearest((4, 7, 9), (0.9, float("nan"), 0.3)))
    assert Nearest((), ()).agrees_with(Nearest((), ()))


def test_an_index_that_is_whole_passes_both(opened: OpenIndex, whole: Path) -> None:
    check_canary(whole, opened.manifest.canary, opened.dense, opened.lexical)
    check_search(whole, opened.manifest.canary, opened.dense)
