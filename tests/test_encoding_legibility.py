"""How much of a text an encoder reads: by its pieces, and by both engines for texts of several scripts."""

from __future__ import annotations

import pytest
from hypothesis import given

from askdocs.encoding import load_encoder
from askdocs.encoding.legibility import legibility
from askdocs.settings import BUNDLED_ENCODER
from strategies import awkward_text


@pytest.mark.parametrize(
    ("text", "pieces", "share"),
    [
        ("the siren", [(0, 3), (4, 9)], 1.0),
        ("the siren", [(0, 3), *((place, place + 1) for place in range(4, 9))], 3 / (0.9 * 8)),  # spelt out
        ("the siren", [(0, 3)], 3 / (0.9 * 8)),  # unknown
        ("to be", [(0, 2), (3, 5)], 0.5 / 0.9),
        ("in 2022", [(0, 2), (3, 7)], (4 + 2 * 0.5) / (0.9 * 6)),
        ("北京", [(0, 1), (1, 2)], 1.0),  # each is a word
        ("北京", [(0, 1)], 0.5 / 0.9),
        ("?!", [(0, 1)], 1.0),
        ("", [], 1.0),
    ],
)
def test_a_text_is_legible_by_its_letters_in_pieces_that_mean_something(
    text: str, pieces: list[tuple[int, int]], share: float
) -> None:
    assert legibility(text, pieces) == pytest.approx(share)


QUESTIONS = {
    "Why do Belarusian commanders resist joining the war?": (1.0, 1.0),
    "Warum wollen die Kommandeure nicht in den Krieg ziehen?": (0.6, 1.0),
    "لماذا يرفض القادة الانضمام إلى الحرب؟": (0.0, 0.2),
    "Почему командиры отказываются вступать в войну?": (0.0, 0.3),
    "ทำไมผู้บัญชาการจึงไม่ยอมเข้าร่วมสงคราม": (0.0, 0.2),
}


@pytest.mark.parametrize(("question", "bounds"), QUESTIONS.items())
def test_the_bundled_encoder_reads_english_and_spells_other_scripts_out(
    question: str, bounds: tuple[float, float]
) -> None:
    assert bounds[0] <= load_encoder(BUNDLED_ENCODER).legibility(question) <= bounds[1]


def test_both_engines_read_as_much() -> None:
    one, other = load_encoder(BUNDLED_ENCODER), load_encoder(BUNDLED_ENCODER, engine="torch")
    for question in QUESTIONS:
        assert one.legibility(question) == pytest.approx(other.legibility(question))


def test_both_engines_know_the_same_words() -> None:
    one, other = load_encoder(BUNDLED_ENCODER), load_encoder(BUNDLED_ENCODER, engine="torch")
    for word in ("breach", "Breach", "genre", "gandhi", "pateints", "ghandi", "日本", "ธธธ", "two words", "", " "):
        assert one.knows(word) == other.knows(word) == (word.lower() in ("breach", "genre", "gandhi"))


@given(awkward_text())
def test_every_text_is_legible_to_some_share(text: str) -> None:
    assert 0.0 <= load_encoder(BUNDLED_ENCODER).legibility(text) <= 1.0
