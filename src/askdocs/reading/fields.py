"""What a file calls a field of its article -> the field: one table for heads of texts, front matter and JSON lines."""

from __future__ import annotations

from collections.abc import Mapping

FIELDS: Mapping[str, str] = {
    "title": "title", "headline": "title",
    "author": "author", "authors": "author", "by": "author",
    "date": "date", "published": "date",
    "url": "url", "link": "url", "canonical": "url",
    "outlet": "outlet", "publisher": "outlet", "publication": "outlet", "site": "outlet", "source": "outlet",
    "language": "language", "lang": "language",
}  # fmt: skip
"""Each name, in lower case, and the field that it stands for. Of several names of one field the earlier goes first."""

_ADDRESS = ("http://", "https://")


def names_of(field: str) -> list[str]:
    """List the names of a field, its own first."""
    return [name for name, meant in FIELDS.items() if meant == field]


def fields_of(said: Mapping[str, str]) -> dict[str, str]:
    """Return what is said under any names as the fields that they stand for; a source that is an address is the url."""
    fields: dict[str, str] = {}
    for name, field in FIELDS.items():
        value = said.get(name, "")
        meant = "url" if name == "source" and value.startswith(_ADDRESS) else field
        fields[meant] = fields.get(meant) or value
    return {field: value for field, value in fields.items() if value}
