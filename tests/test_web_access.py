"""Who may use the page is decided in one place, and nothing is open to the network by oversight."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from askdocs.errors import PageError, SettingError
from askdocs.settings import WebSettings, load_settings, load_web_settings
from askdocs.web.access import NOT_SHARED, READ_ONLY, Access
from askdocs.web.passwords import new_token, password_hash

USERS = f"ada:{password_hash('secret')}"


def test_by_default_only_this_machine_is_answered_and_it_may_change_the_articles() -> None:
    access = Access.of(WebSettings())
    assert (access.local, access.alone, access.signing_in) == (True, True, False)
    assert access.why_fixed is None


USER_HEADER = "X-Forwarded-User"


@pytest.mark.parametrize(
    ("others", "host"),
    [
        (WebSettings(users=USERS), "127.0.0.1"),
        (WebSettings(users=USERS), "0.0.0.0"),  # noqa: S104
        (WebSettings(proxy_header=USER_HEADER, proxies="10.0.0.0/8"), "127.0.0.1"),
        (WebSettings(proxy_header=USER_HEADER, proxies="10.0.0.0/8"), "10.0.0.1"),
        (WebSettings(proxies="127.0.0.1"), "127.0.0.1"),
        (WebSettings(hosts="articles.example"), "127.0.0.1"),
    ],
)
def test_where_others_may_come_in_nothing_is_changed_unless_it_is_said_to_be_shared(
    others: WebSettings, host: str
) -> None:
    access = Access.of(others, host=host)
    assert (access.why_fixed, access.alone) == (NOT_SHARED, False)
    shared = replace(others, shared=True)
    assert Access.of(shared, host=host).why_fixed is None
    assert Access.of(replace(shared, read_only=True), host=host).why_fixed == READ_ONLY


def test_whoever_says_of_himself_who_may_come_in_shares_nothing_by_oversight() -> None:
    assert Access(local=False).why_fixed == NOT_SHARED
    assert Access(local=False, shared=True).why_fixed is None
    assert Access(read_only=True).why_fixed == READ_ONLY


def test_names_of_this_machine_let_nobody_else_in() -> None:
    assert Access.of(WebSettings(hosts="localhost 127.0.0.1")).why_fixed is None


def test_nobody_signs_in_to_a_public_page_so_nobody_can_share_it() -> None:
    with pytest.raises(SettingError, match=r"web\.shared .*choose one"):
        Access.of(WebSettings(public=True, shared=True))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "my-machine", "127.0.0.1.evil.example"])  # noqa: S104
def test_the_network_is_refused_unless_people_sign_in_or_the_public_was_meant(host: str) -> None:
    with pytest.raises(PageError, match="--public"):
        Access.of(WebSettings(), host=host)
    public = Access.of(WebSettings(public=True), host=host)
    assert (public.local, public.why_fixed, public.alone) == (False, READ_ONLY, False)
    private = Access.of(WebSettings(users=USERS), host=host)
    assert (private.local, private.why_fixed, private.signing_in, private.alone) == (False, NOT_SHARED, True, False)


def test_a_public_page_with_users_means_two_things_at_once() -> None:
    with pytest.raises(SettingError, match="choose one"):
        Access.of(WebSettings(users=USERS, public=True))


def test_a_header_is_believed_from_named_addresses_only() -> None:
    with pytest.raises(SettingError, match=r"web\.proxies"):
        Access.of(WebSettings(proxy_header="X-Forwarded-User"))
    access = Access.of(WebSettings(proxy_header="X-Forwarded-User", proxies="10.0.0.0/8 ::1"), host="10.0.0.1")
    assert (access.proxy_header, access.signing_in) == ("x-forwarded-user", True)
    assert access.trusts("10.9.9.9")
    assert access.trusts("::1")
    assert access.trusts("::ffff:10.9.9.9")
    assert not access.trusts("::ffff:11.0.0.1")
    assert not any(access.trusts(one) for one in ("11.0.0.1", "127.0.0.1", "", "testclient"))
    with pytest.raises(SettingError, match=r"10\.0\.0\.0/8"):
        Access.of(WebSettings(proxies="nonsense"))


def test_users_are_read_from_the_setting_and_from_a_file(tmp_path: Path) -> None:
    token, kept = new_token()
    file = tmp_path / "users"
    file.write_text(f"# people\n\n{USERS}\nbot:{kept}\n", encoding="utf-8")
    users = Access.of(WebSettings(users_file=str(file), users=f"eve:{password_hash('other')}")).users
    assert users.passwords.keys() == {"ada", "eve"}
    assert users.holder_of(token) == "bot"
    assert users.holder_of(token + "x") is None


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("ada", "not one that"),
        ("ada:secret", "not one that"),
        ("ada:scrypt-15-8-3$x", "not one that"),
        ("ada:scrypt-15-8-3$x$y", "not one that"),
        ("ada:scrypt-1-8-1$AAAAAAAAAAAAAAAAAAAAAA==$AAAA", "not one that"),
        ("ada:token-sha256$abc", "not one that"),
        ("a b:c", "not one that|no name"),
        (":c", "no name"),
        (f"{USERS} {USERS}", "two entries"),
    ],
)
def test_a_line_that_is_none_is_named_without_what_it_keeps(line: str, told: str) -> None:
    with pytest.raises(SettingError, match=told) as caught:
        Access.of(WebSettings(users=line))
    assert "secret" not in str(caught.value)


def test_users_that_are_nobody_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "users"
    file.write_text("# nobody yet\n\n")
    with pytest.raises(SettingError, match="there is no user"):
        Access.of(WebSettings(users_file=str(file)))
    with pytest.raises(SettingError, match="there is no user"):
        Access.of(WebSettings(users=" "))


@pytest.mark.parametrize("name", ["users", "users_file", "proxy_header"])
@pytest.mark.parametrize("said", ["", "  "])
def test_users_that_are_set_to_nothing_let_nobody_in_by_oversight(name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=f"ASKDOCS_WEB_{name.upper()} is set, but empty"):
        load_web_settings(None, {f"ASKDOCS_WEB_{name.upper()}": said})
    file = tmp_path / "askdocs.toml"
    file.write_text(f'[web]\n{name} = "{said}"', encoding="utf-8")
    with pytest.raises(SettingError, match=rf"web\.{name} is set, but empty"):
        load_web_settings(file, {})


@pytest.mark.parametrize("header", ["X Forwarded User", "x-user:", "é", "x-user\n"])
def test_a_header_that_no_request_can_have_is_refused(header: str) -> None:
    with pytest.raises(SettingError, match="not the name of a header"):
        Access.of(WebSettings(proxy_header=header, proxies="127.0.0.1"))


def test_a_file_of_users_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="nobody"):
        Access.of(WebSettings(users_file=str(tmp_path / "nobody")))


def test_settings_of_the_page_stand_in_the_same_file_and_in_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "askdocs.toml"
    file.write_text('engine = "torch"\n[web]\npublic = true\nwaiting = 7\n', encoding="utf-8")
    assert load_settings(file, {}).engine == "torch"
    assert load_web_settings(file, {}) == WebSettings(public=True, waiting=7)
    environment = {"ASKDOCS_WEB_PUBLIC": "false", "ASKDOCS_WEB_HOSTS": "a.example b.example"}
    assert load_web_settings(file, environment) == WebSettings(waiting=7, hosts="a.example b.example")


@pytest.mark.parametrize("text", ["[web]\nwaiting = 0", "[web]\npublic = 1", "[web]\nnobody = 1", "web = 3"])
def test_a_setting_of_the_page_that_means_nothing_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "askdocs.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingError):
        load_web_settings(file, {})
    with pytest.raises(SettingError):
        load_web_settings(None, {"ASKDOCS_WEB_PUBLIC": "perhaps"})
