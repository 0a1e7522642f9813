"""A saved web page -> its Article: the main text, without what the page has around it.

The page is parsed in a child process with capped time and memory; one child reads many pages, and is replaced when a
page has ended it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import PurePosixPath
from threading import Timer
from types import TracebackType
from typing import Self

from askdocs.datatypes import Article, text_sha256
from askdocs.errors import ReadError
from askdocs.reading.decode import decode_page, tidy
from askdocs.reading.files import Found, require_article_size
from askdocs.reading.prose import prose_spans

PAGE_SECONDS = 30.0
"""The longest that one page may take; the pages of real outlets take well under one second."""

_ENDING_SECONDS = 5.0
"""How long a child that has closed its pipes may take to end."""


class PageReader:
    """Reads web pages; a context manager, because it keeps a child process while it is open.

    `child` is that process: None until the first page, and after a page that ended it.
    """

    def __init__(self, seconds: float = PAGE_SECONDS) -> None:
        self._seconds = seconds
        self.child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start nothing yet: folders without web pages need no child."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the child."""
        self._end_child()

    def read(self, found: Found, raw: bytes) -> Article:
        """Read the bytes of one page.

        Raises:
            ReadError: the page holds no article, or ended the parser.
        """
        page = decode_page(raw, found.source)
        fields = self._parse(page, found.source)
        if reason := fields.get("error"):
            raise ReadError(found.source, reason)
        text = tidy(fields["text"] or "")
        require_article_size(text, found.source)
        title, author = fields["title"], fields["author"]
        return Article(
            id=found.id,
            title=title or PurePosixPath(found.id).name,
            text=text,
            source=found.source,
            sha256=text_sha256(text),
            body=prose_spans(text, title=title or "", author=author),
            published=fields["published"],
            outlet=fields["outlet"],
            author=author,
            language=fields["language"],
            url=fields["url"],
        )

    def _parse(self, page: str, source: str) -> dict[str, str | None]:
        """Have the child parse a page, and end it when it takes too long."""
        from askdocs.reading.html_child import read_frame, write_frame  # noqa: PLC0415  run as a module: not before it

        child = self.child = self.child or _start_child()
        if child.stdin is None or child.stdout is None:
            raise AssertionError("the child was started with both pipes")
        late = Timer(self._seconds, child.kill)
        late.start()
        try:
            write_frame(child.stdin, page.encode("utf-8", "replace"))
            answer = read_frame(child.stdout)
        except BrokenPipeError:
            answer = None
        finally:
            in_time = late.is_alive()
            late.cancel()
        if not in_time:
            self._end_child()  # it is killed already: the next page gets another
        if answer is None:
            raise ReadError(source, self._why_ended() if in_time else f"took longer than {self._seconds:g} s to parse")
        fields: dict[str, str | None] = json.loads(answer)
        return fields

    def _why_ended(self) -> str:
        """Say why the child closed its pipes by itself, once its own exit status can be told from our ending it."""
        from askdocs.reading.html_child import OUT_OF_MEMORY, too_much_memory  # noqa: PLC0415  as above

        if self.child is not None:
            with suppress(subprocess.TimeoutExpired):
                self.child.wait(_ENDING_SECONDS)
        status = self._end_child()
        return too_much_memory() if status == OUT_OF_MEMORY else f"the parser ended with status {status}"

    def _end_child(self) -> int | None:
        """End the child, if there is one, and return its exit status."""
        child, self.child = self.child, None
        if child is None:
            return None
        child.kill()
        with suppress(BrokenPipeError), child:  # closes the pipes, one of which may hold half a page, and waits
            pass
        return child.returncode


def _start_child() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "askdocs.reading.html_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
