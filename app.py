"""The chat page as a module-level `demo`, as Hugging Face Spaces want it: `./index`, or the sample articles.

python app.py        serve it, guarded, as `askdocs chat` does
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from askdocs.datatypes import Article
from askdocs.encoding import load_encoder
from askdocs.errors import IndexMissingError
from askdocs.index import build_index
from askdocs.library import Library, open_library
from askdocs.reading import read_sources
from askdocs.sample import articles_folder, examples_for
from askdocs.settings import DEFAULT_INDEX, load_settings
from askdocs.web import build_page, serve


def open_or_sample(folder: Path) -> Library:
    """Open the index in a folder; where there is none, index the sample articles among the temporary files."""
    try:
        return open_library(folder)
    except IndexMissingError:
        settings = load_settings()
        sample = Path(tempfile.mkdtemp(prefix="askdocs-sample-"))
        articles = (article for article in read_sources([articles_folder()]) if isinstance(article, Article))
        build_index(articles, sample, load_encoder(settings.encoder, settings.engine), settings.passages)
        return open_library(sample)


library = open_or_sample(Path(__file__).parent / DEFAULT_INDEX)
demo = build_page(library, examples=examples_for(library.articles))

if __name__ == "__main__":
    serve(
        library,
        host=os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"),
        port=int(os.environ.get("GRADIO_SERVER_PORT", "7860")),
        examples=examples_for(library.articles),
    )
