"""A saved run goes in; the points of the four plots come out. Pure functions; a share is between 0 and 1."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from askdocs.evaluation import measures
from askdocs.evaluation.measures import Place
from askdocs.evaluation.saved import Row, SavedRun

Point = tuple[float, float]

RANKS = 10
"""How many hits of a ranking count."""


def first_relevant_rank(row: Row) -> int | None:
    """Return the rank of the first relevant hit, or None where the first ten have none."""
    return next((rank for rank, hit in enumerate(row.hits[:RANKS], start=1) if row.is_relevant(hit)), None)


def rank_shares(run: SavedRun) -> list[float]:
    """Return the share of questions whose first relevant hit is at rank 1, 2, ... 10, and last, of those without one.

    Of questions whose gold is known; an empty list where there are none.
    """
    ranks = [first_relevant_rank(row) for row in run.rows if row.question.evidence]
    return [ranks.count(rank) / len(ranks) for rank in (*range(1, RANKS + 1), None)] if ranks else []


def recall_by_characters(run: SavedRun) -> list[Point]:
    """Return (mean characters, mean recall) of the first 1, 2, ... 10 hits, over questions whose gold is known.

    Recall is of the gold's characters where the words are marked, else of the gold articles.
    """
    asked = [row for row in run.rows if row.question.evidence]
    if not asked:
        return []
    return [(fmean(_characters(row, k) for row in asked), fmean(_recall(row, k) for row in asked)) for k in _ks()]


def _ks() -> range:
    return range(1, RANKS + 1)


def _places(row: Row, k: int) -> list[Place]:
    return [(hit.article_id, hit.start, hit.end) for hit in row.hits[:k]]


def _characters(row: Row, k: int) -> int:
    return measures.chars(_places(row, k), k)


def _recall(row: Row, k: int) -> float:
    question = row.question
    if question.gold:
        gold = [(span.article_id, span.start, span.end) for span in question.gold]
        return measures.char_recall(_places(row, k), gold, k)
    wanted = set(question.gold_articles)
    return len(wanted & {hit.article_id for hit in row.hits[:k]}) / len(wanted)


def risk_by_coverage(run: SavedRun) -> list[Point]:
    """Return (coverage, risk) when only the most confident questions are answered, one more at each point.

    Coverage is the share of questions answered, risk the share of those answered that have no answer. Questions of one
    confidence come together. Empty where all questions are of one kind. Source: El-Yaniv & Wiener 2010.
    """
    if len({row.question.answerable for row in run.rows}) < 2:  # noqa: PLR2004  both kinds
        return []
    ranked = sorted(run.rows, key=lambda row: -row.confidence)
    points = []
    wrong = 0
    for count, row in enumerate(ranked, start=1):
        wrong += not row.question.answerable
        if count == len(ranked) or ranked[count].confidence != row.confidence:
            points.append((count / len(ranked), wrong / count))
    return points


def operating_point(run: SavedRun) -> Point | None:
    """Return (coverage, risk) of what was answered in fact; None where nothing was."""
    answered = [row for row in run.rows if not row.abstained]
    if not answered:
        return None
    return len(answered) / len(run.rows), sum(not row.question.answerable for row in answered) / len(answered)


def latencies(run: SavedRun) -> list[Point]:
    """Return (milliseconds, share of questions answered within them), a point a question."""
    seconds = sorted(row.seconds for row in run.rows)
    return [(1000 * one, count / len(seconds)) for count, one in enumerate(seconds, start=1)]


def at_share(points: Sequence[Point], share: float) -> Point:
    """Return the first point that reaches a share."""
    return next(point for point in points if point[1] >= share)
