"""The chat page as a module-level `demo`, as Hugging Face Spaces want it: `./index`, or the sample articles.

python app.py        serve it, guarded, as `askdocs chat` does
"""

from __future__ import annotations

import atexit
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from askdocs.datatypes import Article
from askdocs.encoding import load_encoder
from askdocs.errors import AskdocsError, IndexFolderError, IndexMissingError, SettingError
from askdocs.index import build_index, has_generations
from askdocs.library import Library, open_library
from askdocs.reading import read_sources
from askdocs.sample import articles_folder
from askdocs.settings import DEFAULT_INDEX, WebSettings, load_settings, load_web_settings


def open_or_sample(folder: Path) -> Library:
    """Open the index in a folder; where there is none, index the sample articles there.

    Where nothing can be written they are indexed among the temporary files, and gone when the program ends.

    Raises:
        IndexFolderError: there is one that cannot be opened.
    """
    try:
        return open_library(folder)
    except IndexMissingError:
        if has_generations(folder):  # there is one, and a way back to it, which the message names
            raise
    try:
        index_sample(folder)
    except IndexFolderError:
        passing = tempfile.TemporaryDirectory(prefix="askdocs-sample-")
        atexit.register(passing.cleanup)
        folder = Path(passing.name)
        index_sample(folder)
    return open_library(folder)


def index_sample(folder: Path) -> None:
    """Index the sample articles in a folder."""
    settings = load_settings()
    encoder = load_encoder(settings.encoder, settings.engine, settings.device)
    articles = (article for article in read_sources([articles_folder()]) if isinstance(article, Article))
    build_index(articles, folder, encoder, settings.passages)


def served_port(environment: Mapping[str, str]) -> int:
    """Return the port that Gradio's own variable names, or its usual one.

    Raises:
        SettingError: the variable holds no port.
    """
    said = environment.get("GRADIO_SERVER_PORT", "7860")
    if not (said.isascii() and said.isdigit() and int(said) < 1 << 16):
        raise SettingError(f"the environment: GRADIO_SERVER_PORT = {said!r} is not a port, a number up to 65535")
    return int(said)


def served_settings(environment: Mapping[str, str]) -> WebSettings:
    """Return the settings of the page. A Space is for everyone, to ask and not to change, unless people sign in.

    Nobody but the proxy of Spaces reaches the machine that a Space runs on, so that proxy is believed.
    """
    settings = load_web_settings(environment=environment)
    if "SPACE_ID" not in environment:
        return settings
    if settings.proxy_header:
        return settings  # then it must be said which proxy that is
    signing_in = settings.users or settings.users_file
    return replace(settings, public=not signing_in, proxies=settings.proxies or "0.0.0.0/0 ::/0")


try:
    port, settings = served_port(os.environ), served_settings(os.environ)
    library = open_or_sample(Path(__file__).parent / DEFAULT_INDEX)
    passing = library.folder != Path(__file__).parent / DEFAULT_INDEX
    settings = replace(settings, read_only=settings.read_only or passing)  # what was added there would be lost

    from askdocs.web import build_page, serve  # not sooner: Gradio trips over a variable that holds no port

    demo = build_page(library)
    if __name__ == "__main__":
        host = os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")
        serve(library, host=host, port=port, settings=settings)
except AskdocsError as error:
    sys.exit(f"askdocs: {error}")
except KeyboardInterrupt:
    sys.exit(130)
