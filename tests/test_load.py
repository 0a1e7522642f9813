"""The load that is measured is a real one: whole answers of a real server, each compared with the library's own."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

LOAD = Path(__file__).parent.parent / "eval" / "load" / "load.py"


def test_answers_asked_as_the_page_asks_are_right(sample_index: Path, tmp_path: Path) -> None:
    asked = tmp_path / "questions.jsonl"
    asked.write_text(
        '{"question": "Who won the world cup final?"}\n{"question": "Zebra xylophone?"}\n', encoding="utf-8"
    )
    command = [sys.executable, str(LOAD), "--index", str(sample_index), "--questions", str(asked), "--door", "page"]
    ran = subprocess.run(
        [*command, "--users", "2", "--seconds", "1"], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr
    head, _, row = (re.split(r" *\| *", line)[1:-1] for line in ran.stdout.splitlines()[-3:])
    told = dict(zip(head, row, strict=True))
    assert float(told["answers/s"]) > 0
    assert (told["users"], told["errors"], told["wrong"]) == ("2", "0", "0")
