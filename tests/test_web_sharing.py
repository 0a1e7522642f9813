"""Two people who sign in change nothing of the library unless it is shared, and never see each other's conversation."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

from askdocs.encoding import Encoder
from askdocs.web.access import NOT_SHARED, READ_ONLY
from askdocs.web.passwords import new_token, password_hash
from sending import SNOW, indexed
from served import serving

CHANGES = {"take", "remove", "rebuild", "look"}


@dataclass(frozen=True, eq=False)
class Person:
    """Somebody with a browser of their own, signed in where that is asked for, and the page as it was given to them."""

    browser: httpx.Client
    session: str
    config: dict[str, Any]

    @property
    def events(self) -> set[str]:
        """What the page of this person can ask for."""
        return {event for one in self.config["dependencies"] for _, event in one["targets"]}

    @property
    def says(self) -> str:
        """What stands where files are dropped."""
        return str(self._component("adding")["props"]["value"])

    def articles(self) -> list[str]:
        """Return the ids of the articles that this person can ask."""
        return [one["article_id"] for one in self.browser.get("/api/articles").raise_for_status().json()["articles"]]

    def upload(self, name: str, text: str) -> httpx.Response:
        """Send a file as the page does."""
        return self.browser.post("/gradio_api/upload", files={"files": (name, text.encode())})

    def join(self, component: str, event: str, along: dict[str, Any], typed: str | None = None) -> httpx.Response:
        """Begin an event of the page; the first one that there is where there is none of that name."""
        known = self._component(component)["id"]
        box = self._component("typed")["id"]
        wanted = (one for one in self.config["dependencies"] if [known, event] in one["targets"])
        asked = next(wanted, self.config["dependencies"][0])
        form = {
            "fn_index": asked["id"],
            "trigger_id": known,
            "session_hash": self.session,
            "data": [typed if one == box else None for one in asked["inputs"]],
            "event_data": along,
        }
        return self.browser.post("/gradio_api/queue/join", json=form)

    def do(self, component: str, event: str, along: dict[str, Any], typed: str | None = None) -> str:
        """Have an event of the page done; return all that it showed."""
        self.join(component, event, along, typed).raise_for_status()
        return self.hear(self.session).text

    def hear(self, session: str) -> httpx.Response:
        """Listen to a conversation, one's own or another's."""
        return self.browser.get("/gradio_api/queue/data", params={"session_hash": session})

    def _component(self, elem_id: str) -> dict[str, Any]:
        return next(one for one in self.config["components"] if one["props"].get("elem_id") == elem_id)


@contextmanager
def come_in(address: str, *names: str) -> Iterator[list[Person]]:
    """Let people open the page, each in a browser of their own; who has a password signs in first."""
    with ExitStack() as browsers:
        people = []
        for name in names:
            browser = browsers.enter_context(httpx.Client(base_url=address, timeout=60, follow_redirects=True))
            if "Password" in browser.get("/").text:
                browser.post("/sign-in", data={"name": name, "password": name}).raise_for_status()
            people.append(Person(browser, f"of-{name}", browser.get("/config").raise_for_status().json()))
        yield people


@pytest.fixture(scope="module")
def two_articles(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Path:
    """Index two articles. Shared: a test that alters it takes a copy."""
    return indexed(tmp_path_factory.mktemp("two") / "index", encoder)


@dataclass(frozen=True, slots=True)
class Signing:
    """Two people, ada and eve, whose passwords are their names: the file that says so, and a program's token."""

    file: str
    token: str


@pytest.fixture(scope="module")
def signing(tmp_path_factory: pytest.TempPathFactory) -> Signing:
    """Write the file of users."""
    token, kept = new_token()
    file = tmp_path_factory.mktemp("users") / "users"
    people = "".join(f"{name}:{password_hash(name)}\n" for name in ("ada", "eve"))
    file.write_text(f"{people}bot:{kept}\n", encoding="utf-8")
    return Signing(str(file), token)


def eventually(article: str, person: Person, *, there: bool = True) -> bool:
    """Tell whether an article comes to a person's list, or goes from it."""
    until = monotonic() + 120
    while (article in person.articles()) != there and monotonic() < until:
        sleep(0.2)
    return (article in person.articles()) == there


def assert_nothing_can_be_changed(person: Person, why: str) -> None:
    assert person.upload("snow.md", SNOW).status_code == 404
    assert not person.events & CHANGES
    assert why in unescape(person.says)
    assert 'type="file"' not in person.says
    for component, event in (("adding", "take"), ("adding", "remove"), ("adding", "rebuild"), ("evidence", "open")):
        person.do(component, event, {"files": [], "article": "rain"})
    assert person.articles() == ["rain", "sun"]


def test_who_signs_in_can_change_nothing_unless_the_library_is_shared(two_articles: Path, signing: Signing) -> None:
    with (
        serving(two_articles, token=signing.token, ASKDOCS_WEB_USERS_FILE=signing.file) as served,
        come_in(served.address, "ada", "eve") as people,
    ):
        for person in people:
            assert_nothing_can_be_changed(person, NOT_SHARED)
    assert not (two_articles / "articles").exists()


@pytest.mark.parametrize(
    ("options", "environment", "why"),
    [
        (("--host", "0.0.0.0", "--public"), {}, READ_ONLY),  # noqa: S104
        ((), {"ASKDOCS_WEB_HOSTS": "127.0.0.1 articles.example"}, NOT_SHARED),
    ],
)
def test_nobody_changes_what_others_read_by_oversight(
    two_articles: Path, options: tuple[str, ...], environment: dict[str, str], why: str
) -> None:
    with serving(two_articles, *options, **environment) as served, come_in(served.address, "ada") as (somebody,):
        assert_nothing_can_be_changed(somebody, why)


def test_in_a_shared_library_both_see_what_one_adds_and_neither_the_others_conversation(
    two_articles: Path, tmp_path: Path, signing: Signing
) -> None:
    index = tmp_path / "index"
    shutil.copytree(two_articles, index)
    with (
        serving(index, "--shared", token=signing.token, ASKDOCS_WEB_USERS_FILE=signing.file) as served,
        come_in(served.address, "ada", "eve") as (ada, eve),
    ):
        (path,) = ada.upload("snow.md", SNOW).raise_for_status().json()
        assert "added: Snow" in ada.do("adding", "take", {"files": [{"name": "snow.md", "place": path}]})
        assert eventually("added/snow", eve)
        assert ada.articles() == eve.articles() == ["added/snow", "rain", "sun"]

        asks = {ada: "Who stayed at home in Lenwick?", eve: "Who stayed at home in Corran?"}
        for person, question in asks.items():
            person.join("typed", "submit", {}, typed=question).raise_for_status()
        assert eve.hear(ada.session).status_code == ada.hear(eve.session).status_code == 404
        told = {person: person.hear(person.session).text for person in asks}
        for person, question in asks.items():
            assert question in told[person]
            assert "process_completed" in told[person]
            assert not any(other in told[person] for other in asks.values() if other != question)

        eve.do("adding", "remove", {"article": "added/snow"})
        assert eventually("added/snow", ada, there=False)
    assert not list((index / "articles" / "added").iterdir())
