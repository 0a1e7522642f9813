"""An answer to what its reader must know before the quotes: words read otherwise, and names that no article has."""

from __future__ import annotations

from collections.abc import Sequence

from askdocs.datatypes import Answer


def cautions(answer: Answer) -> list[str]:
    """Return a sentence for each thing that the quotes do not say of the question."""
    found = [read_as_words(answer.read_as)] if answer.read_as else []
    return [*found, unmentioned_words(answer.unmentioned)] if answer.unmentioned else found


def read_as_words(words: Sequence[tuple[str, str]]) -> str:
    """Return which words of a question were read otherwise, and why."""
    typed, read = zip(*words, strict=True)
    return f"Read as {listed(read, ' and ')}: no article has {listed(typed)}."


def unmentioned_words(names: Sequence[str]) -> str:
    """Return which names and numbers of a question no article has. A photo credit may: it is neither title nor text."""
    return f"No article mentions {listed(names)} in its title or text."


def listed(words: Sequence[str], last: str = " or ") -> str:
    """Return words in quotation marks as a list: “a”, “b” or “c”."""
    quoted = [f"“{word}”" for word in words]
    return last.join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]
