"""A SQuAD file, version 1.1 or 2.0, goes in; a Dataset comes out.

Form: `{"data": [{"title", "paragraphs": [{"context", "qas": [{"id", "question", "answers": [{"text", "answer_start"}],
"is_impossible"?}]}]}]}`; Rajpurkar et al. 2016 and 2018.

- An article is all paragraphs of a title, a blank line between them, and gold moves by what stands before its own.
- Where several people marked an answer, each distinct span is gold: one that is found or quoted is enough for Success,
  RR and quote_hit, as one is for SQuAD's own scores. The character measures ask for all of them, which is hard on the
  few questions whose spans lie apart. `answers` holds the distinct wordings; no measure reads them.
- `is_impossible` makes a question unanswerable; its `plausible_answers` are not read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from askdocs.datatypes import Article
from askdocs.errors import DatasetError
from askdocs.evaluation.dataset import Dataset, Gold, Question, checked, collected, dataset_article
from askdocs.evaluation.fields import field, typed
from askdocs.reading.decode import storable

BETWEEN = "\n\n"
"""What stands between two paragraphs of an article."""


def squad_dataset(name: str, file: Path, form: Mapping[str, Any]) -> Dataset:
    """Return the dataset that a parsed file holds; `name` is what it will be called.

    Raises:
        DatasetError: something is missing or wrong; names the title, paragraph and question.
    """
    articles: dict[str, Article] = {}
    named: list[tuple[str, Question]] = []
    for number, entry in enumerate(field(str(file), form, "data", list), start=1):
        where = f"{file}, title {number}"
        fields = typed(where, "the title", entry, dict)
        title = field(where, fields, "title", str, f"article {number}")
        paragraphs = [
            typed(where, "a paragraph", paragraph, dict) for paragraph in field(where, fields, "paragraphs", list)
        ]
        article = _article(where, title, paragraphs, file, articles)
        articles[article.id] = article
        named.extend(_questions(where, paragraphs, article, articles))
    return Dataset(name, tuple(articles.values()), collected(named, file))


def _article(
    where: str, title: str, paragraphs: Sequence[Mapping[str, Any]], file: Path, taken: Mapping[str, Article]
) -> Article:
    text = BETWEEN.join(field(where, paragraph, "context", str) for paragraph in paragraphs)
    if not text.strip():
        raise DatasetError(f"{where}: has no text in its paragraphs")
    article_id, copy = title, 2
    while article_id in taken:
        article_id, copy = f"{title} ({copy})", copy + 1
    return dataset_article(article_id, unquote(title).replace("_", " "), text, str(file))


def _questions(
    where: str, paragraphs: Sequence[Mapping[str, Any]], article: Article, articles: Mapping[str, Article]
) -> Iterator[tuple[str, Question]]:
    before = 0
    for number, paragraph in enumerate(paragraphs, start=1):
        place = f"{where}, paragraph {number}"
        for asked in field(place, paragraph, "qas", list):
            question = _question(place, typed(place, "a question", asked, dict), article, before)
            said = f"{place}, question {question.id!r}"
            yield said, checked(said, question, articles)
        before += len(field(place, paragraph, "context", str)) + len(BETWEEN)


def _question(place: str, fields: Mapping[str, Any], article: Article, before: int) -> Question:
    name = field(place, fields, "id", str)
    where = f"{place}, question {name!r}"
    impossible = field(where, fields, "is_impossible", bool, default=False)
    marked = (
        []
        if impossible
        else [_marked(where, answer, article, before) for answer in field(where, fields, "answers", list, [])]
    )
    if not marked and not impossible:
        raise DatasetError(f'{where}: has no answers and is not marked "is_impossible"')
    return Question(
        id=name,
        text=field(where, fields, "question", str).strip(),
        answerable=not impossible,
        gold=tuple(dict.fromkeys(marked)),
        answers=tuple(dict.fromkeys(span.exact for span in marked)),
    )


def _marked(where: str, answer: object, article: Article, before: int) -> Gold:
    fields = typed(where, "an answer", answer, dict)
    text = storable(field(where, fields, "text", str))
    start = before + field(where, fields, "answer_start", int)
    return Gold(article.id, start, start + len(text), text)
