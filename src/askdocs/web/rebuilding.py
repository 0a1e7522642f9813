"""Files to add and articles to remove in, a new generation of the index out, built by a process of its own.

The server goes on answering from the generation before: the building process has its own memory and interpreter, stands
behind at the processor, and can die at any moment without harm, as any build can.

    python -P -m askdocs.web.rebuilding INDEX    a `Job` as JSON on standard input; a line of JSON for each step done
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

from askdocs.errors import AskdocsError, IndexLockedError, NothingToIndexError, ReadError
from askdocs.web.added import read_added
from askdocs.web.programs import complain

if TYPE_CHECKING:
    from askdocs.datatypes import Article
    from askdocs.index import OpenIndex, Stage

_STAGES = {
    "starting": "Starting to build",
    "checking": "Checking the index",
    "reading": "Reading",
    "encoding": "Encoding what is new",
    "writing": "Writing the index",
    "clustering": "Arranging the vectors",
    "sealing": "Sealing the index",
}
_KINDNESS = 10
"""How far the build stands behind at the processor, as `nice` counts: whoever asks goes first."""

_NOT_BUILT = "The index was not built anew"
"""How the building process begins to tell of a failure that is ours to mend."""

_ENDED = "The build ended before it was done; the index before stays in force. Start it again."


@dataclass(frozen=True, slots=True)
class Job:
    """What a build is to change: files to add, by path, and articles to remove, by id.

    What was removed is no longer in its file, so an article is in the index where its file has it, whatever came first.
    """

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    def and_also(self, later: Job) -> Job:
        """Return both jobs as one."""
        return Job(
            tuple(dict.fromkeys((*self.add, *later.add))),
            tuple(dict.fromkeys((*self.remove, *later.remove))),
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a build is: its stage, and how much of that is done. `fault` says why the last one failed."""

    running: bool = False
    stage: str = "starting"
    done: int = 0
    total: int | None = None
    fault: str = ""

    @property
    def words(self) -> str:
        """The stage, and how much of it is done, in words."""
        stage = _STAGES.get(self.stage, self.stage)
        return f"{stage}: {min(self.done, self.total):,} of {self.total:,}" if self.total else f"{stage}…"

    @property
    def share(self) -> float | None:
        """How much of the stage is done, from 0 to 1, where that is known."""
        return min(1.0, self.done / self.total) if self.total else None


@dataclass(slots=True)
class _Line:
    """What waits and what runs; guarded by the rebuilder's lock."""

    waiting: Job | None = None
    progress: Progress = field(default_factory=Progress)


class Rebuilder:
    """Builds an index anew, one build at a time; what is wanted meanwhile waits and is done together.

    What a build that failed was to remove, the next one removes. What it was to add lies in the folder of added files.
    """

    def __init__(self, index: Path) -> None:
        self._index = index
        self._lock = Lock()
        self._line = _Line()
        self._undone = Job()

    @property
    def progress(self) -> Progress:
        """How far the build is that is under way, or how the last one ended."""
        with self._lock:
            return self._line.progress

    def forget(self) -> None:
        """Tell nobody any more why the last build failed."""
        with self._lock:
            self._line.progress = replace(self._line.progress, fault="")

    def want(self, job: Job) -> None:
        """Have a job done: now, or together with what else waits as soon as the build that runs has ended."""
        with self._lock:
            waiting = self._line.waiting
            self._line.waiting = job if waiting is None else waiting.and_also(job)
            if self._line.progress.running:
                return
            self._line.progress = Progress(running=True)
        Thread(target=self._work, name="askdocs-rebuild", daemon=True).start()

    def _work(self) -> None:
        """Do what waits until nothing does."""
        faults: list[str] = []
        while True:
            with self._lock:
                job, self._line.waiting = self._line.waiting, None
                told = " ".join(dict.fromkeys(faults))
                self._line.progress = Progress(running=job is not None, fault=told)
            if job is None:
                return
            whole = self._undone.and_also(job)
            fault = self._done(whole)
            self._undone = Job(remove=whole.remove) if fault else Job()
            if fault:
                faults.append(fault)

    def _done(self, job: Job) -> str:
        """Build in a process of its own; return why that failed, or nothing."""
        command = [sys.executable, "-P", "-m", "askdocs.web.rebuilding", str(self._index)]
        try:
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  our own interpreter and module
                try:
                    fault = self._followed(process, job)
                finally:
                    process.kill()
        except Exception as error:  # noqa: BLE001  it did not start, died, or said what is no step: the next may do
            complain(f"the index was not built anew: {error!r}")
            return _ENDED
        if fault.startswith(_NOT_BUILT):  # it may name files of this machine
            complain(fault)
            return f"{_NOT_BUILT}. Whoever runs askdocs sees why in its terminal."
        return fault

    def _followed(self, process: subprocess.Popen[str], job: Job) -> str:
        """Hand a building process its job and follow it to its end; return its fault, or nothing.

        Raises:
            OSError, ValueError: it does not take its job, or says what is no JSON.
        """
        stdin, stdout = process.stdin, process.stdout
        if stdin is None or stdout is None:
            raise OSError("no pipe")
        json.dump(asdict(job), stdin)
        stdin.close()
        for line in stdout:
            told = json.loads(line)
            if "fault" in told:
                return str(told["fault"])
            with self._lock:
                self._line.progress = Progress(
                    running=True, stage=str(told["stage"]), done=int(told["done"]), total=told["total"]
                )
        return "" if process.wait() == 0 else _ENDED


# --- the building process ---------------------------------------------------------------------------------------------


def rebuilt_articles(opened: OpenIndex, job: Job) -> Iterator[Article]:
    """Yield the articles of an index as a job leaves them. One that is there and added anew is as its file has it.

    A file to add that is gone was removed since it was added, and its articles are among those to remove.
    """
    added = _added(job.add)
    gone = {*job.remove, *added}
    yield from added.values()
    for article_id in opened.articles:
        if article_id not in gone:
            yield opened.articles[article_id]


def _added(files: Iterable[str]) -> dict[str, Article]:
    """Read the files to add, as far as they are there: no two of them name one article."""
    found = [one for file in files for one in read_added(Path(file))]
    return {one.id: one for one in found if not isinstance(one, ReadError)}


class _Told:
    """A `BuildProgress` that writes each step as a line of JSON, not more than a hundred to a stage."""

    def __init__(self) -> None:
        self._at = Progress(running=True)
        self._told = -1

    def begin(self, stage: Stage, total: int | None) -> None:
        """Hear that a stage begins."""
        self._at, self._told = Progress(running=True, stage=stage, total=total), -1
        self._tell()

    def advance(self, count: int) -> None:
        """Hear that so many more are done."""
        self._at = replace(self._at, done=self._at.done + count)
        self._tell()

    def _tell(self) -> None:
        share = -1 if self._at.share is None else int(100 * self._at.share)
        if share != self._told or self._told == -1:
            self._told = share
            _say(stage=self._at.stage, done=self._at.done, total=self._at.total)


def _say(**told: Any) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def main(index: str, job: str) -> int:
    """Build an index as a job wants it, and tell each step; return the exit status."""
    os.nice(_KINDNESS)
    from askdocs.encoding import load_encoder  # noqa: PLC0415  numpy and the model
    from askdocs.index import build_index, open_index  # noqa: PLC0415
    from askdocs.settings import load_settings  # noqa: PLC0415

    wanted = json.loads(job)
    try:
        settings = load_settings()
        encoder = load_encoder(settings.encoder, settings.engine, settings.device)
        opened = open_index(Path(index))
        opened.require_encoder(encoder)
        todo = Job(tuple(wanted["add"]), tuple(wanted["remove"]))

        def articles(_recall: object) -> Iterator[Article]:
            return rebuilt_articles(open_index(Path(index)), todo)  # now that no other build can take its place

        settings_then = opened.manifest.passage_settings
        build_index(articles, Path(index), encoder, settings_then, _Told(), generations=settings.generations)
    except NothingToIndexError:
        _say(fault="No article would be left. The last one goes as soon as there are others.")
        return 1
    except IndexLockedError:
        _say(fault="Another build of this index is under way. When it has ended, build again.")
        return 1
    except AskdocsError as error:
        _say(fault=f"{_NOT_BUILT}: {error}")
        return 1
    except BrokenPipeError:  # the server ended: nobody waits for this index any more
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.stdin.read()))
