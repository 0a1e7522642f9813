"""What a page has around its article is left out of the body, and nothing of the article is."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.datatypes import Article
from askdocs.reading import read_sources
from askdocs.reading.byline import Byline, iso_date, read_byline
from askdocs.reading.furniture import kind_of
from askdocs.reading.lines import lines_of
from askdocs.reading.prose import masked, prose_spans
from strategies import awkward_text, sentences

SAVED_PAGE = Path(__file__).parent / "corpus" / "saved_page.txt"
SHARED_ARTICLE = Path(__file__).parents[2] / "shared" / "articles" / "000_57089812fdc52585.txt"

FURNITURE = [
    ("credit", "A street in Vale, May 3, 2021.Credit: Jane Doe"),
    ("credit", "Photo by Jane Doe"),
    ("credit", "Photo: Jane Doe / The Herald"),
    ("credit", "The harbour at night. (AP Photo/Jane Doe, File)"),
    ("credit", "A mural in Rome. (Getty Images)"),
    ("credit", "A man runs through rain in Lyon on May 3. Jane Doe/Pool/Reuters"),
    ("credit", "Image courtesy of NASA"),
    ("credit", "Marchers cross the bridge on Saturday. Picture: Vale Post / Jane Doe"),
    ("credit", "Image credit: distributed with the press kit"),
    ("subscribe", "Subscribe today and save 40%"),
    ("subscribe", "Already signed up? LOG IN"),
    ("subscribe", "Already a subscriber? Log in here"),
    ("subscribe", "Click the alert icon to follow topics:"),
    ("subscribe", "Sign up for our weekly newsletter. It’s free."),
    ("subscribe", "► The day’s news, delivered to your inbox every morning"),
    ("subscribe", "Support local journalism. Subscribe to thevalepost.example today."),
    ("subscribe", "Become a member of the Post and keep local news alive"),
    ("subscribe", "Get the week's science in one letter. Subscribe to Vale Orbit"),
    ("comments", "Automatic approval of subscriber comments."),
    ("comments", "Show all 12 comments"),
    ("advertisement", "Advertisement"),
    ("advertisement", "Story continues below."),
    ("share", "Share this article"),
    ("share", "Facebook Twitter WhatsApp Email"),
    ("legal", "© 2022 The Vale Post. All rights reserved."),
    ("legal", "We use cookies to improve your experience."),
    ("contact", "Follow Jane Doe on Twitter: @janedoe"),
    ("contact", "Contact Jane Doe at jdoe@example.org."),
    ("wire", "Contributing: Jane Doe, The Associated Press"),
    ("wire", "Jane Doe contributed to this report."),
    ("wire", "Reporting by Jane Doe; editing by John Roe"),
    ("wire", "This article originally appeared on Example.org."),
    ("wire", "This story has been updated with additional information."),
    ("pointer", "READ MORE: How the river was tamed"),
    ("pointer", "WATCH:Snow covers the south"),
    ("pointer", "Related: Seven strange fish"),
    ("pointer", "Read More"),
    ("pointer", "https://example.org/story/12"),
    ("media", "The river's last pilot: LISTEN to Jane Doe on the flooded quay"),
]
PROSE = [
    "Become a member of parliament she did, in 1997, to her own surprise.",
    "Get the picture: nobody had inspected the bank since 2016.",
    "She asked her readers to subscribe to his newsletter after the paper had dismissed him.",
    "He signed up for the army in 1914 and did not come back.",
    "The child tax credit: what it is and who may claim it, the minister explained, is no secret.",
    "Child Tax Credit: How It Works",
    "The photo by Doe hangs in the hall.",
    "Share prices fell by a third on Monday.",
    "Share the bread among the guests.",
    "Like millions of others on Twitter, she waited.",
    "Copyright law changed in 1998, when Congress extended its term.",
    "Log in to the machine, then start the build as described in chapter two.",
    "Contributing factors were wind and rain.",
    "She contributed to the report that felled the government.",
    "Read my lips: no new taxes, the president had said.",
    "Watch the birds: they know when the storm will come.",
    "This article of the constitution was first published in Berlin in 1949, and it has been amended twice.",
    "Correction: an earlier version gave the wrong year; it was 1987.",
    "Not members of the party, they could not vote.",
    "The comments were closed to questions.",
    "“LISTEN to me,” she cried.",
    "The advertisement cost a million.",
    "Related species live in the north.",
    "Melden Sie sich für den Newsletter an.",
    "Suscríbete hoy.",
    "订阅我们的通讯。",
]


def body(text: str, **known: str) -> list[str]:
    return [text[start:end] for start, end in prose_spans(text, **known)]  # type: ignore[arg-type]  # title and author


@pytest.mark.parametrize(("kind", "line"), FURNITURE)
def test_a_line_of_furniture_is_known_by_its_words(kind: str, line: str) -> None:
    (unit,) = lines_of(line)
    assert kind_of(unit) == kind


@pytest.mark.parametrize("line", PROSE)
def test_a_line_that_only_resembles_furniture_is_kept(line: str) -> None:
    (unit,) = lines_of(line)
    assert kind_of(unit) is None


def article(path: Path) -> Article:
    (read,) = read_sources([path])
    assert isinstance(read, Article)
    return read


def test_a_saved_page_keeps_its_prose_and_nothing_else() -> None:
    page = article(SAVED_PAGE)
    lines = [line for line in page.text.split("\n") if line]
    first, last = (next(at for at, line in enumerate(lines) if line.startswith(words)) for words in ("LIND", "It may"))
    between = [line for line in lines[first : last + 1] if line.endswith((".", "”")) and "(Photo" not in line]
    kept = [line for start, end in page.body for line in page.text[start:end].split("\n") if line]
    assert kept == [*lines[2].split(" ■ "), *between]
    assert len(between) == 7


def test_a_saved_page_gives_its_byline() -> None:
    page = article(SAVED_PAGE)
    assert page.title == "Island Fears Winter Without a Ferry as ‘Old Marta’ Nears Its End"
    assert (page.author, page.outlet, page.published) == ("Ilse Varga", "The Lindholm Courier", "2021-03-03")


@pytest.mark.skipif(not SHARED_ARTICLE.exists(), reason="the shared articles are not beside this checkout")
def test_the_shared_article_keeps_exactly_its_prose() -> None:
    page = article(SHARED_ARTICLE)
    assert page.title == "Ukraine Fears ‘Europe’s Last Dictator’ Will Join the Russian Invasion"
    assert (page.author, page.outlet, page.published) == ("Anshel Pfeffer", None, None)
    lines = [line for line in page.text.split("\n") if line]
    first, last = (next(at for at, line in enumerate(lines) if words in line) for words in ("KYIV –", "retaking it."))
    between = [line for line in lines[first : last + 1] if "Credit:" not in line and "LISTEN" not in line]
    kept = [line for start, end in page.body for line in page.text[start:end].split("\n") if line]
    assert kept == [*lines[1].split(" ■ "), *between]
    assert len(between) == 14


def test_a_caption_goes_with_the_credit_below_it_or_beside_it() -> None:
    text = "A first paragraph stands here.\n\nThe old mill.\nPhoto by Jane Doe\n\nThe end of the article.\n\n"
    assert body(text) == ["A first paragraph stands here.", "The end of the article."]
    text = "A hill.\nA hill.Credit: Jane Doe\nA man spoke."
    assert body(text) == ["A man spoke."]


def test_headlines_below_the_end_of_a_page_are_no_prose_but_a_short_last_paragraph_is() -> None:
    paragraph = "The council voted for the bridge after nine hours. The mayor, who had opposed it, left without a word."
    teasers = "Five Ways to Cook a Pumpkin\n\nA pumpkin in a field.\n\nThe Town That Sold Its Own River"
    assert body(f"{paragraph}\n\nNobody cheered.\n\nShow comments\n\n{teasers}") == [f"{paragraph}\n\nNobody cheered."]
    assert body(f"{paragraph}\n\nShow comments\n\n{paragraph}") == [paragraph, paragraph]
    assert body(f"{paragraph}\n\n{teasers}") == [f"{paragraph}\n\n{teasers}"]


def test_without_an_end_mark_only_captioned_headlines_are_other_stories() -> None:
    last = "The council voted for the bridge after nine hours. The mayor, who had opposed it, left without a word."
    captioned = [
        ("A pumpkin in a field.", "Five Ways to Cook a Pumpkin"),
        ("The old mill.", "The Town That Sold Its River"),
    ]
    captioned += [("A cat.", "The Cat That Came Back Twice"), ("Rain in May.", "Why May Is Wetter Than It Was")]
    teasers = "\n\n".join(f"{caption}\n\n{headline}" for caption, headline in captioned)
    ranking = "\n\n".join(f"{rank}. Jane Doe, Vale Motors, 5{rank} Billion" for rank in range(1, 9))
    assert [last] == [last[s:e] for s, e in prose_spans(f"{last}\n\n{teasers}", unmarked_teasers=True)]
    for kept, unmarked in ((teasers, False), (ranking, True)):
        (span,) = prose_spans(f"{last}\n\n{kept}", unmarked_teasers=unmarked)
        assert span == (0, len(f"{last}\n\n{kept}"))


def test_a_title_and_a_byline_are_left_out_above_the_text_only() -> None:
    text = "The Bridge\n\nBy Jane Doe, The Vale Post\n\nMarch 3, 2021\n\nShe saw The Bridge. It was long.\n\nThe Bridge"
    assert body(text, title="The Bridge") == ["She saw The Bridge. It was long."]
    long = (
        "This goes on for more than one hundred and twenty characters, so it is a paragraph, and no header is below it."
    )
    long = f"{long} So it is."
    assert body(f"{long}\n\nThe Bridge", title="The Bridge") == [f"{long}\n\nThe Bridge"]


def test_a_text_that_is_all_furniture_is_left_whole() -> None:
    assert body("Subscribe now\n\nRead more") == ["Subscribe now\n\nRead more"]
    assert body("") == []


@pytest.mark.parametrize(
    ("text", "byline"),
    [
        ("A Headline\n\nBy Jane Doe and John Roe\n\nText follows.", Byline("A Headline", "Jane Doe and John Roe")),
        ("A Headline\n\nJane Doe\n\nText follows.", Byline("A Headline")),
        ("A Headline\n\nBy the river\n\nText follows.", Byline("A Headline")),
        ("A sentence stands first.\n\nAnother.", Byline()),
        ("Is It True?\n2022-03-21\nText.", Byline("Is It True?", published="2022-03-21")),
        ("A Headline\n\nA ruin, March 21, 2022.Credit: Jane Doe\n\nText.", Byline("A Headline")),
        ("A Headline\n\nMore text.\n\nCopyright 2020 The Vale Post", Byline("A Headline", outlet="The Vale Post")),
    ],
)
def test_a_byline_says_what_the_text_says_and_no_more(text: str, byline: Byline) -> None:
    assert read_byline(text) == byline


@pytest.mark.parametrize(
    ("words", "iso"),
    [
        ("2018/03/15", "2018-03-15"),
        ("2018-03-15T10:00:00Z", "2018-03-15"),
        ("version 2018-03-155", None),
        ("March 3, 2021", "2021-03-03"),
        ("3rd Sept. 2021", "2021-09-03"),
        ("03/04/2021", None),
        ("12 April 2022, corrected 2022-05-01", "2022-04-12"),
        ("2022-13-45 and 2022-04-12", "2022-04-12"),
        ("99 March 2022, 5 March 2022, 2022-03-06", "2022-03-05"),
        ("2021-02-30", None),
        ("", None),
    ],
)
def test_a_date_is_read_where_it_is_certain(words: str, iso: str | None) -> None:
    assert iso_date(words) == iso


PLANTED = [line for _, line in FURNITURE]


@given(
    st.lists(st.one_of(sentences(), st.sampled_from(PROSE)), min_size=1, max_size=8),
    st.lists(st.sampled_from(PLANTED), max_size=8),
    st.randoms(use_true_random=False),
)
def test_planted_furniture_is_left_out_and_prose_is_kept(
    paragraphs: list[str], planted: list[str], random: Random
) -> None:
    lines = [(line, True) for line in paragraphs] + [(line, False) for line in planted]
    random.shuffle(lines)
    kept = "\n\n".join(body("\n\n".join(line for line, _ in lines)))
    assert kept.split("\n\n") == [line for line, is_prose in lines if is_prose]


@given(awkward_text(), awkward_text(max_pieces=3), st.booleans())
def test_spans_are_ordered_disjoint_and_inside_any_text(text: str, title: str, unmarked: bool) -> None:  # noqa: FBT001
    spans = prose_spans(text, title=title, unmarked_teasers=unmarked)
    end = 0
    for start, stop in spans:
        assert end <= start < stop <= len(text)
        assert text[start:stop] == text[start:stop].strip()
        end = stop
    assert bool(spans) == bool(text.strip())


@given(awkward_text())
def test_lines_cover_every_character_that_is_not_white_space(text: str) -> None:
    lines = lines_of(text)
    assert all(text[line.start : line.end] == line.words for line in lines)
    assert "".join("".join(line.words.split()) for line in lines) == "".join(text.split())


@given(awkward_text(), st.lists(st.integers(0, 80), max_size=6))
def test_masking_moves_no_character(text: str, cuts: list[int]) -> None:
    cuts = sorted({min(cut, len(text)) for cut in cuts})
    apart = list(zip(cuts[::2], cuts[1::2], strict=False))
    hidden = masked(text, apart)
    inside = {at for start, end in apart for at in range(start, end)}
    assert len(hidden) == len(text)
    assert all(hidden[at] == ("\n" if at in inside else text[at]) for at in range(len(text)))


@pytest.mark.parametrize(
    "line",
    ["word " * 200_000, "a" + " " * 1_000_000 + "b", "-" * 1_000_000, "■" * 300_000, "A.B-" * 250_000, '"' * 1_000_000],
    ids=["words", "spaces", "dashes", "squares", "names", "quotes"],
)
def test_a_line_of_a_million_characters_is_read_in_one_pass(line: str) -> None:
    assert read_byline(line).author is None
    assert prose_spans(line, unmarked_teasers=True)


@pytest.mark.parametrize(
    "line",
    ["Photo: " + "A-" * 75 + "!", "By " + "Aa-Bb " * 14 + "!", "Aa, Bb/Cc " * 68 + "!", "Contributing: " + "A." * 120],
)
def test_a_line_that_almost_matches_is_refused_without_trying_every_way(line: str) -> None:
    (unit,) = lines_of(line)
    assert kind_of(unit) in {None, "wire"}
    assert read_byline(line).author is None
