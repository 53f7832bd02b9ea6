"""pytest-relaybench: a pytest session as a nightly benchmark dashboard. What authors and programs import.

PYTEST_DONT_REWRITE: a child has imported this package before pytest could rewrite its assertions.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .config import ExperimentConfig, SubsystemConfig, TrialConfig, axis
    from .dashboard import Dashboard, Report
    from .history.table import open_history
    from .render.graphs import bars, lines

__all__ = [
    "Dashboard",
    "ExperimentConfig",
    "Report",
    "SubsystemConfig",
    "TrialConfig",
    "axis",
    "bars",
    "lines",
    "open_history",
]

# loaded at first use: a pytest of somebody else's project pays for none of them
_HOMES = {
    "Dashboard": "dashboard",
    "ExperimentConfig": "config",
    "Report": "dashboard",
    "SubsystemConfig": "config",
    "TrialConfig": "config",
    "axis": "config",
    "bars": "render.graphs",
    "lines": "render.graphs",
    "open_history": "history.table",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
