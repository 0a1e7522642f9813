"""What `askdocs calibrate` fitted goes into a file beside the index; where that index abstains comes out of it.

One JSON object, `calibration.json`, beside `CURRENT`. No build touches it, so it stays when the index is built anew. It
is of one encoder, one reader and one version of the features: where one is another, its numbers mean nothing and are
refused.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from shlex import quote
from typing import Any

from askdocs.answering.evidence import BIAS, FEATURES, WEIGHTS, Evidence
from askdocs.close_reading.reader import WEIGHTS_SHA256
from askdocs.errors import IndexDamagedError, IndexFolderError, IndexForeignError
from askdocs.index.durable import sync_folder, write_durably
from askdocs.index.lock import write_lock
from askdocs.settings import MIN_CONFIDENCE, AnswerSettings

CALIBRATION = "calibration.json"

_LARGEST = 50.0
"""Beyond any weight that a fit gives: evidence is below 10, so the sum of all stays within what exp() can take."""


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """How evidence becomes a confidence, and the least confidence that is answered."""

    bias: float
    weights: Evidence
    threshold: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """An operating point fitted to a user's own questions, and what it was fitted with.

    `encoder` is the index's encoder's fingerprint, `features` the version of the evidence, `dataset` a name, `made` the
    time in UTC, `target` the share of false answers that the threshold was to keep to, `reader` the sha256 of the
    weights of what read closely, None where nothing did.
    """

    encoder: str
    features: int
    dataset: str
    made: str
    target: float
    point: OperatingPoint
    reader: str | None


def operating_point(index: Path, encoder: str, settings: AnswerSettings) -> OperatingPoint:
    """Return where the index in a folder abstains: as calibrated, else as shipped.

    `encoder` is the fingerprint of the index's encoder. A least confidence that is set wins over the calibrated
    threshold; the confidence itself is the calibrated one all the same.

    Raises:
        IndexForeignError: it was fitted with a reader where there is none now, another one, or the other way round.
        IndexDamagedError, IndexForeignError, IndexFolderError: see `read_calibration`.
    """
    found = read_calibration(index, encoder)
    if found is not None and found.reader != reader_of(settings):
        raise IndexForeignError(
            f"{index / CALIBRATION}: this calibration was fitted {_with(found.reader)}, and answers are given "
            f"{_with(reader_of(settings))} now (ASKDOCS_ANSWERS_READER); {_mend(index)}"
        )
    point = OperatingPoint(BIAS, WEIGHTS, MIN_CONFIDENCE) if found is None else found.point
    return point if settings.min_confidence is None else replace(point, threshold=settings.min_confidence)


def reader_of(settings: AnswerSettings) -> str | None:
    """Return the sha256 of the weights of what reads closely by these settings; None where nothing does."""
    return WEIGHTS_SHA256 if settings.reader else None


def _with(reader: str | None) -> str:
    return "without close reading" if reader is None else f"with the reader {reader[:8]}"


def write_calibration(index: Path, calibration: Calibration) -> Path:
    """Put a calibration in force with the index in a folder, in one step, and return its file.

    Raises:
        IndexLockedError: a build or another calibration is writing here.
        IndexFolderError: the file cannot be written.
    """
    form = asdict(calibration)
    content = json.dumps(form | {"sha256": _sha256(form)}, indent=2, ensure_ascii=False) + "\n"
    file = index / CALIBRATION
    with write_lock(index):
        try:
            write_durably(file, content.encode("utf-8", "replace"))
        except OSError as error:
            raise IndexFolderError(f"{file}: cannot be written: {error.strerror or error}") from error
    return file


def remove_calibration(index: Path) -> bool:
    """Go back to the shipped operating point, and say whether there was a calibration, damaged or not.

    Raises:
        IndexLockedError: a build or a calibration is writing here.
        IndexFolderError: the file cannot be removed.
    """
    file = index / CALIBRATION
    with write_lock(index):
        try:
            file.unlink()
            sync_folder(index)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise IndexFolderError(f"{file}: cannot be removed: {error.strerror or error}") from error
    return True


def read_calibration(index: Path, encoder: str) -> Calibration | None:
    """Return the calibration of the index in a folder, whose encoder has this fingerprint; None where there is none.

    Raises:
        IndexDamagedError: the file was altered, or is none that askdocs writes.
        IndexForeignError: it was fitted with another encoder, or to other features.
        IndexFolderError: the file cannot be read.
    """
    file = index / CALIBRATION
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise IndexFolderError(f"{file}: cannot be read: {error.strerror or error}") from error
    try:
        form = json.loads(content)
        if form.pop("sha256") != _sha256(form):
            raise ValueError("its sha256 does not fit")  # noqa: TRY301  one fault among the others below
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise IndexDamagedError(f"{file}: the calibration is damaged; {_mend(index)}") from error
    if (form.get("encoder"), form.get("features")) != (encoder, FEATURES):
        raise IndexForeignError(
            f"{file}: this calibration was fitted with another encoder or another version of askdocs; {_mend(index)}"
        )
    try:
        return _calibration(form)
    except (ValueError, KeyError, TypeError) as error:
        raise IndexDamagedError(f"{file}: the calibration holds no fitted numbers; {_mend(index)}") from error


def _mend(index: Path) -> str:
    folder = quote(str(index))
    return (
        f"fit it again with: askdocs calibrate DATASET --index {folder}, or go without: "
        f"askdocs calibrate --reset --index {folder}"
    )


def _sha256(form: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(form, sort_keys=True).encode()).hexdigest()


def _calibration(form: dict[str, Any]) -> Calibration:
    """Make a calibration of a file's fields.

    Raises:
        ValueError, KeyError, TypeError: they are other fields, or no numbers that can be reckoned with.
    """
    point = form["point"]
    weights = {name: _number(value, _LARGEST) for name, value in point["weights"].items()}
    bias, threshold = _number(point["bias"], _LARGEST), _number(point["threshold"], 1.0)
    if threshold < 0:
        raise ValueError(threshold)
    return Calibration(**form | {"point": OperatingPoint(bias, Evidence(**weights), threshold)})


def _number(value: object, largest: float) -> float:
    number = float(value) if isinstance(value, int | float) else math.nan
    if not abs(number) <= largest:  # which NaN is not either
        raise ValueError(value)
    return number
