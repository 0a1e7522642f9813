"""Nothing in, Gradio imported out, in little more than half the time: without the stubs that it writes for editors.

For each of its components Gradio reads its own source, and the stub beside it, parses both and compares them, every
time that it is imported. A page needs none of that, and a package that another user installed cannot even be written.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

WRITER = ("gradio.component_meta", "create_or_modify_pyi")
"""The module and name of the function that reads, compares and writes; it returns nothing."""


def import_gradio() -> None:
    """Import Gradio. Where it is imported already, or does that work elsewhere by now, it is an ordinary import."""
    without = _Without(*WRITER)
    sys.meta_path.insert(0, without)
    try:
        importlib.import_module("gradio")
    finally:
        sys.meta_path.remove(without)


class _Without(MetaPathFinder):
    """Finds one module, and has one function of it do nothing."""

    def __init__(self, module: str, function: str) -> None:
        self._module = module
        self._function = function

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where the module is, with a loader that replaces the function; nothing for any other module."""
        if fullname != self._module:
            return None
        found = PathFinder.find_spec(fullname, path, target)
        if found is not None and found.loader is not None:
            found.loader = _Replacing(found.loader, self._function)
        return found


class _Replacing(Loader):
    """Loads a module as another loader does, and replaces a function where the module has it."""

    def __init__(self, loader: Loader, function: str) -> None:
        self._loader = loader
        self._function = function

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Return what the other loader makes."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, and replace the function."""
        self._loader.exec_module(module)
        if hasattr(module, self._function):
            setattr(module, self._function, _nothing)


def _nothing(*_: object) -> None:
    """Do nothing."""
