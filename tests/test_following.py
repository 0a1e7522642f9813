"""A library follows its index: a new generation answers the next question, and no answer comes from two of them."""

from __future__ import annotations

import gc
import shutil
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import pytest

from askdocs.answering.calibration import CALIBRATION, Calibration, OperatingPoint, write_calibration
from askdocs.answering.evidence import BIAS, FEATURES, WEIGHTS
from askdocs.close_reading.reader import WEIGHTS_SHA256
from askdocs.datatypes import Article
from askdocs.errors import AskdocsError, IndexDamagedError
from askdocs.following import Followed
from askdocs.index import OpenIndex, build_index, open_index
from askdocs.index.pointer import read_pointer
from askdocs.library import Library
from askdocs.opened import Opened
from askdocs.settings import AnswerSettings, PassageSettings, Settings
from fakes import HashEncoder
from test_index_damage import sign_again

ALWAYS_ANSWER = Settings(answers=AnswerSettings(min_confidence=0.0))
QUESTION = "Which harbour did the ferry reach?"


def edition(number: int) -> list[Article]:
    """Three articles that all name the number of their edition."""
    texts = {
        "ferry": f"The ferry of edition {number} reached the harbour of Lenwick.",
        "storm": f"The storm of edition {number} closed the harbour. No ferry left.",
        "train": f"The train of edition {number} was late.",
    }
    return [Article.of(id=f"{name}-{number}", text=text) for name, text in texts.items()]


def build(folder: Path, number: int, encoder: HashEncoder | None = None) -> None:
    build_index(edition(number), folder, encoder or HashEncoder(), PassageSettings())


def live(folder: Path, settings: Settings = ALWAYS_ANSWER) -> Library:
    return Library(open_index(folder), HashEncoder(), settings, live=True)


def editions_of(library: Library) -> set[str]:
    """Ask, and name the editions that the answer's quotes and hits are of: by their ids and by their words."""
    answer = library.ask(QUESTION)
    assert answer.quotes
    ids = {*(quote.article_id for quote in answer.quotes), *(hit.passage.article_id for hit in answer.hits)}
    words = [*(quote.exact for quote in answer.quotes), *(hit.passage.text for hit in answer.hits)]
    said = {word.partition("edition ")[2].split()[0] for word in words if "edition" in word}
    return {article_id.partition("-")[2] for article_id in ids} | said


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    build(tmp_path / "index", 1)
    return tmp_path / "index"


def test_the_next_question_is_answered_from_a_new_generation(folder: Path) -> None:
    library = live(folder)
    assert editions_of(library) == {"1"}
    build(folder, 2)
    assert editions_of(library) == {"2"}
    build(folder, 3)
    assert {hit.passage.article_id.partition("-")[2] for hit in library.search(QUESTION)} == {"3"}
    assert library.stale is None
    assert [one.id for one in library.articles] == [f"{name}-3" for name in ("ferry", "storm", "train")]


def test_a_generation_put_in_force_before_the_first_question_answers_it(folder: Path) -> None:
    library = live(folder)
    build(folder, 2)
    assert editions_of(library) == {"2"}


def test_between_two_questions_everything_comes_from_the_generation_of_the_last(folder: Path) -> None:
    library = live(folder)
    answer = library.ask(QUESTION)
    build(folder, 2)
    for quote in answer.quotes:
        assert quote.words_in(library.article(quote.article_id)) == quote.exact
    assert library.passages("ferry-1")
    assert library.manifest != open_index(folder).manifest
    library.ask(QUESTION)
    with pytest.raises(AskdocsError, match="no article 'ferry-1'"):
        library.article("ferry-1")


def test_a_snapshot_stays_and_the_library_goes_on(folder: Path) -> None:
    library = live(folder)
    before = library.snapshot()
    build(folder, 2)
    assert editions_of(before) == {"1"}
    assert editions_of(library.snapshot()) == editions_of(library) == {"2"}
    assert editions_of(before.snapshot()) == {"1"}
    assert [one.id for one in before.articles] == ["ferry-1", "storm-1", "train-1"]


def test_a_library_of_an_open_index_stays_with_it(folder: Path) -> None:
    library = Library(open_index(folder), HashEncoder(), ALWAYS_ANSWER)
    build(folder, 2)
    assert editions_of(library) == {"1"}
    assert library.stale is None


def damage(folder: Path) -> None:
    file = read_pointer(folder).folder_in(folder) / "articles.txt"
    file.write_bytes(file.read_bytes()[:-1] + b"!")


def be_of_another_encoder(folder: Path) -> None:
    build(folder, 3, HashEncoder(salt="other"))


def be_of_another_format(folder: Path) -> None:
    file = read_pointer(folder).folder_in(folder) / "manifest.json"
    file.write_text("{}")


def be_gone(folder: Path) -> None:
    shutil.rmtree(folder)


def be_without_a_pointer(folder: Path) -> None:
    (folder / "CURRENT").write_text("nothing\n")


def find_other_passages(folder: Path) -> None:
    """Write down other nearest passages than this machine finds, which only a search shows."""
    canary = asdict(open_index(folder).manifest.canary)
    canary["dense"]["rows"] = [row + 100 for row in canary["dense"]["rows"]]
    canary["dense"]["scores"] = [score - 0.1 for score in canary["dense"]["scores"]]
    sign_again(folder, canary=canary)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (find_other_passages, "this machine computes other nearest passages"),
        (damage, "articles.txt is not the one that was built"),
        (be_of_another_encoder, "the encoder hash-64-other"),
        (be_of_another_format, "manifest.json is not the one that was built"),
        (be_gone, "there is no index here"),
        (be_without_a_pointer, "CURRENT does not name a generation"),
    ],
)
def test_what_cannot_be_opened_never_replaces_what_can(
    folder: Path, spoil: Callable[[Path], None], reason: str
) -> None:
    library = live(folder)
    assert editions_of(library) == {"1"}
    build(folder, 2)
    spoil(folder)
    assert editions_of(library) == {"1"}
    assert library.stale is not None
    assert reason in library.stale
    assert editions_of(library) == {"1"}
    assert library.stale.startswith("answers still come from the index of ")
    build(folder, 4)
    assert editions_of(library) == {"4"}
    assert library.stale is None


@pytest.mark.parametrize(("pause_seconds", "then"), [(0.0, "2"), (3_600.0, "1")])
def test_what_failed_is_tried_again_after_a_pause_and_not_with_every_question(
    folder: Path, pause_seconds: float, then: str
) -> None:
    def make(index: OpenIndex) -> Opened:
        return Opened(index, HashEncoder(), ALWAYS_ANSWER)

    followed = Followed(make(open_index(folder)), make, pause_seconds=pause_seconds)
    build(folder, 2)
    file = read_pointer(folder).folder_in(folder) / "articles.txt"
    whole = file.read_bytes()
    damage(folder)
    assert "ferry-1" in followed.newest().index.articles
    assert followed.fault is not None
    file.write_bytes(whole)  # which the look at CURRENT does not see
    assert f"ferry-{then}" in followed.newest().index.articles
    assert (followed.fault is None) == (then == "2")


def calibrate(folder: Path, threshold: float) -> None:
    point = OperatingPoint(BIAS, WEIGHTS, threshold)
    write_calibration(
        folder, Calibration(HashEncoder().fingerprint, FEATURES, "mine", "now", 0.05, point, WEIGHTS_SHA256)
    )


def test_a_calibration_is_picked_up_and_a_damaged_one_is_not(folder: Path) -> None:
    library = live(folder, Settings())
    calibrate(folder, 1.0)
    assert library.ask(QUESTION).abstained
    calibrate(folder, 0.0)
    assert not library.ask(QUESTION).abstained
    (folder / CALIBRATION).write_text("{}")
    assert not library.ask(QUESTION).abstained
    assert library.stale is not None
    assert "the calibration is damaged" in library.stale
    calibrate(folder, 1.0)
    assert library.ask(QUESTION).abstained
    assert library.stale is None


def test_a_damaged_calibration_is_refused_when_the_library_is_opened(folder: Path) -> None:
    (folder / CALIBRATION).write_text("{}")
    with pytest.raises(IndexDamagedError, match="the calibration is damaged"):
        live(folder)


def test_while_one_thread_opens_the_new_generation_others_are_answered_from_the_old(folder: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()
    opened: list[OpenIndex] = []

    def make(index: OpenIndex) -> Opened:
        opened.append(index)
        begun.set()
        assert go_on.wait(timeout=30)
        return Opened(index, HashEncoder(), ALWAYS_ANSWER)

    first = Opened(open_index(folder), HashEncoder(), ALWAYS_ANSWER)
    followed = Followed(first, make)
    build(folder, 2)
    with ThreadPoolExecutor(1) as threads:
        opening = threads.submit(followed.newest)
        assert begun.wait(timeout=30)
        assert [followed.newest() for _ in range(3)] == [first] * 3
        go_on.set()
        newer = opening.result(timeout=30)
    assert newer.index.pointer == read_pointer(folder)
    assert followed.newest() is newer
    assert len(opened) == 1


def test_the_generation_before_is_let_go_with_its_files(folder: Path) -> None:
    """Nothing waits for the garbage collector: as long as a file is open, its room on the disk is not free."""
    library = live(folder)
    library.ask(QUESTION)
    index = library.snapshot()._answering.opened.index  # noqa: SLF001  what must not be held by anything
    parts = [
        weakref.ref(part) for part in (index.articles, index.passages, index.sentences, index.dense, index.lexical)
    ]
    del index
    gc.collect()
    gc.disable()
    try:
        build(folder, 2)
        assert editions_of(library) == {"2"}
        assert [part() for part in parts] == [None] * len(parts)
    finally:
        gc.enable()


def test_no_answer_comes_from_two_generations_while_they_are_built(folder: Path) -> None:
    library = live(folder)
    done = threading.Event()
    seen: list[set[str]] = []

    def ask() -> None:
        while not done.is_set():
            fixed = library.snapshot()
            answer = fixed.ask(QUESTION)
            for quote in answer.quotes:
                assert quote.words_in(fixed.article(quote.article_id)) == quote.exact
            seen.append(editions_of(library))

    with ThreadPoolExecutor(4) as threads:
        readers = [threads.submit(ask) for _ in range(4)]
        try:
            for number in range(2, 14):
                build(folder, number)
        finally:
            done.set()
        for reader in readers:
            reader.result(timeout=60)
    assert all(len(editions) == 1 for editions in seen), [editions for editions in seen if len(editions) > 1]
    assert len({edition for editions in seen for edition in editions}) > 2
    assert editions_of(library) == {"13"}
