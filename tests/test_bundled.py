"""What comes along with the package, and the doors it opens to others."""

from __future__ import annotations

import pluggy
import pytest

from pytest_relaybench import bundled, hookspecs
from pytest_relaybench.errors import HomeError


@pytest.mark.parametrize(
    ("name", "holds"), [("site", "templates"), ("subsystems", "website/__init__.py"), ("home", "config.json")]
)
def test_folders_that_come_along(name, holds):
    """The site's sources, the built-in subsystems and the sample home are found."""
    assert (bundled.folder(name) / holds).exists()


def test_wheel_comes_first(tmp_path, monkeypatch):
    """In a wheel the folders lie inside the package; in a checkout beside it."""
    package = tmp_path / "package"
    monkeypatch.setattr(bundled, "PACKAGE", package)
    (tmp_path / "home").mkdir()
    assert bundled.folder("home") == tmp_path / "home"
    (package / "bundled" / "home").mkdir(parents=True)
    assert bundled.folder("home") == package / "bundled" / "home"


def test_incomplete_installation(tmp_path, monkeypatch):
    """A missing folder is one line that says what to do."""
    monkeypatch.setattr(bundled, "PACKAGE", tmp_path / "package")
    with pytest.raises(HomeError, match=r"its folder site is missing \(install it again\)"):
        bundled.folder("site")


def test_hooks_refuse_misspelt_arguments():
    """A plugin that implements a hook with an argument that does not exist is told when it is loaded."""
    manager = pytest.PytestPluginManager()
    manager.add_hookspecs(hookspecs)

    class Plugin:
        def pytest_relaybench_subsystems(self, configuration):
            return []

    with pytest.raises(pluggy.PluginValidationError, match="configuration"):
        manager.register(Plugin())


def test_hook_collects_from_all_plugins():
    """What several plugins bring comes together."""
    manager = pytest.PytestPluginManager()
    manager.add_hookspecs(hookspecs)

    class Plugin:
        def __init__(self, name: str) -> None:
            self.brought = name

        def pytest_relaybench_subsystems(self, config):
            return [self.brought]

    for name in ("a", "b"):
        manager.register(Plugin(name))
    brought = manager.hook.pytest_relaybench_subsystems(config=None)
    assert sorted(name for names in brought for name in names) == ["a", "b"]
