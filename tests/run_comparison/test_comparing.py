"""Two sides in, a table out."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from pytest_relaybench.run_comparison.comparing import COMPARED_COLUMNS, Settings, chosen, compare_rows

from .conftest import nightly


def one_series(compared):
    (row,) = compared.series.itertuples(index=False)
    return row


def test_a_night_against_an_older_one(rows):
    """Two nights of a home are judged by how far its nights scatter."""
    history = rows([*nightly(20), *1.2 * nightly(20, seed=1)])
    row = one_series(compare_rows(history.iloc[[5]], history.iloc[[35]], history))
    assert (row.kind, row.way, row.runs_base, row.runs_candidate) == ("slower", "history", 1, 1)
    assert row.ratio == pytest.approx(history["value"].iloc[35] / history["value"].iloc[5])
    assert row.low < row.ratio < row.high
    assert row.confidence == 0.99


def test_without_history(rows):
    """The same two nights alone tell nothing, and the reason is in the row."""
    row = one_series(compare_rows(rows([1.0]), rows([1.2], first_day=9), rows([])))
    assert (row.kind, row.changed) == ("unsure", False)
    assert "fewer than 8 nights" in row.reason
    assert row.ratio == pytest.approx(1.2)


def test_history_of_another_series_does_not_count(rows):
    """The spread is of the very series, not of one with other parameters."""
    other = rows(nightly(30), params='{"size": 8}')
    assert one_series(compare_rows(rows([1.0]), rows([1.2], first_day=9), other)).way == ""


def test_each_side_has_its_own_spread(rows):
    """Two engines of one run are judged by the spread of each: a noisy one widens the interval."""
    quiet, noisy = rows(nightly(30, noise=0.001), params='{"e": 1}'), rows(nightly(30, noise=0.05), params='{"e": 2}')
    calm = rows(nightly(30, noise=0.001), params='{"e": 2}')
    apart = Settings(ignoring="e")
    wide, narrow = (
        one_series(compare_rows(quiet.tail(1), other.tail(1), pd.concat([quiet, other]), apart))
        for other in (noisy, calm)
    )
    assert math.log(wide.high / wide.low) > 5 * math.log(narrow.high / narrow.low)
    assert (narrow.base_params, narrow.params) == ('{"e": 1}', '{"e": 2}')


def test_order_is_by_size_of_change(rows):
    """The largest change stands first, whichever way it went; what cannot be compared stands last."""
    base, candidate = (
        pd.concat([rows([value], test=name, unit=unit) for name, value, unit in side])
        for side in (
            [("a", 1.0, "s"), ("b", 1.0, "s"), ("c", 1.0, "s"), ("d", 1.0, "s")],
            [("a", 1.1, "s"), ("b", 0.5, "s"), ("c", 1.5, "s"), ("d", 9.0, "ms")],
        )
    )
    assert list(compare_rows(base, candidate, rows([])).series["test"]) == ["b", "c", "a", "d"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"unit": "ms"}, "measured in s and in ms"),
        ({"version": "2"}, "the benchmark itself changed between the two"),
    ],
)
def test_not_alike(rows, change, reason):
    """Other units, and a benchmark whose code changed, are no change of what is measured."""
    row = one_series(compare_rows(rows([1.0], version="1"), rows([2.0], **{"version": "1", **change}), rows([])))
    assert (row.kind, row.reason) == ("unsure", reason)
    assert math.isnan(row.ratio)


def test_deterministic(rows):
    """What the same build always gives needs no history."""
    sides = [rows([size], metric="artifact_size", deterministic=True) for size in (1000.0, 1001.0)]
    row = one_series(compare_rows(*sides, rows([])))
    assert (row.kind, row.way, row.changed) == ("slower", "deterministic", True)
    assert one_series(compare_rows(sides[0], sides[0], rows([]))).kind == "same"


def test_deterministic_on_one_side_only(rows):
    """A metric that the other side does not know as deterministic is judged as any other."""
    sides = [rows([size], deterministic=sure) for size, sure in ((1000.0, True), (1001.0, False))]
    assert one_series(compare_rows(*sides, rows([]))).way == ""


def test_statistic(rows):
    """Another statistic can stand for a run; of a single value it is that, of samples that were not kept nothing."""
    base, candidate = rows([1.0], n=5).assign(median=3.0), rows([1.0], n=1).assign(median=float("nan"))
    row = one_series(compare_rows(base, candidate, rows([]), Settings(statistic="median")))
    assert (row.base, row.candidate) == (3.0, 1.0)
    unknown = candidate.assign(n=12)
    assert compare_rows(base, unknown, rows([]), Settings(statistic="median")).series.empty


def test_geometric_means(rows):
    """Each experiment and metric has the geometric mean of its ratios, with an interval from five series on."""
    ratios = [1.0, 1.1, 1.2, 1.3, 1.4]
    base = pd.concat([rows([1.0], test=f"t{i}") for i in range(5)] + [rows([1.0], metric="compile")])
    candidate = pd.concat([rows([r], test=f"t{i}") for i, r in enumerate(ratios)] + [rows([2.0], metric="compile")])
    means = compare_rows(base, candidate, rows([])).means.set_index("metric")
    assert means.loc["time", "ratio"] == pytest.approx(np.prod(ratios) ** 0.2)
    assert 1.0 < means.loc["time", "low"] < means.loc["time", "ratio"] < means.loc["time", "high"] < 1.4
    assert means.loc["compile", "ratio"] == pytest.approx(2.0)
    assert math.isnan(means.loc["compile", "low"])


def test_chosen(rows):
    """Some experiments and metrics can be taken out of it, of all its parts."""
    base = pd.concat([rows([1.0], experiment=name, metric=metric) for name in "ab" for metric in ("time", "compile")])
    alone = rows([1.0], experiment="a", test="test_gone")
    compared = chosen(compare_rows(pd.concat([base, alone]), base, rows([])), experiments=["a"], metrics=["time"])
    assert list(compared.series["experiment"] + compared.series["metric"]) == ["atime"]
    assert len(compared.means) == 1
    assert [one.series[1] for one in compared.only_base] == ["test_gone"]
    assert chosen(compared, experiments=["b"]).only_base == ()


def test_nothing_in_common(rows):
    """Without a common series the table is empty, and has its columns all the same."""
    compared = compare_rows(rows([1.0], test="a"), rows([1.0], test="b"), rows([]))
    assert list(compared.series.columns) == COMPARED_COLUMNS
    assert compared.series.empty
    assert compared.means.empty
    assert (len(compared.only_base), len(compared.only_candidate)) == (1, 1)
