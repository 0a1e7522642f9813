"""A question and its ranking to an answer. `Answerer` is one of the two places where a model may enter."""

from __future__ import annotations

from typing import Protocol

from askdocs.answering.extractive import ExtractiveAnswerer
from askdocs.answering.worded import WordedAnswerer
from askdocs.datatypes import Answer
from askdocs.index import OpenIndex
from askdocs.language_model import LanguageModel
from askdocs.reranking import Reranking
from askdocs.settings import Settings

__all__ = ["Answerer", "ExtractiveAnswerer", "WordedAnswerer", "make_answerer"]


class Answerer(Protocol):
    """Answers from the hits it is given, by quotes from them, or abstains."""

    def answer(self, question: str, query: str, found: Reranking) -> Answer:
        """Answer `question`; `query` is the same question made to stand alone, for which `found` was found."""
        ...


def make_answerer(index: OpenIndex, settings: Settings) -> Answerer:
    """Return what answers from an index: by quotes, which a language model words where one is set.

    Raises:
        IndexFolderError: the index's calibration is damaged or foreign.
        LanguageModelError: a language model is set incompletely.
    """
    answerer = ExtractiveAnswerer(index, settings.answers)
    if not settings.llm.url:
        return answerer
    return WordedAnswerer(answerer, LanguageModel(settings.llm), index.articles)
