"""What a command says to a script: one JSON object on standard output, or one line of complaint on standard error."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output, nothing else.")]


def print_json(form: dict[str, Any]) -> None:
    """Print one line of JSON, in plain ASCII where standard output cannot take every character."""
    encoding = (sys.stdout.encoding or "").lower()
    sys.stdout.write(json.dumps(form, ensure_ascii=not encoding.startswith("utf")) + "\n")


def complain(message: str) -> None:
    """Print one line on standard error, whatever characters a file's name has: no character of it is an order."""
    from askdocs.terminal import on_one_line  # noqa: PLC0415  rich's console, for people only

    sys.stderr.write(f"askdocs: {on_one_line(message)}\n")
