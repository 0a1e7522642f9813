"""A real server and users who ask it at once in; requests a second, latency, memory and wrong answers out.

python eval/load/load.py                       users 1, 10, 50, 200, each for 20 seconds
python eval/load/load.py --spike 200           five users, then two hundred questions at one moment
python eval/load/load.py --soak-minutes 15     five users for a quarter of an hour: memory and open files

Every answer is compared with the library's own. `--door page` asks as the page in a browser does, not by the API.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter

from doors import BUSY, ApiDoor, Door, Known, Outcome, PageDoor, known_answers
from process import Server, serving

from askdocs.conversation import leans
from askdocs.library import open_library

SAMPLE = Path(__file__).parent.parent / "sample"
DOORS: dict[str, Callable[[int], Door]] = {"api": ApiDoor, "page": PageDoor}


def main() -> None:
    """Run what the command line asks for."""
    wanted = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        index = wanted.index or _index_of(SAMPLE / "articles.jsonl", Path(folder) / "index")
        lines = wanted.questions.read_text(encoding="utf-8").splitlines()
        library = open_library(index)
        questions = [json.loads(line)["question"] for line in lines]
        known = known_answers(library, [one for one in questions if wanted.door == "api" or not leans(one)])
        print(
            f"{len(library.articles)} articles, {library.passage_count} passages, {len(known)} questions, {wanted.door}"
        )
        with serving(index) as server:
            if wanted.soak_minutes:
                asyncio.run(_soak(server, known, wanted.door, wanted.soak_minutes))
            elif wanted.spike:
                asyncio.run(_spike(server, known, wanted.door, wanted.spike))
            else:
                asyncio.run(_steps(server, known, wanted.door, wanted.users, wanted.seconds))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", type=Path, help="an index that is there; without it, one of eval/sample is made")
    parser.add_argument("--questions", type=Path, default=SAMPLE / "questions.jsonl", help="one JSON object a line")
    parser.add_argument("--door", choices=sorted(DOORS), default="api")
    parser.add_argument("--users", type=lambda text: [int(one) for one in text.split(",")], default=[1, 10, 50, 200])
    parser.add_argument("--seconds", type=float, default=20.0, help="for each number of users")
    parser.add_argument("--spike", type=int, default=0, metavar="N")
    parser.add_argument("--soak-minutes", type=float, default=0.0, metavar="M")
    return parser.parse_args()


def _index_of(articles: Path, folder: Path) -> Path:
    """Index articles as the command does."""
    command = [sys.executable, "-m", "askdocs", "index", str(articles), "--index", str(folder)]
    subprocess.run(command, check=True)  # noqa: S603  askdocs itself
    return folder


# --- users ------------------------------------------------------------------------------------------------------------


async def _user(door: Door, known: Sequence[Known], first: int, until: float) -> list[Outcome]:
    """Ask one question after the other, and come back later where the server says that it is busy."""
    outcomes = []
    for one in islice(cycle(known), first, None):
        if perf_counter() >= until:
            break
        outcomes.append(await door.ask(one))
        if outcomes[-1].told == BUSY:
            await asyncio.sleep(outcomes[-1].wait)
    door.close()
    return outcomes


async def _users(server: Server, known: Sequence[Known], door: str, count: int, seconds: float) -> list[Outcome]:
    """Have so many users ask for so long, all from the same moment on."""
    until = perf_counter() + seconds
    tasks = [_user(DOORS[door](server.port), known, number * 7 % len(known), until) for number in range(count)]
    return [outcome for outcomes in await asyncio.gather(*tasks) for outcome in outcomes]


# --- what is measured -------------------------------------------------------------------------------------------------


async def _steps(server: Server, known: Sequence[Known], door: str, steps: Sequence[int], seconds: float) -> None:
    await _users(server, known, door, 2, 3)
    print("| users | answers/s | p50 ms | p95 | p99 | busy/s | busy p99 | slowest | errors | wrong | CPU ms | MB |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for count in steps:
        began = perf_counter()
        spent = server.cpu_seconds
        outcomes = await _users(server, known, door, count, seconds)
        each = 1000 * (server.cpu_seconds - spent) / max(1, sum(outcome.told == "right" for outcome in outcomes))
        row = _row(outcomes, perf_counter() - began)
        print(f"| {count} | {row} | {each:.0f} | {server.megabytes:.0f} |", flush=True)


def _row(outcomes: Sequence[Outcome], seconds: float) -> str:
    told = Counter(outcome.told for outcome in outcomes)
    right = [outcome.seconds for outcome in outcomes if outcome.told == "right"]
    busy = [outcome.seconds for outcome in outcomes if outcome.told == BUSY]
    slowest = max((outcome.seconds for outcome in outcomes), default=0.0)
    parts = [
        f"{len(right) / seconds:.1f}",
        *(f"{_percentile(right, share):.0f}" for share in (50, 95, 99)),
        f"{len(busy) / seconds:.1f}",
        f"{_percentile(busy, 99):.0f}",
        f"{slowest * 1000:.0f}",
        str(told["error"]),
        str(told["wrong"]),
    ]
    return " | ".join(parts)


def _percentile(seconds: Sequence[float], share: int) -> float:
    """Return a percentile in milliseconds, by the nearest rank; 0 of nothing."""
    ranked = sorted(seconds)
    return 1000 * ranked[max(0, -(-len(ranked) * share // 100) - 1)] if ranked else 0.0


async def _spike(server: Server, known: Sequence[Known], door: str, count: int) -> None:
    """Have five users ask for 30 s; after ten of them, ask so many questions at one moment."""
    await _users(server, known, door, 2, 3)
    began = perf_counter()
    steady = asyncio.create_task(_users(server, known, door, 5, 30))
    await asyncio.sleep(10)
    doors = [DOORS[door](server.port) for _ in range(count)]
    at = perf_counter()
    crowd = await asyncio.gather(*(one.ask(known[number % len(known)]) for number, one in enumerate(doors)))
    for one in doors:
        one.close()
    calm = await steady
    told = Counter(outcome.told for outcome in crowd)
    slowest = max(outcome.seconds for outcome in crowd)
    print(f"{count} at once: {dict(told)}; the slowest was answered or told busy after {slowest * 1000:.0f} ms")
    before = _percentile([one.seconds for one in calm if began + 2 < one.asked < at - 1], 95)
    print(f"p95 of the five users before: {before:.0f} ms")
    for second in range(10):
        window = [one for one in calm if at + second <= one.asked < at + second + 1]
        right = [one.seconds for one in window if one.told == "right"]
        busy = sum(one.told == BUSY for one in window)
        print(f"  second {second + 1} after: p95 {_percentile(right, 95):.0f} ms, {len(right)} answers, {busy} busy")
    print(f"five users, all told: {dict(Counter(one.told for one in calm))}; {server.megabytes:.0f} MB")


async def _soak(server: Server, known: Sequence[Known], door: str, minutes: float) -> None:
    """Have five users ask for so long, and look at memory and open files every few seconds."""
    await _users(server, known, door, 5, min(60.0, minutes * 6))  # memory settles first
    seconds = minutes * 60
    began = perf_counter()
    asking = asyncio.create_task(_users(server, known, door, 5, seconds))
    seen: list[tuple[float, float, int, int]] = []
    while not asking.done():
        seen.append((perf_counter() - began, server.megabytes, server.open_files, server.threads))
        await asyncio.wait({asking}, timeout=max(0.5, seconds / 180))
    outcomes = await asking
    print(
        f"{minutes:g} minutes, 5 users: {_row(outcomes, seconds)}  (answers/s | p50 | p95 | p99 | busy/s | ... wrong)"
    )
    tenth = max(1, len(seen) // 10)
    first, last = seen[:tenth], seen[-tenth:]
    for name, place in (("MB", 1), ("open files", 2), ("threads", 3)):
        start, end = (statistics.median(one[place] for one in part) for part in (first, last))
        print(f"{name}: {start:.1f} in the first tenth, {end:.1f} in the last ({100 * (end / start - 1):+.1f} %)")
    half = began + seconds / 2
    for name, early in (("first", True), ("second", False)):
        part = [one.seconds for one in outcomes if one.told == "right" and (one.asked < half) == early]
        print(f"p95 of the {name} half: {_percentile(part, 95):.0f} ms")


if __name__ == "__main__":
    main()
