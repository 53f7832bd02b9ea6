"""pytest's entry to the plugin: options, and the decision whether this session is any of our business."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from . import hookspecs
from .options import add_options, gate_is_asked, home_is_named, obstacle_to_timing, read_options
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
    """With a home, every session is a night; also one whose gate must not pass because no experiment was there."""
    asks_for_help = config.getoption("help", False) or config.getoption("version", False)
    if _is_child(config) or asks_for_help:
        return
    options = read_options(config)  # a wrong one is told now: in the middle of collection it would be a module's fault
    obstacle = obstacle_to_timing(config)
    if obstacle and (home_is_named(config) or any(map(is_experiment, _modules(config)))):
        raise pytest.UsageError(obstacle)
    if options.home is not None or options.compare is not None or gate_is_asked(config):
        _activate(config)


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Without a home, the first experiment that is collected makes the session a night at a desk."""
    config = parent.config
    if _is_child(config) or config.pluginmanager.hasplugin("relaybench-night") or not is_experiment(module_path):
        return None
    return _activate(config).pytest_pycollect_makemodule(module_path, parent)


def _modules(config: pytest.Config) -> Iterator[Path]:
    """The test modules that this session is pointed at."""
    for argument in config.args:
        path = config.invocation_params.dir / argument.partition("::")[0]
        yield from path.rglob("test_*.py") if path.is_dir() else [path] if path.is_file() else []


def _is_child(config: pytest.Config) -> bool:
    """Whether another pytest distributes tests to this one."""
    return hasattr(config, "workerinput")


def _activate(config: pytest.Config) -> CollectPlugin:
    # loaded now and not before: a pytest of somebody else's project pays for nothing that it does not use
    night = importlib.import_module(".night", __package__)
    plugin: CollectPlugin = night.start(config)
    return plugin
