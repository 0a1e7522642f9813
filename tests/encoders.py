"""The bundled model on both engines, each loaded once for all tests that compare them."""

from __future__ import annotations

from functools import cache

from askdocs.encoding import Vectors
from askdocs.encoding.openvino_encoder import OpenvinoEncoder
from askdocs.encoding.torch_encoder import TorchEncoder
from askdocs.settings import BUNDLED_ENCODER


@cache
def fast() -> OpenvinoEncoder:
    """The bundled model on OpenVINO."""
    return OpenvinoEncoder(BUNDLED_ENCODER)


@cache
def reference() -> TorchEncoder:
    """The bundled model on torch."""
    return TorchEncoder(BUNDLED_ENCODER)


def cosines(ours: Vectors, theirs: Vectors) -> Vectors:
    """The cosine of each row of one with the same row of the other."""
    found: Vectors = (ours * theirs).sum(axis=1)
    return found
