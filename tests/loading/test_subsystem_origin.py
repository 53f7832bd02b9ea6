"""Where a subsystem's code lies, so that another process loads the same and no other."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from pytest_relaybench.dashboard import Report
from pytest_relaybench.errors import SubsystemError
from pytest_relaybench.subsystem_origin import Origin, origin_of


def test_a_module_is_found_by_its_name():
    """A module that can be imported is that module."""
    origin = origin_of("reader", json)
    assert origin == Origin("reader", json.__file__, "json")
    assert origin.load() is json


def test_another_module_of_the_same_name(tmp_path):
    """Where the name leads to another file, as with every `conftest`, the file itself is loaded."""
    file = tmp_path / "json.py"
    file.write_text("mine = True\n")
    assert Origin("reader", str(file), "json").load().mine
    assert Origin("reader", str(file), "no_such_module").load().mine


def test_an_attribute_of_a_module():
    """A class, or an object in a module's namespace, is found by its name there."""
    assert origin_of("report", Report).load() is Report
    assert origin_of("decoder", json.JSONDecoder).attribute == "JSONDecoder"


@pytest.mark.parametrize("given", [SimpleNamespace(), 3, json.JSONDecoder()])
def test_what_stands_nowhere(given):
    """An object that no module holds has no origin."""
    assert origin_of("thing", given) is None


def test_code_that_breaks(tmp_path):
    """A file that cannot be run is one line with its name, also for a module that breaks when it is imported."""
    file = tmp_path / "breaks_at_once.py"
    file.write_text("raise SystemExit(3)\n")
    with pytest.raises(SubsystemError, match=r"breaks_at_once.py: the subsystem cannot be loaded: SystemExit: 3"):
        Origin("thing", str(file)).load()
