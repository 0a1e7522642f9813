"""An article to its passages, and a text to its tokens: one at a time, as a build never needs them."""

from __future__ import annotations

from askdocs.datatypes import Article, Passage, Span
from askdocs.passages import Cut, cut
from askdocs.settings import PassageSettings
from askdocs.tokens import count_tokens_of_each


def count_tokens(text: str) -> int:
    """Return how many tokens a text has."""
    return count_tokens_of_each([text])[0]


def passage_spans(made: Cut) -> list[Span]:
    """Return the characters of each passage, in reading order."""
    blocks = made.blocks
    return [(blocks[first][0], blocks[last - 1][1]) for first, last in made.windows]


def passages_of(article: Article, settings: PassageSettings) -> list[Passage]:
    """Return an article's passages, in reading order."""
    spans = passage_spans(cut(article, settings))
    return [Passage(article.id, start, end, article.text[start:end]) for start, end in spans]
