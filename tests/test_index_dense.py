"""The dense index against a full sort of all dot products."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askdocs.encoding.protocol import Vectors
from askdocs.errors import EncoderError
from askdocs.index.approximate import CLUSTERS, RECALL, Clustering, exact_rows, write_clusters
from askdocs.index.dense import DenseIndex, open_vectors, vector_writer


def random_unit_vectors(count: int, *, dimension: int = 24, different: int | None = None, seed: int = 0) -> Vectors:
    """`count` unit vectors, of which at most `different` differ."""
    generator = np.random.default_rng(seed)
    vectors = generator.normal(size=(different or count, dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    if different:
        vectors = vectors[generator.integers(0, different, count)]
    return np.ascontiguousarray(vectors)


def dense_index(vectors: Vectors, folder: Path) -> DenseIndex:
    with vector_writer(folder, *vectors.shape) as writer:
        writer.write(vectors)
    return DenseIndex(folder)


def test_the_best_rows_come_first(tmp_path: Path) -> None:
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8], [-1, 0]], dtype=np.float32)
    index = dense_index(vectors, tmp_path)

    scores, rows = index.search(np.array([[1, 0], [0, 1]], dtype=np.float32), 3)

    assert rows.tolist() == [[0, 2, 1], [1, 2, 0]]
    np.testing.assert_allclose(scores, [[1, 0.6, 0], [1, 0.8, 0]], atol=1e-6)
    assert (str(scores.dtype), str(rows.dtype)) == ("float32", "int64")


@settings(deadline=None, max_examples=50)
@given(
    count=st.integers(1, 150),
    different=st.integers(1, 20),
    queries=st.integers(1, 30),
    k=st.integers(1, 200),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_search_is_a_full_sort_by_score_then_row(count: int, different: int, queries: int, k: int, seed: int) -> None:
    vectors = random_unit_vectors(count, different=different, seed=seed)
    asked = random_unit_vectors(queries, seed=seed + 1)
    with TemporaryDirectory() as folder:
        scores, rows = dense_index(vectors, Path(folder)).search(asked, k)

    assert scores.shape == rows.shape == (queries, min(k, count))
    for query, found_scores, found in zip(asked, scores, rows, strict=True):
        exact = vectors.astype(np.float64) @ query.astype(np.float64)
        np.testing.assert_allclose(found_scores, exact[found], atol=1e-6)
        np.testing.assert_allclose(found_scores, np.sort(exact)[::-1][: len(found)], atol=1e-6)
        assert len(set(found.tolist())) == len(found)
        pairs = list(zip((-found_scores).tolist(), found.tolist(), strict=True))
        assert pairs == sorted(pairs)
        for row in set(range(count)) - set(found.tolist()):  # of equal vectors, none was passed over for a later one
            equals = [other for other in found if np.array_equal(vectors[row], vectors[other])]
            assert all(other < row for other in equals)


def test_a_query_ranks_the_same_alone_and_among_others(tmp_path: Path) -> None:
    index = dense_index(random_unit_vectors(2_000, dimension=384), tmp_path)
    queries = random_unit_vectors(40, dimension=384, seed=1)

    together = index.search(queries, 10)

    for number, query in enumerate(queries):
        alone = index.search(query[np.newaxis], 10)
        np.testing.assert_array_equal(alone[0][0], together[0][number])
        np.testing.assert_array_equal(alone[1][0], together[1][number])


@pytest.mark.parametrize(("queries", "k", "shape"), [(0, 5, (0, 3)), (2, 0, (2, 0)), (2, -1, (2, 0)), (2, 99, (2, 3))])
def test_no_queries_no_k_and_too_large_a_k_have_their_shape(
    tmp_path: Path, queries: int, k: int, shape: tuple[int, int]
) -> None:
    index = dense_index(random_unit_vectors(3), tmp_path)
    asked = random_unit_vectors(3)[:queries]
    scores, rows = index.search(asked, k)
    assert scores.shape == rows.shape == shape


def test_vectors_are_read_back_by_row(tmp_path: Path) -> None:
    vectors = random_unit_vectors(9)
    index = dense_index(vectors, tmp_path)
    assert (len(index), index.dimension) == (9, 24)
    np.testing.assert_array_equal(index.vectors([7, 0, 7]), vectors[[7, 0, 7]])
    assert index.vectors([]).shape == (0, 24)


@pytest.mark.parametrize("rows", [[-1], [3], [0, 3]])
def test_a_row_that_is_not_there_is_an_index_error(tmp_path: Path, rows: list[int]) -> None:
    index = dense_index(random_unit_vectors(3), tmp_path)
    with pytest.raises(IndexError, match="of 3 vectors"):
        index.vectors(rows)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (np.full((1, 24), np.nan, dtype=np.float32), "length nan"),
        (np.zeros((1, 24), dtype=np.float32), "length 0"),
        (np.ones((1, 24), dtype=np.float32), "length 4.899"),
        (random_unit_vectors(1, dimension=23), r"shape \(1, 23\) instead of \(1, 24\)"),
    ],
)
def test_what_is_no_unit_vector_is_refused(tmp_path: Path, query: npt.NDArray[np.float32], said: str) -> None:
    index = dense_index(random_unit_vectors(3), tmp_path)
    with pytest.raises(EncoderError, match=said):
        index.search(query, 1)


def clustered_index(vectors: Vectors, folder: Path) -> tuple[DenseIndex, Clustering]:
    with vector_writer(folder, *vectors.shape, half=True) as writer:
        writer.write(vectors)
    told: list[int] = []
    clustering = write_clusters(folder, open_vectors(folder), random_unit_vectors(32, seed=9), told.append)
    assert sum(told) == len(vectors)
    return DenseIndex(folder, clustered=True), clustering


def test_a_search_through_clusters_finds_nearly_what_comparing_all_finds(tmp_path: Path) -> None:
    vectors = random_unit_vectors(3_000)
    index, clustering = clustered_index(vectors, tmp_path)
    assert clustering.recall >= RECALL

    queries = random_unit_vectors(20, seed=5)
    scores, rows = index.search(queries, 10)

    exact = np.argsort(-(queries @ vectors.T), axis=1)[:, :10]
    shared = [len(set(some) & set(wanted)) / 10 for some, wanted in zip(rows.tolist(), exact.tolist(), strict=True)]
    assert np.mean(shared) >= 0.9
    np.testing.assert_allclose(scores, (queries[:, None, :] * vectors[rows]).sum(axis=2), atol=1e-3)
    assert all(sorted(line, reverse=True) == line for line in scores.tolist())


def test_where_near_clusters_hold_fewer_the_rest_is_marked_as_none(tmp_path: Path) -> None:
    index, _ = clustered_index(random_unit_vectors(200, different=2), tmp_path)
    scores, rows = index.search(random_unit_vectors(1), 200)
    assert rows.shape == (1, 200)
    assert ((rows == -1) == (scores == -1)).all()
    assert len(set(rows[rows >= 0].tolist())) == (rows >= 0).sum()


def test_the_same_vectors_give_the_same_clusters(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    found = [clustered_index(random_unit_vectors(500), tmp_path / name)[1] for name in ("one", "other")]
    assert found[0] == found[1]
    assert (tmp_path / "one" / CLUSTERS).read_bytes() == (tmp_path / "other" / CLUSTERS).read_bytes()


def test_vectors_in_half_precision_need_clusters(tmp_path: Path) -> None:
    vectors = random_unit_vectors(200)
    clustered_index(vectors, tmp_path)
    with pytest.raises(ValueError, match="float16 numbers without clusters"):
        DenseIndex(tmp_path)
    (tmp_path / CLUSTERS).write_bytes(b"no index")
    with pytest.raises(ValueError, match="is no FAISS index"):
        DenseIndex(tmp_path, clustered=True)


@settings(deadline=None, max_examples=30)
@given(count=st.integers(1, 300), queries=st.integers(1, 5), k=st.integers(1, 20), seed=st.integers(0, 2**32 - 1))
def test_comparing_in_turn_finds_what_comparing_at_once_finds(count: int, queries: int, k: int, seed: int) -> None:
    vectors, asked = random_unit_vectors(count, seed=seed), random_unit_vectors(queries, seed=seed + 1)
    rows = exact_rows(vectors, asked, k, at_once=64)
    wanted = np.sort(asked @ vectors.T, axis=1)[:, ::-1][:, :k]
    found = np.sort(np.take_along_axis(asked @ vectors.T, rows, axis=1), axis=1)[:, ::-1]
    np.testing.assert_allclose(found, wanted, atol=1e-6)
