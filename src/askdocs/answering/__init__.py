"""A question and its ranking to an answer of quotes, and that to the same in other words, where a model gives them."""

from __future__ import annotations

from typing import Protocol

from askdocs.answering.extractive import ExtractiveAnswerer
from askdocs.answering.worded import Wording
from askdocs.datatypes import Answer
from askdocs.index import OpenIndex
from askdocs.language_model import LanguageModel
from askdocs.reranking import Reranking
from askdocs.settings import Settings

__all__ = ["Answerer", "ExtractiveAnswerer", "Wording", "make_answerer", "make_wording"]


class Answerer(Protocol):
    """Answers from the hits it is given, by quotes from them, or abstains."""

    def answer(self, question: str, query: str, found: Reranking) -> Answer:
        """Answer `question`; `query` is the same question made to stand alone, for which `found` was found."""
        ...


def make_answerer(index: OpenIndex, settings: Settings) -> Answerer:
    """Return what answers from an index, by quotes.

    Raises:
        IndexFolderError: the index's calibration is damaged or foreign.
    """
    return ExtractiveAnswerer(index, settings.answers)


def make_wording(index: OpenIndex, settings: Settings) -> Wording | None:
    """Return what words such an answer, where a language model is set.

    Raises:
        LanguageModelError: it is set incompletely.
    """
    return Wording(LanguageModel(settings.llm), index.articles) if settings.llm.url else None
