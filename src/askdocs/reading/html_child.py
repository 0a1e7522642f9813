"""Web pages on standard input -> their articles as JSON on standard output: where foreign HTML is parsed.

Run by `webpage.py` as `python -m askdocs.reading.html_child`. A frame is a length of eight bytes, big-endian, and that
many bytes: in come pages in UTF-8, out goes one JSON object a page, the fields of an article or {"error": reason}.

The process caps its own memory where the system lets it, opens no connection and starts no program: a hostile page can
do no more than end it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from typing import IO, Any

MAX_MEMORY = 5 << 28
"""Bytes of address space; a page of a few megabytes needs a tenth of that, one of 60 MB of pictures half. With the
process that waits for it, it stays below 2 GB."""

OUT_OF_MEMORY = 3
"""The exit status where the cap was met so hard that not even an answer could be written."""

MIN_TEXT = 100
"""Characters; less is a notice ("You need to enable JavaScript to run this app."), not an article."""

LENGTH_BYTES = 8
_FORBIDDEN = ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen", "os.system",
              "os.exec", "os.posix_spawn", "os.fork")  # fmt: skip


def article_fields(page: str, **options: Any) -> dict[str, str | None]:
    """Extract an article's text and what the page says of it; {"error": reason} when it holds no article.

    The text's paragraphs are separated by blank lines; items of a list stand on lines of their own.
    """
    from trafilatura import bare_extraction  # noqa: PLC0415  only this process pays for the import
    from trafilatura.settings import Document  # noqa: PLC0415  likewise

    options = {"fast": True} | options
    found = bare_extraction(
        page,
        include_comments=False,
        with_metadata=True,
        date_extraction_params={"extensive_search": False, "original_date": True, "outputformat": "%Y-%m-%d"},
        **options,
    )
    text = _paragraphs(found.text or "") if isinstance(found, Document) else ""
    if len(text) < MIN_TEXT and options["fast"]:
        # The fast way measures better on news pages (eval/html_text.py); where it finds nothing, the slow one may.
        return article_fields(page, **options | {"fast": False})
    if not isinstance(found, Document) or len(text) < MIN_TEXT:
        return {"error": "no article was found in this page; if it needs JavaScript, save it from the browser"}
    return {
        "text": text,
        "title": found.title,
        "author": (found.author or "").replace("; ", ", ") or None,
        "outlet": found.sitename,
        "published": found.date,
        "url": found.url,
        "language": found.language,
    }


def read_frame(stream: IO[bytes]) -> bytes | None:
    """Read one frame; None when the stream has ended."""
    head = stream.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    size = int.from_bytes(head, "big")
    body = stream.read(size)
    return body if len(body) == size else None


def write_frame(stream: IO[bytes], body: bytes) -> None:
    """Write one frame and send it off."""
    stream.write(len(body).to_bytes(LENGTH_BYTES, "big") + body)
    stream.flush()


def main() -> None:
    """Answer pages until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, whose end closes our input
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whatever a library prints is no answer
    import trafilatura  # noqa: F401, PLC0415  imported before the caps: it reads its files and sets up its caches

    cap()
    try:
        _answer_pages(answers)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)  # at once: what Python does on its way out needs memory too


def too_much_memory() -> str:
    """Say that a page met the cap."""
    return f"needs more than {MAX_MEMORY / 2**30:g} GB of memory to parse"


def _answer_pages(answers: IO[bytes]) -> None:
    while (page := read_frame(sys.stdin.buffer)) is not None:
        try:
            fields = article_fields(page.decode("utf-8"))
        except MemoryError:
            fields = {"error": too_much_memory()}
        except RecursionError:
            fields = {"error": "is nested too deeply to parse"}
        write_frame(answers, json.dumps(fields).encode())


def cap() -> None:
    """Limit memory where the system can, and refuse every connection and program."""
    with suppress(ModuleNotFoundError, ValueError, OSError):  # Windows has no such limit, macOS refuses it
        import resource  # noqa: PLC0415  not on Windows

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = MAX_MEMORY if hard == resource.RLIM_INFINITY else min(MAX_MEMORY, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    sys.addaudithook(_refuse)


def _refuse(event: str, _: tuple[Any, ...]) -> None:
    if event in _FORBIDDEN:
        raise PermissionError(f"{event}: a page is parsed without network and programs")


def _paragraphs(text: str) -> str:
    """Separate lines by blank lines, save the items of a list."""
    pieces: list[str] = []
    above = ""
    for line in text.split("\n"):
        if words := line.strip():
            pieces += ["\n" if words.startswith("- ") and above.startswith("- ") else "\n\n", words]
            above = words
    return "".join(pieces[1:])


if __name__ == "__main__":
    main()
