"""Articles to a new generation of an index folder, put in force by one rename. Until then the old one answers."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

from askdocs import __version__, terms
from askdocs.datatypes import Article, Span
from askdocs.encoding.protocol import Encoder, Vectors
from askdocs.errors import EncoderError, IndexDamagedError, IndexMissingError, NothingToIndexError
from askdocs.index.approximate import EXACT_PASSAGES, MEASURED_QUERIES, Clustering, write_clusters
from askdocs.index.dense import open_vectors, unit_vectors, vector_writer
from askdocs.index.durable import sync_folder, write_durably
from askdocs.index.faults import disk_errors_named
from askdocs.index.gather import BuildProgress, Gathered, Silent, gather
from askdocs.index.lexical import write_lexical
from askdocs.index.lock import write_lock
from askdocs.index.manifest import FORMAT, MANIFEST, EncoderRecord, Manifest, seal
from askdocs.index.pointer import GENERATIONS, Pointer, read_pointer, switch_to
from askdocs.index.sentences import StoredSentences, sentence_vector_writer, write_sentence_places
from askdocs.index.store import write_store
from askdocs.settings import PassageSettings

UNFINISHED = ".building"
"""The folder, beside the generations, in which the next one grows. The lock allows one at a time."""

BLOCKS_AT_ONCE = 4_096
"""How many blocks an encoder is handed together: enough for it to sort by length, few enough to hold their texts."""


def text_with_title(article: Article, words: str) -> str:
    """Return what is encoded and matched for words of an article: its title, then the words.

    The title names what the words' pronouns stand for. It has no place in a passage's positions or quotes.
    """
    return f"{article.title}\n{words}"


def build_index(
    articles: Iterable[Article],
    folder: Path,
    encoder: Encoder,
    settings: PassageSettings,
    progress: BuildProgress | None = None,
    *,
    exact_passages: int = EXACT_PASSAGES,
) -> Manifest:
    """Build an index of articles and put it in force, in place of the one in `folder`.

    The order of the articles does not matter: rows follow their ids, and the same articles, encoder and settings give
    the same files. If anything fails, or the process is killed, the old index stays in force. Of more passages than
    `exact_passages` a search compares only those near the query, see `approximate`.

    Raises:
        NothingToIndexError: no article came, or none with a passage.
        ReadError: two articles have one id, or one is not fit to be stored.
        IndexLockedError: another build is writing this index.
        EncoderError: the encoder gave something else than unit vectors.
        IndexFolderError: the disk refuses, for example because it is full.
    """
    told = progress or Silent()
    with write_lock(folder):
        gathered = gather(articles, settings, told)
        if not gathered.passages.size:
            raise NothingToIndexError(
                f"{folder}: {len(gathered.articles)} articles came, with no passage between them, so nothing was "
                "written; name files or folders that hold articles"
            )
        with _unfinished_generation(folder) as unfinished:
            clustered = gathered.passages.shape[1] > exact_passages
            _write_vectors(folder, unfinished, gathered, _Encoding(encoder, told, half=clustered))
            with disk_errors_named(folder):
                _write_the_rest(unfinished, gathered, told)
                manifest = Manifest(
                    format=FORMAT,
                    askdocs=__version__,
                    created=datetime.now(tz=UTC).isoformat(),
                    encoder=EncoderRecord(encoder.name, encoder.fingerprint, encoder.dimension),
                    passage_settings=settings,
                    terms=terms.VERSION,
                    articles=len(gathered.articles),
                    passages=int(gathered.passages.shape[1]),
                    clustering=_cluster(unfinished, encoder.dimension, told) if clustered else None,
                    files=seal(unfinished),
                )
                _put_in_force(folder, unfinished, manifest)
    return manifest


def _write_the_rest(unfinished: Path, gathered: Gathered, told: BuildProgress) -> None:
    """Write what needs no encoder."""
    told.begin("writing", gathered.passages.shape[1])
    write_store(unfinished, gathered.articles, gathered.passages)
    write_sentence_places(unfinished, gathered.sentences)
    write_lexical(unfinished, _terms(gathered, told))


@dataclass(frozen=True, slots=True)
class _Encoding:
    """What encodes, who is told, and whether the passages' vectors are kept in half precision."""

    encoder: Encoder
    told: BuildProgress
    half: bool


def _write_vectors(folder: Path, unfinished: Path, gathered: Gathered, encoding: _Encoding) -> None:
    """Encode every block once, and write a vector for each passage and each sentence. Holds few articles' at a time."""
    encoding.told.begin("encoding", len(gathered.block_runs))
    passages, sentences, dimension = gathered.passages.shape[1], gathered.sentences.shape[1], encoding.encoder.dimension
    with ExitStack() as files:
        with disk_errors_named(folder):  # not what the encoder raises: that has nothing to do with this folder
            of_passages = files.enter_context(vector_writer(unfinished, passages, dimension, half=encoding.half))
            of_sentences = files.enter_context(sentence_vector_writer(unfinished, sentences, dimension))
        for some in _article_runs(gathered):
            means, inside = _encoded(gathered, some, encoding)
            with disk_errors_named(folder):
                of_passages.write(means)
                of_sentences.write(inside)
        with disk_errors_named(folder):
            of_passages.finish()
            of_sentences.finish()


def _article_runs(gathered: Gathered) -> Iterator[range]:
    """Yield runs of articles with at most `BLOCKS_AT_ONCE` blocks between them, or one article."""
    first, count = 0, len(gathered.articles)
    while first < count:
        budget = gathered.blocks_before[first] + BLOCKS_AT_ONCE
        last = max(first + 1, int(np.searchsorted(gathered.blocks_before, budget, side="right")) - 1)
        yield range(first, last)
        first = last


def _encoded(gathered: Gathered, rows: range, encoding: _Encoding) -> tuple[Vectors, Vectors]:
    """Return a unit vector for each passage of some articles, the mean of its blocks', and one for each sentence."""
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
    sentences = unit_vectors(inside, count=sum(map(len, parts)), dimension=encoder.dimension)
    first, last = gathered.passages_before[[rows.start, rows.stop]]
    return window_means(blocks, gathered.windows[first:last] - gathered.blocks_before[rows.start]), sentences


def _cluster(unfinished: Path, dimension: int, told: BuildProgress) -> Clustering:
    """Cluster the passages' vectors; some sentences, spread over all articles, are the queries to measure with."""
    vectors, sentences = open_vectors(unfinished), StoredSentences(unfinished, dimension)
    told.begin("clustering", len(vectors))
    spread = np.linspace(0, len(sentences) - 1, min(MEASURED_QUERIES, len(sentences))).astype(np.int64)
    return write_clusters(unfinished, vectors, sentences.vectors(spread), told.advance)


def window_means(vectors: Vectors, windows: npt.NDArray[np.int64]) -> Vectors:
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


def _terms(gathered: Gathered, told: BuildProgress) -> Iterator[Sequence[str]]:
    """Yield each passage's terms: its title's, then its blocks', each block read once."""
    for row, article in enumerate(gathered.articles):
        title = terms.terms(article.title)
        blocks = gathered.blocks_of(row)
        of_block = [terms.terms(gathered.block_text(row, block)) for block in blocks]
        for first, last in (gathered.windows_of(row) - blocks.start).tolist():
            yield [*title, *chain.from_iterable(of_block[first:last])]
            told.advance(1)


def _put_in_force(folder: Path, unfinished: Path, manifest: Manifest) -> None:
    """Give a finished generation its name, then switch to it: each step is on the disk before the next."""
    content = manifest.to_bytes()
    write_durably(unfinished / MANIFEST, content)
    sha256 = hashlib.sha256(content).hexdigest()
    created = datetime.fromisoformat(manifest.created)
    pointer = Pointer(f"{created:%Y%m%dT%H%M%S%f}Z-{sha256[:8]}", sha256)
    unfinished.rename(pointer.folder_in(folder))
    sync_folder(folder / GENERATIONS)
    sync_folder(folder)
    switch_to(folder, pointer)


@contextmanager
def _unfinished_generation(folder: Path) -> Iterator[Path]:
    """Make an empty folder for the next generation, and afterwards leave nothing that is not needed.

    After a switch two generations stay: the one in force, and the one before it for readers that were just opening it.
    After a failure those stay that were there before. Whatever a killed build left is removed either way: the lock is
    held, so it is nobody's.
    """
    generations = folder / GENERATIONS
    with disk_errors_named(folder):
        generations.mkdir(exist_ok=True)
        before = _in_force(folder)
        known = {entry.name for entry in generations.iterdir()}
        shutil.rmtree(generations / UNFINISHED, ignore_errors=True)
        (generations / UNFINISHED).mkdir()
    try:
        yield generations / UNFINISHED
    finally:
        now = _in_force(folder)
        kept = known - {UNFINISHED} if now == before else {now, before}
        for entry in generations.iterdir():
            if entry.name not in kept:
                shutil.rmtree(entry, ignore_errors=True)


def _in_force(folder: Path) -> str | None:
    """Return the name of the generation in force, if one can be told."""
    try:
        return read_pointer(folder).generation
    except (IndexMissingError, IndexDamagedError):
        return None
