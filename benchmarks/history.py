"""How does the cost of history grow? A night's work on the table, and making it anew, at 10^5, 10^6 and 10^7 rows.

    python -m benchmarks.history [--rows 1e5 1e6] [--rebuild 1e5 1e6] [--publish 1e5 1e6] [--asv PATH] [--peer]

Each size is measured in a process of its own, which tells its greatest memory. A night: the records of all experiments
are written, taken into the table, every series is judged, and every experiment's history of a year is read once.
The nights before are put into the table by one statement, with an empty file where each record would be: the table
looks at its size and age only. That detection has looked at them and seen no change is noted likewise, as it is after
any quiet night. `--rebuild` writes real records and makes the table of them. `--publish` makes the site of such a home
by `relaybench site`, for the first time and after one more night, and lets `asv publish` make that of the same values
where it is found, up to 10^6. `--peer` lets `pytest-benchmark compare` read as many results. A list may be empty.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import perf_counter

from benchmarks.asv_history import write_history
from benchmarks.long_home import (
    FIRST,
    MACHINE,
    PER_EXPERIMENT,
    SERIES,
    add_night,
    empty_home,
    fill,
    names_of,
    params,
    record,
    run_id,
    values,
)
from pytest_relaybench.history.records import TestOutcome, write_record
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import Home, open_home
from pytest_relaybench.judging.judge import judge
from pytest_relaybench.judging.tonight import ExperimentTonight, Tonight

MEGABYTE = 2**20
YEAR = timedelta(days=365)
WITH_ASV = 1_000_000  # rows; asv takes minutes for more


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
        names = names_of(series)
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


def spent_by(command: Sequence[str | Path], folder: Path) -> dict[str, float]:
    """Seconds by the clock and of CPU, and the greatest memory of a process of a command that is to succeed."""
    begin = perf_counter()
    with (folder / "said").open("w+b") as said:
        process = subprocess.Popen([str(part) for part in command], cwd=folder, stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        assert not process.returncode, said.read().decode()[-2000:]
    return {"s": perf_counter() - begin, "CPU s": usage.ru_utime + usage.ru_stime, "MiB": usage.ru_maxrss / 1024}


def published(home: Home, series: int, nights: int, asv: str | None) -> dict[str, float]:
    """The site of a history: made for the first time, after one more night, and by `asv publish`."""
    command = [sys.executable, "-m", "pytest_relaybench", "site", home.root]
    found = {}
    for what, night in (("first", nights), ("nightly", nights + 1)):
        add_night(home, series, night)
        found |= {f"{what} {name}": value for name, value in spent_by(command, home.root).items()}
    site = home.subsys_output_dir("website")
    sizes = {path: path.stat().st_size for path in site.rglob("*") if path.is_file() and "source" not in path.parts}
    found["site MB"] = sum(sizes.values()) / 1e6
    found["largest file MB"] = max(sizes.values()) / 1e6
    if asv and series * nights <= WITH_ASV:
        with tempfile.TemporaryDirectory(prefix="relaybench-asv-") as folder:
            write_history(Path(folder) / "asv", Table(home).frame(), {MACHINE["id"]: MACHINE})
            told = spent_by([asv, "publish", "--no-pull"], Path(folder) / "asv")
        found |= {f"asv {name}": value for name, value in told.items()}
        found |= {f"{what} / asv": found[f"{what} CPU s"] / told["CPU s"] for what in ("first", "nightly")}
    return found


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


def one_size(what: str, count: int, asv: str | None) -> dict[str, float]:
    """Measured in this process, whose memory is told."""
    series = SERIES.get(count, 500)
    nights = count // series
    with tempfile.TemporaryDirectory(prefix="relaybench-history-") as folder:
        if what == "peer":
            return peer(Path(folder), series, nights)
        home = empty_home(Path(folder), series)
        if what != "rebuild":
            fill_elsewhere(home, count)
        if what == "publish":
            return published(home, series, nights, asv)
        return WORK[what](home, series, nights)


def fill_elsewhere(home: Home, count: int) -> None:
    """In a process of its own: what filling takes is not what a night takes."""
    command = [sys.executable, "-m", "benchmarks.history", "--fill", str(home.root), "--rows", str(count)]
    subprocess.run(command, check=True)


def in_own_process(what: str, count: int, asv: str | None) -> dict[str, float]:
    """Measure one size in a new process."""
    command = [sys.executable, "-m", "benchmarks.history", "--one", what, "--rows", str(count)]
    command += ["--asv", asv] if asv else []
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(told.splitlines()[-1])
    return found


def grown(value: float, before: float | None) -> str:
    """How many times as much as at the size before."""
    return f" (x{value / before:.1f})" if before else ""


def show(title: str, what: str, counts: Sequence[int], asv: str | None = None) -> None:
    """A table: a line a size, and how each number grew since the size before."""
    print(f"\n{title}")
    before: dict[str, float] = {}
    for count in counts:
        series = SERIES.get(count, 500)
        found = in_own_process(what, count, asv)
        cells = [f"{name} {value:.3g}{grown(value, before.get(name))}" for name, value in found.items()]
        print(f"  {count:>12,} rows, {series} series x {count // series} nights: {'; '.join(cells)}", flush=True)
        before = found


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    size = {"type": lambda text: int(float(text)), "nargs": "*"}
    parser.add_argument("--rows", default=[100_000, 1_000_000, 10_000_000], help="sizes of a night's table", **size)
    parser.add_argument("--rebuild", default=[100_000, 1_000_000], help="sizes of a table made anew", **size)
    parser.add_argument("--publish", default=[100_000, 1_000_000], help="sizes of a published site", **size)
    parser.add_argument("--asv", help="the program, where it is not beside this Python or on the path")
    parser.add_argument("--peer", action="store_true", help="pytest-benchmark's compare at 10^5 results")
    parser.add_argument("--one", choices=(*WORK, "publish", "peer"), help=argparse.SUPPRESS)
    parser.add_argument("--fill", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    beside = shutil.which("asv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if options.fill:
        series = SERIES.get(options.rows[0], 500)
        fill(open_home(options.fill), series, options.rows[0] // series)
    elif options.one:
        print(json.dumps(one_size(options.one, options.rows[0], options.asv)))
    else:
        show("A night on history (seconds; MiB at most)", "night", options.rows)
        show("The table made anew (seconds; MiB at most)", "rebuild", options.rebuild)
        show("The site (MiB at most of a process)", "publish", options.publish, options.asv or beside)
        if options.peer:
            show("pytest-benchmark compare (seconds; MiB at most)", "peer", [100_000])


if __name__ == "__main__":
    main()
