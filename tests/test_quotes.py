"""Quotes: sliced from the article, from its prose only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.datatypes import Article, Span
from askdocs.errors import QuoteError
from askdocs.quotes import is_prose, quote
from strategies import articles

TEXT = "Photo: A. Man\nThe army waits.\nIt will not move.\nSubscribe now\nThe end."
PROSE = ((14, 48), (62, 70))


def with_body(article: Article, body: tuple[Span, ...]) -> Article:
    return Article(
        id=article.id, title=article.title, text=article.text, source=article.source, sha256=article.sha256, body=body
    )


ARMY = with_body(Article.of(id="army", text=TEXT), PROSE)


@st.composite
def articles_and_spans(draw: st.DrawFn) -> tuple[Article, Span]:
    """An awkward article with some of it prose, and any two positions in or near it."""
    article = draw(articles())
    length = len(article.text)
    cuts = sorted(draw(st.lists(st.integers(0, length), max_size=6, unique=True)))
    article = with_body(article, tuple(zip(cuts[::2], cuts[1::2], strict=False)))
    ends = st.integers(-2, length + 2)
    return article, draw(st.one_of(st.tuples(ends, ends), st.sampled_from([*article.body, (0, length)])))


@given(articles_and_spans())
def test_a_quote_is_prose_at_its_place_or_it_is_refused(drawn: tuple[Article, Span]) -> None:
    article, (start, end) = drawn
    prose = {place for low, high in article.body for place in range(low, high)}
    inside = 0 <= start < end <= len(article.text)
    wanted = [place for place in range(start, end) if inside and not article.text[place].isspace()]
    if wanted and all(place in prose or article.text[place].isspace() for place in range(wanted[0], wanted[-1] + 1)):
        made = quote(article, (start, end))
        assert (made.start, made.end) == (wanted[0], wanted[-1] + 1)
        assert made.exact == article.text[made.start : made.end] == made.words_in(article)
        assert (made.article_id, made.sha256) == (article.id, article.sha256)
    else:
        with pytest.raises(QuoteError):
            quote(article, (start, end))


def test_the_white_space_around_a_quote_is_left_out() -> None:
    made = quote(ARMY, (29, 48))
    assert (made.start, made.end, made.exact) == (30, 47, "It will not move.")


@pytest.mark.parametrize("span", [(-1, 5), (5, 5), (9, 5), (60, 71), (200, 300)])
def test_a_span_that_is_not_in_the_article_is_refused(span: Span) -> None:
    with pytest.raises(QuoteError, match="no span"):
        quote(ARMY, span)


def test_white_space_is_no_quote() -> None:
    with pytest.raises(QuoteError, match="only white space"):
        quote(ARMY, (29, 30))


@pytest.mark.parametrize("span", [(0, 13), (0, 29), (30, 61), (30, 70), (40, 50)])
def test_what_is_not_the_articles_own_prose_is_refused(span: Span) -> None:
    with pytest.raises(QuoteError, match="prose"):
        quote(ARMY, span)


def test_prose_in_two_spans_with_white_space_between_is_one_quote() -> None:
    article = with_body(Article.of(id="a", text="One. \n Two."), ((0, 4), (7, 11)))
    assert is_prose(article, (0, 11))
    assert quote(article, (0, 11)).exact == "One. \n Two."
