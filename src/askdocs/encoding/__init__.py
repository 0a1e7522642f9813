"""Text to unit vectors: the `Encoder` protocol and the models behind it."""

from __future__ import annotations

from askdocs.encoding.protocol import Encoder, Progress, Vectors

__all__ = ["Encoder", "Progress", "Vectors", "load_encoder"]


def load_encoder(name: str) -> Encoder:
    """Return the encoder of a sentence-transformers model: the bundled one, a folder, or a name on the hub.

    Raises:
        EncoderError: the model cannot be found or is not the published one.
    """
    from askdocs.encoding.torch_encoder import TorchEncoder  # noqa: PLC0415  numpy comes with it

    return TorchEncoder(name)
