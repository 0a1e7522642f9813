"""Files as a browser sends them, a small library that they are sent to, and what becomes of them."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from askdocs.datatypes import Article
from askdocs.encoding import Encoder
from askdocs.index import build_index
from askdocs.reading import read_sources
from askdocs.settings import PassageSettings
from askdocs.web.added import added_files, added_folder, read_added
from askdocs.web.intake import Bounds, Outcome, take_in

RAIN = Article.of(id="rain", title="Rain", text="It rained on Monday in Lenwick. The mayor of Lenwick stayed at home.")
SUN = Article.of(id="sun", title="Sun", text="The sun shone on Tuesday in Corran. Nobody in Corran stayed at home.")
SNOW = "# Snow\n\nSnow fell on Friday in Skarrow. The harbour of Skarrow was closed.\n"


def indexed(folder: Path, encoder: Encoder) -> Path:
    """Index the rain and the sun in a folder."""
    build_index((RAIN, SUN), folder, encoder, PassageSettings())
    return folder


def upload(tmp_path: Path, *files: tuple[str, str]) -> list[tuple[str, Path]]:
    """Write files as an upload leaves them: each in a folder of its own."""
    sent = []
    for number, (name, text) in enumerate(files):
        path = tmp_path / "sent" / str(number) / "file"
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
        sent.append((name, path))
    return sent


def nothing(_: Article) -> str | None:
    """Know no article."""
    return None


def taken(tmp_path: Path, index: Path, name: str, text: str) -> Outcome:
    """Send one file, and see what became of it."""
    with TemporaryDirectory(dir=tmp_path) as apart:
        (outcome,) = take_in(upload(Path(apart), (name, text)), index, Bounds(), nothing)
    return outcome


def rows(*pairs: tuple[str, str]) -> str:
    """Spell JSON lines of ids and texts."""
    return "".join(json.dumps({"id": one, "text": text}) + "\n" for one, text in pairs)


def ids_in(index: Path) -> dict[str, str]:
    """Return the ids and titles of all that was added, as the page's builds and the command's read them alike."""
    page = [one for path in added_files(index) for one in read_added(path)]
    assert all(isinstance(one, Article) for one in page)
    command = list(read_sources([added_folder(index).parent]))
    assert sorted(one.id for one in command if isinstance(one, Article)) == sorted(
        one.id for one in page if isinstance(one, Article)
    )
    return {one.id: one.title for one in page if isinstance(one, Article)}
