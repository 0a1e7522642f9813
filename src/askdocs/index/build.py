"""Articles to a new generation of an index folder, put in force by one rename. Until then the old one answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from askdocs import __version__, terms
from askdocs.datatypes import Article
from askdocs.encoding.protocol import Encoder
from askdocs.errors import IndexFolderError, NothingToIndexError, ReadError
from askdocs.index.approximate import EXACT_PASSAGES, MEASURED_QUERIES, Clustering, write_clusters
from askdocs.index.canary import Canary, record_canary
from askdocs.index.changes import Built, Timed, changes_between
from askdocs.index.dense import DenseIndex, open_vectors
from askdocs.index.earlier import write_earlier
from askdocs.index.embed import Encoding, Making, write_vectors
from askdocs.index.faults import disk_errors_named
from askdocs.index.gather import BuildProgress, Gathered, Rows, Silent, gather
from askdocs.index.journal import Journal, Sources, noted_sources
from askdocs.index.keeping import with_missing
from askdocs.index.known import Known, known_in
from askdocs.index.lexical import LexicalIndex
from askdocs.index.lock import write_lock
from askdocs.index.manifest import FORMAT, EncoderRecord, Manifest, seal
from askdocs.index.postings import PassageTerms, write_lexical
from askdocs.index.room import require_room
from askdocs.index.rules import rules
from askdocs.index.sentences import StoredSentences, write_sentence_places
from askdocs.index.store import article_record, write_store
from askdocs.index.succession import put_in_force, unfinished_generation
from askdocs.settings import PassageSettings

if TYPE_CHECKING:
    from askdocs.reading.origin import Recall  # with all that reads, which asking does without

Reading = Callable[["Recall"], Iterable[Article]]
"""Reads the articles to index, given what need not be read again."""


def build_index(
    articles: Iterable[Article] | Reading,
    folder: Path,
    encoder: Encoder,
    settings: PassageSettings,
    progress: BuildProgress | None = None,
    *,
    exact_passages: int = EXACT_PASSAGES,
    generations: int = 2,
    sources: Sources | None = None,
    keep_missing: bool = False,
) -> Built:
    """Build an index of articles and put it in force, in place of the one in `folder`.

    Of what is in force already, and of what an interrupted build encoded, all is taken over that stays the same; the
    files are those that a build from nothing would write, byte for byte. The order of the articles does not matter:
    rows follow their ids. If anything fails, or the process is killed, the old index stays in force. If nothing has
    changed, it stays in force, too.

    Args:
        articles: the articles, or a function that reads them, given what recalls those that were read before.
        folder: where the index is, or will be.
        encoder: what encodes; an index that another one made is built anew.
        settings: how articles are cut.
        progress: told how far the build is.
        exact_passages: of more passages than these a search compares only those near the query, see `approximate`.
        generations: how many stay on the disk, at least two.
        sources: what the articles are read from, for someone who goes on with an interrupted build.
        keep_missing: whether articles of the index stay in it though they do not come. One that comes from another
            file than the one of its id that stays is not indexed, but named in what is returned.

    Raises:
        NothingToIndexError: no article came, or none with a passage.
        ReadError: two articles have one id, or one is not fit to be stored.
        IndexLockedError: another build is writing this index.
        EncoderError: the encoder gave something else than unit vectors.
        IndexFolderError: the disk refuses, for example because it is full; or what is to be kept cannot be read.
    """
    told = Timed(progress or Silent())
    with write_lock(folder):
        told.begin("checking", None)
        known = known_in(folder, encoder, settings)
        if keep_missing and known.why_not is not None:
            raise IndexFolderError(
                f"{known.why_not} -- what is missing cannot be kept out of an index that cannot be read; "
                "build without --keep-missing, from all the articles"
            )
        coming = articles(known.recall) if callable(articles) else articles
        refused: list[ReadError] = []
        gathered = gather(with_missing(coming, known, refused) if keep_missing else coming, settings, told, known)
        if not gathered.passages.size:
            raise NothingToIndexError(
                f"{folder}: {len(gathered.articles)} articles came, with no passage between them, so nothing was "
                "written; name files or folders that hold articles"
            )
        with disk_errors_named(folder):
            journal = Journal(folder, encoder, settings)
        clustered = gathered.passages.shape[1] > exact_passages
        changes = changes_between(known, gathered.articles)
        if (same := _unchanged(known, gathered, clustered=clustered)) is not None:
            _done_with(journal, folder, sources)
            return Built(same, changes, told.end(), known.why_not, tuple(refused))
        making = Making(folder, gathered, known, journal, Encoding(encoder, told, half=clustered))
        with unfinished_generation(folder, generations, whole=known.index is not None) as unfinished:
            with disk_errors_named(folder):
                require_room(folder, gathered, encoder.dimension, clustered=clustered)
                if sources is not None:
                    journal.note(sources)
            write_vectors(unfinished, making)
            with disk_errors_named(folder):
                manifest = _finished(unfinished, making, settings)
                put_in_force(folder, unfinished, manifest)
                _done_with(journal, folder, sources)
    return Built(manifest, changes, told.end(), known.why_not, tuple(refused))


def _done_with(journal: Journal, folder: Path, sources: Sources | None) -> None:
    """Remove the journal, unless it is that of another build: one that was interrupted and can still go on."""
    if sources is not None or noted_sources(folder) is None:
        journal.remove()


def _unchanged(known: Known, gathered: Gathered, *, clustered: bool) -> Manifest | None:
    """Return the manifest in force where a build would write the same again."""
    if known.index is None or bool(np.any(gathered.known_rows < 0)):
        return None
    manifest, stored = known.index.manifest, known.index.articles
    counts = np.diff(gathered.passages_before).tolist()
    same = len(stored) == len(gathered.articles) and (manifest.clustering is not None) == clustered
    if same and all(
        stored.record_line(row) == article_record(article, passages)
        for row, (article, passages) in enumerate(zip(gathered.articles, counts, strict=True))
    ):
        return manifest
    return None


def _finished(unfinished: Path, making: Making, settings: PassageSettings) -> Manifest:
    """Write all of a generation that comes after its vectors, bring it to the disk, and return what it is."""
    gathered, encoder, told = making.gathered, making.encoding.encoder, making.encoding.told
    clustered = making.encoding.half
    _write_the_rest(unfinished, making)
    clustering = _cluster(unfinished, encoder.dimension, told) if clustered else None
    told.begin("sealing", None)
    return Manifest(
        format=FORMAT,
        askdocs=__version__,
        created=datetime.now(tz=UTC).isoformat(),
        encoder=EncoderRecord(encoder.name, encoder.fingerprint, encoder.dimension),
        passage_settings=settings,
        terms=terms.VERSION,
        rules=rules(),
        articles=len(gathered.articles),
        passages=int(gathered.passages.shape[1]),
        clustering=clustering,
        canary=_canary(unfinished, gathered, clustered=clustered),
        files=seal(unfinished),
    )


def _write_the_rest(unfinished: Path, making: Making) -> None:
    """Write what needs no encoder."""
    gathered, known, told = making.gathered, making.known, making.encoding.told
    told.begin("writing", int(np.sum(np.diff(gathered.windows_before))))
    write_store(unfinished, gathered.articles, gathered.passages)
    write_earlier(unfinished, known.index, gathered.articles)
    write_sentence_places(unfinished, gathered.sentences)
    postings = known.postings(_new_rows(making))
    write_lexical(unfinished, _terms(gathered, told), gathered.passages.shape[1], postings)


def _new_rows(making: Making) -> Rows:
    """Return where each passage of the generation in force goes, shape `(passages,)`; -1 for one that goes away."""
    gathered, known = making.gathered, making.known
    rows = np.full(0 if known.index is None else len(known.index.passages), -1, np.int64)
    for row, known_row in enumerate(gathered.known_rows.tolist()):
        if known_row >= 0:
            old, new = known.passages_of(known_row), gathered.passages_of(row)
            rows[old.start : old.stop] = np.arange(new.start, new.stop)
    return rows


def _cluster(unfinished: Path, dimension: int, told: BuildProgress) -> Clustering:
    """Cluster the passages' vectors; some sentences, spread over all articles, are the queries to measure with."""
    vectors, sentences = open_vectors(unfinished), StoredSentences(unfinished, dimension)
    told.begin("clustering", len(vectors))
    spread = np.linspace(0, len(sentences) - 1, min(MEASURED_QUERIES, len(sentences))).astype(np.int64)
    return write_clusters(unfinished, vectors, sentences.vectors(spread), told.advance)


def _canary(unfinished: Path, gathered: Gathered, *, clustered: bool) -> Canary:
    """Search the finished files for the passage in the middle, and return what was found, to be found again."""
    middle = gathered.passages.shape[1] // 2
    article, start, end = gathered.passages[:3, middle].tolist()
    held = terms.terms(gathered.articles[article].text[start:end])
    dense = DenseIndex(unfinished, clustered=clustered)
    return record_canary(dense, LexicalIndex(unfinished, len(dense)), middle, held)


def _terms(gathered: Gathered, told: BuildProgress) -> Iterator[PassageTerms]:
    """Yield the row and the terms of each new passage: its title's, then its blocks', each block read once."""
    for row in np.flatnonzero(gathered.known_rows < 0).tolist():
        title = terms.terms(gathered.articles[row].title)
        of_block = [terms.terms(gathered.block_text(row, block)) for block in gathered.blocks_of(row)]
        for passage, (first, last) in zip(gathered.passages_of(row), gathered.windows_of(row).tolist(), strict=True):
            yield passage, [*title, *chain.from_iterable(of_block[first:last])]
            told.advance(1)
