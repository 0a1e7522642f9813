"""Points go in; an SVG plot comes out, drawn by hand: axes, lines, bars. Colours come from the page's style sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, floor, log10

from askdocs.web.markup import Html, element, join

WIDTH, HEIGHT = 460, 280
LEFT, RIGHT, TOP, BOTTOM = 48, 26, 14, 46
COLOURS = 5
"""Runs beyond so many share colours."""

_TICKS = 5
_LABEL_CHARACTERS = 40
_MOST_DECIMALS = 12

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: from 0 to `end`, with what it counts. `shares` are written as per cent."""

    title: str
    end: float
    shares: bool = False

    @property
    def ticks(self) -> list[float]:
        """The values that get a line, 0 among them."""
        return [self._step * number for number in range(floor(self.end / self._step + 1e-9) + 1)]

    @property
    def _step(self) -> float:
        return 0.25 if self.shares and self.end == 1 else _round_step(self.end / _TICKS)

    def written(self, value: float) -> str:
        """Write a value as it stands beside its tick, with as many decimals as tell one tick from the next."""
        step = self._step * (100 if self.shares else 1)
        decimals = next((count for count in range(_MOST_DECIMALS) if _is_whole(step * 10**count)), _MOST_DECIMALS)
        return f"{value:.{decimals}%}" if self.shares else f"{value:,.{decimals}f}"


@dataclass(frozen=True, slots=True)
class Series:
    """A run's points, drawn as a line. `marked` points get a dot, `labels` name some of them by their number."""

    name: str
    colour: int
    points: Sequence[Point]
    marked: Sequence[Point] = ()
    labels: dict[int, str] = field(default_factory=dict)


def _is_whole(value: float) -> bool:
    return abs(value - round(value)) < 1e-6 * value


def _round_step(step: float) -> float:
    """Return the next of 1, 2, 2.5 and 5 times a power of ten."""
    power = 10.0 ** floor(log10(step))
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= step - 1e-12)


def round_end(value: float) -> float:
    """Return a round number that is not below a value, for the end of an axis."""
    if value <= 0:
        return 1.0
    step = _round_step(value / _TICKS)
    return step * ceil(value / step - 1e-9)


def line_plot(description: str, x: Axis, y: Axis, series: Sequence[Series], *, steps: bool = False) -> Html:
    """Return lines through each series' points; with `steps`, one that rises at each point only."""
    drawn = [_line(one, x, y, steps=steps) for one in series]
    return _svg(description, _grid(x, y, ticks_of_x=True), *drawn)


def bar_plot(description: str, labels: Sequence[str], x_title: str, y: Axis, series: Sequence[Series]) -> Html:
    """Return bars side by side, a group for each label; the points' second values are their heights."""
    x = Axis(x_title, float(len(labels)))
    slot = _x(1, x) - _x(0, x)
    width = slot * 0.76 / max(1, len(series))
    parts = [_grid(x, y, ticks_of_x=False)]
    for number, label in enumerate(labels):
        parts.append(_text(label, _x(number + 0.5, x), HEIGHT - BOTTOM + 16, "tick", "middle"))
    for row, one in enumerate(series):
        for number, (_, height) in enumerate(one.points):
            left, top = _x(number, x) + slot * 0.12 + row * width, _y(height, y)
            bar = element(
                "rect",
                element("title", f"{one.name}, {labels[number]}: {height:.1%}"),
                x=_number(left),
                y=_number(top),
                width=_number(max(width - 1, 1)),
                height=_number(HEIGHT - BOTTOM - top),
                rx="1.5",
                class_=f"bar run{one.colour}",
            )
            parts.append(bar)
    return _svg(description, *parts)


def interval_bar(value: float, low: float, high: float, colour: int) -> Html:
    """Return a value between 0 and 1 with its interval, as a small picture for a table."""
    width, height = 100, 12

    def at(share: float) -> str:
        return _number(4 + min(1.0, max(0.0, share)) * (width - 8))

    return element(
        "svg",
        element("line", x1="2", x2=str(width - 2), y1="6", y2="6", class_="rail"),
        element("line", x1=at(low), x2=at(high), y1="6", y2="6", class_=f"span run{colour}"),
        element("circle", cx=at(value), cy="6", r="3", class_=f"dot run{colour}"),
        viewBox=f"0 0 {width} {height}",
        width=str(width),
        height=str(height),
        class_="interval",
        aria_hidden="true",
    )


# --- parts ------------------------------------------------------------------------------------------------------------


def _svg(description: str, *parts: Html) -> Html:
    return element(
        "svg", element("title", description), *parts, viewBox=f"0 0 {WIDTH} {HEIGHT}", class_="plot", role="img"
    )


def _grid(x: Axis, y: Axis, *, ticks_of_x: bool) -> Html:
    parts = []
    for value in y.ticks:
        height = _number(_y(value, y))
        line = element("line", x1=str(LEFT), x2=str(WIDTH - RIGHT), y1=height, y2=height, class_="grid")
        parts += [line, _text(y.written(value), LEFT - 8, _y(value, y) + 4, "tick", "end")]
    for value in x.ticks if ticks_of_x else ():
        place = _x(value, x)
        line = element(
            "line", x1=_number(place), x2=_number(place), y1=str(HEIGHT - BOTTOM), y2=str(HEIGHT - BOTTOM + 4),
            class_="axis",
        )  # fmt: skip
        parts += [line, _text(x.written(value), place, HEIGHT - BOTTOM + 17, "tick", "middle")]
    base = str(HEIGHT - BOTTOM)
    parts.append(element("line", x1=str(LEFT), x2=str(WIDTH - RIGHT), y1=base, y2=base, class_="axis"))
    parts.append(_text(x.title, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, "title", "middle"))
    return join(parts)


def _line(series: Series, x: Axis, y: Axis, *, steps: bool) -> Html:
    places = [(_x(across, x), _y(up, y)) for across, up in series.points]
    path = "".join(_stroke(number, place, steps=steps) for number, place in enumerate(places))
    parts = [element("path", d=path, class_=f"line run{series.colour}")] if path else []
    for across, up in series.marked:
        told = element("title", f"{series.name}: {x.written(across)}, {y.written(up)}")
        dot = element(
            "circle", told, cx=_number(_x(across, x)), cy=_number(_y(up, y)), r="3.5",
            class_=f"dot run{series.colour}",
        )  # fmt: skip
        parts.append(dot)
    for number, label in series.labels.items():
        left, top = places[number]
        parts.append(_text(label[:_LABEL_CHARACTERS], left, top - 9, f"label run{series.colour}", "middle"))
    return join(parts)


def _stroke(number: int, place: Point, *, steps: bool) -> str:
    left, top = (_number(one) for one in place)
    if number == 0:
        return f"M{left} {top}"
    return f"H{left}V{top}" if steps else f"L{left} {top}"


def _x(value: float, axis: Axis) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * min(value / axis.end, 1.0)


def _y(value: float, axis: Axis) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(value / axis.end, 1.0)


def _text(words: str, left: float, top: float, kind: str, anchor: str) -> Html:
    return element("text", words, x=_number(left), y=_number(top), class_=kind, text_anchor=anchor)


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
