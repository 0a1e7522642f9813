"""generations · rollback · check · verify as scripts and people meet them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from askdocs.answering.calibration import CALIBRATION
from askdocs.index.upkeep import generations
from askdocs.sample import articles_folder
from conftest import Cli
from test_cli import complaint, loaded_by, only_object, wrong_usage

ENDURANCE = "endurance-found.md"
QUESTION = "Where was the Endurance found?"


@pytest.fixture(scope="module")
def pile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three articles in a folder that no test touches."""
    folder = tmp_path_factory.mktemp("pile") / "pile"
    folder.mkdir()
    for name in sorted(articles_folder().glob("*.md"))[:2]:
        shutil.copy(name, folder)
    shutil.copy(articles_folder() / ENDURANCE, folder)
    return folder


@pytest.fixture
def two_generations(cli: Cli, pile: Path, tmp_path: Path) -> Path:
    """An index whose article on the Endurance was edited since its first generation, made by the command line."""
    articles = Path(shutil.copytree(pile, tmp_path / "pile"))
    assert cli("index", articles).returncode == 0
    edited = articles / ENDURANCE
    edited.write_text(edited.read_text().replace("3,008 metres", "3,010 metres"))
    assert cli("index", articles).returncode == 0
    return tmp_path / "index"


# --- generations, rollback, check


def test_generations_are_listed_rolled_back_and_checked(cli: Cli, two_generations: Path) -> None:
    listed = only_object(cli("generations", "--json"))
    assert set(listed) == {"index", "generations"}
    newest, oldest = listed["generations"]
    assert set(newest) == {"name", "created", "articles", "passages", "bytes", "in_force", "fault"}
    assert (newest["in_force"], oldest["in_force"]) == (True, False)
    shown = cli("generations")
    assert shown.stdout.startswith(f"* {newest['name']} ")
    assert "in force" in shown.stdout.splitlines()[0]

    rolled = only_object(cli("rollback", "--json"))
    assert set(rolled) == {"index", "in_force", "articles", "passages"}
    assert rolled["in_force"] == oldest["name"]
    back = cli("rollback", newest["name"])
    assert (back.returncode, back.stdout) == (0, "")
    assert f"{newest['name']} is in force: 3 articles" in back.stderr

    checked = only_object(cli("check", "--json"))
    assert checked == {"index": "index", "generations": [newest["name"], oldest["name"]], "faults": []}

    broken = two_generations / "generations" / oldest["name"] / "terms.txt"
    broken.write_bytes(broken.read_bytes() + b"!")
    (two_generations / CALIBRATION).write_text("{}")
    ran = cli("check", "--json")
    assert ran.returncode == 1
    assert [(fault["generation"], fault["file"]) for fault in only_object(ran)["faults"]] == [
        (oldest["name"], "terms.txt"),
        (None, CALIBRATION),
    ]
    (two_generations / CALIBRATION).unlink()
    assert cli("check", "--in-force").returncode == 0
    person = cli("check")
    assert person.returncode == 1
    assert person.stdout.startswith(f"{oldest['name']}: terms.txt: holds ")
    assert oldest["name"] in complaint(cli("rollback"))
    assert [one.in_force for one in generations(two_generations)] == [True, False]


@pytest.mark.parametrize("command", ["generations", "rollback", "check"])
def test_without_an_index_that_is_said_and_no_folder_made(cli: Cli, command: str, tmp_path: Path) -> None:
    assert "there is no index here" in complaint(cli(command))
    assert not (tmp_path / "index").exists()


# --- verify


@pytest.fixture
def saved(cli: Cli, sample_index: Path, tmp_path: Path) -> Path:
    """An answer as the command line printed it, of the sample's own articles."""
    file = tmp_path / "answer.json"
    file.write_text(cli("ask", QUESTION, "--index", sample_index, "--json").stdout)
    return file


def verdicts(form: dict[str, Any]) -> list[str]:
    return [quote["verdict"] for quote in form["quotes"]]


def test_what_was_just_answered_is_valid_in_the_index_and_in_the_sources(
    cli: Cli, saved: Path, sample_index: Path
) -> None:
    ran = cli("verify", saved, "--index", sample_index, "--json")
    form = only_object(ran)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert set(form) == {"quotes", "verdicts"}
    quotes = json.loads(saved.read_text())["quotes"]
    assert form["verdicts"] == {"valid": len(quotes), "moved": 0, "changed": 0, "gone": 0}
    for checked, quote in zip(form["quotes"], quotes, strict=True):
        assert set(checked) == {
            "verdict",
            "question",
            "article_id",
            "sha256",
            "start",
            "end",
            "exact",
            "found",
            "same_snapshot",
            "kept",
        }
        assert checked["found"] == {
            name: quote[name] for name in ("article_id", "title", "source", "sha256", "start", "end")
        }
        assert (checked["same_snapshot"], checked["kept"]) == (True, True)
    assert verdicts(only_object(cli("verify", saved, articles_folder(), "--json"))) == ["valid"] * len(quotes)


def test_edited_moved_and_removed_articles_are_told_apart(cli: Cli, saved: Path, tmp_path: Path) -> None:
    articles = tmp_path / "pile"
    articles.mkdir()
    whole = (articles_folder() / ENDURANCE).read_text()
    first = json.loads(saved.read_text())["quotes"][0]["exact"]

    (articles / ENDURANCE).write_text(whole.replace("has been found", "was found"))
    ran = cli("verify", saved, articles, "--json")
    assert ran.returncode == 1
    assert verdicts(only_object(ran))[0] == "changed"
    assert only_object(ran)["quotes"][0]["found"] is None

    (articles / ENDURANCE).rename(articles / "another-name.md")
    (articles / "another-name.md").write_text(whole)
    ran = cli("verify", saved, articles, "--json")
    assert ran.returncode == 0
    moved = only_object(ran)["quotes"][0]
    assert (moved["verdict"], moved["found"]["article_id"], moved["same_snapshot"]) == ("moved", "another-name", True)

    (articles / "another-name.md").write_text("Something else entirely.\n")
    ran = cli("verify", saved, articles)
    assert ran.returncode == 1
    assert ran.stdout.startswith(f"1.  gone: “{first}”\n    endurance-found:")
    assert ran.stderr.endswith(" gone\n")


def test_an_old_answer_is_told_that_its_version_is_kept(cli: Cli, two_generations: Path, tmp_path: Path) -> None:
    assert two_generations.is_dir()
    assert cli("rollback").returncode == 0
    (tmp_path / "answer.json").write_text(cli("ask", QUESTION, "--json").stdout)
    assert cli("rollback", generations(two_generations)[0].name).returncode == 0
    ran = cli("verify", "answer.json")
    assert ran.returncode == 1
    assert "changed: “" in ran.stdout
    assert "the version that was quoted is kept" in ran.stdout


MALFORMED = {
    "cut short": ('{"question": "?", "quotes": [', "is not JSON: Expecting value in line 1, column 30"),
    "empty": ("", "is not JSON"),
    "a text": ('"answer"', 'no list of "quotes"'),
    "nested without end": ("[" * 100_000, "is no answer that askdocs wrote"),
    "a number of many digits": ("9" * 10_000, "is no answer that askdocs wrote"),
    "quotes of nothing": ('{"question": "?", "quotes": [{}]}', 'quote 1: "article_id" is not there'),
    "an answer in a conversation": ('{"answers": [{"question": "?"}]}', 'answer 1: no list of "quotes"'),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_what_is_no_saved_answer_is_refused_in_one_line(cli: Cli, tmp_path: Path, case: str) -> None:
    content, reason = MALFORMED[case]
    (tmp_path / "answer.json").write_text(content)
    said = complaint(cli("verify", "answer.json"))
    assert said.startswith("answer.json: ")
    assert reason in said


def test_files_that_cannot_be_read_are_named(cli: Cli, tmp_path: Path) -> None:
    assert complaint(cli("verify", "nowhere.json")) == "nowhere.json: cannot be read: No such file or directory"
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe{}")
    assert complaint(cli("verify", "bytes.json")).startswith("bytes.json: ")
    (tmp_path / "none.json").write_text('{"question": "?", "quotes": []}')
    ran = cli("verify", "none.json", "no-such-folder", "--json")
    assert (ran.returncode, only_object(ran)["quotes"]) == (0, [])
    assert "no-such-folder: does not exist" in ran.stderr
    wrong_usage(cli("verify"))


@pytest.mark.parametrize("command", ["generations", "rollback", "check", "verify"])
def test_a_command_describes_itself_and_loads_nothing_heavy_for_it(command: str) -> None:
    assert not {"numpy", "faiss", "torch", "openvino", "gradio", "tiktoken"} & loaded_by(command, "--help")
