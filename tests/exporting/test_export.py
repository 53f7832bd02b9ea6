"""`relaybench export`: what other programs get is what was measured, and they can read it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from pytest_relaybench.cli.main import main
from pytest_relaybench.history.records import read_record, write_record
from pytest_relaybench.history.table import open_history
from pytest_relaybench.home import Home, open_home
from pytest_relaybench.outside.pytest_benchmark import read_pytest_benchmark
from pytest_relaybench.raw_samples import RawSamples
from pytest_relaybench.raw_storage import keep_raw
from tests.judging.made_history import Nights, Test

SAMPLES = [0.25, 0.125, 0.5, 0.25]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Two nights of two experiments; the raw samples of one case of the newest are there."""
    main(["init", "--empty", str(tmp_path / "home")])
    home = open_home(tmp_path / "home")
    nights = Nights(home, versions={"numpy": "2.0"})
    params = {"test": "test_a", "params": {"engine": "onnxruntime", "network": 'r,e"s\nnet'}}
    for value in (1.5, 0.125):
        demo = [Test("a", value, more=params), Test("b", 2.0, more={"test": "test_b"})]
        nights.night(demo=demo, other=[Test("c", 3.0, more={"test": "test_c"})])
    run_id = nights.run_id(1)
    keep_raw(home, run_id, [RawSamples("demo", "test_a", "time", params["params"], variant(home), SAMPLES)])
    return home


def variant(home: Home) -> str:
    return str(open_history(home.root)["variant"].iloc[0])


def export(home: Home, name: str, *options: str) -> Path:
    path = home.root.parent / name
    assert main(["export", str(home.root), "-o", str(path), *options]) == 0
    return path


def same(found: pd.DataFrame, wanted: pd.DataFrame) -> None:
    found = found.assign(timestamp=pd.to_datetime(found["timestamp"], utc=True)).astype(wanted.dtypes.to_dict())
    pd.testing.assert_frame_equal(found.reset_index(drop=True), wanted.reset_index(drop=True))


def test_csv_and_parquet_hold_the_table(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """Every row and digit, whatever is in a name."""
    wanted = open_history(home.root)
    same(pd.read_csv(export(home, "all.csv"), keep_default_na=False, na_values=[]), wanted)
    parquet = export(home, "all.parquet")
    with duckdb.connect() as connection:
        columns = connection.execute("FROM read_parquet(?)", [str(parquet)]).fetchnumpy()
    same(pd.DataFrame(columns), wanted)
    assert f"{parquet}: 6 measurements" in capsys.readouterr().out


def test_a_choice(home: Home) -> None:
    """By experiment, by run, by day."""
    runs = open_history(home.root)["run_id"].unique()
    assert len(pd.read_csv(export(home, "a.csv", "--experiment", "other"))) == 2
    assert len(pd.read_csv(export(home, "b.csv", "--run", runs[0]))) == 3
    day = f"{runs[1][:4]}-{runs[1][4:6]}-{runs[1][6:8]}"
    assert list(pd.read_csv(export(home, "c.csv", "--since", day))["run_id"].unique()) == [runs[1]]


def test_pytest_benchmark_reads_what_it_would_have_written(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """Its own `compare` shows it; reading it back gives the samples; a case without samples is left out and counted."""
    path = export(home, "0001_night.json")
    assert "1 benchmark of run " in (out := capsys.readouterr().out)
    assert "2 cases whose samples are gone are left out" in out
    shown = subprocess.run(
        [sys.executable, "-m", "pytest_benchmark", "compare", str(path)], capture_output=True, text=True, check=True
    )
    assert "test_a[onnxruntime" in shown.stdout
    (one,) = read_pytest_benchmark(path).results
    assert (one.experiment, one.test, one.value, list(one.samples)) == ("demo", "test_a", 0.125, SAMPLES)
    assert one.params["engine"] == "onnxruntime"


def test_tvms_benchmark_log(home: Home) -> None:
    """One JSON object a line with the fields of schema 0.1; times in milliseconds."""
    entries = [json.loads(line) for line in export(home, "log.jsonl").read_text().splitlines()]
    assert len(entries) == 6
    first = next(entry for entry in entries if entry["metadata"]["test"] == "test_a")
    assert (first["workload"], first["engine"], first["schema_version"]) == ('r,e"s\nnet', "onnxruntime", "0.1")
    assert first["runtime_ms_mean"] == 1500.0
    assert first["hardware"] == "A CPU"
    assert first["software_config"]["pip"] == {"numpy": "2.0"}
    assert {entry["workload"] for entry in entries if entry is not first} >= {"demo.test_b", "other.test_c"}
    assert all(isinstance(entry["timestamp"], float) for entry in entries)


def test_nothing_to_write(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown ending, a choice that holds nothing, a folder that is none: one line, no file."""
    for name, options, told in (
        ("a.txt", [], "--format is one of csv, parquet, pytest-benchmark, tvm-log"),
        ("a.csv", ["--experiment", "none"], "no measurement is of what was asked for"),
        ("home/config.json/a.csv", [], "cannot be written"),
    ):
        assert main(["export", str(home.root), "-o", str(home.root.parent / name), *options]) == 1
        assert told in capsys.readouterr().err
    assert not (home.root.parent / "a.txt").exists()


def test_since_a_day(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Runs of that day and later ones; what is no day is told."""
    assert main(["export", str(home.root), "-o", str(tmp_path / "a.csv"), "--since", "2026-09-02"]) == 0
    assert pd.read_csv(tmp_path / "a.csv")["run_id"].nunique() == 1
    for text in ("yesterday", "2026-13-01"):
        assert main(["export", str(home.root), "-o", str(tmp_path / "b.csv"), "--since", text]) == 1
        assert f"--since: '{text}' is no day" in capsys.readouterr().err
    assert not (tmp_path / "b.csv").exists()


@pytest.mark.parametrize("ending", ["json", "jsonl", "csv", "parquet"])
def test_tests_that_use_no_build(home: Home, tmp_path: Path, ending: str) -> None:
    """Beside others that do: what has no commit has none in the file, and is no error."""
    run_id = "20270101T030000.000000Z"
    old = read_record(home.data_file("demo", max(open_history(home.root)["run_id"])))
    made = [replace(one, tvm_hash=None if one.test == "test_b" else one.tvm_hash) for one in old.measurements]
    write_record(
        home.data_file("demo", run_id),
        replace(old, run_id=run_id, timestamp="2027-01-01T03:00:00+00:00", measurements=made),
    )
    keep_raw(home, run_id, [RawSamples("demo", one.test, "time", one.params, one.variant, SAMPLES) for one in made])
    path = tmp_path / f"all.{ending}"
    assert main(["export", str(home.root), "-o", str(path)]) == 0
    if ending == "jsonl":
        entries = [json.loads(line) for line in path.read_text().splitlines()]
        assert [e["engine_version"] for e in entries if e["metadata"]["run_id"] == run_id] == ["0.27.0", ""]
    if ending == "json":
        told = json.loads(path.read_text())["benchmarks"]
        assert [one["extra_info"]["tvm_hash"] for one in told] == ["0.27.0", None]
