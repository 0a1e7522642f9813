"""What an index costs to open and to ask: time to open it, each step of a question, memory, and recall.

    python eval/bench/query.py --index DIR [DIR ...] [--data FOLDER] [--questions 200] [--json]

Each index is opened and asked by a process of its own. The questions are a dataset's; they need not be about the
articles. Every step is timed by itself for each question, the whole `Library.ask` besides. Resident memory is read from
the system at the end: mapped pages count once they were touched, so it is what a laptop needs for a long conversation,
and "of its own" is what cannot be given back. Opening reads every file once: it is timed as the disk has them, then
again.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from time import perf_counter, strftime
from typing import Any

import numpy as np

from askdocs.answering import ExtractiveAnswerer
from askdocs.close_reading import load_reader, read_closely
from askdocs.encoding import load_encoder
from askdocs.evaluation import load_dataset
from askdocs.index import OpenIndex, open_index
from askdocs.index.approximate import exact_rows
from askdocs.index.dense import open_vectors
from askdocs.index.pointer import read_pointer
from askdocs.library import Library
from askdocs.reranking import rerank
from askdocs.retrieval import Retriever
from askdocs.settings import Settings
from askdocs.terms import content_terms

NEWS = Path(__file__).resolve().parents[3] / "shared" / "data" / "news"
SAMPLE = Path(__file__).resolve().parents[1] / "sample"
STEPS = ("encode", "nearest", "BM25", "rank", "rerank", "read", "quote", "whole question")


def questions_of(folder: Path, count: int) -> list[str]:
    """Return so many questions of a dataset, from its beginning again where it has fewer."""
    asked = [question.text for question in load_dataset(folder).questions]
    return [asked[number % len(asked)] for number in range(count)]


def measured(folder: Path, questions: Sequence[str]) -> dict[str, Any]:
    """Open an index, ask, and return every figure; times in milliseconds."""
    first, _ = timed(lambda: open_index(folder))
    again, opened = timed(lambda: open_index(folder))
    index: OpenIndex = opened
    settings = Settings()
    encoder = load_encoder(settings.encoder, settings.engine)
    library = Library(index, encoder, settings)
    retriever = Retriever(index, encoder, settings.retrieval)
    reader = load_reader(settings)
    answerer = ExtractiveAnswerer(index, settings.answers)
    for question in questions[:5]:
        library.ask(question)
    times: dict[str, list[float]] = {step: [] for step in STEPS}

    def step(name: str, work: Callable[[], Any]) -> Any:
        seconds, made = timed(work)
        times[name].append(1000 * seconds)
        return made

    for question in questions:
        vector = step("encode", lambda: encoder.encode_query([question]))  # noqa: B023  run at once
        step("nearest", lambda: index.dense.search(vector, settings.retrieval.candidates))  # noqa: B023
        step("BM25", lambda: index.lexical.scores(content_terms(question)))  # noqa: B023
        ranking = step("rank", lambda: retriever.rank(question, 16))  # noqa: B023
        found = step("rerank", lambda: rerank(question, ranking, index))  # noqa: B023
        read = step("read", lambda: read_closely(question, found, index, reader))  # noqa: B023
        step("quote", lambda: answerer.answer(question, question, read.best(10)))  # noqa: B023
    for question in questions:
        step("whole question", lambda: library.ask(question))  # noqa: B023
    resident = memory_mb()
    return {
        "passages": len(index.passages),
        "articles": len(index.articles),
        "disk_mb": sum(file.stat().st_size for file in generation(folder).iterdir()) / 1e6,
        "open_ms": [1000 * first, 1000 * again],
        "steps": {name: [statistics.median(ms), float(np.percentile(ms, 95))] for name, ms in times.items()},
        "resident_mb": resident["VmRSS"],
        "own_mb": resident["RssAnon"],
        "recall": recall(index, folder, encoder.encode_query(list(dict.fromkeys(questions)))),
        "clustering": index.manifest.clustering and index.manifest.clustering.probes,
    }


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the wall seconds of one call, and what it returned."""
    began = perf_counter()
    made = work()
    return perf_counter() - began, made


def generation(folder: Path) -> Path:
    """Return the folder of the generation in force."""
    return read_pointer(folder).folder_in(folder)


def recall(index: OpenIndex, folder: Path, queries: np.ndarray[Any, np.dtype[np.float32]]) -> float:
    """Return the share of the ten nearest passages of each query that the index finds."""
    _, found = index.dense.search(queries, 10)
    wanted = exact_rows(open_vectors(generation(folder)), queries, 10)
    return float(np.mean([len(set(a) & set(b)) / len(b) for a, b in zip(found.tolist(), wanted.tolist(), strict=True)]))


def memory_mb() -> dict[str, float]:
    """Return this process's memory in megabytes as Linux counts it: `VmRSS` in all, `RssAnon` without mapped files."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return {
        name: int(value.split()[0]) / 1e3 for name, value in (line.split(":", 1) for line in lines) if "kB" in value
    }


def rows(figures: Iterable[dict[str, Any]]) -> list[str]:
    """Return the table of several indexes as lines."""
    lines = [
        f"{'passages':>10}{'disk MB':>9}{'open ms':>16}"
        + "".join(f"{name:>16}" for name in STEPS)
        + f"{'resident MB':>13}{'of its own':>12}{'recall@10':>11}",
    ]
    for one in figures:
        opened = " · ".join(f"{ms:,.0f}" for ms in one["open_ms"])
        steps = "".join(f"{f'{median:.1f} · {slow:.1f}':>16}" for median, slow in one["steps"].values())
        lines.append(
            f"{one['passages']:>10,}{one['disk_mb']:>9,.0f}{opened:>16}{steps}"
            f"{one['resident_mb']:>13,.0f}{one['own_mb']:>12,.0f}{one['recall']:>11.3f}"
        )
    return lines


def measured_apart(folder: Path, chosen: argparse.Namespace) -> dict[str, Any]:
    """Measure one index in a new process."""
    program = [sys.executable, __file__, "--index", str(folder), "--json"]
    options = ["--data", str(chosen.data), "--questions", str(chosen.questions)]
    ended = subprocess.run([*program, *options], check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603  ourselves
    figures: dict[str, Any] = json.loads(ended.stdout)
    return figures


def main() -> None:
    """Print the figures of some indexes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--index", type=Path, nargs="+", required=True)
    parser.add_argument("--data", type=Path, default=NEWS if NEWS.is_dir() else SAMPLE)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--json", action="store_true", help="one index's figures as JSON")
    chosen = parser.parse_args()
    if chosen.json:
        print(json.dumps(measured(chosen.index[0], questions_of(chosen.data, chosen.questions))))
        return
    figures = [measured_apart(folder, chosen) for folder in chosen.index]
    print(
        f"{strftime('%Y-%m-%d')}, {chosen.questions} questions, p50 · p95 of each step in ms; "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    print("\n".join(rows(figures)))


if __name__ == "__main__":
    main()
