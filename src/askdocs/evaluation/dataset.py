"""A dataset folder goes in; its articles and questions come out, with every gold span checked against the text.

The folder holds `articles.jsonl` or `articles.jsonl.gz`, read as any user's articles are, and `questions.jsonl`, one
question a line: `{"id", "question", "gold": [{"article_id", "start", "end", "exact"}], "gold_articles"?: [id],
"answers"?: [string], "answer_strong"?: bool, "answerable": bool}`. Gold is verbatim text with its position, so it
survives any change of passages.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from askdocs.datatypes import Article
from askdocs.errors import DatasetError, QuestionError, ReadError
from askdocs.library import checked_question
from askdocs.reading import read_sources

ARTICLE_FILES = ("articles.jsonl", "articles.jsonl.gz")
QUESTION_FILE = "questions.jsonl"

Kind = TypeVar("Kind")
_JSON_NAMES: dict[type, str] = {
    dict: "an object",
    list: "an array",
    str: "a string",
    int: "a whole number",
    bool: "true or false",
}


@dataclass(frozen=True, slots=True)
class Gold:
    """Marked words that answer a question: `article.text[start:end] == exact`, never empty."""

    article_id: str
    start: int
    end: int
    exact: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question and all that is known of its answer.

    `gold` marks the words, `gold_articles` names the articles, `answers` are strings that answer together; each may be
    empty. `answer_strong`: the answers are distinctive enough that a passage which holds them all answers the question.
    An unanswerable question has neither `gold` nor `gold_articles`.
    """

    id: str
    text: str
    answerable: bool
    gold: tuple[Gold, ...] = ()
    gold_articles: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    answer_strong: bool = False

    @property
    def evidence(self) -> frozenset[str]:
        """The ids of the articles known to answer."""
        return frozenset(self.gold_articles) | {span.article_id for span in self.gold}


@dataclass(frozen=True, slots=True)
class Dataset:
    """Articles, and questions to them: ids are unique, every gold span is where it says, and no part is empty."""

    name: str
    articles: tuple[Article, ...]
    questions: tuple[Question, ...]

    def sampled(self, articles: int, questions: int, seed: int = 0) -> Dataset:
        """Return a smaller dataset, the same on every machine, whose name states the sample.

        It keeps `questions` questions, all their known articles, and `articles` others. The share of answerable
        questions stays what it is, as far as there are enough of each kind, with at least one of each. A question that
        is answerable by an article nobody has named is never kept, since that article might not be.

        Raises:
            DatasetError: no question could be kept.
        """
        kept = self._some_questions(questions, seed)
        if not kept:
            raise DatasetError(
                f"{self.name}: a sample of {questions} questions is empty; wanted at least one question that is "
                "unanswerable or names its gold articles"
            )
        evidence = frozenset[str]().union(*(question.evidence for question in kept))
        others = [article for article in self.articles if article.id not in evidence]
        ids = evidence | _first_by_hash((article.id for article in others), articles, seed)
        return replace(
            self,
            name=f"{self.name} (sample: {articles} other articles, {len(kept)} questions, seed {seed})",
            articles=tuple(article for article in self.articles if article.id in ids),
            questions=kept,
        )

    def _some_questions(self, wanted: int, seed: int) -> tuple[Question, ...]:
        yes = [question.id for question in self.questions if question.answerable and question.evidence]
        no = [question.id for question in self.questions if not question.answerable]
        refusals = round(wanted * len(no) / len(self.questions))
        if yes and no and wanted > 1:
            refusals = min(max(refusals, 1), wanted - 1)
        ids = _first_by_hash(yes, wanted - refusals, seed) | _first_by_hash(no, refusals, seed)
        return tuple(question for question in self.questions if question.id in ids)


def _first_by_hash(ids: Iterable[str], wanted: int, seed: int) -> frozenset[str]:
    """Choose ids by the order of their hashes: arbitrary, but equal on every machine and every Python."""
    return frozenset(sorted(ids, key=lambda name: sha256(f"{seed} {name}".encode()).digest())[:wanted])


# --- loading ----------------------------------------------------------------------------------------------------------


def load_dataset(folder: Path) -> Dataset:
    """Load a dataset folder and check it.

    Raises:
        DatasetError: something is missing or wrong; names the file, the row (counted from 1) and the reason.
    """
    if not folder.is_dir():
        raise DatasetError(f"{folder}: no such folder; wanted one with articles.jsonl(.gz) and {QUESTION_FILE}")
    articles = _load_articles(folder)
    return Dataset(
        name=folder.resolve().name,
        articles=tuple(articles.values()),
        questions=_load_questions(folder / QUESTION_FILE, articles),
    )


def _load_articles(folder: Path) -> dict[str, Article]:
    file = next((folder / name for name in ARTICLE_FILES if (folder / name).is_file()), None)
    if file is None:
        raise DatasetError(f"{folder}: has no {' or '.join(ARTICLE_FILES)}")
    articles: dict[str, Article] = {}
    for article in read_sources([file]):
        if isinstance(article, ReadError):
            raise DatasetError(str(article)) from article
        articles[article.id] = article
    if not articles:
        raise DatasetError(f"{file}: holds no articles")
    return articles


def _load_questions(file: Path, articles: Mapping[str, Article]) -> tuple[Question, ...]:
    questions: dict[str, Question] = {}
    for where, line in _rows(file):
        question = _question(where, _parsed(where, line), articles)
        if question.id in questions:
            raise DatasetError(f"{where}: an earlier row has the id {question.id!r}")
        questions[question.id] = question
    if not questions:
        raise DatasetError(f"{file}: holds no questions")
    return tuple(questions.values())


def _rows(file: Path) -> Iterator[tuple[str, str]]:
    """Yield each line that is not blank, with its name for an error message."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise DatasetError(f"{file}: no such file; wanted one question a line, as JSON") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{file}: cannot be read as UTF-8 text: {error}") from error
    for number, line in enumerate(text.split("\n"), start=1):  # not splitlines(), which breaks on U+2028
        if line.strip():
            yield f"{file}, row {number}", line


def _parsed(where: str, line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{where}: not JSON: {error}") from error


def _question(where: str, row: object, articles: Mapping[str, Article]) -> Question:
    fields = _typed(where, "the row", row, dict)
    gold = tuple(_gold(where, span, articles) for span in _field(where, fields, "gold", list, []))
    gold_articles = _strings(where, fields, "gold_articles")
    answers = _strings(where, fields, "answers")
    if unknown := [name for name in gold_articles if name not in articles]:
        raise DatasetError(f"{where}: gold_articles names {unknown[0]!r}, which is no article of this dataset")
    question = Question(
        id=_field(where, fields, "id", str),
        text=_field(where, fields, "question", str),
        answerable=_field(where, fields, "answerable", bool, True if gold or gold_articles or answers else None),
        gold=gold,
        gold_articles=gold_articles,
        answers=answers,
        answer_strong=_field(where, fields, "answer_strong", bool, default=False),
    )
    try:
        checked_question(question.text)
    except QuestionError as error:
        raise DatasetError(f"{where}: cannot be asked: {error}") from error
    if question.evidence and not question.answerable:
        raise DatasetError(f"{where}: is not answerable and yet has gold; wanted one or the other")
    return question


def _gold(where: str, span: object, articles: Mapping[str, Article]) -> Gold:
    fields = _typed(where, "a gold span", span, dict)
    gold = Gold(
        article_id=_field(where, fields, "article_id", str),
        start=_field(where, fields, "start", int),
        end=_field(where, fields, "end", int),
        exact=_field(where, fields, "exact", str),
    )
    if gold.article_id not in articles:
        raise DatasetError(f"{where}: gold names {gold.article_id!r}, which is no article of this dataset")
    text = articles[gold.article_id].text
    if not 0 <= gold.start < gold.end <= len(text):
        raise DatasetError(
            f"{where}: gold {gold.start}-{gold.end} is no run of characters in {gold.article_id!r}, "
            f"which has {len(text)} characters"
        )
    if (found := text[gold.start : gold.end]) != gold.exact:
        raise DatasetError(
            f"{where}: gold says {gold.exact!r:.80}, but {gold.article_id!r} has {found!r:.80} "
            f"at {gold.start}-{gold.end}"
        )
    return gold


def _strings(where: str, fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(_typed(where, f'each of "{name}"', value, str) for value in _field(where, fields, name, list, []))


def _field(where: str, fields: Mapping[str, Any], name: str, kind: type[Kind], default: Kind | None = None) -> Kind:
    """Return a row's value of the type wanted, or the default where it has none or null."""
    value = fields.get(name)
    if value is None:
        value = default
    if value is None:
        raise DatasetError(f'{where}: has no "{name}"')
    return _typed(where, f'"{name}"', value, kind)


def _typed(where: str, name: str, value: object, kind: type[Kind]) -> Kind:
    if type(value) is not kind:  # not isinstance(), to which true is an int
        raise DatasetError(f"{where}: {name} is {value!r:.80}, wanted {_JSON_NAMES[kind]}")
    return value
