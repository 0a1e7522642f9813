"""The generation in force -> what the next one can take over from it instead of making it anew.

An article is known again by its content, whatever its file is called now: by its origin (the bytes that it was read
from) it need not be read, by its title, text and body it need not be cut, encoded or counted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from askdocs import terms
from askdocs.datatypes import Article
from askdocs.encoding.protocol import Encoder, Vectors
from askdocs.errors import IndexFolderError, IndexMissingError
from askdocs.index.generation import OpenIndex, open_index
from askdocs.index.manifest import Manifest
from askdocs.index.pointer import has_generations
from askdocs.index.postings import KnownPostings, Numbers
from askdocs.index.rules import rules
from askdocs.index.sentences import Places, Rounded
from askdocs.index.store import Spans
from askdocs.settings import PassageSettings


@dataclass(frozen=True, slots=True)
class Embedded:
    """The vectors of one article: of its passages, `float32[n, dimension]`, and of its sentences."""

    passages: Vectors
    sentences: Rounded


def content_key(title: str, sha256: str, body: object) -> bytes:
    """Return the name of all that decides how an article is cut and encoded: its title, its text's sha256, its body."""
    return hashlib.sha256(f"{title}\0{sha256}\0{body}".encode("utf-8", "surrogatepass")).digest()


def article_key(article: Article) -> bytes:
    """Return the name of an article's content."""
    return content_key(article.title, article.sha256, [list(span) for span in article.body])


@dataclass(frozen=True, slots=True)
class Known:
    """What an open index knows. `origins` is empty where reading has changed since; `contents`, where anything has.

    Both give rows of articles. `why_not` says why an index that is there could not be used at all.
    """

    index: OpenIndex | None
    origins: Mapping[str, int]
    contents: Mapping[bytes, Sequence[int]]
    why_not: str | None = None

    def recall(self, origin: str) -> Article | None:
        """Return the article that was read from an origin."""
        row = self.origins.get(origin)
        return None if row is None or self.index is None else self.index.articles.at(row)

    def unused(self) -> Callable[[Article], int | None]:
        """Return what gives the row of an article with the content of another, each row once."""
        left: dict[bytes, list[int]] = {}

        def row_of(article: Article) -> int | None:
            if not self.contents:
                return None
            key = article_key(article)
            rows = left.setdefault(key, list(self.contents.get(key, ())))
            return rows.pop() if rows else None

        return row_of

    @property
    def opened(self) -> OpenIndex:
        """The index; only asked for where something was found in it."""
        if self.index is None:
            raise LookupError("nothing is known, so nothing of it can be taken over")
        return self.index

    def cut(self, row: int) -> tuple[Places, Spans]:
        """Return where an article's sentences are, and its passages with their runs of those, both counted from 0."""
        passages, sentences = self._parts(row)
        spans = self.opened.passages.spans(passages)[1:].copy()
        spans[2:] -= sentences.start
        return self.opened.sentences.places_array(sentences), spans

    def embedded(self, row: int) -> Embedded:
        """Return an article's vectors."""
        passages, sentences = self._parts(row)
        vectors = self.opened.dense.vectors(np.arange(passages.start, passages.stop))
        return Embedded(vectors, self.opened.sentences.rounded(sentences))

    def postings(self, rows: Numbers) -> KnownPostings | None:
        """Return the postings; `rows` says where each passage goes."""
        if self.index is None or not bool(np.any(rows >= 0)):
            return None
        return KnownPostings(self.index.generation_folder, rows)

    def passages_of(self, row: int) -> range:
        """Return the rows of an article's passages."""
        return self.opened.passages.rows_of(row)

    def _parts(self, row: int) -> tuple[range, range]:
        passages = self.passages_of(row)
        if not passages:
            return passages, range(0)
        stored = self.opened.passages
        return passages, range(stored.sentence_rows(passages[0]).start, stored.sentence_rows(passages[-1]).stop)


NOTHING = Known(None, {}, {})


def known_in(folder: Path, encoder: Encoder, settings: PassageSettings) -> Known:
    """Open what is in force in an index folder, every byte of it verified, and learn what can be taken over from it.

    An index that cannot be opened is no reason to fail: a build is what mends it.
    """
    try:
        index = open_index(folder)
    except IndexMissingError as error:
        return Known(None, {}, {}, why_not=str(error)) if has_generations(folder) else NOTHING
    except IndexFolderError as error:
        return Known(None, {}, {}, why_not=str(error))
    same_reading = index.manifest.rules == rules()
    same_making = same_reading and made_alike(index.manifest, encoder, settings)
    origins: dict[str, int] = {}
    contents: dict[bytes, list[int]] = {}
    for row, record in enumerate(index.articles.records() if same_reading else ()):
        if record["origin"] is not None:
            origins[record["origin"]] = row
        if same_making:
            contents.setdefault(content_key(record["title"], record["sha256"], record["body"]), []).append(row)
    return Known(index, origins, contents)


def made_alike(manifest: Manifest, encoder: Encoder, settings: PassageSettings) -> bool:
    """Tell whether an index was cut, counted and encoded as the next one will be."""
    return (
        (manifest.encoder.fingerprint, manifest.encoder.dimension) == (encoder.fingerprint, encoder.dimension)
        and manifest.passage_settings == settings
        and manifest.terms == terms.VERSION
    )
