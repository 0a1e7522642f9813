"""Whatever happens to a file of an index is noticed before anything is answered from it."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import random
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from askdocs.answering.calibration import Calibration, OperatingPoint, write_calibration
from askdocs.answering.evidence import BIAS, FEATURES, WEIGHTS
from askdocs.close_reading.reader import WEIGHTS_SHA256
from askdocs.datatypes import Article, Span
from askdocs.encoding.protocol import Progress, Vectors
from askdocs.errors import AskdocsError, IndexDamagedError, IndexFolderError, IndexForeignError, IndexMissingError
from askdocs.index import build_index, open_index
from askdocs.index.manifest import FILES, FORMAT
from askdocs.index.upkeep import check_index
from askdocs.settings import PassageSettings
from campaigns import (
    CORPORA,
    FULL,
    PASSAGES,
    SEED,
    Reading,
    Whole,
    build,
    library_in,
    other,
    program,
    reading,
    run_program,
    tell,
)
from fakes import HashEncoder

MANIFEST = "manifest.json"
ARTICLES = [
    Article.of(id=f"{number}", text=f"Article {number} begins here. It has two sentences, and ends.")
    for number in "abc"
]
SECTOR = 512
TINY = 1024
"""Files of so few bytes are the pointer and the calibration, of which each character counts: more bits are flipped."""
BUILDS: dict[str, dict[str, Any]] = {"exact": {}, "clustered": {"exact_passages": 0}}
UNMARKED = "lock"
"""The one file that holds nothing an answer depends on."""


# --- every file, in every way -----------------------------------------------------------------------------------------


def contents_of(content: bytes, coins: random.Random, each: int) -> Iterator[tuple[str, bytes]]:
    """Yield other contents for a file, with what happened to it."""
    yield "a byte appended", content + b"\n"
    yield "a sector appended", content + bytes(SECTOR)
    if not content:
        return
    yield "emptied", b""
    yield "cut by a byte", content[:-1]
    yield "cut anywhere", content[: coins.randrange(len(content))]
    yield "written twice", content + content
    for _ in range(2 * each if len(content) > TINY else max(80, 2 * each)):
        flipped = bytearray(content)
        place = coins.randrange(len(content))
        flipped[place] ^= 1 << coins.randrange(8)
        yield f"bit flipped in byte {place}", bytes(flipped)
    sectors = range(0, len(content), SECTOR)
    for sector in coins.sample(sectors, min(each, len(sectors))):
        end = min(sector + SECTOR, len(content))
        yield f"sector at {sector} zeroed", content[:sector] + bytes(end - sector) + content[end:]
        elsewhere = coins.choice(sectors)
        misled = content[elsewhere : elsewhere + end - sector]
        yield f"sector at {sector} written over by another", content[:sector] + misled + content[sector + len(misled) :]


def replace_by(what: str, file: Path, another: Path) -> None:
    """Put something else in a file's place."""
    file.unlink()
    match what:
        case "a folder":
            file.mkdir()
        case "a link to nothing":
            file.symlink_to(file.with_name("nothing"))
        case "a link to itself":
            file.symlink_to(file)
        case "a link to another":
            file.symlink_to(another)


def damages(
    file: Path, others: list[Path], namesake: Path, coins: random.Random, each: int
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what may happen to a file, each with the deed; those that would change nothing are left out."""
    content = file.read_bytes()
    altered = dict(contents_of(content, coins, each))
    for another in coins.sample(others, min(each, len(others))):
        altered[f"given the contents of {another.name}"] = another.read_bytes()
    if namesake.exists():
        altered["given the contents of its namesake in another index"] = namesake.read_bytes()
    for deed, bytes_now in altered.items():
        if bytes_now != content:
            yield deed, partial(file.write_bytes, bytes_now)
    for what in ("nothing", "a folder", "a link to nothing", "a link to itself", "a link to another"):
        yield f"replaced by {what}", partial(replace_by, what, file, coins.choice(others))


def restore(file: Path, content: bytes) -> None:
    """Put a file back, whatever stands in its place."""
    if file.is_dir() and not file.is_symlink():
        file.rmdir()
    else:
        file.unlink(missing_ok=True)
    file.write_bytes(content)


def calibrated(folder: Path) -> None:
    """Calibrate an index, so that it has every file that an index can have."""
    point = OperatingPoint(BIAS + 0.125, WEIGHTS, 0.0625)
    when = "2026-11-22T00:00:00+00:00"
    made = Calibration(HashEncoder().fingerprint, FEATURES, "questions", when, 0.05, point, WEIGHTS_SHA256)
    write_calibration(folder, made)


def damaged_in_every_way(kind: str, place: str, each: str) -> dict[str, int]:
    """Damage each file of an index in each way, one at a time, and ask: nothing is answered from a damaged file.

    Each time an error must name the file and say what mends it.
    """
    folder, namesakes = Path(place) / "index", Path(place) / "other"
    coins = random.Random(SEED)  # noqa: S311  repeatable, not secret
    for name in ("new", "old"):  # the second of them keeps earlier versions of articles
        build(name, folder, **BUILDS[kind])
        build(other(name), namesakes, **BUILDS[kind])
    calibrated(folder)
    known = reading(library_in(folder))
    marked = (one for one in (*folder.iterdir(), *generation(folder).iterdir()) if one.is_file())
    files = sorted(one for one in marked if one.name != UNMARKED)
    counts: Counter[str] = Counter(files=len(files))
    refusals: list[tuple[Path, str, AskdocsError]] = []
    for file in files:
        others = [one for one in files if one != file and one.read_bytes() != file.read_bytes()]
        in_generation = file.parent != folder
        namesake = (generation(namesakes) if in_generation else namesakes) / file.name
        content = file.read_bytes()
        for deed, damage in damages(file, others, namesake, coins, int(each)):
            damage()
            try:
                found = reading(library_in(folder))
            except AskdocsError as error:
                refusals.append((file, deed, error))
                if file.parent != folder:
                    faults = check_index(folder, only_in_force=True)[file.parent.name]
                    assert file.name in {fault.file for fault in faults}, f"{file.name} {deed}: {faults}"
            else:
                unmoved = file.name == "calibration.json" and found == known  # its hash is of what it says
                assert unmoved or gone(file, deed, "calibration.json"), f"{file.name} {deed}: an answer came"
                counts["the same calibration" if unmoved else "no calibration"] += 1
            restore(file, content)
    assert reading(library_in(folder)) == known
    for file, deed, refusal in refusals:
        assert names(refusal, file, folder) or gone(file, deed, "CURRENT"), f"{file.name} {deed}: {refusal}"
    return dict(counts) | {"named before an answer": len(refusals)}


def names(error: AskdocsError, file: Path, folder: Path) -> bool:
    """Tell whether an error names a file of an index in one line, and says where that is.

    A pointer with another hash in it cannot be told from another manifest.
    """
    said = str(error)
    named = file.name in said or (file.name == "CURRENT" and MANIFEST in said)
    return named and str(folder) in said and "\n" not in said and len(said) < 1_000


def gone(file: Path, deed: str, name: str) -> bool:
    """Tell whether a file is simply not there, which has a meaning of its own for some."""
    return file.name == name and deed in {"replaced by nothing", "replaced by a link to nothing"}


# --- what an interrupted build left -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Interrupted(HashEncoder):
    """Ends the build at its third group of articles, as Ctrl-C does."""

    groups: list[int] = field(default_factory=list, compare=False)

    def encode_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], progress: Progress | None = None
    ) -> tuple[Vectors, Vectors]:
        """Encode two groups."""
        self.groups.append(len(texts))
        if len(self.groups) > 2:
            raise KeyboardInterrupt
        return HashEncoder.encode_parts(self, texts, parts, progress)


def journal_damaged(place: str, each: str) -> dict[str, int]:
    """Damage each file of an interrupted build's journal in each way, and go on: the index is that of a whole build.

    What cannot be trusted is encoded again; no number of it is believed.
    """
    whole, interrupted, folder = Whole(Path(place) / "whole"), Path(place) / "interrupted", Path(place) / "index"
    coins = random.Random(SEED)  # noqa: S311  repeatable, not secret
    build("apart", interrupted)
    with pytest.raises(KeyboardInterrupt):
        build_index(CORPORA["old"], interrupted, Interrupted(), PASSAGES)
    shutil.copytree(interrupted, folder)
    files = sorted(file for file in (folder / "journal").rglob("*") if file.is_file())
    counts: Counter[str] = Counter(files=len(files))
    for file in files:
        others = [one for one in files if one != file]
        for deed, damage in damages(file, others, folder / "no namesake", coins, int(each)):
            damage()
            build("old", folder)
            assert whole.held(folder) == "old", f"{file.name} {deed}"
            assert not (folder / "journal").exists()
            counts["built as if it were not there"] += 1
            shutil.rmtree(folder)
            shutil.copytree(interrupted, folder)
    return dict(counts)


# --- while it is open -------------------------------------------------------------------------------------------------

HOT: dict[str, Callable[[Path], object]] = {
    "removed": lambda file: file.unlink(),
    "replaced by one that reads as zeros": lambda file: replaced(file, bytes(file.stat().st_size)),
    "replaced by half of it": lambda file: replaced(file, file.read_bytes()[: file.stat().st_size // 2]),
    "cut to half in place": lambda file: os.truncate(file, file.stat().st_size // 2),
    "emptied in place": lambda file: os.truncate(file, 0),
    "zeroed in place": lambda file: overwritten(file, bytes(file.stat().st_size)),
    "reversed in place": lambda file: overwritten(file, file.read_bytes()[::-1]),
}
INVENTED = "words that no article holds"
WORST = ("as before", "refused, named", "refused", "failed", "another choice of verbatim words", INVENTED)
KEPT = ("removed", "replaced by one that reads as zeros", "replaced by half of it")
"""After these an open index answers as before, or names the file: what it had opened is still there."""


def replaced(file: Path, content: bytes) -> None:
    """Put another file in a file's place, as editors and copying programs do."""
    file.with_name("beside").write_bytes(content)
    file.with_name("beside").replace(file)


def overwritten(file: Path, content: bytes) -> None:
    """Write over a file's own bytes."""
    with file.open("r+b") as opened:
        opened.write(content)


def what_is_read(library: Any, known: Reading, file: Path) -> set[str]:
    """Read and ask everything of an open index of which a file was damaged; say of each thing what came."""
    originals = {article.id: article for article in known.articles}
    seen = set()
    calls: list[tuple[Callable[[], Any], Any]] = [
        *((partial(library.article, article.id), article) for article in known.articles),
        *((partial(library.ask, answer.question), answer) for answer in known.answers),
        (partial(library.search, known.answers[0].question, k=1_000), None),
    ]
    for call, wanted in calls:
        try:
            found = call()
        except AskdocsError as error:
            seen.add("refused, named" if file.name in str(error) else "refused")
        except Exception as error:  # noqa: BLE001  a bug, loud: what counts here is that it is no answer
            seen.add(f"failed with {type(error).__name__}")
        else:
            if wanted is not None and found == wanted:
                seen.add("as before")
            elif isinstance(found, Article) or not verbatim(found, originals):
                seen.add(INVENTED)
            elif wanted is not None:
                seen.add("another choice of verbatim words")
    return seen


def verbatim(found: Any, originals: dict[str, Article]) -> bool:
    """Tell whether all words of an answer, or of hits, stand in the articles where they are said to be."""
    hits = found if isinstance(found, list) else found.hits
    quotes = () if isinstance(found, list) else found.quotes
    in_place = all(
        originals[hit.passage.article_id].text[hit.passage.start : hit.passage.end] == hit.passage.text for hit in hits
    )
    return in_place and all(quote.words_in(originals[quote.article_id]) for quote in quotes)


def damaged_while_open(kind: str, place: str, moments: str) -> dict[str, int]:
    """Damage each file of an index that is open, before and after its first question, and go on asking.

    With fewer `moments` than two only before it.

    In a child each, as a mapped file that was cut ends the process that reads past its end (SIGBUS).
    """
    folder = Path(place) / "index"
    build("old", folder, **BUILDS[kind])
    known = reading(library_in(folder))
    counts: Counter[str] = Counter()
    for file in sorted(generation(folder).iterdir()):
        for deed, damage in HOT.items():
            for asked in (False, True)[: int(moments)]:
                content = file.read_bytes()
                seen = in_a_child(partial(damaged_now, folder, known, file, damage, asked=asked))
                told = f"{file.name} {deed}, {'after' if asked else 'before'} the first question: {seen}"
                assert INVENTED not in seen, told
                assert deed not in KEPT or seen <= {"as before", "refused, named"}, told
                restore(file, content)
                counts[max(seen, key=lambda one: WORST.index(one) if one in WORST else 3)] += 1
    return dict(counts)


def damaged_now(folder: Path, known: Reading, file: Path, damage: Callable[[Path], object], *, asked: bool) -> set[str]:
    """Open, perhaps ask, damage, and read."""
    library = library_in(folder)
    if asked:
        library.ask(known.answers[0].question)
    damage(file)
    return what_is_read(library, known, file)


def in_a_child(work: Callable[[], set[str]]) -> set[str]:
    """Return what a child found, or how it ended."""
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(there, json.dumps(sorted(work())).encode())
        os._exit(0)
    os.close(there)
    with os.fdopen(here) as found:
        said = found.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return {f"ended by {signal.Signals(os.WTERMSIG(status)).name}"}
    return set(json.loads(said))


@pytest.mark.parametrize("kind", BUILDS)
def test_a_file_damaged_in_any_way_is_named_before_anything_is_answered(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = run_program(__file__, "damage", kind, tmp_path, "16" if FULL else "1")
    assert counts["named before an answer"] >= (480 if FULL else 200)
    tell(capsys, f"each file of an index ({kind}) damaged", cases=sum(counts.values()) - counts["files"], **counts)


@pytest.mark.parametrize("kind", BUILDS if FULL else ["exact"])
def test_an_open_index_whose_files_are_damaged_gives_no_words_that_are_not_its_articles(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = run_program(__file__, "while-open", kind, tmp_path, "2" if FULL else "1")
    assert counts["as before"] > 50
    tell(capsys, f"each file of an open index ({kind}) damaged", cases=sum(counts.values()), **counts)


def test_a_damaged_journal_of_an_interrupted_build_is_not_believed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = run_program(__file__, "journal", tmp_path, "16" if FULL else "1")
    assert counts["built as if it were not there"] > (60 if FULL else 20)
    tell(capsys, "each file of a journal damaged", cases=sum(counts.values()) - counts["files"], **counts)


# --- what has a test of its own ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index that no test touches."""
    folder = tmp_path_factory.mktemp("whole") / "index"
    build_index(ARTICLES, folder, HashEncoder(dimension=8), PassageSettings())
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    return Path(shutil.copytree(whole, tmp_path / "index"))


def generation(folder: Path) -> Path:
    return folder / "generations" / (folder / "CURRENT").read_text().split()[0]


def assert_damage_is_named(folder: Path, file: str) -> None:
    with pytest.raises(IndexDamagedError) as caught:
        open_index(folder)
    said = str(caught.value)
    assert file in said
    assert f"askdocs index PATH... --index {folder}" in said


def sign_again(folder: Path, **changes: Any) -> None:
    """Make manifest and pointer fit the files as they are now, as someone would who alters an index on purpose."""
    place = generation(folder)
    fields = json.loads((place / MANIFEST).read_text()) | changes
    for name in fields["files"]:
        content = (place / name).read_bytes()
        fields["files"][name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    content = json.dumps(fields).encode()
    (place / MANIFEST).write_bytes(content)
    (folder / "CURRENT").write_text(f"{place.name} {hashlib.sha256(content).hexdigest()}\n")


def test_a_generation_that_is_gone_is_noticed(folder: Path) -> None:
    shutil.rmtree(generation(folder))
    assert_damage_is_named(folder, MANIFEST)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"\xff\xfe\x00",
        b"../../elsewhere " + b"0" * 64 + b"\n",
        b"20261122T141500123456Z-3f2a9c01\n",
        b"20261122T141500123456Z-3f2a9c01 " + b"0" * 63 + b"\n",
        b"20261122T141500123456Z-3f2a9c01 " + b"0" * 64 + b"\nmore",
        b"0" * 100_000,
    ],
)
def test_a_pointer_that_is_not_one_is_noticed(folder: Path, line: bytes) -> None:
    (folder / "CURRENT").write_bytes(line)
    assert_damage_is_named(folder, "CURRENT")


def test_every_flipped_bit_of_the_pointer_is_noticed(folder: Path) -> None:
    content = (folder / "CURRENT").read_bytes()
    for place in range(len(content)):
        for bit in range(8):
            altered = bytearray(content)
            altered[place] ^= 1 << bit
            (folder / "CURRENT").write_bytes(altered)
            with pytest.raises(IndexDamagedError):
                open_index(folder)


def test_no_index_says_how_to_make_one(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "absent", tmp_path / "empty"):
        with pytest.raises(IndexMissingError, match=r"askdocs index PATH\.\.\. --index .*" + folder.name):
            open_index(folder)


def test_a_pointer_that_cannot_be_read_is_an_expected_failure(folder: Path) -> None:
    (folder / "CURRENT").unlink()
    (folder / "CURRENT").mkdir()
    with pytest.raises(IndexFolderError, match="CURRENT: cannot be read"):
        open_index(folder)


@pytest.mark.parametrize("changes", [{"format": 1}, {"terms": -1}, {"files": {}}, {"passages": "many"}, {"more": 1}])
def test_what_another_askdocs_wrote_is_foreign(folder: Path, changes: dict[str, Any]) -> None:
    sign_again(folder, **changes)
    with pytest.raises((IndexForeignError, IndexDamagedError), match=r"askdocs index PATH\.\.\. --index"):
        open_index(folder)


def test_another_format_is_named(folder: Path) -> None:
    sign_again(folder, format=99, askdocs="9.0")
    with pytest.raises(
        IndexForeignError, match=rf"askdocs 9\.0 wrote this index in format 99, this one reads {FORMAT}"
    ):
        open_index(folder)


def test_an_altered_text_that_was_signed_again_is_no_snapshot(folder: Path) -> None:
    file = generation(folder) / "articles.txt"
    file.write_bytes(file.read_bytes().replace(b"begins", b"starts"))
    sign_again(folder)
    index = open_index(folder)
    with pytest.raises(IndexDamagedError, match=r"articles\.txt has another text for the article 'a'"):
        index.passages[0]
    file.write_bytes(file.read_bytes().replace(b"starts", b"\xfftarts"))
    sign_again(folder)
    with pytest.raises(IndexDamagedError, match=r"articles\.txt has no UTF-8 text for the article 'a'"):
        open_index(folder).articles["a"]


class Unpickled:
    """Leaves a trace where it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Name the call that unpickling makes."""
        return Path.touch, (Path("unpickled"),)


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".npy")])
def test_nothing_is_unpickled_even_when_it_was_signed_again(
    folder: Path, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    trap: Any = np.empty(1, dtype=object)
    trap[0] = Unpickled()
    with (generation(folder) / name).open("wb") as file:
        np.lib.format.write_array(file, trap, allow_pickle=True)
    sign_again(folder)
    assert_damage_is_named(folder, "does not hold together")
    (generation(folder) / name).write_bytes(pickle.dumps(Unpickled()))
    sign_again(folder)
    assert_damage_is_named(folder, "does not hold together")
    assert not (tmp_path / "unpickled").exists()


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".npy")])
@pytest.mark.parametrize("change", ["shorter", "wider type", "more dimensions"])
def test_parts_that_do_not_fit_together_are_noticed_even_when_signed_again(
    folder: Path, name: str, change: str
) -> None:
    file = generation(folder) / name
    numbers = np.load(file)
    altered = {
        "shorter": numbers[..., :-1],
        "wider type": numbers.astype(np.complex128),
        "more dimensions": numbers[np.newaxis, np.newaxis],
    }[change]
    np.save(file, np.ascontiguousarray(altered))
    sign_again(folder)
    assert_damage_is_named(folder, "does not hold together")


if __name__ == "__main__":
    program({"damage": damaged_in_every_way, "journal": journal_damaged, "while-open": damaged_while_open})
