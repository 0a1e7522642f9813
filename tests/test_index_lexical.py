"""BM25 against its formula, written out in plain Python."""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askdocs.index.lexical import LexicalIndex
from askdocs.index.postings import K1, LEXICAL_FILES, B, KnownPostings, write_lexical

PASSAGES = (("border", "troops", "border"), ("troops",), (), ("minsk", "troops", "minsk", "minsk", "talks"))


def lexical_index(passages: Sequence[Sequence[str]], folder: Path) -> LexicalIndex:
    write_lexical(folder, enumerate(passages), len(passages))
    return LexicalIndex(folder, len(passages))


def slow_bm25(query: Sequence[str], passages: Sequence[Sequence[str]], row: int) -> float:
    """The formula of `askdocs.index.lexical`, term by term."""
    passage = passages[row]
    average_length = sum(map(len, passages)) / len(passages)
    score = 0.0
    for term in query:
        tf = passage.count(term)
        if tf:
            n = sum(term in other for other in passages)
            idf = math.log(1 + (len(passages) - n + 0.5) / (n + 0.5))
            score += idf * tf / (tf + K1 * (1 - B + B * len(passage) / average_length))
    return score


WORD = st.sampled_from(("a", "b", "ab", "É", "日本", "🇺🇦", "\u2028", "\n", "", "15000"))


@settings(deadline=None, max_examples=50)
@given(passages=st.lists(st.lists(WORD, max_size=12), min_size=1, max_size=12), query=st.lists(WORD, max_size=5))
def test_scores_are_the_formula(passages: list[list[str]], query: list[str]) -> None:
    with TemporaryDirectory() as folder:
        scores = lexical_index(passages, Path(folder)).scores(query)
    assert (scores.shape, str(scores.dtype)) == ((len(passages),), "float32")
    wanted = [slow_bm25(query, passages, row) for row in range(len(passages))]
    np.testing.assert_allclose(scores, wanted, rtol=1e-5, atol=1e-6)


@settings(deadline=None, max_examples=50)
@given(
    passages=st.lists(st.lists(WORD, max_size=6), min_size=1, max_size=20),
    query=st.lists(WORD, max_size=4),
    k=st.integers(-1, 25),
)
def test_a_search_is_the_positive_scores_sorted(passages: list[list[str]], query: list[str], k: int) -> None:
    with TemporaryDirectory() as folder:
        index = lexical_index(passages, Path(folder))
        every = index.scores(query).tolist()
        scores, rows = index.search(query, k)
    wanted = sorted((row for row, score in enumerate(every) if score > 0), key=lambda row: (-every[row], row))
    assert rows.tolist() == wanted[: max(k, 0)]
    assert scores.tolist() == [every[row] for row in rows]


def test_a_known_score_comes_out(tmp_path: Path) -> None:
    # minsk: in 1 of 4 passages, 3 times in one of 5 terms where the average is 9 / 4.
    wanted = math.log(1 + 3.5 / 1.5) * 3 / (3 + 0.9 * (0.6 + 0.4 * 5 / 2.25))
    scores, rows = lexical_index(PASSAGES, tmp_path).search(["minsk"], 10)
    assert rows.tolist() == [3]
    assert scores.tolist() == pytest.approx([wanted], rel=1e-6)


@pytest.mark.parametrize("query", [[], ["unknown"], ["bord"], ["borders"], [""], ["\ud83d"]])
def test_a_query_without_known_terms_finds_nothing(tmp_path: Path, query: list[str]) -> None:
    index = lexical_index(PASSAGES, tmp_path)
    scores, rows = index.search(query, 10)
    assert (scores.tolist(), rows.tolist()) == ([], [])
    assert index.scores(query).tolist() == [0, 0, 0, 0]


def test_a_repeated_query_term_counts_again(tmp_path: Path) -> None:
    index = lexical_index(PASSAGES, tmp_path)
    np.testing.assert_allclose(index.scores(["border", "border"]), 2 * index.scores(["border"]))


def test_terms_are_counted_and_found_by_their_first_letter(tmp_path: Path) -> None:
    index = lexical_index(PASSAGES, tmp_path)
    every = {term: [row for row, passage in enumerate(PASSAGES) if term in passage] for term in chain(*PASSAGES)}
    for term, rows in every.items():
        assert index.holding(term) == len(rows)
        assert [index.first_holding(term, count) for count in (0, 1, 9)] == [[], rows[:1], rows]
        assert index.terms_from(term[0]) == sorted(one for one in every if one[0] == term[0])
    assert (index.holding("unknown"), index.first_holding("unknown", 2)) == (0, [])
    assert (index.terms_from("ż"), index.terms_from("\ud83d")) == ([], [])


@settings(deadline=None)
@given(
    old=st.lists(st.lists(st.sampled_from("abcdefg"), max_size=9), max_size=9),
    new=st.lists(st.lists(st.sampled_from("cdefghi"), max_size=9), max_size=9),
    order=st.randoms(use_true_random=False),
    data=st.data(),
)
def test_known_postings_give_the_files_that_counting_again_gives(
    old: list[list[str]], new: list[list[str]], order: random.Random, data: st.DataObject
) -> None:
    stays = [data.draw(st.booleans()) for _ in old]
    places = order.sample(range(sum(stays) + len(new)), sum(stays) + len(new))
    rows = np.array([places.pop() if stay else -1 for stay in stays], np.int64)
    fresh = sorted(zip(places, new, strict=True))
    every = dict(fresh) | {int(row): passage for row, passage in zip(rows, old, strict=True) if row >= 0}
    with TemporaryDirectory() as folder:
        before, after, anew = (Path(folder) / name for name in ("before", "after", "anew"))
        for one in (before, after, anew):
            one.mkdir()
        write_lexical(before, enumerate(old), len(old))
        write_lexical(after, fresh, len(every), KnownPostings(before, rows))
        write_lexical(anew, sorted(every.items()), len(every))
        for name in LEXICAL_FILES:
            assert (after / name).read_bytes() == (anew / name).read_bytes()


def test_passages_without_any_term_can_be_indexed(tmp_path: Path) -> None:
    index = lexical_index([(), ()], tmp_path)
    assert index.scores(["word"]).tolist() == [0, 0]
    assert len(index) == 2


def test_the_files_are_the_same_whatever_the_hash_seed(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from askdocs.index.postings import write_lexical\n"
        "write_lexical(Path(sys.argv[1]), enumerate([list('the quick brown'), list('jumps'), list('a lazy dog')]), 3)"
    )
    folders = [tmp_path / seed for seed in ("1", "2")]
    for folder in folders:
        folder.mkdir()
        environment = os.environ | {"PYTHONHASHSEED": folder.name}
        subprocess.run([sys.executable, "-c", program, str(folder)], check=True, env=environment)
    for name in LEXICAL_FILES:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()
