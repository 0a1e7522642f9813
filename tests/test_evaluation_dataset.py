"""A dataset is loaded as it stands, or refused with the file, the row and the reason."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from askdocs.errors import DatasetError
from askdocs.evaluation import Dataset, Gold, Question, load_dataset

TEXT = "Belarus will not send troops. Its commanders resist.\u2028They said so on Tuesday."
ARTICLE = {"id": "belarus", "title": "Belarus and the war", "text": TEXT, "url": "https://example.org/1"}
OTHER = {"id": "paris", "title": "Paris", "text": "Paris is quiet in August. Shops close."}
GOLD = {"article_id": "belarus", "start": 30, "end": 52, "exact": "Its commanders resist."}
ROW = {"id": "q1", "question": "Who resists?", "gold": [GOLD], "answerable": True}

SHARED = Path(__file__).parents[2] / "shared" / "data"


def folder_of(
    folder: Path, *rows: object, articles: tuple[Mapping[str, Any], ...] = (ARTICLE, OTHER), zipped: bool = False
) -> Path:
    """Write a dataset folder; a row that is a string is written as it is."""
    lines = "".join(json.dumps(article, ensure_ascii=False) + "\n" for article in articles).encode()
    if zipped:
        (folder / "articles.jsonl.gz").write_bytes(gzip.compress(lines))
    else:
        (folder / "articles.jsonl").write_bytes(lines)
    written = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    (folder / "questions.jsonl").write_text("".join(line + "\n" for line in written), encoding="utf-8")
    return folder


@pytest.mark.parametrize("zipped", [False, True])
def test_a_folder_gives_its_articles_and_questions(tmp_path: Path, zipped: bool) -> None:  # noqa: FBT001  a parameter of the test
    dataset = load_dataset(folder_of(tmp_path, ROW, zipped=zipped))
    assert dataset.name == tmp_path.name
    assert [(article.id, article.title, article.text) for article in dataset.articles] == [
        ("belarus", "Belarus and the war", TEXT),
        ("paris", "Paris", OTHER["text"]),
    ]
    assert dataset.questions == (
        Question(
            id="q1",
            text="Who resists?",
            answerable=True,
            gold=(Gold("belarus", 30, 52, "Its commanders resist."),),
        ),
    )


def test_every_known_field_of_a_question_is_read(tmp_path: Path) -> None:
    row = {
        "id": "q",
        "question": "Where\u2028to?",
        "gold": [],
        "gold_articles": ["paris"],
        "answers": ["Paris"],
        "answer_strong": True,
        "answerable": True,
        "date": "2022/06/16",
    }
    (question,) = load_dataset(folder_of(tmp_path, row)).questions
    wanted = Question("q", "Where\u2028to?", True, (), ("paris",), ("Paris",), True)  # noqa: FBT003  its fields in order
    assert question == replace(wanted, day=date(2022, 6, 16))


@pytest.mark.parametrize("known", [{"gold": [GOLD]}, {"gold_articles": ["paris"]}, {"answers": ["Paris"]}])
def test_a_question_with_any_gold_is_answerable_unless_it_says_otherwise(tmp_path: Path, known: dict[str, Any]) -> None:
    (question,) = load_dataset(folder_of(tmp_path, {"id": "q", "question": "Who?", **known})).questions
    assert question.answerable


def test_blank_lines_and_a_byte_order_mark_are_no_questions(tmp_path: Path) -> None:
    assert len(load_dataset(folder_of(tmp_path, "\ufeff" + json.dumps(ROW), "", "  ")).questions) == 1


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("{not json", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('["a list"]', "the row is ['a list'], wanted an object"),
        ({"id": "q", "answerable": True}, 'has no "question"'),
        ({"question": "Who?", "answerable": True}, 'has no "id"'),
        ({**ROW, "question": " \n"}, "cannot be asked: the question is empty"),
        ({**ROW, "question": "?!"}, "cannot be asked: the question is empty"),
        ({**ROW, "question": "why " * 2_000}, "cannot be asked: the question has 7,999 characters"),
        ({**ROW, "id": 7}, '"id" is 7, wanted a string'),
        ({"id": "q", "question": "Who?"}, 'has no "answerable"'),
        ({**ROW, "answerable": 1}, '"answerable" is 1, wanted true or false'),
        ({**ROW, "answerable": False}, "is not answerable and yet has gold"),
        ({**ROW, "gold": GOLD}, "wanted an array"),
        ({**ROW, "date": "last week"}, "date is 'last week'; wanted the day of the question, as 2022-06-16"),
        ({**ROW, "date": 2022}, '"date" is 2022, wanted a string'),
        ({**ROW, "gold": ["belarus"]}, "a gold span is 'belarus', wanted an object"),
        ({**ROW, "answers": [1]}, 'each of "answers" is 1, wanted a string'),
        ({**ROW, "gold_articles": ["minsk"]}, "gold_articles names 'minsk', which is no article"),
        ({**ROW, "gold": [{**GOLD, "article_id": "minsk"}]}, "gold names 'minsk', which is no article"),
        ({**ROW, "gold": [{**GOLD, "start": True}]}, '"start" is True, wanted a whole number'),
        ({**ROW, "gold": [{**GOLD, "end": 900}]}, "gold 30-900 is no run of characters in 'belarus', which has 77"),
        ({**ROW, "gold": [{**GOLD, "start": 52}]}, "gold 52-52 is no run"),
        (
            {**ROW, "gold": [{**GOLD, "start": 31}]},
            "gold says 'Its commanders resist.', but 'belarus' has 'ts commanders resist.' at 31-52",
        ),
        ({**ROW, "id": "good"}, "an earlier row has the id 'good'"),
    ],
)
def test_a_faulty_row_is_refused_with_its_number_and_reason(tmp_path: Path, row: object, reason: str) -> None:
    folder = folder_of(tmp_path, {**ROW, "id": "good"}, row)
    with pytest.raises(DatasetError) as caught:
        load_dataset(folder)
    assert str(caught.value).startswith(f"{folder / 'questions.jsonl'}, row 2: ")
    assert reason in str(caught.value)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no such folder"):
        load_dataset(tmp_path / "nowhere")


def test_a_folder_without_articles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"has no articles\.jsonl or articles\.jsonl\.gz"):
        load_dataset(tmp_path)


def test_a_folder_without_questions_is_refused(tmp_path: Path) -> None:
    (folder_of(tmp_path) / "questions.jsonl").unlink()
    with pytest.raises(DatasetError, match=r"questions\.jsonl: no such file"):
        load_dataset(tmp_path)


def test_an_empty_question_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"questions\.jsonl: holds no questions"):
        load_dataset(folder_of(tmp_path))


def test_questions_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    (folder_of(tmp_path, ROW) / "questions.jsonl").write_bytes(b'{"id": "\xff"}\n')
    with pytest.raises(DatasetError, match="cannot be read as UTF-8 text"):
        load_dataset(tmp_path)


def test_an_article_that_cannot_be_read_is_refused_with_its_row(tmp_path: Path) -> None:
    file = folder_of(tmp_path, ROW) / "articles.jsonl"
    file.write_text(json.dumps(ARTICLE) + "\n{broken\n", encoding="utf-8")
    with pytest.raises(DatasetError) as caught:
        load_dataset(tmp_path)
    assert str(caught.value).startswith(f"{file}:2: ")


def test_two_articles_of_one_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="a second article with the id 'belarus'"):
        load_dataset(folder_of(tmp_path, ROW, articles=(ARTICLE, OTHER, ARTICLE)))


@pytest.mark.parametrize("lines", ["", "\n \n"])
def test_a_file_without_articles_is_refused(tmp_path: Path, lines: str) -> None:
    (folder_of(tmp_path, ROW) / "articles.jsonl").write_text(lines, encoding="utf-8")
    with pytest.raises(DatasetError, match=r"articles\.jsonl"):
        load_dataset(tmp_path)


# --- samples ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def mixed(tmp_path: Path) -> Dataset:
    """Give 30 answerable and 10 unanswerable questions, and 5 whose article nobody knows, to 60 articles."""
    articles = tuple({"id": f"a{n}", "title": f"Article {n}", "text": f"This is article {n}."} for n in range(60))
    known = [{"id": f"k{n}", "question": f"Known {n}?", "gold_articles": [f"a{n}"]} for n in range(30)]
    unknown = [{"id": f"u{n}", "question": f"Unknown {n}?", "answers": ["word"]} for n in range(5)]
    none = [{"id": f"n{n}", "question": f"None {n}?", "answerable": False} for n in range(10)]
    return load_dataset(folder_of(tmp_path, *known, *unknown, *none, articles=articles))


def test_a_sample_keeps_the_share_of_answerable_questions_and_all_their_articles(mixed: Dataset) -> None:
    sample = mixed.sampled(articles=10, questions=20)
    kinds = [question.answerable for question in sample.questions]
    assert (kinds.count(True), kinds.count(False)) == (16, 4)
    assert len(sample.articles) == 16 + 10
    assert {name for question in sample.questions for name in question.gold_articles} <= {
        article.id for article in sample.articles
    }
    assert "sample: 10 other articles, 20 questions, seed 0" in sample.name
    everything = mixed.sampled(articles=10**6, questions=20)
    others = len(mixed.articles) - len(frozenset[str]().union(*(one.evidence for one in everything.questions)))
    assert f"sample: {others} other articles, 20 questions, seed 0" in everything.name


def test_a_sample_never_keeps_a_question_whose_article_nobody_knows(mixed: Dataset) -> None:
    assert len(mixed.sampled(articles=0, questions=500).questions) == 40


def test_a_sample_has_at_least_one_question_of_each_kind(mixed: Dataset) -> None:
    assert {question.answerable for question in mixed.sampled(articles=0, questions=2).questions} == {True, False}


def test_a_sample_depends_on_its_seed_alone(mixed: Dataset) -> None:
    assert mixed.sampled(articles=9, questions=9) == mixed.sampled(articles=9, questions=9)
    assert mixed.sampled(articles=9, questions=9).questions != mixed.sampled(articles=9, questions=9, seed=1).questions


def test_an_empty_sample_is_refused(mixed: Dataset) -> None:
    with pytest.raises(DatasetError, match="a sample of 0 questions is empty"):
        mixed.sampled(articles=5, questions=0)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public evaluation sets of ../shared/data are not here")
@pytest.mark.parametrize("name", ["chunking", "squad2", "xquad/en", "xquad/zh", "xquad/th", "xquad/ar"])
def test_public_sets_load_with_all_their_gold_where_it_says(name: str) -> None:
    dataset = load_dataset(SHARED / name)
    assert dataset.questions
    assert all(question.gold for question in dataset.questions if question.answerable)


def test_a_dataset_is_the_same_from_whichever_folder_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    folder = folder_of(tmp_path / "mine", ROW)
    monkeypatch.chdir(tmp_path)
    assert load_dataset(Path("mine")) == load_dataset(folder)
