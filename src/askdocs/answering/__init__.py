"""A question and its ranking to an answer of quotes, and that to the same in other words, where a model gives them."""

from __future__ import annotations

from askdocs.answering.extractive import ExtractiveAnswerer
from askdocs.answering.worded import Wording
from askdocs.index import OpenIndex
from askdocs.language_model import LanguageModel
from askdocs.settings import Settings

__all__ = ["ExtractiveAnswerer", "Wording", "make_wording"]


def make_wording(index: OpenIndex, settings: Settings) -> Wording | None:
    """Return what words such an answer, where a language model is set.

    Raises:
        LanguageModelError: it is set incompletely.
    """
    return Wording(LanguageModel(settings.llm), index.articles) if settings.llm.url else None
