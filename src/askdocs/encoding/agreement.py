"""Two encoders of one model to the least cosine between their vectors: whether a faster path is the same model.

The bundled model's agreement is a test of this project. Any other model is compared with torch the first time that it
is used on a machine; what was found is kept in the user's cache, under a name that holds all that it depends on.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from askdocs.encoding.protocol import Encoder
from askdocs.errors import EngineError, SettingError

LEAST_COSINE = 0.999
"""Below this an encoder is refused. In bfloat16 the bundled model reaches 0.99996, in float32 0.9999999."""

LEAST_COSINE_INT8 = 0.98
"""The same for int8, which is another encoder to an index. The bundled model reaches 0.99, 0.997 but for no text."""

PROBES = (
    "",
    "Why do the commanders resist joining the war?",
    "Rain.",
    "The council voted 7–2 on Tuesday to close the bridge, which carries 14,000 cars a day, until spring.",
    "„Wir haben nichts versprochen“, sagte die Ministerin; l’été dernier, 東京で会議が開かれた.",
    "A ferry, a harbour, and a strike: dockers stopped work at noon. " * 12,
    "Prices rose by 3.4 per cent in the year to March, the statistics office said, more than any forecast. " * 40,
)
"""Texts as different as readers bring them: empty, short, in other scripts, and longer than most models' limit."""

_log = logging.getLogger("askdocs")


def least_cosine(encoder: Encoder, reference: Encoder) -> float:
    """Return the least cosine between two encoders' vectors of the probes, as passages and as questions."""
    if encoder.dimension != reference.dimension:
        return -1.0
    pairs = (
        (encoder.encode_document(PROBES), reference.encode_document(PROBES)),
        (encoder.encode_query(PROBES), reference.encode_query(PROBES)),
    )
    return min(float((ours * theirs).sum(axis=1).min()) for ours, theirs in pairs)


def require_agreement(encoder: Encoder, reference: Encoder, stamp: Path, least: float = LEAST_COSINE) -> None:
    """Compare two encoders unless `stamp` says that it was done; then write it. `least` is the cosine wanted.

    A stamp that cannot be read counts as none, and one that cannot be written costs only the next comparison.

    Raises:
        EngineError: the vectors differ.
    """
    if _stamped(stamp) >= least:
        return
    _log.info("%s: comparing the fast encoder with torch, once", encoder.name)
    cosine = least_cosine(encoder, reference)
    if not cosine >= least:  # written so that a NaN is refused
        raise EngineError(f"its vectors differ from torch's (cosine {cosine:.4f}, wanted {least})")
    try:
        _write_whole(stamp, json.dumps({"model": encoder.name, "least_cosine": cosine}))
    except OSError as error:
        _log.warning("%s cannot be written (%s): the encoder is compared again next time", stamp, error.strerror)


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder for what can be made again: `ASKDOCS_CACHE`, else `askdocs` in the user's cache folder.

    Raises:
        SettingError: that would lie in the home folder of somebody who has none.
    """
    chosen = environment.get("ASKDOCS_CACHE")
    parent = environment.get("XDG_CACHE_HOME") or environment.get("LOCALAPPDATA")
    try:
        if chosen:
            return Path(chosen).expanduser()
        return (Path(parent) if parent else Path.home() / ".cache") / "askdocs"
    except RuntimeError as error:
        said = f"ASKDOCS_CACHE = {chosen!r}" if chosen else "ASKDOCS_CACHE is not set"
        raise SettingError(f"{said}, and there is no home folder; set it to a folder for what can be kept") from error


def _stamped(stamp: Path) -> float:
    """Return the cosine that a stamp holds; -1 where it holds none."""
    try:
        return float(json.loads(stamp.read_text(encoding="utf-8"))["least_cosine"])
    except (OSError, ValueError, KeyError, TypeError):
        return -1.0


def _write_whole(path: Path, text: str) -> None:
    """Write beside, then rename: a reader finds the whole file or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as beside:
        beside.write(text)
    Path(beside.name).replace(path)
