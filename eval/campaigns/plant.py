"""Faults planted in a copy of askdocs, one at a time, each with the campaign that must fail because of it.

    python eval/campaigns/plant.py [WORD...]

With words, only the faults whose description holds one of them. A campaign that passes with its fault in place proves
nothing, and the exit status is 1. A fault whose line is not in the code any more is named: write it anew.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOT_FOUND = "its line is gone"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, where it is planted, and the test file that must notice."""

    what: str
    file: str
    good: str
    bad: str
    noticed_by: str


FAULTS = (
    Fault(
        "files of a generation are not synced",
        "index/manifest.py",
        "            sync(file.fileno())\n",
        "",
        "power_loss",
    ),
    Fault("CURRENT is not synced", "index/durable.py", "        sync(file.fileno())\n", "", "power_loss"),
    Fault(
        "the rename of CURRENT is not synced",
        "index/durable.py",
        "    sync_folder(path.parent)\n",
        "",
        "power_loss",
    ),
    Fault(
        "a generation's name is not synced",
        "index/succession.py",
        "    sync_folder(folder / GENERATIONS)\n",
        "",
        "power_loss",
    ),
    Fault(
        "a new index folder's name is not synced",
        "index/durable.py",
        "        sync_folder(folder.parent)\n",
        "",
        "power_loss",
    ),
    Fault(
        "CURRENT is written in place",
        "index/durable.py",
        '    beside = path.with_name(f"{path.name}.new")\n',
        "    beside = path\n",
        "faults",
    ),
    Fault(
        "the switch comes before the generation has its name",
        "index/succession.py",
        "    unfinished.rename(pointer.folder_in(folder))\n",
        "    switch_to(folder, pointer)\n    unfinished.rename(pointer.folder_in(folder))\n",
        "power_loss",
    ),
    Fault(
        "what a killed build left is not removed",
        "index/succession.py",
        "        shutil.rmtree(generations / UNFINISHED, ignore_errors=True)\n",
        "",
        "crash",
    ),
    Fault(
        "generations that nobody needs stay",
        "index/succession.py",
        "            if entry.name not in stays:\n",
        "            if not entry:\n",
        "faults",
    ),
    Fault(
        "a full disk is told twice, with a traceback",
        "index/arrays.py",
        "        with suppress(OSError):  #",
        "        with suppress():  #",
        "faults",
    ),
    Fault(
        "FAISS writes the clusters by itself",
        "index/approximate.py",
        "    _write(index, folder / CLUSTERS)\n",
        "    faiss.write_index(index, str(folder / CLUSTERS))\n",
        "faults",
    ),
    Fault(
        "an error of the disk is swallowed",
        "index/faults.py",
        "    except OSError as error:\n        raise IndexFolderError(\n",
        "    except OSError as error:\n        return\n        raise IndexFolderError(\n",
        "faults",
    ),
    Fault(
        "hashes of files are not compared",
        "index/manifest.py",
        'if hashlib.file_digest(file, "sha256").hexdigest() != record.sha256:',
        "if not record.sha256:",
        "damage",
    ),
    Fault(
        "the manifest's hash is not compared",
        "index/manifest.py",
        "    if hashlib.sha256(content).hexdigest() != pointer.manifest_sha256:",
        "    if not content:",
        "damage",
    ),
    Fault(
        "a calibration's hash is not compared",
        "answering/calibration.py",
        'if form.pop("sha256") != _sha256(form):',
        'if not form.pop("sha256"):',
        "damage",
    ),
    Fault(
        "a journal's hash is not compared",
        "index/journal.py",
        "    if hashlib.sha256(content).hexdigest().encode() != sha256:",
        "    if not content:",
        "damage",
    ),
    Fault("a lock that two can hold", "index/lock.py", "fcntl.LOCK_EX | fcntl.LOCK_NB", "fcntl.LOCK_SH", "lock"),
    Fault(
        "answers mix the old generation with the new one",
        "following.py",
        "            self.opened, self.fault = newer, None\n",
        "            self.opened.index, self.fault = newer.index, None\n",
        "readers",
    ),
    Fault(
        "a library does not follow its index",
        "following.py",
        "        if self._changed() and self._opening.acquire(blocking=False):\n",
        "        if not self._seen and self._opening.acquire(blocking=False):\n",
        "readers",
    ),
)


def outcome(fault: Fault, place: Path) -> str:
    """Plant a fault in a copy of the package and run its campaign small; say what came of it."""
    shutil.copytree(ROOT / "src", place / "src", ignore=shutil.ignore_patterns("__pycache__"))
    file = place / "src" / "askdocs" / fault.file
    code = file.read_text(encoding="utf-8")
    if code.count(fault.good) != 1:
        return NOT_FOUND
    file.write_text(code.replace(fault.good, fault.bad), encoding="utf-8")
    tests = ROOT / "tests" / f"test_index_{fault.noticed_by}.py"
    arguments = ["-q", "-x", "-p", "no:cacheprovider", "--rootdir", str(ROOT), "-k", "not command_line", str(tests)]
    run = subprocess.run(  # noqa: S603  this interpreter, and files of this repository
        [sys.executable, "-m", "pytest", *arguments],
        env=os.environ | {"PYTHONPATH": str(place / "src"), "CI": "true"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    failed = [line.split("::")[1].split(" ")[0] for line in run.stdout.splitlines() if line.startswith("FAILED")]
    return f"noticed: {failed[0]}" if failed else f"NOT NOTICED: {run.stdout.strip().splitlines()[-1:]}"


def main() -> int:
    """Plant every fault, and print a row for each."""
    wanted = [fault for fault in FAULTS if not sys.argv[1:] or any(word in fault.what for word in sys.argv[1:])]
    missed = 0
    print("| planted | campaign | outcome |\n|---|---|---|")
    for fault in wanted:
        with tempfile.TemporaryDirectory() as place:
            came = outcome(fault, Path(place))
        missed += not came.startswith("noticed")
        print(f"| {fault.what} | test_index_{fault.noticed_by}.py | {came} |", flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
