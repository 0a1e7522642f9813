"""`askdocs questions`: what is drawn, that it is there or is not there, and that it is a dataset."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from shlex import quote

import pytest

from askdocs.datatypes import Article
from askdocs.errors import LanguageModelError
from askdocs.evaluation import load_dataset
from askdocs.evaluation.drawing import Drawn, drawn_questions, write_dataset
from askdocs.evaluation.rewording import reworded
from askdocs.index import OpenIndex, build_index, open_index
from askdocs.language_model import LanguageModel
from askdocs.settings import LanguageModelSettings, PassageSettings
from askdocs.terms import terms
from conftest import Cli
from fakes import HashEncoder
from language_server import Server, serving
from test_cli import complaint, loaded_by, only_object


@pytest.fixture(scope="session")
def index(sample_index: Path) -> OpenIndex:
    return open_index(sample_index)


@pytest.fixture(scope="session")
def drawn(index: OpenIndex) -> list[Drawn]:
    return drawn_questions(index, 50, seed=1)


def index_of(folder: Path, *texts: str, title: str = "Notes") -> OpenIndex:
    articles = [Article.of(id=f"n{number}", title=title, text=text) for number, text in enumerate(texts)]
    build_index(articles, folder, HashEncoder(), PassageSettings())
    return open_index(folder)


def asked(index: OpenIndex, count: int = 10) -> list[str]:
    return [one.question.text for one in drawn_questions(index, count, seed=1)]


def test_the_sample_gives_as_many_of_each_kind_as_promised(drawn: list[Drawn]) -> None:
    kinds = [one.kind for one in drawn]
    assert [kinds.count(kind) for kind in ("headline", "sentence", "absent")] == [10, 20, 20]
    assert len({one.question.id for one in drawn}) == len({one.question.text for one in drawn}) == 50


def test_one_seed_draws_the_same_questions_and_another_others(index: OpenIndex, drawn: list[Drawn]) -> None:
    assert drawn_questions(index, 50, seed=1) == drawn
    assert drawn_questions(index, 50, seed=2) != drawn


def test_gold_stands_in_its_article_and_holds_every_word_of_its_question(index: OpenIndex, drawn: list[Drawn]) -> None:
    for question in [one.question for one in drawn if one.kind == "sentence"]:
        (gold,) = question.gold
        assert index.articles[gold.article_id].text[gold.start : gold.end] == gold.exact
        assert set(terms(question.text)) <= set(terms(gold.exact))
        assert not re.search(r"\d", question.text)
        assert question.answerable


def test_a_headline_is_the_title_of_its_gold_article(index: OpenIndex, drawn: list[Drawn]) -> None:
    for question in [one.question for one in drawn if one.kind == "headline"]:
        (article_id,) = question.gold_articles
        assert index.articles[article_id].title == question.text


def test_an_absent_question_names_what_no_passage_holds(index: OpenIndex, drawn: list[Drawn]) -> None:
    for question in [one.question for one in drawn if one.kind == "absent"]:
        assert not question.answerable
        assert not question.evidence
        names = [word for word in question.text.split()[1:] if word[0].isupper()]
        assert any(not index.lexical.scores(terms(name)).any() for name in (*names, question.text.split()[0]))


def test_an_absent_question_made_of_words_has_names_that_nobody_holds_in_place_of_each(
    index: OpenIndex, drawn: list[Drawn]
) -> None:
    for question in [one.question for one in drawn if one.question.id.startswith("absent-sentence")]:
        for name in [word for word in question.text.split() if word[0].isupper()]:
            assert not index.lexical.scores(terms(name)).any(), name


WHOLE = "The old ferry Marigold left the harbour of Port Selwyn with nineteen passengers and a brass band."


@pytest.mark.parametrize(
    "silly",
    [
        "He left the harbour of Port Selwyn with nineteen passengers and a brass band.",  # who?
        "The old ferry Marigold, the harbour of Port Selwyn, nineteen passengers, a brass band",  # no statement
        "PORT SELWYN – The old ferry Marigold left the harbour with nineteen passengers and a band.",  # a dateline
        "The captain of the ferry Marigold said: “We left the harbour with nineteen passengers.",  # half a quote
        "and the old ferry Marigold left the harbour of Port Selwyn with nineteen passengers.",  # a fragment
        "The ferry Marigold carried 1904 1,221 1905 1,388 1906 1,401 1907 1,518 1908 1,640 1909 1,702.",  # a table
        "Amy Bell, Cid Dow, Eve Fox, Guy Hay, Ida Joy, Kit Lee, May Nye and Ora Poe left.",  # names alone
        "The Marigold left.",  # a scrap
        "The old ferry left the harbour of the town with nineteen passengers and a brass band.",  # no name
    ],
)
def test_what_makes_no_question_is_left(silly: str, tmp_path: Path) -> None:
    drawn = drawn_questions(index_of(tmp_path, f"{silly}\n\n{WHOLE}"), 10, seed=1)
    assert [gold.exact for one in drawn for gold in one.question.gold] == [WHOLE]
    assert [one.question.text for one in drawn] == ["old ferry Marigold left Port Selwyn"]


def test_a_sentence_that_two_articles_share_has_no_one_place(tmp_path: Path) -> None:
    other = "The quiet village of Oxmere opened a library in the disused chapel beside the mill."
    found = asked(index_of(tmp_path, f"{WHOLE} {other}", WHOLE))
    assert len(found) == 1
    assert "Oxmere" in found[0]


def test_a_script_without_capitals_is_drawn_from_where_a_number_stands(tmp_path: Path) -> None:
    text = "غادرت العبارة القديمة ميناء المدينة صباح الأحد وعلى متنها 19 راكبا وفرقة موسيقية صغيرة."
    (question,) = asked(index_of(tmp_path, text, title="x"))
    assert set(terms(question)) <= set(terms(text))


def test_what_was_drawn_is_a_dataset_that_is_read_back(index: OpenIndex, drawn: list[Drawn], tmp_path: Path) -> None:
    write_dataset(tmp_path / "set", index, drawn)
    read = load_dataset(tmp_path / "set")
    assert list(read.questions) == [one.question for one in drawn]
    assert {(one.id, one.title, one.sha256, one.published) for one in read.articles} == {
        (one.id, one.title, one.sha256, one.published) for one in index.articles.summaries
    }


def test_a_drawn_dataset_evaluates_and_calibrates_on_its_index(cli: Cli, sample_index: Path, tmp_path: Path) -> None:
    ran = cli("questions", sample_index, "-n", "10", "--out", "my questions", "--json")
    assert only_object(ran) == {
        "dataset": "my questions",
        "questions": 10,
        "drawn": {"absent": 4, "headline": 2, "sentence": 4},
    }
    assert ran.stderr.count("\n") == 1
    assert "They are a start" in ran.stderr
    assert f"then: askdocs eval 'my questions' --index {quote(str(sample_index))}" in ran.stderr
    rows = [json.loads(row) for row in (tmp_path / "my questions" / "questions.jsonl").read_text().splitlines()]
    assert {row["drawn"] for row in rows} == {"absent", "headline", "sentence"}
    before = (sample_index / "CURRENT").read_bytes()
    report = only_object(cli("eval", "my questions", "--index", sample_index, "--json"))
    assert report["questions"] == 10
    assert (sample_index / "CURRENT").read_bytes() == before, "the index is used as it is"
    assert only_object(cli("calibrate", "my questions", "--json"))["only_threshold"]


def test_questions_that_are_there_already_stay(cli: Cli, sample_index: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "questions.jsonl").write_text("edited by hand")
    assert "is there already and stays" in complaint(cli("questions", sample_index, "--out", "mine"))
    assert (tmp_path / "mine" / "questions.jsonl").read_text() == "edited by hand"
    assert not (tmp_path / "mine" / "articles.jsonl").exists()


def test_an_index_without_a_question_in_it_is_said_to_have_none(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("too little\n\nto ask about.\n")
    assert cli("index", "a.txt").returncode == 0
    assert "makes a question" in complaint(cli("questions", "index"))
    assert "there is no index here" in complaint(cli("questions", "nowhere"))


@pytest.mark.parametrize("command", ["questions", "calibrate"])
def test_a_command_describes_itself_and_loads_nothing_heavy_for_it(command: str) -> None:
    assert not {"numpy", "faiss", "torch", "openvino", "gradio", "tiktoken"} & loaded_by(command, "--help")


# --- worded by a language model


def test_a_language_model_words_the_questions_and_the_gold_stays(drawn: list[Drawn], index: OpenIndex) -> None:
    def says(words: str) -> str:
        return f"So what about {words.partition(chr(10))[0].removeprefix('Keywords: ').rstrip('?')}?"

    with serving(Server(says)) as server:
        model = LanguageModel(LanguageModelSettings(url=server.url, model="small"))
        worded = reworded(drawn, model, index.articles, lambda _: None)
    assert [one.question.text.startswith("So what about") for one in worded] == [True] * len(drawn)
    assert [replace(one.question, text="") for one in worded] == [replace(one.question, text="") for one in drawn]
    sentence = next(one.question.gold[0].exact for one in drawn if one.kind == "sentence")
    assert any(" ".join(sentence.split()) in heard["messages"][1]["content"] for heard in server.heard)


@pytest.mark.parametrize("reply", ["Two\nlines?", "No question.", "What happened to somebody else?", "Is it? " * 100])
def test_a_rewording_that_lost_what_was_drawn_is_not_taken(drawn: list[Drawn], index: OpenIndex, reply: str) -> None:
    named = [one for one in drawn if one.kind != "headline" and not one.question.text.islower()]
    with serving(Server(reply)) as server:
        model = LanguageModel(LanguageModelSettings(url=server.url, model="small"))
        assert reworded(named, model, index.articles, lambda _: None) == named


@pytest.mark.parametrize(
    ("reply", "taken"),
    [
        ("What is the capital of France?", False),
        ("Which tram line did the council approve?", False),
        ("Which 14 tram lines did the council approve?", True),
    ],
)
def test_a_question_about_a_headline_keeps_its_numbers_and_some_of_its_words(
    drawn: list[Drawn], index: OpenIndex, reply: str, *, taken: bool
) -> None:
    one = next(one for one in drawn if one.kind == "headline")
    one = replace(one, question=replace(one.question, text="Council Approves 14 Tram Lines"))
    with serving(Server(reply)) as server:
        model = LanguageModel(LanguageModelSettings(url=server.url, model="small"))
        (asked,) = reworded([one], model, index.articles, lambda _: None)
    assert (asked.question.text == reply) == taken


def test_a_model_that_is_down_is_told_at_the_first_question(drawn: list[Drawn], index: OpenIndex) -> None:
    model = LanguageModel(LanguageModelSettings(url="http://127.0.0.1:9/v1", model="small", seconds=2))
    with pytest.raises(LanguageModelError, match="did not answer"):
        reworded(drawn, model, index.articles, lambda _: None)
