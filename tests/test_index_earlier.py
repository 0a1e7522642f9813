"""An edited article keeps its earlier versions: which ones, how many, and that they are what was indexed."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askdocs.datatypes import Article
from askdocs.errors import AskdocsError, IndexDamagedError
from askdocs.index import OpenIndex, build_index, open_index
from askdocs.index.earlier import EARLIER_FILES, MOST_EARLIER, EarlierArticles, write_earlier
from askdocs.library import Library
from askdocs.settings import PassageSettings, Settings
from fakes import HashEncoder
from strategies import awkward_text
from test_index_damage import generation, sign_again


def article(text: str, id: str = "army", title: str = "The army") -> Article:  # noqa: A002  the field's name
    return Article.of(id=id, title=title, text=text)


def built(folder: Path, *articles: Article) -> OpenIndex:
    build_index(articles, folder, HashEncoder(), PassageSettings())
    return open_index(folder)


def versions_of(index: OpenIndex, article_id: str = "army") -> list[Article]:
    return [index.earlier.at(row) for row in index.earlier.rows_by_id().get(article_id, ())]


def texts_of(index: OpenIndex, article_id: str = "army") -> list[str]:
    return [one.text for one in versions_of(index, article_id)]


def test_an_edited_article_keeps_what_it_was_and_others_keep_nothing(tmp_path: Path) -> None:
    rain = article("It rained.", id="rain")
    first = article("The army waits.")
    assert texts_of(built(tmp_path, first, rain)) == []
    index = built(tmp_path, article("The army moves."), rain)
    assert versions_of(index) == [first]
    assert versions_of(index, "rain") == versions_of(index, "of no article") == []
    assert index.earlier.find("army", first.sha256) == first
    assert index.earlier.find("army", rain.sha256) is index.earlier.find("rain", first.sha256) is None


def test_versions_come_latest_first_and_an_edit_that_is_taken_back_keeps_each_once(tmp_path: Path) -> None:
    for text in ("One.", "Two.", "Three."):
        index = built(tmp_path, article(text))
    assert texts_of(index) == ["Two.", "One."]
    assert texts_of(built(tmp_path, article("Two."))) == ["Three.", "One."]
    assert texts_of(built(tmp_path, article("One."))) == ["Two.", "Three."]


def test_a_change_that_leaves_the_text_as_it_is_makes_no_version(tmp_path: Path) -> None:
    built(tmp_path, article("The army waits."))
    assert texts_of(built(tmp_path, article("The army waits.", title="Another title"))) == []


def test_a_removed_article_leaves_nothing_behind(tmp_path: Path) -> None:
    rain = article("It rained.", id="rain")
    built(tmp_path, article("Secret."), rain)
    built(tmp_path, article("Public."), rain)
    index = built(tmp_path, rain)
    assert len(index.earlier) == 0
    assert b"Secret" not in (generation(tmp_path) / "earlier.txt").read_bytes()
    assert texts_of(built(tmp_path, article("Public again."), rain)) == []


def test_no_more_than_the_latest_are_kept(tmp_path: Path) -> None:
    for number in range(MOST_EARLIER + 4):
        index = built(tmp_path, article(f"Version {number}."))
    latest = MOST_EARLIER + 2
    assert texts_of(index) == [f"Version {number}." for number in range(latest, latest - MOST_EARLIER, -1)]


def test_a_library_gives_an_earlier_version_by_its_sha256(tmp_path: Path) -> None:
    first, second = article("The army waits."), article("The army moves.")
    built(tmp_path, first)
    library = Library(built(tmp_path, second), HashEncoder(), Settings())
    assert library.article("army") == library.article("army", second.sha256) == second
    assert library.article("army", first.sha256) == first
    with pytest.raises(AskdocsError, match=r"no version 0{12} of the article 'army'"):
        library.article("army", "0" * 64)
    with pytest.raises(AskdocsError, match="no article 'rain'"):
        library.article("rain", first.sha256)


def test_an_earlier_text_that_was_altered_and_signed_again_is_no_snapshot(tmp_path: Path) -> None:
    built(tmp_path, article("The army waits."))
    built(tmp_path, article("The army moves."))
    file = generation(tmp_path) / "earlier.txt"
    file.write_bytes(file.read_bytes().replace(b"waits", b"sleep"))
    sign_again(tmp_path)
    index = open_index(tmp_path)
    with pytest.raises(IndexDamagedError, match=r"earlier\.txt has another text for the article 'army'"):
        versions_of(index)
    file.write_bytes(file.read_bytes().replace(b"sleep", b"\xffleep"))
    sign_again(tmp_path)
    with pytest.raises(IndexDamagedError, match=r"earlier\.txt has no UTF-8 text for the article 'army'"):
        versions_of(open_index(tmp_path))


def test_the_files_are_always_there(tmp_path: Path) -> None:
    write_earlier(tmp_path, None, [article("The army waits.")])
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(EARLIER_FILES)
    assert len(EarlierArticles(tmp_path, tmp_path)) == 0


ids = st.sampled_from(["a", "b", "c/ü", "日本"])
editions = st.lists(
    st.dictionaries(ids, st.one_of(st.sampled_from(["One.", "Two.", "Three."]), awkward_text(max_pieces=3))),
    min_size=1,
    max_size=8,
)


@settings(max_examples=15)  # each builds an index for every edition
@given(editions)
def test_after_any_edits_the_versions_are_those_of_their_definition(drawn: list[dict[str, str]]) -> None:
    """An article's earlier texts: each that it had since it came, but for that in force, by when it was last so."""
    with tempfile.TemporaryDirectory() as folder:
        so_far: dict[str, list[str]] = {}
        for texts in drawn:
            if not any(any(character.isalnum() for character in text) for text in texts.values()):
                continue
            index = built(Path(folder), *(article(text, id=article_id) for article_id, text in texts.items()))
            so_far = {
                article_id: [*(one for one in so_far.get(article_id, []) if one != text), text]
                for article_id, text in texts.items()
            }
            for article_id in ("a", "b", "c/ü", "日本"):
                assert texts_of(index, article_id) == so_far.get(article_id, [])[-2::-1]
