"""A library in, questions that it answers out, made from its own headlines: what a newcomer can ask with one click."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from threading import Lock

from askdocs.errors import AskdocsError, BusyError
from askdocs.index import ArticleSummary
from askdocs.library import Library
from askdocs.web.limits import Gate

SHOWN = 5
"""How many example questions are offered."""

_TRIED = 24
"""Headlines that are tried at most, so that a library of headlines that nobody could ask about costs no minute."""

_SURE = 0.6
"""The least confidence with which an example is answered: what is offered should work."""

_LENGTHS = range(20, 91)
_UNFIT = re.compile(r"[<>{}|\\\[\]_]|https?:|(?:\.\.\.|…)$")
"""In headlines that were cut, or are no words of a person."""
_PUNCTUATION = re.compile(r"[\s.!:;,–—-]+$")
_POSSESSIVE = re.compile(r"['’]s$")
_ASKS = ("?", "\u061f", "\uff1f")
_LATIN = re.compile(r"[A-Za-z]")
_FOREIGN = re.compile(r"(?![\u0250-\u036f\u1e00-\u1eff])[^\W\d_\u0000-\u024f]")
"""A letter of another script than Latin."""

_NUMBERS = re.compile(r"\d+(?:[.,]\d+)*")
_MANY_CAPITALS = 0.6
"""The share of capitalised words from which a headline is in Title Case, where no capital tells a name."""


class Examples:
    """The questions that are made from a library's articles, once for each generation of its index. Safe in threads."""

    def __init__(self, library: Library, gate: Gate) -> None:
        self._library = library
        self._gate = gate
        self._making = Lock()
        self._generation = ""
        self._made: tuple[str, ...] = ()

    def now(self) -> tuple[str, ...]:
        """Return those of the generation in force; none, this time, where the gate is busy with real questions.

        They are made behind the gate, by whoever comes first; who comes meanwhile waits for the same.
        """
        library = self._library.snapshot()
        with self._making:
            generation = library.manifest.created
            if generation != self._generation:
                try:
                    self._made = self._gate.run(lambda: example_questions(library))
                except BusyError:
                    return ()
                self._generation = generation
            return self._made


def example_questions(library: Library) -> tuple[str, ...]:
    """Return questions on different articles, each of which the library answers from the article it is about."""
    found: list[str] = []
    shapes: set[str] = set()
    for known, question in _candidates(library.articles):
        shape = _NUMBERS.sub("0", question)
        if shape not in shapes and _answers(library, known, question):
            found.append(question)
            shapes.add(shape)
        if len(found) == SHOWN:
            break
    return tuple(found)


def question_of(headline: str) -> str | None:
    """Return a question about what a headline says, or nothing where it says too little.

    A headline that is a question is asked as it is. One with a name in it gives a question about that name; any other
    is followed by "what happened?", which goes with no other script.
    """
    title = " ".join(headline.split())
    if len(title) not in _LENGTHS or _UNFIT.search(title):
        return None
    if title.endswith(_ASKS):
        return title
    if not _LATIN.search(title) or _FOREIGN.search(title):
        return None
    words = title.split(" ")
    if sum(word[:1].isupper() for word in words) < _MANY_CAPITALS * len(words):
        names = list(_names(words))
        if names:
            return f"What is said about {max(names, key=len)}?"
    return f"{_PUNCTUATION.sub('', title)}: what happened?"


def _names(words: Sequence[str]) -> Iterator[str]:
    """Yield the names in a headline: words in a row with a capital, the first one of all only if another follows."""
    name: list[str] = []
    first = 0
    for number, word in enumerate((*words, "")):
        if word[:1].isupper():
            first = first if name else number
            name.append(word)
        if name and (not word[:1].isupper() or not word[-1].isalnum() or _POSSESSIVE.search(word)):
            told = _POSSESSIVE.sub("", " ".join(name)).rstrip(".,:;!'’")
            if len(name) > 1 or (first > 0 and not told.isupper()):
                yield told
            name = []


def _candidates(articles: Sequence[ArticleSummary]) -> Iterator[tuple[ArticleSummary, str]]:
    """Yield articles from all over the library, each with a question, none twice."""
    asked: set[str] = set()
    for known in _spread(articles):
        question = question_of(known.title) if known.passages else None
        if question is not None and question not in asked:
            asked.add(question)
            yield known, question


def _spread(articles: Sequence[ArticleSummary]) -> Iterable[ArticleSummary]:
    """Return a number of articles at equal distances, so that one outlet or folder does not give all examples."""
    step = max(1, len(articles) // _TRIED)
    return articles[::step][:_TRIED]


def _answers(library: Library, known: ArticleSummary, question: str) -> bool:
    """Tell whether a library answers a question from the article whose headline it was made of."""
    try:
        answer = library.quote(question).answer  # no language model is asked to word what nobody asked
    except AskdocsError:
        return False
    return answer.confidence >= _SURE and known.id in {quote.article_id for quote in answer.quotes}
