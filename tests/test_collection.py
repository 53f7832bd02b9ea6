"""Experiments as pytest collects them."""

from __future__ import annotations

import pytest

from .conftest import Project

AXES = """
import pytest
from pytest_relaybench import ExperimentConfig, axis

class Config(ExperimentConfig):
    sizes: list[int] = axis("size", [64, 256])
    modes: list[str] = axis("mode", ["a"])
    shapes: list[list[int]] = axis("shape", [[1, 2]])

"""


def collected(project: Project, *arguments: str) -> list[str]:
    """The tests without their module, as `--collect-only` lists them."""
    result = project.run("bench", "--collect-only", "-q", *arguments)
    assert result.ret == 0, "\n".join(result.outlines)
    return [line.partition("::")[2] for line in result.outlines if "::" in line]


def test_axes_are_parameters_of_the_tests_that_name_them(project: Project) -> None:
    """A test gets the axes that it takes, of its fixtures' too, in the config's order and no other."""
    project.experiment(
        "x",
        AXES
        + """
@pytest.fixture
def doubled(size): return 2 * size

def test_both(mode, size, bench): pass
def test_through_a_fixture(doubled, bench): pass
def test_none(bench): pass
def test_shape(shape, bench): pass
class TestGroup:
    def test_in_class(self, size, bench): pass
""",
    )
    assert collected(project) == [
        "test_both[64-a]",
        "test_both[256-a]",
        "test_through_a_fixture[64]",
        "test_through_a_fixture[256]",
        "test_none",
        "test_shape[[1,2]]",
        "TestGroup::test_in_class[64]",
        "TestGroup::test_in_class[256]",
    ]


def test_what_a_shared_fixture_is_made_of_comes_together(project: Project) -> None:
    """A fixture of the session may take an axis, and is made once for each value; other axes sort nothing."""
    project.experiment(
        "x",
        AXES
        + """
@pytest.fixture(scope="session")
def built(size): return 2 * size

def test_one(built, mode, bench): pass
def test_two(built, bench): pass
""",
    )
    assert collected(project) == ["test_one[64-a]", "test_two[64]", "test_one[256-a]", "test_two[256]"]


def test_config_of_a_home_sets_the_values(project: Project) -> None:
    """With a home its config's lists are the values, repeats dropped, and the precheck stands first."""
    project.experiment("x", AXES + "def test_a(size, bench): pass\n", sizes=[3, 1, 3])
    assert collected(project, "--home", str(project.home_folder)) == ["precheck", "test_a[3]", "test_a[1]"]


def test_authors_own_parameters_win(project: Project) -> None:
    """A parameter that the author sets is not set again by an axis, however it is spelled."""
    project.experiment(
        "x",
        AXES
        + """
@pytest.mark.parametrize("size", [7])
def test_name(size, mode, bench): pass

@pytest.mark.parametrize("other, size", [(1, 8)])
def test_names(size, other, bench): pass

@pytest.mark.parametrize(argnames=["size"], argvalues=[[9]])
def test_list(size, bench): pass
""",
    )
    assert sorted(collected(project)) == ["test_list[9]", "test_name[a-7]", "test_names[1-8]"]


def test_parameters_of_a_measurement(project: Project) -> None:
    """A result knows its test, with its class, and its parameters as JSON; what is none is told as text."""
    project.experiment(
        "x",
        AXES
        + """
class TestGroup:
    @pytest.mark.parametrize("kind", [int, (1, 2)], ids=["i", "t"])
    def test_a(self, shape, kind, experiment_config, bench):
        bench.record("x", 1, unit="1")
""",
    )
    assert project.night().ret == 0
    (record,) = project.records("x")
    assert {entry.test for entry in record.measurements} == {"TestGroup::test_a"}
    assert [entry.params for entry in record.measurements if entry.metric == "x"] == [
        {"shape": [1, 2], "kind": "int"},
        {"shape": [1, 2], "kind": "(1, 2)"},
    ]


@pytest.mark.parametrize(
    "broken",
    [
        "import not_there",
        "1 / 0",
        "def test_a(:",
        "assert False, 'at import'",
        "from pytest_relaybench import nothing",
    ],
)
def test_broken_module_is_one_failing_item(project: Project, broken: str) -> None:
    """A module that cannot be collected fails alone; the other experiment's tests run."""
    project.experiment("broken", broken + "\ndef test_b(bench): pass\n")
    project.experiment("fine")
    result = project.night()
    result.assert_outcomes(passed=2, failed=1)
    assert project.records("fine")


def test_module_that_skips_itself(project: Project) -> None:
    """`pytest.importorskip` at the top of a module skips it and fails nothing."""
    project.experiment("x", "import pytest\npytest.importorskip('not_there')\ndef test_a(bench): pass\n")
    result = project.run("bench")
    result.assert_outcomes(skipped=1)
