"""The faults that prove the campaigns can still be planted: each finds its line in the code."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
FAULTS: list[Any] = runpy.run_path(str(ROOT / "eval" / "campaigns" / "plant.py"))["FAULTS"]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_a_fault_finds_the_line_that_it_spoils(fault: Any) -> None:
    assert fault.good in (ROOT / "src" / "askdocs" / fault.file).read_text(encoding="utf-8")
