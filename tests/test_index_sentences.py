"""Sentences' places and vectors to the disk and back, and against what an encoder gave."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askdocs.datatypes import Article
from askdocs.encoding.protocol import Vectors
from askdocs.index import build_index, open_index
from askdocs.index.sentences import (
    CODES,
    SCALES,
    StoredSentences,
    rounded,
    sentence_vector_writer,
    write_sentence_places,
)
from askdocs.passages import cut
from askdocs.settings import PassageSettings
from cutting import passages_of
from fakes import HashEncoder
from strategies import articles

CUT = PassageSettings(tokens=40, step=20)


def random_unit_vectors(count: int, dimension: int, seed: int) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


@given(count=st.integers(0, 20), dimension=st.integers(1, 400), seed=st.integers(0, 2**32 - 1))
def test_rounded_vectors_have_nearly_the_same_cosines(count: int, dimension: int, seed: int) -> None:
    vectors = random_unit_vectors(count, dimension, seed)
    query = random_unit_vectors(1, dimension, seed + 1)[0]
    kept = rounded(vectors)
    codes, scales = kept.codes, kept.scales
    assert (str(codes.dtype), codes.shape, scales.shape) == ("int8", vectors.shape, (count,))
    np.testing.assert_allclose((codes * scales[:, None]) @ query, vectors @ query, atol=0.01)


def test_a_vector_of_zeros_stays_one() -> None:
    kept = rounded(np.zeros((1, 3), np.float32))
    assert kept.codes.tolist() == [[0, 0, 0]]
    assert kept.scales.tolist() == [0]


@settings(deadline=None, max_examples=30)
@given(drawn=st.lists(articles(max_pieces=8), min_size=1, max_size=4))
def test_every_passage_has_its_sentences_and_every_sentence_its_vector(drawn: list[Article]) -> None:
    made = [Article.of(id=str(number), text=article.text, title=article.title) for number, article in enumerate(drawn)]
    if not any(passages_of(article, CUT) for article in made):
        return
    encoder = HashEncoder()
    with TemporaryDirectory() as folder:
        build_index(made, Path(folder), encoder, CUT)
        index = open_index(Path(folder))
        assert len(index.sentences) == sum(len(cut(article, CUT).sentences) for article in made)
        query = encoder.encode_query([made[0].text])[0]
        for row, passage in enumerate(index.passages):
            text = index.articles[passage.article_id].text
            sentences = index.passages.sentence_rows(row)
            spans = index.sentences.places(sentences)
            within = cut(index.articles[passage.article_id], CUT).sentences
            assert spans == [span for span in within if passage.start <= span[0] and span[1] <= passage.end]
            vectors = encoder.encode_document([text[start:end] for start, end in spans])
            np.testing.assert_allclose(index.sentences.cosines(sentences, query), vectors @ query, atol=0.02)


def test_fewer_vectors_than_announced_are_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="never written"),
        sentence_vector_writer(tmp_path, 3, 4) as writer,
    ):
        writer.write(rounded(random_unit_vectors(2, 4, 0)))


def test_more_vectors_than_announced_are_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="more rows"),
        sentence_vector_writer(tmp_path, 1, 4) as writer,
    ):
        writer.write(rounded(random_unit_vectors(2, 4, 0)))


@pytest.mark.parametrize("swapped", [CODES, SCALES])
def test_files_of_different_lengths_are_refused(tmp_path: Path, swapped: str) -> None:
    for folder, count in ((tmp_path / "one", 2), (tmp_path / "other", 3)):
        folder.mkdir()
        write_sentence_places(folder, np.zeros((2, count), np.int64))
        with sentence_vector_writer(folder, count, 4) as writer:
            writer.write(rounded(random_unit_vectors(count, 4, 0)))
    assert len(StoredSentences(tmp_path / "one", 4)) == 2
    (tmp_path / "other" / swapped).replace(tmp_path / "one" / swapped)
    with pytest.raises(ValueError, match="do not fit together"):
        StoredSentences(tmp_path / "one", 4)
