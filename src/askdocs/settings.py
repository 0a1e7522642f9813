"""Every default of askdocs, once. A file's value is overridden by the environment's, that by the command line's."""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

from askdocs.errors import SettingError

BUNDLED_ENCODER = "all-MiniLM-L6-v2"
DEFAULT_INDEX = Path("index")
MAX_QUESTION_CHARACTERS = 4_000
"""Longer than any question; a pasted article is refused with a reason rather than silently cut."""

MIN_CONFIDENCE = 0.4
"""The least confidence that is answered by an index that nobody calibrated; eval/LOG.md has what it was chosen by."""


@dataclass(frozen=True, slots=True)
class PassageSettings:
    """How articles are cut into passages, in cl100k_base tokens. Part of an index: changing one means building again.

    A passage has at most `tokens` of them, and a new one begins every `step`.
    """

    tokens: int = 225
    step: int = 75


@dataclass(frozen=True, slots=True)
class RetrievalSettings:
    """How hits are found in an index that is already built.

    `margin`: how much less than the best sentence a sentence may answer and still lengthen the first hit, as `fitting`
    says. With 0.78 hits have three quarters of the characters; with None they are the passages as they were cut: a file
    and a variable say "none", as for every setting that may be left unset.
    `repeated`: how much less a hit counts for each one of the same, short article before it. Quotes and confidence know
    neither. `timely`: how much more, beside 1 for the nearest in meaning and in words, a passage counts whose article
    appeared on the days that a question names ("this week"), and `lately`, where it names none, for one of the last
    days; both only where it is known when the question is asked.
    """

    dense_weight: float = 0.5
    candidates: int = 200
    max_overlap: float = 0.6
    margin: float | None = 0.93
    repeated: float = 0.15
    timely: float = 0.5
    lately: float = 0.1


@dataclass(frozen=True, slots=True)
class AnswerSettings:
    """How quotes are chosen, and when the articles are said not to answer.

    `min_confidence`: the least confidence that is answered. Where it is not set, that is as the index was calibrated,
    else `MIN_CONFIDENCE`; set, it wins over a calibration, whatever its value. `reader`: whether what was found is read
    together with the question to tell near misses; it takes as long as all the rest.
    """

    quotes: int = 3
    hits: int = 10
    min_confidence: float | None = None
    least_share: float = 0.88
    second_article_share: float = 0.88
    reader: bool = True


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Who may use the page, the API and MCP over HTTP, and how much. `[web]` in the file, `ASKDOCS_WEB_*` outside.

    Lists (`proxies`, `hosts`, `users`) are written with spaces between their parts. These settings hold password
    hashes, and no answer depends on them: they are no part of `Settings`, which is saved with every evaluation.
    """

    users: str = ""
    """`NAME:HASH` for each person or program that may sign in, as `askdocs password` prints it."""

    users_file: str = ""
    """A file with one `NAME:HASH` a line."""

    proxy_header: str = ""
    """The request header in which a trusted proxy names who has signed in there, for example X-Forwarded-User."""

    proxies: str = ""
    """Addresses or networks whose proxy header, and whose word on the client's address, is believed."""

    hosts: str = ""
    """The names under which the page may be addressed; where empty, any (on a loopback address: this machine's)."""

    public: bool = False
    """Whether anyone who reaches the page may read and ask, without signing in."""

    read_only: bool = False
    """Whether the articles can only be asked, not added to or removed. Wins over `shared`."""

    shared: bool = False
    """Whether those who sign in may add and remove articles, which all of them then see."""

    session_hours: float = 12.0
    """How long a person stays signed in."""

    sign_in_attempts: int = 5
    """Wrong passwords a minute, for each client, before more are refused; for each name four times as many."""

    calls_per_minute: int = 120
    """Questions, searches, events and openings of the page a minute, for each client; not counted where the person at
    this machine is alone with it."""

    at_once: int = 3
    """Questions answered at the same time."""

    waiting: int = 24
    """Questions that may wait for those; the next is told that askdocs is busy."""

    page_events: int = 12
    """Conversations of the page with an event under way; more are told the same. Each costs what three calls do. Where
    others may come in, one client has a third of them."""

    page_conversations: int = 500
    """Conversations of the page that are kept, some 30 kB for each answer in them; then the one used longest ago is
    forgotten. Where others may come in, one client begins a fifth of them an hour."""

    wordings_at_once: int = 8
    """Answers that a language model is wording at the same time, where one is set; the next stays unworded."""

    patience_seconds: float = 0.6
    """How long a question waits at most, before it is told the same."""

    question_seconds: float = 30.0
    """How long an answer is waited for."""

    body_kilobytes: int = 256
    """The largest request; an upload has a bound of its own."""

    body_seconds: float = 20.0
    """How long the head of a request may take to arrive, and how long the rest; an upload ten times as long."""

    upload_megabytes: int = 16
    """The largest request of files to add, where adding is allowed."""


@dataclass(frozen=True, slots=True)
class LanguageModelSettings:
    """A language model that words answers, if one is to: the address of a server that speaks OpenAI's chat completions.

    `url` ends with the version, for example `http://127.0.0.1:11434/v1`; without one no model is asked. A key is read
    from the environment, `ASKDOCS_LLM_KEY`, and nowhere else.
    """

    url: str = ""
    model: str = ""
    seconds: float = 12.0
    """How long its words are waited for; then the quotes stand by themselves."""


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
    llm: LanguageModelSettings = field(default_factory=LanguageModelSettings)


def load_settings(file: Path | None = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the defaults, overridden by a TOML file, overridden by `ASKDOCS_*` variables.

    A variable is named by its path: `ASKDOCS_ENCODER`, `ASKDOCS_PASSAGES_TOKENS`, `ASKDOCS_ANSWERS_MIN_CONFIDENCE`.
    `ASKDOCS_SETTINGS` names the file where `file` does not.

    Raises:
        SettingError: the file cannot be read, or a name or value means nothing.
    """
    settings = Settings()
    path = _settings_file(file, environment)
    if path is not None:
        table = {name: value for name, value in _read_toml(path).items() if name != _WEB}
        settings = _with_table(settings, table, where=str(path))
    overridden: Settings = _with_table(settings, _environment_table(environment), where="the environment")
    return overridden


def load_web_settings(file: Path | None = None, environment: Mapping[str, str] = os.environ) -> WebSettings:
    """Return the settings of the served page, from the `[web]` table of the same file and from `ASKDOCS_WEB_*`.

    Raises:
        SettingError: the file cannot be read, a name or value means nothing, or a setting that says who signs in is
            there and empty: then somebody meant that not everyone comes in.
    """
    settings = WebSettings()
    path = _settings_file(file, environment)
    if path is not None:
        table = _read_toml(path).get(_WEB, {})
        if not isinstance(table, Mapping):
            raise SettingError(f"{path}: {_WEB} = {table!r} is not a table, which begins with the line [{_WEB}]")
        _require_words(table, where=f"{path}: {_WEB}.")
        settings = _with_table(settings, table, where=str(path))
    named = {entry.name: environment.get(f"ASKDOCS_{_WEB}_{entry.name}".upper()) for entry in fields(settings)}
    _require_words(named, where=f"the environment: ASKDOCS_{_WEB.upper()}_")
    said = {name: value for name, value in named.items() if value}
    overridden: WebSettings = _with_table(settings, said, where="the environment")
    return overridden


_WEB = "web"
"""The table of a settings file that holds `WebSettings`."""

_SIGNING_IN = ("users", "users_file", "proxy_header")
"""Those of them that say who signs in."""


def _require_words(named: Mapping[str, Any], *, where: str) -> None:
    """Refuse a setting of who signs in that was set, and to nothing.

    Raises:
        SettingError: there is one.
    """
    for name in _SIGNING_IN:
        if isinstance(said := named.get(name), str) and not said.strip():
            spelled = name.upper() if where.endswith("_") else name
            raise SettingError(
                f"{where}{spelled} is set, but empty: nobody would have to sign in; `askdocs password NAME` prints a "
                "line for a file of users; leave the setting out where nobody is to sign in"
            )


def _settings_file(file: Path | None, environment: Mapping[str, str]) -> Path | None:
    return file or (Path(environment["ASKDOCS_SETTINGS"]) if environment.get("ASKDOCS_SETTINGS") else None)


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
    """Return `settings` with the values of a nested table, each converted to the type that it is of."""
    known = {entry.name for entry in fields(settings)}
    if strange := sorted(set(table) - known):
        raise SettingError(f"{where}: no setting is called {strange[0]!r}; there are {', '.join(sorted(known))}")
    changes = {}
    for name, value in table.items():
        old = getattr(settings, name)
        if is_dataclass(old) and isinstance(value, Mapping):
            changes[name] = _with_table(old, value, where=where)
        elif value == "none" and NoneType in get_args(get_type_hints(type(settings))[name]):
            changes[name] = None
        else:
            changes[name] = _converted(name, value, _kind(settings, name), where)
    return replace(settings, **changes)


def _kind(settings: Any, name: str) -> type:
    """Return the type of a setting's values; that it may be left unset says nothing about them."""
    hint = get_type_hints(type(settings))[name]
    kind: type = next(one for one in get_args(hint) or (hint,) if one is not NoneType)
    return kind


_WANTED = {
    int: "a whole number of at least 1",
    float: "a number of at least 0",
    str: "a text",
    bool: "one of true and false",
}
_SHARES = frozenset(
    {
        "dense_weight",
        "max_overlap",
        "margin",
        "repeated",
        "timely",
        "lately",
        "min_confidence",
        "least_share",
        "second_article_share",
    }
)
_TRUTHS = {"true": True, "false": False}


def _converted(name: str, value: Any, wanted: type, where: str) -> Any:
    """Return a value from a file, or a variable's string, as the type wanted; counts begin at 1, shares at 0.

    Raises:
        SettingError: it is of another type, or so small, or for a share so large, that it means nothing.
    """
    meant = "a share, which is a number from 0 to 1" if name in _SHARES else _WANTED.get(wanted, "a table")
    fault = SettingError(f"{where}: {name} = {value!r} is not {meant}")
    if wanted not in _WANTED or (type(value) not in {str, wanted} and (type(value), wanted) != (int, float)):
        raise fault
    try:
        converted = _TRUTHS[str(value).lower()] if wanted is bool else wanted(value)
    except (KeyError, TypeError, ValueError) as error:
        raise fault from error
    if not isinstance(converted, str | bool) and not (
        converted >= (1 if wanted is int else 0) and math.isfinite(converted)
    ):
        raise fault
    if name in _SHARES and converted > 1:
        raise fault
    return converted
