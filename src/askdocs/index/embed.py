"""What is gathered to a vector for each passage and each sentence: known ones copied, the rest encoded once.

What is encoded goes to a journal group by group, so that a build that is interrupted loses one group at most.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from askdocs.datatypes import Article, Span
from askdocs.encoding.protocol import Encoder, Vectors
from askdocs.errors import EncoderError
from askdocs.index.dense import unit_vectors, vector_writer
from askdocs.index.faults import disk_errors_named
from askdocs.index.gather import BuildProgress, Gathered, Rows
from askdocs.index.journal import Journal
from askdocs.index.known import Embedded, Known, article_key
from askdocs.index.sentences import Rounded, rounded, sentence_vector_writer

BLOCKS_AT_ONCE = 2_048
"""How many blocks an encoder is handed together: enough for it to sort by length, few enough to hold their texts."""


def text_with_title(article: Article, words: str) -> str:
    """Return what is encoded and matched for words of an article: its title, then the words.

    The title names what the words' pronouns stand for. It has no place in a passage's positions or quotes.
    """
    return f"{article.title}\n{words}"


@dataclass(frozen=True, slots=True)
class Encoding:
    """What encodes, who is told, and whether the passages' vectors are kept in half precision."""

    encoder: Encoder
    told: BuildProgress
    half: bool


@dataclass(frozen=True, slots=True)
class Making:
    """What a generation is made of: the articles, what is known of them, and what makes the rest."""

    folder: Path
    gathered: Gathered
    known: Known
    journal: Journal
    encoding: Encoding


def write_vectors(unfinished: Path, making: Making) -> None:
    """Write a vector for each passage and each sentence: what is known is copied, every other block encoded once."""
    gathered, encoding = making.gathered, making.encoding
    encoding.told.begin("encoding", len(gathered.block_runs))
    dimension = encoding.encoder.dimension
    with ExitStack() as files:
        with disk_errors_named(making.folder):  # not what the encoder raises: that has nothing to do with this folder
            of_passages = files.enter_context(
                vector_writer(unfinished, gathered.passages.shape[1], dimension, half=encoding.half)
            )
            of_sentences = files.enter_context(
                sentence_vector_writer(unfinished, gathered.sentences.shape[1], dimension)
            )
        for embedded in _embedded(making):
            with disk_errors_named(making.folder):
                of_passages.write(embedded.passages)
                of_sentences.write(embedded.sentences)
        with disk_errors_named(making.folder):
            of_passages.finish()
            of_sentences.finish()


def _embedded(making: Making) -> Iterator[Embedded]:
    """Yield the vectors of each article in the order of the rows. Holds those of few articles at a time."""
    gathered, journal = making.gathered, making.journal
    keys = {row: article_key(gathered.articles[row]) for row in np.flatnonzero(gathered.known_rows < 0).tolist()}
    told = making.encoding.told
    groups = list(_groups(gathered, keys, journal))
    for group in groups:
        wanted = [row for row in group if row in keys and keys[row] not in journal]
        fresh = dict(zip((keys[row] for row in wanted), _encoded(gathered, wanted, making.encoding), strict=True))
        if fresh and len(groups) > 1:  # a build of one group has nothing to go on from
            with disk_errors_named(making.folder):
                journal.write(fresh)
        for row in group:
            if row not in keys:
                yield making.known.embedded(int(gathered.known_rows[row]))
            elif (key := keys[row]) in fresh:
                yield fresh[key]
            else:
                told.advance(len(gathered.blocks_of(row)))
                yield journal.embedded(key)


def _groups(gathered: Gathered, keys: Mapping[int, bytes], journal: Journal) -> Iterator[range]:
    """Yield runs of articles with at most `BLOCKS_AT_ONCE` blocks to encode between them, or one article."""
    first, blocks = 0, 0
    for row in range(len(gathered.articles)):
        new = len(gathered.blocks_of(row)) if row in keys and keys[row] not in journal else 0
        if blocks and blocks + new > BLOCKS_AT_ONCE:
            yield range(first, row)
            first, blocks = row, 0
        blocks += new
    yield range(first, len(gathered.articles))


def _encoded(gathered: Gathered, rows: Sequence[int], encoding: Encoding) -> Iterator[Embedded]:
    """Yield the vectors of some articles: for each passage the mean of its blocks', and one for each sentence.

    They are rounded as they are kept, so that taking them over from an index gives the very same.
    """
    if not rows:
        return
    texts: list[str] = []
    parts: list[list[Span]] = []
    for row in rows:
        for block in gathered.blocks_of(row):
            spans = gathered.sentences_in(block)
            texts.append(text_with_title(gathered.articles[row], gathered.block_text(row, block)))
            words = len(texts[-1]) - (spans[-1][1] - spans[0][0])  # the title's characters come before the block's
            parts.append([(start - spans[0][0] + words, end - spans[0][0] + words) for start, end in spans])
    encoder = encoding.encoder
    vectors, inside = encoder.encode_parts(texts, parts, encoding.told.advance)
    blocks = unit_vectors(vectors, count=len(texts), dimension=encoder.dimension)
    sentences = rounded(unit_vectors(inside, count=sum(map(len, parts)), dimension=encoder.dimension))
    block, sentence = 0, 0
    for row in rows:
        last_block = block + len(gathered.blocks_of(row))
        last_sentence = sentence + sum(map(len, parts[block:last_block]))
        means = window_means(blocks[block:last_block], gathered.windows_of(row)).astype(np.float16).astype(np.float32)
        yield Embedded(
            means, Rounded(sentences.codes[sentence:last_sentence], sentences.scales[sentence:last_sentence])
        )
        block, sentence = last_block, last_sentence


def window_means(vectors: Vectors, windows: Rows) -> Vectors:
    """Return the unit mean of each half-open run of rows, shape `(windows, dimension)`.

    Raises:
        EncoderError: the vectors of a run cancel out.
    """
    first, last = windows[:, 0], windows[:, 1]
    means = vectors[first]
    for step in range(1, int((last - first).max(initial=1))):
        inside = first + step < last
        means[inside] += vectors[first[inside] + step]
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    if not lengths.all():
        raise EncoderError("the encoder gave opposite vectors for neighbouring texts, so their mean has no direction")
    unit: Vectors = means / lengths
    return unit
