"""BEIR folders and SQuAD files are read as they are; anything else is refused with what was found."""

from __future__ import annotations

import gzip
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.errors import DatasetError
from askdocs.evaluation import Gold, load_dataset

SHARED = Path(__file__).parents[2] / "shared" / "data"
NOBODY = 65534

# --- SQuAD


def squad(*paragraphs: dict[str, Any], title: str = "Super_Bowl_50") -> dict[str, Any]:
    return {"version": "v2.0", "data": [{"title": title, "paragraphs": list(paragraphs)}]}


def asked(name: str, *answers: tuple[str, int], **more: object) -> dict[str, Any]:
    marked = [{"text": text, "answer_start": start} for text, start in answers]
    return {"id": name, "question": f" What is {name}?", "answers": marked, **more}


def written(folder: Path, form: object, name: str = "dev.json") -> Path:
    file = folder / name
    content = json.dumps(form, ensure_ascii=False).encode()
    file.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return file


FIRST = {"context": "The ferry stopped.", "qas": [asked("a", ("ferry", 4))]}
SECOND = {"context": "It sails in May 🚢 again.", "qas": [asked("b", ("again", 18)), asked("c", is_impossible=True)]}


@pytest.mark.parametrize("name", ["dev.json", "dev.json.gz"])
def test_a_titles_paragraphs_are_one_article_and_gold_moves_by_what_stands_before(tmp_path: Path, name: str) -> None:
    dataset = load_dataset(written(tmp_path, squad(FIRST, SECOND), name))
    (article,) = dataset.articles
    assert (dataset.name, article.id, article.title) == ("dev", "Super_Bowl_50", "Super Bowl 50")
    assert article.text == "The ferry stopped.\n\nIt sails in May 🚢 again."
    first, second, third = dataset.questions
    assert (first.id, first.text, first.gold) == ("a", "What is a?", (Gold("Super_Bowl_50", 4, 9, "ferry"),))
    assert second.gold == (Gold("Super_Bowl_50", 38, 43, "again"),)
    assert (third.answerable, third.gold, third.evidence) == (False, (), frozenset())


def test_plausible_answers_of_an_impossible_question_are_not_read(tmp_path: Path) -> None:
    plausible = {"plausible_answers": [{"text": "ferry", "answer_start": 4}], "is_impossible": True}
    paragraph = {"context": "The ferry stopped.", "qas": [asked("a", **plausible)]}
    (question,) = load_dataset(written(tmp_path, squad(paragraph))).questions
    assert (question.answerable, question.gold, question.answers) == (False, (), ())


def test_each_distinct_span_that_somebody_marked_is_gold(tmp_path: Path) -> None:
    context = "In May, and only then: late in May it sails."
    answers = ("late in May", 23), ("in May", 28), ("in May", 28), ("May", 3), ("May", 31)
    paragraph = {"context": context, "qas": [asked("a", *answers)]}
    (question,) = load_dataset(written(tmp_path, squad(paragraph))).questions
    assert [(span.start, span.end) for span in question.gold] == [(23, 34), (28, 34), (3, 6), (31, 34)]
    assert question.answers == ("late in May", "in May", "May")
    assert not question.answer_strong


def test_two_titles_of_one_name_stay_two_articles(tmp_path: Path) -> None:
    form = squad(FIRST, title="A%26B")
    form["data"] += squad(SECOND, title="A%26B")["data"]
    dataset = load_dataset(written(tmp_path, form))
    assert [(article.id, article.title) for article in dataset.articles] == [("A%26B", "A&B"), ("A%26B (2)", "A&B")]
    assert dataset.questions[1].gold[0].article_id == "A%26B (2)"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).map("w{}".format), min_size=1))
def test_gold_is_where_it_says_whatever_the_paragraphs_hold(contexts: list[str]) -> None:
    paragraphs = [{"context": context, "qas": [asked(str(n), (context, 0))]} for n, context in enumerate(contexts)]
    with tempfile.TemporaryDirectory() as folder:
        dataset = load_dataset(written(Path(folder), squad(*paragraphs)))
    (article,) = dataset.articles
    for question in dataset.questions:
        (gold,) = question.gold
        assert article.text[gold.start : gold.end] == gold.exact


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        (squad({"context": "A.", "qas": [asked("a", ("B", 0))]}), "question 'a': gold says 'B', but"),
        (squad({"context": "A.", "qas": [asked("a", ("A.", 1))]}), "gold 1-3 is no run of characters"),
        (squad({"context": "A.", "qas": [asked("a")]}), "question 'a': has no answers"),
        (squad({"context": "A."}), 'paragraph 1: has no "qas"'),
        (squad({"context": " ", "qas": []}), "has no text in its paragraphs"),
        (squad({"context": "A.", "qas": []}), "holds no questions"),
        (squad(FIRST, FIRST), "an earlier row has the id 'a'"),
        ({"data": []}, "holds no questions"),
        ({"data": {}, "zebra": 1}, "holds a JSON object with data, zebra; wanted a folder"),
        ([1], "holds a JSON array; wanted a folder"),
        (1, "holds a single JSON value; wanted"),
    ],
)
def test_a_file_with_a_fault_is_refused_with_its_place(tmp_path: Path, form: object, reason: str) -> None:
    file = written(tmp_path, form)
    with pytest.raises(DatasetError) as caught:
        load_dataset(file)
    assert str(caught.value).startswith(str(file))
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"%PDF-1.7\xff", "cannot be read as UTF-8 text"),
        (b"", "not JSON"),
        (gzip.compress(b"{}" * 1_000, mtime=0)[:-9], "the compressed file is damaged"),
        (b'{"a": 1}\n{"a": 2}\n', "not JSON"),
    ],
)
def test_a_file_that_is_no_json_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "dev.json").write_bytes(content)
    with pytest.raises(DatasetError, match=f"{reason}.*; wanted a folder with articles"):
        load_dataset(tmp_path / "dev.json")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public evaluation sets of ../shared/data are not here")
def test_the_public_sample_of_squad_reads_the_same_in_either_form(tmp_path: Path) -> None:
    """The sample's SQuAD form, put together again here, gives the same texts, gold and answerability."""
    known = load_dataset(SHARED / "squad2")
    form: dict[str, Any] = {"data": []}
    for article in known.articles:
        paragraphs: list[dict[str, Any]] = []
        start = 0
        for context in article.text.split("\n\n"):
            inside = range(start, start + len(context))
            qas = [
                asked(question.id, *((gold.exact, gold.start - start) for gold in question.gold))
                for question in known.questions
                if question.gold and question.gold[0].article_id == article.id and question.gold[0].start in inside
            ]
            paragraphs.append({"context": context, "qas": qas})
            start += len(context) + 2
        form["data"].append({"title": article.id, "paragraphs": paragraphs})
    impossible = [asked(question.id, is_impossible=True) for question in known.questions if not question.answerable]
    form["data"][0]["paragraphs"][0]["qas"] += impossible
    read = load_dataset(written(tmp_path, form))
    assert [(one.id, one.title, one.text, one.body) for one in read.articles] == [
        (one.id, one.title, one.text, one.body) for one in known.articles
    ]
    by_id = {question.id: question for question in known.questions}
    assert by_id.keys() == {question.id for question in read.questions}
    for question in read.questions:
        assert question.answerable == by_id[question.id].answerable
        assert sorted(question.gold, key=repr) == sorted(by_id[question.id].gold, key=repr)


# --- BEIR

CORPUS = (
    {"_id": "d1", "title": "The ferry", "text": "It stopped on Monday.", "metadata": {}},
    {"_id": 2, "title": "", "text": "Shops close early."},
    {"_id": "d3", "title": "Only a title", "text": ""},
    {"_id": "d4", "title": "", "text": " "},
)
QUERIES = ({"_id": "q1", "text": "When did the ferry stop?"}, {"_id": "q2", "text": "Why?"}, {"_id": 3, "text": "Who?"})
HEADER = "query-id\tcorpus-id\tscore\n"
JUDGED = HEADER + "q1\td1\t2\nq1\t2\t1\nq1\td3\t0\n3\td4\t1\nq2\td1\t0\n"


def lines(*rows: object) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def beir(folder: Path, *, corpus: str = lines(*CORPUS), queries: str = lines(*QUERIES), **splits: str) -> Path:
    (folder / "corpus.jsonl").write_text(corpus)
    (folder / "queries.jsonl").write_text(queries)
    (folder / "qrels").mkdir()
    for name, judged in (splits or {"test": JUDGED}).items():
        (folder / "qrels" / f"{name}.tsv").write_text(judged)
    return folder


def test_articles_judged_above_zero_are_gold_and_queries_without_one_are_not_asked(tmp_path: Path) -> None:
    dataset = load_dataset(beir(tmp_path))
    assert dataset.name == f"{tmp_path.name} (test)"
    assert [(article.id, article.title, article.text) for article in dataset.articles] == [
        ("d1", "The ferry", "It stopped on Monday."),
        ("2", "2", "Shops close early."),
        ("d3", "Only a title", "Only a title"),
        ("d4", "d4", ""),
    ]
    assert [(question.id, question.text, question.gold_articles) for question in dataset.questions] == [
        ("q1", "When did the ferry stop?", ("d1", "2")),
        ("3", "Who?", ("d4",)),
    ]
    assert all(question.answerable and not question.gold for question in dataset.questions)


def test_compressed_files_are_read_too(tmp_path: Path) -> None:
    plain = load_dataset(beir(tmp_path))
    for name in ("corpus.jsonl", "queries.jsonl"):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress((tmp_path / name).read_bytes()))
        (tmp_path / name).unlink()
    assert load_dataset(tmp_path).questions == plain.questions


@pytest.mark.parametrize(
    ("splits", "chosen"),
    [(("train", "dev", "test"), "test"), (("train", "dev"), "dev"), (("train",), "train")],
)
def test_the_test_split_is_asked_else_dev_else_the_only_one(
    tmp_path: Path, splits: tuple[str, ...], chosen: str
) -> None:
    assert load_dataset(beir(tmp_path, **dict.fromkeys(splits, JUDGED))).name == f"{tmp_path.name} ({chosen})"


def test_several_splits_without_a_known_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"holds a\.tsv, b\.tsv; wanted test\.tsv or dev\.tsv"):
        load_dataset(beir(tmp_path, a=JUDGED, b=JUDGED))


def test_judgements_without_a_header_lose_no_row(tmp_path: Path) -> None:
    assert len(load_dataset(beir(tmp_path, test=JUDGED.removeprefix(HEADER))).questions) == 2


def test_a_query_is_not_answered_by_the_article_of_its_own_id(tmp_path: Path) -> None:
    queries = lines({"_id": "d1", "text": "The ferry stopped."}, {"_id": "q", "text": "Why?"})
    judged = HEADER + "d1\td1\t1\nd1\t2\t1\nq\td1\t1\n"
    first, second = load_dataset(beir(tmp_path, queries=queries, test=judged)).questions
    assert (first.gold_articles, first.leave_out) == (("2",), ("d1",))
    assert (second.gold_articles, second.leave_out) == (("d1",), ())


@pytest.mark.parametrize(
    ("text", "kept"),
    [("ferry " * 1_000, ("ferry " * 666).strip()), ("f" * 4_100, "f" * 4_000), ("f" * 4_000 + " on", "f" * 4_000)],
)
def test_a_query_longer_than_a_question_is_cut_between_words_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str, kept: str
) -> None:
    queries = lines({"_id": "q1", "text": text}, {"_id": "q2", "text": "Why?"})
    dataset = load_dataset(beir(tmp_path, queries=queries, test=HEADER + "q1\td1\t1\nq2\td1\t1\n"))
    assert [question.text for question in dataset.questions] == [kept, "Why?"]
    assert "queries.jsonl: 1 queries are cut to 4000 characters" in caplog.text


def test_a_score_of_more_digits_than_python_reads_is_a_score(tmp_path: Path) -> None:
    scores = ["9" * 5_000, "0" * 5_000, "-" + "9" * 5_000]
    judged = "".join(f"q1\t{name}\t{score}\n" for name, score in zip(("d1", "2", "d3"), scores, strict=True))
    (question,) = load_dataset(beir(tmp_path, test=HEADER + judged)).questions
    assert question.gold_articles == ("d1",)


@pytest.mark.parametrize(
    ("judged", "reason"),
    [
        (HEADER + "q1\td9\t1\n", r"test\.tsv, row 2: judges 'd9', which is no article"),
        (HEADER + "q9\td1\t1\n", r"queries\.jsonl: has no query 'q9'"),
        (HEADER + "q1\td1\n", "row 2: has 2 fields, wanted 3"),
        (HEADER + "q1\td1\thigh\n", "row 2: the score is 'high'"),
        (HEADER + "q1\td1\t0\n", r"test\.tsv: holds no questions"),
    ],
)
def test_faulty_judgements_are_refused_with_their_row(tmp_path: Path, judged: str, reason: str) -> None:
    with pytest.raises(DatasetError, match=reason):
        load_dataset(beir(tmp_path, test=judged))


def test_faulty_rows_are_refused_with_their_place(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"corpus\.jsonl, row 2: an earlier row has the id 'd1'"):
        load_dataset(beir(tmp_path, corpus=lines(CORPUS[0], CORPUS[0])))
    (tmp_path / "queries.jsonl").write_text("{}\n")
    (tmp_path / "corpus.jsonl").write_text(lines(*CORPUS))
    with pytest.raises(DatasetError, match=r'queries\.jsonl, row 1: has no "_id"'):
        load_dataset(tmp_path)


# --- what is no dataset


def test_a_folder_of_something_else_is_told_what_it_holds(tmp_path: Path) -> None:
    for name in "fedcba":
        (tmp_path / f"{name}.txt").touch()
    with pytest.raises(DatasetError, match=r"it holds a\.txt, .*e\.txt and 1 more; wanted a folder with articles"):
        load_dataset(tmp_path)


def test_one_file_of_a_dataset_is_answered_with_the_folder(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=f"name its folder: askdocs eval {tmp_path}"):
        load_dataset(beir(tmp_path) / "corpus.jsonl")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "dev.json")
    with pytest.raises(DatasetError, match="is no regular file"):
        load_dataset(tmp_path / "dev.json")


def test_a_name_too_long_for_the_system_is_refused_in_words() -> None:
    with pytest.raises(DatasetError, match="cannot be read: "):
        load_dataset(Path("d" * 5_000))


@contextmanager
def without_rights() -> Iterator[None]:
    """Run as nobody where this is root, who may read everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("closed", ["folder", "articles.jsonl", "questions.jsonl"])
def test_what_may_not_be_read_is_refused_in_words(closed: str) -> None:
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        folder = Path(parent) / "set"
        folder.mkdir()
        (folder / "articles.jsonl").write_text(lines({"id": "a", "text": "The ferry stopped."}))
        (folder / "questions.jsonl").write_text(lines({"id": "q", "question": "Why?", "gold_articles": ["a"]}))
        target = folder if closed == "folder" else folder / closed
        target.chmod(0)
        with without_rights(), pytest.raises(DatasetError, match=r"cannot be read.*[Pp]ermission denied"):
            load_dataset(folder)
        target.chmod(0o755)
