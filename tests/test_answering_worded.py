"""A language model words answers and never loosens them: one that is honest, that lies, that is told to, that is down.

The model here is a small real server that speaks OpenAI's chat completions, asked by the client that users have.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.answering.wording import borne_out
from askdocs.datatypes import Article
from askdocs.errors import LanguageModelError
from askdocs.index import build_index, open_index
from askdocs.language_model import KEY, LanguageModel
from askdocs.library import Library
from askdocs.reading import read_sources
from askdocs.sample import articles_folder
from askdocs.settings import LanguageModelSettings, Settings, load_settings
from encoders import fast
from language_server import Server, serving

QUESTION = "Where was the wreck of the Endurance found?"
QUOTES = (
    "The wreck of the Endurance was found in March 2022 in the Weddell Sea. Endurance found",
    "“It is by far the finest wooden shipwreck I have ever seen,” Mensun Bound said. Endurance found",
)


# --- what of a draft stands


@pytest.mark.parametrize(
    "sentence",
    [
        "The wreck of the Endurance was found in the Weddell Sea in March 2022 [1].",
        "The wreck was found in March 2022. [1]",
        "Mensun Bound said it is the finest wooden shipwreck he has ever seen [2].",
        "Found in 2022 in the Weddell Sea, the Endurance is by far the finest wooden wreck, Bound said [1][2].",
        "Mensun Bound called it “by far the finest wooden shipwreck” he has seen [2].",
    ],
)
def test_what_the_cited_quotes_say_stands(sentence: str) -> None:
    assert borne_out(sentence, QUESTION, QUOTES)


@pytest.mark.parametrize(
    "sentence",
    [
        "The wreck of the Endurance was found in the Weddell Sea.",
        "The wreck of the Endurance was found in the Weddell Sea [3].",
        "The wreck of the Endurance was found in the Weddell Sea [0].",
        "The wreck of the Endurance was found in March 2021 [1].",
        "The wreck of the Endurance was found by Ernest Shackleton [1].",
        "The wreck of the Endurance was found in March 2022 in the Weddell Sea [2].",
        "Mensun Bound said “it is the worst wooden shipwreck” of all [2].",
        "The expedition cost several million pounds paid by an anonymous donor [1].",
        "UNESCO found the wreck of the Endurance in the Weddell Sea [1].",
        "Shackleton found the wreck of the Endurance in the Weddell Sea in March 2022 [1].",
        "In the Weddell Sea, Shackleton found the wreck of the Endurance [1].",
    ],
)
def test_what_they_do_not_say_is_dropped(sentence: str) -> None:
    assert borne_out(sentence, QUESTION, QUOTES) == ""


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("Jean-Claude Juncker met Boris Johnson on Monday [1].", "Jean-Claude Juncker met Boris Johnson on Monday."),
        ("Dozens died of COVID-19 in Wuhan [1].", "Dozens died of COVID-19 in Wuhan."),
        ("O’Brien left on Monday [1].", "O'Brien left on Monday."),
        ("Президент приехал в Минск в понедельник [1].", "В понедельник президент приехал в Минск."),
    ],
)
def test_names_of_any_form_and_script_are_known_again(sentence: str, source: str) -> None:
    assert borne_out(sentence, "", [source])


QUOTED_IN = "The minister called the plan “a mistake” on Tuesday, and the players’ union agreed."


@pytest.mark.parametrize("marks", ["“”", '""', "„“", "«»", "»«", "‘’", "''", "‚‘", "‹›", "›‹", "「」"])
def test_only_what_a_cited_quote_says_stands_in_quotation_marks_of_any_kind(marks: str) -> None:
    said = "The minister called the plan {}a mistake{} on Tuesday [1]."
    invented = "The minister called the plan {}a mistake and sabotage{} on Tuesday [1]."
    scare = "The minister, according to the {}murderous plan{}, called it a mistake on Tuesday [1]."
    assert borne_out(said.format(*marks), "", [QUOTED_IN])
    assert borne_out(invented.format(*marks), "", [QUOTED_IN]) == ""
    assert borne_out(scare.format(*marks), "Who is murderous?", [QUOTED_IN]) == ""


@pytest.mark.parametrize(
    "sentence",
    [
        "The minister called the plan “a mis” on Tuesday [1].",  # a part of a word
        "The minister called the plan ‘a mistake on Tuesday [1].",  # never closed
        "The minister on Tuesday: a mistake’, and the plan, said the union [1].",  # never opened
        'The minister called the plan a mistake" on Tuesday [1].',
        "The minister called ‘the players’ plan’ a mistake on Tuesday [1].",  # an apostrophe closes nothing early
        "The minister called the plan “a mistake” and ‘sabotage’ on Tuesday [1].",
    ],
)
def test_quotation_marks_around_anything_else_drop_the_sentence(sentence: str) -> None:
    assert borne_out(sentence, "", [QUOTED_IN]) == ""


def test_apostrophes_are_no_quotation_marks() -> None:
    sentence = "The players’ union agreed on Tuesday: the plan’s a mistake, in the '90s too [1]."
    assert borne_out(sentence, "The plan's '90s?", [QUOTED_IN])


def test_what_is_quoted_stands_in_one_quote_not_across_two() -> None:
    assert borne_out("It was “a mistake” [1][2].", "", ["It was a", "mistake"]) == ""


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("On Monday, seventeen people died in the flood in Lenwick [1].", "Several people died on Monday in Lenwick."),
        ("The flood in Lenwick cost half a million pounds [1].", "The flood in Lenwick cost a lot of pounds."),
        ("In Lenwick twice as many people died as before [1].", "In Lenwick many more people died than before."),
        ("A tenth of the people of Lenwick died [1].", "People of Lenwick died."),
    ],
)
def test_a_number_in_words_is_a_number(sentence: str, source: str) -> None:
    assert borne_out(sentence, "", [source]) == ""


def test_a_number_in_words_that_a_quote_has_stands() -> None:
    source = "Seventeen people died in the flood, twice as many as in May."
    assert borne_out("In the flood seventeen people died, twice as many as in May [1].", "", [source])


@pytest.mark.parametrize(
    ("sentence", "stands"),
    [
        ("Ann Smith drowned [1].", True),
        ("Bob Jones drowned [1].", True),
        ("Ann Jones drowned [1].", False),
        ("In Lenwick Ann Jones drowned [1].", False),
        ("Police said that Ann Smith and Bob Jones drowned [1].", True),
        ("Smith and Jones drowned [1].", True),
        ("Drowned: Ann Bob Jones [1].", False),
    ],
)
def test_names_that_follow_one_another_do_so_in_a_quote(sentence: str, stands: bool) -> None:  # noqa: FBT001  a case
    source = "Ann Smith and Bob Jones drowned in Lenwick, police said."
    assert bool(borne_out(sentence, "", [source])) is stands


def test_sentences_are_weighed_one_by_one() -> None:
    draft = (
        "The wreck was found in March 2022 in the Weddell Sea [1]. It was worth 9 million dollars [1]. "
        "Bound said it is the finest wooden shipwreck he has ever seen. [2] Ask me anything else!"
    )
    assert borne_out(draft, QUESTION, QUOTES) == (
        "The wreck was found in March 2022 in the Weddell Sea [1]. "
        "Bound said it is the finest wooden shipwreck he has ever seen [2]."
    )


@given(draft=st.text(max_size=200), question=st.text(max_size=40), quotes=st.lists(st.text(max_size=80), max_size=3))
def test_nothing_is_added_to_any_draft(draft: str, question: str, quotes: list[str]) -> None:
    text = borne_out(draft, question, quotes)
    coming = iter(draft)
    assert all(character in coming for character in text if character.isalnum())
    assert not text or quotes


# --- with a server


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("worded")
    articles = [one for one in read_sources([articles_folder()]) if isinstance(one, Article) and "endurance" in one.id]
    build_index(articles, folder, fast(), Settings().passages)
    return folder


def library(index: Path, url: str = "") -> Library:
    llm = LanguageModelSettings(url=url, model="small", seconds=5) if url else LanguageModelSettings()
    return Library(open_index(index), fast(), Settings(llm=llm))


def test_an_honest_model_words_the_answer_and_the_quotes_stay(index: Path) -> None:
    plain = library(index).ask(QUESTION)
    with serving(Server(f"{plain.quotes[0].exact} [1]")) as server:
        worded = library(index, server.url).ask(QUESTION)
    assert worded.quotes == plain.quotes
    assert worded.worded_by == "small"
    assert worded.text.endswith("[1].")
    (asked,) = server.heard
    assert plain.quotes[0].exact.split()[0] in asked["messages"][1]["content"]
    assert asked["model"] == "small"


def test_the_quotes_are_there_before_the_model_is_asked(index: Path) -> None:
    plain = library(index).ask(QUESTION)
    with serving(Server(f"{plain.quotes[0].exact} [1]")) as server:
        quoted = library(index, server.url).quote(QUESTION)
        assert quoted.answer == plain
        assert not server.heard
        assert quoted.worded() == library(index, server.url).ask(QUESTION)
        assert quoted.worded().worded_by == "small"
    assert library(index).quote(QUESTION).word is None


@pytest.mark.parametrize(
    "lie",
    [
        "It was found by Elon Musk in 1999 [1].",
        "“The ship was never lost” [1].",
        "<img src=x onerror=alert(1)> [1]",
        "Ignore the quotes. [7]",
        {"content": "no text"},
        "",
        "x" * 100_000,
    ],
)
def test_a_model_that_lies_leaves_the_quotes_to_speak(index: Path, lie: object) -> None:
    plain = library(index).ask(QUESTION)
    with serving(Server(lie)) as server:
        assert library(index, server.url).ask(QUESTION) == plain


def test_a_model_that_finds_no_answer_makes_an_abstention(index: Path) -> None:
    with serving(Server("NOTHING.")) as server:
        answer = library(index, server.url).ask(QUESTION)
    assert answer.abstained
    assert "small read the sentences nearest to it" in answer.text
    assert answer.hits


def test_a_model_is_not_asked_where_the_articles_do_not_answer(index: Path) -> None:
    with serving(Server("The capital of Peru is Lima [1].")) as server:
        assert library(index, server.url).ask("What is the capital of Peru?").abstained
    assert server.heard == []


def test_a_server_that_is_down_or_refuses_leaves_the_quotes_to_speak(
    index: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plain = library(index).ask(QUESTION)
    with serving(Server("no", status=500)) as server:
        assert library(index, server.url).ask(QUESTION) == plain
    assert library(index, server.url).ask(QUESTION) == plain
    assert [record.levelname for record in caplog.records if "did not answer" in record.message] == ["WARNING"] * 2


def test_the_key_comes_from_the_environment_alone(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "secret")
    with serving(Server("NOTHING")) as server:
        library(index, server.url).ask(QUESTION)
    assert server.keys == ["Bearer secret"]
    assert "secret" not in repr(load_settings())


def test_what_is_no_address_is_refused() -> None:
    for url in ("localhost:11434", "http://[::1", "ftp://example.org/v1"):
        with pytest.raises(LanguageModelError, match="is no address of a language model"):
            LanguageModel(LanguageModelSettings(url=url, model="small"))


def test_an_address_without_a_model_is_refused() -> None:
    with pytest.raises(LanguageModelError, match="set ASKDOCS_LLM_MODEL"):
        LanguageModel(LanguageModelSettings(url="http://127.0.0.1:1/v1"))
