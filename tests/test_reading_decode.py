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
    ("高橋さんは新しい橋を見た。市民は朝から川沿いに集まった。髙橋さんの会社は㈱橋です。" * 3, "cp932"),
    ("이것은 한국어 문장입니다. 펲시맨은 똠방각하를 보았다.", "cp949"),
    ("นี่คือประโยคภาษาไทย “วันนี้อากาศดี” – กรุงเทพ", "cp874"),
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


@pytest.mark.parametrize(
    ("label", "encoding", "words"),
    [
        ("us-ascii", "cp1252", "“It’s é”"),
        ("iso-8859-9", "cp1254", "“Şişli’de”"),
        ("tis-620", "cp874", "“วันนี้” – ดี"),
        ("iso-8859-11", "cp874", "“วันนี้” – ดี"),
        ("GB2312", "gb18030", "朱镕基说：€100"),
        ("gbk", "gb18030", "朱镕基说：㐂"),
        ("euc-kr", "cp949", "펲시맨은 똠방각하를 보았다"),
        ("ks_c_5601-1987", "cp949", "펲시맨은 똠방각하를 보았다"),
        ("shift_jis", "cp932", "髙橋さんは①と㈱を見た"),
        ("x-sjis", "cp932", "髙橋さんは①と㈱を見た"),
        ("windows-31j", "cp932", "髙橋さんは①と㈱を見た"),
        ("big5", "big5hkscs", "①台北市の碧"),
    ],
)
def test_a_label_stands_for_the_wider_encoding_that_browsers_read_it_as(label: str, encoding: str, words: str) -> None:
    page = f'<meta charset="{label}"><p>{words}</p>'
    assert decode_page(page.encode(encoding), "a.html") == page


@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=ascii)
@pytest.mark.parametrize("encoding", ["cp932", "euc_jp", "cp949"])
def test_the_encoding_of_a_long_text_is_guessed_wherever_its_sample_ends(encoding: str, line_end: str) -> None:
    korean, japanese = "이것은 한국어 문장입니다. 오늘 날씨가 좋습니다.", "これは日本語の文章です。次の文です。"
    text = ((korean if encoding == "cp949" else japanese) + line_end) * 5_000
    for shift in ("", "a"):  # one of them cuts a character of two bytes in two
        assert decode_text((shift + text).encode(encoding), "a.txt") == shift + tidy(text)
