"""The questions that a newcomer is offered are made once for all who come at the same time, and hold nobody up."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Barrier

import pytest

from askdocs.encoding import Encoder
from askdocs.filters import ArticleFilter
from askdocs.index import open_index
from askdocs.library import Library
from askdocs.opened import Quoted
from askdocs.settings import Settings, WebSettings
from askdocs.web.examples import Examples, example_questions
from askdocs.web.limits import Gates

MANY = 8


class Counting(Library):
    """A library that counts what it is asked."""

    asked: list[str]

    def quote(
        self,
        question: str,
        history: Sequence[str] = (),
        within: ArticleFilter | None = None,
        day: date | None = None,
    ) -> Quoted:
        """Remember the question."""
        self.asked.append(question)
        return super().quote(question, history, within, day)


@pytest.fixture
def library(sample_index: Path, encoder: Encoder) -> Counting:
    """Open the sample articles."""
    opened = Counting(open_index(sample_index), encoder, Settings())
    opened.asked = []
    return opened


def test_who_comes_while_they_are_made_gets_the_same(library: Counting) -> None:
    alone = example_questions(library)
    once = len(library.asked)
    assert alone
    examples = Examples(library, Gates.of(WebSettings()).questions)
    together = Barrier(MANY)

    def come(_: int) -> tuple[str, ...]:
        together.wait()
        return examples.now()

    with ThreadPoolExecutor(MANY) as people:
        assert set(people.map(come, range(MANY))) == {alone}
    assert examples.now() == alone
    assert len(library.asked) == 2 * once


def test_where_the_line_is_full_there_are_none_this_time(library: Counting) -> None:
    gate = Gates.of(WebSettings()).questions
    gate.close()
    assert Examples(library, gate).now() == ()
    assert not library.asked
