"""Every measure has an answer known by hand, and agrees with its slow definition and with ir-measures."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from itertools import combinations
from math import log2

import ir_measures
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import RR, Qrel, ScoredDoc, Success, nDCG

from askdocs.evaluation import intervals, measures
from askdocs.evaluation.measures import Place

GOLD = [("belarus", 10, 20), ("belarus", 50, 60)]


# --- rankings ---------------------------------------------------------------------------------------------------------


def test_places_overlap_when_they_share_a_character() -> None:
    assert measures.overlaps(("a", 0, 5), ("a", 4, 9))
    assert measures.overlaps(("a", 0, 9), ("a", 3, 4))


def test_places_that_only_touch_or_are_of_different_articles_do_not_overlap() -> None:
    assert not measures.overlaps(("a", 0, 5), ("a", 5, 9))
    assert not measures.overlaps(("a", 0, 5), ("b", 0, 5))


def test_a_passage_gains_where_it_brings_gold_that_no_earlier_one_brought() -> None:
    gold = [("belarus", 10, 20), ("belarus", 30, 35)]
    ranking = [("minsk", 10, 20), ("belarus", 0, 15), ("belarus", 12, 28), ("belarus", 15, 40), ("belarus", 30, 50)]
    assert measures.passage_gains(ranking, gold) == [0, 1, 0, 1, 0]


def test_the_ideal_ranking_is_as_short_as_the_passages_allow() -> None:
    gold = [("belarus", 10, 12), ("belarus", 20, 22), ("belarus", 40, 44), ("minsk", 0, 3)]
    apart = [("belarus", 0, 15), ("belarus", 15, 30), ("belarus", 30, 50), ("minsk", 0, 9)]
    assert measures.gold_units(apart, gold) == 4
    assert measures.gold_units([*apart, ("belarus", 5, 25)], gold) == 3
    assert measures.gold_units([], gold) == 4


def test_gains_beyond_the_ideal_number_count_nothing() -> None:
    assert measures.ndcg([0, 1, 1], units=1) == pytest.approx(1 / log2(3))


def test_a_further_passage_of_a_gold_article_gains_nothing_and_takes_its_rank() -> None:
    ranking = [("belarus", 0, 9), ("belarus", 9, 20), ("paris", 0, 9), ("minsk", 0, 9)]
    assert measures.article_gains(ranking, ["minsk", "belarus"]) == [1, 0, 0, 1]


def test_ndcg_of_ranks_two_and_four_with_three_relevant_units() -> None:
    ideal = 1 / log2(2) + 1 / log2(3) + 1 / log2(4)
    assert measures.ndcg([0, 1, 0, 1], units=3) == pytest.approx((1 / log2(3) + 1 / log2(5)) / ideal)


def test_ndcg_is_one_for_an_ideal_ranking_even_with_more_units_than_ranks() -> None:
    assert measures.ndcg([1] * 10, units=25) == pytest.approx(1.0)


def test_a_question_without_relevant_units_or_without_hits_scores_zero() -> None:
    assert measures.ndcg([0, 0], units=0) == 0.0
    assert measures.ndcg([], units=2) == 0.0
    assert measures.reciprocal_rank([]) == 0.0
    assert measures.success([], 5) == 0.0


def test_reciprocal_rank_looks_at_the_first_gain_among_the_first_ten() -> None:
    assert measures.reciprocal_rank([0, 0, 0, 1, 1]) == 0.25
    assert measures.reciprocal_rank([0] * 10 + [1]) == 0.0


def test_success_looks_at_the_first_k_ranks() -> None:
    assert [measures.success([0, 0, 0, 0, 1], k) for k in (1, 4, 5, 10)] == [0.0, 0.0, 1.0, 1.0]


places = st.builds(
    lambda article, start, length: (article, start, start + length),
    st.sampled_from(["a", "b", "c"]),
    st.integers(0, 40),
    st.integers(1, 15),
)
rankings = st.lists(places, max_size=14)
golds = st.lists(places, min_size=1, max_size=5)


def judged(run: Sequence[str], relevant: set[str]) -> dict[str, float]:
    """Ask ir-measures about one ranking of names."""
    qrels = [Qrel("q", unit, 1) for unit in relevant]
    scored = [ScoredDoc("q", unit, float(-rank)) for rank, unit in enumerate(run)]
    wanted = [nDCG @ 10, RR @ 10, Success @ 1, Success @ 5, Success @ 10]
    return {str(value.measure): value.value for value in ir_measures.iter_calc(wanted, qrels, scored)}


def ours(gains: Sequence[int], units: int) -> dict[str, float]:
    return {
        "nDCG@10": measures.ndcg(gains, units),
        "RR@10": measures.reciprocal_rank(gains),
        **{f"Success@{k}": measures.success(gains, k) for k in (1, 5, 10)},
    }


@given(st.lists(places, min_size=1, max_size=7, unique=True), golds)
def test_the_ideal_number_of_passages_is_that_of_the_smallest_set_that_brings_all_gold(
    passages: list[Place], gold: list[Place]
) -> None:
    reachable = [span for span in set(gold) if any(measures.overlaps(one, span) for one in passages)]
    enough = (
        size
        for size in range(len(passages) + 1)
        if any(
            all(any(measures.overlaps(one, span) for one in chosen) for span in reachable)
            for chosen in combinations(passages, size)
        )
    )
    assert measures.gold_units(passages, reachable) == next(enough)


@given(st.lists(places, min_size=1, max_size=30, unique=True), golds, st.data())
def test_rankings_of_passages_are_judged_as_ir_measures_judges_them(
    passages: list[Place], gold: list[Place], draw: st.DataObject
) -> None:
    """Each gain is a unit of its own; units that the ranking did not bring are in the qrels all the same."""
    ranking = draw.draw(st.permutations(passages))[: draw.draw(st.integers(1, len(passages)))]
    gains = measures.passage_gains(ranking, gold)
    units = max(sum(gains), measures.gold_units(passages, gold))
    brought = [f"rank {rank}" for rank, gain in enumerate(gains) if gain]
    relevant = {*brought, *(f"never {number}" for number in range(units - len(brought)))}
    assert ours(gains, units) == pytest.approx(judged([f"rank {rank}" for rank in range(len(gains))], relevant))


@given(rankings.filter(bool), st.sets(st.sampled_from(["a", "b", "c", "d"]), min_size=1))
def test_rankings_of_articles_are_judged_as_ir_measures_judges_them(ranking: list[Place], gold: set[str]) -> None:
    """A unit is an article, so a further passage of one is, to ir-measures, something nobody has judged."""
    run: list[str] = []
    for rank, place in enumerate(ranking):
        run.append(place[0] if place[0] not in run else f"further, at {rank}")
    assert ours(measures.article_gains(ranking, gold), len(gold)) == pytest.approx(judged(run, gold))


# --- characters -------------------------------------------------------------------------------------------------------


def test_half_the_gold_in_a_passage_of_thirty_characters() -> None:
    ranking = [("belarus", 0, 30)]  # the first gold span, and 20 characters around it; 10 of the gold stay uncovered
    assert measures.char_recall(ranking, GOLD) == 10 / 20
    assert measures.char_precision(ranking, GOLD) == 10 / 30
    assert measures.char_iou(ranking, GOLD) == 10 / (30 + 10)
    assert measures.char_f1(ranking, GOLD) == pytest.approx(2 * (1 / 2) * (1 / 3) / (1 / 2 + 1 / 3))
    assert measures.chars(ranking) == 30


def test_gold_covered_twice_counts_once_but_its_length_twice() -> None:
    ranking = [("belarus", 10, 20), ("belarus", 5, 20)]
    assert measures.char_recall(ranking, GOLD) == 10 / 20
    assert measures.char_precision(ranking, GOLD) == 10 / 25
    assert measures.char_iou(ranking, GOLD) == 10 / (25 + 10)


def test_passages_of_other_articles_count_as_length_only() -> None:
    ranking = [("minsk", 0, 100), ("belarus", 10, 20)]
    assert measures.char_recall(ranking, GOLD) == 10 / 20
    assert measures.char_precision(ranking, GOLD) == 10 / 110


def test_only_the_first_k_passages_count() -> None:
    ranking = [("minsk", 0, 7)] * 5 + [("belarus", 10, 20)]
    assert measures.char_recall(ranking, GOLD, k=5) == 0.0
    assert measures.chars(ranking, k=5) == 35


def test_without_passages_nothing_is_covered() -> None:
    assert measures.char_recall([], GOLD) == 0.0
    assert measures.char_precision([], GOLD) == 0.0
    assert measures.char_iou([], GOLD) == 0.0
    assert measures.char_f1([], GOLD) == 0.0


def positions(found: Sequence[Place]) -> set[tuple[str, int]]:
    return {(article, at) for article, start, end in found for at in range(start, end)}


@given(rankings, golds)
def test_covered_characters_agree_with_sets_of_positions(ranking: list[Place], gold: list[Place]) -> None:
    assert measures.covered(ranking, gold) == len(positions(ranking) & positions(gold))


@given(rankings, golds, st.integers(1, 6))
def test_character_measures_agree_with_sets_of_positions(ranking: list[Place], gold: list[Place], k: int) -> None:
    found = len(positions(ranking[:k]) & positions(gold))
    length = sum(len(positions([place])) for place in ranking[:k])
    recall = found / len(positions(gold))
    precision = found / length if length else 0.0
    both = recall + precision
    assert measures.chars(ranking, k) == length
    assert measures.char_recall(ranking, gold, k) == recall
    assert measures.char_precision(ranking, gold, k) == precision
    assert measures.char_iou(ranking, gold, k) == found / (length + len(positions(gold) - positions(ranking[:k])))
    assert measures.char_f1(ranking, gold, k) == pytest.approx(2 * recall * precision / both if both else 0.0)


def test_a_quote_hits_when_it_contains_any_one_gold_span_whole() -> None:
    assert measures.quote_hit([("belarus", 45, 60)], GOLD, 1) == 1.0
    assert measures.quote_hit([("belarus", 11, 60)], GOLD[:1], 1) == 0.0
    assert measures.quote_hit([("belarus", 51, 70)], GOLD, 1) == 0.0
    assert measures.quote_hit([("minsk", 0, 99)], GOLD, 1) == 0.0
    assert measures.quote_hit([], GOLD, 1) == 0.0


def test_a_quote_that_hits_in_second_place_hits_at_three_but_not_at_one() -> None:
    quotes = [("minsk", 0, 99), ("belarus", 0, 30)]
    assert (measures.quote_hit(quotes, GOLD, 1), measures.quote_hit(quotes, GOLD, 3)) == (0.0, 1.0)


# --- answers by their words -------------------------------------------------------------------------------------------


def test_text_is_normalised_by_nfkc_lower_case_and_single_spaces() -> None:
    assert measures.normalise("  The “ﬁfth” — ＡＲＭＹ’s\n\n$1,500 ") == "the fifth army s 1 500"


def test_all_answers_must_stand_as_whole_words_in_one_passage() -> None:
    texts = ["Coeur d'Alene, in Idahoan hills.", "Police in IDAHO said so.", "Idaho: Coeur-d’Alene."]
    assert [measures.answer_hit(texts, ["Idaho"], k) for k in (1, 2)] == [0.0, 1.0]
    assert [measures.answer_hit(texts, ["Idaho", "Coeur d'Alene"], k) for k in (2, 3)] == [0.0, 1.0]


# --- abstention -------------------------------------------------------------------------------------------------------


def test_auroc_counts_the_pairs_in_the_right_order_and_half_of_those_that_tie() -> None:
    assert measures.auroc([0.9, 0.8], [0.1, 0.2]) == 1.0
    assert measures.auroc([0.1], [0.9]) == 0.0
    assert measures.auroc([0.5, 0.9], [0.5, 0.7]) == (0.5 + 0 + 1 + 1) / 4


levels = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])


@given(st.lists(levels, min_size=1), st.lists(levels, min_size=1))
def test_auroc_agrees_with_its_definition_over_all_pairs(yes: list[float], no: list[float]) -> None:
    won = [(a > b) + (a == b) / 2 for a in yes for b in no]
    assert measures.auroc(yes, no) == pytest.approx(sum(won) / len(won))


# --- intervals --------------------------------------------------------------------------------------------------------


def test_one_draw_takes_as_many_questions_as_there_are_and_is_the_same_every_time() -> None:
    counts = intervals.draw(50)
    assert counts.shape == (1_000, 50)
    assert set(counts.sum(axis=1)) == {50}
    assert (counts == intervals.draw(50)).all()


def test_the_interval_of_a_constant_is_that_constant() -> None:
    assert intervals.ratio_interval(intervals.draw(20), [0.5] * 20, [1] * 20) == (0.5, 0.5)


def test_the_interval_of_a_coin_is_that_of_the_normal_approximation() -> None:
    low, high = intervals.ratio_interval(intervals.draw(400), [1, 0] * 200, [1] * 400)
    assert low == pytest.approx(0.5 - 1.96 * 0.5 / 20, abs=0.005)
    assert high == pytest.approx(0.5 + 1.96 * 0.5 / 20, abs=0.005)


def test_questions_that_a_measure_does_not_apply_to_leave_its_interval_alone() -> None:
    parts, wholes = [1.0] * 5 + [0.0] * 50, [1.0] * 5 + [0.0] * 50
    assert intervals.ratio_interval(intervals.draw(55), parts, wholes) == (1.0, 1.0)


@given(st.lists(st.tuples(levels, st.booleans()), min_size=2, max_size=12))
def test_the_interval_of_auroc_agrees_with_auroc_on_each_draw(drawn: list[tuple[float, bool]]) -> None:
    drawn = [*drawn, (0.5, True), (0.5, False)]
    counts = intervals.draw(len(drawn), draws=30)
    values = []
    for row in counts:
        again = [pair for pair, times in zip(drawn, row, strict=True) for _ in range(int(times))]
        yes, no = [value for value, kind in again if kind], [value for value, kind in again if not kind]
        if yes and no:
            values.append(measures.auroc(yes, no))
    interval = intervals.auroc_interval(counts, [value for value, _ in drawn], [kind for _, kind in drawn])
    assert min(values) - 1e-9 <= interval[0] <= interval[1] <= max(values) + 1e-9
    assert interval == pytest.approx(slow_middle(values))


@given(
    st.lists(st.tuples(levels, st.booleans(), st.lists(st.integers(0, 3), min_size=4, max_size=4)), min_size=1),
)
def test_auroc_by_running_sums_agrees_with_that_by_every_level(
    drawn: list[tuple[float, bool, list[int]]],
) -> None:
    """The slow definition counts, for each draw, how many of either kind there are at each confidence."""
    confidence, answerable, columns = zip(*drawn, strict=True)
    counts, kind = np.array(columns, dtype=float).T, np.array(answerable)
    at_level = np.array(confidence)[:, None] == np.unique(confidence)
    yes, no = counts[:, kind] @ at_level[kind], counts[:, ~kind] @ at_level[~kind]
    won, pairs = (yes * (np.cumsum(no, axis=1) - no / 2)).sum(axis=1), yes.sum(axis=1) * no.sum(axis=1)
    slow = [above / below if below else np.nan for above, below in zip(won, pairs, strict=True)]
    np.testing.assert_array_equal(intervals.drawn_aurocs(counts, confidence, answerable), slow)


def test_the_interval_of_auroc_over_twelve_thousand_questions_needs_no_room_for_their_pairs() -> None:
    random = np.random.default_rng(1)
    confidence, answerable = random.random(12_000), random.random(12_000) < 0.5
    counts = random.integers(0, 3, size=(20, 12_000)).astype(float)
    tracemalloc.start()
    found = intervals.drawn_aurocs(counts, confidence, answerable)
    assert tracemalloc.get_traced_memory()[1] < 50e6, "a table of questions by levels would have 1.2 GB"
    tracemalloc.stop()
    assert np.all(np.abs(found - 0.5) < 0.05)


def slow_middle(values: list[float]) -> tuple[float, float]:
    """Return the 2.5 and 97.5 percentiles, interpolated between neighbours."""
    ordered = sorted(values)

    def at(share: float) -> float:
        rank = share * (len(ordered) - 1)
        below = int(rank)
        above = min(below + 1, len(ordered) - 1)
        return ordered[below] + (rank - below) * (ordered[above] - ordered[below])

    return at(0.025), at(0.975)
