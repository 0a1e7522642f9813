"""Saved runs go in; the part of the page comes out in which every question opens to what was found and quoted."""

from __future__ import annotations

from collections.abc import Sequence

from askdocs.evaluation.names import PER_QUESTION, written
from askdocs.evaluation.saved import Found, Row, SavedRun
from askdocs.report.curves import first_relevant_rank
from askdocs.report.marking import marked
from askdocs.report.outcomes import OUTCOMES, outcome
from askdocs.report.plots import COLOURS
from askdocs.web.markup import Html, element, join

HITS_WITH_TEXT = 5
"""The hits whose words are shown, with the relevant ones below: a page of a thousand questions has some megabytes."""


MOST_OPEN = 2_000
"""Questions that open, the worst first: with two runs some 25 megabytes, which a browser still takes."""


def questions_section(runs: Sequence[SavedRun], most: int = MOST_OPEN) -> Html:
    """Return the questions of the last run, the worst outcomes first, each with what every run made of it.

    Beyond `most` of them they are counted only.
    """
    others = [{row.question: row for row in run.rows} for run in runs]
    parts = []
    room = most
    for kind in OUTCOMES:
        rows = [row for row in runs[-1].rows if outcome(row) == kind]
        if rows:
            shown, room = rows[:room], max(0, room - len(rows))
            count = element("span", f"{len(rows):,}", class_="count")
            heading = element("h3", element("span", class_=f"dot {kind.tone}"), kind.title, count)
            asked = [_question([rows_of.get(row.question) for rows_of in others], row, runs) for row in shown]
            if left := len(rows) - len(shown):
                asked.append(element("p", f"{left:,} more are in the saved run.", class_="note"))
            parts.append(element("section", heading, *asked, class_="outcome"))
    whose = f" What became of them is told by {runs[-1].name}." if len(runs) > 1 else ""
    note = f"Each opens.{whose} Gold is marked, quoted words are underlined, and ✓ stands before what is relevant."
    return element("section", element("h2", "Questions"), element("p", note, class_="note"), *parts, class_="questions")


def _question(rows: Sequence[Row | None], shown: Row, runs: Sequence[SavedRun]) -> Html:
    badges = [_badge(number, row) for number, row in enumerate(rows) if row is not None]
    summary = element("summary", element("span", shown.question.text, class_="asked"), *badges)
    blocks = [
        _run_block(number, run.name, row, alone=len(runs) == 1)
        for number, (run, row) in enumerate(zip(runs, rows, strict=True))
        if row is not None
    ]
    return element("details", summary, _gold(shown), element("div", *blocks, class_=f"sides of{len(blocks)}"))


def _badge(number: int, row: Row) -> Html:
    """Return in a few characters where the first relevant hit was, or what was said without one."""
    if not row.question.evidence:
        words = "refused" if row.abstained else "answered"
    else:
        rank = first_relevant_rank(row)
        words = (f"rank {rank}" if rank else "no hit") + (", refused" if row.abstained else "")
    return element("span", words, class_=f"badge run{number % COLOURS}")


def _gold(row: Row) -> Html:
    question = row.question
    spans = [
        _cited(element("mark", span.exact), f"{span.article_id}, {span.start}–{span.end}") for span in question.gold
    ]
    spans += [_cited("any passage of it", article_id) for article_id in question.gold_articles if not question.gold]
    known = element("ul", *spans) if spans else ""
    answers = element("p", f"Answers: {' · '.join(question.answers)}") if question.answers else ""
    nothing = "" if question.answerable else element("p", "The articles do not answer this.")
    return element("div", element("h4", question.id), nothing, known, answers, class_="gold")


def _cited(words: str, place: str) -> Html:
    return element("li", words, element("cite", place))


def _run_block(number: int, name: str, row: Row, *, alone: bool) -> Html:
    heading = "" if alone else element("h4", element("span", class_=f"swatch run{number % COLOURS}"), name)
    said = "abstained" if row.abstained else f"{len(row.quotes)} quoted"
    facts = element("p", f"{said} · confidence {row.confidence:.2f} · {1000 * row.seconds:,.0f} ms", class_="facts")
    quotes = [_quote(quote, row) for quote in row.quotes]
    hits = [
        _hit(hit, row, with_text=rank <= HITS_WITH_TEXT or row.is_relevant(hit))
        for rank, hit in enumerate(row.hits, start=1)
    ]
    return element("div", heading, facts, *quotes, element("ol", *hits), _measures(row), class_="side")


def _quote(quote: Found, row: Row) -> Html:
    place = element("cite", _tick(row, quote), f"{quote.title or quote.article_id}, {quote.start}–{quote.end}")
    return element("blockquote", element("p", marked(quote, row)) if quote.text else "", place)


def _hit(hit: Found, row: Row, *, with_text: bool) -> Html:
    place = element("cite", _tick(row, hit), f"{hit.title or hit.article_id}, {hit.start}–{hit.end}")
    score = element("span", f"{hit.score:.3f}", class_="score")
    words = element("p", marked(hit, row)) if with_text and hit.text else ""
    return element("li", element("div", place, score, class_="place"), words)


def _tick(row: Row, found: Found) -> Html | str:
    return element("span", "✓ ", class_="yes", title="relevant") if row.is_relevant(found) else ""


def _measures(row: Row) -> Html:
    pairs = [
        join([element("dt", name), element("dd", written(name, row.measures[name]))])
        for name in PER_QUESTION
        if name in row.measures
    ]
    return element("dl", *pairs, class_="numbers")
