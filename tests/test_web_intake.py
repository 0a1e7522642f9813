"""What is added on the page is kept under its own name, within bounds, and built into the index by another process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import gradio as gr
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from askdocs.datatypes import Article, text_sha256
from askdocs.encoding import Encoder
from askdocs.index import build_index, open_index
from askdocs.library import Library, open_library
from askdocs.settings import PassageSettings, Settings
from askdocs.web.intake import Bounds, Outcome, added_files, added_folder, forget, read_added, sendable_name, take_in
from askdocs.web.library_desk import Changes, LibraryDesk
from askdocs.web.rebuilding import Job, Progress, Rebuilder, rebuilt_articles
from askdocs.web.wanted import Wanted
from fakes import HashEncoder

RAIN = Article.of(id="rain", title="Rain", text="It rained on Monday in Lenwick. The mayor of Lenwick stayed at home.")
SUN = Article.of(id="sun", title="Sun", text="The sun shone on Tuesday in Corran. Nobody in Corran stayed at home.")
SNOW = "# Snow\n\nSnow fell on Friday in Skarrow. The harbour of Skarrow was closed.\n"


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Index two articles with the small encoder."""
    folder = tmp_path / "index"
    build_index((RAIN, SUN), folder, HashEncoder(), PassageSettings())
    return folder


@pytest.fixture(scope="module")
def real_index(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Path:
    """Index two articles with the encoder that a building process loads."""
    folder = tmp_path_factory.mktemp("real") / "index"
    build_index((RAIN, SUN), folder, encoder, PassageSettings())
    return folder


def upload(tmp_path: Path, *files: tuple[str, str]) -> list[tuple[str, Path]]:
    """Write files as an upload leaves them: each in a folder of its own."""
    sent = []
    for number, (name, text) in enumerate(files):
        path = tmp_path / "sent" / str(number) / "file"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
        sent.append((name, path))
    return sent


def nothing(_: Article) -> str | None:
    """Know no article."""
    return None


def test_each_file_has_an_outcome_of_its_own(tmp_path: Path, index: Path) -> None:
    row = {"id": "ice", "title": "Ice", "text": "Ice lay on the lake of Corran for a week."}
    sent = upload(
        tmp_path,
        ("snow.md", SNOW),
        ("again.txt", RAIN.text),
        ("empty.txt", " "),
        ("sheet.xlsx", "x"),
        ("rows.jsonl", f"{json.dumps(row)}\nno json\n"),
    )
    outcomes = take_in(sent, index, Bounds(), lambda one: "Rain" if one.sha256 == RAIN.sha256 else None)
    assert [(one.name, one.added) for one in outcomes] == [
        ("snow.md", True),
        ("again.txt", False),
        ("empty.txt", False),
        ("sheet.xlsx", False),
        ("rows.jsonl", True),
    ]
    said = [one.words for one in outcomes]
    assert said[0] == "added: Snow"
    assert said[1] == "not added: in the library already, as “Rain”"
    assert said[2] == "not added: is empty"
    assert "this format is not read; readable: .txt" in said[3]
    assert said[4] == "added: 1 articles; 1 rows are no articles"
    assert [path.name for path in added_files(index)] == ["rows.jsonl", "snow.md"]
    assert not list(added_folder(index).glob(".*"))
    assert str(tmp_path) not in " ".join(said)


def test_what_is_too_large_or_too_many_is_refused_by_name(tmp_path: Path, index: Path) -> None:
    sent = upload(tmp_path, *((f"{number}.md", f"{SNOW}{number}") for number in range(3)))
    tight = Bounds(files=2, file_bytes=1_000)
    assert [one.added for one in take_in(sent, index, tight, nothing)] == [True, True, False]
    assert "more than 2 files" in take_in(sent, index, tight, nothing)[2].words
    big = upload(tmp_path / "big", ("big.txt", "A word. " * 200))
    assert "larger than 0 MB" in take_in(big, index, tight, nothing)[0].words
    assert "files were added already" in take_in(sent[:1], index, Bounds(kept_files=2), nothing)[0].words
    assert "MB were added already" in take_in(sent[:1], index, Bounds(kept_bytes=100), nothing)[0].words


def test_a_file_of_the_same_name_takes_the_place_of_the_one_before(tmp_path: Path, index: Path) -> None:
    take_in(upload(tmp_path / "1", ("snow.md", SNOW)), index, Bounds(), nothing)
    take_in(upload(tmp_path / "2", ("snow.md", SNOW.replace("Friday", "Sunday"))), index, Bounds(), nothing)
    take_in(upload(tmp_path / "3", ("snow.txt", SNOW)), index, Bounds(), nothing)
    found = {one.id: one for path in added_files(index) for one in read_added(path) if isinstance(one, Article)}
    assert sorted(found) == ["added/snow", "added/snow-2"]
    assert "Sunday" in found["added/snow"].text
    assert found["added/snow"].source == "snow.md"
    forget(index, "added/snow")
    forget(index, "added/../../CURRENT")
    assert [path.name for path in added_files(index)] == ["snow-2.txt"]
    assert (index / "CURRENT").exists()


@given(st.text(st.characters(codec=None), max_size=300))
@example("../../etc/passwd.txt")
@example("C:\\temp\\..\\x.md")
@example("\x00\u202egnp.\ud800.html")
@example("....")
@example("é" * 200 + ".jsonl.gz")
def test_a_name_never_leads_elsewhere_and_can_always_be_kept(name: str) -> None:
    kept = sendable_name(name)
    assert kept == Path(kept).name
    assert not kept.startswith(".")
    assert len(kept.encode("utf-8")) <= 250 or not kept.endswith((".txt", ".md", ".html", ".jsonl", ".gz"))
    assert sendable_name("a" * 300 + ".txt") == "a" * 120 + ".txt"


def test_a_job_adds_replaces_and_removes(tmp_path: Path, index: Path) -> None:
    rows = [
        {"id": "sun", "title": "Sun", "text": "The sun set early."},
        {"id": "ice", "title": "Ice", "text": "Ice lay."},
    ]
    sent = upload(tmp_path, ("rows.jsonl", "".join(json.dumps(row) + "\n" for row in rows)))
    (outcome,) = take_in(sent, index, Bounds(), nothing)
    job = Job((str(outcome.path),), ("rain",)).and_also(Job(remove=("nowhere",)))
    left = {one.id: one.text for one in rebuilt_articles(open_index(index), job)}
    assert left == {"sun": "The sun set early.", "ice": "Ice lay."}


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
    event = gr.EventData(None, {"files": [{"name": name, "path": str(path)}, {"name": "x", "path": "/etc/passwd"}]})
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


def test_the_last_article_stays_and_a_fault_is_told(real_index: Path) -> None:
    rebuilder = Rebuilder(real_index)
    rebuilder.want(Job(remove=("rain", "sun")))
    assert wait_for(rebuilder)[-1].fault == "No article would be left. Add others before you remove the last one."
    assert len(open_index(real_index).articles) == 2


def test_another_encoders_index_is_not_built_over(index: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = (index / "CURRENT").read_bytes()
    rebuilder = Rebuilder(index)
    rebuilder.want(Job(remove=("rain",)))
    assert wait_for(rebuilder)[-1].fault.startswith("The index was not built anew. Whoever runs askdocs")
    assert "encoder" in capfd.readouterr().err
    assert (index / "CURRENT").read_bytes() == before


def test_a_build_that_cannot_start_is_told(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_process(*_: object, **__: object) -> None:
        raise OSError("no memory")

    monkeypatch.setattr(subprocess, "Popen", no_process)
    rebuilder = Rebuilder(index)
    rebuilder.want(Job(remove=("rain",)))
    ended = wait_for(rebuilder)[-1]
    assert not ended.running
    assert ended.fault.startswith("The build ended before it was done")


def test_a_build_that_succeeds_does_not_hide_the_fault_of_the_one_before(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def done(rebuilder: Rebuilder, job: Job) -> str:
        if job.remove == ("sun",):
            return ""
        rebuilder.want(Job(remove=("sun",)))
        return "It failed."

    monkeypatch.setattr(Rebuilder, "_done", done)
    rebuilder = Rebuilder(index)
    rebuilder.want(Job(remove=("rain",)))
    assert wait_for(rebuilder)[-1].fault == "It failed."


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
