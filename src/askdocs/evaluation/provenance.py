"""An index, its encoder and settings go in; what a run was made with, where and when comes out, to be kept with it."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import askdocs
from askdocs.answering.calibration import operating_point, read_calibration, reader_of
from askdocs.encoding import Encoder
from askdocs.index import Manifest
from askdocs.settings import Settings

_GIT_SECONDS = 10
_CPU_TABLE = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True)
class Provenance:
    """All that a run's numbers depend on, as far as it can be named.

    `made` is UTC. `commit` is git's description of the work tree that askdocs was run from, with `-dirty` behind it
    where files were altered, else the version of the package. `index["files"]` is one sha256 over those of all files.
    `settings` are as they were set; `encoder["engine"]` is what ran, and `answering` the bias and weights of the
    confidence and the threshold in force, as shipped or as calibrated on the dataset named, and the sha256 of the
    weights of what read closely, None where nothing did.
    """

    made: str
    version: str
    commit: str
    settings: Mapping[str, Any]
    encoder: Mapping[str, Any]
    index: Mapping[str, Any]
    answering: Mapping[str, Any]
    machine: Mapping[str, Any]


def provenance_of(index: Path, manifest: Manifest, encoder: Encoder, settings: Settings) -> Provenance:
    """Return what a run with the index in a folder, this encoder and these settings depends on, here and now.

    Raises:
        IndexDamagedError, IndexForeignError, IndexFolderError: its calibration cannot be used.
    """
    fingerprint = manifest.encoder.fingerprint
    calibration = read_calibration(index, fingerprint)
    return Provenance(
        made=datetime.now(tz=UTC).isoformat(timespec="seconds"),
        version=askdocs.__version__,
        commit=commit_of(Path(askdocs.__file__)) or askdocs.__version__,
        settings=asdict(settings),
        encoder=asdict(manifest.encoder) | {"engine": encoder.engine},
        index={
            "created": manifest.created,
            "askdocs": manifest.askdocs,
            "format": manifest.format,
            "articles": manifest.articles,
            "passages": manifest.passages,
            "files": _files_sha256(manifest),
        },
        answering=asdict(operating_point(index, fingerprint, settings.answers))
        | {"calibrated_on": calibration.dataset if calibration else None, "reader": reader_of(settings.answers)},
        machine={
            "processor": processor(),
            "cores": os.cpu_count(),
            "system": platform.platform(terse=True),
            "python": platform.python_version(),
        },
    )


def _files_sha256(manifest: Manifest) -> str:
    records = {name: record.sha256 for name, record in sorted(manifest.files.items())}
    return hashlib.sha256(json.dumps(records).encode()).hexdigest()


def commit_of(file: Path) -> str | None:
    """Return git's description of the work tree that tracks a file, or None where none does.

    An installed package may lie inside the work tree of another project, which does not track it.
    """
    git = shutil.which("git")
    if git is None:
        return None

    def said(*arguments: str) -> str | None:
        try:
            ran = subprocess.run(  # noqa: S603  git, with arguments that stand below
                [git, "-C", str(file.parent), *arguments],
                capture_output=True,
                text=True,
                check=False,
                timeout=_GIT_SECONDS,
                env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return ran.stdout.strip() if ran.returncode == 0 else None

    if said("ls-files", "--error-unmatch", file.name) is None:
        return None
    return said("describe", "--always", "--dirty", "--tags")


def processor() -> str:
    """Return the processor's name as the system gives it."""
    try:
        table = _CPU_TABLE.read_text(encoding="utf-8", errors="replace")
    except OSError:
        table = ""
    names = (line.partition(":")[2].strip() for line in table.split("\n") if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()
