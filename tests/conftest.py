"""What many tests share: the real encoder, the sample articles indexed with it, and the command line as it runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from askdocs.datatypes import Article
from askdocs.encoding import Encoder, load_encoder
from askdocs.index import build_index
from askdocs.library import Library, open_library
from askdocs.reading import read_sources
from askdocs.sample import articles_folder
from askdocs.settings import BUNDLED_ENCODER, PassageSettings, Settings
from served import Served, serving

settings.register_profile("askdocs", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("askdocs")

Cli = Callable[..., subprocess.CompletedProcess[str]]
"""Called with the arguments after `askdocs`; returns the finished process with what it printed."""


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The bundled encoder, loaded once."""
    return load_encoder(BUNDLED_ENCODER)


@pytest.fixture(scope="session")
def sample_index(encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the sample articles. Shared: a test that alters it takes a copy."""
    folder = tmp_path_factory.mktemp("sample") / "index"
    articles = [found for found in read_sources([articles_folder()]) if isinstance(found, Article)]
    build_index(articles, folder, encoder, PassageSettings())
    return folder


@pytest.fixture(scope="session")
def sample_library(sample_index: Path) -> Library:
    """The sample articles, ready to be asked, with the settings that askdocs ships."""
    return open_library(sample_index, settings=Settings())


@pytest.fixture(scope="session")
def served_sample(sample_index: Path) -> Iterator[Served]:
    """The sample articles, served on this machine as `askdocs chat` serves them."""
    with serving(sample_index) as served:
        yield served


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """The command line in a process of its own, in an empty folder, with no setting from the environment."""

    def run(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
        bare = {name: value for name, value in os.environ.items() if not name.startswith("ASKDOCS_")}
        return subprocess.run(
            [sys.executable, "-m", "askdocs", *map(str, arguments)],
            cwd=tmp_path,
            env=bare | {"PYTHONUTF8": "1", "ASKDOCS_CACHE": str(tmp_path / "cache")} | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    return run
