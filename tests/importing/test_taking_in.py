"""Other programs' results in a home: as records with their origin, once, and never over what was measured there."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_relaybench.cli.main import main
from pytest_relaybench.errors import RecordError
from pytest_relaybench.history.records import canonical, read_record, write_record
from pytest_relaybench.history.table import Table, open_history
from pytest_relaybench.home import Home, open_home
from pytest_relaybench.importing.outside_records import Naming, records_of, run_id_of_outside
from pytest_relaybench.importing.taking_in import take_in
from pytest_relaybench.outside.results import OutsideResult, OutsideRun, statistics_of
from pytest_relaybench.raw_storage import raw_of

BEGAN = datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    main(["init", "--empty", str(tmp_path / "home")])
    return open_home(tmp_path / "home")


def result(test: str = "test_a", value: float = 0.5, **fields: object) -> OutsideResult:
    samples = (value, 1.5 * value) if math.isfinite(value) else ()
    stats = statistics_of(samples, {}, 2) if samples else None
    told = {"experiment": "demo", "params": {"n": 1}, "metric": "time", "unit": "s", "direction": "lower", **fields}
    return OutsideResult(test=test, value=value, stats=stats, samples=samples, **told)  # type: ignore[arg-type]


def outside(*results: OutsideResult, **fields: object) -> OutsideRun:
    told = {"tool": "asv", "name": "a", "began": BEGAN, "machine": "asv:box", "machine_facts": {"host": "box"}}
    told |= {"variant": "py3.11", "commit": "0123abcd", "headline": "median", "results": results, **fields}
    return OutsideRun(**told)  # type: ignore[arg-type]


def files(home: Home) -> dict[str, bytes]:
    return {home.shown(path): path.read_bytes() for path in home.root.rglob("*") if path.is_file()}


VALUES = st.floats(1e-12, 1e12)
TEXTS = st.text(min_size=1, max_size=12)
RESULTS = st.builds(
    result,
    TEXTS,
    VALUES,
    params=st.dictionaries(TEXTS, st.one_of(st.integers(-9, 9), TEXTS), max_size=2),
    experiment=TEXTS,
    metric=TEXTS,
)


@given(results=st.lists(RESULTS, min_size=1, max_size=5))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_record_file_and_table_agree(results: list[OutsideResult], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever names and numbers there are: what is read back from file and table is what the program said."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "config.json").write_text('{"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"}')
    home = open_home(folder)
    records = list(records_of(outside(*results), "a.json", Naming()))
    taken = take_in(home, records)
    assert taken.new == len(records)
    for record, _ in records:
        assert read_record(home.data_file(record.experiment, record.run_id)) == record
    measured = [m for record, _ in records for m in record.measurements]
    frame = open_history(folder)
    keys = zip(frame["test"], frame["params"], frame["metric"], strict=True)
    found = dict(zip(keys, frame["mean"], strict=True))
    assert found == {(m.test, canonical(m.params), m.metric): m.stats.mean for m in measured}
    before = files(home)
    again = take_in(home, list(records_of(outside(*results), "a.json", Naming())))
    assert (again.new, again.replaced, again.same) == (0, 0, len(records))
    assert files(home) == before


def test_a_run_is_as_the_program_tells_it(home: Home) -> None:
    """Machine, variant, commit, moment, origin, outcomes, samples; what has no value is a test that failed."""
    run = outside(result(), result("test_b", math.nan, note="failed"), result("test_c", math.nan, note="skipped"))
    take_in(home, list(records_of(run, "sub/a.json", Naming())))
    (path,) = home.exp_data_dir("demo").iterdir()
    record = read_record(path)
    outcomes = [("test_a", "passed"), ("test_b", "failed"), ("test_c", "skipped")]
    assert [(test.test, test.outcome) for test in record.tests] == outcomes
    (one,) = record.measurements
    assert (one.value, one.stats.n, one.variant, one.tvm_hash, one.note) == (0.5, 2, "py3.11", "0123abcd", "")
    assert record.machine == {"id": "asv:box", "host": "box"}
    measured = BEGAN.isoformat(timespec="microseconds")
    told = {"tool": "asv", "file": "sub/a.json", "commit": "0123abcd", "measured": measured}
    assert record.extra["imported"] == told
    assert list(raw_of(home, record.run_id)["value"]) == [0.5, 0.75]
    told = json.loads(home.exp_config_file("demo").read_text())
    assert (told["active"], told["description"]) == (False, "imported from asv; no module here measures it")
    assert json.loads((home.run_dir(record.run_id) / "run.json").read_text())["imported"] == "asv"


def test_statistics_that_are_not_told_are_said_to_be_unknown(home: Home) -> None:
    """A record holds finite numbers only: the value stands there, with a note."""
    bare = replace(result(), stats=statistics_of((), {"median": 0.5}, 7), samples=())
    take_in(home, list(records_of(outside(bare), "a.json", Naming())))
    (path,) = home.exp_data_dir("demo").iterdir()
    (one,) = read_record(path).measurements
    assert (one.stats.n, one.stats.median, one.stats.mean, one.stats.std) == (7, 0.5, 0.5, 0.0)
    assert one.note == "mean, std, min, max, ci_low, ci_high not told by asv"


def test_runs_of_the_same_second_are_two(home: Home) -> None:
    """Two commits, machines or environments; equal ones are one, whatever their file is called."""
    others = ({}, {"commit": "f"}, {"machine": "b"}, {"variant": "v"})
    runs = [outside(result(), **other) for other in others]
    assert len({run_id_of_outside(run) for run in runs}) == 4
    assert run_id_of_outside(outside(result(), name="b")) == run_id_of_outside(runs[0])
    committed = datetime(2020, 1, 2, tzinfo=UTC)
    assert run_id_of_outside(outside(result(), committed=committed)).startswith("20200102T000000.")


def test_a_file_that_grew_replaces_what_it_said(home: Home) -> None:
    """The same program's newer words on a run count; those of another program do not."""
    take_in(home, list(records_of(outside(result()), "a.json", Naming())))
    grown = take_in(home, list(records_of(outside(result(), result("test_b")), "a.json", Naming())))
    assert (grown.new, grown.replaced) == (0, 1)
    other = take_in(home, list(records_of(outside(result(), tool="asv"), "a.json", Naming(into="demo"))))
    assert other.replaced == 1


def test_what_was_measured_here_stays(home: Home) -> None:
    """An import that would take the place of a record that is no import is left out, and said."""
    (record, _), *_ = records_of(outside(result()), "a.json", Naming())
    mine = replace(record, extra={})
    path = home.data_file("demo", record.run_id)
    write_record(path, mine)
    taken = take_in(home, [(record, [])])
    assert taken.left_out == [f"{home.shown(path)}: there is another record of this run, which stays"]
    assert read_record(path) == mine
    path.write_text("{")
    assert take_in(home, [(record, [])]).left_out
    with pytest.raises(RecordError):
        read_record(path)


def test_names(home: Home) -> None:
    """An experiment's name is one that a home may have; all may go into one, or under a prefix."""
    odd = outside(result(experiment="bench/sub dir.mod"), result(experiment=""))
    assert sorted(r.experiment for r, _ in records_of(odd, "a", Naming())) == ["bench_sub_dir_mod", "imported"]
    assert next(r.experiment for r, _ in records_of(odd, "a", Naming(prefix="old_"))).startswith("old")
    ((record, _),) = records_of(odd, "a", Naming(into="all"))
    assert [m.test for m in record.measurements] == ["bench/sub dir.mod.test_a", "test_a"]


def test_by_the_command(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder of files of several programs, some of them no results; twice is once; then compared with a night."""
    folder = tmp_path / "theirs"
    (folder / "asv" / "box").mkdir(parents=True)
    asv = {
        "version": 2,
        "commit_hash": "0123abcd",
        "env_name": "py3.11",
        "date": 1_600_000_000_000,
        "params": {"machine": "box"},
        "result_columns": ["result", "params"],
        "results": {"mod.time_a": [[0.25], []], "mod.track_b": [[7], []]},
    }
    (folder / "asv" / "box" / "0123abcd-py3.11.json").write_text(json.dumps(asv))
    (folder / "asv" / "benchmarks.json").write_text("{}")
    one = {"name": "BM_a/8", "run_type": "iteration", "real_time": 3.0, "cpu_time": 2.0, "time_unit": "us"}
    context = {"date": "2026-01-02T03:04:05+00:00", "num_cpus": 2, "executable": "./gb"}
    (folder / "google.json").write_text(json.dumps({"context": context, "benchmarks": [one]}))
    (folder / "notes.json").write_text("[1]")
    (folder / "cut.json").write_text('{"a"')
    for said in ("records: 2 new; 4 measurements written", "records: 2 there already; 0 measurements written"):
        assert main(["import", str(folder), str(home.root)]) == 0
        out = capsys.readouterr().out
        assert said in out
        assert f"left out: {folder / 'notes.json'}: no results that are known" in out
        assert f"left out: {folder / 'cut.json'}: not readable as JSON" in out
    table = Table(home)
    table.refresh()
    rows = table.frame()
    assert sorted(rows["experiment"].unique()) == ["gb", "mod"]
    assert rows[rows["metric"] == "cpu_time"]["value"].iloc[0] == pytest.approx(2e-6)
    assert rows[rows["experiment"] == "mod"]["run_id"].iloc[0].startswith("20200913T122640.")
    assert main(["import", str(folder / "notes.json"), str(home.root)]) == 1
    assert "nothing that can be imported (known: JSON of pytest-benchmark" in capsys.readouterr().err
    assert main(["import", str(tmp_path / "none"), str(home.root)]) == 1
    assert "there is no such file or folder" in capsys.readouterr().err
