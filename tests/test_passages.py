"""Passages: what holds for every cut of every article, and the windows against their plain definition."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.datatypes import Article, Span
from askdocs.encoding.protocol import Vectors
from askdocs.errors import EncoderError
from askdocs.index.embed import window_means
from askdocs.passages import WIDEST_GAP, cut
from askdocs.sentences import sentence_spans
from askdocs.settings import PassageSettings
from cutting import count_tokens, passages_of
from strategies import articles

SMALL = PassageSettings(tokens=30, step=10)


def passage_settings() -> st.SearchStrategy[PassageSettings]:
    """Any sizes, also a step that is longer than the passage."""
    return st.builds(PassageSettings, tokens=st.integers(1, 60), step=st.integers(1, 60))


@st.composite
def articles_with_furniture(draw: st.DrawFn) -> Article:
    """An awkward article of which only some spans are prose."""
    whole = draw(articles())
    cuts = sorted(draw(st.lists(st.integers(0, len(whole.text)), max_size=8, unique=True)))
    body = tuple(zip(cuts[::2], cuts[1::2], strict=False))
    return Article(id=whole.id, title=whole.title, text=whole.text, source=whole.source, sha256=whole.sha256, body=body)


@given(articles_with_furniture(), passage_settings())
def test_a_passage_is_a_slice_of_its_article_made_of_whole_sentences(
    article: Article, settings: PassageSettings
) -> None:
    sentences = sentence_spans(article.text, article.body)
    starts, ends = {start for start, _ in sentences}, {end for _, end in sentences}
    for passage in passages_of(article, settings):
        assert passage.text == article.text[passage.start : passage.end] == passage.text.strip() != ""
        assert passage.start in starts
        assert passage.end in ends
        assert passage.id == f"{article.id}:{passage.start}-{passage.end}"


@given(articles_with_furniture(), passage_settings())
def test_every_sentence_is_whole_in_a_passage_and_nothing_else_is_in_one(
    article: Article, settings: PassageSettings
) -> None:
    passages = passages_of(article, settings)
    for start, end in sentence_spans(article.text, article.body):
        assert any(passage.start <= start and end <= passage.end for passage in passages)
    prose = {place for low, high in article.body for place in range(low, high)}
    for passage in passages:
        for place in range(passage.start, passage.end):
            assert place in prose or article.text[place].isspace(), "a passage crosses furniture"
        assert all(len(gap) <= WIDEST_GAP for gap in re.findall(r"\s+", passage.text)), (
            "a passage is mostly white space"
        )


@given(articles_with_furniture(), passage_settings())
def test_a_passage_keeps_its_budget_unless_a_sentence_alone_exceeds_the_step(
    article: Article, settings: PassageSettings
) -> None:
    made = cut(article, settings)
    step = min(settings.step, settings.tokens)
    sentences = sentence_spans(article.text, article.body)
    for first, last in made.windows:
        blocks = [
            [one for one in sentences if low <= one[0] and one[1] <= high] for low, high in made.blocks[first:last]
        ]
        costs = [[count_tokens(article.text[start:end]) for start, end in block] for block in blocks]
        assert all(sum(block) <= step or len(block) == 1 for block in costs)
        if all(sum(block) <= step for block in costs):
            assert sum(map(sum, costs)) <= settings.tokens


@given(articles_with_furniture(), passage_settings())
def test_blocks_divide_the_sentences_and_windows_follow_each_other(article: Article, settings: PassageSettings) -> None:
    made = cut(article, settings)
    sentences = sentence_spans(article.text, article.body)
    held = [one for low, high in made.blocks for one in sentences if low <= one[0] and one[1] <= high]
    assert held == sentences
    assert list(made.windows) == windows_by_definition(article, made.blocks, settings)


def windows_by_definition(article: Article, blocks: Sequence[Span], settings: PassageSettings) -> list[Span]:
    """Every longest run of at most `width` blocks that no furniture divides and that is inside no other such run."""
    width = settings.tokens // min(settings.step, settings.tokens)
    together = [
        (first, last)
        for first in range(len(blocks))
        for last in range(first + 1, min(first + width, len(blocks)) + 1)
        if not any(furniture_between(article, blocks[one][1], blocks[one + 1][0]) for one in range(first, last - 1))
    ]
    return [
        (first, last)
        for first, last in together
        if not any((a, b) != (first, last) and a <= first and last <= b for a, b in together)
    ]


def furniture_between(article: Article, start: int, end: int) -> bool:
    """Whether anything but white space stands outside the body here."""
    prose = {place for low, high in article.body for place in range(low, high)}
    return any(place not in prose and not article.text[place].isspace() for place in range(start, end))


def test_the_marks_of_a_list_do_not_divide_its_passage() -> None:
    article = Article.of(id="a", text="- One thing.\n- Another thing.")
    assert [passage.text for passage in passages_of(article, PassageSettings())] == ["One thing.\n- Another thing."]


def test_a_wide_gap_divides_passages() -> None:
    text = f"Before.{' ' * WIDEST_GAP}Within.{' ' * (WIDEST_GAP + 1)}After."
    first, second = passages_of(Article.of(id="a", text=text), PassageSettings())
    assert (first.text.split(), second.text) == (["Before.", "Within."], "After.")


@given(articles())
def test_cutting_again_gives_the_same(article: Article) -> None:
    first, second = passages_of(article, SMALL), passages_of(article, SMALL)
    assert first == second
    assert len({passage.id for passage in first}) == len(first)


def test_a_new_passage_begins_at_every_step() -> None:
    text = "The first. The second. The third. The fourth. The fifth. The sixth."
    sentences = sentence_spans(text)
    step = max(count_tokens(text[start:end]) for start, end in sentences)
    found = passages_of(Article.of(id="a", text=text), PassageSettings(tokens=3 * step, step=step))
    assert [(passage.start, passage.end) for passage in found] == [
        (sentences[first][0], sentences[first + 2][1]) for first in range(4)
    ]


def test_a_short_article_is_one_passage() -> None:
    article = Article.of(id="a", text="One sentence. Another one.")
    assert [passage.id for passage in passages_of(article, PassageSettings())] == ["a:0-26"]


def test_furniture_in_the_middle_divides_passages() -> None:
    text = "Before it. SUBSCRIBE NOW After it."
    whole = Article.of(id="a", text=text)
    article = Article(id="a", title="a", text=text, source="a", sha256=whole.sha256, body=((0, 10), (25, len(text))))
    assert [passage.text for passage in passages_of(article, PassageSettings())] == ["Before it.", "After it."]


@pytest.mark.parametrize("text", ["", " \n\n\t "])
def test_an_article_without_words_has_no_passage(text: str) -> None:
    assert passages_of(Article.of(id="a", text=text), PassageSettings()) == []


def test_one_sentence_longer_than_the_budget_is_one_passage() -> None:
    text = "Troops " * 60 + "came."
    assert count_tokens(text) > SMALL.tokens
    assert [passage.text for passage in passages_of(Article.of(id="a", text=text), SMALL)] == [text]


@st.composite
def rows_and_runs(draw: st.DrawFn) -> tuple[Vectors, list[Span]]:
    """Unit vectors that never cancel out, and runs of their rows."""
    count = draw(st.integers(1, 12))
    seed = draw(st.integers(0, 2**32 - 1))
    vectors = np.random.default_rng(seed).uniform(0.1, 1.0, (count, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    runs = st.tuples(st.integers(0, count - 1), st.integers(1, count)).filter(lambda run: run[0] < run[1])
    return vectors, draw(st.lists(runs, min_size=1, max_size=8))


@given(rows_and_runs())
def test_a_passages_vector_is_the_mean_of_its_blocks_scaled_to_length_one(drawn: tuple[Vectors, list[Span]]) -> None:
    vectors, runs = drawn
    before = vectors.copy()
    found = window_means(vectors, np.array(runs, dtype=np.int64))
    for row, (first, last) in enumerate(runs):
        mean = vectors[first:last].astype(np.float64).mean(axis=0)
        np.testing.assert_allclose(found[row], mean / np.linalg.norm(mean), atol=1e-6)
    np.testing.assert_array_equal(vectors, before)


def test_blocks_whose_vectors_cancel_out_are_refused() -> None:
    opposite = np.array([[1.0, 0.0], [-1.0, 0.0]], dtype=np.float32)
    with pytest.raises(EncoderError, match="opposite"):
        window_means(opposite, np.array([[0, 2]], dtype=np.int64))
