"""A question and its ranking to an answer. `Answerer` is one of the two places where a model may enter."""

from __future__ import annotations

from typing import Protocol

from askdocs.answering.extractive import ExtractiveAnswerer
from askdocs.datatypes import Answer
from askdocs.reranking import Reranking

__all__ = ["Answerer", "ExtractiveAnswerer"]


class Answerer(Protocol):
    """Answers from the hits it is given, by quotes from them, or abstains."""

    def answer(self, question: str, query: str, found: Reranking) -> Answer:
        """Answer `question`; `query` is the same question made to stand alone, for which `found` was found."""
        ...
