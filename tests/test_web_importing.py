"""Gradio's import without its stubs: in a process of its own, as a module is imported once."""

from __future__ import annotations

import subprocess
import sys

TELL = """
import sys
from askdocs.web.importing import WRITER, import_gradio
before = list(sys.meta_path)
import_gradio()
module, function = WRITER
assert "gradio" in sys.modules
assert sys.meta_path == before
print(getattr(sys.modules[module], function).__module__)
import gradio
class Own(gradio.HTML):
    pass
with gradio.Blocks() as page:
    gradio.HTML("shown").click(lambda: None)
"""


def run(script: str) -> str:
    """Run a script in a new process; return what it printed."""
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()


def test_gradio_is_imported_without_writing_stubs_and_works() -> None:
    assert run(TELL) == "askdocs.web.importing", "Gradio has that function elsewhere by now: name its place in WRITER"
