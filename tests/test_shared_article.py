"""A real article as a newspaper's page gave it, furniture and all: what is asked of it and what must be quoted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from askdocs.datatypes import Article
from askdocs.encoding import Encoder
from askdocs.index import build_index
from askdocs.library import Library, open_library
from askdocs.quotes import is_prose
from askdocs.reading import read_sources
from askdocs.settings import PassageSettings, Settings

FOLDER = Path(__file__).parents[2] / "shared" / "articles"
NAME = "000_57089812fdc52585"

pytestmark = pytest.mark.skipif(
    not (FOLDER / f"{NAME}.txt").is_file(), reason="needs the shared article beside the repository"
)

ANSWERED = {
    "Why do Belarusian commanders resist joining the war?": (
        "deeply opposed to joining a war where they fear their men will face similar or even worse casualty rates"
    ),
    "How many troops could Belarus contribute?": "15,000",
    "Which general was put under house arrest?": "Yershov",
    "What share of the Belarusian public thinks invading would be a disaster?": "97 percent",
    "Which embassy closed in Kyiv?": "closure of Belarus’ embassy",
    "How long has Lukashenko ruled?": "28 years",
}
UNANSWERED = ("What is the population of Peru?", "Who wrote the music for RRR?", "How do I renew my subscription?")
FURNITURE = re.compile(r"Credit:|LISTEN|Subscribe|Click the alert|Sign up|Get email|Anshel Pfeffer$", re.MULTILINE)


@pytest.fixture(scope="module")
def library(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("shared")
    found = list(read_sources([FOLDER]))
    build_index([one for one in found if isinstance(one, Article)], folder, encoder, PassageSettings())
    return open_library(folder, settings=Settings())


@pytest.mark.parametrize("question", ANSWERED)
def test_the_first_quote_answers(library: Library, question: str) -> None:
    answer = library.ask(question)
    assert not answer.abstained, answer.confidence
    first = answer.quotes[0]
    assert ANSWERED[question] in first.exact, [quote.exact for quote in answer.quotes]
    assert first.words_in(library.article(NAME)) == first.exact


@pytest.mark.parametrize("question", UNANSWERED)
def test_what_it_does_not_say_is_not_answered(library: Library, question: str) -> None:
    answer = library.ask(question)
    assert answer.abstained, (answer.confidence, [quote.exact for quote in answer.quotes])
    assert "the one article" in answer.text


def test_no_passage_holds_furniture(library: Library) -> None:
    article = library.article(NAME)
    passages = library.passages(NAME)
    assert passages
    for passage in passages:
        assert is_prose(article, (passage.start, passage.end))
        assert not FURNITURE.search(passage.text), FURNITURE.search(passage.text)


def test_the_file_is_kept_to_the_letter(library: Library) -> None:
    raw = (FOLDER / f"{NAME}.txt").read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    assert library.article(NAME).text == raw
