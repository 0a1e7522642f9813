"""An answer of quotes to the same answer worded by a language model, where one is set; the evidence stays as it was.

The quotes are chosen before the model is asked, and nothing that it says becomes one. It can make an answer read
better, or say that the quotes do not answer, which makes an abstention of it; it can make none where there was none.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

from askdocs.answering.wording import INSTRUCTIONS, NOTHING, asked, borne_out
from askdocs.datatypes import Answer, Article
from askdocs.errors import LanguageModelError
from askdocs.language_model import LanguageModel

_log = logging.getLogger(__name__)


class Wording:
    """Has a model put the words of an answer's quotes together. Safe in threads. `articles` are those quoted from."""

    def __init__(self, model: LanguageModel, articles: Mapping[str, Article]) -> None:
        self._model = model
        self._articles = articles

    def worded(self, query: str, answer: Answer) -> Answer:
        """Return an answer in the model's words, or as it is where none of them stand or none come.

        `query` is the answer's question made to stand alone. Waits for the model as long as the settings say.
        """
        quotes = [one.exact for one in answer.quotes]
        try:
            draft = self._model.reply(INSTRUCTIONS, asked(query, quotes))
        except LanguageModelError as error:
            _log.warning("%s; the quotes stand by themselves", error)
            return answer
        if draft.strip(" .").upper() == NOTHING:
            return self._abstained(answer)
        titles = [self._articles[one.article_id].title for one in answer.quotes]
        text = borne_out(draft, query, quotes, titles)
        return replace(answer, text=text, worded_by=self._model.name) if text else answer

    def _abstained(self, answer: Answer) -> Answer:
        text = (
            f"Your articles do not seem to answer this: {self._model.name} read the sentences nearest to it and found "
            "no answer there. The nearest passages follow; they are no answer."
        )
        return replace(answer, text=text, quotes=(), worded_by=self._model.name)
