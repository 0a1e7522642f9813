"""The first promise: every quote that is shown is what the stored article says at its place, whatever it is made of."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from askdocs.contracts import answer_form
from askdocs.datatypes import Article
from askdocs.index import build_index, open_index
from askdocs.library import Library
from askdocs.quotes import is_prose
from askdocs.sample import example_questions
from askdocs.settings import AnswerSettings, PassageSettings, Settings
from askdocs.terminal import inert, show_answer
from cutting import passages_of
from fakes import HashEncoder
from strategies import AWKWARD_FRAGMENTS, articles, awkward_text

CUT = PassageSettings(tokens=40, step=20)
ALWAYS_ANSWER = Settings(answers=AnswerSettings(min_confidence=0.0))


@st.composite
def some_articles(draw: st.DrawFn) -> list[Article]:
    """Awkward articles with ids of their own, some of whose text is no prose; at least one has a passage."""
    made = []
    for number, whole in enumerate(draw(st.lists(articles(max_pieces=8), min_size=1, max_size=3))):
        cut = draw(st.integers(0, len(whole.text)))
        body = tuple(span for span in ((0, cut // 2), (cut, len(whole.text))) if span[0] < span[1])
        made.append(
            Article(
                id=f"news/{number}é",
                title=whole.title,
                text=whole.text,
                source=whole.source,
                sha256=whole.sha256,
                body=body,
            )
        )
    return made


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    made=some_articles().filter(lambda made: any(passages_of(article, CUT) for article in made)),
    question=st.one_of(
        st.sampled_from([fragment for fragment in AWKWARD_FRAGMENTS if fragment.strip()]),
        st.just("How many troops did the army send on Tuesday?"),
        awkward_text(max_pieces=3),
    ).filter(lambda question: any(character.isalnum() for character in question)),
)
def test_every_quote_shown_is_what_the_article_says_at_its_place(
    made: list[Article], question: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {article.id: article for article in made}
    with TemporaryDirectory() as folder:
        build_index(made, Path(folder), HashEncoder(), CUT)
        library = Library(open_index(Path(folder)), HashEncoder(), ALWAYS_ANSWER)
        answer = library.ask(question)

        assert answer.quotes
        for quote in answer.quotes:
            article = given[quote.article_id]
            assert quote.exact == article.text[quote.start : quote.end] == quote.exact.strip() != ""
            assert quote.sha256 == article.sha256
            assert is_prose(article, (quote.start, quote.end))
            assert f"“{quote.exact}”" in answer.text

        form = json.loads(json.dumps(answer_form(answer, library.article), ensure_ascii=False))
        for shown in form["quotes"]:
            assert shown["exact"] == given[shown["article_id"]].text[shown["start"] : shown["end"]]

        show_answer(answer, library.article)
        printed = capsys.readouterr().out
        for number, quote in enumerate(answer.quotes, start=1):
            assert f"[{number}] “{inert(given[quote.article_id].text[quote.start : quote.end])}”\n" in printed


@pytest.mark.parametrize("question", example_questions())
def test_every_quote_of_the_sample_is_in_the_file_that_it_names(sample_library: Library, question: str) -> None:
    for quote in sample_library.ask(question).quotes:
        source = Path(sample_library.article(quote.article_id).source)
        assert quote.exact in source.read_text(encoding="utf-8")
