"""How building, opening and asking grow with the number of passages: 10 thousand, 100 thousand, a million.

    python eval/bench/growth.py --index DIR [--passages 10000 100000 1000000] [--keep FOLDER]

The articles of the index in DIR are repeated until there are passages enough. In every repetition a tenth of the words
is changed, so that no two texts are equal and the vocabulary grows with the articles, as it does in life. Nothing is
encoded: a sentence has the vector that it has in DIR, in a repetition a slightly different one (cosine about 0.9), a
block the mean of its sentences'. So "build" is all of a build but encoding, which `encode.py` measures. Each size is
asked by a process of its own, see `query.py`.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter

import numpy as np
from rich.console import Console
from rich.progress import Progress as Bars

from askdocs.datatypes import Article, Span, text_sha256
from askdocs.encoding import Progress, Vectors, load_encoder
from askdocs.index import OpenIndex, Stage, build_index, open_index
from askdocs.settings import Settings
from askdocs.terminal import STAGES

_WORD = re.compile(r"\b[a-z]{5,}\b")
_CHANGED = 10
"""One word in so many is changed in a repetition."""

_NOISE = 0.48
"""Length of the noise that is added to a unit vector: the cosine with what it was is 1 / sqrt(1 + 0.48²) = 0.9."""

_SEED = 20_261_122


def name_of(copy: int, number: int) -> str:
    """Name an article so that names sort as they are made."""
    return f"{copy:04d}-{number:06d}"


def changed(article: Article, copy: int, number: int) -> Article:
    """Return an article under another name, in repetitions with some words that no other has."""
    mark = "".join(chr(ord("a") + int(digit)) for digit in str(copy))

    def word(match: re.Match[str]) -> str:
        found = match.group()
        return f"{found}{mark}" if copy and zlib.crc32(f"{copy}{found}".encode()) % _CHANGED == 0 else found

    pieces: list[str] = []
    body: list[Span] = []
    at = length = 0
    for start, end in article.body:
        for piece, is_body in ((article.text[at:start], False), (article.text[start:end], True)):
            new = _WORD.sub(word, piece) if is_body else piece
            if is_body:
                body.append((length, length + len(new)))
            pieces.append(new)
            length += len(new)
        at = end
    text = "".join(pieces) + article.text[at:]
    return replace(article, id=name_of(copy, number), text=text, body=tuple(body), sha256=text_sha256(text))


def repeated(index: OpenIndex, passages: int) -> Iterator[Article]:
    """Yield articles with about so many passages between them."""
    made = copy = 0
    while made < passages:
        for number in range(len(index.articles)):
            yield changed(index.articles.at(number), copy, number)
            made += len(index.passages.rows_of(number))
            if made >= passages:
                return
        copy += 1


@dataclass(slots=True)
class Replay:
    """An `Encoder` that gives back the sentences' vectors of an index, one after another, again and again.

    Articles come in the order of `repeated`, so a sentence meets its own vector; where a changed word moved the end of
    a sentence, a neighbour's.
    """

    index: OpenIndex
    name: str
    fingerprint: str
    dimension: int
    engine: str = "replayed"
    at: int = 0
    noise: np.random.Generator = field(default_factory=lambda: np.random.default_rng(_SEED))

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Give the next vectors, whatever the texts are."""
        if progress is not None:
            progress(len(texts))
        return self._next(len(texts))

    def encode_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], progress: Progress | None = None
    ) -> tuple[Vectors, Vectors]:
        """Give the parts the next vectors, and each text the mean of its parts'."""
        inside = self._next(sum(map(len, parts)))
        starts = np.cumsum([0, *map(len, parts[:-1])])
        if progress is not None:
            progress(len(texts))
        return _unit(np.add.reduceat(inside, starts, axis=0)), inside

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Give the next vectors: no question is asked of a replay."""
        return self.encode_document(texts)

    def knows(self, word: str) -> bool:
        """All words are: no question is asked of a replay."""
        return bool(word)

    def legibility(self, text: str) -> float:
        """Every text is: no question is asked of a replay."""
        return float(text != "")

    def _next(self, count: int) -> Vectors:
        numbers = np.arange(self.at, self.at + count)
        vectors = self.index.sentences.vectors(numbers % len(self.index.sentences))
        again = numbers >= len(self.index.sentences)
        noise = self.noise.standard_normal((int(again.sum()), self.dimension), np.float32)
        vectors[again] += noise * np.float32(_NOISE / np.sqrt(self.dimension))
        self.at += count
        return _unit(vectors)


def _unit(vectors: Vectors) -> Vectors:
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


class Told:
    """Progress bars of a build."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task = bars.add_task("Starting", total=None)

    def begin(self, stage: Stage, total: int | None) -> None:
        """Begin the next stage's bar."""
        self._task = self._bars.add_task(STAGES[stage], total=total)

    def advance(self, count: int) -> None:
        """Move it on."""
        self._bars.advance(self._task, count)


def main() -> None:
    """Build each size, ask it, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--index", type=Path, required=True, help="a real index, of as many articles as there are")
    parser.add_argument("--passages", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--keep", type=Path, help="keep the indexes here, and take those that are here already")
    chosen = parser.parse_args()
    settings = Settings()
    encoder = load_encoder(settings.encoder, settings.engine)
    real = open_index(chosen.index)
    with tempfile.TemporaryDirectory() as made:
        folders = [(chosen.keep or Path(made)) / str(size) for size in chosen.passages]
        with Bars(console=Console(stderr=True)) as bars:
            for size, folder in zip(chosen.passages, folders, strict=True):
                if (folder / "CURRENT").exists():
                    continue
                folder.mkdir(parents=True, exist_ok=True)
                replay = Replay(real, encoder.name, encoder.fingerprint, encoder.dimension)
                began = perf_counter()
                built = build_index(repeated(real, size), folder, replay, settings.passages, Told(bars))
                print(
                    f"{built.manifest.passages:,} passages built in {perf_counter() - began:,.0f} s, all but encoding"
                )
        program = [sys.executable, str(Path(__file__).with_name("query.py")), "--questions", str(chosen.questions)]
        subprocess.run([*program, "--index", *map(str, folders)], check=True)  # noqa: S603  our own program


if __name__ == "__main__":
    main()
