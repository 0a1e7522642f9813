"""Settings: a file's value is overridden by the environment's, and what means nothing is refused by name."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path

import pytest

from askdocs.errors import SettingError
from askdocs.settings import AnswerSettings, RetrievalSettings, Settings, load_settings


def names() -> list[tuple[str, ...]]:
    """Every setting's path."""
    return [
        (group, *rest)
        for group, values in asdict(Settings()).items()
        for rest in ([(name,) for name in values] if isinstance(values, dict) else [()])
    ]


def value_at(settings: Settings, path: tuple[str, ...]) -> object:
    found: object = settings
    for name in path:
        found = getattr(found, name)
    return found


def test_without_a_file_and_variables_the_defaults_hold() -> None:
    assert load_settings(environment={}) == Settings()


@pytest.mark.parametrize("path", names(), ids=".".join)
def test_every_setting_can_be_given_by_the_environment_and_by_a_file(path: tuple[str, ...], tmp_path: Path) -> None:
    default = value_at(Settings(), path)
    a_share = default is None or (isinstance(default, float) and default <= 1)
    wanted = 0.75 if a_share else {str: "other", int: 7, float: 7.5, bool: False}[type(default)]

    given = load_settings(environment={"ASKDOCS_" + "_".join(path).upper(): str(wanted)})
    assert value_at(given, path) == wanted
    assert type(value_at(given, path)) is type(wanted)

    file = tmp_path / "settings.toml"
    written = f'"{wanted}"' if isinstance(wanted, str) else str(wanted).lower()
    file.write_text("".join(f"[{group}]\n" for group in path[:-1]) + f"{path[-1]} = {written}\n", encoding="utf-8")
    assert load_settings(file, {}) == given


def test_the_environment_overrides_the_file_that_it_names(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('encoder = "mine"\n[answers]\nquotes = 5\nhits = 6\n', encoding="utf-8")
    found = load_settings(environment={"ASKDOCS_SETTINGS": str(file), "ASKDOCS_ANSWERS_QUOTES": "2"})
    assert (found.encoder, found.answers.quotes, found.answers.hits) == ("mine", 2, 6)


@pytest.mark.parametrize(("group", "name"), [("retrieval", "margin"), ("answers", "min_confidence")])
def test_a_setting_that_may_be_unset_is_unset_by_none(group: str, name: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(f"[{group}]\n{name} = 0.5\n", encoding="utf-8")
    variable = f"ASKDOCS_{group}_{name}".upper()
    assert value_at(load_settings(file, {variable: "none"}), (group, name)) is None
    file.write_text(f'[{group}]\n{name} = "none"\n', encoding="utf-8")
    assert value_at(load_settings(file, {}), (group, name)) is None


def test_a_setting_that_has_to_be_set_is_not_unset_by_none() -> None:
    with pytest.raises(SettingError, match="repeated = 'none' is not a share"):
        load_settings(environment={"ASKDOCS_RETRIEVAL_REPEATED": "none"})


def test_an_empty_variable_is_none() -> None:
    assert load_settings(environment={"ASKDOCS_ENCODER": "", "ASKDOCS_SETTINGS": ""}) == Settings()


def test_a_file_given_overrides_the_one_that_the_environment_names(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[answers]\nquotes = 5\n", encoding="utf-8")
    assert load_settings(file, {"ASKDOCS_SETTINGS": "missing.toml"}).answers.quotes == 5


REFUSED = {
    "colour = 1": "colour",
    "[answers]\ncolour = 1": "colour",
    "[answers]\nquotes = 'three'": "quotes",
    "[answers]\nmin_confidence = [0.5]": "min_confidence",
    "answers = 3": "answers",
    "answers = 'three'": "answers",
    "[encoder]\nname = 1": "encoder",
    "not TOML": "TOML",
    "encoder = 3": "encoder",
    "[answers]\nquotes = 2.5": "quotes",
    "[answers]\nquotes = true": "quotes",
    "[answers]\nquotes = 0": "quotes",
    "[answers]\nmin_confidence = nan": "min_confidence",
    "[answers]\nmin_confidence = -0.1": "min_confidence",
    "[passages]\nstep = 0": "step",
}


@pytest.mark.parametrize("content", REFUSED, ids=lambda content: content.replace("\n", " "))
def test_what_means_nothing_is_refused_by_name(content: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(SettingError, match=REFUSED[content]) as caught:
        load_settings(file, {})
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"], ids=["missing", "not UTF-8"])
def test_a_file_that_cannot_be_read_is_named(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingError, match=r"settings\.toml"):
        load_settings(file, {})


def test_a_whole_number_will_do_where_a_share_is_wanted(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("[answers]\nmin_confidence = 1\n", encoding="utf-8")
    assert load_settings(file, {}).answers.min_confidence == 1.0


SHARES = (
    *("min_confidence", "least_share", "second_article_share"),
    *("dense_weight", "max_overlap", "margin", "repeated", "timely", "lately"),
)


@pytest.mark.parametrize("name", SHARES)
@pytest.mark.parametrize("value", ["45", "1.01", "-0.1", "nan"])
def test_a_share_beyond_the_whole_is_refused_by_name(name: str, value: str) -> None:
    group = "ANSWERS" if "share" in name or name == "min_confidence" else "RETRIEVAL"
    with pytest.raises(SettingError, match=f"{name} = '{value}' is not a share, which is a number from 0 to 1"):
        load_settings(environment={f"ASKDOCS_{group}_{name.upper()}": value})


def test_every_number_of_answering_and_retrieval_that_is_no_count_is_a_share() -> None:
    """A new setting is a count or belongs to those whose largest value is checked."""
    named = {
        entry.name
        for group in (AnswerSettings, RetrievalSettings)
        for entry in fields(group)
        if "float" in str(entry.type)
    }
    assert named == set(SHARES)


def test_a_variable_that_means_nothing_is_refused_by_name() -> None:
    with pytest.raises(SettingError, match="environment: tokens = 'many' is not a whole number"):
        load_settings(environment={"ASKDOCS_PASSAGES_TOKENS": "many"})
