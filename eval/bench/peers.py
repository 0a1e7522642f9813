"""askdocs beside its peers: how long a build takes, and how long a question, on one machine in one run.

    python eval/bench/peers.py [--articles 500] [--passages 50000] [--questions 50] [--runs 3] [--peer NAME ...]

Each peer is used as its own documentation shows (`peers/NAME.py`), by the interpreter of a virtual environment that is
made for it, and encodes with the weights that askdocs bundles. One that cannot be installed or run here is named with
the reason. Nothing is fetched from a model hub; the packages come from wherever pip is configured to find them.

Runs are taken in turn, so that whatever else the machine does falls on all. Ctrl-C ends everything that was started.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from askdocs.encoding.models import model_folder
from askdocs.settings import BUNDLED_ENCODER

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(__file__).resolve().with_suffix("")
RUNNER = PROGRAMS / "runner.py"
NEWS = ROOT.parent / "shared" / "data" / "news"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "askdocs" / "bench"
TORCH = "torch==2.13.0"
COMPLETE = "complete.txt"
"""A file in an environment that says what was installed, written when all of it was."""

QUIET = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONUTF8": "1",
}
"""What every program runs with: nothing is fetched or sent."""

LONGEST_REASON = 240


@dataclass(frozen=True, slots=True)
class Peer:
    """A system to compare: its program, and what to install for it, the tested versions. None: what runs this file.

    `without` names what is removed again after the installation.
    """

    name: str
    program: Path
    requirements: tuple[str, ...] | None
    without: tuple[str, ...] = ()


OURS = Peer("askdocs", PROGRAMS / "askdocs.py", None)
PEERS = (
    Peer(
        "txtai",
        PROGRAMS / "txtai.py",
        ("txtai==9.14.0", "chonkie==1.7.0", "transformers==5.23.0", "faiss-cpu==1.15.1"),
    ),
    Peer(
        "llamaindex",
        PROGRAMS / "llamaindex.py",
        (
            "llama-index-core==0.14.25",
            "llama-index-vector-stores-faiss==0.7.0",
            "llama-index-embeddings-huggingface==0.8.0",
            "sentence-transformers==6.2.0",
            "transformers==5.23.0",
            "faiss-cpu==1.15.1",
        ),
    ),
    Peer(
        "haystack",
        PROGRAMS / "haystack.py",
        (
            "haystack-ai==3.4.0",
            "sentence-transformers-haystack==2.0.0",
            "faiss-haystack==3.0.0",
            "sentence-transformers==6.2.0",
            "transformers==5.23.0",
            "faiss-cpu==1.15.1",
        ),
    ),
    Peer(
        "verbatim_rag",
        PROGRAMS / "verbatim_rag.py",
        (
            "verbatim-rag==0.2.8",
            "sentence-transformers==5.7.0",
            "transformers==4.53.3",
            "pymilvus==2.6.17",  # 3.0 refuses the collection without vectors that verbatim-rag makes
            "milvus-lite==2.5.1",
            "setuptools==80.10.2",  # the last with pkg_resources, which this milvus-lite imports
        ),
        without=(
            "torchvision",
        ),  # its published build does not load beside a CPU torch, and only docling's PDFs need it
    ),
)


class PeerError(Exception):
    """A system that cannot be installed or run here: its message is the reason, in one line."""


@dataclass(frozen=True, slots=True)
class Data:
    """A dataset's two files."""

    articles: Path
    questions: Path

    @classmethod
    def of(cls, folder: Path) -> Data:
        """Find them in a folder; leave with what is missing where one is not there."""
        names = ("articles.jsonl.gz", "articles.jsonl")
        articles = next((folder / name for name in names if (folder / name).is_file()), None)
        if articles is None or not (folder / "questions.jsonl").is_file():
            sys.exit(f"{folder} holds no articles.jsonl(.gz) with a questions.jsonl; name a folder with --data")
        return cls(articles, folder / "questions.jsonl")


@dataclass(frozen=True, slots=True)
class Bench:
    """Where the work is done: environments are kept in `cache`, the rest goes with `scratch`."""

    cache: Path
    scratch: Path

    def python(self, peer: Peer) -> Path:
        """Return a peer's interpreter, its environment made first where it is not there yet.

        Raises:
            PeerError: it cannot be made.
        """
        if peer.requirements is None:
            return Path(sys.executable)
        folder = self.cache / peer.name
        wanted = "\n".join((TORCH, *peer.requirements, *(f"without {name}" for name in peer.without)))
        python, complete = folder / "bin" / "python", folder / COMPLETE
        if complete.is_file() and complete.read_text(encoding="utf-8") == wanted:
            return python
        shutil.rmtree(folder, ignore_errors=True)
        self._run(peer, "make its environment", [sys.executable, "-m", "venv", str(folder)])
        pip = [str(python), "-m", "pip"]
        # torch goes first and by itself: what follows is then content with the build that pip is configured to find.
        self._run(peer, f"install {TORCH}", [*pip, "install", "--quiet", TORCH])
        self._run(peer, f"install {peer.requirements[0]}", [*pip, "install", "--quiet", TORCH, *peer.requirements])
        if peer.without:
            self._run(peer, f"remove {peer.without[0]}", [*pip, "uninstall", "--quiet", "--yes", *peer.without])
        complete.write_text(wanted, encoding="utf-8")
        return python

    def result(self, peer: Peer, told: str, job: dict[str, Any]) -> dict[str, Any]:
        """Have a peer's program do a job, and return what it printed, with the wall seconds of its whole process.

        Raises:
            PeerError: the peer cannot be installed, or its program failed.
        """
        file = self.scratch / f"{peer.name}.json"
        file.write_text(json.dumps({"model": str(model_folder(BUNDLED_ENCODER)), **job}), encoding="utf-8")
        command = [str(self.python(peer)), "-P", str(RUNNER), str(peer.program), str(file)]
        began = time.perf_counter()
        lines = self._run(peer, told, command).splitlines()
        result: dict[str, Any] = json.loads(lines[-1])
        return result | {"process_seconds": time.perf_counter() - began}

    def _run(self, peer: Peer, told: str, command: Sequence[str]) -> str:
        """Run a command to its end and return its standard output; show the last line of its standard error meanwhile.

        Raises:
            PeerError: it ended with another status than 0.
        """
        from rich.console import Console  # noqa: PLC0415  rich is of no use to who imports the figures
        from rich.markup import escape  # noqa: PLC0415

        log = self.scratch / f"{peer.name}.log"
        began = time.perf_counter()
        with (
            log.open("wb") as errors,
            Console(stderr=True).status(f"{peer.name}: {told}") as status,
            running(command, errors) as child,
        ):
            while (output := _output_within(child, seconds=2)) is None:
                last = _last_line(log.read_text(encoding="utf-8", errors="replace"))
                seconds = time.perf_counter() - began
                status.update(f"{peer.name}: {told} · {seconds:.0f} s · {escape(last)}")
        seconds = time.perf_counter() - began
        if child.returncode:
            raise PeerError(reason_in(log.read_text(encoding="utf-8", errors="replace"), told, child.returncode))
        print(f"{peer.name}: {told}, {seconds:.1f} s", file=sys.stderr)
        return output


@contextlib.contextmanager
def running(command: Sequence[str], errors: Any) -> Iterator[subprocess.Popen[str]]:
    """Start a command in a group of its own, and end it whatever happens: a peer's server may outlive the peer."""
    child = subprocess.Popen(  # noqa: S603  the programs beside this file, and pip
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        env={name: value for name, value in os.environ.items() if not name.startswith("ASKDOCS_")} | QUIET,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _output_within(child: subprocess.Popen[str], seconds: float) -> str | None:
    try:
        return child.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        return None


def _last_line(text: str) -> str:
    return next((line.strip()[:LONGEST_REASON] for line in reversed(text[-4_000:].splitlines()) if line.strip()), "")


def reason_in(log: str, told: str, status: int) -> str:
    """Return why a command failed, in one line: its last exception or pip's last error, else its last line."""
    named = re.findall(r"^(?:[\w.]*(?:Error|Exception|Exit|Interrupt)\b|ERROR): .+$", log, re.MULTILINE)
    why = named[-1] if named else _last_line(log) or f"ended with status {status} and said nothing"
    return f"cannot {told.partition(',')[0]}: {why[:LONGEST_REASON]}"


@dataclass(slots=True)
class Entry:
    """What is known of a system so far: the results of its runs, or why there are none."""

    peer: Peer
    results: list[dict[str, Any]]
    failed: str | None = None

    def median(self, name: str) -> float:
        """Return the median of a figure over the runs."""
        return float(statistics.median(result[name] for result in self.results))


def in_turn(bench: Bench, peers: Sequence[Peer], told: str, jobs: Sequence[dict[str, Any]]) -> list[Entry]:
    """Do every job with every system, one job after the other; a system that fails is not asked again.

    A job's `{peer}` in a string stands for the system's name.
    """
    entries = [Entry(peer, []) for peer in peers]
    for number, job in enumerate(jobs, 1):
        for entry in entries:
            if entry.failed is None:
                ours = {key: _named(value, entry.peer) for key, value in job.items()}
                try:
                    entry.results.append(bench.result(entry.peer, f"{told}, {number} of {len(jobs)}", ours))
                except PeerError as error:
                    entry.failed = str(error)
                    print(f"{entry.peer.name}: {error}", file=sys.stderr)
    return entries


def _named(value: Any, peer: Peer) -> Any:
    return value.replace("{peer}", peer.name) if isinstance(value, str) else value


def compare_builds(bench: Bench, peers: Sequence[Peer], data: Data, articles: int, runs: int) -> list[Entry]:
    """Have every system build an index of the first articles, so many times."""
    jobs = [
        {
            "work": "build",
            "articles": str(data.articles),
            "count": articles,
            "folder": str(bench.scratch / f"build-{run}" / "{peer}"),
        }
        for run in range(runs)
    ]
    return in_turn(bench, peers, "build", jobs)


def compare_questions(
    bench: Bench, peers: Sequence[Peer], data: Data, *, passages: int, questions: int, runs: int
) -> tuple[int, list[Entry]]:
    """Have every system index the same passages with the same vectors, then answer; return how many passages.

    Raises:
        PeerError: askdocs could not make the passages.
    """
    folder = bench.scratch / "questions"
    folder.mkdir()
    ours = {"work": "prepare", "articles": str(data.articles), "count": passages, "folder": str(folder)}
    made = bench.result(OURS, "prepare passages and vectors", ours)
    adopt = {
        "work": "adopt",
        "passages": str(folder / "passages.jsonl"),
        "vectors": str(folder / "vectors.npy"),
        "folder": str(folder / "{peer}"),
    }
    others = in_turn(bench, [peer for peer in peers if peer != OURS], "index given passages", [adopt])
    failed = {entry.peer: entry.failed for entry in others if entry.failed is not None}
    ask = {"work": "ask", "questions": str(data.questions), "count": questions, "folder": str(folder / "{peer}")}
    asked = in_turn(bench, [peer for peer in peers if peer not in failed], "ask", [ask] * runs)
    return made["passages"], asked + [Entry(peer, [], reason) for peer, reason in failed.items()]


def build_table(entries: Sequence[Entry], reference: Entry | None) -> list[str]:
    """Return a line for each system: medians of its builds, and how many times longer than the reference it takes."""
    head = ("", "version", "passages", "characters", "load s", "build s", "process s", "passages/s", "peak MB")
    rows = [(*head, "build", "process")]
    for entry in entries:
        if entry.failed is not None:
            continue
        result = entry.results[-1]
        build, process = entry.median("build_seconds"), entry.median("process_seconds")
        rows.append(
            (
                entry.peer.name,
                result["version"],
                f"{result['passages']:,}",
                f"{result['characters'] / max(result['passages'], 1):.0f}",
                f"{entry.median('load_seconds'):.1f}",
                f"{build:.1f}",
                f"{process:.1f}",
                f"{result['passages'] / build:.1f}",
                f"{entry.median('peak_mb'):.0f}",
                _times(build, reference, "build_seconds"),
                _times(process, reference, "process_seconds"),
            )
        )
    return [*aligned(rows), *failures(entries)]


def _times(seconds: float, reference: Entry | None, name: str) -> str:
    return f"x {seconds / reference.median(name):.1f}" if reference and reference.results else "-"


def question_table(entries: Sequence[Entry]) -> list[str]:
    """Return a line for each way of asking: over all runs, milliseconds a question and what came back."""
    rows = [("", "returns", "characters", "p50 ms", "p95 ms", "open s", "peak MB")]
    for entry in entries:
        for name in entry.results[-1]["asked"] if entry.failed is None else ():
            asked = [result["asked"][name] for result in entry.results]
            milliseconds = sorted(one for run in asked for one in run["milliseconds"])
            rows.append(
                (
                    entry.peer.name,
                    f"{statistics.mean(asked[0]['counts']):.1f} {name}",
                    f"{statistics.mean(asked[0]['characters']):,.0f}",
                    f"{percentile(milliseconds, 0.50):.1f}",
                    f"{percentile(milliseconds, 0.95):.1f}",
                    f"{entry.median('open_seconds'):.1f}",
                    f"{entry.median('peak_mb'):.0f}",
                )
            )
    return [*aligned(rows), *failures(entries)]


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the least of the sorted values that at least this share of them does not exceed: the nearest rank."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def failures(entries: Sequence[Entry]) -> list[str]:
    """Return a line for each system without figures: its name and the reason."""
    return [f"{entry.peer.name}: {entry.failed}" for entry in entries if entry.failed is not None]


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Return rows as lines of columns, the first flush left and the others flush right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))])
        for first, *rest in rows
    ]


def machine() -> str:
    """Return what the figures depend on: the date, the cores and their name, and how busy they are."""
    named = re.search(r"^model name\s*: (.+)$", _read(Path("/proc/cpuinfo")), re.MULTILINE)
    processor = named[1] if named else platform.processor() or platform.machine()
    load = " ".join(f"{one:.1f}" for one in os.getloadavg())
    return f"{datetime.now(tz=UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores of {processor}, load {load}"


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def chosen_peers(names: Sequence[str] | None) -> list[Peer]:
    """Return askdocs and the peers of these names, or all of them."""
    return [OURS, *(peer for peer in PEERS if not names or peer.name in names)]


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--articles", type=int, default=500, help="how many to build an index of; 0 leaves that out")
    parser.add_argument("--passages", type=int, default=50_000, help="about how many to ask; 0 leaves that out")
    parser.add_argument("--questions", type=int, default=50)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peer", action="append", choices=[peer.name for peer in PEERS], help="only this one")
    parser.add_argument("--data", type=Path, default=NEWS, help="a folder with articles.jsonl(.gz), questions.jsonl")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where environments are kept")
    chosen = parser.parse_args()
    data, peers = Data.of(chosen.data), chosen_peers(chosen.peer)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    chosen.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="askdocs-bench-") as scratch:
        bench = Bench(chosen.cache, Path(scratch))
        try:
            print(machine())
            if chosen.articles:
                entries = compare_builds(bench, peers, data, chosen.articles, chosen.runs)
                print(f"\nFull build of {chosen.articles} articles, medians of {chosen.runs} runs in turn")
                print("\n".join(build_table(entries, entries[0])))
                print(BUILD_NOTE)
            if chosen.passages:
                made, entries = compare_questions(
                    bench, peers, data, passages=chosen.passages, questions=chosen.questions, runs=chosen.runs
                )
                print(f"\nA warm question at {made:,} passages, {chosen.questions} questions, {chosen.runs} times each")
                print("\n".join(question_table(entries)))
                print(QUESTION_NOTE)
            print(f"\n{machine()}")
        except PeerError as error:
            sys.exit(f"askdocs: {error}")
        except KeyboardInterrupt:
            print("interrupted; everything that was started has ended", file=sys.stderr)
            sys.exit(130)


BUILD_NOTE = """\
load: imports and the model. build: from texts in memory to an index saved on the disk. process: from start to exit. The
factors are in askdocs' seconds. Passages are each system's own, of about 200 tokens. Those of askdocs overlap, so it
has several times as many of the same words: compare the seconds, not the passages a second."""

QUESTION_NOTE = """\
All hold the same passages: askdocs cut them, their vectors are those of its index, and each peer took both in its
documented way. Every question is encoded by the system's own encoder, within the time. askdocs' quotes are `ask`
(encode, search, rerank, quote or abstain), its passages are `search`, on its own index of those articles."""


if __name__ == "__main__":
    main()
