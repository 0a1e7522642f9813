"""Text to unit vectors: the `Encoder` protocol and the models behind it."""
