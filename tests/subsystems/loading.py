"""Loads a bundled subsystem folder as the program's own loader does."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

from pytest_relaybench.bundled import folder


def load(name: str) -> ModuleType:
    """The subsystem `name`, as package `tested_subsystem_NAME`: another than the program's, which loads it anew."""
    module_name = f"tested_subsystem_{name}"
    if module_name in sys.modules:
        return sys.modules[module_name]
    place = folder("subsystems") / name
    spec = importlib.util.spec_from_file_location(
        module_name, place / "__init__.py", submodule_search_locations=[str(place)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    return module
