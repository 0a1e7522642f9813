"""Articles and the questions asked of them: what every form of dataset is read into, with all of it checked.

Gold is verbatim text with its position in an article, so it survives any change of passages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256

from askdocs.datatypes import Article, text_sha256
from askdocs.errors import DatasetError, QuestionError
from askdocs.library import checked_question
from askdocs.reading.decode import storable
from askdocs.reading.prose import prose_spans


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
    An unanswerable question has neither `gold` nor `gold_articles`. `leave_out` names articles that are not searched
    for this question, never all of them; a saved run does not hold them. `day` is the one on which it was asked.
    """

    id: str
    text: str
    answerable: bool
    gold: tuple[Gold, ...] = ()
    gold_articles: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    answer_strong: bool = False
    leave_out: tuple[str, ...] = field(default=(), compare=False)
    day: date | None = None

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
        chosen = _first_by_hash((article.id for article in others), articles, seed)
        return replace(
            self,
            name=f"{self.name} (sample: {len(chosen)} other articles, {len(kept)} questions, seed {seed})",
            articles=tuple(article for article in self.articles if article.id in evidence | chosen),
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


# --- what every reader of a form checks -------------------------------------------------------------------------------


def dataset_article(article_id: str, title: str, text: str, source: str) -> Article:
    """Make an article whose text stays as it is, character for character, its own prose told as in any user's."""
    text, article_id = storable(text), storable(article_id)
    title = storable(title).strip() or article_id
    return Article(
        id=article_id,
        title=title,
        text=text,
        source=source,
        sha256=text_sha256(text),
        body=prose_spans(text, title=title) if text.strip() else (),
    )


def checked(where: str, question: Question, articles: Mapping[str, Article]) -> Question:
    """Return a question that can be asked of these articles, every gold span where it says.

    Raises:
        DatasetError: it cannot be asked, its gold is not in the articles, or it has gold and no answer.
    """
    if unknown := [name for name in question.gold_articles if name not in articles]:
        raise DatasetError(f"{where}: gold_articles names {unknown[0]!r}, which is no article of this dataset")
    for gold in question.gold:
        _require_gold(where, gold, articles)
    try:
        checked_question(question.text)
    except QuestionError as error:
        raise DatasetError(f"{where}: cannot be asked: {error}") from error
    if question.evidence and not question.answerable:
        raise DatasetError(f"{where}: is not answerable and yet has gold; wanted one or the other")
    return question


def _require_gold(where: str, gold: Gold, articles: Mapping[str, Article]) -> None:
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


def collected(named: Iterable[tuple[str, Question]], source: object) -> tuple[Question, ...]:
    """Return questions, each given with its place, when no two have one id and there is at least one.

    Raises:
        DatasetError: an id comes twice, or there is no question.
    """
    questions: dict[str, Question] = {}
    for where, question in named:
        if question.id in questions:
            raise DatasetError(f"{where}: an earlier row has the id {question.id!r}")
        questions[question.id] = question
    if not questions:
        raise DatasetError(f"{source}: holds no questions")
    return tuple(questions.values())
