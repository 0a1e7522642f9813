"""The questions that a reader is trained on: whole, and none of one kind is one of the other."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from askdocs.evaluation import load_dataset

HERE = Path(__file__).parents[1]
NEWS = HERE.parent / "shared" / "data" / "news"


def rows(name: str) -> list[dict[str, Any]]:
    lines = gzip.decompress((HERE / "eval" / "reader" / name).read_bytes()).decode().splitlines()
    return [json.loads(line) for line in lines]


ROWS, WRITTEN, SQUAD = rows("news.jsonl.gz"), rows("written.jsonl.gz"), rows("squad.jsonl.gz")


def test_a_near_miss_is_no_question_that_its_passage_answers() -> None:
    for row in ROWS:
        answered = {question for question, _ in row["answerable"]}
        missed = [*row["near_misses"], *row["edited"]]
        assert not answered & set(missed)
        assert all(question.strip() == question != "" for question in [*answered, *missed])


def test_every_answer_is_in_a_sentence_and_sentences_follow_each_other() -> None:
    for row in ROWS:
        places = [place for span in row["sentences"] for place in span]
        assert places == sorted(places)
        assert all(0 <= place < len(row["sentences"]) for _, place in row["answerable"])
    assert len({(row["article"], row["sentences"][0][0]) for row in ROWS}) == len(ROWS) == 3520


@pytest.mark.skipif(not NEWS.is_dir(), reason=f"{NEWS} holds the passages and is not here")
def test_the_passages_are_in_the_news_articles() -> None:
    dataset = load_dataset(NEWS)
    articles = {article.id: article for article in dataset.articles}
    gold = {one for question in dataset.questions for one in question.gold_articles}
    for row in ROWS:
        assert row["sentences"][-1][1] <= len(articles[row["article"]].text)
        assert row["article"] not in gold, "what is measured is not trained on"


def test_what_was_written_is_whole_and_no_question_is_of_both_kinds() -> None:
    for row in WRITTEN:
        sentences, facts = row["sentences"], row["facts"]
        assert all(sentence.strip() == sentence != "" for sentence in sentences)
        assert all(0 <= fact["sentence"] < len(sentences) for fact in facts)
        asked = {question.lower() for fact in facts for question in fact["asked"]}
        missed = {question.lower() for fact in facts for question in fact["missed"]}
        assert asked
        assert missed
        assert not asked & missed
        assert all(question.strip() == question != "" for question in asked | missed)
    assert len({tuple(row["sentences"]) for row in WRITTEN}) == len(WRITTEN)


def test_what_was_written_for_paragraphs_is_whole_and_no_question_is_of_both_kinds() -> None:
    for row in SQUAD:
        asked, missed = {question.lower() for question, _, _ in row["asked"]}, {one.lower() for one in row["missed"]}
        assert asked
        assert missed
        assert not asked & missed
        assert all(question.strip() == question != "" for question in asked | missed)
        assert all(0 <= start < end for _, start, end in row["asked"])
    assert len({(row["article"], row["paragraph"]) for row in SQUAD}) == len(SQUAD)


@pytest.mark.skipif(not NEWS.is_dir(), reason=f"{NEWS.parent} holds the question sets and is not here")
def test_nothing_that_is_measured_is_among_what_was_written() -> None:
    measured = {
        question.text.lower()
        for folder in (NEWS.parent / "squad2", NEWS.parent / "xquad" / "en", NEWS, HERE / "eval" / "sample")
        for question in load_dataset(folder).questions
    }
    asked = {
        question.lower() for row in WRITTEN for fact in row["facts"] for question in fact["asked"] + fact["missed"]
    }
    of_paragraphs = {one.lower() for row in SQUAD for one in (*row["missed"], *(asked[0] for asked in row["asked"]))}
    assert not measured & (asked | of_paragraphs)
