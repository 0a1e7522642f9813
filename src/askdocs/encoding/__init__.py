"""Text to unit vectors: the `Encoder` protocol and the models behind it."""

from __future__ import annotations

import logging
from typing import Literal, get_args

from askdocs.encoding.protocol import Encoder, Progress, Vectors
from askdocs.errors import EngineError, SettingError
from askdocs.settings import BUNDLED_ENCODER

__all__ = ["Encoder", "Engine", "Progress", "Vectors", "load_encoder"]

Engine = Literal["auto", "openvino", "torch"]
"""What computes the vectors: `auto` is OpenVINO where it can run the model, else torch with a warning."""


def load_encoder(name: str, engine: str = "auto") -> Encoder:
    """Return the encoder of a sentence-transformers model: the bundled one, a folder, or a name on the hub.

    `engine` is one of `Engine`. Either engine gives the same vectors, so an index does not depend on it.

    Raises:
        EncoderError: the model cannot be found or is not the published one.
        EngineError: `engine` is "openvino", which cannot run this model here.
        SettingError: there is no such engine.
    """
    if engine not in get_args(Engine):
        raise SettingError(f"engine = {engine!r}: there are {', '.join(get_args(Engine))}")
    if engine != "torch":
        try:
            return _fast_encoder(name)
        except EngineError as error:
            if engine == "openvino":
                raise
            logging.getLogger("askdocs").warning("%s is encoded by torch, several times slower: %s", name, error)
    from askdocs.encoding.torch_encoder import TorchEncoder  # noqa: PLC0415  numpy comes with it

    return TorchEncoder(name)


def _fast_encoder(name: str) -> Encoder:
    """Return the OpenVINO encoder; one of another model than the bundled, which the tests compare, is compared here."""
    from askdocs.encoding.agreement import cache_folder, require_agreement  # noqa: PLC0415  numpy comes with it
    from askdocs.encoding.openvino_encoder import OpenvinoEncoder  # noqa: PLC0415
    from askdocs.encoding.torch_encoder import TorchEncoder  # noqa: PLC0415

    encoder = OpenvinoEncoder(name)
    if name.removeprefix("sentence-transformers/") != BUNDLED_ENCODER:
        require_agreement(encoder, TorchEncoder(name), cache_folder() / "encoders" / f"{encoder.identity}.json")
    return encoder
