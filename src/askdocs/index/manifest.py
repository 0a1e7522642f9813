"""A generation's files to the record of what they are, and the check that they still are that."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from askdocs import terms
from askdocs.index.approximate import CLUSTERS, Clustering
from askdocs.index.canary import Canary
from askdocs.index.dense import VECTORS
from askdocs.index.durable import sync
from askdocs.index.earlier import EARLIER_FILES
from askdocs.index.faults import damaged, foreign
from askdocs.index.pointer import GENERATIONS, Pointer
from askdocs.index.postings import LEXICAL_FILES
from askdocs.index.sentences import SENTENCE_FILES
from askdocs.index.store import STORE_FILES
from askdocs.settings import PassageSettings

FORMAT = 3
"""Raised when a file is added, or one's meaning changes."""

MANIFEST = "manifest.json"
_LONGER_THAN_A_MANIFEST = 1 << 20
"""Bytes; what is cut there has another sha256. A link to a device would never end."""

FILES = (*STORE_FILES, *EARLIER_FILES, *SENTENCE_FILES, VECTORS, *LEXICAL_FILES)
"""Every file that a generation has beside its manifest; one whose vectors are clustered has `CLUSTERS`, too."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file's size in bytes and the hex sha256 of its content."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class EncoderRecord:
    """The encoder whose vectors an index holds."""

    name: str
    fingerprint: str
    dimension: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation was built from and with.

    `created` is UTC; `terms` is the version of `askdocs.terms`; `rules` names the code that read
    and cut the articles; `articles` and `passages` are counts;
    `clustering` is there where the vectors are too many to compare all of them; `canary` holds what some searches gave.
    """

    format: int
    askdocs: str
    created: str
    encoder: EncoderRecord
    passage_settings: PassageSettings
    terms: int
    rules: str
    articles: int
    passages: int
    clustering: Clustering | None
    canary: Canary
    files: Mapping[str, FileRecord]

    def to_bytes(self) -> bytes:
        """Return the content of `manifest.json`."""
        return (json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n").encode()


def _names(*, clustered: bool) -> tuple[str, ...]:
    return (*FILES, CLUSTERS) if clustered else FILES


def seal(generation: Path) -> dict[str, FileRecord]:
    """Bring a finished generation's files to the disk and record each as it is there."""
    records = {}
    for name in _names(clustered=(generation / CLUSTERS).exists()):
        with (generation / name).open("rb") as file:
            sync(file.fileno())
            size = os.fstat(file.fileno()).st_size
            records[name] = FileRecord(size, hashlib.file_digest(file, "sha256").hexdigest())
    return records


def pointer_to(folder: Path, name: str) -> Pointer:
    """Return what puts a generation in force that is not: its name holds the beginning of its manifest's sha256.

    Raises:
        IndexDamagedError: the manifest is gone or another one.
    """
    place = f"{GENERATIONS}/{name}/{MANIFEST}"
    try:
        sha256 = hashlib.sha256((folder / place).read_bytes()).hexdigest()
    except OSError as error:
        raise damaged(folder, place, f"cannot be read: {error.strerror or error}") from error
    if not name.endswith(f"-{sha256[:8]}"):
        raise damaged(folder, place, "is not the one that was built")
    return Pointer(name, sha256)


def read_manifest(folder: Path, pointer: Pointer) -> Manifest:
    """Return the manifest of the generation in force in the index `folder`.

    Raises:
        IndexDamagedError: it is gone, or is not what the pointer says.
        IndexForeignError: another format or version of askdocs wrote it.
    """
    place = f"{GENERATIONS}/{pointer.generation}/{MANIFEST}"
    try:
        with (pointer.folder_in(folder) / MANIFEST).open("rb") as file:
            content = file.read(_LONGER_THAN_A_MANIFEST)
    except FileNotFoundError as error:
        raise damaged(folder, place, "is gone") from error
    except OSError as error:
        raise damaged(folder, place, f"cannot be read: {error.strerror}") from error
    if hashlib.sha256(content).hexdigest() != pointer.manifest_sha256:
        raise damaged(folder, place, "is not the one that was built")
    try:
        return _parse(folder, content)
    except (ValueError, KeyError, TypeError) as error:
        raise foreign(folder, f"{place} is not one that this askdocs writes") from error


def _parse(folder: Path, content: bytes) -> Manifest:
    fields = json.loads(content)
    if fields["format"] != FORMAT:
        raise foreign(
            folder,
            f"askdocs {fields['askdocs']} wrote this index in format {fields['format']}, this one reads {FORMAT}",
        )
    if fields["terms"] != terms.VERSION:
        raise foreign(
            folder, f"askdocs {fields['askdocs']} wrote this index with other rules for what a search term is"
        )
    fields["encoder"] = EncoderRecord(**fields["encoder"])
    fields["passage_settings"] = PassageSettings(**fields["passage_settings"])
    fields["files"] = {name: FileRecord(**record) for name, record in fields["files"].items()}
    if fields["clustering"] is not None:
        fields["clustering"] = Clustering(**fields["clustering"])
    fields["canary"] = Canary.of_form(fields["canary"])
    if set(fields["files"]) != set(_names(clustered=fields["clustering"] is not None)):
        raise ValueError("other files")
    return Manifest(**fields)


def verify_files(folder: Path, pointer: Pointer, manifest: Manifest) -> None:
    """Check that every file of a generation is there and holds, byte for byte, what was built.

    Reads all of them once, on two cores about a second for each 2.5 GB. Whatever is to be trusted later without this
    must be checked when it is read.

    Raises:
        IndexDamagedError: names a file that is gone, shorter, longer or altered.
    """
    with closing(file_faults(folder, pointer, manifest)) as found:
        for name, fault in found:
            if fault is not None:
                raise damaged(folder, f"{GENERATIONS}/{pointer.generation}/{name}", fault)


def file_faults(folder: Path, pointer: Pointer, manifest: Manifest) -> Generator[tuple[str, str | None]]:
    """Yield every file of a generation with what is wrong with it, None where it is what was built; the largest first.

    They are read on all cores. What was not asked for when the iterator is closed is not read.
    """
    generation = pointer.folder_in(folder)
    largest_first = sorted(manifest.files.items(), key=lambda entry: -entry[1].size)
    with ThreadPoolExecutor(min(len(largest_first), os.cpu_count() or 1)) as pool:
        try:
            yield from pool.map(lambda entry: (entry[0], _fault(generation / entry[0], entry[1])), largest_first)
        finally:
            pool.shutdown(cancel_futures=True)


def _fault(path: Path, record: FileRecord) -> str | None:
    """Say what is wrong with a file, if anything is."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size != record.size:
                return f"holds {size:,} bytes instead of {record.size:,}"
            if hashlib.file_digest(file, "sha256").hexdigest() != record.sha256:
                return "is not the one that was built"
    except FileNotFoundError:
        return "is gone"
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return None
