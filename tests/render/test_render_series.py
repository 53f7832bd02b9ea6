"""Parameters as columns, pairs of nights, and the table of changes."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from pytest_relaybench.history.table import COLUMNS
from pytest_relaybench.judging.changes import CHANGE_COLUMNS, PAIR_COLUMNS, change_table, newest_two
from pytest_relaybench.render.series import dimensions, expand_params, labelled, main_metric

NETWORKS = [{"network": name, "device": "cpu"} for name in ("b", "a")]


def newest(frame):
    """The newest run's id."""
    return frame["run_id"].max()


def test_parameters_become_columns(make_frame):
    """Each has the values that JSON holds; None where a test does not have it; rows stay as they were."""
    frame = make_frame([{"size": 64, "flag": True}, {"shape": [1, 2]}], 1, lambda *_: 1.0)
    wide = expand_params(frame)
    assert wide[COLUMNS].equals(frame)
    assert list(wide.columns[len(COLUMNS) :]) == ["flag", "size", "shape"]
    assert [value is None for value in wide["size"]] == [value is None for value in wide["flag"]]
    assert {repr(value) for value in wide["size"]} == {"64", "None"}
    assert [1, 2] in list(wide["shape"])


def test_a_parameter_named_as_a_column_keeps_both(make_frame):
    """`n` is a statistic of the table, so the parameter is `param.n`; labels go by its own name."""
    frame = make_frame([{"n": 3}], 1, lambda *_: 1.0)
    wide = expand_params(frame)
    assert (list(wide["n"]), list(wide["param.n"])) == ([10], [3])
    assert dimensions(frame) == {"n": ["3"]}


def test_dimensions_tell_rows_apart(make_frame, join):
    """Numbers ascend, words keep the table's order, and test, variant or machine appear when they differ."""
    params = [{"size": size, "kind": kind} for size in (10, 9, 100) for kind in ("z", "a")]
    frame = join(make_frame(params, 1, lambda *_: 1.0), make_frame(params, 1, lambda *_: 1.0, variant="0.26.0"))
    assert dimensions(frame) == {"kind": ["a", "z"], "size": ["9", "10", "100"], "variant": ["0.26.0", "installed"]}


def test_labels_never_merge_values(make_frame):
    """The number 1 and the text "1" are two values and read as two."""
    frame = make_frame([{"a": 1}, {"a": "1"}], 1, lambda *_: 1.0)
    assert sorted(labelled(frame)["a"]) == ['"1"', "1"]


def test_an_empty_frame_has_no_dimensions(make_frame):
    """No rows, no names, no changes, but every column."""
    frame = make_frame([], 0, lambda *_: 1.0)
    assert dimensions(frame) == {}
    assert list(newest_two(frame).columns) == PAIR_COLUMNS
    assert list(change_table(frame, "20261122T030000.000000Z").columns) == CHANGE_COLUMNS


def test_newest_two_skips_nights_without_the_series(make_frame):
    """The run before is the last that had the series; a first night has none."""
    values = {"a": [1.0, None, 1.5], "b": [None, None, 2.0]}
    pairs = newest_two(make_frame(NETWORKS, 3, lambda night, p: values[p["network"]][night]))
    assert list(pairs["value"]) == [1.5, 2.0]
    assert pairs["previous"].iloc[0] == 1.0
    assert pairs["ratio"].iloc[0] == 1.5
    assert pairs["previous_run_id"].iloc[0] == "20261120T030000.000000Z"
    assert math.isnan(pairs["previous"].iloc[1])
    assert pd.isna(pairs["previous_run_id"].iloc[1])


@pytest.mark.parametrize(("before", "after"), [(0.0, 1.0), (-1.0, 1.0), (1.0, 0.0)])
def test_a_ratio_needs_positive_values(make_frame, before, after):
    """Zero and below have no ratio."""
    pairs = newest_two(make_frame(NETWORKS[:1], 2, lambda night, _: (before, after)[night]))
    assert math.isnan(pairs["ratio"].iloc[0])


def test_change_table_judges_each_series(make_frame):
    """A series that rose 20 % ten nights ago is slower since that run, with its evidence; the other is the same."""

    def value(night, params):
        return (1.0 + night % 3 / 1000) * (1.2 if params["network"] == "a" and night >= 40 else 1.0)

    frame = make_frame(NETWORKS, 50, value)
    table = change_table(frame, newest(frame)).set_index(expand_params(change_table(frame, newest(frame)))["network"])
    assert dict(table["kind"]) == {"a": "slower", "b": "same"}
    assert table.loc["a", "since"] == sorted(frame["run_id"].unique())[40]
    assert pd.isna(table.loc["b", "since"])
    assert table.loc["a", "level_low"] <= table.loc["a", "level_ratio"] <= table.loc["a", "level_high"]
    assert table.loc["a", "level_ratio"] == pytest.approx(1.2, abs=0.002)


def test_change_table_of_an_earlier_run_knows_no_later_one(make_frame):
    """Asked for night 3 of 5, it compares nights 2 and 3."""
    frame = make_frame(NETWORKS[:1], 5, lambda night, _: 2.0**night)
    table = change_table(frame, sorted(frame["run_id"].unique())[3])
    assert (table["value"].iloc[0], table["previous"].iloc[0]) == (8.0, 4.0)


def test_what_is_gone_tonight_is_missing(make_frame):
    """It stands last, without a value, beside its newest one; after more than 7 runs it is forgotten."""

    def frame(missing):
        return make_frame(NETWORKS, 20, lambda n, p: None if p["network"] == "a" and n >= 20 - missing else 1.0 + n)

    table = change_table(frame(2), newest(frame(2)))
    assert list(table["kind"]) == ["unsure", "missing"]
    assert math.isnan(table["value"].iloc[1])
    assert table["previous"].iloc[1] == 18.0
    assert len(change_table(frame(7), newest(frame(7)))) == 2
    assert len(change_table(frame(8), newest(frame(8)))) == 1


def test_another_machine_begins_anew(make_frame, join):
    """Series of another machine are neither compared with tonight's nor missed."""
    old = make_frame(NETWORKS, 5, lambda n, _: None if n == 4 else 1.0, machine="old")
    frame = join(old, make_frame(NETWORKS, 1, lambda *_: 2.0, machine="new"))
    table = change_table(frame, newest(frame))
    assert list(table["machine"]) == ["new", "new"]
    assert table["previous"].isna().all()


@pytest.mark.parametrize(("metrics", "main"), [(["compile", "time"], "time"), (["flops", "rate"], "flops")])
def test_main_metric(make_frame, join, metrics, main):
    """Time stands for an experiment, else what comes first."""
    assert main_metric(join(*(make_frame(NETWORKS, 1, lambda *_: 1.0, metric=name) for name in metrics))) == main
