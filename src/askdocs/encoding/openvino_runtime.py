"""The openvino package without its telemetry."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from askdocs.errors import EngineError

_TELEMETRY = "openvino_telemetry"


def import_openvino() -> Any:
    """Import openvino in such a way that it cannot report the import, or anything after it, to its makers.

    A plain `import openvino` sends an event and writes a client id into the home folder whenever the package
    `openvino_telemetry` can be imported, which pip installs beside it. `None` in `sys.modules` makes that import fail
    for the life of this process, and openvino then uses a stub of its own that does nothing.

    Raises:
        EngineError: openvino is not installed, or its libraries do not load here.
    """
    sys.modules[_TELEMETRY] = None  # type: ignore[assignment]  # the documented way to make an import fail
    try:
        return importlib.import_module("openvino")
    except (ImportError, OSError) as error:
        raise EngineError(f"openvino cannot be imported ({error}); run: pip install openvino") from error
