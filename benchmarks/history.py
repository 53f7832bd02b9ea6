"""How does the cost of history grow? A night's work on the table, and making it anew, at 10^5, 10^6 and 10^7 rows.

    python benchmarks/history.py [--rows 1e5 1e6] [--rebuild 1e5 1e6] [--peer]

Each size is measured in a process of its own, which tells its greatest memory. A night: the records of all experiments
are written, taken into the table, every series is judged, and every experiment's history of a year is read once.
The nights before are put into the table by one statement, with an empty file where each record would be: the table
looks at its size and age only. That detection has looked at them and seen no change is noted likewise, as it is after
any quiet night. `--rebuild` writes real records and makes the table of them; `--peer` lets `pytest-benchmark compare`
read as many results.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter

import duckdb
import numpy as np
import pandas as pd

from pytest_relaybench.history.layout import COLUMNS
from pytest_relaybench.history.records import Measurement, Record, TestOutcome, canonical, describe, write_record
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import Home, open_home
from pytest_relaybench.judging.judge import judge
from pytest_relaybench.judging.tonight import ExperimentTonight, Tonight

FIRST = datetime(2016, 1, 1, 3, tzinfo=UTC)
MACHINE = {"id": "5d2f0a1b9c3e", "cpu_model": "A CPU", "kernel": "6.1.0"}
PER_EXPERIMENT = 100  # series
SERIES = {100_000: 500, 1_000_000: 1000, 10_000_000: 5000}
AT_ONCE = 20  # nights that are filled in by one statement
FOLDERS = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"}
MEGABYTE = 2**20
YEAR = timedelta(days=365)


def run_id(night: int) -> str:
    """Of the night counted from 0."""
    return f"{FIRST + timedelta(days=night):%Y%m%dT%H%M%S.%f}Z"


def level(series: int) -> float:
    """Seconds that the series takes on a usual night."""
    return 1e-3 * (1 + series % 97)


def values(series: int, nights: int) -> np.ndarray:
    """Its nights: log-normal noise of 1 %."""
    return level(series) * np.exp(np.random.default_rng(series).normal(0, 0.01, nights))


def params(series: int) -> dict[str, object]:
    """What tells it from the others of its experiment."""
    return {"engine": "relax", "case": series % PER_EXPERIMENT}


def record(experiment: int, night: int) -> Record:
    """What a night leaves of an experiment: a hundred measurements of five samples."""
    moment = (FIRST + timedelta(days=night)).isoformat()
    random = np.random.default_rng([experiment, night])
    measurements = []
    for case in range(PER_EXPERIMENT):
        series = experiment * PER_EXPERIMENT + case
        stats = describe(list(level(series) * np.exp(random.normal(0, 0.01, 5))))
        measurements.append(
            Measurement("test_it", params(series), "time", "s", "lower", stats, stats.min, "installed", f"{night:07x}")
        )
    return Record(
        run_id=run_id(night), timestamp=moment, experiment=f"experiment_{experiment}", title="", start_time=moment,
        end_time=moment, duration_s=60.0, tvm_hash=f"{night:07x}", machine=MACHINE, versions={}, config={}, seed=1,
        position=1, tests=[], measurements=measurements,
    )  # fmt: skip


def empty_home(root: Path) -> Home:
    """A home without a night."""
    (root / "config.json").write_text(json.dumps(FOLDERS))
    return open_home(root)


def fill(home: Home, series: int, nights: int) -> None:
    """Nights that are over: rows in the table, night by night, and a file of each record's name."""
    Table(home).refresh()
    names = [f"experiment_{number}" for number in range(series // PER_EXPERIMENT)]
    nightly = np.stack([values(number, nights) for number in range(series)], axis=1)
    with duckdb.connect(str(home.history_file)) as connection:
        connection.begin()
        for start in range(0, nights, AT_ONCE):
            runs = [run_id(night) for night in range(start, min(start + AT_ONCE, nights))]
            told = pd.DataFrame([(run, name) for run in runs for name in names], columns=["run_id", "experiment"])
            paths = [home.data_file(name, run) for run, name in told.itertuples(index=False)]
            for path in paths:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
            told = told.assign(path=[home.shown(path) for path in paths], machine=MACHINE["id"])
            ages = [path.stat().st_mtime_ns for path in paths]
            insert(connection, "files", told[["path"]].assign(size=0, mtime_ns=ages, problem=""))
            facts = {"fingerprint": "{}", "versions": "{}", "throttled": None, "complete": True}
            insert(connection, "records", told.assign(**facts))
            insert(connection, "measurements", rows(told, nightly[start : start + AT_ONCE].ravel()))
        looked = pd.DataFrame({"experiment": names, "machine": MACHINE["id"], "run_id": run_id(nights - 1)})
        insert(connection, "looked", looked)
        connection.commit()


def rows(told: pd.DataFrame, nightly: np.ndarray) -> pd.DataFrame:
    """All measurements of these records, whose values are `nightly`."""
    frame = told.loc[told.index.repeat(PER_EXPERIMENT)].reset_index(drop=True)
    cases = np.array([canonical(params(case)) for case in range(PER_EXPERIMENT)], dtype=object)
    moments = pd.to_datetime(frame["run_id"], format="%Y%m%dT%H%M%S.%fZ")
    same = {
        "test": "test_it", "metric": "time", "unit": "s", "direction": "lower", "variant": "installed",
        "tvm_hash": "0", "n": 5, "std": 0.0, "derived": False, "note": "", "deterministic": False, "artifact": "",
        "ran_on": "",
    }  # fmt: skip
    numbers = dict.fromkeys(("mean", "median", "min", "max", "ci_low", "ci_high", "value"), nightly)
    frame = frame.assign(timestamp=moments, params=np.tile(cases, len(told)), **same, **numbers)
    return frame[["path", *COLUMNS]]


def insert(connection: duckdb.DuckDBPyConnection, table: str, frame: pd.DataFrame) -> None:
    """By the names of its columns."""
    connection.register("given", frame)
    connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM given")
    connection.unregister("given")


def timed(work: Callable[[], object]) -> float:
    """Wall-clock seconds."""
    begin = perf_counter()
    work()
    return perf_counter() - begin


def peak() -> float:
    """The greatest memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def a_night(home: Home, series: int, nights: int) -> dict[str, float]:
    """Seconds of each part of a night's work on history, and the memory that it took."""
    experiments = series // PER_EXPERIMENT
    for experiment in range(experiments):
        one = record(experiment, nights)
        write_record(home.data_file(one.experiment, one.run_id), one)
    table = Table(home)
    spent = {"take in": timed(table.refresh)}
    cases = [params(case) for case in range(PER_EXPERIMENT)]
    outcomes = [TestOutcome("test_it", "passed", 1.0, "", "test_it", case, "installed") for case in cases]
    tests = {f"experiment_{number}": ExperimentTonight(outcomes) for number in range(experiments)}
    tonight = Tonight(run_id(nights), MACHINE["id"], tests)
    with table.reading():
        spent["judge"] = timed(lambda: judge(table, tonight))
        year_ago = f"{FIRST + timedelta(days=nights) - YEAR:%Y%m%d}"
        names = [f"experiment_{number}" for number in range(experiments)]
        spent["read"] = sum(timed(partial(table.frame, experiment=name, first_run=year_ago)) for name in names)
    spent["MiB"] = peak()
    spent["file MiB"] = home.history_file.stat().st_size / MEGABYTE
    return spent


def rebuilt(home: Home, series: int, nights: int) -> dict[str, float]:
    """Real records, and the table made of them: by one process, and by all."""
    for experiment in range(series // PER_EXPERIMENT):
        for night in range(nights):
            one = record(experiment, night)
            write_record(home.data_file(one.experiment, one.run_id), one)
    table = Table(home)
    cores = len(os.sched_getaffinity(0))
    spent = {"one process": timed(table.rebuild), f"{cores} processes": timed(lambda: table.rebuild(processes=cores))}
    spent["MiB"] = peak()
    return spent


def peer(folder: Path, series: int, nights: int) -> dict[str, float]:
    """Seconds of `pytest-benchmark compare` over the same numbers, which it reads anew each time."""
    for night in range(nights):
        benchmarks = []
        for number in range(series):
            one = float(values(number, night + 1)[-1])
            stats = {
                **dict.fromkeys(("min", "max", "mean", "median", "q1", "q3", "ld15iqr", "hd15iqr", "total"), one),
                **dict.fromkeys(("stddev", "iqr"), 0.0), "rounds": 5, "iterations": 1, "ops": 1 / one,
                "outliers": "0;0", "iqr_outliers": 0, "stddev_outliers": 0,
            }  # fmt: skip
            name = f"test_it[{number}]"
            told = {"name": name, "fullname": f"test_x.py::{name}", "group": None, "params": None, "param": str(number)}
            benchmarks.append({**told, "extra_info": {}, "options": {}, "stats": stats})
        frame = {"machine_info": {}, "commit_info": {}, "datetime": FIRST.isoformat(), "version": "5.0.0"}
        (folder / f"{night:04}_night.json").write_text(json.dumps({**frame, "benchmarks": benchmarks}))
    files = sorted(str(path) for path in folder.glob("*.json"))
    command = [sys.executable, "-m", "pytest_benchmark", "compare", "--columns=min", *files]
    spent = timed(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
    return {"seconds": spent, "MiB": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024}


WORK = {"night": a_night, "rebuild": rebuilt}


def one_size(what: str, count: int) -> dict[str, float]:
    """Measured in this process, whose memory is told."""
    series = SERIES.get(count, 500)
    nights = count // series
    with tempfile.TemporaryDirectory(prefix="relaybench-history-") as folder:
        if what == "peer":
            return peer(Path(folder), series, nights)
        home = empty_home(Path(folder))
        if what == "night":
            fill_elsewhere(home, count)
        return WORK[what](home, series, nights)


def fill_elsewhere(home: Home, count: int) -> None:
    """In a process of its own: what filling takes is not what a night takes."""
    command = [sys.executable, __file__, "--fill", str(home.root), "--rows", str(count)]
    subprocess.run(command, check=True)


def in_own_process(what: str, count: int) -> dict[str, float]:
    """Measure one size in a new process."""
    command = [sys.executable, __file__, "--one", what, "--rows", str(count)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(told.splitlines()[-1])
    return found


def grown(value: float, before: float | None) -> str:
    """How many times as much as at the size before."""
    return f" (x{value / before:.1f})" if before else ""


def show(title: str, what: str, counts: Sequence[int]) -> None:
    """A table: a line a size, and how each number grew since the size before."""
    print(f"\n{title}")
    before: dict[str, float] = {}
    for count in counts:
        series = SERIES.get(count, 500)
        found = in_own_process(what, count)
        cells = [f"{name} {value:.3g}{grown(value, before.get(name))}" for name, value in found.items()]
        print(f"  {count:>12,} rows, {series} series x {count // series} nights: {'; '.join(cells)}", flush=True)
        before = found


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    size = {"type": lambda text: int(float(text)), "nargs": "+"}
    parser.add_argument("--rows", default=[100_000, 1_000_000, 10_000_000], help="sizes of a night's table", **size)
    parser.add_argument("--rebuild", default=[100_000], help="sizes of a table made anew", **size)
    parser.add_argument("--peer", action="store_true", help="pytest-benchmark's compare at 10^5 results")
    parser.add_argument("--one", choices=(*WORK, "peer"), help=argparse.SUPPRESS)
    parser.add_argument("--fill", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fill:
        series = SERIES.get(options.rows[0], 500)
        fill(open_home(options.fill), series, options.rows[0] // series)
    elif options.one:
        print(json.dumps(one_size(options.one, options.rows[0])))
    else:
        show("A night on history (seconds; MiB at most)", "night", options.rows)
        show("The table made anew (seconds; MiB at most)", "rebuild", options.rebuild)
        if options.peer:
            show("pytest-benchmark compare (seconds; MiB at most)", "peer", [100_000])


if __name__ == "__main__":
    main()
