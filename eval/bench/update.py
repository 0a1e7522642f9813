"""What it costs to bring an index up to date: nothing changed, and one article of all edited, against the whole build.

    python eval/bench/update.py ../shared/data/news/articles.jsonl.gz

builds the index of the articles once, from nothing, then five times each: nothing changed; one article with a sentence
more, another one each time. The command line does the work, its own process each time, so reading, verifying and
loading the model are counted.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RUNS = 5
SENTENCE = " The committee will meet again on the second Tuesday of the month, a spokeswoman said."


def indexed(source: Path, folder: Path) -> tuple[float, dict[str, Any]]:
    """Run `askdocs index`; return its seconds, and what it says of itself."""
    began = time.perf_counter()
    program = [sys.executable, "-m", "askdocs", "index", str(source), "--index", str(folder), "--json"]
    ran = subprocess.run(program, check=True, capture_output=True, text=True)  # noqa: S603  our own program
    return time.perf_counter() - began, json.loads(ran.stdout)


def rows_of(source: Path) -> list[dict[str, Any]]:
    """Read a file of JSON lines, compressed or not."""
    with gzip.open(source, "rt", encoding="utf-8") if source.suffix == ".gz" else source.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def edited(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Edit one article after another, each time one more."""
    for run in range(RUNS):
        number = (run + 1) * len(rows) // (RUNS + 1)
        rows[number] = rows[number] | {"text": rows[number]["text"] + SENTENCE}
        yield rows


def write(rows: list[dict[str, Any]], source: Path) -> None:
    """Write rows as they are read."""
    with gzip.open(source, "wt", encoding="utf-8", compresslevel=1) as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def shown(name: str, seconds: float, whole: float, told: dict[str, Any]) -> None:
    """Print one row."""
    stages = " · ".join(f"{stage} {spent:.1f}" for stage, spent in told["stages"].items())
    changes = ", ".join(f"{count} {what}" for what, count in told["changes"].items() if count)
    print(f"| {name} | {seconds:.1f} | {seconds / whole:.2%} | {changes} | {stages} |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("articles", type=Path, help="a file of JSON lines")
    parser.add_argument("--index", type=Path, help="a new folder, to keep the index")
    chosen = parser.parse_args()
    rows = rows_of(chosen.articles)
    with tempfile.TemporaryDirectory(prefix="askdocs-update-") as scratch:
        source, folder = Path(scratch) / "articles.jsonl.gz", chosen.index or Path(scratch) / "index"
        if folder.exists():
            parser.error(f"{folder} is there already")
        write(rows, source)
        print(f"{len(rows):,} articles, load {os.getloadavg()[0]:.1f}\n")
        print("| | seconds | of the whole | changes | seconds of each stage |\n|---|---|---|---|---|")
        whole, told = indexed(source, folder)
        shown("everything", whole, whole, told)
        same = []
        for _ in range(RUNS):
            seconds, told = indexed(source, folder)
            same.append(seconds)
        shown(f"nothing changed, median of {RUNS}", statistics.median(same), whole, told)
        some = []
        for changed in edited(rows):
            write(changed, source)
            seconds, told = indexed(source, folder)
            some.append(seconds)
        shown(f"one article edited, median of {RUNS}", statistics.median(some), whole, told)


if __name__ == "__main__":
    main()
