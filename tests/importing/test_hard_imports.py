"""Imports that meet one another, are killed in the middle, or get what no program should write."""

from __future__ import annotations

import gzip
import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_relaybench.cli.main import main
from pytest_relaybench.history.records import read_record
from pytest_relaybench.home import Home, open_home
from pytest_relaybench.importing.outside_records import Naming, records_of, run_id_of_outside
from pytest_relaybench.importing.taking_in import take_in
from pytest_relaybench.raw_storage import raw_of
from tests.importing.test_taking_in import files, outside, result


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty one."""
    main(["init", "--empty", str(tmp_path / "home")])
    return open_home(tmp_path / "home")


def test_two_files_of_one_run_stay_beside_each_other(home: Home) -> None:
    """Of one moment, machine and build: measurements, samples and `run.json` have both, in any order, and once."""
    one, two = outside(result("test_a")), outside(result("test_b"), result("test_c", experiment="other"))
    for _ in range(2):
        for run in (one, two):
            taken = take_in(home, list(records_of(run, "a.json", Naming())))
    assert (taken.new, taken.replaced, taken.same) == (0, 0, 2)
    run_id = run_id_of_outside(one)
    record = read_record(home.data_file("demo", run_id))
    assert sorted(m.test for m in record.measurements) == sorted(t.test for t in record.tests) == ["test_a", "test_b"]
    assert sorted(raw_of(home, run_id)["test"].unique()) == ["test_a", "test_b", "test_c"]
    assert set(json.loads((home.run_dir(run_id) / "run.json").read_text())["experiments"]) == {"demo", "other"}


def test_a_later_word_counts(home: Home) -> None:
    """What both files tell is as the later one has it, also that a test failed after all; a moved file is none."""
    take_in(home, list(records_of(outside(result("test_a"), result("test_b")), "a.json", Naming())))
    again = outside(result("test_a", 0.7), result("test_b", math.nan, note="failed"))
    take_in(home, list(records_of(again, "b.json", Naming())))
    record = read_record(home.data_file("demo", run_id_of_outside(again)))
    assert [(m.test, m.value) for m in record.measurements] == [("test_a", 0.7)]
    assert [t.outcome for t in record.tests] == ["passed", "failed"]
    assert raw_of(home, record.run_id, test="test_a")["value"].min() == 0.7
    before = files(home)
    take_in(home, list(records_of(again, "elsewhere/b.json", Naming())))
    assert files(home) == before


@pytest.mark.parametrize("step", ["keep_raw", "_tell_run", "_configure", "write_record"])
def test_an_interrupted_import_is_whole_after_another(home: Home, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it was killed, the next import leaves what one that was not interrupted does."""
    chosen = list(records_of(outside(result("test_a"), result("test_c", experiment="other")), "a.json", Naming()))
    with monkeypatch.context() as killed:
        killed.setattr(f"pytest_relaybench.importing.taking_in.{step}", _kill)
        with pytest.raises(KeyboardInterrupt):
            take_in(home, chosen)
    take_in(home, chosen)
    run_id = chosen[0][0].run_id
    assert sorted(raw_of(home, run_id)["test"]) == ["test_a", "test_a", "test_c", "test_c"]
    assert (home.run_dir(run_id) / "run.json").is_file()
    assert {"demo", "other"} <= set(home.experiment_names())
    assert take_in(home, chosen).same == 2


def _kill(*_: object) -> None:
    raise KeyboardInterrupt


def test_numbers_that_json_does_not_have(home: Home) -> None:
    """As parameters they are texts; more samples than a record counts are as many as it does."""
    odd = result(params={"x": math.nan, "deep": {"y": [math.inf, 1]}})
    assert odd.stats is not None
    many = replace(result("test_b"), stats=replace(odd.stats, n=2**70))
    ((record, raw),) = records_of(outside(odd, many, machine_facts={"mhz": math.inf}), "a.json", Naming())
    take_in(home, [(record, raw)])
    there = read_record(home.data_file("demo", record.run_id))
    assert there.measurements[0].params == {"x": "nan", "deep": {"y": ["inf", 1]}}
    assert there.measurements[1].stats.n == 2**63 - 1
    assert there.machine["mhz"] == "inf"


def test_names_that_are_taken() -> None:
    """That of the built-in benchmarks is no experiment's; a name made of marks alone is."""
    assert [Naming().experiment(told) for told in ("sentinels", "../..", "-a/b")] == [
        "imported_sentinels",
        "imported",
        "a_b",
    ]


def test_files_that_stop_nothing(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Packed files are read, broken ones, and moments that no clock told, are named, and the others come along."""
    told = {
        "machine_info": {"cpu": {"brand_raw": "X"}},
        "datetime": "2026-11-20T01:02:03.123456+00:00",
        "benchmarks": [
            {"name": "test_a", "fullname": "test_s.py::test_a\x1b[31m", "params": {"x": math.nan}, "param": "nan",
             "stats": {"min": 1.0, "max": 2.0, "mean": 1.5, "stddev": 0.1, "median": 1.5, "rounds": 3}},
        ],
    }  # fmt: skip
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "a.json.gz").write_bytes(gzip.compress(json.dumps(told).encode()))
    (folder / "b.json").write_text(json.dumps({**told, "datetime": "0001-01-01T00:00:00+14:00"}))
    (folder / "c.json").write_text(json.dumps({**told, "datetime": "1066-10-14T09:00:00"}))
    (folder / "d.json.gz").write_bytes(b"\x1f\x8b\x08\x00" + b"a" * 60)
    assert main(["import", str(folder), str(home.root)]) == 0
    out = capsys.readouterr().out
    assert "records: 1 new; 1 measurement written" in out
    assert [line.split(": ")[1][-9:] for line in out.splitlines() if line.startswith("left out")] == [
        "rs/b.json", "rs/c.json", "d.json.gz",
    ]  # fmt: skip
    assert "\x1b" not in out
    assert main(["import", str(tmp_path), str(home.root)]) == 0  # the home lies in it
    assert "home/" not in capsys.readouterr().out


def test_a_home_of_today_is_merged(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever imports one is told of the command that does it."""
    main(["init", "--empty", str(tmp_path / "other")])
    assert main(["import", str(tmp_path / "other"), str(home.root)]) == 1
    assert f"relaybench merge {tmp_path / 'other'} --into {home.root}" in capsys.readouterr().err


def test_a_full_disk_is_one_line(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What stops an import is told, and nothing of a traceback."""
    (home.results / "experiments").mkdir(parents=True, exist_ok=True)
    (home.results / "experiments" / "data").write_text("no folder can be made here")
    one = {"name": "BM_a/8", "run_type": "iteration", "real_time": 3.0, "cpu_time": 2.0, "time_unit": "us"}
    context = {"date": "2026-01-02T03:04:05+00:00", "num_cpus": 2, "executable": "./gb"}
    (tmp_path / "g.json").write_text(json.dumps({"context": context, "benchmarks": [one]}))
    assert main(["import", str(tmp_path / "g.json"), str(home.root)]) == 1
    assert f"{home.root}: the import stopped, and may be given again: " in capsys.readouterr().err


def test_odd_parts_of_an_old_home(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Empty levels, NaN, numbers without end, odd and repeated names are listed; the rest comes along, and stays so."""
    data = tmp_path / "old" / "results" / "experiments" / "data"
    stamp = "data_11-20-2020-0300.json"
    shapes = {
        "my exp": '{"cpu": {"Relay": 1.0}}',
        "empty": '{"cpu": {"Relay": {}, "Pytorch": {"a": 1.0}}}',
        "nan": '{"cpu": {"Relay": {"a": {"mean": NaN, "median": 1.0, "std": 0.1}, "b": 2.0}}, "detailed": [1]}',
        "huge": '{"cpu": {"Relay": 1' + "0" * 400 + ', "b": 2.0}}',
        "sentinels": '{"cpu": {"Relay": {"a": 1.0}}}',
        "pass_comparison": '{"cpu": {"0;": {"a": 1.0}}}',
        "pass_comparision": '{"cpu": {"0;": {"a": 2.0}}}',
        # of the first version: a time for each number of epochs
        "training_loop": '{"cpu": {"Keras": {"20": 3.0}}, "detailed": {"cpu": {"Keras": {"20": {"mean": 3}}}}}',
    }
    for name, content in shapes.items():
        (data / name).mkdir(parents=True)
        (data / name / stamp).write_text(content)
    for said in ("records: 7 new; 7 measurements written", "records: 7 there already; 0 measurements written"):
        assert main(["import", str(tmp_path / "old"), str(home.root)]) == 0
        out = capsys.readouterr().out
        assert said in out
        left_out = [line.partition("data/")[2] for line in out.splitlines() if line.startswith("left out")]
        assert [line.partition("/")[0] for line in left_out] == ["empty", "huge", "nan", "pass_comparison"]
    assert {"my_exp", "imported_sentinels"} <= set(open_home(home.root).experiment_names())
    (path,) = home.exp_data_dir("training_loop").iterdir()
    (one,) = read_record(path).measurements
    assert (one.params, one.metric, one.value) == (
        {"device": "cpu", "engine": "Keras", "epochs": "20"},
        "time",
        3.0,
    )


def test_hours_that_a_clock_leaps_over(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Told for another zone, two moments may be one: the first stands, the other is named, every time."""
    data = tmp_path / "old" / "results" / "experiments" / "data" / "cnn_comp"
    data.mkdir(parents=True)
    for hour, value in (("0230", 1.0), ("0330", 2.0)):
        (data / f"data_03-29-2020-{hour}.json").write_text(json.dumps({"cpu": {"Relay": {"vgg-16": value}}}))
    for said in ("records: 1 new", "records: 1 there already"):
        assert main(["import", str(tmp_path / "old"), str(home.root), "--timezone", "Europe/Berlin"]) == 0
        out = capsys.readouterr().out
        assert said in out
        assert "data_03-29-2020-0330.json: results/experiments/data/cnn_comp/data_03-29-2020-0230.json stands" in out
