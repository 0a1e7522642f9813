"""The README's commands and code run as they are written, on the sample articles."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
COMMANDS = [
    shlex.split(line, comments=True)
    for block in re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a reader of the README would have it: an index of the sample, a file, the first of the questions."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "notes.txt").write_text("The ferry\n\nThe ferry stopped on Monday. It will sail again in May.\n")
    shutil.copytree(ROOT / "eval" / "sample", folder / "eval" / "sample")
    questions = folder / "eval" / "sample" / "questions.jsonl"
    questions.write_text("".join(questions.read_text().splitlines(keepends=True)[:12]))
    run(["askdocs", "index", "--sample"], folder)
    answer = run(["askdocs", "ask", "Why do Belarusian commanders resist joining the war?", "--json"], folder)
    (folder / "answer.json").write_text(answer)
    return folder


def run(command: list[str], folder: Path) -> str:
    assert command[0] == "askdocs"
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_readme_shows_the_two_commands_in_its_first_screen() -> None:
    first_screen = README.splitlines()[:25]
    assert any(line.startswith("make chat") for line in first_screen)
    assert any(line.startswith("make test") for line in first_screen)


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in {command[1] for command in COMMANDS if command and command[0] == "make"}:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


@pytest.mark.parametrize("code", PYTHON)
def test_the_python_of_the_readme_runs(code: str, desk: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=desk, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "“" in done.stdout


APART = {"chat", "check", "index", "questions", "calibrate"}
"""Commands that do not end, print nothing on standard output, or need what another one made."""


@pytest.mark.parametrize(
    "command",
    [command for command in COMMANDS if command and command[0] == "askdocs" and command[1] not in APART],
    ids=" ".join,
)
def test_a_command_of_the_readme_runs(command: list[str], desk: Path) -> None:
    printed = run(command, desk)
    assert printed or (desk / command[command.index("--out") + 1]).read_text()


def test_your_own_articles_are_indexed_as_the_readme_says(tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "ferry.txt").write_text("The ferry\n\nThe ferry stopped on Monday, said the captain.\n")
    run(["askdocs", "index", "articles"], tmp_path)
    assert "Monday" in run(["askdocs", "ask", "When did the ferry stop?"], tmp_path)


def test_questions_are_drawn_and_calibrated_on_as_the_readme_says(desk: Path, tmp_path: Path) -> None:
    shutil.copytree(desk / "index", tmp_path / "index")
    shutil.copytree(ROOT / "eval" / "sample", tmp_path / "eval" / "sample")
    for command in COMMANDS:
        if command[:2] in (["askdocs", "questions"], ["askdocs", "calibrate"]):
            assert run(command, tmp_path) or (tmp_path / "mine" / "questions.jsonl").read_text()
    assert (tmp_path / "index" / "calibration.json").exists()


def test_every_file_that_the_tree_of_the_readme_names_is_there() -> None:
    tree = README.partition("    README.md            this page")[2].partition("    tests/")[0]
    for name in re.findall(r"^      ([\w.]+/?) ", tree, re.MULTILINE):
        assert (ROOT / "src" / "askdocs" / name).exists(), name
    there = {path.name for path in (ROOT / "src" / "askdocs").iterdir() if path.suffix == ".py"} - {"__main__.py"}
    assert there <= set(re.findall(r"[\w.]+\.py", tree)), "the tree forgets a module"
