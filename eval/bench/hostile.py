"""What askdocs does with inputs of hostile sizes: indexed or refused, in how much time and memory.

    python eval/bench/hostile.py [--size small|full] [--only NAME ...]

Every input is made in a temporary folder, beside one good article that must come through whatever stands next to it.
The real commands run on the folder in processes of their own. `peak` is the largest resident memory of any one of a
command's processes: web pages are parsed in a second one, whose address space is capped at 1.25 GB.

Where encoding would take many minutes only `askdocs read` runs, and then everything that a build does before it
encodes (`cut`); the time to encode is estimated from the tokens.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, repeat
from pathlib import Path
from typing import Any

TOKENS_A_SECOND = 15_000
"""Encoded on two cores; see eval/bench/encode.py."""

SENTENCE = "The army minister said on Monday that the troops would not cross the border before the vote in Kyiv. "
GOOD = "The stone bridge of Vale reopened on Thursday, four months after the flood had carried away its arch.\n"
CUT = """
import sys
from pathlib import Path
from askdocs.datatypes import Article
from askdocs.passages import cut
from askdocs.reading import read_sources
from askdocs.settings import PassageSettings
from askdocs.tokens import count_tokens_of_each
tokens = 0
for article in read_sources([Path(sys.argv[1])]):
    if isinstance(article, Article):
        blocks = cut(article, PassageSettings()).blocks
        tokens += sum(count_tokens_of_each(article.text[start:end] for start, end in blocks))
print('{"tokens": %d}' % tokens)
"""


@dataclass(frozen=True, slots=True)
class Input:
    """A hostile input: how to write it at a size, the sizes, and whether its encoding takes too long to wait for."""

    name: str
    write: Callable[[Path, int], None]
    small: int
    full: int
    encoded: bool = True


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended: what it printed, its exit status, seconds, and its largest process in MB."""

    printed: dict[str, Any]
    status: int
    seconds: float
    peak: int


def _file(name: str, pieces: Callable[[int], Iterable[str]]) -> Callable[[Path, int], None]:
    """Return a writer of one file that is made of the pieces for a size."""

    def write(folder: Path, size: int) -> None:
        with (folder / name).open("w", encoding="utf-8", newline="") as stream:
            stream.writelines(pieces(size))

    return write


def _filled(piece: str, before: str = "", after: str = "") -> Callable[[int], Iterator[str]]:
    """Return a function from a size in characters to a piece repeated to that size, between a beginning and an end."""

    def pieces(size: int) -> Iterator[str]:
        yield before
        yield from repeat(piece, size // len(piece))
        yield after

    return pieces


def _many_files(folder: Path, count: int) -> None:
    for number in range(count):
        (folder / f"{number:06}.txt").write_text(f"Town number {number} voted against the levee.\n", encoding="utf-8")


def _rows(count: int) -> Iterator[str]:
    text = SENTENCE * 20
    return (json.dumps({"id": str(number), "text": f"{number}. {text}"}) + "\n" for number in range(count))


MB = 1 << 20
INPUTS = (
    Input("a text of 200 MB", _file("a.txt", _filled(SENTENCE)), 17 * MB, 200 * MB),
    Input("Markdown of 64 MB", _file("a.md", _filled(f"- {SENTENCE}\n")), 17 * MB, 64 * MB),
    Input(
        "a text just below the limit", _file("a.txt", _filled(f"{SENTENCE * 4}\n\n")), MB // 8, 15 * MB, encoded=False
    ),
    Input("Markdown just below the limit", _file("a.md", _filled(f"- {SENTENCE}\n")), MB // 8, 15 * MB, encoded=False),
    Input("a text of short lines only", _file("a.txt", _filled("a\n")), 600_000, 15 * MB),
    Input("as many short lines as may be", _file("a.txt", _filled("# a\n")), 4_000, 990_000, encoded=False),
    Input("one sentence of 1 MB", _file("a.txt", _filled("the troops and ")), MB // 8, MB),
    Input("1 MB without white space", _file("a.txt", _filled("abcdefghijklmnop")), MB // 8, MB),
    Input("two words, 1 MB of blanks between", _file("a.txt", _filled(" ", "one", "two")), MB // 8, MB),
    Input(
        "a row of JSON lines of 1 MB", _file("a.jsonl", _filled("word ", '{"id": "a", "text": "', '"}\n')), MB // 8, MB
    ),
    Input("a row of 200 MB", _file("a.jsonl", _filled("word ", '{"id": "a", "text": "', '"}\n')), 17 * MB, 200 * MB),
    Input("JSON lines of 40 MB", _file("a.jsonl", _rows), 50, 20_000, encoded=False),
    Input("HTML nested a million deep", _file("a.html", _filled("<div>", after=GOOD * 3)), MB // 8, 5 * MB),
    Input("HTML of 16 MB of line breaks", _file("a.html", _filled("a<br>", "<p>", GOOD * 3)), MB // 8, 16 * MB),
    Input("HTML of 16 MB of cells", _file("a.html", _filled("<tr><td>a", "<table>")), MB // 8, 16 * MB),
    Input(
        "a page with 60 MB of pictures",
        _file("a.html", _filled("QUJD", f"<p>{GOOD}<p>{SENTENCE}<p><img src='data:image/png;base64,", f"'><p>{GOOD}")),
        MB,
        60 * MB,
    ),
    Input("100,000 files of one line", _many_files, 200, 100_000),
)


def main() -> None:
    """Write each input, run the commands on it, print a line."""
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--size", choices=("small", "full"), default="small")
    arguments.add_argument("--only", nargs="+", metavar="NAME", help="only inputs whose names hold one of these words")
    chosen = arguments.parse_args()
    print("| input | command | outcome | exit | seconds | peak MB |\n|---|---|---|---|---|---|")
    for hostile in INPUTS:
        if not chosen.only or any(word in hostile.name for word in chosen.only):
            for line in measured(hostile, hostile.full if chosen.size == "full" else hostile.small):
                print(line, flush=True)


def measured(hostile: Input, size: int) -> Iterator[str]:
    """Run what is to be run on one input, and yield a row of the table for each command."""
    with tempfile.TemporaryDirectory(prefix="askdocs-hostile-") as temporary:
        folder = Path(temporary, "articles")
        folder.mkdir()
        (folder / "zzz-good.txt").write_text(GOOD, encoding="utf-8")
        hostile.write(folder, size)
        ran = run([sys.executable, "-m", "askdocs", "read", str(folder), "--json"])
        yield row(hostile.name, "read", outcome(ran), ran)
        if hostile.encoded:
            index = Path(temporary, "index")
            ran = run([sys.executable, "-m", "askdocs", "index", str(folder), "--index", str(index), "--json"])
            yield row(hostile.name, "index", outcome(ran), ran)
        else:
            ran = run([sys.executable, "-c", CUT, str(folder)])
            tokens = ran.printed.get("tokens", 0)
            yield row(hostile.name, "cut", f"{tokens:,} tokens: about {tokens / TOKENS_A_SECOND:,.0f} s to encode", ran)


def run(command: list[str]) -> Ran:
    """Run a command to its end; what it prints must be one JSON object, or nothing."""
    with tempfile.TemporaryFile() as printed:
        began = time.monotonic()
        child = subprocess.Popen(command, stdout=printed, stderr=subprocess.DEVNULL)  # noqa: S603  our own commands
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.monotonic() - began
        printed.seek(0)
        content = printed.read()
    # Linux counts ru_maxrss in kilobytes, macOS in bytes.
    peak = used.ru_maxrss // (MB if sys.platform == "darwin" else 1 << 10)
    child.returncode = os.waitstatus_to_exitcode(status)
    return Ran(json.loads(content) if content.strip() else {}, child.returncode, seconds, peak)


def outcome(ran: Ran) -> str:
    """Say in words what became of the articles: how many came through, and why one did not."""
    articles = ran.printed.get("articles", 0)
    count = articles if isinstance(articles, int) else len(articles)
    failed = ran.printed.get("failed", [])
    refused = "; ".join(f"refused: {failure['reason']}" for failure in islice(failed, 2))
    return f"{count:,} came through" + (f"; {refused}" if refused else "")


def row(name: str, command: str, came: str, ran: Ran) -> str:
    """Format one row of the table."""
    return f"| {name} | {command} | {came} | {ran.status} | {ran.seconds:.1f} | {ran.peak:,} |"


if __name__ == "__main__":
    main()
