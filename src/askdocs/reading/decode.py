"""The bytes of a file -> its text.

Line ends become a plain newline, so that an offset counts what a reader sees. The text can always be encoded as UTF-8.
"""

from __future__ import annotations

import codecs
import re

from askdocs.errors import ReadError

_MARKS = (  # the longer mark first: UTF-32's begins with UTF-16's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LEGACY = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8_r"),
    *("cp932", "euc_jp", "gb18030", "big5hkscs", "cp949", "cp874"),
)
"""What texts from before UTF-8 are written in; a short list guesses better than every codec that Python has."""

_WIDER = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "euc_kr": "cp949", "shift_jis": "cp932",
    # labels that Python does not know
    "windows-31j": "cp932", "windows-874": "cp874", "windows-949": "cp949", "iso-8859-8-i": "iso8859-8",
}  # fmt: skip
"""What browsers read an encoding as: pages that declare the narrow one have characters that only the wider one has."""

_GUESS_BYTES = 1 << 17
_BINARY_STARTS = (b"%PDF-", b"PK\x03\x04", b"\x7fELF", b"{\\rtf", b"\x1f\x8b", b"\xd0\xcf\x11\xe0")
_CONTROLS = bytes([*range(0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F])
_MAX_CONTROL_SHARE = 0.01
_DECLARED = re.compile(
    rb"<(?:meta[^>]{0,200}?charset|\?xml[^>]{0,100}?encoding)\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE
)
_DECLARED_WITHIN = 2_048
"""The HTML standard has a page declare its encoding in its first 1,024 bytes; some saved pages begin with a comment."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def decode_text(raw: bytes, source: str) -> str:
    """Decode a text file: by its byte order mark, else as UTF-8, else by a guess among the legacy encodings.

    Raises:
        ReadError: the bytes are no text, or no encoding fits them.
    """
    if raw.startswith(_BINARY_STARTS):
        raise ReadError(source, "looks like a binary file, not text")
    if (text := _decode_unicode(raw)) is None:
        if len(raw) - len(raw.translate(None, _CONTROLS)) > _MAX_CONTROL_SHARE * len(raw) or b"\x00" in raw:
            raise ReadError(source, "looks like a binary file, not text")
        text = _decode_legacy(raw, source)
    return tidy(text)


def decode_page(raw: bytes, source: str) -> str:
    """Decode a web page: as `decode_text` does, but an encoding that the page declares comes before a guess.

    Raises:
        ReadError: the bytes are no text, or no encoding fits them.
    """
    declared = _DECLARED.search(raw[:_DECLARED_WITHIN])
    if declared and _decode_unicode(raw) is None and b"\x00" not in raw:
        try:
            return tidy(raw.decode(_as_browsers_do(declared[1].decode("ascii", "replace")), "replace"))
        except (LookupError, UnicodeError):
            pass  # an encoding that does not exist, or that is none of text: guess
    return decode_text(raw, source)


def _as_browsers_do(label: str) -> str:
    """Return the codec that a page's label stands for.

    Raises:
        LookupError: there is none.
    """
    label = label.lower().removeprefix("x-")
    name = _WIDER.get(label) or codecs.lookup(label).name
    return _WIDER.get(name, name)


def tidy(text: str) -> str:
    r"""Make every line end "\n" and every character storable: see `storable`."""
    return storable(text.replace("\r\n", "\n").replace("\r", "\n"))


def storable(text: str) -> str:
    """Replace NUL and lone surrogates, which UTF-8 or a page cannot hold, by U+FFFD: one for one, so offsets stay."""
    return _UNSTORABLE.sub("\ufffd", text)


def _decode_unicode(raw: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(encoding, "replace")
    if b"\x00" in raw:
        return _decode_unmarked_utf16(raw)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_damaged_utf8(raw)


def _decode_unmarked_utf16(raw: bytes) -> str | None:
    """Decode UTF-16 without a mark: in a text with Latin spaces and letters, every second byte is often NUL."""
    for encoding, high in (("utf-16-le", raw[1::2]), ("utf-16-be", raw[::2])):
        zeros = high.count(0)
        if zeros == raw.count(0) and zeros > len(high) // 10:
            try:
                return raw.decode(encoding)
            except UnicodeDecodeError:
                continue
    return None


def _decode_damaged_utf8(raw: bytes) -> str | None:
    """Decode UTF-8 with a few broken bytes: one slip must not turn every quotation mark of a file to mojibake."""
    text = raw.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    sound = len(text) - len(text.encode("ascii", "ignore")) - broken
    return text if sound >= 10 * broken else None


def _sample(raw: bytes) -> bytes:
    """Return the bytes to guess by: up to a line's end or a blank, for half a character would rule its encoding out."""
    if len(raw) <= _GUESS_BYTES:
        return raw
    end = 1 + max(raw.rfind(mark, _GUESS_BYTES // 2, _GUESS_BYTES) for mark in b"\n\r ")
    return raw[: end or _GUESS_BYTES]


def _decode_legacy(raw: bytes, source: str) -> str:
    from charset_normalizer import from_bytes  # noqa: PLC0415  reads UTF-8, so nearly every text, without it

    matches = list(from_bytes(_sample(raw), cp_isolation=list(_LEGACY)))
    if not matches:
        raise ReadError(source, "its text encoding was not recognised; save it as UTF-8")
    best = matches[0]
    equal = [match for match in matches if (match.chaos, match.coherence) == (best.chaos, best.coherence)]
    names = [name for match in equal for name in (match.encoding, *match.could_be_from_charset)]
    # Short texts fit several: the encoding of western Windows is by far the commonest of them.
    return raw.decode("cp1252" if "cp1252" in names else best.encoding, "replace")
