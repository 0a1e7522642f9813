"""What a command does where its standard output takes nothing: one line on standard error, and no traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
QUESTION = "Where was the Endurance found?"


def into_a_full_disk(*arguments: str) -> subprocess.CompletedProcess[str]:
    with FULL.open("w") as full:
        return subprocess.run(
            [sys.executable, "-m", "askdocs", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    "arguments", [("--json",), ()], ids=["for a script, less than a buffer", "for a person, more at once"]
)
def test_an_output_that_cannot_be_written_is_one_line_and_a_failure(
    sample_index: Path, arguments: tuple[str, ...]
) -> None:
    ran = into_a_full_disk("search", QUESTION, "-k", "20", "--index", str(sample_index), *arguments)
    assert ran.stderr == "askdocs: standard output cannot be written: No space left on device\n"
    assert ran.returncode == 1


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
def test_a_failure_is_told_where_nothing_is_printed(tmp_path: Path) -> None:
    ran = into_a_full_disk("ask", QUESTION, "--index", str(tmp_path))
    assert ran.stderr.startswith(f"askdocs: {tmp_path}: there is no index here")
    assert ran.returncode == 1


def test_a_reader_that_goes_away_is_no_traceback(sample_index: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "askdocs", "search", QUESTION, "-k", "20", "--json", "--index", str(sample_index)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as ran:
        assert ran.stdout is not None
        assert ran.stderr is not None
        ran.stdout.close()
        said = ran.stderr.read()
    assert said in ("", "askdocs: standard output cannot be written: Broken pipe\n")
    assert ran.returncode == 1
