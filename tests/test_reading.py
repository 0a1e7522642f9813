"""Files and folders become articles, and whatever cannot be read is named."""

from __future__ import annotations

import gzip
import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.datatypes import Article, text_sha256
from askdocs.errors import ReadError
from askdocs.index import build_index
from askdocs.index.pointer import POINTER
from askdocs.reading import SUFFIXES, count_files, read_sources
from askdocs.reading.files import MAX_FILE_BYTES, Found, find_files
from askdocs.reading.jsonl import read_rows
from askdocs.settings import PassageSettings
from fakes import HashEncoder
from strategies import awkward_text

CORPUS = Path(__file__).parent / "corpus"


def read(*paths: Path) -> tuple[dict[str, Article], list[ReadError]]:
    results = list(read_sources(paths))
    articles = {result.id: result for result in results if isinstance(result, Article)}
    return articles, [result for result in results if isinstance(result, ReadError)]


def prose(article: Article) -> list[str]:
    return [article.text[start:end] for start, end in article.body]


def test_every_file_of_a_folder_is_an_article_or_an_error() -> None:
    articles, errors = read(CORPUS)
    files = {path.name for path in CORPUS.iterdir()}
    sources = [*(article.source for article in articles.values()), *(error.source for error in errors)]
    assert {Path(re.sub(r":\d+$", "", source)).name for source in sources} == files
    assert count_files([CORPUS]) == len(files)


def test_every_article_can_be_stored_and_its_spans_are_ordered_disjoint_and_inside() -> None:
    for article in read(CORPUS)[0].values():
        article.text.encode("utf-8")
        assert article.sha256 == text_sha256(article.text)
        ends = [position for span in article.body for position in span]
        assert ends == sorted(ends)
        assert ends[0] >= 0
        assert ends[-1] <= len(article.text)
        assert all(start < end for start, end in article.body)


def test_a_text_file_gives_its_title_and_keeps_its_text() -> None:
    article = read(CORPUS / "windows-1252.txt")[0]["windows-1252"]
    assert article.title == "The café closed"
    assert article.text.startswith("The café closed\n\nThe owners of the café said they were “very sad”")
    assert prose(article) == [article.text.split("\n\n")[1].strip()]


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    articles, _ = read(CORPUS / "utf-8-mark.txt", CORPUS / "utf-16.txt")
    assert articles["utf-8-mark"].text.startswith("A marked file")
    assert articles["utf-16"].title == "Grüße aus Köln"


def test_fields_at_the_head_of_a_text_are_read_and_left_out_of_its_body() -> None:
    article = read(CORPUS / "fields.txt")[0]["fields"]
    assert (article.title, article.author) == ("A Letter From Mars", "Ada Moss")
    assert (article.outlet, article.published) == ("The Red Planet", "2030-07-04")
    assert prose(article)[0].startswith("The dust has settled.")


@pytest.mark.parametrize("suffix", [".txt", ".md", ".jsonl"])
@pytest.mark.parametrize(
    "said",
    [
        {"title": "The bridge", "author": "Jane Doe", "date": "2022-04-12", "outlet": "The Herald", "url": "h://a/1"},
        {"headline": "The bridge", "by": "Jane Doe", "published": "2022-04-12", "site": "The Herald", "link": "h://a/1"},
        {
            "Headline": "Another", "Title": "The bridge", "Authors": "Jane Doe", "Publisher": "The Herald",
            "Date": "2022-04-12", "Published": "2022-04-13", "Source": "Wire", "Canonical": "h://a/1",
        },
    ],
)  # fmt: skip
def test_a_field_has_the_same_names_in_every_form(tmp_path: Path, suffix: str, said: dict[str, str]) -> None:
    file = tmp_path / f"a{suffix}"
    head = "\n".join(f"{name}: {value}" for name, value in said.items())
    row = {name.lower(): value for name, value in said.items()} | {"id": "a", "text": "Some prose."}
    forms = {".txt": f"{head}\n\nSome prose.", ".md": f"---\n{head}\n---\n\nSome prose.", ".jsonl": json.dumps(row)}
    file.write_text(forms[suffix], encoding="utf-8")
    article = read(file)[0]["a"]
    assert (article.title, article.author, article.published) == ("The bridge", "Jane Doe", "2022-04-12")
    assert (article.outlet, article.url) == ("The Herald", "h://a/1")
    assert prose(article) == ["Some prose."]


@pytest.mark.parametrize("suffix", [".txt", ".md"])
def test_a_source_that_is_an_address_is_no_outlet(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"a{suffix}"
    fence = "---\n" if suffix == ".md" else ""
    file.write_text(f"{fence}Source: https://a.example/1\nTitle: A\n{fence}\nSome prose.", encoding="utf-8")
    article = read(file)[0]["a"]
    assert (article.outlet, article.url) == (None, "https://a.example/1")


@pytest.mark.parametrize(
    "text",
    [
        "Authors: who are they, and who reads them? Nobody knows.\n\nThe answer is a long one.",
        "Language: the words that we share.\nIt is older than writing: nobody knows by how much.",
        "Witness: I saw it.\nSource: a neighbour.\nThe street was dark, and nobody else was about.",
    ],
)
def test_a_line_of_prose_with_a_colon_is_no_field(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    article = read(tmp_path)[0]["a"]
    assert (article.author, article.outlet, article.language) == (None, None, None)
    assert prose(article)[0].startswith(text[:8])


def test_another_name_in_a_row_that_holds_no_words_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    rows: list[dict[str, object]] = [{"by": 7, "link": {"href": "/a"}, "headline": ["A"]}, {"title": 7}]
    file.write_text("\n".join(json.dumps({"id": n, "text": "t"} | row) for n, row in enumerate(rows)), encoding="utf-8")
    articles, errors = read(file)
    assert [(one.title, one.author, one.url) for one in articles.values()] == [("0", None, None)]
    assert [error.reason for error in errors] == ['"title" is 7; wanted a string']


def test_a_text_that_begins_with_its_prose_is_titled_by_its_file() -> None:
    article = read(CORPUS / "wrapped.txt")[0]["wrapped"]
    assert article.title == "wrapped"
    assert prose(article) == [article.text.strip()]


def test_a_text_in_another_script_loses_only_its_english_label() -> None:
    article = read(CORPUS / "right-to-left.txt")[0]["right-to-left"]
    hebrew, arabic = (line for line in article.text.split("\n")[2:] if line and not line.isascii())
    assert prose(article) == [hebrew, arabic]


def test_markdown_keeps_its_text_and_loses_its_markup() -> None:
    article = read(CORPUS / "notes.md")[0]["notes"]
    assert article.title == "The Reed Beds of Lake Orsa"
    assert (article.author, article.published) == ("Mina Falk, Jon Aber", "2019-06-02")
    assert (article.outlet, article.url) == ("Field Notes", "https://example.org/reeds")
    assert article.text == (CORPUS / "notes.md").read_text(encoding="utf-8")
    assert prose(article) == [
        "Reeds cover *a third* of the [lake](https://example.org/lake). They grew by 40 hectares in ten years.",
        "How they were counted",
        "A drone flew each June. Its pictures were read by hand.\n\n| year | hectares |",
        "| 2019 | 310 |",
    ]


def test_markdown_without_front_matter_is_titled_by_its_first_heading(tmp_path: Path) -> None:
    file = tmp_path / "a.markdown"
    file.write_text("A Title\n=======\n\nSome prose.\n\n~~~\n# not a heading\n~~~\n\n## Part\nMore.", encoding="utf-8")
    article = read(file)[0]["a"]
    assert article.title == "A Title"
    assert prose(article) == ["Some prose.", "Part\nMore."]


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("title: >-\n  A long title\n  on two lines", "A long title on two lines"),
        ("title: |\n  A long title\n\n  - with a part: this", "A long title - with a part: this"),
        ("title: A long title\n  on two lines\n# A comment\n  of two lines", "A long title on two lines"),
        ('title: He called it a "hoax"', 'He called it a "hoax"'),
        ("title: 'Tis the season", "'Tis the season"),
        ("title: \"Yes\" or 'no'", "\"Yes\" or 'no'"),
        ('title: "She said \\"no\\" \\u2013 twice"', 'She said "no" – twice'),
        ("title: 'It''s over'", "It's over"),
        ('title: "A title"  # a comment', "A title"),
        ('title: ""', "Its heading"),
        ("title: >-", "Its heading"),
        ("title: [Review] The film", "[Review] The film"),
    ],
)
def test_a_title_of_front_matter_is_read_as_yaml_writes_it(tmp_path: Path, written: str, title: str) -> None:
    file = tmp_path / "a.md"
    file.write_text(f"---\n{written}\nlang: en\n---\n\n# Its heading\n\nSome prose.", encoding="utf-8")
    article = read(file)[0]["a"]
    assert (article.title, article.language) == (title, "en")


@pytest.mark.parametrize(
    "written",
    [
        "author: Jane Doe, Al Bee",
        "authors: [Jane Doe, 'Al Bee']",
        'authors: ["Jane Doe, Al Bee"]',
        'authors: [\n  "Jane Doe",\n  "Al Bee",\n]',
        "authors:\n- Jane Doe\n- Al Bee",
        "authors:\n  # who wrote it\n# and who helped\n- Jane Doe\n- Al Bee",
        'author:\n  - "Jane Doe"\n  - Al Bee\nby: Somebody Else',
    ],
)
def test_authors_of_front_matter_are_joined_by_commas(tmp_path: Path, written: str) -> None:
    file = tmp_path / "a.md"
    file.write_text(f"---\n{written}\n---\n\nSome prose.", encoding="utf-8")
    assert read(file)[0]["a"].author == "Jane Doe, Al Bee"


def test_a_rule_of_dashes_at_the_top_of_a_markdown_file_is_no_front_matter(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("---\n\nJust prose here, twice.\n\n---\n\nMore of it.", encoding="utf-8")
    assert prose(read(file)[0]["a"]) == ["Just prose here, twice.", "More of it."]


def test_a_bad_row_is_named_by_its_line_and_the_others_are_read() -> None:
    articles, errors = read(CORPUS / "rows.jsonl")
    file = (CORPUS / "rows.jsonl").as_posix()
    assert sorted(articles) == ["7", "one", "three"]
    assert [error.source for error in errors] == [f"{file}:{line}" for line in (2, 4, 6, 7)]
    assert [error.reason for error in errors] == [
        'has no "text"; wanted a string, found null',
        "is not JSON: Expecting value at character 1",
        "a second article with the id 'one'; the first one is kept",
        'is not a JSON object: ["a list"]',
    ]


def test_rows_end_at_newlines_only_and_keep_every_character() -> None:
    articles, _ = read(CORPUS / "rows.jsonl")
    assert articles["one"].text == "A row with a line\u2028separator.\nAnd a second line."
    assert articles["three"].title == "Raw \u2028 separator"
    assert articles["three"].text.endswith("this\x85one.")
    assert (articles["one"].published, articles["one"].url) == ("2022-06-16", "https://example.org/1")
    assert (articles["three"].author, articles["three"].outlet, articles["three"].language) == ("A. Bee", "Wire", "en")


def test_what_utf_8_cannot_hold_is_replaced_one_for_one() -> None:
    assert read(CORPUS / "rows.jsonl")[0]["7"].text == "Half a pair: \ufffd, a NUL: \ufffd, a whole one: 😀."


def test_the_date_of_a_row_may_be_called_as_the_articles_are_given_out(tmp_path: Path) -> None:
    dated: dict[str, object] = {"published": "2023-03-02"}
    rows: list[dict[str, object]] = [dated, {"date": "2024-01-01", **dated}, {"date": None}, {}]
    file = tmp_path / "rows.jsonl"
    file.write_text("\n".join(json.dumps({"id": number, "text": "t"} | row) for number, row in enumerate(rows)))
    found = read_rows(Found(file, "rows", ".jsonl"), set())
    published = [one.published if isinstance(one, Article) else one for one in found]
    assert published == ["2023-03-02", "2024-01-01", None, None]


@pytest.mark.parametrize(
    ("number", "day"), [(20220412, "2022-04-12"), (1649757600, "2022-04-12"), (1649757600.5, "2022-04-12")]
)
def test_the_date_of_a_row_may_be_a_number(tmp_path: Path, number: float, day: str) -> None:
    file = tmp_path / "rows.jsonl"
    rows = [{"id": name, "text": "t", name: number} for name in ("date", "published")]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert [article.published for article in read(file)[0].values()] == [day, day]


def test_the_author_of_a_row_may_be_a_list_of_names(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    rows: list[dict[str, object]] = [{"author": ["Jane Doe", " Al Bee "]}, {"author": []}]
    file.write_text("\n".join(json.dumps({"id": n, "text": "t"} | row) for n, row in enumerate(rows)), encoding="utf-8")
    assert [article.author for article in read(file)[0].values()] == ["Jane Doe, Al Bee", None]


@pytest.mark.parametrize(
    ("row", "outlet"),
    [
        ({"publisher": "The Herald", "source": "Wire"}, "The Herald"),
        ({"site": "herald.example"}, "herald.example"),
        ({"publisher": None, "source": "Wire"}, "Wire"),
        ({"source": "https://herald.example/1"}, None),
        ({"source": "folder/a.txt"}, None),
        ({"source": {"name": "Wire"}}, None),
        ({"outlet": "The Post", "publisher": "The Herald"}, "The Post"),
        ({"outlet": None, "source": "a.txt"}, None),
    ],
)
def test_a_row_without_an_outlet_may_call_it_otherwise(
    tmp_path: Path, row: dict[str, object], outlet: str | None
) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({"id": "a", "text": "t"} | row), encoding="utf-8")
    assert read(file)[0]["a"].outlet == outlet


def test_rows_of_ndjson_are_json_lines(tmp_path: Path) -> None:
    (tmp_path / "rows.ndjson").write_text('{"id": "a", "text": "x"}\n{"id": "b", "text": "y"}\n', encoding="utf-8")
    assert sorted(read(tmp_path)[0]) == ["a", "b"]


@given(awkward_text().filter(str.strip))
def test_the_text_of_a_row_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    file.write_text(
        json.dumps({"id": "a", "title": "t", "text": text}, ensure_ascii=False), encoding="utf-8", newline=""
    )
    (article,) = read_rows(Found(file, "rows", ".jsonl"), set())
    assert isinstance(article, Article)
    assert article.text == text.replace("\0", "\ufffd")


def test_compressed_rows_are_read_up_to_the_place_of_damage(tmp_path: Path) -> None:
    whole = gzip.compress((CORPUS / "rows.jsonl").read_bytes())
    (tmp_path / "rows.jsonl.gz").write_bytes(whole)
    assert sorted(read(tmp_path)[0]) == ["7", "one", "three"]
    (tmp_path / "rows.jsonl.gz").write_bytes(whole[:-20])
    _, errors = read(tmp_path)
    assert "the compressed file is damaged from here on" in errors[-1].reason
    (tmp_path / "rows.jsonl.gz").write_bytes(b"not gzip at all")
    assert "the compressed file is damaged" in read(tmp_path)[1][0].reason


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b'{"title": "t", "text": "x"}', 'has no "id"; wanted a string'),
        (b'{"id": "", "text": "x"}', 'has no "id"; wanted a string'),
        (b'{"id": true, "text": "x"}', 'has no "id"; wanted a string'),
        (b'{"id": "a", "text": " \\n"}', "its text is empty"),
        (b'{"id": "a", "text": ["x"]}', 'has no "text"; wanted a string, found ["x"]'),
        (b'{"id": "a", "text": "x", "title": 3}', '"title" is 3; wanted a string'),
        (b'{"id": "a", "text": "x", "author": ["A", 3]}', '"author" is ["A", 3]; wanted a string'),
        (b'{"id": "a", "text": "x", "date": 20221345}', '"date" is 20221345; wanted a string'),
        (b'{"id": "a", "text": "x", "date": true}', '"date" is true; wanted a string'),
        (b'{"id": "a", "text": "\xff"}', "is not UTF-8: invalid start byte at byte 21"),
        (b"[" * 100_000, "is nested too deeply"),
        (b'{"id": ' + b"1" * 5000 + b"}", "is not JSON: Exceeds the limit (4300 digits)"),
    ],
)
def test_a_row_that_is_no_article_says_why(tmp_path: Path, row: bytes, reason: str) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_bytes(row + b'\n{"id": "b", "text": "Still read."}\n')
    articles, errors = read(file)
    assert sorted(articles) == ["b"]
    assert errors[0].source == f"{file.as_posix()}:1"
    assert errors[0].reason.startswith(reason)


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nothing")
    (tmp_path / "only.jsonl").write_text("\n\n", encoding="utf-8")
    os.mkfifo(tmp_path / "pipe.txt")
    os.mkfifo(tmp_path / "pipe.jsonl")
    with (tmp_path / "huge.txt").open("wb") as huge:
        huge.truncate(MAX_FILE_BYTES + 1)
    reasons = {Path(error.source).name: error.reason for error in read(tmp_path)[1]}
    assert reasons == {
        "gone.txt": "cannot be read: No such file or directory",
        "huge.txt": "has 17 MB; an article has at most 16 MB: divide it",
        "loop.txt": "cannot be read: Too many levels of symbolic links",
        "only.jsonl": "is empty",
        "pipe.jsonl": "is not a regular file",
        "pipe.txt": "is not a regular file",
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Secret.", encoding="utf-8")
    (tmp_path / "a.txt").chmod(0)
    assert read(tmp_path)[1][0].reason == "cannot be read: Permission denied"


def test_a_file_of_no_text_is_refused() -> None:
    _, errors = read(CORPUS / "binary.txt", CORPUS / "pdf.txt", CORPUS / "empty.txt", CORPUS / "blank.txt")
    binary = "looks like a binary file, not text"
    assert [error.reason for error in errors] == [binary, binary, "is empty", "is empty"]


def test_a_format_that_is_not_read_is_named_with_those_that_are(tmp_path: Path) -> None:
    for name in ("a.pdf", "b.DOCX", "c.png", "d.css", "README"):
        (tmp_path / name).write_bytes(b"x")
    _, errors = read(tmp_path)
    assert [Path(error.source).name for error in errors] == ["a.pdf", "b.DOCX"]
    assert errors[0].reason == f"format .pdf is not read; readable: {' '.join(SUFFIXES)}"
    _, errors = read(tmp_path / "c.png", tmp_path / "README")
    assert [error.reason.partition(";")[0] for error in errors] == [
        "format .png is not read",
        "a name without suffix is not read",
    ]


def test_saved_pages_mail_and_office_files_are_named(tmp_path: Path) -> None:
    names = ["a.webarchive", "b.mht", "c.EML", "d.pages", "e.ods", "f.odp", "g.xls"]
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    assert [Path(error.source).name for error in read(tmp_path)[1]] == names


def test_data_beside_articles_are_counted_in_one_line_and_fail_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a.txt", "b.json", "c.JSON", "d.xml", "e.png", "f.js", "LICENSE", ".g.json", "in/h.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Some prose here.", encoding="utf-8")
    articles, errors = read(tmp_path)
    assert (list(articles), errors) == (["a"], [])
    assert caplog.messages == [
        f"passed over, though they may hold articles: 1 .csv, 2 .json, 1 .xml; readable: {' '.join(SUFFIXES)}"
    ]


def test_a_path_that_does_not_exist_is_an_error_and_the_next_is_read() -> None:
    articles, errors = read(Path("nowhere.txt"), CORPUS / "fields.txt", Path("a\0b"))
    assert sorted(articles) == ["fields"]
    assert errors[0].reason == "does not exist"
    assert errors[1].source == "a\ufffdb"


def test_a_folder_with_nothing_to_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"x")
    assert read(tmp_path)[1][0].reason.startswith("holds no readable file")


def test_a_folder_is_read_in_order_without_hidden_files_and_loops(tmp_path: Path) -> None:
    for name in ("b.txt", "a/c.TXT", "a/a.txt", ".hidden.txt", ".git/x.txt", "z.txt/inner.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Some prose here.", encoding="utf-8")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    assert list(read(tmp_path)[0]) == ["a/a", "a/c", "b", "z.txt/inner"]


def test_the_folder_that_a_browser_saves_beside_a_page_is_not_read(tmp_path: Path) -> None:
    for name in ("page_files/frame.html", "page.html", "other_files/a.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    found = [file.id for file in find_files([tmp_path]) if isinstance(file, Found)]
    assert found == ["other_files/a", "page"]


def test_ids_are_unique_and_do_not_depend_on_what_is_read_first(tmp_path: Path) -> None:
    for name in ("x/a.txt", "x/a.md", "y/a.txt", "x/b.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Some prose here.", encoding="utf-8")
    first = {file.path: file.id for file in find_files([tmp_path / "x", tmp_path / "y"]) if isinstance(file, Found)}
    second = {file.path: file.id for file in find_files([tmp_path / "y", tmp_path / "x"]) if isinstance(file, Found)}
    assert first == second
    assert sorted(first.values()) == ["a.md", "b", "x/a.txt", "y/a.txt"]
    assert sorted(read(tmp_path)[0]) == ["x/a.md", "x/a.txt", "x/b", "y/a"]


def test_a_file_that_is_reached_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Some prose here.", encoding="utf-8")
    assert count_files([tmp_path, tmp_path / "a.txt", tmp_path]) == 1


def test_a_file_whose_id_a_row_has_taken_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "b", "text": "A row."}', encoding="utf-8")
    (tmp_path / "b.txt").write_text("A file.", encoding="utf-8")
    assert read(tmp_path)[1][0].reason == "a second article with the id 'b'; the first one is kept"


def test_a_name_that_is_no_text_becomes_one(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("Some prose here.", encoding="utf-8")
    (article,) = read(tmp_path)[0].values()
    assert article.id == "caf\ufffd"
    article.source.encode("utf-8")


def test_names_that_differ_only_in_what_is_no_text_are_two_articles(tmp_path: Path) -> None:
    for name in (b"caf\xe9.txt", b"caf\xe8.txt", b"other.txt"):
        (tmp_path / os.fsdecode(name)).write_text("Some prose here.", encoding="utf-8")
    articles, errors = read(tmp_path)
    assert (sorted(articles), errors) == ([r"caf\xe8.txt", r"caf\xe9.txt", "other"], [])


def test_folders_whose_names_are_no_text_may_hold_files_of_one_name(tmp_path: Path) -> None:
    folders = [tmp_path / os.fsdecode(name) for name in (b"caf\xe9", b"caf\xe8")]
    for folder in folders:
        folder.mkdir()
        (folder / "a.txt").write_text("Some prose here.", encoding="utf-8")
    articles, errors = read(*folders)
    assert (sorted(articles), errors) == ([r"caf\xe8/a.txt", r"caf\xe9/a.txt"], [])


@pytest.mark.parametrize("name", ["a.md", "b.md", "c.html", "d.jsonl"])
def test_a_title_that_is_longer_than_a_headline_is_cut_at_a_word(tmp_path: Path, name: str) -> None:
    title, prose = "A flood of words " * 2_000, "<p>The bridge was closed for four months after the flood.</p>\n\n" * 3
    (tmp_path / name).write_text(
        {
            "a.md": f"---\ntitle: {title}\n---\n\n{prose}",
            "b.md": f"# {title}\n\n{prose}",
            "c.html": f"<html><head><title>{title}</title></head><body>{prose}</body></html>",
            "d.jsonl": json.dumps({"id": "d", "title": title, "text": prose}),
        }[name],
        encoding="utf-8",
    )
    (article,) = read(tmp_path)[0].values()
    assert len(article.title) <= 300
    assert article.title == f"{('A flood of words ' * 20)[: len(article.title) - 1]}…"
    assert article.title.removesuffix("…").endswith((" flood", " of", " words", " A"))


def test_a_long_title_without_blanks_is_cut_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "a", "title": "語" * 301, "text": "t"}), encoding="utf-8")
    assert read(tmp_path)[0]["a"].title == "語" * 299 + "…"


def test_progress_counts_every_file_once() -> None:
    finished: list[int] = []
    list(read_sources([CORPUS, Path("nowhere")], finished.append))
    assert sum(finished) == count_files([CORPUS, Path("nowhere")])


@given(st.lists(st.sampled_from(("a", "b", "A", "c d")), min_size=1, max_size=3), st.sampled_from(SUFFIXES))
def test_an_id_is_the_path_below_the_folder(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str], suffix: str
) -> None:
    folder = tmp_path_factory.mktemp("ids")
    file = folder.joinpath(*parts).with_suffix(suffix)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"x")
    assert [found.id for found in find_files([folder]) if isinstance(found, Found)] == ["/".join(parts)]


def test_what_is_known_by_its_bytes_is_not_read_again_and_may_have_moved(tmp_path: Path) -> None:
    for name, text in {
        "old/a.txt": "The words.",
        "old/b.md": "Other words.",
        "rows.jsonl": '{"id": "r", "text": "Row."}',
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    before = [one for one in read_sources([tmp_path]) if isinstance(one, Article)]
    assert len({article.origin for article in before}) == 3
    known = {article.origin: replace(article, author="as it was read") for article in before}
    (tmp_path / "old").rename(tmp_path / "new")
    (tmp_path / "new" / "b.md").write_text("Edited words.", encoding="utf-8")
    after = [one for one in read_sources([tmp_path], recall=known.get) if isinstance(one, Article)]
    assert [(one.id, one.author, one.text) for one in after] == [
        ("new/a", "as it was read", "The words."),
        ("new/b", None, "Edited words."),
        ("r", "as it was read", "Row."),
    ]
    assert after[0].source == f"{tmp_path}/new/a.txt"


def test_an_index_inside_a_folder_of_articles_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The words of an article.", encoding="utf-8")
    (tmp_path / "index" / "generations").mkdir(parents=True)
    (tmp_path / "index" / "CURRENT").write_text("", encoding="utf-8")
    (tmp_path / "index" / "generations" / "articles.txt").write_text("The words of an article.", encoding="utf-8")
    assert [one.id for one in read_sources([tmp_path]) if isinstance(one, Article)] == ["a"]


@pytest.mark.parametrize("pointer", [True, False], ids=["whole", "without its pointer"])
def test_an_index_stays_an_index_when_its_pointer_is_gone(
    tmp_path: Path,
    pointer: bool,  # noqa: FBT001  of two kinds
) -> None:
    (tmp_path / "a.txt").write_text("The words of an article.", encoding="utf-8")
    build_index(read(tmp_path)[0].values(), tmp_path / "index", HashEncoder(), PassageSettings())
    if not pointer:
        (tmp_path / "index" / POINTER).unlink()
    assert find_files([tmp_path]) == [Found(tmp_path / "a.txt", "a", ".txt")]


def test_a_folder_that_is_called_generations_may_hold_articles(tmp_path: Path) -> None:
    (tmp_path / "generations" / "20th").mkdir(parents=True)
    (tmp_path / "generations" / "20th" / "a.txt").write_text("The words of an article.", encoding="utf-8")
    assert sorted(read(tmp_path)[0]) == ["generations/20th/a"]


def test_bytes_are_read_again_under_a_name_that_may_be_their_title(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(
        "These words have no headline. A second sentence follows the first.", encoding="utf-8"
    )
    (before,) = read_sources([tmp_path])
    assert isinstance(before, Article)
    (tmp_path / "one.txt").rename(tmp_path / "two.txt")
    (after,) = read_sources([tmp_path], recall={before.origin: before}.get)
    assert isinstance(after, Article)
    assert after.title == "two"
