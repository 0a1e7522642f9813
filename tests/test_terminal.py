"""What a person's terminal gets: the whole quote, as it is, and nothing that an article could drive it with."""

from __future__ import annotations

import os
import pickle
import pty
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings

from askdocs.datatypes import Answer, Article, Hit, Passage
from askdocs.index import Built, Stage, build_index
from askdocs.quotes import quote
from askdocs.settings import PassageSettings
from askdocs.terminal import STAGES, inert, on_one_line, show_answer, show_built, show_hits, sureness_in_words
from fakes import HashEncoder
from strategies import articles

HOSTILE = "[bold]Not[/bold] [/] [link=x]markup[/link] \x1b[31mred\x1b[0m \x07bell \x9b2J \x08\x7f :smile: {x} done."
LONG = "The Selwyn march " + "passed the cathedral and the long harbour wall, " * 30 + "and ended."
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")

SHOW = """
import pickle, sys
from askdocs.terminal import show_answer
answer, article = pickle.loads(bytes.fromhex(sys.argv[1]))
show_answer(answer, lambda article_id: article)
"""


def answered(article: Article) -> Answer:
    """An answer that quotes all of an article."""
    made = quote(article, (0, len(article.text)))
    hit = Hit(Passage(article.id, made.start, made.end, made.exact), 0.5, 1)
    return Answer("Who?", f"“{made.exact}” [1]", (made,), (hit,), 0.8)


def on_a_terminal(article: Article, columns: int) -> str:
    """Show an answer on a terminal of so many columns, in a process of its own."""
    ours, theirs = pty.openpty()
    values = pickle.dumps((answered(article), article)).hex()
    environment = os.environ | {"COLUMNS": str(columns), "TERM": "xterm-256color", "PYTHONUTF8": "1"}
    with subprocess.Popen([sys.executable, "-c", SHOW, values], stdout=theirs, stderr=theirs, env=environment) as shown:
        os.close(theirs)
        printed = b""
        while True:
            try:
                more = os.read(ours, 65_536)
            except OSError:  # Linux says so where the other side has closed
                break
            if not more:
                break
            printed += more
        assert shown.wait() == 0, printed
    os.close(ours)
    return printed.decode().replace("\r\n", "\n")


def piped(article: Article, capsys: pytest.CaptureFixture[str]) -> str:
    show_answer(answered(article), lambda _: article)
    return capsys.readouterr().out


# --- whole


def test_a_piped_quote_is_on_one_line_however_long(capsys: pytest.CaptureFixture[str]) -> None:
    article = Article.of(id="march", text=LONG, title="A title " * 30, source="folder/" * 30 + "march.txt")
    lines = piped(article, capsys).splitlines()
    assert lines[0] == f"[1] “{LONG}”"
    assert lines[1] == f"    {article.title.strip()}"
    assert lines[2] == f"    {article.source}:0–{len(LONG)}"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(article=articles().filter(lambda article: article.text.strip()))
def test_a_piped_quote_is_verbatim_but_for_control_characters(
    article: Article, capsys: pytest.CaptureFixture[str]
) -> None:
    words = answered(article).quotes[0].exact
    assert piped(article, capsys).startswith(f"[1] “{inert(words)}”\n")
    assert len(inert(words)) == len(words.replace("\r\n", "\n"))


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_a_terminal_shows_every_word_within_its_width(columns: int) -> None:
    article = Article.of(id="march", text=LONG, title="A title " * 30, source="/folder" * 30)
    shown = ESCAPE.sub("", on_a_terminal(article, columns))
    assert max(map(len, shown.splitlines())) <= columns
    assert " ".join(shown.split()).startswith(f"[1] “{LONG}” A title A title")
    assert "".join(shown.split()).find(f"{article.source}:0–{len(LONG)}") > 0


def test_the_lines_of_a_quote_stand_under_each_other() -> None:
    shown = ESCAPE.sub("", on_a_terminal(Article.of(id="march", text=LONG), 60)).splitlines()
    assert shown[0].startswith("[1] “The")
    assert all(line.startswith("    ") and line[4] != " " for line in shown[1 : shown.index("")])


def test_a_very_narrow_terminal_gets_the_words_too() -> None:
    shown = ESCAPE.sub("", on_a_terminal(Article.of(id="march", text=LONG), 3))
    assert f"“{LONG}”" in " ".join(shown.split())


# --- inert


def test_markup_and_escapes_in_an_article_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    article = Article.of(id="x", text=HOSTILE, title=HOSTILE, source=HOSTILE, outlet=HOSTILE)
    printed = piped(article, capsys)
    assert printed.count("[bold]Not[/bold] [/] [link=x]markup[/link]") == 4
    assert ":smile: {x} done." in printed
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", printed)


def test_an_article_cannot_drive_a_terminal() -> None:
    printed = on_a_terminal(Article.of(id="x", text=HOSTILE, title=HOSTILE, source=HOSTILE), 200)
    assert (
        "[bold]Not[/bold] [/] [link=x]markup[/link] \ufffd[31mred\ufffd[0m \ufffdbell \ufffd2J \ufffd\ufffd" in printed
    )
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", ESCAPE.sub("", printed))
    assert "\x1b[31m" not in printed, "rich's own styles hold no plain red"


def test_a_message_is_one_line_whatever_it_says() -> None:
    assert on_one_line("two\nlines\r\n and\x1b[2J\ttabs\u2028") == "two lines and\ufffd[2J tabs"


@pytest.mark.parametrize("kept", ["tab\tand\nline", "é 日本 👩‍👩‍👧‍👦 \u202b \u200f"], ids=ascii)
def test_what_drives_nothing_is_left_alone(kept: str) -> None:
    assert inert(kept) == kept


def test_a_line_end_of_windows_is_a_line_end_and_a_lone_return_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    printed = piped(Article.of(id="x", text="One line.\r\nAnother\rone.\r\n\r\nA third."), capsys)
    assert printed.startswith("[1] “One line.\nAnother\ufffdone.\n\nA third.”\n")


# --- the rest of what is shown


def test_an_abstention_shows_the_nearest_passages_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    article = Article.of(id="march", text="They marched.", outlet="The Clarion", published="2023-03-12")
    hits = tuple(Hit(Passage("march", 0, 13, "They marched."), 0.5, rank) for rank in range(1, 6))
    show_answer(Answer("Who?", "Nothing answers this. They are no answer.", (), hits, 0.1), lambda _: article)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:5] == [
        "Nothing answers this. They are no answer.",
        "",
        " 1. march · The Clarion · 2023-03-12",
        "    march:0–13 · score 0.500",
        "    They marched.",
    ]
    assert sum("They marched." in line for line in lines) == 3


def test_a_hit_is_printed_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    article = Article.of(id="march", text="They\nmarched\n\nand [sang].")
    show_hits([Hit(Passage("march", 0, 25, article.text), 1.25, 1)], lambda _: article)
    assert capsys.readouterr().out == " 1. march\n    march:0–25 · score 1.250\n    They marched and [sang].\n\n"


@pytest.mark.parametrize(
    ("confidence", "unmentioned", "words"),
    [
        (0.95, (), "very likely an answer (95%)"),
        (0.75, (), "very likely an answer (75%)"),
        (0.7, (), "likely an answer (70%)"),
        (0.0, (), "possibly an answer (0%)"),
        (0.95, ("Skarrow",), "possibly an answer (95%)"),
    ],
)
def test_how_sure_an_answer_is_is_told_in_words(confidence: float, unmentioned: tuple[str, ...], words: str) -> None:
    assert sureness_in_words(Answer("Why?", "", (), (), confidence, unmentioned=unmentioned)) == words


def test_what_a_language_model_worded_comes_before_the_quotes_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    article = Article.of(id="a", text="The ship sank in 1915.")
    answer = Answer("When?", "In 1915 [1].", (quote(article, (0, len(article.text))),), (), 0.9, worded_by="small")
    show_answer(answer, lambda _: article)
    assert capsys.readouterr().out.startswith(
        "In 1915 [1].\nworded by small from these quotes:\n\n[1] “The ship sank in 1915.”\n"
    )


def test_how_a_question_was_read_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    article = Article.of(id="a", text="The ship sank in 1915.")
    made = quote(article, (0, len(article.text)))
    show_answer(Answer("When sank the shipp?", "", (made,), (), 0.9, read_as=(("shipp", "ship"),)), lambda _: article)
    assert capsys.readouterr().out.startswith("Read as “ship”: no article has “shipp”.\n\n[1] “The ship sank")


def test_every_stage_of_a_build_has_words() -> None:
    assert set(STAGES) == set(get_args(Stage))


def built_of(count: int, folder: Path) -> Built:
    made = [Article.of(id=str(number), text="A sentence.") for number in range(count)]
    return replace(build_index(made, folder, HashEncoder(), PassageSettings()), seconds={"encoding": 0.3})


def test_one_article_is_an_article_and_two_are_articles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_built(built_of(1, tmp_path), "index", 0, 1.0)
    show_built(built_of(2, tmp_path), "index", 3, 1.0)
    assert capsys.readouterr().err == (
        "1 article, 1 passage indexed in index (1.0 s, hash-64)\n1 added\nencoding 0.3 s\n"
        "2 articles, 2 passages indexed in index (1.0 s, hash-64)\n1 added · 1 unchanged · 3 failed\nencoding 0.3 s\n"
    )
