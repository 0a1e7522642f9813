"""Articles to a new generation of an index folder, put in force by one rename. Until then the old one answers."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from askdocs import __version__, terms
from askdocs.datatypes import Article, text_sha256
from askdocs.encoding.protocol import Encoder, Vectors
from askdocs.errors import EncoderError, IndexDamagedError, IndexMissingError, NothingToIndexError, ReadError
from askdocs.index.dense import unit_vectors, write_vectors
from askdocs.index.durable import sync_folder, write_durably
from askdocs.index.faults import disk_errors_named
from askdocs.index.lexical import write_lexical
from askdocs.index.lock import write_lock
from askdocs.index.manifest import FORMAT, MANIFEST, EncoderRecord, Manifest, seal
from askdocs.index.pointer import GENERATIONS, Pointer, read_pointer, switch_to
from askdocs.index.store import Spans, article_record, write_store
from askdocs.passages import Cut, cut
from askdocs.settings import PassageSettings

UNFINISHED = ".building"
"""The folder, beside the generations, in which the next one grows. The lock allows one at a time."""

BLOCKS_AT_ONCE = 4_096
"""How many blocks an encoder is handed together: enough for it to sort by length, few enough to hold their texts."""

Stage = Literal["reading", "encoding", "writing"]


class BuildProgress(Protocol):
    """Told how far a build is. A stage ends where the next begins."""

    def begin(self, stage: Stage, total: int | None) -> None:
        """Hear that a stage begins: `reading` counts articles, `encoding` their blocks, `writing` passages."""
        ...

    def advance(self, count: int) -> None:
        """Hear that so many more are done."""
        ...


class Silent:
    """A `BuildProgress` that says nothing."""

    def begin(self, stage: Stage, total: int | None) -> None:
        """Say nothing."""

    def advance(self, count: int) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class _Gathered:
    """Articles sorted by id; in that order, where their passages and blocks are, and each passage's run of blocks."""

    articles: tuple[Article, ...]
    passages: Spans
    blocks: Spans
    windows: npt.NDArray[np.int64]

    def searched_text(self, spans: Spans, row: int) -> str:
        """Return what is searched of the passage or block in this row: its article's title and its own words."""
        article_row, start, end = spans[:, row].tolist()
        article = self.articles[article_row]
        return text_with_title(article, article.text[start:end])


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
) -> Manifest:
    """Build an index of articles and put it in force, in place of the one in `folder`.

    The order of the articles does not matter: rows follow their ids, and the same articles, encoder and settings give
    the same files. If anything fails, or the process is killed, the old index stays in force.

    Raises:
        NothingToIndexError: no article came, or none with a passage.
        ReadError: two articles have one id, or one is not fit to be stored.
        IndexLockedError: another build is writing this index.
        EncoderError: the encoder gave something else than unit vectors.
        IndexFolderError: the disk refuses, for example because it is full.
    """
    told = progress or Silent()
    with write_lock(folder):
        gathered = _gather(articles, settings, told)
        if not gathered.passages.size:
            raise NothingToIndexError(
                f"{folder}: {len(gathered.articles)} articles came, with no passage between them, so nothing was "
                "written; name files or folders that hold articles"
            )
        vectors = _encode(gathered, encoder, told)
        with disk_errors_named(folder), _unfinished_generation(folder) as unfinished:
            told.begin("writing", gathered.passages.shape[1])
            write_store(unfinished, gathered.articles, gathered.passages)
            write_vectors(unfinished, vectors)
            write_lexical(unfinished, _terms(gathered, told))
            manifest = Manifest(
                format=FORMAT,
                askdocs=__version__,
                created=datetime.now(tz=UTC).isoformat(),
                encoder=EncoderRecord(encoder.name, encoder.fingerprint, encoder.dimension),
                passage_settings=settings,
                terms=terms.VERSION,
                articles=len(gathered.articles),
                passages=int(gathered.passages.shape[1]),
                files=seal(unfinished),
            )
            _put_in_force(folder, unfinished, manifest)
    return manifest


def _gather(articles: Iterable[Article], settings: PassageSettings, told: BuildProgress) -> _Gathered:
    """Take all articles in, sort them by id and cut them."""
    told.begin("reading", None)
    taken: dict[str, Article] = {}
    cuts: dict[str, Cut] = {}
    for article in articles:
        _require_fit(article, taken)
        taken[article.id] = article
        cuts[article.id] = cut(article, settings)
        told.advance(1)
    ids = sorted(taken)
    blocks_before = np.cumsum([0, *(len(cuts[article_id].blocks) for article_id in ids)])
    return _Gathered(
        articles=tuple(taken[article_id] for article_id in ids),
        passages=_columns((row, *span) for row, article_id in enumerate(ids) for span in cuts[article_id].passages),
        blocks=_columns((row, *span) for row, article_id in enumerate(ids) for span in cuts[article_id].blocks),
        windows=np.array(
            [
                (blocks_before[row] + first, blocks_before[row] + last)
                for row, article_id in enumerate(ids)
                for first, last in cuts[article_id].windows
            ],
            dtype=np.int64,
        ).reshape(-1, 2),
    )


def _columns(rows: Iterable[tuple[int, int, int]]) -> Spans:
    return np.ascontiguousarray(np.array(list(rows), dtype=np.int64).reshape(-1, 3).T)


def _require_fit(article: Article, taken: dict[str, Article]) -> None:
    """Refuse an article that could not be read back as it is."""
    if article.id in taken:
        raise ReadError(article.source, f"the article id {article.id!r} is that of {taken[article.id].source} already")
    try:
        article.text.encode()
        article_record(article, passages=0).encode()
    except UnicodeEncodeError as error:
        raise ReadError(ascii(article.source), "holds a lone surrogate, which is no character of Unicode") from error
    if article.sha256 != text_sha256(article.text):
        raise ReadError(article.source, "its sha256 is not that of its text")


def _encode(gathered: _Gathered, encoder: Encoder, told: BuildProgress) -> Vectors:
    """Encode every block once, and return one unit vector a passage: the mean of its blocks'."""
    count = gathered.blocks.shape[1]
    told.begin("encoding", count)
    vectors = np.empty((count, encoder.dimension), dtype=np.float32)
    for begin in range(0, count, BLOCKS_AT_ONCE):
        rows = range(begin, min(begin + BLOCKS_AT_ONCE, count))
        encoded = encoder.encode_document([gathered.searched_text(gathered.blocks, row) for row in rows], told.advance)
        vectors[begin : begin + len(rows)] = unit_vectors(encoded, count=len(rows), dimension=encoder.dimension)
    return window_means(vectors, gathered.windows)


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


def _terms(gathered: _Gathered, told: BuildProgress) -> Iterator[Sequence[str]]:
    for row in range(gathered.passages.shape[1]):
        yield terms.terms(gathered.searched_text(gathered.passages, row))
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
