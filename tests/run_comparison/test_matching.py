"""Which series of one side is which of the other."""

from __future__ import annotations

import pandas as pd
import pytest

from pytest_relaybench.errors import RelaybenchError
from pytest_relaybench.run_comparison.matching import match, measured, parse_by, rows_by


@pytest.fixture
def paired(rows):
    """Matches sides that are given as lists of columns; tells variants and machines of the pairs and of the rest."""

    def pair(base, candidate, **settings):
        sides = [measured(pd.concat([rows([1.0], **columns) for columns in side])) for side in (base, candidate)]
        found = match(*sides, **settings)
        return (
            [(ours.variant + ours.machine, theirs.variant + theirs.machine) for ours, theirs in found.pairs],
            [one.variant + one.machine for one in found.only_base],
            [one.variant + one.machine for one in found.only_candidate],
        )

    return pair


def test_values_of_a_side(rows):
    """A series has a value for each run, the last of several in one run, none where it is NaN."""
    (one,) = measured(pd.concat([rows([1.0, float("nan"), 3.0]), rows([1.5])]))
    assert list(one.values) == [1.5, 3.0]
    assert one.runs == 2


def test_equal_builds_are_paired(paired):
    """Builds that both sides have are paired by their label, what only one side has stays alone."""
    base, candidate = [{"variant": "a"}, {"variant": "b"}], [{"variant": "b"}, {"variant": "c"}, {"variant": "d"}]
    assert paired(base, candidate) == ([("bm", "bm")], ["am"], ["cm", "dm"])


def test_the_only_builds_are_paired(paired):
    """Where each side has one build left they are a pair: builds are what two commits differ in."""
    assert paired([{"variant": "git:a"}], [{"variant": "git:b"}]) == ([("git:am", "git:bm")], [], [])


@pytest.mark.parametrize("column", ["experiment", "test", "metric", "params"])
def test_everything_else_must_be_equal(paired, column):
    """Other tests, parameters and metrics are other series."""
    assert paired([{column: '{"a": 1}'}], [{column: '{"a": 2}'}]) == ([], ["installedm"], ["installedm"])


def test_machines(paired):
    """Another machine is another series, unless it is asked to be compared all the same; its own comes first."""
    base, candidate = [{"machine": "m1"}, {"machine": "m2"}], [{"machine": "m2"}, {"machine": "m3"}]
    same = ("installedm2", "installedm2")
    assert paired(base, candidate) == ([same], ["installedm1"], ["installedm3"])
    assert paired(base, candidate, across_machines=True)[0] == [same, ("installedm1", "installedm3")]


def test_builds_across_machines(paired):
    """On other machines, too, builds are paired by their label."""
    base, candidate = ([{"machine": machine, "variant": name} for name in "ab"] for machine in ("m1", "m2"))
    assert paired(base, candidate, across_machines=True) == ([("am1", "am2"), ("bm1", "bm2")], [], [])


def test_no_value_is_not_there(paired, rows):
    """What failed on one side is only on the other, and what failed on both is nowhere."""
    failed, fine = measured(rows([float("nan")], note="failed")), measured(rows([1.0]))
    found = match(fine, failed)
    assert (len(found.pairs), len(found.only_base), len(found.only_candidate)) == (0, 1, 0)
    assert match(failed, failed).only_base == ()


def test_by(rows):
    """Two values of a parameter, as text or as JSON writes it, or of the build."""
    table = pd.concat([rows([1.0], params='{"engine": "relax", "size": 64}'), rows([1.0], params='{"size": 8}')])
    assert len(rows_by(table, "engine", "relax")) == 1
    assert len(rows_by(table, "size", "64")) == 1
    assert len(rows_by(table, "variant", "installed")) == 2


def test_by_pairs_the_two_values(rows):
    """With a dimension ignored the series that differ in it alone are pairs."""
    relax, torch = (
        measured(rows([1.0], params=f'{{"engine": "{engine}", "size": 64}}')) for engine in ("relax", "torch")
    )
    assert len(match(relax, torch).pairs) == 0
    assert len(match(relax, torch, ignoring="engine").pairs) == 1


@pytest.mark.parametrize("text", ["engine", "engine:relax", "engine:relax,", ":a,b", "a,b"])
def test_by_that_is_none(text):
    """What is no dimension with two values is refused."""
    with pytest.raises(RelaybenchError, match="a dimension and two of its values"):
        parse_by(text)


def test_by_value_that_is_not_there(rows):
    """A value that was not measured is told with the nearest that was, a parameter that no test has as such."""
    table = rows([1.0], params='{"engine": "relax"}')
    with pytest.raises(RelaybenchError, match='did you mean "relax"'):
        rows_by(table, "engine", "relx")
    with pytest.raises(RelaybenchError, match="no row has such a parameter"):
        rows_by(table, "size", "64")
