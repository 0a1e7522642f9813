"""A language model words answers and never loosens them: one that is honest, that lies, that is told to, that is down.

The model here is a small real server that speaks OpenAI's chat completions, asked by the client that users have.
"""

from __future__ import annotations

import time
import unicodedata
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.answering.wording import asked, borne_out
from askdocs.datatypes import Article
from askdocs.errors import LanguageModelError
from askdocs.index import build_index, open_index
from askdocs.language_model import KEY, LanguageModel
from askdocs.library import Library
from askdocs.reading import read_sources
from askdocs.sample import articles_folder
from askdocs.settings import AnswerSettings, LanguageModelSettings, Settings, load_settings
from encoders import fast
from language_server import Server, serving

QUESTION = "Where was the wreck of the Endurance found?"
QUOTES = (
    "The wreck of the Endurance was found in March 2022 in the Weddell Sea. Endurance found",
    "“It is by far the finest wooden shipwreck I have ever seen,” Mensun Bound said. Endurance found",
)


# --- what of a draft stands


@pytest.mark.parametrize(
    "sentence",
    [
        "The wreck of the Endurance was found in the Weddell Sea in March 2022 [1].",
        "The wreck was found in March 2022. [1]",
        "Mensun Bound said it is the finest wooden shipwreck he has ever seen [2].",
        "Found in 2022 in the Weddell Sea, the Endurance is by far the finest wooden wreck, Bound said [1][2].",
        "Mensun Bound called it “by far the finest wooden shipwreck” he has seen [2].",
    ],
)
def test_what_the_cited_quotes_say_stands(sentence: str) -> None:
    assert borne_out(sentence, QUESTION, QUOTES)


@pytest.mark.parametrize(
    "sentence",
    [
        "The wreck of the Endurance was found in the Weddell Sea.",
        "The wreck of the Endurance was found in the Weddell Sea [3].",
        "The wreck of the Endurance was found in the Weddell Sea [0].",
        "The wreck of the Endurance was found in March 2021 [1].",
        "The wreck of the Endurance was found by Ernest Shackleton [1].",
        "The wreck of the Endurance was found in March 2022 in the Weddell Sea [2].",
        "Mensun Bound said “it is the worst wooden shipwreck” of all [2].",
        "The expedition cost several million pounds paid by an anonymous donor [1].",
        "UNESCO found the wreck of the Endurance in the Weddell Sea [1].",
        "Shackleton found the wreck of the Endurance in the Weddell Sea in March 2022 [1].",
        "In the Weddell Sea, Shackleton found the wreck of the Endurance [1].",
    ],
)
def test_what_they_do_not_say_is_dropped(sentence: str) -> None:
    assert borne_out(sentence, QUESTION, QUOTES) == ""


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("Jean-Claude Juncker met Boris Johnson on Monday [1].", "Jean-Claude Juncker met Boris Johnson on Monday."),
        ("Dozens died of COVID-19 in Wuhan [1].", "Dozens died of COVID-19 in Wuhan."),
        ("O’Brien left on Monday [1].", "O'Brien left on Monday."),
        ("Президент приехал в Минск в понедельник [1].", "В понедельник президент приехал в Минск."),
    ],
)
def test_names_of_any_form_and_script_are_known_again(sentence: str, source: str) -> None:
    assert borne_out(sentence, "", [source])


MARCH = "Protesters will march on the capital, organisers said."


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("Protesters will march on the capital in March [1].", MARCH),
        ("In March protesters will march on the capital [1].", MARCH),
        ("March protesters will be on the capital, organisers said [1].", MARCH),
        ("The government may call an election in May [1].", "The government may call an election."),
        ("WHO said the vaccine is safe [1].", "The ministry said the vaccine is safe."),
        ("The US left in the war [1].", "The ministry that left us in the war."),
        ("Turkey was served on Sunday [1].", "The turkey was served on Sunday."),
        ("Polish ministers met on Sunday [1].", "Ministers met on Sunday to polish the plan."),
        ("They met in March [1].", "THEY MET TO MARCH."),
        ("They met in May [1].", "Ministers May Meet"),
        ("The attack was ordered by putin [1].", "The attack was ordered on Monday."),
        ("the attack was ordered on monday, putin said [1].", "The attack was ordered on Monday, they said."),
        ("The attack was ordered by the kremlin [1].", "The attack was ordered on Monday."),
    ],
)
def test_a_word_in_small_letters_is_no_source_of_a_name(sentence: str, source: str) -> None:
    assert borne_out(sentence, "Is the vaccine safe?", [source]) == ""


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("The war was ordered by Putin [1].", "Putin said that he ordered the war."),
        ("Will Smith met the king [1].", "Will Smith met the king."),
        ("Organisers said protesters will march on the capital [1].", MARCH),
        ("WHO said the vaccine is safe [1].", "WHO said the vaccine is safe."),
        ("The US sent troops on Monday [1].", "U.S. troops were sent on Monday."),
        ("NATO sent troops on Monday [1].", "Nato sent troops on Monday."),
        ("Putin met Xi Jinping on Monday [1].", "PUTIN MET XI JINPING ON MONDAY"),
        ("Putin met Xi Jinping on Monday [1].", "Putin Met Xi Jinping on Monday"),
        ("They met in May 2022 [1].", "May 2022: they met."),
        ("They met by far too late, organisers said [1].", "They met too late, organisers said."),
    ],
)
def test_names_that_begin_a_quote_or_stand_in_a_headline_are_names(sentence: str, source: str) -> None:
    assert borne_out(sentence, "", [source])


@pytest.mark.parametrize(
    ("sentence", "source", "stands"),
    [
        ("拜登总统在北京会见了习近平[1]。", "拜登总统周二在北京会见了习近平。", True),
        ("普京总统在北京会见了习近平[1]。", "拜登总统周二在北京会见了习近平。", False),
        ("拜登总统在上海会见了习近平[1]。", "拜登总统周二在北京会见了习近平。", False),
        ("十人死亡[1]。", "三十人死亡。", False),
        ("バイデン大統領は北京で会談した[1]。", "バイデン大統領は火曜日、北京で会談した。", True),
        ("プーチン大統領は北京で会談した[1]。", "バイデン大統領は火曜日、北京で会談した。", False),
        ("바이든 대통령은 시진핑을 만났다 [1].", "바이든 대통령이 화요일 시진핑을 만났다.", True),
        ("푸틴 대통령은 시진핑을 만났다 [1].", "바이든 대통령이 화요일 시진핑을 만났다.", False),
        ("ประธานาธิบดีไบเดนพบกับสีจิ้นผิง [1]", "ประธานาธิบดีไบเดนพบกับสีจิ้นผิงที่ปักกิ่ง", True),
        ("ประธานาธิบดีปูตินพบกับสีจิ้นผิง [1]", "ประธานาธิบดีไบเดนพบกับสีจิ้นผิงที่ปักกิ่ง", False),
        ("التقى الرئيس بايدن في بكين [1].", "التقى الرئيس بايدن يوم الثلاثاء في بكين.", True),
        ("التقى الرئيس بوتين في بكين [1].", "التقى الرئيس بايدن يوم الثلاثاء في بكين.", False),
        ("הנשיא ביידן נפגש בסין [1].", "הנשיא ביידן נפגש ביום שלישי בסין.", True),
        ("הנשיא פוטין נפגש בסין [1].", "הנשיא ביידן נפגש ביום שלישי בסין.", False),
        ("राष्ट्रपति बाइडेन ने मुलाकात की [1]।", "राष्ट्रपति बाइडेन ने मंगलवार को मुलाकात की।", True),
        ("राष्ट्रपति पुतिन ने मुलाकात की [1]।", "राष्ट्रपति बाइडेन ने मंगलवार को मुलाकात की।", False),
    ],
)
def test_in_scripts_without_capitals_every_word_is_known(sentence: str, source: str, stands: bool) -> None:  # noqa: FBT001
    assert bool(borne_out(sentence, "", [source])) is stands


QUOTED_IN = "The minister called the plan “a mistake” on Tuesday, and the players’ union agreed."


@pytest.mark.parametrize("marks", ["“”", '""', "„“", "«»", "»«", "‘’", "''", "‚‘", "‹›", "›‹", "「」", "❝❞", "❛❜"])
def test_only_what_a_cited_quote_says_stands_in_quotation_marks_of_any_kind(marks: str) -> None:
    said = "The minister called the plan {}a mistake{} on Tuesday [1]."
    invented = "The minister called the plan {}a mistake and sabotage{} on Tuesday [1]."
    scare = "The minister, according to the {}murderous plan{}, called it a mistake on Tuesday [1]."
    assert borne_out(said.format(*marks), "", [QUOTED_IN])
    assert borne_out(invented.format(*marks), "", [QUOTED_IN]) == ""
    assert borne_out(scare.format(*marks), "Who is murderous?", [QUOTED_IN]) == ""


@pytest.mark.parametrize(
    "sentence",
    [
        "The minister called the plan “a mis” on Tuesday [1].",  # a part of a word
        "The minister called the plan ‘a mistake on Tuesday [1].",  # never closed
        "The minister on Tuesday: a mistake’, and the plan, said the union [1].",  # never opened
        'The minister called the plan a mistake" on Tuesday [1].',
        "The minister called ‘the players’ plan’ a mistake on Tuesday [1].",  # an apostrophe closes nothing early
        "The minister called the plan “a mistake” and ‘sabotage’ on Tuesday [1].",
    ],
)
def test_quotation_marks_around_anything_else_drop_the_sentence(sentence: str) -> None:
    assert borne_out(sentence, "", [QUOTED_IN]) == ""


def test_apostrophes_are_no_quotation_marks() -> None:
    sentence = "The players’ union agreed on Tuesday: the plan’s a mistake, in the '90s too [1]."
    assert borne_out(sentence, "The plan's '90s?", [QUOTED_IN])


def test_every_quotation_mark_of_unicode_is_one() -> None:
    said = "The minister called the plan {0}murderous{0} on Tuesday, a mistake [1]."
    marks = [chr(code) for code in range(0x1FFFF) if "QUOTATION MARK" in unicodedata.name(chr(code), "")]
    assert [mark for mark in marks if borne_out(said.format(mark), "Who is murderous?", [QUOTED_IN])] == []


def test_what_is_quoted_stands_in_the_quote_not_in_the_title() -> None:
    quote, title = "The minister called the plan a mistake", "Minister: a grave mistake"
    said = "The minister called the plan “{}” [1]."
    assert borne_out(said.format("a mistake"), "", [quote], [title])
    assert borne_out(said.format("a grave mistake"), "", [quote], [title]) == ""
    assert borne_out(said.format("a mistake Minister"), "", [quote], [title]) == ""
    assert borne_out("The minister called the plan a grave mistake [1].", "", [quote], [title])


def test_what_is_quoted_stands_in_one_quote_not_across_two() -> None:
    assert borne_out("It was “a mistake” [1][2].", "", ["It was a", "mistake"]) == ""


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("On Monday, seventeen people died in the flood in Lenwick [1].", "Several people died on Monday in Lenwick."),
        ("The flood in Lenwick cost half a million pounds [1].", "The flood in Lenwick cost a lot of pounds."),
        ("In Lenwick twice as many people died as before [1].", "In Lenwick many more people died than before."),
        ("A tenth of the people of Lenwick died [1].", "People of Lenwick died."),
    ],
)
def test_a_number_in_words_is_a_number(sentence: str, source: str) -> None:
    assert borne_out(sentence, "", [source]) == ""


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("5 million people lost power [1].", "In 5 cities 3 million people lost power."),
        ("3 people lost power in 5 cities [1].", "In 5 cities 3 million people lost power."),
        ("Of the people twenty-five lost power [1].", "Of twenty people five lost power."),
        ("Of the people twenty\u2011five lost power [1].", "Of twenty people five lost power."),
        ("The price rose by se\u00adven [1].", "The price rose."),
        ("The price rose 5-fold [1].", "The price rose by 5."),
        ("The price rose by 5 mln [1].", "The price rose by 5."),
        ("The price rose by 5% [1].", "The price rose by 5 points."),
        ("The price rose by 5 percent [1].", "The price rose by 5 percentage points."),
        ("The price rose by €5 [1].", "The price rose by $5."),
        ("The price rose by 5 euros [1].", "The price rose by 5 dollars."),
        ("The price rose on the eleventh day [1].", "The price rose on the day."),
        ("The price rose by a hundredth [1].", "The price rose."),
        ("The price quadrupled [1].", "The price rose."),
    ],
)
def test_a_number_is_one_with_what_makes_it_that_much(sentence: str, source: str) -> None:
    assert borne_out(sentence, "", [source]) == ""


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("In 5 cities 3 million people lost power [1].", "3 million people lost power in 5 cities."),
        ("The price rose by 5% [1].", "The price rose by 5 per cent."),
        ("The price rose by five percent [1].", "The price rose by five per cent."),
        ("The price rose by $5 million [1].", "The price rose by US$5m."),
        ("The price rose by 5 dollars [1].", "The price rose by $5."),
        ("One hundred and five people lost power [1].", "One hundred and five people lost power."),
        ("Half a million people lost power [1].", "Power: half a million people lost it."),
    ],
)
def test_a_number_may_be_written_otherwise(sentence: str, source: str) -> None:
    assert borne_out(sentence, "", [source])


def test_a_number_in_words_that_a_quote_has_stands() -> None:
    source = "Seventeen people died in the flood, twice as many as in May."
    assert borne_out("In the flood seventeen people died, twice as many as in May [1].", "", [source])


@pytest.mark.parametrize(
    ("sentence", "stands"),
    [
        ("Ann Smith drowned [1].", True),
        ("Bob Jones drowned [1].", True),
        ("Ann Jones drowned [1].", False),
        ("In Lenwick Ann Jones drowned [1].", False),
        ("Police said that Ann Smith and Bob Jones drowned [1].", True),
        ("Smith and Jones drowned [1].", True),
        ("Drowned: Ann Bob Jones [1].", False),
    ],
)
def test_names_that_follow_one_another_do_so_in_a_quote(sentence: str, stands: bool) -> None:  # noqa: FBT001  a case
    source = "Ann Smith and Bob Jones drowned in Lenwick, police said."
    assert bool(borne_out(sentence, "", [source])) is stands


@pytest.mark.parametrize(
    ("sentence", "stands"),
    [
        ("President Zelensky met Mr Putin in Paris [1].", True),
        ("Mr. Putin met President Volodymyr Zelensky in Paris [1].", True),
        ("President Macron met Mr Putin in Paris [1].", False),
        ("President Putin met Mr Zelensky in Paris [1].", False),
        ("Volodymyr Macron met Mr Putin in Paris [1].", False),
        ("JK Rowling met J.K. Rowling in Paris [1].", True),
        ("K. Rowling met JD Rowling in Paris [1].", False),
    ],
)
def test_a_title_stands_for_the_given_names_and_points_make_no_difference(
    sentence: str,
    stands: bool,  # noqa: FBT001  a case
) -> None:
    source = "In Paris President Volodymyr Zelensky met Mr. Putin and Emmanuel Macron met J. K. Rowling."
    assert bool(borne_out(sentence, "", [source])) is stands


@pytest.mark.parametrize(
    ("draft", "source"),
    [
        ("公司有300人[1]。", "公司有300人。"),
        ("2023年3月,中国国家主席习近平访问莫斯科[1]。", "2023年3月,中国国家主席习近平访问莫斯科。"),
        ("会议于2023年3月15日在北京举行[1]。", "会议于 2023 年 3 月 15 日在北京举行。"),
        ("岸田文雄首相は2023年3月、キエフを訪れた[1]。", "岸田文雄首相は2023年3月、キエフを訪れた。"),
        ("한국 대통령은 2023년 3월 도쿄를 방문했다[1].", "한국 대통령은 2023년 3월 도쿄를 방문했다."),
        (
            "Das Treffen fand am 27. Februar 2022 in Berlin statt [1].",
            "Das Treffen fand am 27. Februar 2022 in Berlin statt.",
        ),
        ("The Supreme Court ruled against Trump [1].", "The supreme court ruled against Trump on Monday."),
        ("The Prime Minister resigned in Leeds [1].", "Then the prime minister resigned in Leeds."),
        ("Inflation fell from 5% to 3% [1].", "Inflation fell from 5 to 3 percent."),
        ("Inflation rose from 5% to 6% [1].", "Inflation rose 5-6%."),
        ("It cost between $5 million and $10 million [1].", "It cost $5-10 million."),
        ("Wages rose 5pc in Spain [1].", "Wages rose 5% in Spain."),
        ("ارتفعت الأجور بنسبة 15% [1].", "ارتفعت الأجور بنسبة ١٥٪."),
        ("Voters can reply by post or by email in Paris [1].", "Voters in Paris can reply by email and post."),
        ("Additionally, inflation in Spain fell [1].", "In the spring inflation in Spain fell."),
        ("She is one of the richest women in Spain [1].", "She is among the richest women in Spain."),
        ("Some 1,200 people left Leeds [1].", "Some 1200 people left Leeds."),
    ],
)
def test_a_true_sentence_stands_whole(draft: str, source: str) -> None:
    plain = draft.replace("[1]", "").replace(" .", ".")
    assert borne_out(draft, "", [source]).replace("[1]", "").replace(" .", ".").replace(" 。", "。") == plain


@pytest.mark.parametrize(
    "draft",
    [
        "Smith left Leeds with friends on the train, see evil.com [1].",
        "Smith left Leeds with friends on the train (www.evil.com/a) [1].",
        "Smith left Leeds with [friends](http://evil.example) on the train [1].",
        "Smith left Leeds with friends on the train, write to a@evil [1].",
        "According to [1], Smith left Leeds with friends on the train.",
        "<b>Smith left Leeds with friends on the train</b> [1].",
    ],
)
def test_addresses_that_no_quote_has_and_left_over_pieces_drop_the_sentence(draft: str) -> None:
    assert borne_out(draft, "", ["Smith left Leeds with friends and family on the train."]) == ""


@pytest.mark.parametrize(
    ("draft", "text"),
    [
        ("Smith left Leeds ([1]).", "Smith left Leeds [1]."),
        ("Smith left Leeds [[1]].", "Smith left Leeds [1]."),
        ("Smith left Leeds [1] .", "Smith left Leeds [1]."),
        ("Smith left Leeds for the U.S. [1].", "Smith left Leeds for the U.S. [1]."),
    ],
)
def test_marks_leave_nothing_behind(draft: str, text: str) -> None:
    assert borne_out(draft, "", ["Smith left Leeds for the U.S. in May."]) == text


def test_sentences_are_weighed_one_by_one() -> None:
    draft = (
        "The wreck was found in March 2022 in the Weddell Sea [1]. It was worth 9 million dollars [1]. "
        "Bound said it is the finest wooden shipwreck he has ever seen. [2] Ask me anything else!"
    )
    assert borne_out(draft, QUESTION, QUOTES) == (
        "The wreck was found in March 2022 in the Weddell Sea [1]. "
        "Bound said it is the finest wooden shipwreck he has ever seen [2]."
    )


RESIST = "The wreck was found in the Weddell Sea. Commanders resist joining the war."


@pytest.mark.parametrize(
    ("draft", "text"),
    [
        ("[1] Commanders resist joining the war.", "Commanders resist joining the war [1]."),
        ("[1] The wreck was found. [2] Commanders resist.", "The wreck was found [1]. Commanders resist [2]."),
        ("The wreck was found in the Weddell Sea [1], [2].", "The wreck was found in the Weddell Sea [1][2]."),
        ("The wreck was found [1] and [2]. Ships resist.", "The wreck was found [1][2]."),
        ("Commanders resist [1], and [2].", "Commanders resist [1][2]."),
        ("Commanders resist [1; 2].", "Commanders resist [1][2]."),
        ("The wreck [1] was found in the Weddell Sea [2].", "The wreck was found in the Weddell Sea [1][2]."),
        ("- The wreck was found [1]\n- Commanders resist [2]", "The wreck was found [1]. Commanders resist [2]."),
        ("Commanders resist joining the war.\n[2]", "Commanders resist joining the war [2]."),
        ("[1]", ""),
        ("[1]. [2]", ""),
    ],
)
def test_marks_belong_to_the_sentence_that_they_stand_at(draft: str, text: str) -> None:
    assert borne_out(draft, "", [RESIST, RESIST]) == text


def test_notes_of_an_article_are_no_marks() -> None:
    quote = "Lenwick[2] has 5,000 people.[3]"
    assert "[1] Lenwick has 5,000 people.\n[2]" in asked("How many?", [quote, "Another."])
    assert borne_out("Lenwick has 5,000 people [1].", "", [quote]) == "Lenwick has 5,000 people [1]."
    assert borne_out("Lenwick has 3 people [1].", "", [quote]) == ""


@given(draft=st.text(max_size=200), question=st.text(max_size=40), quotes=st.lists(st.text(max_size=80), max_size=3))
def test_nothing_is_added_to_any_draft(draft: str, question: str, quotes: list[str]) -> None:
    text = borne_out(draft, question, quotes)
    coming = iter(draft)
    assert all(character in coming for character in text if character.isalnum())
    assert not text or quotes


# --- with a server


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("worded")
    articles = [one for one in read_sources([articles_folder()]) if isinstance(one, Article) and "endurance" in one.id]
    build_index(articles, folder, fast(), Settings().passages)
    return folder


def library(index: Path, url: str = "") -> Library:
    """Open a library of one article, which answers also where it is less sure than it should be."""
    llm = LanguageModelSettings(url=url, model="small", seconds=5) if url else LanguageModelSettings()
    return Library(open_index(index), fast(), Settings(llm=llm, answers=AnswerSettings(min_confidence=0.2)))


def test_an_honest_model_words_the_answer_and_the_quotes_stay(index: Path) -> None:
    plain = library(index).ask(QUESTION)
    with serving(Server(f"{plain.quotes[0].exact} [1]")) as server:
        worded = library(index, server.url).ask(QUESTION)
    assert worded.quotes == plain.quotes
    assert worded.worded_by == "small"
    assert worded.text.endswith("[1].")
    (asked,) = server.heard
    assert plain.quotes[0].exact.split()[0] in asked["messages"][1]["content"]
    assert asked["model"] == "small"


def test_the_quotes_are_there_before_the_model_is_asked(index: Path) -> None:
    plain = library(index).ask(QUESTION)
    with serving(Server(f"{plain.quotes[0].exact} [1]")) as server:
        quoted = library(index, server.url).quote(QUESTION)
        assert quoted.answer == plain
        assert not server.heard
        assert quoted.worded() == library(index, server.url).ask(QUESTION)
        assert quoted.worded().worded_by == "small"
    assert library(index).quote(QUESTION).word is None


@pytest.mark.parametrize(
    "lie",
    [
        "It was found by Elon Musk in 1999 [1].",
        "“The ship was never lost” [1].",
        "<img src=x onerror=alert(1)> [1]",
        "Ignore the quotes. [7]",
        {"content": "no text"},
        "",
        "x" * 100_000,
    ],
)
def test_a_model_that_lies_leaves_the_quotes_to_speak(index: Path, lie: object) -> None:
    plain = library(index).ask(QUESTION)
    with serving(Server(lie)) as server:
        assert library(index, server.url).ask(QUESTION) == plain


def test_what_a_model_thinks_first_is_no_part_of_its_answer(index: Path) -> None:
    quote = library(index).ask(QUESTION).quotes[0].exact
    with serving(Server(f"<think>\nThe user asks {'on and on ' * 1000}\n</think>\n\n{quote} [1]")) as server:
        answer = library(index, server.url).ask(QUESTION)
    assert answer.worded_by == "small"
    assert "think" not in answer.text


def test_a_model_that_finds_no_answer_makes_an_abstention(index: Path) -> None:
    with serving(Server("NOTHING.")) as server:
        answer = library(index, server.url).ask(QUESTION)
    assert answer.abstained
    assert "small read the sentences nearest to it" in answer.text
    assert answer.hits


def test_a_model_is_not_asked_where_the_articles_do_not_answer(index: Path) -> None:
    with serving(Server("The capital of Peru is Lima [1].")) as server:
        assert library(index, server.url).ask("What is the capital of Peru?").abstained
    assert server.heard == []


def test_a_server_that_is_down_or_refuses_leaves_the_quotes_to_speak(
    index: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plain = library(index).ask(QUESTION)
    with serving(Server("no", status=500)) as server:
        assert library(index, server.url).ask(QUESTION) == plain
    assert library(index, server.url).ask(QUESTION) == plain
    assert [record.levelname for record in caplog.records if "did not answer" in record.message] == ["WARNING"] * 2


def test_a_model_on_this_machine_is_asked_without_a_proxy(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(Server("NOTHING")) as server, serving(Server("NOTHING")) as proxy:
        for name in ("HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
            monkeypatch.delenv(name.lower(), raising=False)
            monkeypatch.setenv(name, "" if name == "NO_PROXY" else proxy.url.removesuffix("/v1"))
        library(index, server.url).ask(QUESTION)
    assert len(server.heard) == 1
    assert proxy.heard == []


class Dripping(BaseHTTPRequestHandler):
    """Says nothing, a little at a time."""

    def do_POST(self) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(200):
            try:
                self.wfile.write(b" ")
            except OSError:  # nobody listens any more
                return
            time.sleep(0.02)
        self.wfile.write(b'{"choices": [{"message": {"content": "late"}}]}')

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_model_that_drips_is_not_waited_for_longer_than_set() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Dripping)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        with pytest.raises(LanguageModelError, match="did not answer"):
            LanguageModel(LanguageModelSettings(url=url, model="small", seconds=0.5)).reply("Say.", "What?")
    finally:
        server.shutdown()
        server.server_close()


def test_the_key_comes_from_the_environment_alone(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "secret")
    with serving(Server("NOTHING")) as server:
        library(index, server.url).ask(QUESTION)
    assert server.keys == ["Bearer secret"]
    assert "secret" not in repr(load_settings())


def test_what_is_no_address_is_refused() -> None:
    for url in ("localhost:11434", "http://[::1", "ftp://example.org/v1"):
        with pytest.raises(LanguageModelError, match="is no address of a language model"):
            LanguageModel(LanguageModelSettings(url=url, model="small"))


def test_an_address_without_a_model_is_refused() -> None:
    with pytest.raises(LanguageModelError, match="set ASKDOCS_LLM_MODEL"):
        LanguageModel(LanguageModelSettings(url="http://127.0.0.1:1/v1"))
