"""Text to unit vectors: the `Encoder` protocol and the models behind it."""

from __future__ import annotations

import logging
from typing import Literal, get_args

from askdocs.encoding.protocol import Encoder, Progress, Vectors
from askdocs.errors import EngineError, SettingError
from askdocs.settings import BUNDLED_ENCODER

__all__ = ["Encoder", "Engine", "Progress", "Vectors", "load_encoder"]

Engine = Literal["auto", "openvino", "openvino-int8", "torch"]
"""What computes the vectors: `auto` is OpenVINO where it can run the model, else torch with a warning.

`openvino-int8` is faster by a quarter and rounds: its vectors are others, so an index made with it needs it to be read.
"""


def load_encoder(name: str, engine: str = "auto", device: str = "cpu") -> Encoder:
    """Return the encoder of a sentence-transformers model: the bundled one, a folder, or a name on the hub.

    `engine` is one of `Engine`. All but int8 give the same vectors, so an index does not depend on them. On another
    `device` than the CPU, as torch names them ("cuda"), torch computes.

    Raises:
        EncoderError: the model cannot be found or is not the published one.
        EngineError: the engine asked for cannot run this model here, or torch does not have this device here.
        SettingError: there is no such engine or device, or the engine asked for runs on the CPU only.
    """
    if engine not in get_args(Engine):
        raise SettingError(f"engine = {engine!r}: there are {', '.join(get_args(Engine))}")
    if device != "cpu" and engine not in ("auto", "torch"):
        raise SettingError(f"engine = {engine!r} runs on the CPU only, and device = {device!r}; choose engine = 'auto'")
    if device == "cpu" and engine != "torch":
        try:
            return _fast_encoder(name, int8=engine == "openvino-int8")
        except EngineError as error:
            if engine != "auto":
                raise
            logging.getLogger("askdocs").warning("%s is encoded by torch, several times slower: %s", name, error)
    from askdocs.encoding.torch_encoder import TorchEncoder  # noqa: PLC0415  numpy comes with it

    return TorchEncoder(name, device=device)


def _fast_encoder(name: str, *, int8: bool) -> Encoder:
    """Return the OpenVINO encoder; one of another model than the bundled, which the tests compare, is compared here."""
    from askdocs.encoding import agreement  # noqa: PLC0415  numpy comes with it
    from askdocs.encoding.openvino_encoder import OpenvinoEncoder  # noqa: PLC0415
    from askdocs.encoding.torch_encoder import TorchEncoder  # noqa: PLC0415

    encoder = OpenvinoEncoder(name, int8=int8)
    if name.removeprefix("sentence-transformers/") != BUNDLED_ENCODER:
        stamp = agreement.cache_folder() / "encoders" / f"{encoder.identity}.json"
        least = agreement.LEAST_COSINE_INT8 if int8 else agreement.LEAST_COSINE
        agreement.require_agreement(encoder, TorchEncoder(name), stamp, least)
    return encoder
