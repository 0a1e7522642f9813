"""Choosing quotes and abstaining, with sentences made up for it and with the sample articles."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.answering.evidence import required_terms
from askdocs.answering.extractive import abstention, chosen, cited
from askdocs.datatypes import Article, Quote, Span
from askdocs.judging import Sentence
from askdocs.library import Library
from askdocs.quotes import quote
from askdocs.sentences import sentence_spans
from askdocs.settings import AnswerSettings

NAMES = ("north", "south", "east")
ARTICLES = {
    name: Article.of(
        id=name,
        text=f"The {name} gate was closed. He said why. They left. The {name} gate is open. It is high. The end came.",
    )
    for name in NAMES
}
SPANS = {name: sentence_spans(article.text) for name, article in ARTICLES.items()}


def sentence(name: str, number: int, score: float) -> Sentence:
    return Sentence(
        NAMES.index(name) * 6 + number,
        ARTICLES[name],
        SPANS[name][number],
        frozenset(),
        score,
        answers=score,
        cosine=0.5,
        coverage=0.5,
        is_heading=False,
    )


def before(one: Sentence) -> list[Span]:
    """The sentences in front of one."""
    return [span for span in SPANS[one.article.id] if span[1] <= one.span[0]]


def sentences() -> st.SearchStrategy[list[Sentence]]:
    """Sentences of three articles, best first; scores may be negative."""
    places = st.lists(
        st.tuples(st.sampled_from(NAMES), st.integers(0, 5), st.floats(-1.0, 2.0)),
        min_size=1,
        unique_by=lambda place: place[:2],
    )
    return places.map(lambda found: sorted((sentence(*place) for place in found), key=lambda one: -one.score))


def answer_settings() -> st.SearchStrategy[AnswerSettings]:
    shares = st.floats(0.0, 1.0)
    return st.builds(AnswerSettings, quotes=st.integers(1, 5), least_share=shares, second_article_share=shares)


@given(sentences(), answer_settings())
def test_what_holds_for_every_choice_of_quotes(found: list[Sentence], settings: AnswerSettings) -> None:
    quotes = list(chosen(found, {one.row: one for one in found}, settings, before))
    assert 1 <= len(quotes) <= settings.quotes
    for one, other in combinations(quotes, 2):
        assert one.article_id != other.article_id or one.end <= other.start or other.end <= one.start
    for one in quotes:
        assert one.words_in(ARTICLES[one.article_id]) == one.exact
    best = found[0]
    assert quotes[0].article_id == best.article.id
    assert quotes[0].start <= best.span[0] < best.span[1] <= quotes[0].end
    assert sum(quotes[0].start <= span[0] and span[1] <= quotes[0].end for span in SPANS[best.article.id]) <= 5


def ids(quotes: list[Quote]) -> list[str]:
    return [one.article_id for one in quotes]


def test_a_second_article_that_answers_nearly_as_well_is_heard_second() -> None:
    found = [sentence("north", 0, 1.0), sentence("north", 3, 0.95), sentence("south", 0, 0.9)]
    settings = AnswerSettings(quotes=3, least_share=0.5, second_article_share=0.85)
    assert ids(list(chosen(found, {}, settings, before))) == ["north", "south", "north"]


def test_the_same_words_in_two_articles_are_quoted_once_and_a_heading_never() -> None:
    heading = replace(sentence("north", 5, 1.5), is_heading=True)
    found = [heading, sentence("north", 5, 1.0), sentence("south", 5, 0.99), sentence("south", 0, 0.98)]
    assert [one.exact for one in chosen(found, {}, AnswerSettings(), before)] == [
        "The end came.",
        "The south gate was closed.",
    ]


def test_the_same_words_with_other_marks_and_line_breaks_are_quoted_once() -> None:
    one = Article.of(id="one", text="The mayor’s “end” came – at last.")
    other = Article.of(id="other", text='The mayor\'s "end"\ncame - at last.')
    found = [
        replace(sentence(name, 0, score), article=article, span=(0, len(article.text)))
        for name, score, article in (("north", 1.0, one), ("south", 0.99, other))
    ]
    assert ids(list(chosen(found, {}, AnswerSettings(), lambda _: []))) == ["one"]


def test_a_heading_of_a_markdown_article_is_not_quoted_but_what_stands_under_it(sample_library: Library) -> None:
    quotes = sample_library.ask("Why did the flood siren in Lenwick stay silent?").quotes
    assert all(one.exact != "Why the siren was silent" for one in quotes)
    assert any("control box had been disconnected" in one.exact for one in quotes)


def test_a_second_article_that_answers_worse_waits_for_its_turn() -> None:
    found = [sentence("north", 0, 1.0), sentence("north", 3, 0.95), sentence("south", 0, 0.8)]
    settings = AnswerSettings(quotes=3, least_share=0.5, second_article_share=0.85)
    assert ids(list(chosen(found, {}, settings, before))) == ["north", "north", "south"]


def test_a_sentence_far_worse_than_the_best_is_not_quoted() -> None:
    found = [sentence("north", 0, 1.0), sentence("south", 0, 0.4)]
    assert ids(list(chosen(found, {}, AnswerSettings(least_share=0.5), before))) == ["north"]


def test_a_sentence_that_another_quote_reached_back_to_is_not_quoted_again() -> None:
    found = [sentence("north", 1, 1.0), sentence("north", 0, 0.9), sentence("north", 5, 0.8)]
    quotes = list(chosen(found, {}, AnswerSettings(quotes=3, least_share=0.5), before))
    assert [one.exact for one in quotes] == ["The north gate was closed. He said why.", "The end came."]


def read(*answers: float) -> dict[int, Sentence]:
    """The sentences of the north's article, as they answer."""
    return {number: sentence("north", number, score) for number, score in enumerate(answers)}


@pytest.mark.parametrize(
    ("answers", "quoted"),
    [
        ((0.0, 0.0, 0.0, 1.0, 0.0, 0.0), "The north gate is open."),
        ((0.0, 0.0, 0.0, 1.0, 0.9, 0.0), "The north gate is open. It is high."),
        (
            (0.0, 0.0, 0.9, 1.0, 0.8, 0.0),
            "The north gate was closed. He said why. They left. The north gate is open. It is high.",
        ),
        (
            (0.0, 0.7, 0.8, 1.0, 0.9, 0.3),
            "The north gate was closed. He said why. They left. The north gate is open. It is high.",
        ),
        (
            (0.0, 0.7, 0.8, 1.0, 0.9, 0.5),
            "The north gate was closed. He said why. They left. The north gate is open. It is high. The end came.",
        ),
        ((0.9, 0.0, 0.0, 1.0, 0.0, 0.9), "The north gate is open."),
    ],
)
def test_neighbours_that_answer_nearly_as_well_are_of_the_same_quote(answers: tuple[float, ...], quoted: str) -> None:
    known = read(*answers)
    (one,) = chosen([known[3]], known, AnswerSettings(), before)
    assert one.exact == quoted


def test_a_quote_is_of_one_paragraph() -> None:
    article = Article.of(id="a", text="The gate was closed. It is high.\n\nThe bridge is long.\nThe road is bad.")
    known = {
        row: replace(sentence("north", 0, 1.0), row=row, article=article, span=span)
        for row, span in enumerate(sentence_spans(article.text))
    }
    quotes = chosen([known[1], known[2]], known, AnswerSettings(), lambda _: [])
    assert [one.exact for one in quotes] == [
        "The gate was closed. It is high.",
        "The bridge is long.\nThe road is bad.",
    ]


def test_a_neighbour_that_is_a_heading_or_quoted_already_is_left_where_it_is() -> None:
    known = read(1.2, 0.0, 0.0, 1.0, 1.1, 1.2)
    known[5] = replace(known[5], is_heading=True)
    found = sorted((known[0], known[3], known[4]), key=lambda one: -one.score)
    quotes = chosen(found, known, AnswerSettings(least_share=0.1), before)
    assert [one.exact for one in quotes] == ["The north gate was closed.", "The north gate is open. It is high."]


def test_where_every_score_is_negative_the_best_is_quoted_still() -> None:
    found = [sentence("north", 0, -0.1), sentence("south", 0, -0.2)]
    assert ids(list(chosen(found, {}, AnswerSettings(least_share=0.5), before))) == ["north"]


def test_the_wording_of_an_answer_is_its_quotes_each_with_its_citation() -> None:
    quotes = [quote(ARTICLES["north"], SPANS["north"][0]), quote(ARTICLES["south"], SPANS["south"][5])]
    assert cited(quotes) == "“The north gate was closed.” [1]\n\n“The end came.” [2]"


def test_an_abstention_says_how_much_was_searched() -> None:
    assert "the one article" in abstention(1, 1)
    assert "all 1,234 articles" in abstention(1_234, 1_234)


@pytest.mark.parametrize(
    ("question", "required"),
    [
        ("What did Ursula von der Leyen say in 2022?", ["ursula", "leyen", "2022"]),
        ("What did Michelle Wie win?", ["michell", "wie"]),
        ("Wie viele Soldaten hat die Ukraine seit 2022 verloren?", ["2022"]),
        ("In welchem Jahr wurde der Bahnhof gebaut?", []),
        ("Was the bridge closed?", []),
        (
            "Did Ms. Ray leave at 9? Who went with her. What did the U.S. Senate say?",
            ["ray", "9", "usa", "senat"],
        ),
        ("Did the US and the U.N. agree?", ["usa", "un"]),
    ],
)
def test_names_and_numbers_are_required_but_no_german_noun(question: str, required: list[str]) -> None:
    assert list(required_terms(question)) == required


# --- the sample articles


@pytest.mark.parametrize(
    ("question", "figures"),
    [
        ("How many people were at the strike march on Saturday?", ("14,000", "9,000")),
        ("By how much did DART shorten the orbit of Dimorphos?", ("32 minutes", "33 minutes")),
    ],
)
def test_two_articles_that_disagree_are_both_quoted(
    sample_library: Library, question: str, figures: tuple[str, str]
) -> None:
    answer = sample_library.ask(question)
    for figure in figures:
        assert any(figure in one.exact for one in answer.quotes), (figure, [one.exact for one in answer.quotes])
    assert len({one.article_id for one in answer.quotes}) > 1


@pytest.mark.parametrize(
    "question",
    [
        "What is the population of Peru?",
        "Who wrote the music for RRR?",
        "How do I renew my subscription?",
        "Which enzyme unwinds a double helix?",
    ],
)
def test_what_no_article_answers_is_not_answered(sample_library: Library, question: str) -> None:
    answer = sample_library.ask(question)
    assert answer.abstained
    assert answer.quotes == ()
    assert "all 20 articles" in answer.text
    assert "“" not in answer.text
    assert [hit.rank for hit in answer.hits] == list(range(1, len(answer.hits) + 1))
    assert answer.hits, "what came nearest is shown as such"


def test_a_follow_up_is_answered_from_the_question_before_it(sample_library: Library) -> None:
    first = "Why did the flood siren in Lenwick stay silent?"
    answer = sample_library.ask("and when?", [first])
    assert answer.question == "and when?"
    assert answer.hits[0].passage.article_id.startswith("lenwick-flood")
    assert sample_library.ask("Why?", [first]).hits[0].passage.article_id.startswith("lenwick-flood")
