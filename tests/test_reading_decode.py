"""Bytes become the text that was meant, and binary files are refused."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from askdocs.errors import ReadError
from askdocs.reading.decode import decode_page, decode_text, storable, tidy
from strategies import awkward_text

LEGACY = [
    ("Les élèves ont été très étonnés par le café, où est-il allé ?", "cp1252"),
    ("Der Fuß und das Mädchen gehen über die Brücke. Schön!", "latin-1"),
    ("Čtyři sta lidí přišlo na náměstí, aby vyjádřilo svůj názor. Příliš žluťoučký kůň úpěl.", "cp1250"),
    ("Привет, как дела? Это текст на русском языке.", "cp1251"),
    ("これは日本語の文章です。次の文です。", "shift_jis"),
    ("这是一个中文句子。今天天气很好。", "gb18030"),
    ("“Smart quotes” — and dashes, it’s all right.", "cp1252"),
]


@given(awkward_text())
def test_utf_8_is_read_back_with_plain_line_ends(text: str) -> None:
    plain = re.sub("[\x00-\x08\x0e-\x1f\x7f]", "", text).removeprefix("\ufeff")
    assert decode_text(plain.encode("utf-8"), "a.txt") == tidy(plain).removeprefix("\ufeff")


@given(awkward_text())
def test_tidy_text_has_plain_line_ends_and_can_be_stored(text: str) -> None:
    tidied = tidy(text + "\ud800")
    tidied.encode("utf-8")
    assert "\r" not in tidied
    assert "\0" not in tidied
    assert tidy(tidied) == tidied
    assert tidied.replace("\n", "") == storable(text + "\ud800").replace("\r", "").replace("\n", "")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be"])
def test_unicode_is_known_with_and_without_its_mark(encoding: str) -> None:
    text = "Grüße from a café: 1,500 “troops” 👍🏽 said\nso."
    assert decode_text(text.encode(encoding), "a.txt") == text


@pytest.mark.parametrize(("text", "encoding"), LEGACY)
def test_an_encoding_from_before_utf_8_is_guessed(text: str, encoding: str) -> None:
    assert decode_text(text.encode(encoding), "a.txt") == text


def test_one_broken_byte_does_not_spoil_the_other_characters() -> None:
    raw = ("“Quoted” – it’s naïve, café. " * 20).encode() + b"\xff end"
    assert decode_text(raw, "a.txt").endswith("café. \ufffd end")


@pytest.mark.parametrize(
    "raw", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", bytes(range(1, 256)), b"%PDF-1.7 text", b"PK\x03\x04"]
)
def test_a_binary_file_is_refused(raw: bytes) -> None:
    with pytest.raises(ReadError, match=r"a\.txt: looks like a binary file, not text"):
        decode_text(raw, "a.txt")


def test_a_page_is_read_in_the_encoding_that_it_declares() -> None:
    page = '<html><meta http-equiv="Content-Type" content="text/html; charset={}"><p>„Zażółć“ gęślą</p>'
    assert "„Zażółć“ gęślą" in decode_page(page.format("windows-1250").encode("cp1250"), "a.html")
    assert "„Zażółć“ gęślą" in decode_page(page.format("windows-1250").encode("utf-8"), "a.html")
    assert "„Zażółć“ gęślą" in decode_page(page.format("no-such-code").encode("cp1250"), "a.html")
    assert "it’s" in decode_page(b'<meta charset="iso-8859-1"><p>it\x92s \xe9</p>', "a.html")
