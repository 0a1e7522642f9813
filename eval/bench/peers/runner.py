"""One job for one system to one JSON line: the seconds, megabytes and counts of what the job had the system do.

    python -P runner.py SYSTEM.py JOB.json

Run by the interpreter of that system's own environment, with the standard library only. SYSTEM.py holds a class
`System` of the form below; its file is loaded by path, so that `txtai.py` here does not stand in for txtai itself.
Whatever the system prints goes to standard error.
"""

from __future__ import annotations

import gzip
import importlib.metadata
import importlib.util
import itertools
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

Ask = Callable[[str], Sequence[str]]
"""A question to the texts that a system returns for it."""


class System(Protocol):
    """What the benchmark asks of a system. Made with the folder of the model's weights, which it loads."""

    DISTRIBUTION: str
    """The name of the installed package whose version is reported."""

    def build(self, articles: Sequence[dict[str, Any]], folder: Path) -> Iterable[str]:
        """Cut, encode, index and save; return the texts of all passages, which may be read after the clock stops."""
        ...

    def adopt(self, passages: Sequence[str], vectors: Path, folder: Path) -> None:
        """Index and save passages whose unit vectors are given: a .npy file, float32, a row each."""
        ...

    def open(self, folder: Path) -> dict[str, Ask]:
        """Open what was saved, and return each way of asking under what it returns, for example `passages`."""
        ...


def rows(path: Path, count: int | None = None) -> list[dict[str, Any]]:
    """Read the first JSON lines of a file, which may be compressed with gzip."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in itertools.islice(file, count)]


def build(system: System, job: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Time the way from texts in memory to an index on the disk."""
    articles = rows(Path(job["articles"]), job["count"])
    began = time.perf_counter()
    passages = system.build(articles, Path(job["folder"]))
    yield "build_seconds", time.perf_counter() - began
    lengths = [len(passage) for passage in passages]
    yield "passages", len(lengths)
    yield "characters", sum(lengths)


def adopt(system: System, job: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Time the indexing of given passages with given vectors."""
    passages = [row["text"] for row in rows(Path(job["passages"]))]
    began = time.perf_counter()
    system.adopt(passages, Path(job["vectors"]), Path(job["folder"]))
    yield "adopt_seconds", time.perf_counter() - began


def prepare(system: Any, job: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Have askdocs, and only it, write what the others adopt."""
    articles = rows(Path(job["articles"]))
    yield "passages", system.prepare(articles, job["count"], Path(job["folder"]))


def ask(system: System, job: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Time each question by itself, in every way that the system has, after one question that warms it."""
    questions = [row["question"] for row in rows(Path(job["questions"]), job["count"])]
    began = time.perf_counter()
    asks = system.open(Path(job["folder"]))
    for one in asks.values():
        one(questions[0])
    yield "open_seconds", time.perf_counter() - began
    yield "asked", {name: _asked(one, questions) for name, one in asks.items()}


def _asked(one: Ask, questions: Sequence[str]) -> dict[str, list[float]]:
    milliseconds: list[float] = []
    counts: list[float] = []
    characters: list[float] = []
    for question in questions:
        began = time.perf_counter()
        texts = one(question)
        milliseconds.append(1_000 * (time.perf_counter() - began))
        counts.append(len(texts))
        characters.append(sum(map(len, texts)))
    return {"milliseconds": milliseconds, "counts": counts, "characters": characters}


WORKS = {"build": build, "prepare": prepare, "adopt": adopt, "ask": ask}


def peak_megabytes() -> float:
    """Return the largest resident memory that this process had, or a child of it that has ended."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else 1_024
    return max(resource.getrusage(kind).ru_maxrss for kind in kinds) * unit / 1e6


def load(program: Path) -> Any:
    """Return the class `System` of a program, without putting the folder of the program on the path."""
    spec = importlib.util.spec_from_file_location(f"peer_{program.stem}", program)
    if spec is None or spec.loader is None:
        sys.exit(f"{program} is no Python program")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    spec.loader.exec_module(module)
    return module.System


def main() -> None:
    """Do the job and print its result."""
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    program, job = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    began = time.perf_counter()
    system = load(program)(job["model"])
    result: dict[str, Any] = {"load_seconds": time.perf_counter() - began}
    result |= dict(WORKS[job["work"]](system, job))
    result |= {"version": importlib.metadata.version(system.DISTRIBUTION), "peak_mb": peak_megabytes()}
    print(json.dumps(result), file=answer, flush=True)


if __name__ == "__main__":
    main()
