"""A limit is reached or it is not, and which side of it is good depends on the measure."""

from __future__ import annotations

import pytest

from askdocs.errors import AskdocsError
from askdocs.evaluation.limits import Limit, faults, limit
from askdocs.evaluation.names import ORDER, meaning, written, written_difference

MEASURES = {"nDCG@10": 0.8, "false_answer": 0.2, "chars@5": 4000.0}


def test_a_measure_at_its_limit_has_reached_it() -> None:
    limits = [Limit("nDCG@10", 0.8), Limit("false_answer", 0.2), Limit("chars@5", 4000)]
    assert faults(limits, MEASURES) == []


def test_each_measure_on_the_wrong_side_is_named_with_what_was_wanted() -> None:
    limits = [Limit("nDCG@10", 0.81), Limit("false_answer", 0.19), Limit("chars@5", 3999)]
    assert faults(limits, MEASURES) == [
        "nDCG@10 is 0.800, wanted at least 0.81",
        "false_answer is 0.200, wanted at most 0.19",
        "chars@5 is 4,000, wanted at most 3999",
    ]


def test_a_measure_that_the_dataset_does_not_have_was_not_reached() -> None:
    assert faults([Limit("RR@10", 0)], MEASURES) == [
        "RR@10 does not apply to any question of this dataset, wanted at least 0"
    ]


def test_a_share_just_under_its_limit_is_not_shown_as_if_it_were_at_it() -> None:
    assert faults([Limit("verbatim", 1)], {"verbatim": 0.99999}) == ["verbatim is 0.999, wanted at least 1"]


def test_a_limit_is_read_from_name_and_value() -> None:
    assert limit(" nDCG@10 = .8 ", low=False) == Limit("nDCG@10", 0.8)
    assert limit("false_answer=0", low=True) == Limit("false_answer", 0.0)


@pytest.mark.parametrize(
    ("text", "low", "reason"),
    [
        ("nDCG@10", False, "is not NAME=VALUE, for example nDCG@10=0.8"),
        ("false_answer", True, "for example false_answer=0.2"),
        ("false_answer=0.2", False, "false_answer should be low: say --fail-over false_answer=0.2"),
        ("chars@5=4000", False, "say --fail-over"),
        ("nDCG@10=0.8", True, "nDCG@10 should be high: say --fail-under nDCG@10=0.8"),
        ("nDCG@10=high", False, "'high' is no number"),
        ("nDCG@10=nan", False, "'nan' is no limit"),
        ("nDCG@10=", False, "'' is no number"),
    ],
)
def test_a_limit_that_means_nothing_is_refused_with_what_was_wanted(text: str, low: bool, reason: str) -> None:  # noqa: FBT001  a parameter of the test
    with pytest.raises(ValueError, match=reason):
        limit(text, low=low)


def test_a_measure_that_there_is_none_of_is_an_expected_failure() -> None:
    with pytest.raises(AskdocsError, match=r"^ndcg=0\.5: no measure is called 'ndcg'; there are nDCG@10, RR@10"):
        limit("ndcg=0.5", low=False)


def test_every_measure_says_what_it_tells() -> None:
    assert all(meaning(name) for name in ORDER)


@pytest.mark.parametrize(
    ("name", "value", "shown", "difference"),
    [
        ("chars@5", 4176.4, "4,176", "+4,176"),
        ("chars@5", -1200.0, "-1,200", "−1,200"),
        ("RR@10", 0.99999, "0.999", "+1.000"),
        ("RR@10", 0.0001, "0.000", "0.000"),
        ("RR@10", -0.0001, "-0.000", "0.000"),
        ("RR@10", -0.25, "-0.250", "−0.250"),
    ],
)
def test_values_and_differences_are_written_as_people_read_them(
    name: str, value: float, shown: str, difference: str
) -> None:
    assert (written(name, value), written_difference(name, value)) == (shown, difference)
