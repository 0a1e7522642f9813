"""The API returns what the command line prints, describes itself truly, and fails kindly."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from askdocs.contracts import answer_form, article_form, search_form
from askdocs.datatypes import Article
from askdocs.errors import AskdocsError, EncoderError, IndexDamagedError
from askdocs.filters import ArticleFilter
from askdocs.index import build_index, open_index
from askdocs.library import Library
from askdocs.settings import PassageSettings, Settings, WebSettings
from askdocs.web.api import api_app
from askdocs.web.forms import AnswerForm, ArticleForm, ArticlesForm, SearchForm
from askdocs.web.limits import Gates
from askdocs.web.programs import Programs, complain, fault_of
from fakes import HashEncoder
from served import Served, error_of, told

QUESTION = "Why do Belarusian commanders resist joining the war?"


def test_ask_returns_what_the_library_answers(served_sample: Served, sample_library: Library) -> None:
    for question, history in (
        (QUESTION, []),
        ("And how many troops could they send?", [QUESTION]),
        ("Zebra xylophone?", []),
    ):
        answer = served_sample.post("/api/ask", {"question": question, "history": history})
        assert answer.status_code == 200
        assert answer.json() == told(answer_form(sample_library.ask(question, history), sample_library.article))
        AnswerForm.model_validate_json(answer.text)


def test_search_returns_what_the_library_finds(served_sample: Served, sample_library: Library) -> None:
    found = served_sample.post("/api/search", {"question": "bus strike", "k": 3})
    assert found.json() == search_form("bus strike", sample_library.search("bus strike", 3), sample_library.article)
    SearchForm.model_validate_json(found.text)


def test_a_call_limits_what_is_searched(served_sample: Served, sample_library: Library) -> None:
    outlet = sample_library.articles[0].outlet
    assert outlet is not None
    within = ArticleFilter(outlets=(outlet,), since="2022")
    call = {"question": QUESTION, "within": {"outlets": [outlet], "since": "2022"}}
    expected = told(answer_form(sample_library.ask(QUESTION, within=within), sample_library.article))
    assert served_sample.post("/api/ask", call).json() == expected


def test_articles_are_listed_within_limits_and_in_parts(served_sample: Served, sample_library: Library) -> None:
    listed = served_sample.get("/api/articles").json()
    ArticlesForm.model_validate(listed)
    assert [one["article_id"] for one in listed["articles"]] == [one.id for one in sample_library.articles]
    assert listed["total"] == len(sample_library.articles)
    part = served_sample.get("/api/articles?offset=3&limit=2").json()
    assert part == {"total": listed["total"], "offset": 3, "articles": listed["articles"][3:5]}
    outlet = listed["articles"][0]["outlet"]
    chosen = served_sample.get(f"/api/articles?outlet={quote(outlet)}&since=2022-01&until=2022-12-31").json()[
        "articles"
    ]
    assert chosen
    assert chosen == [
        one
        for one in listed["articles"]
        if one["outlet"] == outlet and "2022-01" <= (one["published"] or "") <= "2022-12-31"
    ]
    word = listed["articles"][0]["title"].split()[0].upper()
    assert listed["articles"][0] in served_sample.get(f"/api/articles?words={quote(word)}").json()["articles"]


def test_one_article_is_returned_with_its_text(served_sample: Served, sample_library: Library) -> None:
    first = sample_library.articles[0].id
    answer = served_sample.get(f"/api/articles/{first}")
    assert answer.json() == told(article_form(sample_library.article(first)))
    ArticleForm.model_validate_json(answer.text)


@pytest.mark.parametrize(
    ("call", "status", "kind"),
    [
        ({"question": ""}, 422, "question"),
        ({"question": "?!"}, 422, "question"),
        ({"question": "x" * 4_001}, 422, "request"),
        ({"question": 7}, 422, "request"),
        ({}, 422, "request"),
        ([], 422, "request"),
        ({"question": "x", "surprise": 1}, 422, "request"),
        ({"question": "x", "history": ["x"] * 51}, 422, "request"),
        ({"question": "x", "within": {"since": "yesterday"}}, 422, "filter"),
        ({"question": "x", "within": {"since": "2023", "until": "2022"}}, 422, "filter"),
        ({"question": "x", "within": {"outlets": "one"}}, 422, "request"),
    ],
)
def test_a_call_that_means_nothing_is_told_why(served_sample: Served, call: object, status: int, kind: str) -> None:
    assert error_of(served_sample.post("/api/ask", call)) == (status, kind)


def test_what_is_no_json_is_told_so_without_being_repeated(served_sample: Served) -> None:
    for body in (b"{", b"\xff\xfe", b'{"question": NaN', b"[" * 5_000, b""):
        headers = {"content-type": "application/json"}
        answer = httpx.post(f"{served_sample.address}/api/ask", content=body, headers=headers, timeout=60)
        assert error_of(answer)[0] in {400, 422}, body[:20]
    secret = served_sample.post("/api/ask", {"question": ["my secret"]})
    assert "my secret" not in secret.text


def test_what_is_not_there_is_told_so(served_sample: Served) -> None:
    assert error_of(served_sample.get("/api/articles/nowhere")) == (404, "not_found")
    assert error_of(served_sample.get("/api/nowhere")) == (404, "not_found")
    assert error_of(served_sample.get("/api/ask")) == (404, "not_found")
    assert error_of(served_sample.get("/api/articles?limit=0")) == (422, "request")
    assert error_of(served_sample.get("/api/articles?since=never")) == (422, "filter")


def test_the_description_names_every_route_and_its_errors(served_sample: Served) -> None:
    described = served_sample.get("/api/openapi.json").json()
    assert described["servers"] == [{"url": "/api"}]
    assert {(path, *methods) for path, methods in described["paths"].items()} == {
        ("/ask", "post"),
        ("/search", "post"),
        ("/articles", "get"),
        ("/articles/{article_id}", "get"),
    }
    for methods in described["paths"].values():
        for route in methods.values():
            assert {"200", "401", "422", "429", "503"} <= route["responses"].keys()
            assert route["responses"]["422"]["content"]["application/json"]["schema"]["$ref"].endswith("/ErrorForm")


# --- odd articles, and failures that are ours: in the process itself -----------------------------------------------

ODD = Article.of(
    id='a/../"><b>é', text="The quokka ledger never closed \u2028 early.", title="\u202e", source="/home/ada/q.md"
)


@pytest.fixture
def odd(tmp_path: Path) -> Library:
    """A library of one odd article."""
    build_index([ODD], tmp_path / "index", HashEncoder(), PassageSettings())
    return Library(open_index(tmp_path / "index"), HashEncoder(), Settings())


def call(programs: Programs, method: str, path: str, form: object = None) -> httpx.Response:
    """Call the API without a server around it."""

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(api_app(programs)), base_url="http://a") as client:
            return await client.request(method, path, json=form)

    return asyncio.run(send())


def test_an_odd_article_arrives_as_it_is_but_without_this_machines_folders(odd: Library) -> None:
    programs = Programs(odd, Gates.of(WebSettings()))
    answer = call(programs, "POST", "/ask", {"question": "Who closed the quokka ledger?"}).json()
    assert answer["hits"][0]["text"] == ODD.text
    article = call(programs, "GET", f"/articles/{quote(ODD.id, safe='')}").json()
    assert article == article_form(ODD) | {"source": "q.md", "body": [list(span) for span in ODD.body]}
    assert call(programs, "GET", "/articles").json()["articles"][0]["source"] == "q.md"


def test_an_article_that_is_not_there_is_told_without_the_folder_of_the_index(odd: Library) -> None:
    answer = call(Programs(odd, Gates.of(WebSettings())), "GET", "/articles/" + "no" * 200)
    assert error_of(answer) == (404, "not_found")
    assert answer.json()["error"]["message"] == f"no article has the id {'no' * 100!r}"


def test_one_more_than_can_be_answered_is_told_when_to_come_back(odd: Library) -> None:
    closed = Gates.of(WebSettings())
    closed.close()
    answer = call(Programs(odd, closed), "POST", "/ask", {"question": "Who closed the ledger?"})
    assert error_of(answer) == (503, "busy")
    assert answer.headers["retry-after"] == "1"


def test_a_failure_of_ours_is_told_without_a_path(
    odd: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = max(
        (one for one in tmp_path.rglob("*") if one.is_file()), key=lambda one: ODD.text[:9].encode() in one.read_bytes()
    )
    texts.write_bytes(b"")
    answer = call(Programs(odd, Gates.of(WebSettings())), "GET", f"/articles/{quote(ODD.id, safe='')}")
    assert error_of(answer) == (503, "index")
    assert str(tmp_path) not in answer.text
    assert str(tmp_path) in capsys.readouterr().err


@pytest.mark.parametrize("error", [IndexDamagedError("/srv/x is gone"), EncoderError("/models/x"), AskdocsError("/x")])
def test_what_is_ours_to_mend_is_told_to_the_terminal_alone(
    error: AskdocsError, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = fault_of(error)
    assert (fault.status, fault.kind) == (503, "index")
    assert "/" not in fault.message
    assert str(error) in capsys.readouterr().err


def test_a_complaint_is_one_line_that_gives_the_terminal_no_orders(capsys: pytest.CaptureFixture[str]) -> None:
    complain("a\nb\x1b[2J\x9b2J\x7f, é")
    assert capsys.readouterr().err == "askdocs: a b\ufffd[2J\ufffd2J\ufffd, é\n"
