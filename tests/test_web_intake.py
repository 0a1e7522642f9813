"""What is added on the page is kept under its own name, within bounds, and built into the index by another process."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep

import gradio as gr
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from askdocs.datatypes import Article, text_sha256
from askdocs.encoding import Encoder
from askdocs.index import build_index, open_index
from askdocs.index.lock import write_lock
from askdocs.library import Library, open_library
from askdocs.reading import read_sources
from askdocs.settings import PassageSettings, Settings
from askdocs.web.added import added_files, added_folder, forget, held, read_added
from askdocs.web.intake import Bounds, Outcome, sendable_name, take_in
from askdocs.web.library_desk import Changes, LibraryDesk
from askdocs.web.rebuilding import Job, Progress, Rebuilder, rebuilt_articles
from askdocs.web.wanted import Wanted
from conftest import Cli
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
    assert said[4] == "added: Ice; 1 row is no article (row 2: is not JSON: Expecting value at character 1)"
    assert [path.name for path in added_files(index)] == ["rows.jsonl", "snow.md"]
    assert not list(added_folder(index).glob(".*"))
    assert str(tmp_path) not in " ".join(said)


def test_what_is_too_large_or_too_many_is_refused_by_name(tmp_path: Path, index: Path) -> None:
    sent = upload(tmp_path, *((f"{number}.md", f"{SNOW}{number}") for number in range(3)))
    tight = Bounds(files=2, file_bytes=1_000)
    assert [one.words for one in take_in(sent, index, tight, nothing)[:2]] == ["added: Snow", "added: Snow"]
    assert "more than 2 files" in take_in(sent, index, tight, nothing)[2].words
    big = upload(tmp_path / "big", ("big.txt", "A word. " * 200))
    assert "larger than 0 MB" in take_in(big, index, tight, nothing)[0].words
    assert "files were added already" in take_in(sent[2:], index, Bounds(kept_files=2), nothing)[0].words
    assert "MB were added already" in take_in(sent[2:], index, Bounds(kept_bytes=100), nothing)[0].words


def ids_in(index: Path) -> dict[str, str]:
    """Return the ids and titles of all that was added, as the page's builds and the command's read them alike."""
    page = [one for path in added_files(index) for one in read_added(path)]
    assert all(isinstance(one, Article) for one in page)
    command = list(read_sources([added_folder(index).parent]))
    assert sorted(one.id for one in command if isinstance(one, Article)) == sorted(
        one.id for one in page if isinstance(one, Article)
    )
    return {one.id: one.title for one in page if isinstance(one, Article)}


def taken(tmp_path: Path, index: Path, name: str, text: str) -> Outcome:
    """Send one file, and see what became of it."""
    with TemporaryDirectory(dir=tmp_path) as apart:
        (outcome,) = take_in(upload(Path(apart), (name, text)), index, Bounds(), nothing)
    return outcome


def rows(*pairs: tuple[str, str]) -> str:
    """Spell JSON lines of ids and texts."""
    return "".join(json.dumps({"id": one, "text": text}) + "\n" for one, text in pairs)


def test_two_files_of_one_name_are_both_kept_and_one_sent_twice_is_told_to_be_there(
    tmp_path: Path, index: Path
) -> None:
    sunday = SNOW.replace("Friday", "Sunday")
    said = [
        taken(tmp_path, index, name, text).words
        for name, text in (
            ("snow.md", SNOW),
            ("snow.md", sunday),
            ("SNOW.md", SNOW.replace("Friday", "Monday")),
            ("snow.txt", "Snow lay in Skarrow."),
            ("snow.md", SNOW),
            ("other.md", sunday),
        )
    ]
    assert said == [
        "added: Snow",
        "added as “snow-2.md”, beside another of that name: Snow",
        "added as “SNOW-3.md”, beside another of that name: Snow",
        "added as “snow-4.txt”, beside another of that name",
        "there already, as “snow.md”",
        "there already, as “snow-2.md”",
    ]
    assert sorted(ids_in(index)) == ["added/SNOW-3", "added/snow", "added/snow-2", "added/snow-4"]
    assert [path.read_text(encoding="utf-8") for path in added_files(index)][1:3] == [sunday, "Snow lay in Skarrow."]


def test_rows_of_two_people_with_the_same_ids_take_nobodys_place(tmp_path: Path, index: Path) -> None:
    mine, yours = rows(("1", "Ice lay."), ("rain", "Rain fell.")), rows(("1", "Fog hung."), ("rain", "Hail fell."))
    said = [
        taken(tmp_path, index, name, text).words
        for name, text in (("Rows.JSONL", mine), ("rows.jsonl", yours), ("rows.jsonl", yours), ("x.jsonl", mine))
    ]
    assert said == [
        "added: 2 articles",
        "added as “rows-2.jsonl”, beside another of that name: 2 articles",
        "there already, as “rows-2.jsonl”",
        "there already, as “Rows.jsonl”",
    ]
    assert ids_in(index) == {
        "added/Rows/1": "1",
        "added/Rows/rain": "rain",
        "added/rows-2/1": "1",
        "added/rows-2/rain": "rain",
    }
    job = Job(tuple(map(str, added_files(index))))
    built = {one.id: one.text for one in rebuilt_articles(open_index(index), job)}
    assert built.items() >= {"rain": RAIN.text, "added/Rows/rain": "Rain fell.", "added/rows-2/1": "Fog hung."}.items()


def test_of_a_file_only_the_rows_are_added_that_the_library_does_not_have(tmp_path: Path, index: Path) -> None:
    sent = upload(tmp_path, ("rows.jsonl", rows(("1", RAIN.text), ("2", "Ice lay."), ("2", "Fog hung."))))
    (outcome,) = take_in(sent, index, Bounds(), lambda one: "Rain" if one.sha256 == RAIN.sha256 else None)
    assert outcome.words.startswith("added: 2; 1 in the library already; 1 row is no article (row 3: a second article")
    assert ids_in(index) == {"added/rows/2": "2"}
    (again,) = take_in(sent, index, Bounds(), lambda _: "Rain")
    assert again.words == "not added: all in the library already"


@pytest.mark.parametrize(
    "name", ["rows.jsonl", "rows.JSONL", "rows.jsonl.gz", "rows.JSONL.GZ", "notes.jsonl.rows.Jsonl"]
)
def test_an_article_that_is_removed_from_a_file_of_rows_is_gone_from_it(tmp_path: Path, index: Path, name: str) -> None:
    text = rows(("ice", "Ice lay on the lake."), ('fog"/é', "Fog hung there."), ("ice/2", "Ice again."))
    path = tmp_path / "sent"
    path.write_bytes(gzip.compress(text.encode()) if name.lower().endswith(".gz") else text.encode())
    (outcome,) = take_in([(name, path)], index, Bounds(), nothing)
    assert outcome.words == "added: 3 articles"
    assert outcome.path is not None
    stem = f"added/{outcome.path.stem}"
    assert outcome.path.suffix == ".jsonl"
    assert sorted(ids_in(index)) == [f'{stem}/fog"/é', f"{stem}/ice", f"{stem}/ice/2"]
    forget(index, f"{stem}/ice")
    assert sorted(ids_in(index)) == [f'{stem}/fog"/é', f"{stem}/ice/2"]
    for gone in (f'{stem}/fog"/é', f"{stem}/nowhere", "rain", "added/../../CURRENT", f"{stem}/ice/2"):
        forget(index, gone)
    assert added_files(index) == []
    assert (index / "CURRENT").exists()


def test_an_article_that_is_removed_leaves_the_others_alone(tmp_path: Path, index: Path) -> None:
    for name in ("snow.md", "snow-2.txt", "notes.jsonl.txt", "Frost.MD"):
        taken(tmp_path, index, name, f"{SNOW}{name}")
    forget(index, "added/snow")
    assert [path.name for path in added_files(index)] == ["Frost.MD", "notes.jsonl.txt", "snow-2.txt"]
    forget(index, "added/notes.jsonl")
    forget(index, "added/Frost")
    assert [path.name for path in added_files(index)] == ["snow-2.txt"]


def test_compressed_rows_are_bounded_as_a_whole_and_never_held(tmp_path: Path, index: Path) -> None:
    bomb = tmp_path / "bomb"
    row = json.dumps({"id": "1", "text": "Ice lay. " * 1_000}).encode() + b"\n"
    with gzip.open(bomb, "wb") as out:
        for _ in range(8_000):
            out.write(row)
    assert bomb.stat().st_size < 1 << 20
    tracemalloc.start()
    (outcome,) = take_in([("bomb.jsonl.gz", bomb)], index, Bounds(), nothing)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert outcome.words == "not added: more than 64 MB when it is unpacked; divide it"
    assert peak < 8 << 20
    assert not list(added_folder(index).iterdir())


def test_rows_are_bounded_and_a_damaged_file_is_refused_whole(tmp_path: Path, index: Path) -> None:
    many = rows(*((str(number), f"Ice {number}.") for number in range(4)))
    (outcome,) = take_in(upload(tmp_path, ("rows.jsonl", many)), index, Bounds(rows=3), nothing)
    assert outcome.words == "not added: more than 3 articles in one file; divide it"
    for damaged in (gzip.compress(many.encode())[:-9], b"no gzip at all", gzip.compress(many.encode()) + b"x"):
        path = tmp_path / "damaged"
        path.write_bytes(damaged)
        (outcome,) = take_in([("rows.jsonl.gz", path)], index, Bounds(), nothing)
        assert outcome.words.startswith("not added: the compressed file is damaged: ")
    for nothing_in_it in ("", "\n \n", "no json\n"):
        assert taken(tmp_path, index, "rows.jsonl", nothing_in_it).words.startswith("not added: ")
        assert str(tmp_path) not in taken(tmp_path, index, "rows.jsonl", nothing_in_it).words
    assert added_files(index) == []


def test_many_who_send_one_name_at_once_are_all_kept(tmp_path: Path, index: Path) -> None:
    sent = upload(tmp_path, *(("snow.md", f"{SNOW}{number}") for number in range(8)))
    with ThreadPoolExecutor(8) as people:
        outcomes = list(people.map(lambda one: take_in([one], index, Bounds(), nothing)[0], sent))
    assert len({one.path for one in outcomes}) == len(added_files(index)) == 8
    assert {path.read_text(encoding="utf-8") for path in added_files(index)} == {
        path.read_text(encoding="utf-8") for _, path in sent
    }


def test_what_somebody_left_who_was_killed_is_cleared_away(tmp_path: Path, index: Path) -> None:
    with held(index) as folder:
        (folder / ".left").mkdir()
        (folder / ".left" / "snow.md").write_text(SNOW, encoding="utf-8")
    assert taken(tmp_path, index, "snow.md", SNOW).added
    assert [path.name for path in added_folder(index).iterdir()] == ["snow.md"]


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


def test_a_job_adds_and_removes(tmp_path: Path, index: Path) -> None:
    path = taken(tmp_path, index, "rows.jsonl", rows(("sun", "The sun set early."), ("ice", "Ice lay."))).path
    job = Job((str(path),), ("rain",)).and_also(Job(remove=("nowhere",)))
    left = {one.id: one.text for one in rebuilt_articles(open_index(index), job)}
    assert left == {"sun": SUN.text, "added/rows/sun": "The sun set early.", "added/rows/ice": "Ice lay."}


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


def test_an_article_that_was_removed_comes_back_with_no_later_build(tmp_path: Path, real_index: Path, cli: Cli) -> None:
    index = tmp_path / "index"
    shutil.copytree(real_index, index)
    changes = Changes(index)
    desk = LibraryDesk(open_library(index, settings=Settings()), changes)
    path = tmp_path / "sent"
    path.write_bytes(gzip.compress(rows(("ice", "Ice lay in Corran."), ("fog", "Fog hung over Corran.")).encode()))
    event = gr.EventData(None, {"files": [{"name": "rows.JSONL.gz", "path": str(path)}]})
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


def test_a_build_that_cannot_start_is_told(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_process(*_: object, **__: object) -> None:
        raise OSError("no memory")

    monkeypatch.setattr(subprocess, "Popen", no_process)
    rebuilder = Rebuilder(index)
    rebuilder.want(Job(remove=("rain",)))
    ended = wait_for(rebuilder)[-1]
    assert not ended.running
    assert ended.fault.startswith("The build ended before it was done")


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
