"""The sample articles and questions.toml in, articles.jsonl and questions.jsonl out.

    python eval/sample/make.py [FOLDER]

writes beside itself unless told another folder. An article's text is its file after the front matter, exactly, and a
gold span is found in it by its words: so the positions follow the articles, and a changed sentence is an error here.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from askdocs.errors import AskdocsError, DatasetError
from askdocs.sample import articles_folder

HERE = Path(__file__).parent
QUESTIONS = HERE / "questions.toml"
_FRONT_MATTER = ("title", "outlet", "author", "date")


def article_row(file: Path) -> dict[str, str]:
    """Return one article as a row of articles.jsonl.

    Raises:
        DatasetError: the file has no front matter, or one without a title.
    """
    opening, *rest = file.read_text(encoding="utf-8").split("---\n", 2)
    if opening or len(rest) != 2:  # noqa: PLR2004  what stands between the two marks, and what comes after them
        raise DatasetError(f"{file.name}: found no front matter; wanted `key: value` lines between two lines of `---`")
    front = dict(line.split(": ", 1) for line in rest[0].splitlines())
    if "title" not in front:
        raise DatasetError(f"{file.name}: the front matter has no title")
    row = {"id": file.stem}
    row |= {name: front[name] for name in _FRONT_MATTER if name in front}
    return row | {"text": rest[1]}


def question_row(question: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return one question as a row of questions.jsonl, its gold words given their positions in `texts`.

    Raises:
        DatasetError: the gold names no article, its words are not there exactly once, or an answer is in none of them.
    """
    gold = [_gold_span(question["id"], span, texts) for span in question.get("gold", [])]
    row = {
        "id": question["id"],
        "kind": question["kind"],
        "question": question["question"],
        "answerable": bool(gold),
        "gold": gold,
    }
    if answers := question.get("answers"):
        if not any(all(_holds(span["exact"], answer) for answer in answers) for span in gold):
            raise DatasetError(f"{QUESTIONS.name}: {question['id']}: no gold span holds all of {answers}")
        row |= {"answers": answers, "answer_strong": True}
    return row


def _gold_span(name: str, span: Mapping[str, str], texts: Mapping[str, str]) -> dict[str, Any]:
    article, exact = span["article"], span["exact"]
    if article not in texts:
        raise DatasetError(f"{QUESTIONS.name}: {name}: there is no article {article!r}")
    found = texts[article].count(exact)
    if found != 1:
        raise DatasetError(f"{QUESTIONS.name}: {name}: wanted once in {article}, found {found} times: {exact!r}")
    start = texts[article].index(exact)
    return {"article_id": article, "start": start, "end": start + len(exact), "exact": exact}


def _holds(text: str, answer: str) -> bool:
    """Whether the answer's words stand in the text as whole words, by the definition of answer_hit."""
    return f" {_words(answer)} " in f" {_words(text)} "


def _words(text: str) -> str:
    return re.sub(r"\W+", " ", unicodedata.normalize("NFKC", text).lower()).strip()


def make(folder: Path) -> tuple[int, int]:
    """Write both files of the dataset into `folder`, and return how many articles and questions they hold.

    Raises:
        DatasetError: an article or a question has a fault; nothing is written.
    """
    articles = [article_row(file) for file in sorted(articles_folder().glob("*.md"))]
    texts = {article["id"]: article["text"] for article in articles}
    table = tomllib.loads(QUESTIONS.read_text(encoding="utf-8"))["question"]
    names = [question["id"] for question in table]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise DatasetError(f"{QUESTIONS.name}: {twice[0]}: the id is used twice")
    questions = [question_row(question, texts) for question in table]
    _write_rows(folder / "articles.jsonl", articles)
    _write_rows(folder / "questions.jsonl", questions)
    return len(articles), len(questions)


def _write_rows(file: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    file.write_text("".join(lines), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    try:
        counts = make(Path(sys.argv[1]) if sys.argv[1:] else HERE)
    except AskdocsError as error:
        sys.exit(str(error))
    print(f"{counts[0]} articles, {counts[1]} questions")
