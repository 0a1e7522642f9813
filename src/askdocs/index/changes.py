"""Two generations' articles -> what changed from one to the next; and how long each stage of a build took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

from askdocs.datatypes import Article
from askdocs.errors import ReadError
from askdocs.index.gather import BuildProgress, Stage
from askdocs.index.known import Known
from askdocs.index.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Changes:
    """How many articles came in, were edited, are the same under another id, went, and stayed as they were."""

    added: int
    changed: int
    moved: int
    removed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did: the manifest in force, what changed, and the seconds of each stage in their order.

    `why_anew` says why an index that was there could not be used, so that everything was made anew. `refused` are
    articles that would have taken the place of others that were to stay.
    """

    manifest: Manifest
    changes: Changes
    seconds: Mapping[Stage, float]
    why_anew: str | None
    refused: tuple[ReadError, ...] = ()


def changes_between(known: Known, articles: Sequence[Article]) -> Changes:
    """Compare articles with those of the generation in force. An article without its id is moved if its text is there.

    What is known of an article beside its text, such as its date, counts as a part of it; where it lies does not.
    """
    before = {} if known.index is None else {one.id: one for one in known.index.articles.summaries}
    now = {one.id: one for one in articles}
    unchanged = sum(
        (old := before[one.id]).sha256 == one.sha256
        and (old.title, old.published, old.outlet, old.author, old.language, old.url)
        == (one.title, one.published, one.outlet, one.author, one.language, one.url)
        for one in articles
        if one.id in before
    )
    gone = {before[name].sha256 for name in before.keys() - now.keys()}
    new = [now[name].sha256 for name in now.keys() - before.keys()]
    moved = min(sum(sha256 in gone for sha256 in new), len(before.keys() - now.keys()))
    stayed = len(before.keys() & now.keys())
    return Changes(
        added=len(new) - moved,
        changed=stayed - unchanged,
        moved=moved,
        removed=len(before) - stayed - moved,
        unchanged=unchanged,
    )


class Timed:
    """A `BuildProgress` that passes on what it hears, and knows how long each stage took."""

    def __init__(self, told: BuildProgress) -> None:
        self._told = told
        self._seconds: dict[Stage, float] = {}
        self._stage: tuple[Stage, float] | None = None

    def begin(self, stage: Stage, total: int | None) -> None:
        """End the stage before and begin another."""
        self.end()
        self._stage = stage, monotonic()
        self._told.begin(stage, total)

    def advance(self, count: int) -> None:
        """Pass on that so many more are done."""
        self._told.advance(count)

    def end(self) -> Mapping[Stage, float]:
        """End the last stage; return the seconds of each."""
        if self._stage is not None:
            stage, began = self._stage
            self._seconds[stage] = self._seconds.get(stage, 0.0) + monotonic() - began
            self._stage = None
        return dict(self._seconds)
