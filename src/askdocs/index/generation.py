"""An index folder to the generation in force, opened: every file checked before anything is answered from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from askdocs.datatypes import Span
from askdocs.encoding.protocol import Encoder
from askdocs.errors import IndexDamagedError
from askdocs.index.canary import check_canary, check_search
from askdocs.index.dense import VECTORS, DenseIndex
from askdocs.index.earlier import EarlierArticles
from askdocs.index.faults import damaged, foreign
from askdocs.index.lexical import LexicalIndex
from askdocs.index.manifest import Manifest, read_manifest, verify_files
from askdocs.index.pointer import GENERATIONS, Pointer, read_pointer
from askdocs.index.sentences import StoredSentences
from askdocs.index.store import PASSAGES, StoredArticles, StoredPassages


@dataclass(frozen=True, slots=True)
class OpenIndex:
    """One generation, opened. It stays as it is when a build puts another in force: open again to see that one.

    The row of a passage is the same in `passages`, `dense` and `lexical`.
    """

    folder: Path
    pointer: Pointer
    manifest: Manifest
    articles: StoredArticles
    earlier: EarlierArticles
    passages: StoredPassages
    sentences: StoredSentences
    dense: DenseIndex
    lexical: LexicalIndex

    @property
    def generation_folder(self) -> Path:
        """The folder of its files."""
        return self.pointer.folder_in(self.folder)

    def require_encoder(self, encoder: Encoder) -> None:
        """Refuse an encoder whose vectors cannot be compared with those of this index.

        Raises:
            IndexForeignError: another encoder made the index.
        """
        built = self.manifest.encoder
        if (built.fingerprint, built.dimension) != (encoder.fingerprint, encoder.dimension):
            raise foreign(
                self.folder,
                f"the encoder {built.name} (sha256 {built.fingerprint[:12]}) made this index, "
                f"questions would be encoded by {encoder.name} (sha256 {encoder.fingerprint[:12]})",
            )

    def require_same_search(self) -> None:
        """Refuse to search where this machine finds other passages than the one that built the index.

        Raises:
            IndexForeignError: it does.
        """
        check_search(self.folder, self.manifest.canary, self.dense)

    def sentences_before(self, row: int, count: int) -> list[Span]:
        """Return the up to `count` sentences before one, in the same article and in reading order."""
        article = self.passages.article_of_sentence(row)
        first = max(0, row - count)
        while first < row and self.passages.article_of_sentence(first) != article:
            first += 1
        return self.sentences.places(range(first, row))


def open_index(folder: Path) -> OpenIndex:
    """Open the index in a folder. Verifies every byte of it, reads no text, imports FAISS only for clusters.

    Raises:
        IndexMissingError: there is none.
        IndexDamagedError: a file of it is gone or altered.
        IndexForeignError: another format or version of askdocs made it, or a machine that computes other scores.
        IndexFolderError: the folder cannot be read.
    """
    while True:
        pointer = read_pointer(folder)
        try:
            return _open_generation(folder, pointer)
        except IndexDamagedError:
            # Two builds may have finished since the pointer was read, and the second removed what it named.
            if read_pointer(folder) == pointer:
                raise


def _open_generation(folder: Path, pointer: Pointer) -> OpenIndex:
    manifest = read_manifest(folder, pointer)
    verify_files(folder, pointer, manifest)
    index = open_parts(folder, pointer, manifest)
    try:
        check_canary(folder, manifest.canary, index.dense, index.lexical)
    except IndexError as error:  # rows that are not there, in files that were signed again
        raise damaged(folder, f"{GENERATIONS}/{pointer.generation}", f"does not hold together: {error}") from error
    return index


def open_parts(folder: Path, pointer: Pointer, manifest: Manifest) -> OpenIndex:
    """Open a generation whose files are known to be those that were built.

    Raises:
        IndexDamagedError: they do not hold together.
    """
    generation = pointer.folder_in(folder)
    try:
        articles = StoredArticles(generation, folder)
        earlier = EarlierArticles(generation, folder)
        passages = StoredPassages(generation, articles)
        sentences = StoredSentences(generation, manifest.encoder.dimension)
        dense = DenseIndex(generation, clustered=manifest.clustering is not None)
        lexical = LexicalIndex(generation, len(passages))
        _require_agreement(manifest, articles, passages, len(sentences), dense)
    except (ValueError, OSError) as error:  # a manifest that was made to fit altered files still gets no further
        raise damaged(folder, f"{GENERATIONS}/{pointer.generation}", f"does not hold together: {error}") from error
    return OpenIndex(folder, pointer, manifest, articles, earlier, passages, sentences, dense, lexical)


def _require_agreement(
    manifest: Manifest, articles: StoredArticles, passages: StoredPassages, sentences: int, dense: DenseIndex
) -> None:
    """Check the counts against each other, so that a row means the same passage everywhere."""
    if len(articles) != manifest.articles or len(passages) != manifest.passages:
        raise ValueError(
            f"{len(articles)} articles with {len(passages)} passages, "
            f"where the manifest says {manifest.articles} with {manifest.passages}"
        )
    if (len(dense), dense.dimension) != (manifest.passages, manifest.encoder.dimension):
        raise ValueError(f"{VECTORS} holds {len(dense)} vectors of dimension {dense.dimension}")
    if not passages.sentences_fit(sentences):
        raise ValueError(f"{PASSAGES} names sentences that are not there")
    if manifest.canary.row not in range(manifest.passages):
        raise ValueError(f"the canary is of passage {manifest.canary.row} of {manifest.passages}")
    rows = passages.article_rows
    if not 0 <= rows.min(initial=0) <= rows.max(initial=0) < len(articles):
        raise ValueError(f"{PASSAGES} names articles that are not there")
