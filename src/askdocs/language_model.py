"""Instructions and words in, a model's words out: any server that speaks OpenAI's chat completions, where one is set.

Nothing of askdocs needs one, and none is asked unless its address is set. Whatever comes back is a draft: what uses it
checks it, and does without it where it does not come. A server on this machine is asked directly, whatever proxy the
environment names: what it is asked stays here.
"""

from __future__ import annotations

import json
import os
import re
from functools import cached_property
from ipaddress import ip_address
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, urlsplit

from askdocs.errors import LanguageModelError
from askdocs.settings import LanguageModelSettings

KEY = "ASKDOCS_LLM_KEY"
"""The environment variable of the key, if the server wants one: read here alone, so that it is in no saved settings."""

LONGEST_REPLY = 8_000
"""Characters; what is longer is no answer of a few sentences."""

_THOUGHT = re.compile(r"\s*<think>.*?</think>", re.DOTALL)
"""What some models say to themselves before they answer."""

_LARGEST_RESPONSE = 1_000_000
"""Bytes, with what a server says besides: the words that a model thinks by, or how likely each was."""


class LanguageModel:
    """A model behind an address. Safe in threads.

    Raises:
        LanguageModelError: the address is none or is set without a model's name, or the client is not installed.
    """

    def __init__(self, settings: LanguageModelSettings) -> None:
        if not settings.model:
            raise LanguageModelError(f"{settings.url}: no model is named; set ASKDOCS_LLM_MODEL")
        if _parts(settings.url) is None:
            raise LanguageModelError(
                f"{settings.url}: is no address of a language model; one is, for example: http://127.0.0.1:11434/v1"
            )
        try:
            import openai  # noqa: F401, PLC0415  only where a model is set
        except ImportError as error:
            raise LanguageModelError("a language model needs the client: pip install 'askdocs[llm]'") from error
        self._settings = settings

    @property
    def name(self) -> str:
        """The model's name."""
        return self._settings.model

    def reply(self, instructions: str, words: str) -> str:
        """Return what the model says to some words.

        Raises:
            LanguageModelError: the server cannot be reached, refuses, takes too long or answers with something else.
        """
        messages = [{"role": "system", "content": instructions}, {"role": "user", "content": words}]
        try:
            reply = json.loads(self._completed(messages))["choices"][0]["message"]["content"]
        except Exception as error:  # the client's, of what it is made of, or of a strange answer
            raise LanguageModelError(f"the language model at {self._settings.url} did not answer: {error}") from error
        said = _THOUGHT.sub("", reply).strip() if isinstance(reply, str) else ""
        if not said or len(said) > LONGEST_REPLY:
            raise LanguageModelError(f"the language model at {self._settings.url} gave no answer that can be used")
        return said

    def _completed(self, messages: list[dict[str, str]]) -> bytes:
        """Return what the server says. The client's own timeout is that of one piece of it, and begins anew with each.

        Raises:
            TimeoutError: there was more to come when the time was over.
            ValueError: there was too much of it.
        """
        asking = self._client.chat.completions.with_streaming_response
        until = monotonic() + self._settings.seconds
        said = bytearray()
        with asking.create(model=self.name, messages=messages, temperature=0) as response:
            for piece in response.iter_bytes():
                said += piece
                if monotonic() > until:
                    raise TimeoutError(f"it took longer than {self._settings.seconds:g} seconds")
                if len(said) > _LARGEST_RESPONSE:
                    raise ValueError("it says too much")
        return bytes(said)

    @cached_property
    def _client(self) -> Any:
        import openai  # noqa: PLC0415  0.5 s, only where a model is set

        url, seconds = self._settings.url, self._settings.seconds
        client = openai.DefaultHttpxClient(timeout=seconds, trust_env=not _is_here(url))
        return openai.OpenAI(
            base_url=url, api_key=os.environ.get(KEY, "none"), timeout=seconds, max_retries=0, http_client=client
        )


def _is_here(address: str) -> bool:
    """Tell whether an address is one of this machine."""
    host = urlsplit(address).hostname or ""
    try:
        here = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return here.is_loopback or here.is_unspecified


def _parts(address: str) -> SplitResult | None:
    """Return the parts of an address that can be asked by HTTP; None for any other."""
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        return None
    return parts if usable else None
