"""The packaged sample library and the question set made from it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from askdocs.sample import articles_folder, example_questions

SAMPLE = Path(__file__).parents[1] / "eval" / "sample"
ARTICLE_FILES = sorted(articles_folder().glob("*.md"))


def rows_of(name: str) -> list[dict[str, Any]]:
    """Read a JSONL file; split at line feeds only, since other separators may stand inside a string."""
    lines = (SAMPLE / name).read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines if line]


def front_matter(file: Path) -> dict[str, str]:
    """Read the `key: value` lines between the two marks at the top of an article."""
    return dict(line.split(": ", 1) for line in file.read_text(encoding="utf-8").split("---\n")[1].splitlines())


def run_make(script: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(script), str(folder)], capture_output=True, text=True, encoding="utf-8", check=False
    )


ARTICLES = {row["id"]: row for row in rows_of("articles.jsonl")}
QUESTIONS = rows_of("questions.jsonl")


def test_there_are_enough_articles_on_enough_subjects() -> None:
    assert len(ARTICLE_FILES) >= 15
    assert len({front_matter(file)["subject"] for file in ARTICLE_FILES}) >= 4


@pytest.mark.parametrize("file", ARTICLE_FILES, ids=lambda file: file.stem)
def test_an_article_says_who_published_it_and_is_no_longer_than_a_newspaper_would_print(file: Path) -> None:
    front = front_matter(file)
    assert list(front) == ["title", "author", "outlet", "date", "subject"]
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", front["date"])
    text = ARTICLES[file.stem]["text"]
    assert text.startswith(f"# {front['title']}\n\nBy {front['author']}\n\n")
    assert 450 <= len(text.split()) <= 900


def test_some_events_are_told_by_two_outlets() -> None:
    outlets: dict[str, set[str]] = {}
    for file in ARTICLE_FILES:
        front = front_matter(file)
        outlets.setdefault(front["subject"], set()).add(front["outlet"])
    assert sum(len(names) > 1 for names in outlets.values()) >= 4


def test_some_articles_carry_page_furniture_and_one_carries_markup_as_prose() -> None:
    texts = [row["text"] for row in ARTICLES.values()]
    assert sum("READ MORE" in text for text in texts) >= 4
    assert sum("<script>alert(1)</script>" in text and "![x](http://example.org/x.png)" in text for text in texts) == 1


def test_an_article_of_the_set_is_its_file_after_the_front_matter() -> None:
    assert list(ARTICLES) == [file.stem for file in ARTICLE_FILES]
    for file in ARTICLE_FILES:
        assert file.read_text(encoding="utf-8").endswith("\n---\n" + ARTICLES[file.stem]["text"])


def test_there_are_enough_questions_with_and_without_an_answer() -> None:
    assert len({row["id"] for row in QUESTIONS}) == len(QUESTIONS)
    assert len({row["question"] for row in QUESTIONS}) == len(QUESTIONS)
    assert sum(row["answerable"] for row in QUESTIONS) >= 60
    kinds = Counter(row["kind"] for row in QUESTIONS)
    assert kinds["near-miss"] + kinds["off-topic"] == sum(not row["answerable"] for row in QUESTIONS)
    assert min(kinds["near-miss"], kinds["off-topic"]) >= 9
    assert min(kinds["keywords"], kinds["typos"], kinds["disagree"]) >= 6
    assert kinds["paraphrase"] >= 15


def test_every_article_answers_some_question() -> None:
    assert {span["article_id"] for row in QUESTIONS for span in row["gold"]} == set(ARTICLES)


@pytest.mark.parametrize("row", QUESTIONS, ids=lambda row: row["id"])
def test_gold_is_verbatim_and_is_there_exactly_when_the_question_has_an_answer(row: dict[str, Any]) -> None:
    assert row["answerable"] == bool(row["gold"])
    for span in row["gold"]:
        exact = ARTICLES[span["article_id"]]["text"][span["start"] : span["end"]]
        assert exact == span["exact"]
        assert "\n" not in exact, "a gold span stays within a paragraph"
        assert exact.strip() == exact
        assert exact.rstrip('"').endswith((".", "?", "!"))


def test_articles_that_disagree_both_have_their_say() -> None:
    rows = [row for row in QUESTIONS if row["kind"] == "disagree"]
    assert len(rows) >= 6
    for row in rows:
        assert len({span["article_id"] for span in row["gold"]}) == 2, row["id"]
        assert "answers" not in row, row["id"]


def test_gold_is_never_page_furniture() -> None:
    furniture = re.compile(
        r"READ MORE|Photo: |Picture: |Image credit|^Subscribe|^Sign up|^Become a member|^By \w+ \w+$"
    )
    assert not [span["exact"] for row in QUESTIONS for span in row["gold"] if furniture.search(span["exact"])]


def test_the_committed_files_are_what_the_script_makes(tmp_path: Path) -> None:
    done = run_make(SAMPLE / "make.py", tmp_path)
    assert done.returncode == 0, done.stderr
    for name in ("articles.jsonl", "questions.jsonl"):
        assert (tmp_path / name).read_bytes() == (SAMPLE / name).read_bytes(), "run: python eval/sample/make.py"


@pytest.mark.parametrize(
    ("gold", "answers", "complaint"),
    [
        ("nowhere", [], "there is no article 'nowhere'"),
        ("Words that nobody wrote.", [], "found 0 times"),
        ("Mr Abara", [], "wanted once in lenwick-archive-rescue"),
        ("The rescue has cost £390,000 so far.", ["£39"], r"no gold span holds all of ['£39']"),
    ],
)
def test_a_faulty_question_is_named_and_nothing_is_written(
    gold: str, answers: list[str], complaint: str, tmp_path: Path
) -> None:
    shutil.copy(SAMPLE / "make.py", tmp_path)
    article = "lenwick-archive-rescue" if gold != "nowhere" else gold
    (tmp_path / "questions.toml").write_text(
        '[[question]]\nid = "the-faulty-one"\nkind = "plain"\nquestion = "What?"\n'
        f"answers = {json.dumps(answers, ensure_ascii=False)}\n"
        f'gold = [{{ article = "{article}", exact = "{gold}" }}]\n',
        encoding="utf-8",
    )
    done = run_make(tmp_path / "make.py", tmp_path)
    assert done.returncode == 1
    assert "the-faulty-one" in done.stderr
    assert complaint in done.stderr
    assert not (tmp_path / "questions.jsonl").exists()


def test_the_examples_are_questions_of_the_set_with_a_disagreement_and_a_near_miss() -> None:
    kinds = {row["question"]: row["kind"] for row in QUESTIONS}
    examples = example_questions()
    assert len(examples) == 6
    assert set(examples) <= set(kinds)
    assert {"disagree", "near-miss"} <= {kinds[question] for question in examples}


def test_the_question_file_holds_nothing_that_is_dropped() -> None:
    table = tomllib.loads((SAMPLE / "questions.toml").read_text(encoding="utf-8"))["question"]
    assert {name for row in table for name in row} == {"id", "kind", "question", "gold", "answers"}
    assert [row["id"] for row in table] == [row["id"] for row in QUESTIONS]
