"""What a build has encoded, kept until the build is done: one that was interrupted goes on where it stopped.

A journal is a folder beside the generations with a file for each group of articles, written when the group is encoded:
a sha256, a line of JSON, then the numbers it describes. A file is brought to the disk before it gets its name, and is
taken only if its sha256 is that of all the rest; what is damaged is encoded again. Another encoder, other settings or
other rules are another journal. The first build that is finished removes them all; one that noted no sources, as the
page's, only where no other build left its own.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from askdocs.encoding.protocol import Encoder
from askdocs.index.durable import sync_folder, write_durably
from askdocs.index.known import Embedded
from askdocs.index.manifest import FORMAT
from askdocs.index.rules import rules
from askdocs.index.sentences import Rounded
from askdocs.settings import PassageSettings

JOURNAL = "journal"
SOURCES = "sources.json"

_SUFFIX = ".encoded"


@dataclass(frozen=True, slots=True)
class Sources:
    """What a build reads: paths as a person wrote them, and in which directory.

    `keep_missing`: whether articles of the index that are not there any more stay in it.
    """

    paths: tuple[str, ...]
    directory: str
    keep_missing: bool = False

    def located(self) -> list[Path]:
        """Return the paths as they must be written now: in the directory where they were, as they were."""
        if Path.cwd() == Path(self.directory):
            return [Path(path) for path in self.paths]
        return [Path(self.directory) / path for path in self.paths]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one article's numbers are: the file, and the half-open runs of its passages and its sentences there."""

    file: Path
    passages: range
    sentences: range


class Journal:
    """What was encoded for the next generation of an index. The write lock is held by whoever has one.

    Raises:
        OSError: the folder cannot be read or written.
    """

    def __init__(self, folder: Path, encoder: Encoder, settings: PassageSettings) -> None:
        making = f"{encoder.fingerprint} {encoder.dimension} {json.dumps(asdict(settings))} {rules()} {FORMAT}"
        self._above = folder / JOURNAL
        self._folder = self._above / hashlib.sha256(making.encode()).hexdigest()[:16]
        self._dimension = encoder.dimension
        self._places: dict[bytes, _Place] = {}
        self._opened: tuple[Path, Embedded] | None = None
        for file in sorted(self._folder.glob(f"*{_SUFFIX}")):
            self._places.update(_places_in(file))

    def __contains__(self, key: object) -> bool:
        """Tell whether an article's content was encoded."""
        return key in self._places

    def embedded(self, key: bytes) -> Embedded:
        """Return the vectors of an article's content.

        Raises:
            KeyError: it was not encoded.
        """
        place = self._places[key]
        if self._opened is None or self._opened[0] != place.file:  # a build asks for them in the order of the files
            self._opened = place.file, _read(place.file, self._dimension)
        whole = self._opened[1]
        rows = slice(place.sentences.start, place.sentences.stop)
        return Embedded(
            whole.passages[place.passages.start : place.passages.stop],
            Rounded(whole.sentences.codes[rows], whole.sentences.scales[rows]),
        )

    def write(self, encoded: Mapping[bytes, Embedded]) -> None:
        """Keep what was encoded, on the disk when this returns."""
        if not self._folder.exists():
            self._folder.mkdir(parents=True)
            sync_folder(self._above)
            sync_folder(self._above.parent)
        number = 1 + max((int(file.stem) for file in self._folder.glob(f"*{_SUFFIX}")), default=0)
        write_durably(self._folder / f"{number:06}{_SUFFIX}", _to_bytes(encoded))

    def note(self, sources: Sources) -> None:
        """Keep what is being indexed, for someone who goes on without naming it again."""
        self._above.mkdir(exist_ok=True)
        write_durably(self._above / SOURCES, json.dumps(asdict(sources)).encode())

    def remove(self) -> None:
        """Remove every journal of the index: a build is done."""
        shutil.rmtree(self._above, ignore_errors=True)


def noted_sources(folder: Path) -> Sources | None:
    """Return what an interrupted build of an index was to read, if one was interrupted."""
    try:
        noted = json.loads((folder / JOURNAL / SOURCES).read_bytes())
        paths = tuple(map(str, noted["paths"]))
        return Sources(paths, str(noted["directory"]), keep_missing=bool(noted["keep_missing"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def has_encoded(folder: Path) -> bool:
    """Tell whether an interrupted build of an index left anything that the next one need not encode."""
    return any((folder / JOURNAL).glob(f"*/*{_SUFFIX}"))


def _to_bytes(encoded: Mapping[bytes, Embedded]) -> bytes:
    """Return a file's content: the sha256 of the rest, a line that says what follows, the numbers of each array."""
    passages = np.concatenate([one.passages for one in encoded.values()]).astype(np.float16)
    codes = np.concatenate([one.sentences.codes for one in encoded.values()])
    scales = np.concatenate([one.sentences.scales for one in encoded.values()])
    articles = [[key.hex(), len(one.passages), len(one.sentences.scales)] for key, one in encoded.items()]
    content = json.dumps(articles).encode() + b"\n" + passages.tobytes() + codes.tobytes() + scales.tobytes()
    return hashlib.sha256(content).hexdigest().encode() + b"\n" + content


def _places_in(file: Path) -> dict[bytes, _Place]:
    """Return where each article's numbers are in a file; nothing of one that is damaged."""
    places = {}
    passage, sentence = 0, 0
    for key, passages, sentences in _content(file)[0]:
        places[bytes.fromhex(key)] = _Place(
            file, range(passage, passage + passages), range(sentence, sentence + sentences)
        )
        passage, sentence = passage + passages, sentence + sentences
    return places


def _read(file: Path, dimension: int) -> Embedded:
    """Return all vectors of a file that was found whole."""
    articles, numbers = _content(file)
    passages = sum(count for _, count, _ in articles)
    sentences = sum(count for _, _, count in articles)
    sizes = np.cumsum([2 * passages * dimension, sentences * dimension, 4 * sentences])
    vectors = np.frombuffer(numbers[: sizes[0]], np.float16).reshape(passages, dimension)
    codes = np.frombuffer(numbers[sizes[0] : sizes[1]], np.int8).reshape(sentences, dimension)
    scales = np.frombuffer(numbers[sizes[1] : sizes[2]], np.float32)
    return Embedded(vectors.astype(np.float32), Rounded(codes, scales))


def _content(file: Path) -> tuple[list[tuple[str, int, int]], bytes]:
    """Return what a file says of each article (the name of its content, its passages and sentences), and the numbers.

    Nothing of a file that is damaged or cannot be read: not one byte of it is believed then.
    """
    try:
        sha256, _, content = file.read_bytes().partition(b"\n")
    except OSError:
        return [], b""
    if hashlib.sha256(content).hexdigest().encode() != sha256:
        return [], b""
    line, _, numbers = content.partition(b"\n")
    return json.loads(line), numbers
