"""A run that is saved is the run that is read again, with all that its numbers depend on beside it."""

from __future__ import annotations

import gzip
import json
import subprocess
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

import askdocs
from askdocs.answering.calibration import Calibration, OperatingPoint, write_calibration
from askdocs.answering.evidence import BIAS, FEATURES, WEIGHTS
from askdocs.close_reading.reader import WEIGHTS_SHA256
from askdocs.encoding import Encoder
from askdocs.encoding.torch_encoder import TorchEncoder
from askdocs.errors import RunFileError
from askdocs.evaluation import Provenance, Report, SavedRun, evaluate, load_run, provenance_of, save_run
from askdocs.evaluation.dataset import Dataset
from askdocs.evaluation.provenance import commit_of, processor
from askdocs.evaluation.saved import FORM, Found, Row
from askdocs.index import build_index, open_index
from askdocs.library import Library
from askdocs.settings import MIN_CONFIDENCE, AnswerSettings, PassageSettings, Settings
from fakes import HashEncoder
from test_evaluation import BELARUS, NEVER, PARIS, SPANS, WordLibrary, asked

MADE = Provenance(
    made="2026-11-22T10:00:00+00:00",
    version="0.1.0",
    commit="abc1234",
    settings={"encoder": "words"},
    encoder={"name": "words", "fingerprint": "f" * 64, "dimension": 3},
    index={"created": "2026-11-22T09:00:00+00:00", "passages": 5, "files": "0" * 64},
    answering={"threshold": 0.5, "calibrated_on": None},
    machine={"processor": "abacus", "cores": 2},
)


def title_of(article_id: str) -> str:
    return f"All of {article_id}"


def saved(report: Report, file: Path, *, texts: bool = True) -> SavedRun:
    save_run(report, MADE, title_of, file, texts=texts)
    return load_run(file)


def test_what_is_saved_is_what_is_read(tmp_path: Path) -> None:
    report = asked(SPANS, NEVER)
    run = saved(report, tmp_path / "first.json")
    assert (run.name, run.dataset) == ("first", "small")
    assert (dict(run.measures), dict(run.intervals)) == (dict(report.measures), dict(report.intervals))
    assert {**run.about} == {**run.about, **asdict(MADE), "questions": 2, "articles": 2, "passages": 5}
    first, second = run.rows
    assert first == Row(
        question=SPANS,
        hits=(Found("belarus", 25, 47, "All of belarus", "Commanders resist war.", 3.0),),
        quotes=(Found("belarus", 25, 47, "All of belarus", "Commanders resist war."),),
        confidence=1.0,
        measures=report.results[0].measures,
        verbatim_quotes=1,
        seconds=report.results[0].seconds,
    )
    assert (second.question, second.abstained, second.quotes) == (NEVER, True, ())


def test_a_run_without_texts_has_the_places_only(tmp_path: Path) -> None:
    run = saved(asked(SPANS), tmp_path / "slim.json", texts=False)
    assert run.rows[0].hits == (Found("belarus", 25, 47, "", "", 3.0),)
    assert b'"text"' not in (tmp_path / "slim.json").read_bytes()


def test_a_saved_run_holds_one_question_a_line(tmp_path: Path) -> None:
    save_run(asked(SPANS, NEVER), MADE, title_of, tmp_path / "run.json")
    lines = (tmp_path / "run.json").read_text(encoding="utf-8").splitlines()
    assert [line[: len('{"id": "')] for line in lines].count('{"id": "') == 2
    assert json.loads("\n".join(lines))["rows"][0]["id"] == "spans"


def test_a_compressed_run_is_read_too(tmp_path: Path) -> None:
    run = saved(asked(SPANS), tmp_path / "run.json")
    (tmp_path / "run.json.gz").write_bytes(gzip.compress((tmp_path / "run.json").read_bytes()))
    assert load_run(tmp_path / "run.json.gz") == run


def test_a_run_replaces_another_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    file.write_text("what was there before")
    saved(asked(SPANS), file)
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.json"]


def test_a_run_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match="cannot be written: No such file"):
        save_run(asked(SPANS), MADE, title_of, tmp_path / "nowhere" / "run.json")


def _form(tmp_path: Path) -> dict[str, Any]:
    save_run(asked(SPANS), MADE, title_of, tmp_path / "whole.json")
    form: dict[str, Any] = json.loads((tmp_path / "whole.json").read_bytes())
    return form


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "another form": ({"form": FORM + 1}, f"is no saved run of form {FORM}"),
    "no rows": ({"rows": []}, "holds no questions"),
    "a row that is none": ({"rows": [1]}, "question 1: the row is 1, wanted an object"),
    "a row with half of it": ({"rows": [{"id": "a", "question": "Why?", "answerable": True}]}, 'has no "hits"'),
    "a measure beyond any": ({"measures": {"RR@10": 10**400}}, "RR@10 is 1000"),
    "a measure that is no number": ({"measures": {"RR@10": float("nan")}}, "RR@10 is nan, wanted a number"),
    "a measure in words": ({"measures": {"RR@10": "high"}}, "RR@10 is 'high', wanted a number"),
    "intervals of others": ({"intervals": {"RR@10": [0, 1]}}, "measures and intervals are not of one kind"),
    "an interval of one end": ({"intervals": {"RR@10": [0]}}, "the interval of RR@10 has 1 ends"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_no_saved_run_is_refused_with_the_command_that_makes_one(tmp_path: Path, fault: str) -> None:
    change, reason = FAULTS[fault]
    file = tmp_path / "run.json"
    file.write_text(json.dumps(_form(tmp_path) | change))
    with pytest.raises(RunFileError) as caught:
        load_run(file)
    assert reason in str(caught.value)
    assert str(caught.value).endswith(f"a run is saved by: askdocs eval DATASET --save {file}")


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b"\x1f\x8b broken", b'{"id": 1}\n{"id": 2}\n'])
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(RunFileError):
        load_run(tmp_path / "run.json")


def test_a_missing_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match="no such file; wanted a saved run"):
        load_run(tmp_path / "run.json")


# --- what a run was made with


def test_a_run_names_the_index_the_encoder_the_settings_and_the_machine(
    sample_library: Library, encoder: Encoder
) -> None:
    made = provenance_of(sample_library.folder, sample_library.manifest, encoder, Settings())
    assert made.encoder["name"] == "all-MiniLM-L6-v2"
    assert len(made.encoder["fingerprint"]) == len(made.index["files"]) == 64
    assert made.index["created"] == sample_library.manifest.created
    assert made.index["passages"] == sample_library.passage_count
    assert made.settings == asdict(Settings())
    assert made.encoder["engine"] in {"openvino, bf16", "openvino, f32"}
    assert TorchEncoder("all-MiniLM-L6-v2").engine == "torch on cpu, float32"
    assert made.answering == asdict(OperatingPoint(BIAS, WEIGHTS, MIN_CONFIDENCE)) | {
        "calibrated_on": None,
        "reader": WEIGHTS_SHA256,
    }
    assert made.machine["cores"] >= 1
    assert processor()


def test_a_run_names_the_calibration_in_force(tmp_path: Path) -> None:
    build_index([BELARUS], tmp_path, HashEncoder(), PassageSettings())
    index = open_index(tmp_path)
    point = OperatingPoint(-1.5, replace(WEIGHTS, coverage=2.0), 0.625)
    made = Calibration(HashEncoder().fingerprint, FEATURES, "mine", "2026-11-22", 0.05, point, WEIGHTS_SHA256)
    write_calibration(tmp_path, made)
    assert provenance_of(tmp_path, index.manifest, HashEncoder(), Settings()).answering == {
        **asdict(point),
        "calibrated_on": "mine",
        "reader": WEIGHTS_SHA256,
    }
    set_least = Settings(answers=AnswerSettings(min_confidence=0.3))
    assert provenance_of(tmp_path, index.manifest, HashEncoder(), set_least).answering["threshold"] == 0.3


def git(folder: Path, *arguments: str) -> None:
    command = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
    subprocess.run(command, check=True, capture_output=True)


def test_the_commit_is_that_of_the_tree_that_tracks_the_package(tmp_path: Path) -> None:
    package = tmp_path / "package.py"
    package.write_text("one = 1\n")
    assert commit_of(package) is None
    git(tmp_path, "init")
    assert commit_of(package) is None, "a package that lies in another project's tree"
    git(tmp_path, "add", "package.py")
    git(tmp_path, "commit", "-m", "Begin")
    git(tmp_path, "tag", "v1")
    assert commit_of(package) == "v1"
    package.write_text("one = 2\n")
    assert commit_of(package) == "v1-dirty"


def test_a_real_run_is_saved_with_the_titles_of_its_articles(tmp_path: Path) -> None:
    library = WordLibrary()
    report = evaluate(Dataset("small", (BELARUS, PARIS), (SPANS,)), library)
    save_run(report, MADE, lambda article_id: library.article(article_id).title, tmp_path / "run.json")
    assert load_run(tmp_path / "run.json").rows[0].hits[0].title == "belarus"
    assert askdocs.__version__ == load_run(tmp_path / "run.json").about["version"]
