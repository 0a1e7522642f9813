"""`NAME=VALUE` and a report's measures go in; a line for each measure on the wrong side of its limit comes out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from askdocs.errors import AskdocsError
from askdocs.evaluation.names import LOW_IS_GOOD, ORDER, written


@dataclass(frozen=True, slots=True)
class Limit:
    """The least value of a measure that should be high, or the greatest of one that should be low."""

    name: str
    value: float

    def fault(self, measures: Mapping[str, float]) -> str | None:
        """Say what is wrong, if anything is. A measure that the dataset does not have cannot have been reached."""
        low = self.name in LOW_IS_GOOD
        wanted = f"at {'most' if low else 'least'} {self.value:g}"
        if self.name not in measures:
            return f"{self.name} does not apply to any question of this dataset, wanted {wanted}"
        value = measures[self.name]
        if (value > self.value) if low else (value < self.value):
            return f"{self.name} is {written(self.name, value)}, wanted {wanted}"
        return None


def limit(text: str, *, low: bool) -> Limit:
    """Return the limit that `NAME=VALUE` says; `low` where the name must be of a measure that should be low.

    Raises:
        AskdocsError: there is no such measure.
        ValueError: its good end is the other one, or the value is no number.
    """
    name, equals, number = (part.strip() for part in text.partition("="))
    if not equals:
        raise ValueError(f"{text!r} is not NAME=VALUE, for example {'false_answer=0.2' if low else 'nDCG@10=0.8'}")
    if name not in ORDER:
        raise AskdocsError(f"{text}: no measure is called {name!r}; there are {', '.join(ORDER)}")
    if (name in LOW_IS_GOOD) != low:
        other = "--fail-under" if low else "--fail-over"
        raise ValueError(f"{name} should be {'high' if low else 'low'}: say {other} {text}")
    try:
        value = float(number)
    except ValueError as error:
        raise ValueError(f"{number!r} is no number") from error
    if not math.isfinite(value):
        raise ValueError(f"{number!r} is no limit")
    return Limit(name, value)


def faults(limits: Iterable[Limit], measures: Mapping[str, float]) -> list[str]:
    """Return a line for each measure on the wrong side of its limit."""
    return [fault for one in limits if (fault := one.fault(measures))]
