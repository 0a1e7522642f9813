"""What commands share: two options, and what is said to a script, one JSON object or one line of complaint."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

# readable=False, as of every path: typer would call one that may not be read wrong usage; it is an expected failure.
IndexOption = Annotated[Path, typer.Option("--index", metavar="DIR", help="The index folder.", readable=False)]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output, nothing else.")]


def print_json(form: dict[str, Any]) -> None:
    """Print one line of JSON, in plain ASCII where standard output cannot take every character."""
    encoding = (sys.stdout.encoding or "").lower()
    sys.stdout.write(json.dumps(form, ensure_ascii=not encoding.startswith("utf")) + "\n")


def complain(message: str) -> None:
    """Print one line on standard error, whatever characters a file's name has: no character of it is an order."""
    from askdocs.terminal import on_one_line  # noqa: PLC0415  rich's console, for people only

    sys.stderr.write(f"askdocs: {on_one_line(message)}\n")


def output_fault(*, written: str = "") -> str | None:
    """Bring what was printed to standard output, and say why where that cannot be: its disk is full, its reader gone.

    `written` is printed before: after a refusal Python's buffer may be empty, so that only another attempt tells. What
    could not be written is given up, so that Python does not try once more when it ends.
    """
    if sys.stdout is None or sys.stdout.closed:
        return None
    try:
        sys.stdout.write(written)
        sys.stdout.flush()
    except OSError as error:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        return f"standard output cannot be written: {error.strerror or error}"
    return None
