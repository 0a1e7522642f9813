"""A question's ranking, quotes and gold go in; one number comes out, each measure as its definition.

Names follow the field: a *gain* is 1 where a rank brings something relevant that no earlier rank brought, else 0; a
*relevant unit* is what can bring such a gain once. A *place* is a run of characters of one article. Everything here is
a pure function on plain values, and every measure is between 0 and 1, except `chars`, which counts characters.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate, pairwise
from math import log2

from askdocs.datatypes import Span

Place = tuple[str, int, int]
"""Half-open character positions in one article: `(article_id, start, end)`."""

# --- rankings ---------------------------------------------------------------------------------------------------------


def overlaps(place: Place, other: Place) -> bool:
    """Tell whether two places share at least one character."""
    return place[0] == other[0] and max(place[1], other[1]) < min(place[2], other[2])


def passage_gains(ranking: Sequence[Place], gold: Sequence[Place]) -> list[int]:
    """Return 1 at each rank whose passage overlaps a gold span that no earlier one overlapped, else 0.

    So a further passage of gold already credited gains nothing, though it takes up its rank; overlapping passages
    cannot be credited twice for one answer.
    """
    wanted = set(gold)
    gains = []
    for passage in ranking:
        brought = {span for span in wanted if overlaps(passage, span)}
        wanted -= brought
        gains.append(int(bool(brought)))
    return gains


def gold_units(passages: Iterable[Place], gold: Iterable[Place]) -> int:
    """Return how many passages an ideal ranking needs: the size of the smallest set that overlaps every gold span.

    It is counted from left to right, each time taking the passage that overlaps the first span still wanted and reaches
    furthest, which is optimal for intervals. A span that no passage overlaps needs one that is not there.
    """
    choices = sorted(set(passages))
    units = 0
    reached: tuple[str, int] = ("", 0)
    for span in sorted(set(gold), key=lambda place: (place[0], place[2])):
        if span[0] == reached[0] and span[1] < reached[1]:
            continue
        units += 1
        reached = (span[0], max((passage[2] for passage in choices if overlaps(passage, span)), default=span[2]))
    return units


def article_gains(ranking: Sequence[Place], gold_articles: Collection[str]) -> list[int]:
    """Return 1 at each rank that brings a gold article for the first time, else 0.

    A further passage of a gold article already credited gains nothing, though it takes up its rank.
    """
    return _first_gains(place[0] if place[0] in gold_articles else None for place in ranking)


def _first_gains(units: Iterable[object | None]) -> list[int]:
    """Return 1 at the first of each relevant unit; `None` stands for a rank without one."""
    credited: set[object] = {None}
    gains = []
    for unit in units:
        gains.append(int(unit not in credited))
        credited.add(unit)
    return gains


def ndcg(gains: Sequence[int], units: int, k: int = 10) -> float:
    """Sum of gain / log2(rank + 1) over the first k, divided by that of an ideal ranking.

    Normalised discounted cumulative gain with binary gains.
    `units` is the number of relevant units that an ideal ranking would put first; gains beyond so many count nothing.
    Where there are none, nothing can be found and the question scores 0.

    Source: Järvelin & Kekäläinen 2002, with the discount of trec_eval; equals ir-measures' `nDCG@k`.
    """
    ideal = _discounted([1] * units, k)
    counted = [int(gain and so_far <= units) for gain, so_far in zip(gains, accumulate(gains), strict=True)]
    return _discounted(counted, k) / ideal if units else 0.0


def _discounted(gains: Sequence[int], k: int) -> float:
    return sum(gain / log2(rank + 1) for rank, gain in enumerate(gains[:k], start=1))


def reciprocal_rank(gains: Sequence[int], k: int = 10) -> float:
    """1 / rank of the first gain among the first k, or 0 without one. Equals ir-measures' `RR@k`."""
    return next((1 / rank for rank, gain in enumerate(gains[:k], start=1) if gain), 0.0)


def success(gains: Sequence[int], k: int) -> float:
    """1 where one of the first k brings a gain, else 0. Equals ir-measures' `Success@k`."""
    return float(any(gains[:k]))


# --- characters -------------------------------------------------------------------------------------------------------


def covered(places: Iterable[Place], gold: Iterable[Place]) -> int:
    """Count the characters of the gold that lie in any of the places, each once: |P ∩ G| = |P| + |G| - |P ∪ G|."""
    places, gold = list(places), list(gold)
    return _characters(places) + _characters(gold) - _characters(places + gold)


def _characters(places: Iterable[Place]) -> int:
    """Count the different characters in places, which may overlap."""
    by_article: defaultdict[str, list[Span]] = defaultdict(list)
    for article_id, start, end in places:
        by_article[article_id].append((start, end))
    return sum(_union_length(sorted(spans)) for spans in by_article.values())


def _union_length(spans: Sequence[Span]) -> int:
    """Count the positions in the union of spans sorted by start: each adds what reaches beyond all before it."""
    ends = [spans[0][0], *accumulate((end for _, end in spans), max)]
    return sum(
        max(0, end - max(start, before)) for (start, _), (before, end) in zip(spans, pairwise(ends), strict=True)
    )


def chars(ranking: Sequence[Place], k: int = 5) -> int:
    """Sum of the lengths of the first k, in characters; what two of them share counts twice, as a reader reads it."""
    return sum(end - start for _, start, end in ranking[:k])


def char_recall(ranking: Sequence[Place], gold: Sequence[Place], k: int = 5) -> float:
    """Covered gold / gold, as characters of the first k passages or quotes; gold spans that overlap count once.

    Source: Chroma's chunking evaluation (Smith & Troynikov 2024), as are the next two.
    """
    return covered(ranking[:k], gold) / _characters(gold)


def char_precision(ranking: Sequence[Place], gold: Sequence[Place], k: int = 5) -> float:
    """Covered gold / sum of the lengths of the first k, wherever they come from; 0 where there are none."""
    length = chars(ranking, k)
    return covered(ranking[:k], gold) / length if length else 0.0


def char_iou(ranking: Sequence[Place], gold: Sequence[Place], k: int = 5) -> float:
    """Covered gold / (sum of the lengths of the first k + uncovered gold): what is shared by what is either."""
    found = covered(ranking[:k], gold)
    return found / (chars(ranking, k) + _characters(gold) - found)


def char_f1(ranking: Sequence[Place], gold: Sequence[Place], k: int = 3) -> float:
    """Harmonic mean of `char_recall` and `char_precision`; 0 where both are."""
    found = covered(ranking[:k], gold)
    return 2 * found / (_characters(gold) + chars(ranking, k))


def quote_hit(quotes: Sequence[Place], gold: Sequence[Place], k: int) -> float:
    """1 where one of the first k quotes contains a whole gold span, else 0; any one of several spans will do."""
    return float(
        any(
            quote[0] == span[0] and quote[1] <= span[1] and span[2] <= quote[2] for quote in quotes[:k] for span in gold
        )
    )


# --- answers by their words -------------------------------------------------------------------------------------------


def normalise(text: str) -> str:
    """Return text in NFKC, in lower case, each run of non-word characters as one space, none at either end."""
    return re.sub(r"\W+", " ", unicodedata.normalize("NFKC", text).lower()).strip()


def answer_hit(texts: Sequence[str], answers: Sequence[str], k: int) -> float:
    """1 where one of the first k passages' texts holds all answers as whole words, both sides normalised, else 0."""
    wanted = [f" {normalise(answer)} " for answer in answers]
    read = (f" {normalise(text)} " for text in texts[:k])
    return float(any(all(answer in words for answer in wanted) for words in read))


# --- abstention -------------------------------------------------------------------------------------------------------


def auroc(answerable: Sequence[float], unanswerable: Sequence[float]) -> float:
    """Area under the ROC curve: the chance that an answerable question's confidence is above an unanswerable one's.

    Over all pairs of one of each kind; an equal pair counts half. Both kinds must be there.

    Source: the Mann-Whitney form, Hanley & McNeil 1982.
    """
    below = sorted(unanswerable)
    won = sum(bisect_left(below, value) + bisect_right(below, value) for value in answerable) / 2
    return won / (len(answerable) * len(unanswerable))
