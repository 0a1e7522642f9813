"""A BEIR folder goes in; a Dataset comes out.

Form: `corpus.jsonl` (`{"_id", "title"?, "text"}`), `queries.jsonl` (`{"_id", "text"}`) and `qrels/*.tsv` (query id,
corpus id, score, behind a header); Thakur et al. 2021. As BEIR does, only queries with a judgement above 0 in the split
are asked, and an article so judged is gold, whatever the grade: the measures here are binary. As BEIR does, too, an
article whose id is the query's own is no result for it (in ArguAna queries are articles of the corpus); nor is it gold
here. A query longer than a question can be is cut between two words, with a warning.
"""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from unicodedata import decimal

from askdocs.datatypes import Article
from askdocs.errors import DatasetError
from askdocs.evaluation.dataset import Dataset, Question, checked, collected, dataset_article
from askdocs.evaluation.fields import field, parsed, rows_of, typed
from askdocs.settings import MAX_QUESTION_CHARACTERS

CORPUS, QUERIES, QRELS = "corpus.jsonl", "queries.jsonl", "qrels"
SPLITS = ("test.tsv", "dev.tsv")
"""The split that is asked, in the order of choice; failing both, the only one there is."""

_JUDGEMENT_FIELDS = 3
_log = logging.getLogger("askdocs")


def load_beir(folder: Path) -> Dataset:
    """Load a BEIR folder; each of the two JSON files may be compressed, with `.gz` behind its name.

    Raises:
        DatasetError: something is missing or wrong; names the file, the row (counted from 1) and the reason.
    """
    split = _split(folder / QRELS)
    articles = _articles(_either(folder, CORPUS))
    judged = _judged(split, articles)
    return Dataset(
        name=f"{folder.resolve().name} ({split.stem})",
        articles=tuple(articles.values()),
        questions=collected(_questions(_either(folder, QUERIES), judged, articles), split),
    )


def _either(folder: Path, name: str) -> Path:
    """Return the file, or the compressed one where only that is there."""
    packed = folder / f"{name}.gz"
    return packed if packed.is_file() and not (folder / name).is_file() else folder / name


def _split(folder: Path) -> Path:
    there = sorted(folder.glob("*.tsv"))
    for name in SPLITS:
        if folder / name in there:
            return folder / name
    if len(there) != 1:
        found = ", ".join(file.name for file in there) or "no .tsv file"
        raise DatasetError(f"{folder}: holds {found}; wanted {' or '.join(SPLITS)}, or one other split alone")
    return there[0]


def _articles(file: Path) -> dict[str, Article]:
    articles: dict[str, Article] = {}
    for where, line in rows_of(file, "BEIR's articles, one a line"):
        fields = typed(where, "the row", parsed(where, line), dict)
        title, text = field(where, fields, "title", str, ""), field(where, fields, "text", str, "")
        # Some sets have a title where there is no text. With neither, the article stays, and is never found.
        article = dataset_article(_id(where, fields), title, text if text.strip() else title, str(file))
        if article.id in articles:
            raise DatasetError(f"{where}: an earlier row has the id {article.id!r}")
        articles[article.id] = article
    if not articles:
        raise DatasetError(f"{file}: holds no articles")
    return articles


def _id(where: str, fields: Mapping[str, object]) -> str:
    name = fields.get("_id")
    return str(name) if type(name) is int else field(where, fields, "_id", str)


def _judged(file: Path, articles: Mapping[str, Article]) -> dict[str, tuple[str, ...]]:
    """Return the articles judged above 0 for each query."""
    judged: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for number, (where, line) in enumerate(rows_of(file, "judgements: query id, corpus id, score")):
        values = line.rstrip("\r").split("\t")
        if len(values) != _JUDGEMENT_FIELDS:
            raise DatasetError(f"{where}: has {len(values)} fields, wanted 3: query id, corpus id, score")
        query, article, score = values
        if not _is_whole(score):
            if number == 0:  # the header
                continue
            raise DatasetError(f"{where}: the score is {score!r}, wanted a whole number")
        if _is_positive(score) and article != query:
            if article not in articles:
                raise DatasetError(f"{where}: judges {article!r}, which is no article of this dataset")
            judged[query][article] = None
    return {query: tuple(gold) for query, gold in judged.items()}


def _is_whole(score: str) -> bool:
    return score.removeprefix("-").isdecimal()


def _is_positive(score: str) -> bool:
    """Tell whether a whole number is above 0, however many digits it has: Python reads no more than 4,300."""
    return not score.startswith("-") and any(decimal(digit) for digit in score)


def _cut(text: str) -> str:
    """Return a text of at most so many characters, cut between two words where it has any."""
    if len(text) <= MAX_QUESTION_CHARACTERS:
        return text
    whole_words = re.match(rf"(?s:.{{1,{MAX_QUESTION_CHARACTERS}}})(?=\s)", text)
    return whole_words[0].rstrip() if whole_words else text[:MAX_QUESTION_CHARACTERS]


def _questions(
    file: Path, judged: Mapping[str, tuple[str, ...]], articles: Mapping[str, Article]
) -> Iterator[tuple[str, Question]]:
    missing = dict.fromkeys(judged)
    long = 0
    for where, line in rows_of(file, "BEIR's queries, one a line"):
        fields = typed(where, "the row", parsed(where, line), dict)
        name = _id(where, fields)
        if name in judged:
            missing.pop(name, None)
            text = field(where, fields, "text", str).strip()
            long += len(text) > MAX_QUESTION_CHARACTERS
            own = (name,) if name in articles else ()
            asked = Question(name, _cut(text), answerable=True, gold_articles=judged[name], leave_out=own)
            yield where, checked(where, asked, articles)
    if long:
        _log.warning("%s: %d queries are cut to %d characters", file, long, MAX_QUESTION_CHARACTERS)
    if missing:
        raise DatasetError(f"{file}: has no query {next(iter(missing))!r}, which the judgements name")
