"""The articles and what a reader wants of them in, the Library side's HTML out: form, list and the index's state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from askdocs.index import ArticleSummary, Manifest
from askdocs.reading import SUFFIXES
from askdocs.web.evidence import described, view_name
from askdocs.web.intake import Bounds, Outcome
from askdocs.web.markup import Html, element, join
from askdocs.web.rebuilding import Progress
from askdocs.web.searched import Searched
from askdocs.web.wanted import MOST_OUTLETS, ORDERS, Wanted, outlets_of
from askdocs.web.words import articles_counted, searched_words

_ASIDE = "Words narrow this list, not what your questions are put to."
LISTED = 200
"""How many articles a page of the list shows."""


def form(articles: Sequence[ArticleSummary], wanted: Wanted, what: Searched) -> Html:
    """Return the form above the list: search, outlets, dates, order."""
    since, until = wanted.typed
    return element(
        "form",
        element(
            "input",
            type="search",
            name="words",
            value=wanted.words,
            placeholder="Search by title, outlet, author or date",
            aria_label="Search the articles",
            autocomplete="off",
            class_="words",
        ),
        element(
            "div",
            _outlet_menu(articles, wanted),
            _labelled("From", _date("since", since, what)),
            _labelled("to", _date("until", until, what)),
            _labelled(
                "Sort",
                element(
                    "select",
                    *(
                        element("option", name, value=order, selected=order == wanted.order)
                        for order, name in ORDERS.items()
                    ),
                    name="order",
                    aria_label="Order of the list",
                ),
            ),
            class_="row",
        ),
        class_="wanted",
        role="search",
        aria_label="Articles",
    )


def listed(articles: Sequence[ArticleSummary], wanted: Wanted, *, changeable: bool) -> Html:
    """Return a page of the wanted articles, and how many they are. `changeable`: each can be removed."""
    found = wanted.choose(articles)
    pages = max(1, -(-len(found) // LISTED))
    page = min(wanted.page, pages - 1)
    shown = found[page * LISTED : (page + 1) * LISTED]
    narrowed = bool(wanted.words or wanted.within or wanted.fault)
    aside = element("span", _ASIDE, class_="aside") if wanted.words else ""
    return element(
        "div",
        element("p", wanted.fault, class_="notice", role="status") if wanted.fault else "",
        element(
            "div",
            element("p", _counted(len(found), len(articles), narrowed=narrowed), aside, class_="count", role="status"),
            _leaves(page, pages, len(found), "above"),
            element("button", "Clear filters", type="button", class_="tool", data_do="unlimit") if narrowed else "",
            class_="summary",
        ),
        element("ul", *(_row(known, changeable=changeable) for known in shown))
        if found
        else element("p", "No article is like that.", class_="nothing"),
        _leaves(page, pages, len(found), "below"),
        class_="shelf",
    )


def state(
    manifest: Manifest, what: Searched, passages: int, progress: Progress | None, stale: str | None = None
) -> Html:
    """Return what the index is, when it was built, and how far a build is that is under way.

    `progress` is None where nothing can be built from the page. `stale` says why the index in force is not the one
    that answers, where that is so.
    """
    running = progress is not None and progress.running
    return element(
        "div",
        _building(progress) if progress and running else "",
        _fault(progress.fault) if progress and progress.fault else "",
        element("p", stale, class_="notice", role="status") if stale else "",
        element(
            "p",
            f"Built {_moment(manifest.created)} · {passages:,} passages · {manifest.encoder.name}",
            class_="built",
            title=searched_words(what),
        ),
        element("button", "Build again", type="button", class_="tool", data_do="rebuild")
        if progress and not running
        else "",
        class_="state",
        data_building="true" if running else "false",
        data_built=manifest.created,
    )


def _fault(words: str) -> Html:
    """Return why the last build failed, to be put away by whoever has read it: it is told to everyone until then."""
    button = element("button", "Dismiss", type="button", class_="tool", data_do="forget")
    return element("p", element("span", words), button, class_="notice", role="status")


def adding(outcomes: Sequence[Outcome], bounds: Bounds, number: int | None = None) -> Html:
    """Return the place to drop files on, and what became of those that were dropped last.

    `number` is that of their batch: the same outcome of two batches is seen to be of the second.
    """
    rows = [
        element(
            "li",
            element("span", outcome.name, class_="name", dir="auto"),
            element("span", outcome.words, class_="words", dir="auto"),
            class_="done" if outcome.added else "refused",
        )
        for outcome in outcomes
    ]
    return element(
        "div",
        element(
            "label",
            element("span", "Drop articles here, or choose files", class_="title"),
            element(
                "span",
                f"{' '.join(SUFFIXES)} · up to {bounds.files} files of {bounds.file_bytes >> 20} MB",
                class_="byline",
            ),
            element(
                "input",
                type="file",
                multiple=True,
                accept=",".join((*SUFFIXES, ".gz")),
                class_="files",
                aria_label="Add article files",
            ),
            class_="drop",
            data_files=bounds.files,
            data_bytes=bounds.file_bytes,
        ),
        element("ul", class_="sending", role="status", aria_label="Files on their way"),
        element("ul", *rows, class_="outcomes", role="status", aria_label="What became of the files", tabindex=0)
        if rows
        else "",
        element("button", "Dismiss", type="button", class_="tool dismiss", data_do="dismiss"),
        class_="adding",
        data_number=number,
    )


def fixed(why: str) -> Html:
    """Return what stands in place of that where nothing can be added: why, where that is known."""
    return element("div", element("p", why, class_="fixed", role="note"), class_="adding") if why else join([])


def _row(known: ArticleSummary, *, changeable: bool) -> Html:
    """Return one article of the list."""
    return element(
        "li",
        element(
            "button",
            element("span", known.title, class_="title"),
            element("span", described(known, _length(known)), class_="byline"),
            type="button",
            class_="open",
            dir="auto",
            data_open="article",
            data_article=known.id,
            data_view=view_name("article", -1, known.id, known.sha256),
        ),
        element(
            "button",
            "Remove",
            type="button",
            class_="tool remove",
            data_do="remove",
            data_article=known.id,
            aria_label=f"Remove {known.title}",
        )
        if changeable
        else "",
    )


def _length(known: ArticleSummary) -> str:
    return f"{known.characters:,} characters"


def _outlet_menu(articles: Sequence[ArticleSummary], wanted: Wanted) -> Html:
    """Return the outlets as a list of boxes to tick, folded up."""
    outlets = outlets_of(articles)
    if not outlets:
        return join([])
    chosen = {name.casefold() for name in wanted.within.outlets}
    boxes = [
        element(
            "label",
            element("input", type="checkbox", name="outlet", value=name, checked=name.casefold() in chosen),
            element("span", name, dir="auto"),
            element("span", f"{count:,}", class_="number"),
        )
        for name, count in outlets[:MOST_OUTLETS]
    ]
    unlisted = len(outlets) - MOST_OUTLETS
    rest = f"{unlisted:,} more, those with the fewest articles, are not listed." if unlisted > 0 else ""
    named = f"{len(chosen)} outlets" if len(chosen) > 1 else "".join(wanted.within.outlets)
    return element(
        "details",
        element("summary", named or "All outlets", class_="field"),
        element(
            "fieldset",
            element("legend", "Outlets"),
            *boxes,
            element("p", rest, class_="rest") if rest else "",
            class_="choices",
        ),
        class_="menu outlets",
    )


def _labelled(words: str, field: Html) -> Html:
    return element("label", element("span", words), field, class_="labelled")


def _date(name: str, value: str | None, what: Searched) -> Html:
    return element(
        "input",
        type="date",
        name=name,
        value=value,
        min=what.first,
        max=what.last,
        class_="field",
        aria_label="From date" if name == "since" else "To date",
    )


def _building(progress: Progress) -> Html:
    """Return how far a build is."""
    share = progress.share
    return element(
        "div",
        element("p", progress.words, role="status"),
        element("progress", value=None if share is None else f"{share:.2f}", max="1", aria_label=progress.words),
        element("p", "Questions are answered from the index before, until this one is complete.", class_="byline"),
        class_="building",
    )


def _moment(created: str) -> str:
    """Return a time of a manifest as a person says it, in UTC."""
    try:
        at = datetime.fromisoformat(created)
    except ValueError:
        return created
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def _counted(found: int, every: int, *, narrowed: bool) -> str:
    return f"{found:,} of {articles_counted(every)}" if narrowed else articles_counted(every)


def _leaves(page: int, pages: int, found: int, where: str) -> Html:
    """Return the way from one page of the list to the next; nothing where there is one page only."""
    if pages == 1:
        return join([])
    first, last = page * LISTED + 1, min((page + 1) * LISTED, found)
    back, on = (
        element(
            "button",
            arrow,
            type="button",
            class_="step",
            data_do="leaf",
            data_page=to,
            data_way=f"{where} {way}",
            aria_label=f"{way} {LISTED} articles",
            disabled=not 0 <= to < pages,
        )
        for arrow, to, way in (("←", page - 1, "Previous"), ("→", page + 1, "Next"))
    )
    words = element("span", f"{first:,}–{last:,} of {found:,}")
    return element("nav", back, words, on, class_="leaves", aria_label=f"Pages, {where} the list")
