"""What the campaigns against the index share: their sizes, their seed, the corpora, and what it means to be whole.

`pytest` runs each small. `ASKDOCS_CAMPAIGN=full ASKDOCS_SEED=7 pytest tests/test_index_*.py` runs each in full size and
prints a line for each: what was done, how often, with which seed, and what came of it. eval/campaigns/README.md tells
what each campaign is.

A campaign forks, so it runs in a program of its own: the test file, run as one, with the campaign's name and arguments.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from askdocs.datatypes import Answer, Article, Hit, Passage
from askdocs.index import build_index, embed, open_index
from askdocs.library import Library
from askdocs.settings import AnswerSettings, PassageSettings, Settings
from cutting import passages_of
from fakes import HashEncoder

FULL = os.environ.get("ASKDOCS_CAMPAIGN") == "full"
SEED = int(os.environ.get("ASKDOCS_SEED", "0"))

PASSAGES = PassageSettings(tokens=30, step=15)
SETTINGS = Settings(passages=PASSAGES, answers=AnswerSettings(min_confidence=0.0))
"""A least confidence of 0: `HashEncoder` is no judge of evidence, and a campaign wants quotes."""

QUESTIONS = (
    "Who opened the bridge of town 2?",
    "How many days did it rain in town 3?",
    "Why was the water high?",
    "What does nobody in the old or new edition know?",
)


def size(small: int, full: int) -> int:
    """Return how often to do something."""
    return full if FULL else small


def town(number: int, edition: str, *, sentences: int = 4) -> str:
    """Write an article about a town. Each sentence says which edition it is from."""
    facts = (
        f"The mayor of town {number} opened the bridge in the {edition} edition.",
        f"It rained for {number} days in town {number}, says the {edition} edition.",
        f"Nobody in the {edition} edition knows why the water of town {number} was high.",
        f"The {edition} edition counts {number + 7} boats on the river of town {number}.",
    )
    return " ".join(facts[line % len(facts)] for line in range(sentences))


def corpus(edition: str, *, others: int = 3) -> list[Article]:
    """Return articles of an edition: some that all editions share, two edited ones, and one that no other has."""
    shared = [Article.of(id=f"shared/{number}", text=town(number, "every")) for number in range(others)]
    edited = [Article.of(id=f"edited/{number}", text=town(number, edition)) for number in (others, others + 1)]
    return [*shared, *edited, Article.of(id=f"{edition}/{others + 2}", text=town(others + 2, edition))]


CORPORA: Mapping[str, Sequence[Article]] = {
    "old": corpus("old"),
    "new": corpus("new"),
    "apart": [Article.of(id=f"apart/{number}", text=town(number, "far")) for number in range(2, 8)],
}
"""`old` and `new` share articles, so that a build takes them over; `apart` shares none with them."""


def other(name: str) -> str:
    """Name the corpus that is to be built next, and of which a part is known already."""
    return "new" if name == "old" else "old"


def build(name: str, folder: Path, **wanted: Any) -> None:
    """Build a corpus into an index folder."""
    build_index(CORPORA[name], folder, HashEncoder(), PASSAGES, **wanted)


def library_in(folder: Path) -> Library:
    """Open an index as a reader does."""
    return Library(open_index(folder), HashEncoder(), SETTINGS)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader can get from an index: its articles, its passages and their scores, an answer to each question."""

    articles: list[Article]
    passages: list[Passage]
    hits: list[Hit]
    answers: list[Answer]


def reading(library: Library) -> Reading:
    """Read and ask everything."""
    ids = [one.id for one in library.articles]
    return Reading(
        articles=[library.article(name) for name in ids],
        passages=[passage for name in ids for passage in library.passages(name)],
        hits=library.search(QUESTIONS[-1], k=1_000),
        answers=[library.ask(question) for question in QUESTIONS],
    )


class Whole:
    """Knows what every corpus reads like when it was built at one go, in a folder that nothing happened to."""

    def __init__(self, folder: Path, corpora: Mapping[str, Sequence[Article]] = CORPORA, **wanted: Any) -> None:
        self._known: dict[str, Reading] = {}
        for name, articles in corpora.items():
            build_index(articles, folder / name, HashEncoder(), PASSAGES, **wanted)
            known = reading(library_in(folder / name))
            assert known.articles == sorted(articles, key=lambda article: article.id)
            assert known.passages == [
                passage for article in known.articles for passage in passages_of(article, PASSAGES)
            ]
            assert all(answer.quotes for answer in known.answers)
            self._known[name] = known

    def held(self, folder: Path) -> str:
        """Name the corpus that an index holds: all of it and nothing else, with the very scores of a whole one.

        Raises:
            AskdocsError: there is none, or it is damaged.
        """
        found = reading(library_in(folder))
        names = [name for name, known in self._known.items() if known == found]
        assert names, f"{folder} holds a mixture: {[article.id for article in found.articles]}"
        return names[0]

    def answers(self, name: str) -> list[Answer]:
        """Return what a corpus answers to the questions."""
        return self._known[name].answers


def kinds_of_files(folder: Path) -> Counter[str]:
    """Count the files of an index folder by name, the generations' own names left out."""
    files = (file.relative_to(folder).parts for file in folder.rglob("*") if file.is_file())
    return Counter("/".join(part for place, part in enumerate(parts) if place != 1) for parts in files)


def bytes_in(folder: Path) -> int:
    """Return how much an index folder holds."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def run_program(file: str, *arguments: str | Path) -> Any:
    """Run a test file as the program that it also is, and return the JSON that it prints."""
    run = subprocess.run(
        [sys.executable, file, *map(str, arguments)],
        env=os.environ | {"OMP_NUM_THREADS": "1"},  # OpenMP's threads do not outlive a fork
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def program(campaigns: Mapping[str, Callable[..., Any]]) -> None:
    """Be the program: run the campaign that is named, with its arguments, and print what it returns."""
    name, *arguments = sys.argv[1:]
    embed.BLOCKS_AT_ONCE = 8  # some groups of articles, and a journal of them, where there are else thousands a group
    sys.stdout.write(json.dumps(campaigns[name](*arguments)))


def tell(capsys: pytest.CaptureFixture[str], campaign: str, **counts: object) -> None:
    """Print a campaign's line, where it was run in full size."""
    if FULL:
        with capsys.disabled():
            sys.stdout.write(f"\n| {campaign} | seed {SEED} | {' · '.join(f'{k} {v}' for k, v in counts.items())} |\n")
