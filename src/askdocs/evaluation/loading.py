"""A path goes in; the Dataset that lies there comes out, whichever known form it has: told by content, not by name."""

from __future__ import annotations

from pathlib import Path

from askdocs.errors import DatasetError
from askdocs.evaluation.beir import CORPUS, QRELS, QUERIES, load_beir
from askdocs.evaluation.dataset import Dataset
from askdocs.evaluation.fields import parsed, text_of
from askdocs.evaluation.own_form import ARTICLE_FILES, QUESTION_FILE, load_own_form
from askdocs.evaluation.squad import squad_dataset

WANTED = (
    f"a folder with {ARTICLE_FILES[0]}(.gz) and {QUESTION_FILE}, a BEIR folder ({CORPUS}, {QUERIES}, {QRELS}/), "
    "or a SQuAD file (.json or .json.gz)"
)
_OWN = {*ARTICLE_FILES, QUESTION_FILE}
_BEIR = {CORPUS, f"{CORPUS}.gz", QUERIES, f"{QUERIES}.gz", QRELS}
_SHOWN = 5


def load_dataset(path: Path) -> Dataset:
    """Load a dataset and check it: a folder in askdocs' own form or in BEIR's, or a SQuAD file.

    Raises:
        DatasetError: something is missing or wrong; names the file, the row (counted from 1) and the reason. A path
            that is no dataset is told what was found there and what was wanted.
    """
    try:
        return _load_folder(path) if path.is_dir() else _load_file(path)
    except OSError as error:  # of a folder, or of a file in it, that may not be read
        raise DatasetError(f"{error.filename or path}: cannot be read: {error.strerror or error}") from error


def _load_folder(folder: Path) -> Dataset:
    names = {entry.name for entry in folder.iterdir()}
    if names & _OWN:
        return load_own_form(folder)
    if names & _BEIR:
        return load_beir(folder)
    shown = sorted(name for name in names if not name.startswith("."))
    held = ", ".join(shown[:_SHOWN]) + (f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else "")
    raise DatasetError(
        f"{folder}: has no {' or '.join(ARTICLE_FILES)}, and is no BEIR folder: it holds {held or 'nothing'}; "
        f"wanted {WANTED}"
    )


def _load_file(file: Path) -> Dataset:
    if not file.exists():
        raise DatasetError(f"{file}: no such folder or file; wanted {WANTED}")
    if not file.is_file():  # a pipe would be waited for
        raise DatasetError(f"{file}: is no regular file; wanted {WANTED}")
    if file.name in _OWN | _BEIR:
        raise DatasetError(f"{file}: is one file of a dataset; name its folder: askdocs eval {file.parent}")
    try:
        form = parsed(str(file), text_of(file, WANTED))
    except DatasetError as error:
        raise DatasetError(f"{error}; wanted {WANTED}") from error
    if not isinstance(form, dict) or not isinstance(form.get("data"), list):
        raise DatasetError(f"{file}: holds {_described(form)}; wanted {WANTED}")
    return squad_dataset(file.name.removesuffix(".gz").removesuffix(".json"), file, form)


def _described(form: object) -> str:
    if isinstance(form, dict):
        names = ", ".join(sorted(map(str, form))[:_SHOWN])
        return f"a JSON object with {names or 'nothing in it'}"
    return "a JSON array" if isinstance(form, list) else "a single JSON value"
