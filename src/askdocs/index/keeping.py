"""Articles that come and articles that stay though they do not come -> both, and none in the place of another.

A file's article is called by its path below what was given, so that another file may bring the name of one that stays.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from askdocs.datatypes import Article
from askdocs.errors import ReadError
from askdocs.index.known import Known
from askdocs.index.store import ArticleSummary


def with_missing(coming: Iterable[Article], known: Known, refused: list[ReadError]) -> Iterator[Article]:
    """Yield the articles that come, then those of the index that did not.

    An article that would take the place of another file's is not yielded, but named in `refused`: unless that other
    file was read, too, and has another id now. Of a file that has another id now, the same text is not kept twice.
    """
    if known.index is None:
        yield from coming
        return
    stored = known.index.articles
    before = {one.id: one for one in stored.summaries}
    came: set[str] = set()
    texts: set[tuple[str, str]] = set()
    read: set[str] = set()
    doubtful: list[Article] = []
    for article in coming:
        read.add(article.source)
        if article.id in before and _is_another(article, before[article.id]):
            doubtful.append(article)
            continue
        came.add(article.id)
        texts.add((article.source, article.sha256))
        yield article
    places = {_place(source) for source in read} if doubtful else set()
    for article in doubtful:
        if _place(before[article.id].source) in places:
            came.add(article.id)
            texts.add((article.source, article.sha256))
            yield article
        else:
            refused.append(_clash(article, before[article.id]))
    for row, one in enumerate(stored.summaries):
        if one.id not in came and not (_is_of_a_file(one) and (one.source, one.sha256) in texts):
            yield stored.at(row)


def _clash(article: Article, kept: ArticleSummary) -> ReadError:
    if os.path.exists(kept.source):  # noqa: PTH110  any text
        mend = "index the folders of both together, or rename this file"
    else:
        mend = "rename this file, or build without --keep-missing if that one is gone"
    return ReadError(
        article.source,
        f"is not indexed: its id {article.id!r} is that of {kept.source}, which is kept; {mend}",
    )


def _is_another(article: Article, kept: ArticleSummary) -> bool:
    """Tell whether an article is of another file than the one of its name, and not the same article moved there."""
    same = (article.sha256, article.title) == (kept.sha256, kept.title)
    return not same and _is_of_a_file(article) and _is_of_a_file(kept) and not _may_be_one(kept.source, article.source)


def _is_of_a_file(article: Article | ArticleSummary) -> bool:
    """Tell whether an article is called by its file's path; rows of JSON lines bring ids that somebody chose."""
    path = f"/{article.source}"
    return any(name.endswith(f"/{article.id}") for name in (path, os.path.splitext(path)[0]))  # noqa: PTH122  any text


def _may_be_one(before: str, now: str) -> bool:
    """Tell whether two paths may lead to one file. One that leads nowhere from here may have been written elsewhere."""
    if _place(before) == _place(now):
        return True
    shorter, longer = sorted((_downward(before), _downward(now)), key=len)
    if "/" not in shorter:  # a bare name is that of many files
        return False
    return not os.path.exists(before) and f"/{longer}".endswith(f"/{shorter}")  # noqa: PTH110  any text


def _downward(source: str) -> str:
    """Return a path without the steps up that it begins with."""
    return "/".join(part for part in os.path.normpath(source).split("/") if part not in {"", ".."})


def _place(source: str) -> str:
    """Return where a path leads from here."""
    return os.path.realpath(source) if os.path.exists(source) else os.path.abspath(source)  # noqa: PTH100, PTH110
