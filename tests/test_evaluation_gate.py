"""The gate's baseline is a run of the sample questions as they stand, and the gate is part of what CI runs."""

from __future__ import annotations

from pathlib import Path

from askdocs.evaluation import load_dataset, load_run

ROOT = Path(__file__).parent.parent
BASELINE = ROOT / "eval" / "baseline.json"


def test_the_baseline_asked_every_question_of_the_sample_as_it_stands() -> None:
    asked = {row.question for row in load_run(BASELINE).rows}
    missing = [question.id for question in load_dataset(ROOT / "eval" / "sample").questions if question not in asked]
    assert not missing, "the sample has changed; run: make baseline"


def test_the_baseline_is_small_enough_to_be_kept_in_the_repository() -> None:
    assert BASELINE.stat().st_size < 1_000_000
    assert all(not hit.text for row in load_run(BASELINE).rows for hit in row.hits)


def test_the_gate_is_part_of_what_ci_runs() -> None:
    assert "make eval-gate" in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
