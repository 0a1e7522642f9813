"""Every default of askdocs, once. A file's value is overridden by the environment's, that by the command line's."""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from askdocs.errors import SettingError

BUNDLED_ENCODER = "all-MiniLM-L6-v2"
DEFAULT_INDEX = Path("index")
MAX_QUESTION_CHARACTERS = 4_000
"""Longer than any question; a pasted article is refused with a reason rather than silently cut."""


@dataclass(frozen=True, slots=True)
class PassageSettings:
    """How articles are cut into passages, in cl100k_base tokens. Part of an index: changing one means building again.

    A passage has at most `tokens` of them, and a new one begins every `step`.
    """

    tokens: int = 225
    step: int = 75


@dataclass(frozen=True, slots=True)
class RetrievalSettings:
    """How hits are found in an index that is already built."""

    dense_weight: float = 0.5
    candidates: int = 200
    max_overlap: float = 0.6


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """How quotes are chosen, and when the articles are said not to answer."""

    quotes: int = 3
    hits: int = 10
    min_confidence: float = 0.45
    least_share: float = 0.75
    second_article_share: float = 0.85


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings together. `generations`: how many of an index's stay on the disk, the one in force among them."""

    encoder: str = BUNDLED_ENCODER
    engine: str = "auto"
    device: str = "cpu"
    generations: int = 2
    passages: PassageSettings = field(default_factory=PassageSettings)
    retrieval: RetrievalSettings = field(default_factory=RetrievalSettings)
    answers: AnswerSettings = field(default_factory=AnswerSettings)


def load_settings(file: Path | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the defaults, overridden by a TOML file, overridden by `ASKDOCS_*` variables.

    A variable is named by its path: `ASKDOCS_ENCODER`, `ASKDOCS_PASSAGES_TOKENS`, `ASKDOCS_ANSWERS_MIN_CONFIDENCE`.
    `ASKDOCS_SETTINGS` names the file where `file` does not.

    Raises:
        SettingError: the file cannot be read, or a name or value means nothing.
    """
    settings = Settings()
    path = file or (Path(environment["ASKDOCS_SETTINGS"]) if environment.get("ASKDOCS_SETTINGS") else None)
    if path is not None:
        settings = _with_table(settings, _read_toml(path), where=str(path))
    overridden: Settings = _with_table(settings, _environment_table(environment), where="the environment")
    return overridden


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingError(f"{path}: cannot be read as TOML settings: {error}") from error


def _environment_table(environment: Mapping[str, str]) -> dict[str, Any]:
    """Collect the `ASKDOCS_*` variables that name a setting, as a nested table of strings."""
    table: dict[str, Any] = {}
    for group, values in asdict(Settings()).items():
        names = [group] if not isinstance(values, dict) else [f"{group}_{name}" for name in values]
        for name in names:
            if value := environment.get(f"ASKDOCS_{name.upper()}"):
                if isinstance(values, dict):
                    table.setdefault(group, {})[name.removeprefix(f"{group}_")] = value
                else:
                    table[group] = value
    return table


def _with_table(settings: Any, table: Mapping[str, Any], *, where: str) -> Any:  # any of the dataclasses above
    """Return `settings` with the values of a nested table, each converted to the type of the default it replaces."""
    known = {entry.name for entry in fields(settings)}
    if strange := sorted(set(table) - known):
        raise SettingError(f"{where}: no setting is called {strange[0]!r}; there are {', '.join(sorted(known))}")
    changes = {}
    for name, value in table.items():
        old = getattr(settings, name)
        if is_dataclass(old) and isinstance(value, Mapping):
            changes[name] = _with_table(old, value, where=where)
        else:
            changes[name] = _converted(name, value, type(old), where)
    return replace(settings, **changes)


_WANTED = {int: "a whole number of at least 1", float: "a number of at least 0", str: "a text"}


def _converted(name: str, value: Any, wanted: type, where: str) -> Any:
    """Return a value from a file, or a variable's string, as the type wanted; counts begin at 1, shares at 0.

    Raises:
        SettingError: it is of another type, or so small that it means nothing.
    """
    fault = SettingError(f"{where}: {name} = {value!r} is not {_WANTED.get(wanted, 'a table')}")
    if wanted not in _WANTED or (type(value) not in {str, wanted} and (type(value), wanted) != (int, float)):
        raise fault
    try:
        converted = wanted(value)
    except (TypeError, ValueError) as error:
        raise fault from error
    if not isinstance(converted, str) and not (converted >= (1 if wanted is int else 0) and math.isfinite(converted)):
        raise fault
    return converted
