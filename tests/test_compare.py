"""Two runs are compared question by question; how likely chance made the difference agrees with its slow definition."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.errors import RunFileError
from askdocs.evaluation import Question, SavedRun, measures
from askdocs.evaluation.compare import Change, Comparison, compare, comparison_form
from askdocs.evaluation.names import ORDER
from askdocs.evaluation.randomisation import TOSSES, auroc_difference, p_values, ratio_difference
from askdocs.evaluation.saved import Found, Row, save_run
from askdocs.report.comparison import show_comparison
from conftest import Cli
from test_cli import complaint, only_object, wrong_usage
from test_evaluation import BELARUS, CALM, NEVER, SPANS, asked, gold
from test_evaluation_saved import MADE, saved, title_of

QUOTED = (Found("belarus", 25, 47, "", ""),)


def question(number: int, *, answerable: bool = True) -> Question:
    known = (gold(BELARUS, "Commanders resist war."),) if answerable else ()
    return Question(f"q{number}", f"Question {number}?", answerable, known)


def row(number: int, value: float, *, confidence: float = 0.5, answerable: bool = True, quoted: bool = True) -> Row:
    return Row(
        question(number, answerable=answerable),
        hits=(Found("belarus", 25, 47, "The war", "Commanders resist war.", 1.0),),
        quotes=QUOTED if quoted else (),
        confidence=confidence,
        measures={"nDCG@10": value, "chars@5": 1000.0 + value} if answerable else {"false_answer": value},
        verbatim_quotes=int(quoted),
        seconds=0.1,
    )


def run_of(*rows: Row, name: str = "run") -> SavedRun:
    return SavedRun(name, {"dataset": "small"}, {}, {}, rows)


def change(found: Comparison, name: str) -> Change:
    return next(one for one in found.changes if one.name == name)


# --- the test of chance


def all_swaps(questions: int) -> list[tuple[int, ...]]:
    return list(product((0, 1), repeat=questions))


SHARES = st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 1.0])
PAIRS = st.lists(st.tuples(SHARES, SHARES), min_size=1, max_size=6)


@given(PAIRS)
def test_a_mean_with_swapped_results_is_the_mean_of_the_swapped(pairs: list[tuple[float, float]]) -> None:
    first, second = np.array(pairs).T
    ones = np.ones(len(pairs))
    swaps = all_swaps(len(pairs))
    fast = ratio_difference((first, ones), (second, ones))(np.array(swaps, dtype=float))
    slow = [
        fmean(pair[1 - swap] for pair, swap in zip(pairs, swapped, strict=True))
        - fmean(pair[swap] for pair, swap in zip(pairs, swapped, strict=True))
        for swapped in swaps
    ]
    assert fast == pytest.approx(slow)


@given(st.lists(st.tuples(st.tuples(SHARES, SHARES), st.booleans()), min_size=2, max_size=7))
def test_an_auroc_with_swapped_confidence_is_the_auroc_of_the_swapped(
    asked: list[tuple[tuple[float, float], bool]],
) -> None:
    asked = [*asked, ((0.3, 0.7), True), ((0.5, 0.2), False)]  # at least one question of either kind
    confidence, kinds = [one for one, _ in asked], np.array([kind for _, kind in asked])
    swaps = all_swaps(len(asked))
    first, second = np.array(confidence).T
    fast = auroc_difference(first, second, kinds)(np.array(swaps, dtype=float))

    def auroc(chosen: list[float]) -> float:
        yes = [value for value, kind in zip(chosen, kinds, strict=True) if kind]
        return measures.auroc(yes, [value for value, kind in zip(chosen, kinds, strict=True) if not kind])

    slow = [
        auroc([pair[1 - swap] for pair, swap in zip(confidence, swapped, strict=True)])
        - auroc([pair[swap] for pair, swap in zip(confidence, swapped, strict=True)])
        for swapped in swaps
    ]
    assert fast == pytest.approx(slow)


@given(PAIRS)
def test_p_is_near_that_of_all_possible_swaps(pairs: list[tuple[float, float]]) -> None:
    first, second = np.array(pairs).T
    ones = np.ones(len(pairs))
    difference = ratio_difference((first, ones), (second, ones))
    real = abs(second.mean() - first.mean())
    every = np.abs(difference(np.array(all_swaps(len(pairs)), dtype=float)))
    assert p_values([difference], len(pairs))[0] == pytest.approx((every >= real - 1e-9).mean(), abs=0.03)


def test_ten_questions_that_all_gain_are_chance_in_two_of_1024_cases() -> None:
    """Only the two ways in which all gain, or all lose, are as far from nothing."""
    ones = np.ones(10)
    p = p_values([ratio_difference((ones * 0, ones), (ones * 0.5, ones))], 10, tosses=100_000)[0]
    assert p == pytest.approx(2 / 1024, abs=0.0006)


def test_equal_runs_differ_by_chance_for_certain() -> None:
    values = np.array([0.1, 0.2, 0.7])
    assert p_values([ratio_difference((values, values + 1), (values, values + 1))], 3) == [1.0]


def test_the_smallest_p_is_never_nothing() -> None:
    ones = np.ones(60)
    p = p_values([ratio_difference((ones * 0, ones), (ones, ones))], 60)[0]
    assert p == 1 / (TOSSES + 1)


def test_p_is_the_same_every_time() -> None:
    random = np.random.default_rng(1)
    ones = np.ones(40)
    difference = ratio_difference((random.random(40), ones), (random.random(40), ones))
    assert p_values([difference], 40) == p_values([difference], 40)


@given(st.integers(0, 400))
def test_runs_that_do_not_differ_are_called_different_as_often_as_promised(seed: int) -> None:
    """A weak form of it, one seed at a time: p of two runs of noise is hardly ever tiny."""
    random = np.random.default_rng(seed)
    ones = np.ones(30)
    difference = ratio_difference((random.random(30), ones), (random.random(30), ones))
    assert p_values([difference], 30, tosses=1_000)[0] > 0.001


# --- two runs


def test_every_measure_is_that_of_the_runs_with_its_difference_and_interval() -> None:
    first = run_of(*(row(n, 0.0) for n in range(20)), *(row(n, 1.0, answerable=False) for n in range(20, 24)))
    second = run_of(
        *(row(n, 0.5 if n % 2 else 1.0, confidence=0.9) for n in range(20)),
        *(row(n, 0.0, answerable=False, quoted=False) for n in range(20, 24)),
    )
    found = compare(first, second)
    assert [one.name for one in found.changes] == [
        *("nDCG@10", "chars@5", "abstain_auroc", "false_answer", "verbatim"),
    ]
    gained = change(found, "nDCG@10")
    assert (gained.first, gained.second, gained.difference, gained.verdict) == (0.0, 0.75, 0.75, "better")
    assert gained.interval[0] < 0.75 < gained.interval[1]
    assert gained.p < 0.001
    assert (change(found, "abstain_auroc").first, change(found, "abstain_auroc").second) == (0.5, 1.0)
    assert change(found, "abstain_auroc").verdict == "better"
    assert (change(found, "false_answer").difference, change(found, "false_answer").gain) == (-1.0, 1.0)
    assert change(found, "verbatim").verdict is None


def test_the_measures_of_a_comparison_are_those_of_the_reports(tmp_path: Path) -> None:
    report = asked(SPANS, NEVER, CALM)
    found = compare(saved(report, tmp_path / "a.json"), saved(asked(SPANS, NEVER, CALM), tmp_path / "b.json"))
    assert {one.name: one.first for one in found.changes} == pytest.approx(dict(report.measures))
    assert all((one.difference, one.p, one.verdict) == (0, 1, None) for one in found.changes)
    assert found.moved() == []


def test_only_shared_questions_are_compared_and_the_others_are_counted() -> None:
    changed = replace(row(3, 1.0), question=replace(question(3), text="Another question?"))
    first = run_of(row(1, 0.0), row(2, 1.0), row(3, 1.0))
    second = run_of(row(2, 0.5), changed, row(4, 0.0), row(5, 0.0))
    found = compare(first, second)
    assert [pair.first.question.id for pair in found.pairs] == ["q2"]
    assert (found.only_first, found.only_second) == (2, 3)
    assert (change(found, "nDCG@10").first, change(found, "nDCG@10").second) == (1.0, 0.5)


def test_runs_that_share_no_question_are_refused() -> None:
    with pytest.raises(RunFileError, match="one and two share no question: 'small' has 1, 'small' has 2"):
        compare(run_of(row(1, 0.0), name="one"), run_of(row(2, 0.0), row(3, 0.0), name="two"))


def test_the_questions_that_moved_most_come_first_and_those_that_did_not_are_left_out() -> None:
    first = run_of(row(1, 0.5), row(2, 0.5), row(3, 0.5), row(4, 0.0, answerable=False))
    second = run_of(row(1, 0.6), row(2, 0.0), row(3, 0.5), row(4, 1.0, answerable=False))
    found = compare(first, second)
    assert [pair.first.question.id for pair in found.moved()] == ["q4", "q2", "q1"]
    assert [pair.first.question.id for pair in found.moved(["nDCG@10"])] == ["q2", "q1"]
    assert [pair.first.question.id for pair in found.moved(most=1)] == ["q4"]


@pytest.mark.parametrize(
    ("name", "first", "second", "p", "fails"),
    [
        ("nDCG@10", 0.80, 0.78, 0.01, True),
        ("nDCG@10", 0.80, 0.795, 0.001, False),  # certain, and too small to matter
        ("nDCG@10", 0.80, 0.60, 0.06, False),  # large, and may be chance
        ("nDCG@10", 0.80, 0.90, 0.001, False),
        ("false_answer", 0.20, 0.30, 0.01, True),
        ("false_answer", 0.30, 0.20, 0.01, False),
        ("chars@5", 4000.0, 4300.0, 0.001, True),
        ("chars@5", 4000.0, 4100.0, 0.001, False),
    ],
)
def test_the_gate_fails_where_a_measure_is_worse_beyond_chance_and_by_enough(
    name: str,
    first: float,
    second: float,
    p: float,
    fails: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    assert Change(name, first, second, (0.0, 0.0), p).fails_gate is fails


def test_json_has_what_a_script_needs(tmp_path: Path) -> None:
    first = saved(asked(SPANS, NEVER), tmp_path / "a.json")
    second = replace(first, name="b", rows=(replace(first.rows[0], measures={"RR@10": 0.5}), first.rows[1]))
    form = json.loads(json.dumps(comparison_form(compare(first, second), ["RR@10"]), allow_nan=False))
    assert (form["first"]["name"], form["second"]["name"], form["questions"]) == ("a", "b", 2)
    assert (form["only_first"], form["only_second"]) == (0, 0)
    assert set(form["measures"]) <= set(ORDER)
    assert set(form["measures"]["RR@10"]) == {"first", "second", "difference", "interval", "p", "verdict"}
    (moved,) = form["moved"]
    assert (moved["id"], moved["differences"]["RR@10"]) == ("spans", -0.5)
    assert moved["first"]["hits"][0]["text"] == "Commanders resist war."


def test_a_person_sees_the_table_and_what_was_found_and_quoted(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = (run_of(row(1, 0.0), name="old"), run_of(row(1, 1.0, quoted=False), row(2, 1.0), name="new"))
    show_comparison(compare(first, second), ["nDCG@10"], most=3)
    shown = capsys.readouterr().out
    assert "first: old · small" in shown
    assert "questions in both: 1; left out: 1 of the second run's" in shown
    assert "nDCG@10" in shown
    assert "+1.000" in shown
    assert "Question 1?" in shown
    assert "✓ 1. The war, 25–47" in shown
    assert "new: abstained, confidence 0.50" in shown


def test_the_table_fits_into_eighty_columns_with_its_verdicts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    names = ("quote_precision@3", "chars@5")
    first, second = (
        run_of(*(replace(row(n, 0.0), measures=dict(zip(names, values, strict=True))) for n in range(40)))
        for values in ((1.0, 12_345.0), (0.0, 23_456.0))
    )
    show_comparison(compare(first, second), ["chars@5"], most=0)
    show_comparison(compare(second, first), ["chars@5"], most=0)
    shown = capsys.readouterr().out
    assert (shown.count("better"), shown.count("worse")) == (2, 2)
    assert "…" not in shown
    assert max(map(len, shown.splitlines())) <= 80


# --- the command line


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    """Two saved runs of forty questions; in the second, all but five are worse."""
    questions = [replace(SPANS, id=f"q{n}", text=f"commanders resist war {n}") for n in range(40)]
    report = asked(*questions)
    save_run(report, MADE, title_of, tmp_path / "good.json")
    worse = [replace(result, measures={**result.measures, "RR@10": 0.5}) for result in report.results[5:]]
    save_run(replace(report, results=(*report.results[:5], *worse)), MADE, title_of, tmp_path / "bad.json")
    return tmp_path / "good.json", tmp_path / "bad.json"


def test_the_gate_lets_a_better_run_pass_and_stops_a_worse_one(cli: Cli, runs: tuple[Path, Path]) -> None:
    good, bad = runs
    assert cli("compare", bad, good, "--gate").returncode == 0
    ran = cli("compare", good, bad, "--gate")
    assert ran.returncode == 1
    assert ran.stderr == "askdocs: RR@10 fell behind: 1.000 before, 0.562 now, p = 0.0001\n"
    assert "worse" in ran.stdout
    assert cli("compare", good, bad).returncode == 0, "without the gate, a difference is no failure"


def test_compare_prints_one_object(cli: Cli, runs: tuple[Path, Path]) -> None:
    form = only_object(cli("compare", *runs, "--json", "--most", "3", "--by", "RR@10"))
    assert form["measures"]["RR@10"]["verdict"] == "worse"
    assert len(form["moved"]) == 3


def test_what_cannot_be_compared_is_refused_in_one_line(cli: Cli, runs: tuple[Path, Path], tmp_path: Path) -> None:
    assert "nowhere.json: no such file; wanted a saved run" in complaint(cli("compare", runs[0], "nowhere.json"))
    (tmp_path / "rows.json").write_text("{}")
    assert "a run is saved by: askdocs eval" in complaint(cli("compare", runs[0], "rows.json"))


@pytest.mark.parametrize("arguments", [("good.json",), ("good.json", "bad.json", "--by", "verbatim")])
def test_wrong_usage_of_compare_has_a_status_of_its_own(
    cli: Cli, runs: tuple[Path, Path], arguments: tuple[str, ...]
) -> None:
    assert runs
    wrong_usage(cli("compare", *arguments))
