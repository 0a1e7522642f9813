"""`askdocs eval` as scripts meet it: what it keeps, what it refuses, and when it fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from askdocs.evaluation import load_run
from askdocs.settings import MIN_CONFIDENCE
from conftest import Cli
from test_cli import complaint, loaded_by, only_object, wrong_usage
from test_dataset_forms import FIRST, SECOND, squad, written

FERRY = {"id": "ferry", "title": "The ferry", "text": "The ferry stopped on Monday, said the captain. It sails in May."}
ASKED = {"id": "when", "question": "When did the ferry stop?", "gold_articles": ["ferry"]}


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "articles.jsonl").write_text(json.dumps(FERRY) + "\n")
    (folder / "questions.jsonl").write_text(json.dumps(ASKED) + "\n")
    return folder


def test_a_run_is_saved_and_its_index_kept_for_the_next_time(cli: Cli, dataset: Path, tmp_path: Path) -> None:
    ran = cli("eval", dataset, "--save", "run.json", "--json", ASKDOCS_CACHE=str(tmp_path / "cache"))
    report = only_object(ran)
    run = load_run(tmp_path / "run.json")
    assert {**run.measures} == report["measures"]
    assert run.rows[0].hits[0].title == "The ferry"
    (kept,) = (tmp_path / "cache" / "evaluation").iterdir()
    again = cli("eval", dataset, "--save", "again.json", "--json", ASKDOCS_CACHE=str(tmp_path / "cache"))
    assert only_object(again)["measures"] == report["measures"]
    assert load_run(tmp_path / "again.json").about["index"] == run.about["index"]
    assert [kept] == list((tmp_path / "cache" / "evaluation").iterdir())


def test_without_the_cache_nothing_is_kept(cli: Cli, dataset: Path, tmp_path: Path) -> None:
    ran = cli("eval", dataset, "--no-cache", "--json", ASKDOCS_CACHE=str(tmp_path / "cache"))
    assert ran.returncode == 0, ran.stderr
    assert not (tmp_path / "cache").exists()


def test_a_cache_that_cannot_be_written_costs_only_time(cli: Cli, dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a folder should be")
    ran = cli("eval", dataset, "--json", ASKDOCS_CACHE=str(tmp_path / "cache"))
    assert ran.returncode == 0
    assert "no index can be kept here" in ran.stderr
    assert only_object(ran)["questions"] == 1


def test_measures_beyond_their_limits_fail_after_the_table(cli: Cli, dataset: Path) -> None:
    limits = ("--fail-under", "Success@1=1", "--fail-under", "abstain_auroc=0.5", "--fail-over", "chars@5=10")
    ran = cli("eval", dataset, "--no-cache", *limits)
    assert ran.returncode == 1
    assert "nDCG@10" in ran.stdout
    auroc, chars = ran.stderr.splitlines()
    assert auroc == "askdocs: abstain_auroc does not apply to any question of this dataset, wanted at least 0.5"
    assert chars.endswith(", wanted at most 10")


@pytest.mark.parametrize(
    "limit",
    [("--fail-under", "false_answer=0.1"), ("--fail-over", "RR@10=0.1"), ("--fail-under", "RR@10=x")],
)
def test_a_limit_that_means_nothing_is_wrong_usage(cli: Cli, dataset: Path, limit: tuple[str, str]) -> None:
    wrong_usage(cli("eval", dataset, *limit))


def test_a_limit_of_no_known_measure_fails_in_one_line_before_any_question(cli: Cli) -> None:
    told = complaint(cli("eval", "nowhere", "--fail-under", "RR=1"))
    assert told.startswith("RR=1: no measure is called 'RR'; there are nDCG@10, ")


def test_a_squad_file_is_evaluated_as_it_is(cli: Cli, tmp_path: Path) -> None:
    ran = cli("eval", written(tmp_path, squad(FIRST, SECOND)), "--no-cache", "--json")
    report = only_object(ran)
    assert (report["dataset"], report["questions"], report["articles"]) == ("dev", 3, 1)


def test_the_device_that_is_set_is_the_one_that_computes(cli: Cli, dataset: Path) -> None:
    for command in (("eval", dataset), ("calibrate", dataset)):
        told = complaint(cli(*command, ASKDOCS_DEVICE="abacus"))
        assert told.startswith("device = 'abacus' is none that torch knows")


def test_a_saved_run_names_what_computed_and_where_it_abstains(cli: Cli, dataset: Path, tmp_path: Path) -> None:
    ran = cli("eval", dataset, "--no-cache", "--save", "run.json", "--json", ASKDOCS_ENGINE="torch")
    assert ran.returncode == 0, ran.stderr
    about = load_run(tmp_path / "run.json").about
    assert about["encoder"]["engine"] == "torch on cpu, float32"
    assert about["answering"]["threshold"] == MIN_CONFIDENCE


def test_a_run_is_never_saved_over_what_is_read(cli: Cli, dataset: Path, tmp_path: Path) -> None:
    before = {file: file.read_bytes() for file in dataset.iterdir()}
    for name in ("questions.jsonl", "articles.jsonl"):
        assert "is read here and would be overwritten" in complaint(cli("eval", dataset, "--save", dataset / name))
    squad_file = written(tmp_path, squad(FIRST))
    assert "is read here and would be overwritten" in complaint(cli("eval", squad_file, "--save", squad_file))
    assert before == {file: file.read_bytes() for file in dataset.iterdir()}


def test_without_a_home_folder_the_setting_that_names_another_is_told(cli: Cli, dataset: Path) -> None:
    told = complaint(cli("eval", dataset, ASKDOCS_CACHE="~nobody-of-this-name/cache"))
    assert told.startswith("ASKDOCS_CACHE = '~nobody-of-this-name/cache'")


def test_an_index_of_other_articles_is_not_overwritten(cli: Cli, dataset: Path, sample_index: Path) -> None:
    before = (sample_index / "CURRENT").read_bytes()
    assert "holds an index of other articles" in complaint(cli("eval", dataset, "--index", sample_index))
    assert (sample_index / "CURRENT").read_bytes() == before


def test_a_folder_of_ones_own_keeps_the_index(cli: Cli, dataset: Path, tmp_path: Path) -> None:
    first = only_object(cli("eval", dataset, "--index", "kept", "--json"))
    pointer = (tmp_path / "kept" / "CURRENT").read_bytes()
    assert only_object(cli("eval", dataset, "--index", "kept", "--json"))["measures"] == first["measures"]
    assert (tmp_path / "kept" / "CURRENT").read_bytes() == pointer


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        (
            {"ASKDOCS_PASSAGES_TOKENS": "50"},
            "its passages have up to 225 tokens, a new one every 75, and 50 and 75 were",
        ),
        ({"ASKDOCS_ENGINE": "openvino-int8"}, "made this index, questions would be encoded by"),
    ],
    ids=["cut otherwise", "encoded otherwise"],
)
def test_an_index_made_with_other_settings_is_not_overwritten(
    cli: Cli, dataset: Path, tmp_path: Path, setting: dict[str, str], reason: str
) -> None:
    assert cli("eval", dataset, "--index", "kept", "--json").returncode == 0
    before = (tmp_path / "kept" / "CURRENT").read_bytes()
    assert reason in complaint(cli("eval", dataset, "--index", "kept", **setting))
    assert (tmp_path / "kept" / "CURRENT").read_bytes() == before


def test_a_damaged_index_is_not_overwritten(cli: Cli, dataset: Path, tmp_path: Path) -> None:
    assert cli("eval", dataset, "--index", "kept", "--json").returncode == 0
    next((tmp_path / "kept").rglob("articles.txt")).write_text("Other words.")
    before = (tmp_path / "kept" / "CURRENT").read_bytes()
    assert "the index is damaged" in complaint(cli("eval", dataset, "--index", "kept"))
    assert (tmp_path / "kept" / "CURRENT").read_bytes() == before


def test_what_is_no_dataset_is_refused_in_one_line(cli: Cli, tmp_path: Path) -> None:
    assert "no such folder or file; wanted a folder" in complaint(cli("eval", "nowhere"))
    (tmp_path / "notes.json").write_text("[]")
    assert "holds a JSON array; wanted a folder" in complaint(cli("eval", "notes.json"))


def test_where_a_run_cannot_be_saved_is_said_before_the_questions(cli: Cli, dataset: Path, tmp_path: Path) -> None:
    assert "cannot be written" in complaint(cli("eval", dataset, "--save", "nowhere/run.json"))
    assert "is a folder" in complaint(cli("eval", dataset, "--save", tmp_path))


@pytest.mark.parametrize("command", ["eval", "compare", "report"])
def test_a_command_describes_itself_and_loads_nothing_heavy_for_it(command: str) -> None:
    assert not {"numpy", "faiss", "torch", "openvino", "gradio", "tiktoken"} & loaded_by(command, "--help")
