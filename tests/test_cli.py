"""The command line as scripts and people meet it: what goes to which stream, exit statuses, kind refusals."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from askdocs.cli import INTERRUPTED, main
from askdocs.datatypes import Article
from askdocs.index import Sources, build_index, open_index
from askdocs.sample import articles_folder
from askdocs.settings import PassageSettings
from conftest import Cli
from fakes import HashEncoder

QUESTION = "Where was the Endurance found?"
ENDURANCE = articles_folder() / "endurance-found.md"

CITATION = {"article_id", "title", "source", "outlet", "author", "published", "url"}
QUOTE = CITATION | {"sha256", "start", "end", "exact"}
HIT = {"rank", "score", "article_id", "title", "start", "end", "text"}


def only_object(ran: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Return the one JSON object that is all of standard output."""
    line, rest = ran.stdout.split("\n", 1)
    assert rest == "", ran.stdout
    found = json.loads(line)
    assert isinstance(found, dict)
    return found


def complaint(ran: subprocess.CompletedProcess[str]) -> str:
    """Return the one line that says what failed, and nothing of a traceback."""
    assert ran.returncode == 1, ran.stderr
    assert ran.stdout == ""
    assert ran.stderr.count("\n") == 1, ran.stderr
    assert ran.stderr.startswith("askdocs: ")
    return ran.stderr.removeprefix("askdocs: ").rstrip("\n")


def wrong_usage(ran: subprocess.CompletedProcess[str]) -> str:
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert "Traceback" not in ran.stderr
    return ran.stderr


def state_of(folder: Path) -> dict[str, bytes]:
    """Every file of an index."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture
def small_index(sample_index: Path, tmp_path: Path) -> Path:
    """A copy of the sample index that a test may break."""
    return Path(shutil.copytree(sample_index, tmp_path / "index"))


# --- the contracts


def test_ask_prints_one_object_with_the_names_that_scripts_rely_on(cli: Cli, sample_index: Path) -> None:
    ran = cli("ask", QUESTION, "--index", sample_index, "--json")
    answer = only_object(ran)
    assert (ran.returncode, ran.stderr) == (0, "")
    told = {"question", "abstained", "text", "confidence", "worded_by", "read_as", "unmentioned"}
    assert set(answer) == {*told, "quotes", "hits"}
    assert (answer["question"], answer["abstained"]) == (QUESTION, False)
    assert 0 <= answer["confidence"] <= 1
    index = open_index(sample_index)
    for quote in answer["quotes"]:
        assert set(quote) == QUOTE
        assert index.articles[quote["article_id"]].text[quote["start"] : quote["end"]] == quote["exact"]
    for hit in answer["hits"]:
        assert set(hit) == HIT
    assert any("3,008 metres" in quote["exact"] for quote in answer["quotes"])


def test_an_abstention_is_done_not_failed(cli: Cli, sample_index: Path) -> None:
    ran = cli("ask", "What is the population of Peru?", "--index", sample_index, "--json")
    answer = only_object(ran)
    assert ran.returncode == 0
    assert (answer["abstained"], answer["quotes"]) == (True, [])
    assert answer["hits"]


def test_search_prints_one_object_with_the_names_that_scripts_rely_on(cli: Cli, sample_index: Path) -> None:
    ran = cli("search", QUESTION, "-k", "4", "--index", sample_index, "--json")
    found = only_object(ran)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert set(found) == {"question", "hits"}
    assert [hit["rank"] for hit in found["hits"]] == [1, 2, 3, 4]
    index = open_index(sample_index)
    for hit in found["hits"]:
        assert set(hit) == HIT
        assert index.articles[hit["article_id"]].text[hit["start"] : hit["end"]] == hit["text"]


def test_index_prints_one_object_with_the_names_that_scripts_rely_on(cli: Cli, tmp_path: Path) -> None:
    ran = cli("index", ENDURANCE, "--json")
    built = only_object(ran)
    assert ran.returncode == 0, ran.stderr
    names = {"index", "articles", "passages", "encoder", "clustering", "changes", "failed", "stages", "seconds"}
    assert set(built) == names
    assert built["changes"] == {"added": 1, "changed": 0, "moved": 0, "removed": 0, "unchanged": 0}
    assert (built["index"], built["articles"], built["failed"]) == ("index", 1, [])
    assert built["passages"] == len(open_index(tmp_path / "index").passages)


def test_read_prints_one_object_with_the_names_that_scripts_rely_on(cli: Cli) -> None:
    ran = cli("read", ENDURANCE, "--json")
    found = only_object(ran)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert set(found) == {"articles", "failed"}
    (article,) = found["articles"]
    assert set(article) == CITATION | {"language", "sha256", "text", "body"}
    assert all(0 <= start < end <= len(article["text"]) for start, end in article["body"])


def test_eval_prints_one_object_with_the_names_that_scripts_rely_on(cli: Cli) -> None:
    sample = Path(__file__).parents[1] / "eval" / "sample"
    ran = cli("eval", sample, "--articles", "4", "--questions", "8", "--json")
    report = only_object(ran)
    assert ran.returncode == 0, ran.stderr
    assert {"dataset", "questions", "articles", "passages", "measures", "intervals", "seconds"} <= set(report)
    assert set(report["intervals"]) == set(report["measures"]) != set()
    assert report["measures"]["verbatim"] == 1.0


def test_json_is_whole_where_standard_output_takes_ascii_only(cli: Cli, sample_index: Path) -> None:
    asked = ("ask", "Who were the wagerers in Corran? café 日本", "--index", sample_index, "--json")
    plain = cli(*asked, PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert plain.stdout.isascii()
    assert only_object(plain) == only_object(cli(*asked))


def test_a_person_gets_an_answer_where_standard_output_takes_ascii_only(cli: Cli, sample_index: Path) -> None:
    ran = cli("ask", QUESTION, "--index", sample_index, PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "3,008 metres" in ran.stdout


# --- bad input


def test_what_cannot_be_read_is_named_and_the_rest_is_indexed(cli: Cli, tmp_path: Path) -> None:
    pile = tmp_path / "pile"
    pile.mkdir()
    shutil.copy(ENDURANCE, pile)
    (pile / "photo.txt").write_bytes(bytes(range(256)) * 40)
    (pile / "empty\x1b[2J.txt").touch()
    ran = cli("index", pile, "--json")
    assert ran.returncode == 1
    built = only_object(ran)
    assert built["articles"] == 1
    assert [Path(failure["source"]).name for failure in built["failed"]] == ["empty\x1b[2J.txt", "photo.txt"]
    assert all(set(failure) == {"source", "reason"} for failure in built["failed"])
    assert len(ran.stderr.splitlines()) == 2
    assert "\x1b" not in ran.stderr


@pytest.mark.parametrize("source", ["an empty folder", "a missing path", "a folder of binaries"])
def test_with_nothing_to_index_the_old_index_stays(cli: Cli, small_index: Path, tmp_path: Path, source: str) -> None:
    given = tmp_path / source
    if source != "a missing path":
        given.mkdir()
    if source == "a folder of binaries":
        (given / "photo.txt").write_bytes(bytes(range(256)) * 40)
    before = state_of(small_index)
    ran = cli("index", given, "--index", small_index)
    assert ran.returncode == 1
    assert ran.stdout == ""
    assert "Traceback" not in ran.stderr
    (said,) = ran.stderr.splitlines()
    assert said.startswith(f"askdocs: {given}")
    assert said.endswith(f"; no article to index, so the index in {small_index} is unchanged")
    assert state_of(small_index) == before


@pytest.mark.parametrize("command", ["ask", "search"])
def test_without_an_index_the_command_that_makes_one_is_named(cli: Cli, command: str) -> None:
    assert complaint(cli(command, QUESTION)) == (
        "index: there is no index here; make one with: askdocs index PATH... --index index"
    )


@pytest.mark.parametrize("damage", ["removed", "altered", "cut short"])
def test_a_damaged_index_answers_nothing_and_says_how_to_mend_it(cli: Cli, small_index: Path, damage: str) -> None:
    vectors = next(small_index.rglob("vectors.npy"))
    content = bytearray(vectors.read_bytes())
    if damage == "removed":
        vectors.unlink()
    elif damage == "altered":
        content[-1] ^= 1
        vectors.write_bytes(content)
    else:
        vectors.write_bytes(content[:-1])
    said = complaint(cli("ask", QUESTION, "--index", small_index))
    assert "damaged" in said
    assert f"askdocs index PATH... --index {small_index}" in said


def test_the_index_of_another_encoder_is_refused(cli: Cli, tmp_path: Path) -> None:
    article = Article.of(id="a", text="The army waits.")
    build_index([article], tmp_path / "index", HashEncoder(), PassageSettings())
    said = complaint(cli("ask", QUESTION))
    assert "hash-64" in said
    assert "all-MiniLM-L6-v2" in said
    assert "build it again" in said


@pytest.mark.parametrize(
    ("question", "reason"),
    [("", "is empty"), ("  \n ", "is empty"), ("?!", "is empty"), ("why " * 25_000, "characters; ask one of at most")],
    ids=["nothing", "white space", "no word", "100,000 characters"],
)
@pytest.mark.parametrize("command", ["ask", "search"])
def test_a_question_that_cannot_be_asked_is_refused(
    cli: Cli, sample_index: Path, command: str, question: str, reason: str
) -> None:
    assert reason in complaint(cli(command, question, "--index", sample_index))


def test_a_question_of_bytes_that_are_no_text_is_asked_without_them(cli: Cli, sample_index: Path) -> None:
    ran = cli("ask", "Where was \udcff the Endurance found?", "--index", sample_index, "--json")
    assert ran.returncode == 0, ran.stderr
    assert only_object(ran)["question"].startswith("Where was ")


def test_a_setting_that_means_nothing_is_refused(cli: Cli, sample_index: Path) -> None:
    said = complaint(cli("ask", QUESTION, "--index", sample_index, ASKDOCS_ANSWERS_QUOTES="many"))
    assert "quotes = 'many'" in said


def test_an_encoder_that_is_nowhere_is_refused(cli: Cli, tmp_path: Path, sample_index: Path) -> None:
    empty = tmp_path / "model"
    empty.mkdir()
    ran = cli("ask", QUESTION, "--index", sample_index, ASKDOCS_ENCODER=str(empty))
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.splitlines()[-1] == f"askdocs: {empty}: no .safetensors weights; askdocs loads no pickled models"


WRONG: dict[str, tuple[str, ...]] = {
    "nothing to index": ("index",),
    "paths and the sample together": ("index", "somewhere", "--sample"),
    "no question": ("ask",),
    "two questions": ("ask", "one", "two"),
    "a command that is none": ("answer", QUESTION),
    "an option that is none": ("ask", QUESTION, "--loud"),
    "no hits": ("search", QUESTION, "-k", "0"),
    "hits that are no number": ("search", QUESTION, "-k", "many"),
    "a port that is none": ("chat", "--port", "70000"),
    "no command": (),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_usage_has_a_status_of_its_own(cli: Cli, case: str) -> None:
    ran = cli(*WRONG[case])
    if WRONG[case]:
        wrong_usage(ran)
    else:
        assert ran.returncode == 2
        assert "Usage" in ran.stdout + ran.stderr


@pytest.mark.parametrize("command", ["ask", "search", "index"])
def test_an_index_path_that_the_system_refuses_is_refused_in_one_line(cli: Cli, tmp_path: Path, command: str) -> None:
    folder = tmp_path / ("x" * 300)
    given = ENDURANCE if command == "index" else QUESTION
    said = complaint(cli(command, given, "--index", folder))
    assert said.startswith(str(folder))
    assert "File name too long" in said


def test_a_current_directory_that_was_removed_is_told_in_one_line(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    command = [sys.executable, "-P", "-m", "askdocs", "index", str(ENDURANCE), "--index", str(tmp_path / "index")]
    program = f"import os, sys; os.rmdir(os.getcwd()); os.execv(sys.executable, {command!r})"
    run = [sys.executable, "-c", program]
    said = complaint(subprocess.run(run, cwd=gone, capture_output=True, text=True, check=False))
    assert said.startswith("the current directory cannot be told: ")


def test_an_index_among_its_own_articles_is_refused_before_it_is_built(cli: Cli, tmp_path: Path) -> None:
    pile = tmp_path / "pile"
    pile.mkdir()
    shutil.copy(ENDURANCE, pile)
    said = complaint(cli("index", "pile", "--index", pile))
    assert said.startswith(f"{pile}: is both a folder of articles and the index")
    assert [file.name for file in pile.iterdir()] == [ENDURANCE.name]
    for folder in (pile / "index", tmp_path):
        assert cli("index", pile, "--index", folder).returncode == 0
        assert cli("index", pile, "--index", folder).returncode == 0, "one inside or above does no harm"
    again = cli("index", pile, tmp_path, "--index", tmp_path)
    assert "1 unchanged" in again.stderr, "an index that a pattern names beside the articles keeps nothing from them"


def test_a_clash_with_an_article_that_is_kept_is_named_like_what_cannot_be_read(cli: Cli, tmp_path: Path) -> None:
    for name, said in (("bbc", "The ship sank in 1915."), ("cnn", "The ferry sails in May.")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.txt").write_text(said, encoding="utf-8")
    assert cli("index", "bbc/index.txt").returncode == 0
    ran = cli("index", "cnn/index.txt", ENDURANCE, "--keep-missing", "--json")
    built = only_object(ran)
    assert (ran.returncode, built["articles"]) == (1, 2)
    assert [failure["source"] for failure in built["failed"]] == ["cnn/index.txt"]
    assert ran.stderr.startswith("askdocs: cnn/index.txt: is not indexed: its id 'index' is that of bbc/index.txt")


def test_a_file_that_is_refused_keeps_the_article_that_it_has_already(cli: Cli, tmp_path: Path) -> None:
    for name, said in (("a", "The ship sank in 1915."), ("b", "The bridge fell in 1950.")):
        (tmp_path / "n" / name).mkdir(parents=True)
        (tmp_path / "n" / name / "x.txt").write_text(said, encoding="utf-8")
    assert cli("index", "n").returncode == 0
    cli("index", "n/a", "--keep-missing")
    ran = cli("index", "n/b", "--keep-missing")
    texts = {article.text for article in open_index(tmp_path / "index").articles.values()}
    assert texts == {"The ship sank in 1915.", "The bridge fell in 1950."}, ran.stderr


# --- for people


def test_a_person_gets_quotes_with_their_places(cli: Cli, sample_index: Path) -> None:
    ran = cli("ask", QUESTION, "--index", sample_index)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("[1] “")
    assert "    Shackleton's lost ship is found upright in the dark · The Harbour Ledger" in ran.stdout


def test_read_prints_markup_as_it_is(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "markup.txt"
    file.write_text("A title\n\nThe [bold]army[/bold] waits [/] here. \x1b[31mIt is red.\n", encoding="utf-8")
    ran = cli("read", file)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "The [bold]army[/bold] waits [/] here. " in ran.stdout
    assert "\x1b" not in ran.stdout


def test_building_says_on_standard_error_what_is_indexed(cli: Cli) -> None:
    ran = cli("index", ENDURANCE)
    assert (ran.returncode, ran.stdout) == (0, "")
    assert ran.stderr.startswith("1 article, ")
    assert "all-MiniLM-L6-v2)\n1 added\n" in ran.stderr


def test_indexing_again_says_what_changed(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The ship sank in 1915. It was found in 2022.", encoding="utf-8")
    assert cli("index", ENDURANCE, "a.txt").returncode == 0
    (tmp_path / "a.txt").write_text("The ship sank in 1915. It was found in March 2022.", encoding="utf-8")
    ran = cli("index", ENDURANCE, "a.txt", "--json")
    assert only_object(ran)["changes"] == {"added": 0, "changed": 1, "moved": 0, "removed": 0, "unchanged": 1}
    assert "1 removed · 1 unchanged\n" in cli("index", ENDURANCE).stderr
    assert "1 added · 1 unchanged\n" in cli("index", "a.txt", "--keep-missing").stderr


def test_what_was_added_on_the_page_stays_when_other_articles_are_indexed(cli: Cli, tmp_path: Path) -> None:
    added = tmp_path / "index" / "articles" / "added"
    added.mkdir(parents=True)
    (added / "ferry.txt").write_text("The ferry stopped on Monday. It will sail again in May.", encoding="utf-8")
    assert cli("index", ENDURANCE).returncode == 0
    assert "added/ferry" in open_index(tmp_path / "index").articles


def test_what_is_no_added_article_is_no_reason_to_read_the_folder_of_the_page(cli: Cli, tmp_path: Path) -> None:
    added = tmp_path / "index" / "articles" / "added"
    (added / ".upload").mkdir(parents=True)
    (added / ".upload" / "half.md").write_text("The first half of", encoding="utf-8")
    (added / ".DS_Store").touch()
    ran = cli("index", ENDURANCE)
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr


@pytest.mark.parametrize(
    ("command", "said"),
    [("index", "interrupted; an index that was there before is still in force"), ("ask", "interrupted")],
)
def test_an_interrupted_command_speaks_of_the_index_only_where_it_builds_one(
    command: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise SystemExit(INTERRUPTED)

    monkeypatch.setattr("askdocs.cli.app", interrupted)
    monkeypatch.setattr(sys, "argv", ["askdocs", command, "something"])
    with pytest.raises(SystemExit):
        main()
    assert capsys.readouterr().err == f"askdocs: {said}\n"


@pytest.mark.parametrize("case", ["of this build", "of nothing yet", "of another build"])
def test_going_on_is_offered_where_something_of_this_build_was_kept(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    index = tmp_path / "my index"
    noted = Sources(("theirs" if case == "of another build" else "mine",), str(Path.cwd()))

    def interrupted(*_: object) -> None:
        journal = index / "journal"
        (journal / "1f0c").mkdir(parents=True)
        (journal / "sources.json").write_text(json.dumps(asdict(noted)))
        if case != "of nothing yet":
            (journal / "1f0c" / "000001.encoded").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr("askdocs.cli._build_from", interrupted)
    monkeypatch.setattr(sys, "argv", ["askdocs", "index", "mine", "--index", str(index)])
    with pytest.raises(SystemExit):
        main()
    offer = f"askdocs: what was encoded is kept; to go on: askdocs index --resume --index '{index}'\n"
    assert capsys.readouterr().err.startswith(offer) is (case == "of this build")


def test_without_an_interrupted_build_there_is_nothing_to_resume(cli: Cli) -> None:
    ran = cli("index", "--resume")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "index: no build was interrupted here, so there is nothing to resume; name what to index" in ran.stderr
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["index", "ask", "search", "read", "chat", "eval"])
def test_every_command_describes_itself(cli: Cli, command: str) -> None:
    ran = cli(command, "--help")
    assert ran.returncode == 0
    assert "Usage" in ran.stdout


# --- what is not loaded

LOADED = """
import atexit, sys
out = sys.stdout
def tell():
    sys.__stderr__.write("LOADED " + " ".join(sorted({name.split(".")[0] for name in sys.modules})))
atexit.register(tell)
sys.argv = ["askdocs", *sys.argv[1:]]
from askdocs.cli import main
main()
"""


def loaded_by(*arguments: str) -> set[str]:
    """Run the command line, and return the top-level modules that it has loaded in the end."""
    ran = subprocess.run([sys.executable, "-c", LOADED, *arguments], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return set(ran.stderr.partition("LOADED ")[2].split())


def test_a_question_can_be_limited_to_outlets_and_dates(cli: Cli, sample_index: Path) -> None:
    hits = only_object(cli("search", QUESTION, "--index", sample_index, "--json", "--outlet", "nobody at all"))["hits"]
    assert hits == []
    every = only_object(cli("ask", QUESTION, "--index", sample_index, "--json"))
    dated = only_object(
        cli("ask", QUESTION, "--index", sample_index, "--json", "--since", "1900", "--until", "2099-12")
    )
    assert dated["quotes"] == every["quotes"] != []
    assert only_object(cli("ask", QUESTION, "--index", sample_index, "--json", "--until", "1900"))["abstained"]


def test_a_limit_that_is_no_date_is_refused_in_one_line(cli: Cli, sample_index: Path) -> None:
    said = complaint(cli("ask", QUESTION, "--index", sample_index, "--since", "April"))
    assert said == "since = 'April' is no date; write it as 2022, 2022-04 or 2022-04-12"


def test_help_loads_nothing_heavy() -> None:
    heavy = {"torch", "transformers", "sentence_transformers", "gradio", "numpy", "faiss", "openvino", "tiktoken"}
    assert not heavy & loaded_by("--help")
    assert not heavy & loaded_by("ask", "--help")


def test_asking_loads_neither_torch_nor_gradio(sample_index: Path) -> None:
    loaded = loaded_by("ask", QUESTION, "--index", str(sample_index))
    assert "openvino" in loaded
    assert not {"torch", "transformers", "sentence_transformers", "gradio", "tiktoken"} & loaded
