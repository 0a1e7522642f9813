"""What is added on the page is built into the index by another process, while the old index answers."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep
from typing import get_args

import gradio as gr
import pytest

from askdocs.datatypes import text_sha256
from askdocs.encoding import Encoder
from askdocs.index import Stage, open_index
from askdocs.index.lock import write_lock
from askdocs.library import Library, open_library
from askdocs.settings import Settings
from askdocs.web.added import added_files
from askdocs.web.intake import Outcome
from askdocs.web.library_desk import Changes, LibraryDesk
from askdocs.web.rebuilding import _STAGES, Job, Progress, Rebuilder, main, rebuilt_articles
from askdocs.web.wanted import Wanted
from conftest import Cli
from fakes import HashEncoder
from sending import SNOW, SUN, indexed, rows, taken, upload


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Index two articles with the small encoder."""
    return indexed(tmp_path / "index", HashEncoder())


@pytest.fixture(scope="module")
def real_index(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Path:
    """Index two articles with the encoder that a building process loads."""
    return indexed(tmp_path_factory.mktemp("real") / "index", encoder)


def test_a_job_adds_and_removes(tmp_path: Path, index: Path) -> None:
    path = taken(tmp_path, index, "rows.jsonl", rows(("sun", "The sun set early."), ("ice", "Ice lay."))).path
    job = Job((str(path),), ("rain",)).and_also(Job(remove=("nowhere",)))
    left = {one.id: one.text for one in rebuilt_articles(open_index(index), job)}
    assert left == {"sun": SUN.text, "added/rows/sun": "The sun set early.", "added/rows/ice": "Ice lay."}


def test_every_stage_of_a_build_has_words() -> None:
    assert set(_STAGES) == {"starting", *get_args(Stage)}
    assert Progress(running=True, stage="sealing").words == "Sealing the index…"


def wait_for(rebuilder: Rebuilder) -> list[Progress]:
    """Watch a build to its end; return what was seen of it."""
    seen, until = [rebuilder.progress], monotonic() + 120
    while rebuilder.progress.running and monotonic() < until:
        if rebuilder.progress != seen[-1]:
            seen.append(rebuilder.progress)
        sleep(0.02)
    return [*seen, rebuilder.progress]


def test_articles_are_added_and_removed_while_the_library_answers(tmp_path: Path, real_index: Path) -> None:
    library = open_library(real_index, settings=Settings())
    changes = Changes(real_index)
    desk = LibraryDesk(library, changes)
    ((name, path),) = upload(tmp_path, ("snow.md", SNOW))
    event = gr.EventData(None, {"files": [{"name": name, "place": str(path)}, {"name": "x", "place": "/etc/passwd"}]})
    shown, state = desk.take(str(path).__eq__, event)
    assert "added: Snow" in shown
    assert "passwd" not in shown
    assert 'data-building="true"' in state
    assert not path.exists()
    assert len(library.articles) == 2
    answered = library.ask("Who stayed at home in Lenwick?")
    assert answered.quotes
    seen = wait_for(changes.rebuilder)
    assert {one.stage for one in seen} & {"reading", "encoding", "writing"}
    assert seen[-1] == Progress()
    assert "Snow" in desk.listed(Wanted()) or library.ask("What fell on Friday in Skarrow?").quotes
    assert library.ask("What fell on Friday in Skarrow?").quotes[0].article_id == "added/snow"
    assert library.article("added/snow").sha256 == text_sha256(SNOW)
    desk.remove(gr.EventData(None, {"article": "added/snow"}))
    wait_for(changes.rebuilder)
    assert 'data-building="false"' in desk.state()
    assert [known.id for known in library.articles] == ["rain", "sun"]
    assert added_files(real_index) == []


def test_an_article_that_was_removed_comes_back_with_no_later_build(tmp_path: Path, real_index: Path, cli: Cli) -> None:
    index = tmp_path / "index"
    shutil.copytree(real_index, index)
    changes = Changes(index)
    desk = LibraryDesk(open_library(index, settings=Settings()), changes)
    path = tmp_path / "sent"
    path.write_bytes(gzip.compress(rows(("ice", "Ice lay in Corran."), ("fog", "Fog hung over Corran.")).encode()))
    event = gr.EventData(None, {"files": [{"name": "rows.JSONL.gz", "place": str(path)}]})
    assert "added: 2 articles" in desk.take(str(path).__eq__, event)[0]
    wait_for(changes.rebuilder)
    assert list(open_index(index).articles) == ["added/rows/fog", "added/rows/ice", "rain", "sun"]
    desk.state()
    desk.remove(gr.EventData(None, {"article": "added/rows/ice"}))
    wait_for(changes.rebuilder)
    assert list(open_index(index).articles) == ["added/rows/fog", "rain", "sun"]
    desk.rebuild()
    wait_for(changes.rebuilder)
    assert list(open_index(index).articles) == ["added/rows/fog", "rain", "sun"]
    (tmp_path / "hail.txt").write_text("Hail fell on Sunday in Lenwick.", encoding="utf-8")
    assert cli("index", "hail.txt").returncode == 0
    assert list(open_index(index).articles) == ["added/rows/fog", "hail"]


def test_what_a_build_could_not_remove_goes_with_the_next(tmp_path: Path, real_index: Path) -> None:
    index = tmp_path / "index"
    shutil.copytree(real_index, index)
    rebuilder = Rebuilder(index)
    with write_lock(index):
        rebuilder.want(Job(remove=("rain",)))
        assert wait_for(rebuilder)[-1].fault.startswith("Another build of this index is under way.")
    rebuilder.want(Job())
    assert wait_for(rebuilder)[-1].fault == ""
    assert list(open_index(index).articles) == ["sun"]
    snow = taken(tmp_path, index, "snow.md", SNOW).path
    rebuilder.want(Job(remove=("sun",)))
    rebuilder.want(Job(add=(str(snow),)))  # waits for the one before
    ended = wait_for(rebuilder)[-1]
    assert list(open_index(index).articles) == ["added/snow"]
    assert ended.fault == "No article would be left. The last one goes as soon as there are others.", (
        "told all the same"
    )


def test_another_encoders_index_is_not_built_over(index: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = (index / "CURRENT").read_bytes()
    rebuilder = Rebuilder(index)
    rebuilder.want(Job(remove=("rain",)))
    assert wait_for(rebuilder)[-1].fault.startswith("The index was not built anew. Whoever runs askdocs")
    assert "encoder" in capfd.readouterr().err
    assert (index / "CURRENT").read_bytes() == before


def test_a_building_process_tells_of_a_failure_in_the_words_that_the_server_keeps_from_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("askdocs.web.rebuilding._NOT_BUILT", "It failed")
    monkeypatch.setattr("os.nice", lambda _: 0)
    monkeypatch.setenv("ASKDOCS_ANSWERS_QUOTES", "many")
    assert main(str(tmp_path), '{"add": [], "remove": []}') == 1
    assert capsys.readouterr().out.startswith('{"fault": "It failed: ')


def test_a_build_that_cannot_start_is_told(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(index / "nowhere"))
    rebuilder = Rebuilder(index)
    rebuilder.want(Job(remove=("rain",)))
    ended = wait_for(rebuilder)[-1]
    assert not ended.running
    assert ended.fault.startswith("The build ended before it was done")
    rebuilder.forget()
    assert rebuilder.progress.fault == "", "whoever has read it puts it away for everyone"


def test_a_building_process_runs_nothing_of_the_current_directory(
    tmp_path: Path, real_index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = Path(shutil.copytree(real_index, tmp_path / "index"))
    (tmp_path / "typing.py").write_text("raise SystemExit('this was run')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    rebuilder = Rebuilder(index)
    rebuilder.want(Job(remove=("rain",)))
    assert wait_for(rebuilder)[-1] == Progress()
    assert "rain" not in open_index(index).articles


def test_a_building_process_that_dies_is_told(index: Path) -> None:
    command = [sys.executable, "-m", "askdocs.web.rebuilding", str(index)]
    ended = subprocess.run(command, input="no json", capture_output=True, text=True, check=False)
    assert ended.returncode != 0


def test_a_library_that_is_only_read_changes_nothing(index: Path) -> None:
    desk = LibraryDesk(Library(open_index(index), HashEncoder(), Settings()))
    assert desk.adding([Outcome("x", "y")]) == ""
    assert desk.take(lambda _: True, gr.EventData(None, {"files": []})) == (gr.skip(), gr.skip())
    assert desk.remove(gr.EventData(None, {"article": "rain"})) == gr.skip()
    assert desk.rebuild() == gr.skip()
    assert "Build again" not in desk.state()
    assert "Remove" not in desk.listed(Wanted())
