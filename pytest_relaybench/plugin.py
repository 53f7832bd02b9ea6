"""pytest's entry to the plugin: options, and the decision whether this session is any of our business."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from . import hookspecs
from .options import add_options, home_is_named
from .recognition import is_experiment

if TYPE_CHECKING:
    from .collection import CollectPlugin


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the doors for others."""
    pluginmanager.add_hookspecs(hookspecs)


def pytest_configure(config: pytest.Config) -> None:
    """With a home, every session is a night."""
    asks_for_help = config.getoption("help", False) or config.getoption("version", False)
    if home_is_named(config) and not _is_child(config) and not asks_for_help:
        _activate(config)


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Without a home, the first experiment that is collected makes the session a night at a desk."""
    config = parent.config
    if _is_child(config) or config.pluginmanager.hasplugin("relaybench-night") or not is_experiment(module_path):
        return None
    return _activate(config).pytest_pycollect_makemodule(module_path, parent)


def _is_child(config: pytest.Config) -> bool:
    """Whether another pytest distributes tests to this one."""
    return hasattr(config, "workerinput")


def _activate(config: pytest.Config) -> CollectPlugin:
    # loaded now and not before: a pytest of somebody else's project pays for nothing that it does not use
    night = importlib.import_module(".night", __package__)
    plugin: CollectPlugin = night.start(config)
    return plugin
