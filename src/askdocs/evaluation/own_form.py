"""A dataset folder in askdocs' own form goes in; a Dataset comes out.

The folder holds `articles.jsonl` or `articles.jsonl.gz`, read as any user's articles are, and `questions.jsonl`, one
question a line: `{"id", "question", "gold": [{"article_id", "start", "end", "exact"}], "gold_articles"?: [id],
"answers"?: [string], "answer_strong"?: bool, "answerable": bool, "date"?: string}`; `date` is the day on which it was
asked, from which words such as "this week" count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from askdocs.datatypes import Article
from askdocs.errors import DatasetError, ReadError
from askdocs.evaluation.dataset import Dataset, Gold, Question, checked, collected
from askdocs.evaluation.fields import field, parsed, rows_of, strings, typed
from askdocs.reading import read_sources
from askdocs.reading.byline import iso_date

ARTICLE_FILES = ("articles.jsonl", "articles.jsonl.gz")
QUESTION_FILE = "questions.jsonl"


def load_own_form(folder: Path) -> Dataset:
    """Load a folder of articles and questions.

    Raises:
        DatasetError: something is missing or wrong; names the file, the row (counted from 1) and the reason.
    """
    articles = _load_articles(folder)
    file = folder / QUESTION_FILE
    return Dataset(folder.resolve().name, tuple(articles.values()), collected(_load_questions(file, articles), file))


def _load_articles(folder: Path) -> dict[str, Article]:
    file = next((folder / name for name in ARTICLE_FILES if (folder / name).is_file()), None)
    if file is None:
        raise DatasetError(f"{folder}: has no {' or '.join(ARTICLE_FILES)}")
    source = str(file.resolve())  # one index, from whichever folder the dataset is named
    articles: dict[str, Article] = {}
    for article in read_sources([file]):
        if isinstance(article, ReadError):
            raise DatasetError(str(article)) from article
        articles[article.id] = replace(article, source=source)
    if not articles:
        raise DatasetError(f"{file}: holds no articles")
    return articles


def _load_questions(file: Path, articles: Mapping[str, Article]) -> Iterator[tuple[str, Question]]:
    for where, line in rows_of(file, "one question a line, as JSON"):
        yield where, checked(where, question_of(where, parsed(where, line)), articles)


def question_of(where: str, row: object) -> Question:
    """Return the question that a row holds, not yet compared with any article.

    Raises:
        DatasetError: a value is missing or of another type.
    """
    fields = typed(where, "the row", row, dict)
    gold = tuple(_gold(where, span) for span in field(where, fields, "gold", list, []))
    gold_articles = strings(where, fields, "gold_articles")
    answers = strings(where, fields, "answers")
    return Question(
        id=field(where, fields, "id", str),
        text=field(where, fields, "question", str),
        answerable=field(where, fields, "answerable", bool, True if gold or gold_articles or answers else None),
        gold=gold,
        gold_articles=gold_articles,
        answers=answers,
        answer_strong=field(where, fields, "answer_strong", bool, default=False),
        day=_day(where, field(where, fields, "date", str, "")),
    )


def _day(where: str, said: str) -> date | None:
    """Return the day that a date stands for; None for no words at all.

    Raises:
        DatasetError: it stands for none, or for one of several.
    """
    if not said.strip():
        return None
    found = iso_date(said)
    if found is None:
        raise DatasetError(f"{where}: date is {said!r:.80}; wanted the day of the question, as 2022-06-16")
    return date.fromisoformat(found)


def _gold(where: str, span: object) -> Gold:
    fields = typed(where, "a gold span", span, dict)
    return Gold(
        article_id=field(where, fields, "article_id", str),
        start=field(where, fields, "start", int),
        end=field(where, fields, "end", int),
        exact=field(where, fields, "exact", str),
    )
