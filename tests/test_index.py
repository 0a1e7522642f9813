"""Articles into an index and back out of it, as a reader of the folder sees them."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from askdocs.datatypes import Article
from askdocs.encoding.protocol import Progress, Vectors
from askdocs.errors import EncoderError, IndexFolderError, IndexForeignError, NothingToIndexError, ReadError
from askdocs.index import OpenIndex, build_index, open_index
from askdocs.index.embed import text_with_title
from askdocs.index.manifest import FILES
from askdocs.index.store import DECODED_ARTICLES
from askdocs.settings import PassageSettings
from askdocs.terms import terms
from cutting import passages_of
from fakes import HashEncoder
from strategies import AWKWARD_FRAGMENTS, articles

SETTINGS = PassageSettings(tokens=40, step=40)
MINSK = Article.of(
    id="news/minsk",
    title="Talks in Minsk",
    text="The talks began on Monday. “Nothing is agreed,” said the envoy. They ended on Tuesday without a word.",
    source="news/minsk.html",
    published="2026-11-20",
    outlet="The Courier",
    author="A. Writer",
    language="en",
    url="https://example.org/minsk",
)
HARVEST = Article.of(
    id="harvest", title="A poor harvest", text="Rain spoiled the wheat. Prices rose by 15,000 roubles."
)


def built(given_articles: Sequence[Article], folder: Path) -> OpenIndex:
    build_index(given_articles, folder, HashEncoder(), SETTINGS)
    return open_index(folder)


def generation_bytes(folder: Path) -> dict[str, bytes]:
    """Everything in the generation in force but its manifest."""
    generation = folder / "generations" / (folder / "CURRENT").read_text().split()[0]
    return {name: (generation / name).read_bytes() for name in FILES}


def distinct_articles() -> st.SearchStrategy[list[Article]]:
    """Up to five awkward articles with awkward ids, none twice, at least one with a passage."""
    ids = st.lists(
        st.one_of(st.sampled_from([one for one in AWKWARD_FRAGMENTS if one]), st.text("ab/é🇺", min_size=1, max_size=4)),
        min_size=1,
        max_size=5,
        unique=True,
    )
    made = ids.flatmap(lambda names: st.tuples(*(articles(id=name, max_pieces=6) for name in names))).map(list)
    return made.filter(lambda some: any(passages_of(article, SETTINGS) for article in some))


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(given_articles=distinct_articles())
def test_what_is_built_is_what_is_opened(given_articles: list[Article]) -> None:
    with TemporaryDirectory() as folder:
        index = built(given_articles, Path(folder))

        in_order = sorted(given_articles, key=lambda article: article.id)
        assert dict(index.articles) == {article.id: article for article in in_order}
        assert list(index.articles) == [article.id for article in in_order]
        wanted = [passage for article in in_order for passage in passages_of(article, SETTINGS)]
        assert list(index.passages) == wanted
        searched = [text_with_title(index.articles[passage.article_id], passage.text) for passage in wanted]
        vectors = HashEncoder().encode_document(searched)
        np.testing.assert_allclose(index.dense.vectors(range(len(wanted))), vectors, atol=1e-3)
        for row, text in enumerate(searched):
            holds = set(terms(text))
            for term in sorted(holds)[:3]:
                assert index.lexical.scores([term])[row] > 0


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(given_articles=distinct_articles(), shuffled=st.randoms(use_true_random=False))
def test_the_same_articles_in_any_order_give_the_same_bytes(given_articles: list[Article], shuffled: object) -> None:
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        built(given_articles, Path(one))
        another_order = list(given_articles)
        shuffled.shuffle(another_order)  # type: ignore[attr-defined]  # hypothesis types its Random loosely
        built(another_order, Path(other))
        assert generation_bytes(Path(one)) == generation_bytes(Path(other))


def test_a_passage_is_in_the_same_row_of_every_part(tmp_path: Path) -> None:
    index = built([MINSK, HARVEST], tmp_path)
    question = "Who said that nothing is agreed with the envoy?"

    scores, rows = index.lexical.search(terms("envoy agreed"), 5)
    assert "Nothing is agreed" in index.passages[int(rows[0])].text
    assert scores[0] > 0
    _, dense_rows = index.dense.search(HashEncoder().encode_query([question]), 1)
    assert index.passages[int(dense_rows[0, 0])].article_id == "news/minsk"


def test_the_title_is_searched_but_is_no_part_of_the_passage(tmp_path: Path) -> None:
    index = built([MINSK, HARVEST], tmp_path)
    _, rows = index.lexical.search(terms("harvest"), 5)
    (row,) = rows.tolist()
    assert index.passages[row].article_id == "harvest"
    assert "harvest" not in index.passages[row].text


def test_articles_are_gone_through_row_by_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_index([Article.of(id=name, text=f"The {name} waits.") for name in "cab"], tmp_path, HashEncoder(), SETTINGS)
    articles = open_index(tmp_path).articles
    monkeypatch.setattr(type(articles), "row_of", lambda *_: pytest.fail("looked for an article by its id"))
    assert [one.id for one in articles.values()] == ["a", "b", "c"]
    assert len(articles.values()) == 3


def test_articles_are_listed_without_their_texts(tmp_path: Path) -> None:
    index = built([MINSK, HARVEST], tmp_path)
    harvest, minsk = index.articles.summaries
    assert (minsk.id, minsk.title, minsk.outlet, minsk.author) == (
        "news/minsk",
        "Talks in Minsk",
        "The Courier",
        "A. Writer",
    )
    assert (minsk.published, minsk.language, minsk.url) == ("2026-11-20", "en", "https://example.org/minsk")
    assert (minsk.source, minsk.sha256, minsk.characters) == ("news/minsk.html", MINSK.sha256, len(MINSK.text))
    assert (minsk.passages, harvest.passages) == (len(passages_of(MINSK, SETTINGS)), 1)
    assert harvest.outlet is None


def test_articles_are_a_mapping_by_id(tmp_path: Path) -> None:
    many = [Article.of(id=f"{number}", text=f"This is article {number}.") for number in range(DECODED_ARTICLES + 9)]
    index = built(many, tmp_path)
    assert len(index.articles) == len(many)
    for article in many * 2:
        assert index.articles[article.id] == article
        assert article.id in index.articles
    for absent in ("", "7x", "zzz", "\ud83d", 7):
        assert absent not in index.articles
    with pytest.raises(KeyError):
        index.articles["absent"]


def test_passages_are_a_sequence_by_row(tmp_path: Path) -> None:
    long = Article.of(id="long", text=" ".join(f"Sentence {number} is here to fill the page." for number in range(60)))
    index = built([MINSK, long], tmp_path)
    every = list(index.passages)
    assert len(every) == len(index.passages) > 4
    assert index.passages[-1] == every[-1]
    assert index.passages[1:4] == every[1:4]
    assert index.passages.starts.tolist() == [passage.start for passage in every]
    assert index.passages.ends.tolist() == [passage.end for passage in every]
    assert [every[row] for row in index.passages.rows_of(0)] == passages_of(long, SETTINGS)
    assert [every[row] for row in index.passages.rows_of(1)] == passages_of(MINSK, SETTINGS)
    with pytest.raises(IndexError):
        index.passages[len(every)]


def test_an_article_without_prose_is_kept_without_passages(tmp_path: Path) -> None:
    empty = Article.of(id="empty", text="")
    furniture = replace(Article.of(id="furniture", text="Subscribe now."), body=())
    index = built([MINSK, empty, furniture], tmp_path)
    assert index.articles["furniture"] == furniture
    assert index.articles["empty"] == empty
    assert {passage.article_id for passage in index.passages} == {"news/minsk"}


def test_the_manifest_says_what_was_built(tmp_path: Path) -> None:
    manifest = build_index(iter([MINSK, HARVEST]), tmp_path, HashEncoder(), SETTINGS).manifest
    assert open_index(tmp_path).manifest == manifest
    assert (manifest.articles, manifest.passages) == (2, len(passages_of(MINSK, SETTINGS)) + 1)
    assert manifest.encoder.fingerprint == HashEncoder().fingerprint
    assert manifest.passage_settings == SETTINGS
    assert manifest.created.endswith("+00:00")


def test_a_new_build_replaces_the_old_and_keeps_one_before_it(tmp_path: Path) -> None:
    for number in range(4):
        build_index([Article.of(id=f"{number}", text="Some words.")], tmp_path, HashEncoder(), SETTINGS)
        assert list(open_index(tmp_path).articles) == [f"{number}"]
        assert len(list((tmp_path / "generations").iterdir())) == min(number + 1, 2)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["CURRENT", "generations", "lock"]


def test_an_open_index_keeps_answering_from_its_generation(tmp_path: Path) -> None:
    opened = built([MINSK], tmp_path)
    for _ in range(3):  # its files are gone by then
        build_index([HARVEST], tmp_path, HashEncoder(), SETTINGS)
    assert opened.articles["news/minsk"] == MINSK
    assert opened.passages[0].text in MINSK.text
    assert opened.lexical.search(terms("envoy"), 1)[1].size
    assert opened.dense.search(HashEncoder().encode_query(["envoy"]), 1)[1].size


def test_other_files_in_the_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("Mine.")
    built([MINSK], tmp_path)
    assert (tmp_path / "README.md").read_text() == "Mine."


@pytest.mark.parametrize("nothing", [[], [Article.of(id="empty", text=" \n")]])
def test_nothing_to_index_leaves_the_old_index(tmp_path: Path, nothing: list[Article]) -> None:
    built([MINSK], tmp_path)
    with pytest.raises(NothingToIndexError, match=f"{len(nothing)} articles came"):
        build_index(nothing, tmp_path, HashEncoder(), SETTINGS)
    assert open_index(tmp_path).articles["news/minsk"] == MINSK
    assert len(list((tmp_path / "generations").iterdir())) == 1


@pytest.mark.parametrize(
    ("unfit", "said"),
    [
        (replace(HARVEST, id=MINSK.id), "the article id 'news/minsk' is that of news/minsk.html already"),
        (Article.of(id="cut", text="half \ud83d"), "lone surrogate"),
        (Article.of(id="cut", text="fine", title="half \ud83d"), "lone surrogate"),
        (replace(HARVEST, sha256="0" * 64), "its sha256 is not that of its text"),
    ],
)
def test_an_article_that_could_not_be_read_back_is_refused(tmp_path: Path, unfit: Article, said: str) -> None:
    built([MINSK], tmp_path)
    with pytest.raises(ReadError, match=said):
        build_index([MINSK, unfit], tmp_path, HashEncoder(), SETTINGS)
    assert list(open_index(tmp_path).articles) == ["news/minsk"]


def test_the_encoder_that_built_the_index_is_required(tmp_path: Path) -> None:
    index = built([MINSK], tmp_path)
    index.require_encoder(HashEncoder())
    for other in (HashEncoder(salt="other"), HashEncoder(dimension=32)):
        with pytest.raises(IndexForeignError) as caught:
            index.require_encoder(other)
        said = str(caught.value)
        assert f"askdocs index PATH... --index {tmp_path}" in said
        assert "hash-64" in said
        assert other.name in said


@dataclass(frozen=True)
class FaultyEncoder(HashEncoder):
    """Encodes as `HashEncoder` does, until a text holds the word, and then fails in its own way."""

    word: str = "wheat"
    fault: BaseException = field(default_factory=RuntimeError)

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode texts, or fail."""
        if any(self.word in text for text in texts):
            raise self.fault
        return super().encode_document(texts, progress)


@pytest.mark.parametrize(
    "fault", [RuntimeError("out of memory"), KeyboardInterrupt(), OSError("no model"), SystemExit()]
)
def test_a_failing_encoder_leaves_the_old_index_and_nothing_else(tmp_path: Path, fault: BaseException) -> None:
    built([MINSK], tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(type(fault)) as caught:
        build_index([MINSK, HARVEST], tmp_path, FaultyEncoder(fault=fault), SETTINGS)
    assert caught.value is fault
    assert sorted(tmp_path.rglob("*")) == before
    assert list(open_index(tmp_path).articles) == ["news/minsk"]
    assert list(built([HARVEST], tmp_path).articles) == ["harvest"]


@dataclass(frozen=True)
class UnscaledEncoder(HashEncoder):
    """An encoder that forgot to scale its vectors."""

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Encode texts to vectors of length 3."""
        return super().encode_document(texts, progress) * np.float32(3)


def test_vectors_that_are_not_of_length_1_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="length 3 instead of 1"):
        build_index([MINSK], tmp_path, UnscaledEncoder(), SETTINGS)


@dataclass
class Heard:
    """A `BuildProgress` that remembers."""

    stages: list[tuple[str, int | None, int]] = field(default_factory=list)
    fail_in: str = ""

    def begin(self, stage: str, total: int | None) -> None:
        """Remember that a stage begins."""
        self.stages.append((stage, total, 0))

    def advance(self, count: int) -> None:
        """Count, or be interrupted."""
        stage, total, done = self.stages.pop()
        if stage == self.fail_in:
            raise KeyboardInterrupt
        self.stages.append((stage, total, done + count))


def test_progress_is_told_by_stage(tmp_path: Path) -> None:
    heard = Heard()
    manifest = build_index([MINSK, HARVEST], tmp_path, HashEncoder(), SETTINGS, heard).manifest
    passages = manifest.passages
    assert heard.stages == [
        ("checking", None, 0),
        ("reading", None, 2),
        ("encoding", passages, passages),
        ("writing", passages, passages),
        ("sealing", None, 0),
    ]


@pytest.mark.parametrize("stage", ["reading", "encoding", "writing"])
def test_an_interrupt_in_any_stage_leaves_the_old_index_and_nothing_else(tmp_path: Path, stage: str) -> None:
    built([MINSK], tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(KeyboardInterrupt):
        build_index([HARVEST], tmp_path, HashEncoder(), SETTINGS, Heard(fail_in=stage))
    assert sorted(tmp_path.rglob("*")) == before
    assert list(open_index(tmp_path).articles) == ["news/minsk"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(IndexFolderError, match="no index can be written here"):
        build_index([MINSK], tmp_path / "file" / "index", HashEncoder(), SETTINGS)
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "generations").write_text("in the way")
    with pytest.raises(IndexFolderError, match="no index can be written here"):
        build_index([MINSK], tmp_path / "index", HashEncoder(), SETTINGS)


def test_opening_imports_no_library_that_is_slow_to_load(tmp_path: Path) -> None:
    built([MINSK], tmp_path)
    program = (
        "import sys; from pathlib import Path; from askdocs.index import open_index\n"
        "index = open_index(Path(sys.argv[1])); index.lexical.search(['envoy'], 3); index.passages[0]\n"
        "print([name for name in ('faiss', 'torch', 'scipy') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], check=True, capture_output=True, text=True, env=dict(os.environ)
    )
    assert run.stdout == "[]\n"


def test_the_pointer_and_manifest_are_plain_text(tmp_path: Path) -> None:
    built([MINSK], tmp_path)
    name, sha256 = (tmp_path / "CURRENT").read_text().split()
    manifest = (tmp_path / "generations" / name / "manifest.json").read_bytes()
    assert hashlib.sha256(manifest).hexdigest() == sha256
    fields = json.loads(manifest)
    for file, record in fields["files"].items():
        content = (tmp_path / "generations" / name / file).read_bytes()
        assert record == {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
