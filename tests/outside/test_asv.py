"""What asv wrote, of both layouts; tests/data/asv/README.md tells how the files were made."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import pytest

from pytest_relaybench.errors import RecordError
from pytest_relaybench.outside.asv import read_asv
from pytest_relaybench.run_comparison.sources import path_source

DATA = Path(__file__).parents[1] / "data" / "asv"
FIRST = "611f788fbc1d432e1f0f5e0b543e168e3ca2c647"


def file_of(layout: int, commit: str = FIRST) -> Path:
    (found,) = (DATA / f"layout{layout}" / "tinybox").glob(f"{commit[:8]}-*.json")
    return found


def result(run, test, **params):
    (found,) = [one for one in run.results if one.test == test and one.params == params]
    return found


@pytest.fixture(params=[1, 2])
def run(request):
    return read_asv(file_of(request.param))


def test_run(run):
    """The file tells machine, commit, environment, and when it ran; that asv's results are medians is known."""
    assert (run.machine, run.commit, run.headline) == ("asv:tinybox", FIRST, "median")
    assert run.variant == "existing-py_usr_bin_python3"
    assert f"{run.began:%Y-%m-%d}" == "2026-11-22"


def test_every_combination_is_a_result(run):
    """Parameters are read back from their reprs, in the order of asv's product."""
    found = [dict(one.params) for one in run.results if one.test == "TimeSort.time_sorted"]
    assert found == [{"size": size, "kind": kind} for size in (100, 1000) for kind in ("list", "tuple")]


def test_times_with_samples(run):
    """A time is in seconds, its value the median of its samples, and statistics are those of the samples."""
    found = result(run, "TimeSort.time_sorted", size=100, kind="list")
    assert (found.experiment, found.metric, found.unit, found.direction) == ("bench_tiny", "time", "s", "lower")
    assert len(found.samples) == 12
    assert found.value == pytest.approx(found.stats.median)
    assert found.stats.min == min(found.samples)


def test_failed_and_skipped(run):
    """What failed and what was skipped has no value, and the two are told apart."""
    failed = result(run, "TimeSort.time_broken", size=100, kind="list")
    skipped = result(run, "TimeSort.time_broken", size=1000, kind="tuple")
    assert (failed.note, skipped.note) == ("failed", "skipped")
    assert math.isnan(failed.value)
    assert math.isnan(skipped.value)
    assert result(run, "TimeSort.time_broken", size=100, kind="tuple").value > 0
    assert result(run, "time_new").note == "failed"


@pytest.mark.parametrize(
    ("test", "metric", "unit", "value"),
    [("track_calls", "value", "calls", 7), ("track_only_number", "value", "", 42), ("mem_list", "memory", "B", 8056)],
)
def test_other_kinds(run, test, metric, unit, value):
    """What is not a time has its own metric and unit."""
    found = result(run, test)
    assert (found.metric, found.unit, found.value) == (metric, unit, value)
    assert found.deterministic == (test == "mem_list")


def test_both_layouts_agree():
    """The two layouts give the same benchmarks, with the same versions of their code."""
    names = [
        [
            (one.test, dict(one.params), one.metric, one.unit, one.note, one.version)
            for one in read_asv(file_of(n)).results
        ]
        for n in (1, 2)
    ]
    assert sorted(map(str, names[0])) == sorted(map(str, names[1]))
    assert all(version for *_, version in names[0])


def test_without_benchmarks_json(tmp_path):
    """A file alone is read, too: kinds follow from the names, parameters are numbered."""
    shutil.copy(file_of(2), tmp_path / "one.json")
    run = read_asv(tmp_path / "one.json")
    assert result(run, "peakmem_list").metric == "peak_memory"
    assert result(run, "mem_list").unit == "B"
    assert result(run, "TimeSort.time_sorted", param1=100, param2="list").metric == "time"
    assert result(run, "track_calls").metric == "value"


def test_without_samples(tmp_path):
    """Without `--record-samples` there are the median and asv's interval of it, and nothing else is made up."""
    content = json.loads(file_of(2).read_bytes())
    place = content["result_columns"].index("samples")
    content["results"] = {name: row[:place] for name, row in content["results"].items()}
    (tmp_path / "one.json").write_text(json.dumps(content))
    found = result(read_asv(tmp_path / "one.json"), "time_plain")
    assert found.samples == ()
    assert found.stats.n == 12
    assert found.stats.ci_low < found.stats.median == found.value < found.stats.ci_high
    assert math.isnan(found.stats.mean)


@pytest.mark.parametrize("value", [math.inf, "hello"])
def test_values_that_are_none(tmp_path, value):
    """Infinity, which `--quick` may leave, and a text are no values."""
    content = json.loads(file_of(2).read_bytes())
    content["results"]["bench_tiny.time_plain"] = [[value], []]
    (tmp_path / "one.json").write_text(json.dumps(content))
    found = result(read_asv(tmp_path / "one.json"), "time_plain")
    assert math.isnan(found.value)
    assert found.note in ("not finite", "not a number")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"version": 3}, "layouts 1 and 2 are known (found 3)"),
        ({"params": None}, "not a readable file of asv"),
        ({"results": {"a.time_b": [[1.0], [["1"], 2]]}}, "not a readable file of asv"),
        ({"results": []}, "not a result file of asv"),
    ],
)
def test_damaged(tmp_path, change, told):
    """A damaged file is one line that names it."""
    (tmp_path / "one.json").write_text(json.dumps({**json.loads(file_of(2).read_bytes()), **change}))
    with pytest.raises(RecordError) as raised:
        read_asv(tmp_path / "one.json")
    assert told in str(raised.value)
    assert str(tmp_path / "one.json") in str(raised.value)


def test_folder_of_results():
    """A results folder is its runs, oldest first, without what asv keeps beside them."""
    source = path_source(DATA / "layout2")
    assert [name.partition("/")[2][:8] for name in source.runs] == ["611f788f", "b1a5b449"]
    assert set(source.read("")["run_id"]) == set(source.runs)
    assert source.notes == ()


def test_an_odd_layout_is_told_in_one_line(tmp_path):
    """Whatever stands there, however much."""
    path = tmp_path / "r.json"
    path.write_text(json.dumps({"commit_hash": "a", "results": {}, "version": "x" * 100_000}))
    with pytest.raises(RecordError, match="layouts 1 and 2 are known") as error:
        read_asv(path)
    assert len(str(error.value)) < 400
