"""An index that was brought up to date holds what one built from nothing holds, byte for byte, and costs less.

`ASKDOCS_CAMPAIGN=full pytest tests/test_index_incremental.py` edits for longer.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

import askdocs
from askdocs.datatypes import Article, Span
from askdocs.encoding import Progress, Vectors
from askdocs.errors import IndexFolderError
from askdocs.index import Built, OpenIndex, build_index, embed, has_encoded, noted_sources, open_index
from askdocs.index.earlier import EARLIER_FILES
from askdocs.index.journal import JOURNAL, Sources
from askdocs.index.lock import LOCK
from askdocs.index.pointer import GENERATIONS, POINTER
from askdocs.index.rules import rules
from askdocs.reading import Recall, read_sources
from askdocs.retrieval import Retriever
from askdocs.settings import PassageSettings, RetrievalSettings
from fakes import HashEncoder

SETTINGS = PassageSettings(tokens=30)
FULL = os.environ.get("ASKDOCS_CAMPAIGN") == "full"
CLUSTERED_ABOVE = 24
"""Passages: so few that the edits cross the border to an index with clusters and come back."""

WORDS = ("border", "troops", "minsk", "harvest", "rain", "talks", "grain", "fair", "visit", "river")


def sentences(words: Sequence[str]) -> str:
    return " ".join(f"The {word} of {WORDS[len(word)]} was spoken of at length." for word in words)


def article(name: str, *words: str, title: str = "") -> Article:
    return Article.of(id=name, text=sentences(words), title=title)


@dataclass(slots=True)
class CountingEncoder:
    """An `Encoder` that remembers the texts it was given, and is interrupted after `most` of them."""

    most: int | None = None
    seen: list[str] = field(default_factory=list)
    inner: HashEncoder = field(default_factory=HashEncoder)

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def engine(self) -> str:
        return self.inner.engine

    @property
    def fingerprint(self) -> str:
        return self.inner.fingerprint

    @property
    def dimension(self) -> int:
        return self.inner.dimension

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self.inner.encode_document(texts, progress)

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        return self.inner.encode_query(texts)

    def knows(self, word: str) -> bool:
        return self.inner.knows(word)

    def legibility(self, text: str) -> float:
        return self.inner.legibility(text)

    def encode_parts(
        self, texts: Sequence[str], parts: Sequence[Sequence[Span]], progress: Progress | None = None
    ) -> tuple[Vectors, Vectors]:
        if self.most is not None and len(self.seen) + len(texts) > self.most:
            raise KeyboardInterrupt
        self.seen.extend(texts)
        return self.inner.encode_parts(texts, parts, progress)


def build(articles: Sequence[Article], folder: Path) -> Built:
    return build_index(articles, folder, HashEncoder(), SETTINGS, exact_passages=CLUSTERED_ABOVE)


def require_equal(updated: OpenIndex, anew: OpenIndex) -> None:
    """Compare two generations file by file: all but the earlier versions, which only an old index can have."""
    assert updated.manifest.files.keys() == anew.manifest.files.keys()
    for name, record in anew.manifest.files.items():
        if name not in EARLIER_FILES:
            assert updated.manifest.files[name] == record, name


class Edits(RuleBasedStateMachine):
    """Articles that come, are edited, move and go; after every step the index is brought up to date."""

    known = Bundle("known")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp(prefix="askdocs-edits-"))
        self.articles = {"first": article("first", "border")}

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @rule(
        target=known, name=st.sampled_from("abcdefgh"), words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=40)
    )
    def write(self, name: str, words: list[str]) -> str:
        self.articles[name] = article(name, *words)
        return name

    @rule(name=known, title=st.sampled_from(("", "News", "Weather")))
    def entitle(self, name: str, title: str) -> None:
        if name in self.articles:
            self.articles[name] = replace(self.articles[name], title=title or name)

    @rule(name=known, date=st.sampled_from(("2022-04-19", "2023")))
    def date(self, name: str, date: str) -> None:
        if name in self.articles:
            self.articles[name] = replace(self.articles[name], published=date)

    @rule(name=known, other=st.sampled_from("wxyz"))
    def copy(self, name: str, other: str) -> None:
        if name in self.articles:
            self.articles[other] = replace(self.articles[name], id=other)

    @rule(name=known, other=st.sampled_from("ijkl"))
    def move(self, name: str, other: str) -> None:
        if name in self.articles:
            self.articles[other] = replace(self.articles.pop(name), id=other)

    @rule(name=known)
    def remove(self, name: str) -> None:
        self.articles.pop(name, None)

    @invariant()
    def brought_up_to_date_it_is_what_a_new_one_is(self) -> None:
        updated, anew = self.folder / "updated", self.folder / "anew"
        shutil.rmtree(anew, ignore_errors=True)
        articles = list(self.articles.values())
        build(articles, updated)
        build(articles, anew)
        one, other = open_index(updated), open_index(anew)
        require_equal(one, other)
        assert dict(one.articles) == dict(other.articles)
        found = [
            Retriever(index, HashEncoder(), RetrievalSettings()).rank("the harvest of the river", 5).hits
            for index in (one, other)
        ]
        assert found[0] == found[1]
        assert build(articles, updated).manifest == one.manifest


Edits.TestCase.settings = settings(
    max_examples=200 if FULL else 8,
    stateful_step_count=30 if FULL else 8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestAnyEditsGiveTheIndexThatANewBuildGives = Edits.TestCase


def test_only_what_is_new_is_encoded_and_the_changes_are_counted(tmp_path: Path) -> None:
    before = [article("a", "rain"), article("b", "grain"), article("c", "fair"), article("d", "visit")]
    assert build_index(before, tmp_path, HashEncoder(), SETTINGS).changes.added == 4
    encoder = CountingEncoder()
    after = [article("a", "rain"), article("b", "grain", "river"), article("e", "fair"), article("f", "talks")]
    after[2] = replace(after[2], title="c")
    built = build_index(after, tmp_path, encoder, SETTINGS)
    changes = built.changes
    assert (changes.unchanged, changes.changed, changes.moved, changes.added, changes.removed) == (1, 1, 1, 1, 1)
    assert {text.split("\n")[0] for text in encoder.seen} == {"b", "f"}


def test_nothing_changed_leaves_everything_as_it_is(tmp_path: Path) -> None:
    build([article("a", "rain")], tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file() and path.name != LOCK}
    built = build([article("a", "rain")], tmp_path)
    assert built.changes.unchanged == 1
    assert before == {path: path.stat().st_mtime_ns for path in before}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([POINTER, GENERATIONS, LOCK])


def test_other_settings_or_another_encoder_make_everything_anew(tmp_path: Path) -> None:
    made = [article("a", *WORDS), article("b", "grain")]
    build(made, tmp_path)
    for encoder, cut in ((HashEncoder(), PassageSettings(tokens=60)), (HashEncoder(salt="other"), SETTINGS)):
        build_index(made, tmp_path, encoder, cut)
        build_index(made, tmp_path / "anew", encoder, cut)
        require_equal(open_index(tmp_path), open_index(tmp_path / "anew"))
        shutil.rmtree(tmp_path / "anew")


@pytest.mark.parametrize(
    "file",
    [
        *("reading/fields.py", "passages.py", "index/gather.py", "index/sentences.py"),
        *("encoding/bert_graph.py", "encoding/openvino_encoder.py", "encoding/parts.py", "encoding/windows.py"),
    ],
)
def test_other_code_makes_everything_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    package = Path(askdocs.__file__).parent
    for one in package.rglob("*.py"):
        copied = tmp_path / "askdocs" / one.relative_to(package)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(one, copied)
    monkeypatch.setattr(askdocs, "__file__", str(tmp_path / "askdocs" / "__init__.py"))
    for module in ("build", "journal", "known"):
        monkeypatch.setattr(f"askdocs.index.{module}.rules", rules.__wrapped__)  # which looks again each time
    articles = [article("a", *WORDS[:4])]
    build_index(articles, tmp_path / "index", HashEncoder(), SETTINGS)
    with (tmp_path / "askdocs" / file).open("a", encoding="utf-8") as edited:
        edited.write("# An edit.\n")
    encoder = CountingEncoder()
    build_index(articles, tmp_path / "index", encoder, SETTINGS)
    assert encoder.seen


def test_a_damaged_index_is_mended_by_building_again(tmp_path: Path) -> None:
    made = [article("a", "rain"), article("b", "grain")]
    build(made, tmp_path)
    vectors = next(tmp_path.rglob("vectors.npy"))
    vectors.write_bytes(vectors.read_bytes()[:-1])
    built = build(made, tmp_path)
    assert built.why_anew is not None
    assert "vectors.npy" in built.why_anew
    assert len(open_index(tmp_path).articles) == 2


def test_articles_that_do_not_come_stay_if_they_are_to(tmp_path: Path) -> None:
    build([article("a", "rain"), article("b", "grain")], tmp_path)
    built = build_index([article("b", "fair")], tmp_path, HashEncoder(), SETTINGS, keep_missing=True)
    assert (built.changes.removed, built.changes.changed, built.changes.unchanged) == (0, 1, 1)
    assert [one.text for one in open_index(tmp_path).articles.values()] == [sentences(["rain"]), sentences(["fair"])]


def test_what_is_to_be_kept_out_of_an_index_that_cannot_be_read_is_not_dropped(tmp_path: Path) -> None:
    build([article("a", "rain"), article("b", "grain")], tmp_path)
    vectors = next(tmp_path.rglob("vectors.npy"))
    vectors.write_bytes(vectors.read_bytes()[:-1])
    with pytest.raises(IndexFolderError, match="cannot be kept"):
        build_index([article("b", "fair")], tmp_path, HashEncoder(), SETTINGS, keep_missing=True)


def of_file(path: str, *words: str, name: str = "index") -> Article:
    return replace(article(name, *words, title="News"), source=path)


def kept_with(before: Sequence[Article], coming: Sequence[Article], folder: Path) -> tuple[Built, dict[str, str]]:
    """Index, then index something else and keep the rest; return what was done, and which source each id has."""
    build(before, folder)
    built = build_index(coming, folder, HashEncoder(), SETTINGS, keep_missing=True)
    return built, {one.id: one.source for one in open_index(folder).articles.values()}


def test_another_files_article_takes_the_place_of_none_that_is_kept(tmp_path: Path) -> None:
    coming = [of_file("cnn/index.html", "grain"), of_file("cnn/more.html", "fair", name="more")]
    built, held = kept_with([of_file("bbc/index.html", "rain")], coming, tmp_path)
    assert held == {"index": "bbc/index.html", "more": "cnn/more.html"}
    (refused,) = built.refused
    assert str(refused) == (
        "cnn/index.html: is not indexed: its id 'index' is that of bbc/index.html, which is kept; rename this file, or "
        "build without --keep-missing if that one is gone"
    )
    built = build_index(coming[:1], tmp_path, HashEncoder(), SETTINGS, keep_missing=True)
    assert (len(built.refused), built.changes.unchanged) == (1, 2), "and where nothing else changed it is named again"


@pytest.mark.parametrize(
    "coming",
    [
        of_file("bbc/index.html", "grain"),
        of_file("./bbc/index.html", "grain"),
        of_file("/work/elsewhere/bbc/index.html", "grain"),
        of_file("archive/index.html", "rain"),
    ],
    ids=["edited", "written otherwise", "named in another folder", "moved"],
)
def test_an_article_of_the_same_file_or_the_same_words_takes_its_own_place(tmp_path: Path, coming: Article) -> None:
    built, held = kept_with([of_file("bbc/index.html", "rain")], [coming], tmp_path)
    assert (built.refused, held) == ((), {"index": coming.source})


def test_a_row_whose_id_somebody_chose_is_brought_up_to_date_by_any_file(tmp_path: Path) -> None:
    before, now = of_file("monday.jsonl", "rain", name="17"), of_file("tuesday.jsonl", "fair", name="17")
    built, held = kept_with([before], [now], tmp_path)
    assert (built.refused, held) == ((), {"17": "tuesday.jsonl"})


def test_a_file_that_was_read_under_another_name_gives_up_the_one_it_had(tmp_path: Path) -> None:
    above, below = of_file("index.html", "grain"), of_file("bbc/index.html", "rain", name="bbc/index")
    for order in ([above, below], [below, above]):
        folder = Path(mkdtemp(dir=tmp_path))
        built, held = kept_with([of_file("bbc/index.html", "rain")], order, folder)
        assert (built.refused, held) == ((), {"index": "index.html", "bbc/index": "bbc/index.html"})
    both = [replace(above, id="cnn/index", source="cnn/index.html"), below]
    built, held = kept_with([of_file("bbc/index.html", "rain")], both, tmp_path / "both")
    assert held == {"cnn/index": "cnn/index.html", "bbc/index": "bbc/index.html"}, "no text is kept twice"


def test_a_source_with_the_same_bytes_is_not_read_again(tmp_path: Path) -> None:
    source, folder = tmp_path / "articles", tmp_path / "index"
    source.mkdir()
    for name in ("a", "b"):
        (source / f"{name}.txt").write_text(f"The words of {name} are few. There are two sentences.", encoding="utf-8")
    recalled: list[str] = []

    def index_again() -> Built:
        def reading(recall: Recall) -> Iterator[Article]:
            def heard(origin: str) -> Article | None:
                found = recall(origin)
                recalled.extend([found.id] if found else [])
                return found

            return (one for one in read_sources([source], recall=heard) if isinstance(one, Article))

        return build_index(reading, folder, HashEncoder(), SETTINGS)

    index_again()
    (source / "a.txt").write_text("Other words. They are few, too.", encoding="utf-8")
    built = index_again()
    assert recalled == ["b"]
    assert (built.changes.changed, built.changes.unchanged) == (1, 1)


# --- interrupted builds


def test_what_is_kept_of_an_interrupted_build_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [article(f"{number:02}", *WORDS) for number in range(6)]
    for blocks, kept in ((2_048, False), (4, True)):
        monkeypatch.setattr(embed, "BLOCKS_AT_ONCE", blocks)
        folder = tmp_path / str(blocks)
        with pytest.raises(KeyboardInterrupt):
            build_index(made, folder, CountingEncoder(most=12), SETTINGS, sources=Sources(("articles",), "/work"))
        assert noted_sources(folder) is not None
        assert has_encoded(folder) is kept


def test_what_was_encoded_before_an_interruption_is_not_encoded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embed, "BLOCKS_AT_ONCE", 4)
    made = [article(f"{number:02}", *WORDS) for number in range(6)]
    build_index(made[:1], tmp_path / "index", HashEncoder(), SETTINGS)
    first = CountingEncoder(most=12)
    with pytest.raises(KeyboardInterrupt):
        build_index(made, tmp_path / "index", first, SETTINGS, sources=Sources(("articles",), "/work"))
    assert len(open_index(tmp_path / "index").articles) == 1
    assert noted_sources(tmp_path / "index") == Sources(("articles",), "/work")
    second = CountingEncoder()
    build_index(made[:1], tmp_path / "index", HashEncoder(), SETTINGS)  # as the page does: the journal is not its own
    build_index(made, tmp_path / "index", second, SETTINGS, sources=Sources(("articles",), "/work"))
    build_index(made, tmp_path / "anew", whole := CountingEncoder(), SETTINGS)
    assert first.seen
    assert not set(first.seen) & set(second.seen)
    assert len(first.seen) + len(second.seen) == len(whole.seen) - len(open_blocks(made[0]))
    require_equal(open_index(tmp_path / "index"), open_index(tmp_path / "anew"))
    assert not (tmp_path / "index" / JOURNAL).exists()
    assert noted_sources(tmp_path / "index") is None


def open_blocks(one: Article) -> list[str]:
    """The texts that are encoded of one article."""
    encoder = CountingEncoder()
    folder = Path(mkdtemp(prefix="askdocs-blocks-"))
    build_index([one], folder, encoder, SETTINGS)
    shutil.rmtree(folder)
    return encoder.seen


@pytest.mark.parametrize("damage", ["cut", "flip", "head", "empty"])
def test_a_damaged_journal_costs_time_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    monkeypatch.setattr(embed, "BLOCKS_AT_ONCE", 4)
    made = [article(f"{number:02}", *WORDS) for number in range(6)]
    with pytest.raises(KeyboardInterrupt):
        build_index(made, tmp_path / "index", CountingEncoder(most=12), SETTINGS)
    for file in (tmp_path / "index" / JOURNAL).rglob("*.encoded"):
        content = file.read_bytes()
        damaged = {
            "cut": content[:-7],
            "flip": content[:-7] + bytes([content[-7] ^ 1]) + content[-6:],
            "head": b"[]" + content[10:],
            "empty": b"",
        }[damage]
        file.write_bytes(damaged)
    again = CountingEncoder()
    build_index(made, tmp_path / "index", again, SETTINGS)
    build_index(made, tmp_path / "anew", whole := CountingEncoder(), SETTINGS)
    assert len(again.seen) == len(whole.seen)
    require_equal(open_index(tmp_path / "index"), open_index(tmp_path / "anew"))
