"""`askdocs calibrate`: the fit against its slow definition, the file beside the index, and what a user meets."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from dataclasses import astuple, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.answering.calibration import (
    CALIBRATION,
    Calibration,
    OperatingPoint,
    operating_point,
    read_calibration,
    write_calibration,
)
from askdocs.answering.evidence import BIAS, FEATURES, WEIGHTS, Evidence, confidence
from askdocs.close_reading.reader import WEIGHTS_SHA256
from askdocs.datatypes import Article
from askdocs.encoding import Encoder
from askdocs.errors import DatasetError, IndexDamagedError, IndexFolderError, IndexForeignError
from askdocs.evaluation import load_dataset
from askdocs.evaluation.calibration import (
    ENOUGH,
    Floats,
    Weighed,
    calibrated,
    confidences,
    fitted_weights,
    threshold_for,
    weighed,
)
from askdocs.evaluation_cli import _became
from askdocs.index import build_index, open_index
from askdocs.library import Library, open_library
from askdocs.reading import read_sources
from askdocs.reranking import UNREAD
from askdocs.retrieval import Ranking, Retriever
from askdocs.sample import articles_folder
from askdocs.settings import MIN_CONFIDENCE, AnswerSettings, PassageSettings, Settings
from conftest import Cli
from test_cli import complaint, only_object, wrong_usage

SAMPLE_QUESTIONS = Path(__file__).parent.parent / "eval" / "sample" / "questions.jsonl"
SHIPPED = np.array([BIAS, *astuple(WEIGHTS)])
QUESTION = "Where was the Endurance found?"


# --- the fit


def made_up(questions: int, seed: int = 1, *, read: bool = False) -> Weighed:
    """Evidence drawn at random, a third of it of unanswerable questions, which have less of everything but the size."""
    chance = np.random.default_rng(seed)
    answerable = np.arange(questions) % 3 > 0
    evidence = chance.uniform(0, 0.7, (questions, len(Evidence.__slots__))) + 0.2 * answerable[:, None]
    evidence[:, -1] = 2.5
    reads = np.clip(chance.uniform(0.1, 1.2, questions) - 0.2 * ~answerable, 0.02, 1.0) if read else np.ones(questions)
    doubts = np.where(reads < 1, 0.0, UNREAD)
    order = tuple(f"{number * 7919 % questions:04}" for number in range(questions))
    return Weighed(evidence, reads, doubts, answerable, order)


def slowly_fitted(found: Weighed, ridge: float) -> Floats:
    """The same minimum, walked down to in small steps along the gradient, over plain sums of one question at a time."""
    shares = {True: 0.5 / found.answerable.mean(), False: 0.5 / (1 - found.answerable.mean())}
    centre = found.evidence.mean(axis=0)
    start = np.concatenate([[SHIPPED[0] + SHIPPED[1:] @ centre], SHIPPED[1:]])
    weights = start.copy()
    for _ in range(4_000):
        gradient = 2 * ridge * (weights - start)
        for evidence, reads, doubt, answers in zip(
            found.evidence, found.reads, found.doubts, found.answerable.tolist(), strict=True
        ):
            row = np.concatenate([[1.0], evidence - centre])
            near = 1 / (1 + np.exp(doubt - row @ weights))
            steeper = -1 / near if answers else reads / (1 - reads * near)  # of the log loss, by `near`
            gradient += shares[answers] * steeper * near * (1 - near) * row
        weights -= 0.05 * gradient
    return np.concatenate([[weights[0] - weights[1:] @ centre], weights[1:]])


@pytest.mark.parametrize("read", [False, True])
def test_newtons_method_finds_what_a_slow_descent_finds(*, read: bool) -> None:
    found = made_up(30, read=read)
    fast = fitted_weights(found, SHIPPED, ridge=0.5)
    assert fast == pytest.approx(slowly_fitted(found, ridge=0.5), abs=1e-4)
    assert np.abs(fast - SHIPPED).max() > 0.1


def test_a_feature_that_is_the_same_for_all_questions_keeps_its_weight() -> None:
    fitted = fitted_weights(made_up(300), SHIPPED)
    assert fitted[-1] == pytest.approx(WEIGHTS.size)


def test_few_questions_move_the_weights_less_than_many_and_an_endless_ridge_moves_none() -> None:
    few, many = (made_up(count) for count in (12, 600))
    moved = [np.linalg.norm(fitted_weights(some, SHIPPED) - SHIPPED) for some in (few, many)]
    assert 0 < moved[0] < moved[1]
    assert fitted_weights(few, SHIPPED, ridge=np.inf) == pytest.approx(SHIPPED)


def test_nothing_is_fitted_to_no_questions() -> None:
    none = made_up(6).only(np.zeros(6, dtype=bool))
    assert fitted_weights(none, SHIPPED, ridge=np.inf) == pytest.approx(SHIPPED)


def test_questions_that_a_line_can_part_and_weights_far_away_do_not_lead_the_fit_astray() -> None:
    evidence = np.repeat([[0.0], [1.0]], 50, axis=0)
    answerable = evidence[:, 0] > 0
    found = Weighed(evidence, np.ones(100), np.zeros(100), answerable, ("",) * 100)
    bias, weight = fitted_weights(found, np.array([400.0, -900.0]), ridge=0.001)
    assert (bias + weight, bias) > (3.0, -100.0)
    assert bias < -3.0


shares = st.floats(0.0, 1.0, exclude_min=True, exclude_max=True)


@given(st.lists(shares), st.lists(shares, min_size=1), st.floats(0.0, 1.0))
def test_no_threshold_that_keeps_to_the_target_answers_more(yes: list[float], no: list[float], target: float) -> None:
    def answered(sure: list[float], least: float) -> int:
        return sum(one >= least for one in sure)

    chosen = threshold_for(yes, no, target)
    assert answered(no, chosen) <= target * len(no) + 1e-9
    for other in (0.0, *yes, *no, 1.0):
        if answered(no, other) <= target * len(no):
            assert answered(yes, other) <= answered(yes, chosen)
            assert answered(no, other) >= answered(no, chosen) or answered(yes, other) < answered(yes, chosen)


def test_a_known_threshold() -> None:
    assert threshold_for([0.95, 0.85, 0.5], [0.9, 0.8, 0.3, 0.2], target=0.25) == pytest.approx(0.825)
    assert threshold_for([0.5], [0.8, 0.3], target=0.0) == pytest.approx(0.9)
    assert threshold_for([0.5], [0.8, 0.3], target=1.0) == pytest.approx(0.4)
    assert threshold_for([0.9, 0.8], [0.3, 0.1], target=0.5) == pytest.approx(0.55), "in the middle of the gap"


def test_figures_are_of_questions_that_the_fit_had_not_seen() -> None:
    """With evidence of pure chance a fit parts the questions it saw, and none that it did not see."""
    chance = np.random.default_rng(3)
    noise = made_up(60)
    noise = replace(noise, evidence=chance.normal(0.5, 3.0, noise.evidence.shape))
    found = calibrated(noise, target=0.1)
    sure = confidences(noise, np.array([found.point.bias, *astuple(found.point.weights)]))
    seen = (sure[~noise.answerable] >= 0.5).mean()
    middle = next(row for row in found.curve if row.threshold == 0.5)
    assert middle.measures["false_answer"] > seen
    assert found.folds == 5


def test_with_few_questions_only_the_threshold_is_fitted() -> None:
    few, enough = calibrated(made_up(57), 0.05), calibrated(made_up(60), 0.05)
    assert (few.unanswerable, few.only_threshold) == (ENOUGH - 1, True)
    assert astuple(few.point.weights) == pytest.approx(astuple(WEIGHTS))
    assert (enough.unanswerable, enough.only_threshold) == (ENOUGH, False)
    assert enough.point.weights != WEIGHTS


def test_a_rows_measures_are_as_they_are_defined() -> None:
    found = calibrated(made_up(57), 0.05)
    answerable = made_up(57).answerable
    answered = confidences(made_up(57), SHIPPED) >= MIN_CONFIDENCE
    assert found.shipped.measures == {
        "false_answer": pytest.approx(answered[~answerable].mean()),
        "false_refusal": pytest.approx(1 - answered[answerable].mean()),
        "coverage": pytest.approx(answered.mean()),
        "risk": pytest.approx((~answerable[answered]).mean()),
    }
    for name, (low, high) in found.shipped.intervals.items():
        assert low <= found.shipped.measures[name] <= high


# --- on the sample's questions


@pytest.fixture(scope="session")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's questions, without gold, and the very articles of the sample index."""
    folder = tmp_path_factory.mktemp("own") / "mine"
    folder.mkdir()
    asked = [json.loads(row) for row in SAMPLE_QUESTIONS.read_text(encoding="utf-8").splitlines()]
    kept = [{name: row[name] for name in ("id", "question", "answerable")} for row in asked]
    (folder / "questions.jsonl").write_text("\n".join(map(json.dumps, kept)))
    articles = [found for found in read_sources([articles_folder()]) if isinstance(found, Article)]
    rows = [json.dumps({"id": one.id, "title": one.title, "text": one.text}) for one in articles]
    (folder / "articles.jsonl").write_text("\n".join(rows))
    return folder


@pytest.fixture
def index(sample_index: Path, tmp_path: Path) -> Path:
    """A copy of the sample index to calibrate."""
    return Path(shutil.copytree(sample_index, tmp_path / "index"))


def test_evidence_is_weighed_as_a_library_weighs_it(
    questions: Path, sample_index: Path, encoder: Encoder, sample_library: Library
) -> None:
    dataset = load_dataset(questions)
    dataset = replace(dataset, questions=dataset.questions[::8])
    found = weighed(dataset, open_index(sample_index), encoder, Settings(), lambda _: None)
    sure = confidences(found, SHIPPED)
    assert sure == pytest.approx([sample_library.ask(question.text).confidence for question in dataset.questions])
    assert sure == pytest.approx(
        [
            confidence(Evidence(*row), reads, doubt)
            for row, reads, doubt in zip(found.evidence.tolist(), found.reads, found.doubts, strict=True)
        ]
    )
    assert found.answerable.tolist() == [question.answerable for question in dataset.questions]


@pytest.mark.parametrize("hits", [10, 20])
def test_as_many_passages_are_ranked_to_weigh_a_question_as_to_answer_it(
    questions: Path, index: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch, hits: int
) -> None:
    ranked: list[int] = []
    rank = Retriever.rank

    def counted(retriever: Retriever, query: str, k: int, *others: Any, **named: Any) -> Ranking:
        ranked.append(k)
        return rank(retriever, query, k, *others, **named)

    monkeypatch.setattr(Retriever, "rank", counted)
    settings = Settings(answers=AnswerSettings(hits=hits, reader=False))
    dataset = load_dataset(questions)
    some = [*dataset.questions[:2], *(one for one in dataset.questions if not one.answerable)][:4]
    opened = open_index(index)
    for question in some:
        Library(opened, encoder, settings).ask(question.text)
    answered, ranked[:] = ranked[:], []
    (index / CALIBRATION).write_text("damaged, which is why it is to be fitted again")
    weighed(replace(dataset, questions=tuple(some)), opened, encoder, settings, lambda _: None)
    assert ranked == answered


def test_a_stored_calibration_answers_and_abstains(cli: Cli, questions: Path, index: Path) -> None:
    ran = cli("calibrate", questions, "--index", index, "--false-answers", "0", "--json")
    fitted = only_object(ran)
    assert fitted["stored"] == str(index / CALIBRATION)
    assert fitted["chosen"]["measures"]["false_refusal"] > fitted["shipped"]["measures"]["false_refusal"]
    library = open_library(index, settings=Settings())
    for question in load_dataset(questions).questions[::6]:
        answer = library.ask(question.text)
        assert answer.abstained == (answer.confidence < fitted["threshold"])


def stored(index: Path, threshold: float) -> Calibration:
    """Put a calibration with the shipped weights in force."""
    encoder = open_index(index).manifest.encoder.fingerprint
    point = OperatingPoint(BIAS, WEIGHTS, threshold)
    made = Calibration(encoder, FEATURES, "mine", "2026-11-22", 0.05, point, WEIGHTS_SHA256)
    write_calibration(index, made)
    return made


def test_the_threshold_decides_in_a_real_question(cli: Cli, index: Path) -> None:
    stored(index, 1.0)
    assert only_object(cli("ask", QUESTION, "--index", index, "--json"))["abstained"]
    stored(index, 0.0)
    assert not only_object(cli("ask", "What is the population of Peru?", "--index", index, "--json"))["abstained"]


def test_a_least_confidence_that_somebody_set_wins(cli: Cli, index: Path) -> None:
    stored(index, 1.0)
    ran = cli("ask", QUESTION, "--index", index, "--json", ASKDOCS_ANSWERS_MIN_CONFIDENCE="0.1")
    assert not only_object(ran)["abstained"]


def test_that_it_wins_is_said_where_a_calibration_is_stored(cli: Cli, questions: Path, index: Path) -> None:
    ran = cli("calibrate", questions, "--index", index, ASKDOCS_ANSWERS_MIN_CONFIDENCE="0.6")
    said = "the least confidence set in the settings, 0.6, stays in place of the fitted threshold"
    assert said in " ".join(ran.stderr.split())


@pytest.mark.parametrize("least", [0.0, 0.1, MIN_CONFIDENCE, 1.0])
def test_so_does_one_that_is_the_default(index: Path, encoder: Encoder, least: float) -> None:
    made = stored(index, 0.75)
    shipped = operating_point(index.parent, encoder.fingerprint, AnswerSettings(min_confidence=least))
    assert shipped == OperatingPoint(BIAS, WEIGHTS, least)
    calibrated = operating_point(index, encoder.fingerprint, AnswerSettings(min_confidence=least))
    assert calibrated == replace(made.point, threshold=least)
    assert operating_point(index.parent, encoder.fingerprint, AnswerSettings()).threshold == MIN_CONFIDENCE


def test_a_calibration_is_read_as_it_was_written_and_stays_when_the_index_is_built_anew(
    index: Path, encoder: Encoder
) -> None:
    made = stored(index, 0.625)
    assert read_calibration(index, encoder.fingerprint) == made
    build_index([Article.of(id="one", text="One article.")], index, encoder, PassageSettings())
    assert read_calibration(index, encoder.fingerprint) == made
    assert operating_point(index, encoder.fingerprint, AnswerSettings()) == made.point


@pytest.mark.parametrize("fitted", [None, "0" * 64])
def test_a_calibration_is_of_the_reader_that_it_was_fitted_with(index: Path, fitted: str | None) -> None:
    encoder = open_index(index).manifest.encoder.fingerprint
    point = OperatingPoint(BIAS, WEIGHTS, 0.5)
    write_calibration(index, Calibration(encoder, FEATURES, "mine", "now", 0.05, point, reader=fitted))
    with pytest.raises(IndexForeignError, match=r"fitted with.* now .*ASKDOCS_ANSWERS_READER"):
        operating_point(index, encoder, AnswerSettings())
    without = AnswerSettings(reader=False)
    if fitted is None:
        assert operating_point(index, encoder, without) == point
    else:
        with pytest.raises(IndexForeignError, match="without close reading now"):
            operating_point(index, encoder, without)


def test_a_calibration_that_does_not_say_what_read_closely_is_refused(index: Path, encoder: Encoder) -> None:
    file = index / CALIBRATION
    stored(index, 0.5)
    form = {name: value for name, value in json.loads(file.read_text()).items() if name not in {"reader", "sha256"}}
    file.write_text(json.dumps(form | {"sha256": sha256(json.dumps(form, sort_keys=True).encode()).hexdigest()}))
    with pytest.raises(IndexDamagedError, match="holds no fitted numbers"):
        operating_point(index, encoder.fingerprint, AnswerSettings())


def test_a_check_names_a_calibration_that_is_of_another_reader(cli: Cli, index: Path) -> None:
    write_calibration(index, replace(stored(index, 0.5), reader="0" * 64))
    ran = cli("check", "--index", index, "--json")
    assert ran.returncode == 1
    assert [fault["file"] for fault in only_object(ran)["faults"]] == [CALIBRATION]


def test_a_close_reading_counts_in_the_figures() -> None:
    read = made_up(90, read=True)
    with_it, without = calibrated(read, 0.2), calibrated(replace(read, reads=np.ones(90), doubts=np.zeros(90)), 0.2)
    assert with_it.point != without.point
    assert with_it.shipped.measures["coverage"] < without.shipped.measures["coverage"]


@given(st.integers(min_value=0), st.integers(1, 255))
def test_no_altered_byte_goes_unnoticed(tmp_path_factory: pytest.TempPathFactory, place: int, flip: int) -> None:
    folder = tmp_path_factory.mktemp("altered")
    made = Calibration("f", FEATURES, "mine", "now", 0.05, OperatingPoint(BIAS, WEIGHTS, 0.5), WEIGHTS_SHA256)
    file = write_calibration(folder, made)
    content = bytearray(file.read_bytes())
    content[place % len(content)] ^= flip
    file.write_bytes(content)
    with suppress(IndexDamagedError):  # only what means nothing, one blank for another, may change
        assert read_calibration(folder, "f") == made


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"sha256": ""}', "\x00", "[" * 100_000])
def test_what_is_no_calibration_is_damaged(index: Path, content: str) -> None:
    (index / CALIBRATION).write_text(content)
    with pytest.raises(IndexDamagedError, match="the calibration is damaged"):
        read_calibration(index, "f")


def test_a_folder_with_blanks_is_quoted_in_the_commands_that_are_advised(tmp_path: Path) -> None:
    index = tmp_path / "my index"
    index.mkdir()
    (index / CALIBRATION).write_text("{}")
    with pytest.raises(IndexDamagedError) as caught:
        read_calibration(index, "f")
    assert f"askdocs calibrate DATASET --index '{index}', or go without" in str(caught.value)
    assert str(caught.value).endswith(f"askdocs calibrate --reset --index '{index}'")
    assert "askdocs calibrate 'my questions' --index DIR" in _became(None, Path("my questions"), None)


def test_a_damaged_calibration_is_not_used_and_the_complaint_names_what_mends_it(cli: Cli, index: Path) -> None:
    stored(index, 0.0)
    file = index / CALIBRATION
    file.write_text(file.read_text().replace("0.0", "0.1"))
    said = complaint(cli("ask", QUESTION, "--index", index))
    assert said.startswith(f"{file}: the calibration is damaged; ")
    assert f"askdocs calibrate DATASET --index {index}" in said
    assert cli("calibrate", "--reset", "--index", index).returncode == 0
    assert not only_object(cli("ask", QUESTION, "--index", index, "--json"))["abstained"]


def test_a_calibration_of_another_encoder_or_other_features_is_refused(index: Path, encoder: Encoder) -> None:
    made = stored(index, 0.5)
    write_calibration(index, replace(made, features=FEATURES + 1))
    with pytest.raises(IndexForeignError, match="another version"):
        read_calibration(index, encoder.fingerprint)
    write_calibration(index, replace(made, encoder="other"))
    with pytest.raises(IndexForeignError, match="another encoder"):
        read_calibration(index, encoder.fingerprint)


@pytest.mark.parametrize(
    "point",
    [
        OperatingPoint(1e9, WEIGHTS, 0.5),
        OperatingPoint(BIAS, replace(WEIGHTS, cosine=float("nan")), 0.5),
        OperatingPoint(BIAS, WEIGHTS, -0.5),
        OperatingPoint(BIAS, WEIGHTS, 1.5),
    ],
)
def test_numbers_that_mean_nothing_are_refused(index: Path, encoder: Encoder, point: OperatingPoint) -> None:
    write_calibration(index, replace(stored(index, 0.5), point=point))
    with pytest.raises(IndexDamagedError, match="holds no fitted numbers"):
        read_calibration(index, encoder.fingerprint)


def test_a_calibration_that_is_a_folder_is_named(index: Path) -> None:
    (index / CALIBRATION).mkdir()
    with pytest.raises(IndexFolderError, match="cannot be read"):
        read_calibration(index, "f")


# --- the command


def test_without_an_index_it_only_shows(cli: Cli, questions: Path, tmp_path: Path) -> None:
    ran = cli("calibrate", questions)
    assert ran.returncode == 0, ran.stderr
    assert "chosen" in ran.stdout
    assert "as shipped" in ran.stdout
    assert "to keep it: askdocs calibrate" in ran.stderr
    assert not list(tmp_path.rglob(CALIBRATION))


def test_questions_about_other_articles_are_refused(cli: Cli, questions: Path, index: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(questions, tmp_path / "other"))
    with (other / "articles.jsonl").open("a") as rows:
        rows.write("\n" + json.dumps({"id": "more", "title": "More", "text": "One more article."}))
    said = complaint(cli("calibrate", other, "--index", index))
    assert "lacks 1 of the 21 articles of other" in said
    assert not (index / CALIBRATION).exists()


@pytest.mark.parametrize("kind", [True, False])
def test_a_dataset_of_one_kind_is_refused_kindly(
    cli: Cli, questions: Path, index: Path, tmp_path: Path, *, kind: bool
) -> None:
    other = Path(shutil.copytree(questions, tmp_path / "other"))
    rows = [json.loads(row) for row in (other / "questions.jsonl").read_text().splitlines()]
    (other / "questions.jsonl").write_text("\n".join(json.dumps(row) for row in rows if row["answerable"] is kind))
    said = complaint(cli("calibrate", other, "--index", index))
    assert ('"answerable": false' in said) is kind
    assert "none of its" in said


def test_reset_goes_back_to_what_was_shipped(cli: Cli, index: Path) -> None:
    stored(index, 1.0)
    assert only_object(cli("calibrate", "--reset", "--index", index, "--json")) == {
        "index": str(index),
        "removed": True,
    }
    assert not only_object(cli("ask", QUESTION, "--index", index, "--json"))["abstained"]
    assert not only_object(cli("calibrate", "--reset", "--index", index, "--json"))["removed"]
    assert "there is no index here" in complaint(cli("calibrate", "--reset", "--index", "nowhere"))


@pytest.mark.parametrize("arguments", [(), ("--reset",), ("mine", "--reset"), ("mine", "--false-answers", "1.5")])
def test_wrong_usage(cli: Cli, arguments: tuple[str, ...]) -> None:
    wrong_usage(cli("calibrate", *arguments))


def test_too_few_to_hold_out_is_refused(questions: Path, sample_index: Path, encoder: Encoder) -> None:
    dataset = load_dataset(questions)
    no = next(question for question in dataset.questions if not question.answerable)
    one = replace(dataset, questions=(*(q for q in dataset.questions if q.answerable), no))
    with pytest.raises(DatasetError, match="1 of its 126 questions is unanswerable"):
        weighed(one, open_index(sample_index), encoder, Settings(), lambda _: None)
