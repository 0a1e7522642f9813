"""Drawn questions to the same questions as a person would ask them, worded by a language model; the gold stays.

A rewording is only kept where it still is about the same: one line, a question, with every number and name that was
drawn, or that an absent question had put in; of a headline, in which names are not known, every number and some of its
words. What is not kept stays as it was drawn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from askdocs.datatypes import Article
from askdocs.errors import LanguageModelError
from askdocs.evaluation.drawing import Drawn
from askdocs.language_model import LanguageModel
from askdocs.terms import content_terms

INSTRUCTIONS = """You turn keywords into the question that the sentence answers, asked as a reader of the article would.
Ask one natural question of at most 25 words, in the language of the keywords, that ends with a question mark.
Keep every name in the keywords as it is written. Use other words than the sentence where you can.
Reply with the question and no more."""

LONGEST = 250
"""Characters of a rewording."""

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_SHARED = 2
"""Content words of a headline that a question about it has at least."""


def reworded(
    drawn: Sequence[Drawn], model: LanguageModel, articles: Mapping[str, Article], told: Callable[[int], object]
) -> list[Drawn]:
    """Have every question reworded; `told` hears of each that is done.

    Raises:
        LanguageModelError: the model does not answer to the first question: it will not to the others.
    """
    asked: list[Drawn] = []
    for one in drawn:
        try:
            reply = model.reply(INSTRUCTIONS, _shown(one, articles))
        except LanguageModelError:
            if not asked:
                raise
            reply = ""
        asked.append(replace(one, question=replace(one.question, text=reply)) if _keeps(one, reply) else one)
        told(1)
    return asked


def _shown(one: Drawn, articles: Mapping[str, Article]) -> str:
    """Return what the model sees: the words that were drawn, and the sentence that they are to ask for."""
    lines = [f"Keywords: {one.question.text}"]
    if one.question.gold:
        gold = one.question.gold[0]
        lines += [f"Article: {articles[gold.article_id].title}", f"Sentence: {' '.join(gold.exact.split())}"]
    return "\n".join(lines)


def _keeps(one: Drawn, reply: str) -> bool:
    """Tell whether a reply is a question about what was drawn."""
    if "\n" in reply or not reply.endswith("?") or len(reply) > LONGEST:
        return False
    drawn = one.question.text
    if one.kind == "headline":  # where capitals tell no names
        shared = set(content_terms(drawn)) & set(content_terms(reply))
        asked = set(_NUMBER.findall(reply))
        return asked.issuperset(_NUMBER.findall(drawn)) and len(shared) >= min(_SHARED, len(set(content_terms(drawn))))
    names = [word for word in drawn.split() if not word.islower()]
    return all(name.strip(".,;:!?'’“”\"()").casefold() in reply.casefold() for name in names)
