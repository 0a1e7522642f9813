"""A generation's folder to the list of all that is wrong with it: every byte, and what the bytes say.

Opening an index compares every file with its sha256, and then believes what a build wrote. Here that is gone through,
too: each text against its own sha256, each passage and sentence against its article, each number against what it means.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from askdocs.datatypes import Span
from askdocs.errors import AskdocsError, IndexFolderError, IndexForeignError
from askdocs.index.arrays import open_array
from askdocs.index.canary import check_canary
from askdocs.index.dense import UNIT_TOLERANCE, VECTORS, open_vectors
from askdocs.index.earlier import EARLIER_RECORDS, EARLIER_TEXTS, MOST_EARLIER
from askdocs.index.generation import OpenIndex, open_parts
from askdocs.index.manifest import MANIFEST, file_faults, read_manifest
from askdocs.index.pointer import Pointer
from askdocs.index.postings import COLUMNS, COUNTS, LENGTHS, ROWS, SCORES, TERMS
from askdocs.index.sentences import CODES, PLACES, SCALES
from askdocs.index.store import ARTICLE_TEXTS, PASSAGES, RECORDS
from askdocs.index.texts import Texts

AT_ONCE = 16_384
"""Rows that are in memory together."""

Numbers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


class CheckProgress(Protocol):
    """Told how far a check is. A part ends where the next begins."""

    def begin(self, what: str, total: int) -> None:
        """Hear what is checked now, and how much of it there is."""
        ...

    def advance(self, count: int) -> None:
        """Hear that so many more are done."""
        ...


class Unheard:
    """A `CheckProgress` that says nothing."""

    def begin(self, what: str, total: int) -> None:
        """Say nothing."""

    def advance(self, count: int) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a generation: the file, and in a few words what was found there."""

    generation: str
    file: str
    found: str


def check_generation(folder: Path, pointer: Pointer, told: CheckProgress | None = None) -> list[Fault]:
    """Check all of one generation of the index in a folder; the list is empty where nothing is wrong.

    Where files differ from what was built, only they are named: what they say means nothing then.
    """
    told = told or Unheard()
    try:
        manifest = read_manifest(folder, pointer)
    except IndexFolderError as error:
        return [Fault(pointer.generation, MANIFEST, str(error))]
    told.begin("Files", len(manifest.files))
    faults = []
    for file, fault in file_faults(folder, pointer, manifest):
        told.advance(1)
        if fault is not None:
            faults.append(Fault(pointer.generation, file, fault))
    if faults:
        return faults
    try:
        index = open_parts(folder, pointer, manifest)
    except IndexFolderError as error:
        return [Fault(pointer.generation, MANIFEST, str(error))]
    contents = _Contents(index, told)
    findings = list(contents.faults()) or list(contents.canary())  # a search in numbers that mean nothing tells nothing
    return [Fault(pointer.generation, file, found) for file, found in findings]


Finding = tuple[str, str]
"""A file, and what was found there."""


@dataclass(frozen=True, slots=True)
class _Contents:
    """An open index whose files are those that were built."""

    index: OpenIndex
    told: CheckProgress

    def faults(self) -> Iterator[Finding]:
        yield from self._articles()
        yield from self._earlier()
        yield from self._sentences()
        yield from self._vectors()
        yield from self._sentence_vectors()
        yield from self._postings()

    def _articles(self) -> Iterator[Finding]:
        """Check the texts against their sha256, and the passages against the texts."""
        articles, passages = self.index.articles, self.index.passages
        self.told.begin("Articles", len(articles))
        if np.any(np.diff(passages.article_rows) < 0):
            yield PASSAGES, "passages are not in the order of their articles"
        before = None
        for row, summary in enumerate(articles.summaries):
            if before is not None and summary.id <= before:
                yield RECORDS, f"the article {summary.id!r} comes after {before!r}"
            before = summary.id
            try:
                article = articles.at(row)
            except AskdocsError as error:
                yield ARTICLE_TEXTS, str(error)
            else:
                length, rows = len(article.text), passages.rows_of(row)
                if (summary.characters, summary.passages) != (length, len(rows)):
                    yield RECORDS, f"the article {article.id!r} has other counts than its record"
                if not _in_order(article.body, length):
                    yield RECORDS, f"the body of the article {article.id!r} is not inside its text"
                part = slice(rows.start, rows.stop)
                spans = list(zip(passages.starts[part].tolist(), passages.ends[part].tolist(), strict=True))
                if not _ascend(spans, length):
                    yield PASSAGES, f"a passage of the article {article.id!r} is not inside its text, or out of order"
            self.told.advance(1)

    def _earlier(self) -> Iterator[Finding]:
        """Check the earlier snapshots: of articles that are there, in order, and none of them in force."""
        earlier = self.index.earlier
        self.told.begin("Earlier versions", len(earlier))
        ids = [earlier.id_at(row) for row in range(len(earlier))]
        if ids != sorted(ids):
            yield EARLIER_RECORDS, "snapshots are not in the order of their articles"
        for article_id, rows in earlier.rows_by_id().items():
            kept = [earlier.sha256_at(row) for row in rows]
            row = self.index.articles.row_of(article_id)
            if row is None:
                yield EARLIER_RECORDS, f"the article {article_id!r} is not in the index"
            elif len({*kept, self.index.articles.summaries[row].sha256}) != len(kept) + 1 or len(kept) > MOST_EARLIER:
                yield EARLIER_RECORDS, f"the article {article_id!r} has a snapshot twice, or too many of them"
            for one in rows:
                try:
                    earlier.at(one)
                except AskdocsError as error:
                    yield EARLIER_TEXTS, str(error)
                self.told.advance(1)

    def _sentences(self) -> Iterator[Finding]:
        """Check that passages begin and end with their sentences, and that these are in order inside them."""
        folder = self.index.generation_folder
        places = open_array(folder / PLACES, np.int64, dimensions=2)
        spans = open_array(folder / PASSAGES, np.int64, dimensions=2)
        self.told.begin("Sentences", places.shape[1])
        starts, ends = places[0], places[1]
        if np.any(starts >= ends):
            yield PLACES, "a sentence has no characters"
        _, passage_starts, passage_ends, firsts, lasts = spans
        if np.any(starts[firsts] != passage_starts) or np.any(ends[lasts - 1] != passage_ends):
            yield PASSAGES, "a passage does not begin and end with its sentences"
        if np.any(np.diff(firsts) < 0) or np.any(np.diff(lasts) < 0):
            yield PASSAGES, "the sentences of passages are not in the order of the passages"
        held = np.zeros(places.shape[1] + 1, np.int64)  # how many passages begin less how many end at each sentence
        np.add.at(held, firsts, 1)
        np.add.at(held, lasts, -1)
        if np.any(np.cumsum(held)[:-1] < 1):
            yield PLACES, "a sentence is in no passage"
        first_of_article = np.zeros(places.shape[1], bool)
        if spans.shape[1]:
            first_of_article[firsts[np.flatnonzero(np.diff(spans[0], prepend=-1))]] = True
        if np.any((starts[1:] < ends[:-1]) & ~first_of_article[1:]):
            yield PLACES, "two sentences of an article overlap, or are out of order"
        self.told.advance(places.shape[1])

    def _vectors(self) -> Iterator[Finding]:
        """Check that the passages' vectors are finite, and of length 1."""
        vectors = open_vectors(self.index.generation_folder)
        self.told.begin("Vectors", len(vectors))
        for first in range(0, len(vectors), AT_ONCE):
            some = np.asarray(vectors[first : first + AT_ONCE], np.float32)
            if (row := _not_unit(some)) is not None:
                yield VECTORS, f"the vector of passage {first + row} is not of length 1"
            self.told.advance(len(some))

    def _sentence_vectors(self) -> Iterator[Finding]:
        """Check that the sentences' vectors have a direction, and a scale that makes their length about 1."""
        folder = self.index.generation_folder
        codes = open_array(folder / CODES, np.int8, dimensions=2)
        scales = open_array(folder / SCALES, np.float32, dimensions=1)
        self.told.begin("Sentence vectors", len(codes))
        for first in range(0, len(codes), AT_ONCE):
            with np.errstate(invalid="ignore"):  # a scale of infinity makes a NaN, which is not of length 1
                some = codes[first : first + AT_ONCE].astype(np.float32) * scales[first : first + AT_ONCE, None]
            if (row := _not_unit(some, _ROUNDED)) is not None:
                yield CODES, f"the vector of sentence {first + row} is not of length 1"
            self.told.advance(len(some))

    def _postings(self) -> Iterator[Finding]:
        """Check that terms and rows ascend, and that what a posting adds to a score is a number above 0."""
        folder = self.index.generation_folder
        passages = len(self.index.passages)
        terms = Texts(folder, TERMS)
        columns = open_array(folder / COLUMNS, np.int64, dimensions=1)
        rows = open_array(folder / ROWS, np.int32, dimensions=1)
        scores = open_array(folder / SCORES, np.float32, dimensions=1)
        counts = open_array(folder / COUNTS, np.uint8, dimensions=1)
        lengths = open_array(folder / LENGTHS, np.int32, dimensions=1)
        self.told.begin("Postings", len(rows))
        if any(one >= other for one, other in pairwise(map(terms.encoded, range(len(terms))))):
            yield TERMS, "terms are not sorted"
        if columns[0] != 0 or columns[-1] != len(rows) or np.any(np.diff(columns) < 1):
            yield COLUMNS, "columns do not follow each other"
            return
        if not len(rows) == len(scores) == len(counts) or len(lengths) != passages:
            yield COUNTS, "there are not as many counts as postings, or lengths as passages"
            return
        total = np.zeros(passages, np.int64)
        for first in range(0, len(rows), AT_ONCE):
            last = min(first + AT_ONCE, len(rows))
            yield from self._some_postings(columns, rows, scores, slice(first, last))
            held = rows[first:last]
            inside = (held >= 0) & (held < passages)
            np.add.at(total, held[inside], counts[first:last][inside])
            self.told.advance(last - first)
        if np.any(total > lengths) or np.any(counts[:] < 1):
            yield COUNTS, "a passage holds more terms than it has, or one not once"

    def canary(self) -> Iterator[Finding]:
        """Make the searches again that were made at the build."""
        index = self.index
        try:
            check_canary(index.folder, index.manifest.canary, index.dense, index.lexical)
            index.require_same_search()
        except IndexForeignError as error:
            yield MANIFEST, str(error)

    def _some_postings(
        self, columns: Numbers, rows: npt.NDArray[np.int32], scores: Floats, part: slice
    ) -> Iterator[Finding]:
        before = max(part.start - 1, 0)  # one more, so that no two neighbours are missed
        steps = np.diff(rows[before : part.stop].astype(np.int64))
        begins = np.zeros(len(steps) + 1, bool)
        inside = columns[(columns >= before) & (columns < part.stop)]
        begins[inside - before] = True
        if np.any((steps < 1) & ~begins[1:]):
            yield ROWS, "the passages of a term are not sorted"
        some = rows[part]
        if some.min(initial=0) < 0 or some.max(initial=0) >= len(self.index.passages):
            yield ROWS, "a term is held by a passage that is not there"
        if not (np.isfinite(scores[part]).all() and (scores[part] > 0).all()):
            yield SCORES, "a posting adds nothing to a score, or no number"


_ROUNDED = 0.05
"""How far rounding to 127 steps may leave a sentence's vector from length 1, with room for short vectors."""


def _not_unit(vectors: Floats, tolerance: float = 2 * UNIT_TOLERANCE) -> int | None:
    """Return the first row that is not of length 1; a NaN is not either. Half precision is given some room."""
    wrong = ~(np.abs(np.linalg.norm(vectors, axis=1) - 1.0) <= tolerance)
    return int(np.argmax(wrong)) if wrong.any() else None


def _in_order(spans: Sequence[Span], length: int) -> bool:
    """Tell whether spans are inside a text, in order and apart."""
    edges = [edge for span in spans for edge in span]
    return edges == sorted(edges) and all(start < end for start, end in spans) and _within(spans, length)


def _ascend(spans: Sequence[Span], length: int) -> bool:
    """Tell whether spans are inside a text and each begins and ends after the one before; they may overlap."""
    return _within(spans, length) and all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(spans))


def _within(spans: Sequence[Span], length: int) -> bool:
    return all(0 <= start < end <= length for start, end in spans)
