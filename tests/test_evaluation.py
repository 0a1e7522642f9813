"""A whole evaluation of a small real library has results known by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import log2

import pytest
from rich.console import Console

from askdocs.datatypes import Answer, Article, Hit, Passage, Quote
from askdocs.errors import DatasetError
from askdocs.evaluation import Dataset, Gold, Question, Report, evaluate, render
from askdocs.evaluation.measures import normalise
from askdocs.evaluation.names import ORDER
from askdocs.filters import ArticleFilter

BELARUS = Article.of(id="belarus", text="Belarus sends no troops. Commanders resist war. Minsk is calm.")
PARIS = Article.of(id="paris", text="Paris is calm in August. Shops close early.")


@dataclass(frozen=True)
class WordLibrary:
    """Finds sentences that share words with the question, most first, and quotes the best where enough are shared."""

    articles: tuple[Article, ...] = (BELARUS, PARIS)

    @property
    def passage_count(self) -> int:
        """Count the sentences of all articles."""
        return sum(len(self.passages(article.id)) for article in self.articles)

    def article(self, article_id: str, /) -> Article:
        """Find an article by its id."""
        return next(article for article in self.articles if article.id == article_id)

    def passages(self, article_id: str, /) -> Sequence[Passage]:
        """Cut an article into its sentences."""
        text = self.article(article_id).text
        ends = [at + 1 for at, character in enumerate(text) if character == "."]
        starts = [0, *(end + 1 for end in ends[:-1])]
        return [Passage(article_id, start, end, text[start:end]) for start, end in zip(starts, ends, strict=True)]

    def ask(self, question: str, /, *, within: ArticleFilter | None = None, day: date | None = None) -> Answer:  # noqa: ARG002  its articles are of no day
        """Rank by the number of shared words, and quote the best sentence if it has half of them."""
        words = set(normalise(question).split())
        allowed = [article for article in self.articles if within is None or within.allows(article)]
        found = [passage for article in allowed for passage in self.passages(article.id)]
        shared = {passage: len(words & set(normalise(passage.text).split())) for passage in found}
        ranked = sorted((passage for passage in found if shared[passage]), key=lambda passage: -shared[passage])[:10]
        hits = tuple(Hit(passage, float(shared[passage]), rank) for rank, passage in enumerate(ranked, start=1))
        confidence = hits[0].score / len(words) if hits else 0.0
        quotes = tuple(self.quote(hit.passage) for hit in hits[:1]) if confidence >= 0.5 else ()
        return Answer(question, " ".join(f"[{n}]" for n, _ in enumerate(quotes, start=1)), quotes, hits, confidence)

    def quote(self, passage: Passage) -> Quote:
        """Quote a passage."""
        article = self.article(passage.article_id)
        return Quote(article.id, article.sha256, passage.start, passage.end, article.text[passage.start : passage.end])


class LyingLibrary(WordLibrary):
    """Shows words that the article does not hold."""

    def quote(self, passage: Passage) -> Quote:
        """Quote a passage."""
        return replace(super().quote(passage), exact="Belarus sends all its troops.")


def gold(article: Article, words: str) -> Gold:
    start = article.text.index(words)
    return Gold(article.id, start, start + len(words), words)


SPANS = Question("spans", "commanders resist war", answerable=True, gold=(gold(BELARUS, "Commanders resist war."),))
SECOND = Question(
    "second",
    "what is calm",
    answerable=True,
    gold=(gold(PARIS, "August"), gold(PARIS, "Shops"), gold(PARIS, "early")),
)
ARTICLES = Question("articles", "is Minsk calm", answerable=True, gold_articles=("paris",))
ANSWERS = Question("answers", "shops", answerable=True, answers=("close", "Early"), answer_strong=True)
WEAK = Question("weak", "shops", answerable=True, answers=("nowhere",))
REFUSED = Question("refused", "why do pigeons coo so loudly", answerable=True, gold=(gold(BELARUS, "Minsk"),))
NEVER = Question("never", "who won the election in France", answerable=False)
CALM = Question("calm", "Paris shops close", answerable=False)


def asked(*questions: Question, library: WordLibrary | None = None) -> Report:
    return evaluate(Dataset("small", (BELARUS, PARIS), questions), library or WordLibrary())


def test_a_perfect_answer_has_full_marks_where_full_marks_are_due() -> None:
    found = asked(SPANS).measures
    assert found == pytest.approx(
        {
            **dict.fromkeys(("nDCG@10", "RR@10", "Success@1", "Success@5", "Success@10"), 1),
            **dict.fromkeys(("char_recall@5", "char_precision@5", "char_iou@5"), 1),
            **dict.fromkeys(("quote_recall@3", "quote_precision@3", "quote_f1@3", "quote_hit@1", "quote_hit@3"), 1),
            "chars@5": 22,
            "false_refusal": 0,
            "verbatim": 1,
        }
    )


def test_an_article_that_is_left_out_takes_up_no_rank() -> None:
    """Minsk is calm in the Belarus article, too, which comes first by its words."""
    assert asked(ARTICLES).measures["RR@10"] == 0.5
    assert asked(replace(ARTICLES, leave_out=("belarus",))).measures["RR@10"] == 1.0


def test_every_gold_bearing_passage_of_the_index_is_wanted() -> None:
    """Both sentences of Paris bear gold, three spans of it; the ranking has the first at rank 2, the second never."""
    found = asked(SECOND).measures
    assert found["nDCG@10"] == pytest.approx((1 / log2(3)) / (1 + 1 / log2(3)))
    assert found["RR@10"] == 0.5
    assert (found["Success@1"], found["Success@5"]) == (0.0, 1.0)
    assert found["char_recall@5"] == 6 / 16
    assert found["char_precision@5"] == 6 / (14 + 24)
    assert found["char_iou@5"] == 6 / (14 + 24 + 10)
    assert found["chars@5"] == 38
    assert found["quote_hit@3"] == 0.0


def test_a_question_with_gold_articles_is_judged_by_article_and_has_no_character_measures() -> None:
    found = asked(ARTICLES).measures
    assert found["RR@10"] == 0.5
    assert found["nDCG@10"] == pytest.approx(1 / log2(3))
    assert set(found) == {
        *("nDCG@10", "RR@10", "Success@1", "Success@5", "Success@10"),
        *("chars@5", "false_refusal", "verbatim"),
    }


def test_strong_answers_are_looked_for_and_weak_ones_are_not() -> None:
    assert asked(ANSWERS).measures["answer_hit@1"] == 1.0
    assert set(asked(WEAK).measures) == {"false_refusal", "verbatim"}


def test_a_refusal_and_a_ranking_without_gold_score_zero_instead_of_vanishing() -> None:
    found = asked(SPANS, REFUSED).measures
    assert found["nDCG@10"] == found["quote_f1@3"] == found["quote_hit@1"] == found["char_recall@5"] == 0.5
    assert found["false_refusal"] == 0.5


def test_gold_that_no_passage_covers_scores_zero() -> None:
    unreachable = Gold("belarus", 24, 25, " ")
    assert asked(replace(SPANS, gold=(unreachable,))).measures["nDCG@10"] == 0.0


def test_measures_are_means_over_the_questions_they_apply_to() -> None:
    found = asked(SPANS, SECOND, ARTICLES, ANSWERS, WEAK, NEVER, CALM).measures
    assert found["RR@10"] == pytest.approx((1 + 0.5 + 0.5) / 3)
    assert found["char_recall@5"] == pytest.approx((1 + 6 / 16) / 2)
    assert found["answer_hit@10"] == 1.0
    assert found["false_answer"] == 0.5
    assert found["false_refusal"] == 0.0


def test_confidence_is_judged_where_both_kinds_of_question_are() -> None:
    assert asked(SPANS, SECOND, NEVER, CALM).measures["abstain_auroc"] == (1 + 1 + 1 + 0.5) / 4
    assert "abstain_auroc" not in asked(SPANS, SECOND).measures
    assert set(asked(NEVER).measures) == {"false_answer"}


def test_answering_an_unanswerable_question_is_a_false_answer_and_refusing_it_is_not() -> None:
    assert asked(CALM).measures["false_answer"] == 1.0
    assert asked(NEVER).measures["false_answer"] == 0.0


def test_words_that_the_article_does_not_hold_are_not_verbatim() -> None:
    assert asked(SPANS, NEVER, library=LyingLibrary()).measures["verbatim"] == 0.0


def test_measures_stand_in_the_order_of_a_report() -> None:
    found = list(asked(CALM, ANSWERS, ARTICLES, SPANS).measures)
    assert found == list(ORDER)


def test_a_library_of_other_texts_is_refused() -> None:
    library = WordLibrary((replace(BELARUS, text="Another text."), PARIS))
    with pytest.raises(DatasetError, match="text of 'belarus' is not the dataset's"):
        asked(SPANS, library=library)


def test_progress_counts_every_question() -> None:
    steps: list[int] = []
    evaluate(Dataset("small", (BELARUS, PARIS), (SPANS, NEVER)), WordLibrary(), steps.append)
    assert steps == [1, 1]


def test_intervals_hold_their_measure_and_are_the_same_every_time() -> None:
    report = asked(SPANS, SECOND, ARTICLES, ANSWERS, REFUSED, NEVER, CALM)
    assert report.intervals.keys() == report.measures.keys()
    for name, (low, high) in report.intervals.items():
        assert low <= report.measures[name] <= high
    assert report.intervals == asked(SPANS, SECOND, ARTICLES, ANSWERS, REFUSED, NEVER, CALM).intervals


def test_json_has_the_promised_form() -> None:
    printed = json.loads(json.dumps(asked(SPANS, NEVER).to_json(), allow_nan=False))
    assert {"dataset", "questions", "articles", "passages", "measures", "intervals", "seconds"} <= printed.keys()
    assert (printed["dataset"], printed["questions"], printed["articles"], printed["passages"]) == ("small", 2, 2, 5)
    assert printed["measures"]["verbatim"] == 1.0
    assert printed["intervals"]["verbatim"] == [1.0, 1.0]
    assert printed["seconds"] > 0
    assert 0 < printed["latency_ms"]["p50"] <= printed["latency_ms"]["p95"]


def test_the_table_shows_every_measure_with_its_interval() -> None:
    report = asked(SPANS, SECOND, ARTICLES, ANSWERS, NEVER, CALM)
    console = Console(width=140)
    with console.capture() as shown:
        console.print(render(report))
    assert "small: 6 questions, 2 articles, 5 passages" in shown.get()
    for name in report.measures:
        assert name in shown.get()


def test_the_table_never_rounds_a_broken_share_up_to_one() -> None:
    report = replace(asked(SPANS), measures={"verbatim": 0.99999}, intervals={"verbatim": (0.99998, 1.0)})
    console = Console(width=140)
    with console.capture() as shown:
        console.print(render(report))
    assert "0.999 – 1.000" in shown.get()
    assert shown.get().count("1.000") == 1
