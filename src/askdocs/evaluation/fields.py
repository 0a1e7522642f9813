"""A line or a file of JSON goes in; values of the types wanted come out, or an error that names the place."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from askdocs.errors import DatasetError

Kind = TypeVar("Kind")
_JSON_NAMES: dict[type, str] = {
    dict: "an object",
    list: "an array",
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}
_LARGEST = 2.0**53
"""Beyond it a float does not hold every whole number; nothing that is counted or measured here comes near."""
_GZIP = b"\x1f\x8b"


def text_of(file: Path, wanted: str) -> str:
    """Return a file's text, unpacked where it is compressed by gzip, whatever its name says.

    Raises:
        DatasetError: it is not there, cannot be read, or is no UTF-8 text; `wanted` says what should be there.
    """
    try:
        raw = file.read_bytes()
        if raw.startswith(_GZIP):
            raw = gzip.decompress(raw)
        return raw.decode("utf-8-sig")
    except FileNotFoundError as error:
        raise DatasetError(f"{file}: no such file; wanted {wanted}") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DatasetError(f"{file}: the compressed file is damaged: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{file}: cannot be read as UTF-8 text: {error}") from error


def rows_of(file: Path, wanted: str) -> Iterator[tuple[str, str]]:
    """Yield each line that is not blank, with its name for an error message.

    Raises:
        DatasetError: the file cannot be read; see `text_of`.
    """
    for number, line in enumerate(text_of(file, wanted).split("\n"), start=1):  # splitlines() breaks on U+2028
        if line.strip():
            yield f"{file}, row {number}", line


def parsed(where: str, text: str) -> object:
    """Return what a JSON text says.

    Raises:
        DatasetError: it is no JSON.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DatasetError(f"{where}: not JSON: {error}") from error


def strings(where: str, fields: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return a row's list of strings, empty where it has none."""
    return tuple(typed(where, f'each of "{name}"', value, str) for value in field(where, fields, name, list, []))


def field(where: str, fields: Mapping[str, Any], name: str, kind: type[Kind], default: Kind | None = None) -> Kind:
    """Return a row's value of the type wanted, or the default where it has none or null.

    Raises:
        DatasetError: it is of another type, or is missing without a default.
    """
    value = fields.get(name)
    if value is None:
        value = default
    if value is None:
        raise DatasetError(f'{where}: has no "{name}"')
    return typed(where, f'"{name}"', value, kind)


def typed(where: str, name: str, value: object, kind: type[Kind]) -> Kind:
    """Return a value of the very type wanted, true being no number; a whole number is a number too.

    A number that cannot be reckoned with, such as NaN or one of hundreds of digits, is none.

    Raises:
        DatasetError: it is of another type.
    """
    beyond = isinstance(value, int | float) and not abs(value) <= _LARGEST  # which NaN is, too
    if kind is float and type(value) is int and not beyond:
        value = float(value)
    if type(value) is not kind or beyond:
        raise DatasetError(f"{where}: {name} is {value!r:.80}, wanted {_JSON_NAMES[kind]}")
    return value
