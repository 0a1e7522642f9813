"""Saved runs go in; one HTML page comes out: measures, plots, and every question with what was found and quoted.

The page is complete in itself. It has no script, and its content security policy lets it load nothing; the one style
sheet is allowed by its hash. Every text of a run is escaped by `element`.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from importlib import resources

from askdocs.evaluation.compare import Change, compare
from askdocs.evaluation.names import LENGTHS, ORDER, meaning, written, written_difference, written_p
from askdocs.evaluation.saved import SavedRun
from askdocs.report import curves, plots
from askdocs.report.plots import COLOURS, Axis, Series
from askdocs.report.questions import questions_section
from askdocs.web.markup import Html, element, join

_PARTS = (
    ("What is found", ORDER[: ORDER.index("quote_recall@3")]),
    ("What is quoted", ORDER[ORDER.index("quote_recall@3") : ORDER.index("abstain_auroc")]),
    ("When it answers", ORDER[ORDER.index("abstain_auroc") :]),
)


def render_page(runs: Sequence[SavedRun]) -> str:
    """Return the page that shows runs side by side; the first is the one that others are compared with.

    Raises:
        RunFileError: a later run shares no question with the first.
    """
    changes = [{change.name: change for change in compare(runs[0], run).changes} for run in runs[1:]]
    title = "Evaluation: " + ", ".join(dict.fromkeys(run.dataset for run in runs))
    style = resources.files("askdocs.report").joinpath("style.css").read_text(encoding="utf-8")
    body = element(
        "main",
        element("header", element("h1", title), _runs(runs)),
        element("section", element("h2", "Measures"), _table(runs, changes), class_="measures"),
        element("section", element("h2", "Plots"), element("div", *_figures(runs), class_="figures")),
        questions_section(runs),
    )
    head = join(
        [
            Html('<meta charset="utf-8">'),
            Html(f'<meta http-equiv="Content-Security-Policy" content="{_policy(style)}">'),
            Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            Html('<meta name="referrer" content="no-referrer">'),
            element("title", title),
            element("style", Html(style)),
        ]
    )
    return f"<!doctype html>\n{element('html', element('head', head), element('body', body), lang='en')}\n"


def _policy(style: str) -> str:
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


# --- runs -------------------------------------------------------------------------------------------------------------


def _runs(runs: Sequence[SavedRun]) -> Html:
    return element("div", *(_run_card(number, run) for number, run in enumerate(runs)), class_="runs")


def _run_card(number: int, run: SavedRun) -> Html:
    points = curves.latencies(run)
    half, most = (curves.at_share(points, share)[0] for share in (0.5, 0.95))
    facts = (
        ("made", f"{_time(_said(run, 'made'))} at {_said(run, 'commit')}"),
        ("asked", f"{len(run.rows):,} questions of {run.dataset}"),
        ("index", f"{_said(run, 'articles')} articles, {_said(run, 'passages')} passages"),
        ("encoder", f"{_said(run, 'encoder', 'name')} {_said(run, 'encoder', 'fingerprint')[:8]}"),
        ("files", _said(run, "index", "files")[:8]),
        ("machine", f"{_said(run, 'machine', 'processor')}, {_said(run, 'machine', 'cores')} cores"),
        ("speed", f"half within {half:,.0f} ms, 95 % within {most:,.0f} ms"),
    )
    rows = (join([element("dt", name), element("dd", value)]) for name, value in facts)
    return element("article", element("h3", swatch(number), run.name), element("dl", *rows))


def _said(run: SavedRun, *path: str) -> str:
    """Return what a run says of itself, and a dash where it does not: the file may be from anywhere."""
    found: object = run.about
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return "–" if found is None else str(found)


def _time(made: str) -> str:
    return made.replace("T", " ").replace("+00:00", " UTC")


def swatch(number: int) -> Html:
    """Return a run's colour as a small square."""
    return element("span", class_=f"swatch run{number % COLOURS}", aria_hidden="true")


# --- measures ---------------------------------------------------------------------------------------------------------


def _table(runs: Sequence[SavedRun], changes: Sequence[dict[str, Change]]) -> Html:
    headings = [element("th", "Measure", scope="col")]
    for number, run in enumerate(runs):
        named = element("span", swatch(number), run.name, class_="name")
        headings.append(element("th", named, scope="col"))
        if number:
            headings.append(element("th", f"against {runs[0].name}", scope="col"))
    bodies = [
        element("tbody", element("tr", element("th", part, scope="rowgroup", colspan="99", class_="part")), *rows)
        for part, names in _PARTS
        if (rows := [_measure_row(name, runs, changes) for name in names if any(name in run.measures for run in runs)])
    ]
    note = "Intervals hold 95 % of 1,000 bootstrap draws over the questions."
    if changes:
        note += (
            " Differences are of the questions that both runs share, and bold where p, of a two-sided paired"
            " randomisation test, is below 0.05: of twenty measures, one is so by chance."
        )
    kind = "many" if changes else "one"
    table = element("table", element("thead", element("tr", *headings)), *bodies, class_=kind)
    return join([element("div", table, class_="scroll", tabindex="0"), element("p", note, class_="note")])


def _measure_row(name: str, runs: Sequence[SavedRun], changes: Sequence[dict[str, Change]]) -> Html:
    cells = [element("th", element("span", name), element("small", meaning(name)), scope="row")]
    for number, run in enumerate(runs):
        cells.append(_value_cell(name, number, run))
        if number:
            cells.append(_change_cell(changes[number - 1].get(name)))
    return element("tr", *cells)


def _value_cell(name: str, number: int, run: SavedRun) -> Html:
    if name not in run.measures:
        return element("td", element("span", "–", class_="number"))
    low, high = run.intervals[name]
    bar = "" if name in LENGTHS else plots.interval_bar(run.measures[name], low, high, number % COLOURS)
    return element(
        "td",
        element(
            "div",
            element("span", written(name, run.measures[name]), class_="number"),
            element("span", f"{written(name, low)} – {written(name, high)}", class_="range"),
            bar,
        ),
    )


def _change_cell(change: Change | None) -> Html:
    if change is None or not change.difference:
        return element("td", element("span", "–" if change is None else "=", class_="number"))
    words = written_difference(change.name, change.difference)
    small = change.p < 0.001  # noqa: PLR2004  what three decimals can show
    return element(
        "td",
        element(
            "div",
            element("span", words, class_=f"number {change.verdict or 'even'}"),
            element("span", f"p {'' if small else '= '}{written_p(change.p)}", class_="chance"),
        ),
    )


# --- plots ------------------------------------------------------------------------------------------------------------


def _figures(runs: Sequence[SavedRun]) -> Iterable[Html]:
    """Return the plots that have something to show."""
    return [figure for figure in (_ranks(runs), _recall(runs), _risk(runs), _latency(runs)) if figure]


def _figure(title: str, plot: Html, runs: Sequence[SavedRun], caption: str) -> Html:
    legend = [element("span", swatch(number), run.name, class_="name") for number, run in enumerate(runs)]
    return element(
        "figure",
        element("h3", title),
        element("p", *legend, class_="legend") if len(runs) > 1 else "",
        plot,
        element("figcaption", caption),
    )


def _ranks(runs: Sequence[SavedRun]) -> Html | None:
    shares = [curves.rank_shares(run) for run in runs]
    if not any(shares):
        return None
    series = [
        Series(run.name, number % COLOURS, [(float(rank), share) for rank, share in enumerate(shares[number])])
        for number, run in enumerate(runs)
    ]
    highest = max(share for one in shares for share in one)
    labels = [*(str(rank) for rank in range(1, curves.RANKS + 1)), "none"]
    axis = Axis("share of questions", 1.0 if highest > 0.5 else plots.round_end(highest), shares=True)  # noqa: PLR2004  half
    title = "Rank of the first relevant hit"
    plot = plots.bar_plot(title, labels, "rank", axis, series)
    return _figure(title, plot, runs, "Share of the questions whose gold is known. Further left is better.")


def _recall(runs: Sequence[SavedRun]) -> Html | None:
    points = [curves.recall_by_characters(run) for run in runs]
    if not any(points):
        return None
    end = plots.round_end(max(across for one in points for across, _ in one))
    series = [
        Series(
            run.name,
            number % COLOURS,
            points[number],
            points[number],
            {4: "5"} if points[number] and not number else {},
        )
        for number, run in enumerate(runs)
    ]
    title = "Recall against returned characters"
    plot = plots.line_plot(
        title, Axis("characters of the first hits, mean", end), Axis("recall", 1.0, shares=True), series
    )
    caption = "A dot for each of 1 to 10 hits; the fifth is named. Higher at the same length is better."
    return _figure(title, plot, runs, caption)


def _risk(runs: Sequence[SavedRun]) -> Html | None:
    points = [curves.risk_by_coverage(run) for run in runs]
    if not any(points):
        return None
    stands = [curves.operating_point(run) for run in runs]
    highest = max(up for one in points for _, up in one)
    series = [
        Series(run.name, number % COLOURS, points[number], [stand] if stand else [])
        for number, (run, stand) in enumerate(zip(runs, stands, strict=True))
    ]
    title = "Risk against coverage"
    y = Axis("risk", min(1.0, plots.round_end(highest)), shares=True)
    plot = plots.line_plot(title, Axis("share of questions answered, the surest first", 1.0, shares=True), y, series)
    caption = (
        "Risk is the share of the answered questions that have no answer. The dot is where the run stood. "
        "Lower is better."
    )
    return _figure(title, plot, runs, caption)


def _latency(runs: Sequence[SavedRun]) -> Html:
    points = [curves.latencies(run) for run in runs]
    end = plots.round_end(max(one[-1][0] for one in points))
    series = [
        Series(
            run.name,
            number % COLOURS,
            [(0.0, 0.0), *points[number]],
            [curves.at_share(points[number], 0.5), curves.at_share(points[number], 0.95)],
        )
        for number, run in enumerate(runs)
    ]
    title = "Time to an answer"
    y = Axis("share of questions", 1.0, shares=True)
    plot = plots.line_plot(title, Axis("milliseconds", end), y, series, steps=True)
    caption = "Share of questions answered within a time; dots at half and at 95 %. Further left is better."
    return _figure(title, plot, runs, caption)
