"""A question and an excerpt to how likely it answers, and by which sentence: a small model that reads the two together.

It is the bundled encoder's network, trained further on questions that passages answer and near misses of them
(`eval/reader` has both and the command). It shares the encoder's word vectors, so what is kept here is the layers above
them, their matrices as int8.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path
from threading import Lock, Thread
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from askdocs.encoding.bert_graph import read_weight, read_weights
from askdocs.encoding.legibility import token_legibility
from askdocs.encoding.models import model_folder
from askdocs.encoding.openvino_encoder import model_tokenizer
from askdocs.encoding.pair_network import WORDS, PairNetwork, pair_network
from askdocs.encoding.recipe import read_recipe
from askdocs.errors import AskdocsError, EngineError
from askdocs.settings import BUNDLED_ENCODER

WEIGHTS = "reader.safetensors"

WEIGHTS_SHA256 = "67f76c7340749896179d9491791ced0d4b6d78a7c443e1294789cba092a5e19b"
"""Of the file: what was trained, and is measured. A calibration that was fitted with another is refused."""

QUESTION_TOKENS = 40
TITLE_TOKENS = 16
TOKENS = 200
"""How much is read of a question, of a title, and of both with the excerpt: what it was trained with."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Sentences of an article that follow each other, and its title."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading an excerpt for a question gave.

    `answers` is the logarithm of how many times likelier it is that some sentence answers than that none does;
    `sentences` the score of each, higher is better, of those that fit into what is read, `-inf` for one that the model
    has no tokens of; `whole` how many of them, from the first, are read to their end together with all of the question;
    `legible` how much of the question and of the excerpt, whichever is less, the model reads as words rather than
    spells out, 0 to 1.
    """

    answers: float
    sentences: tuple[float, ...]
    whole: int
    legible: float


class _Loaded(NamedTuple):
    """The tokenizer, the network, and what turns a state into the score of "none" and of a sentence."""

    tokenizer: Any
    network: PairNetwork
    none: tuple[npt.NDArray[np.float32], np.float32]
    some: tuple[npt.NDArray[np.float32], np.float32]


class Reader:
    """Reads on OpenVINO, or on torch where that cannot run. Safe in threads; loaded when it first reads."""

    def __init__(self, engine: str = "auto") -> None:
        self._engine = engine
        self._lock = Lock()

    def prepare(self) -> None:
        """Load it, so that the first question does not wait for that.

        Raises:
            EncoderError: the bundled encoder is not here.
            EngineError: the reader's own weights are damaged, or cannot be read.
        """
        self._ready()

    def prepare_aside(self) -> None:
        """Begin to load it while something else is done. What goes wrong is raised when it reads."""
        Thread(target=self._prepare_quietly, name="askdocs-reader").start()

    def _prepare_quietly(self) -> None:
        with suppress(AskdocsError):
            self.prepare()

    def read(self, question: str, excerpt: Excerpt) -> Reading:
        """Read a question with an excerpt.

        Raises:
            EncoderError, EngineError: see `prepare`.
        """
        loaded = self._ready()
        ids, begin, runs, whole = packed(loaded.tokenizer, question, excerpt)
        states = loaded.network(ids, begin)
        none = float(states[0] @ loaded.none[0] + loaded.none[1])
        some = states @ loaded.some[0] + loaded.some[1]
        sentences = tuple(float(some[first:end].mean()) if first < end else -math.inf for first, end in runs)
        texts = (question, " ".join(excerpt.sentences))
        legible = min(token_legibility(loaded.tokenizer, text) for text in texts)
        return Reading(_likelier(sentences, none), sentences, whole, legible)

    def _ready(self) -> _Loaded:
        with self._lock:
            return self._loaded

    @cached_property
    def _loaded(self) -> _Loaded:
        folder = model_folder(BUNDLED_ENCODER)
        with as_file(files("askdocs.close_reading") / WEIGHTS) as file:
            if hashlib.sha256(_content(file)).hexdigest() != WEIGHTS_SHA256:
                raise EngineError(f"{file}: the reader's weights are damaged; install askdocs again")
            own = dict(read_weights(file))
        none, some = ((own.pop(f"{name}.weight")[0], own.pop(f"{name}.bias")[0]) for name in ("null", "sentence"))
        weights = {**own, WORDS: read_weight(folder / "model.safetensors", WORDS)}
        return _Loaded(model_tokenizer(folder), pair_network(read_recipe(folder), weights, self._engine), none, some)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise EngineError(f"{file}: cannot be read: {error.strerror or error}; install askdocs again") from error


class Packed(NamedTuple):
    """Token numbers, where the excerpt's title begins among them, and each sentence's half-open run of tokens.

    `whole` is the number of those sentences, from the first, that are there to their end; none where the question is
    not.
    """

    ids: list[int]
    begin: int
    runs: list[tuple[int, int]]
    whole: int


def packed(tokenizer: Any, question: str, excerpt: Excerpt) -> Packed:
    """Return a question and an excerpt as they are read.

    Question, title and all together are cut where they are too long; a sentence of which nothing is left has no run.
    """

    def tokens(text: str) -> list[int]:
        found: list[int] = tokenizer.encode(" ".join(text.split()), add_special_tokens=False).ids
        return found

    first, mark = (tokenizer.token_to_id(name) for name in ("[CLS]", "[SEP]"))
    asked = tokens(question)
    ids = [first, *asked[:QUESTION_TOKENS], mark]
    begin = len(ids)
    ids += [*tokens(excerpt.title)[:TITLE_TOKENS], mark]
    runs: list[tuple[int, int]] = []
    whole = 0
    for sentence in excerpt.sentences:
        room = TOKENS - 1 - len(ids)
        if not room:
            break
        more = tokens(sentence)
        whole += len(more) <= room
        runs.append((len(ids), len(ids) + len(more[:room])))
        ids += more[:room]
    return Packed([*ids, mark], begin, runs, whole if len(asked) <= QUESTION_TOKENS else 0)


def _likelier(some: Sequence[float], none: float) -> float:
    """Return how much likelier some sentence is than none, by the softmax over both that was trained."""
    best = max(some, default=-math.inf)
    if best == -math.inf:
        return best
    return best + math.log(sum(math.exp(one - best) for one in some)) - none
