"""A history of ours as asv keeps one: a repository with a commit a night, and its files of results."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

ENVIRONMENT = "virtualenv-py3.11"
# of a row of results, as asv 0.6 writes them; what stands after the last one that is known is left out
COLUMNS = [
    "result", "params", "version", "started_at", "duration", "stats_ci_99_a", "stats_ci_99_b", "stats_q_25",
    "stats_q_75", "stats_number", "stats_repeat", "samples", "profile",
]  # fmt: skip


def write_history(folder: Path, rows: pd.DataFrame, machines: Mapping[str, Mapping[str, Any]]) -> None:
    """Write `asv.conf.json`, the repository and `results` for the table's `rows`: the same values, the same nights.

    A benchmark of asv is a metric of a test of an experiment; its one parameter tells its series apart.
    """
    folder.mkdir(parents=True)
    nights = sorted(rows["run_id"].unique())
    moments = dict(zip(rows["run_id"], rows["timestamp"], strict=True))
    commits = _commit(folder / "repository", [int(moments[night].timestamp()) for night in nights])
    _write(folder / "asv.conf.json", {
        "version": 1, "project": "nights", "project_url": "#", "repo": "repository", "branches": ["main"],
        "environment_type": "virtualenv", "pythons": ["3.11"],
    })  # fmt: skip
    rows = rows.assign(
        benchmark=rows["experiment"] + "." + rows["test"] + "." + rows["metric"],
        case=rows["params"] + " " + rows["variant"],
    )
    cases = {str(name): sorted(found["case"].unique()) for name, found in rows.groupby("benchmark")}
    units = dict(zip(rows["benchmark"], rows["unit"], strict=True))
    benchmarks = {name: _benchmark(name, found, units[name]) for name, found in cases.items()}
    _write(folder / "results" / "benchmarks.json", {**benchmarks, "version": 2})
    for machine in machines.values():
        told = _machine(machine)
        _write(folder / "results" / told["machine"] / "machine.json", {**told, "version": 1})
    commit_of = dict(zip(nights, commits, strict=True))
    for (night, machine), found in rows.groupby(["run_id", "machine"]):
        told = _machine(machines[str(machine)])
        _write_night(folder, commit_of[night], int(moments[night].timestamp()), told, found, cases)


def _commit(repository: Path, times: Sequence[int]) -> list[str]:
    """A commit for each of the times, on `main`; their hashes, oldest first."""
    subprocess.run(["git", "init", "-q", "-b", "main", str(repository)], check=True)
    stream = []
    for mark, moment in enumerate(times, 1):
        stream.append(f"commit refs/heads/main\nmark :{mark}\ncommitter A <a@b> {moment} +0000\ndata 5\nnight\n")
        stream.append(f"M 644 inline night\ndata {len(str(mark))}\n{mark}\n")
    git = ["git", "-C", str(repository)]
    subprocess.run([*git, "fast-import", "--quiet"], input="".join(stream).encode(), check=True)
    told = subprocess.run([*git, "rev-list", "--reverse", "main"], capture_output=True, text=True, check=True)
    return told.stdout.split()


def _benchmark(name: str, cases: Sequence[str], unit: str) -> dict[str, Any]:
    return {
        "code": "", "name": name, "param_names": ["case"], "params": [[repr(case) for case in cases]], "timeout": 60.0,
        "type": "time" if unit == "s" else "track", "unit": "seconds" if unit == "s" else unit,
        "version": _version(name),
        "number": 0, "repeat": 0, "sample_time": 0.01, "warmup_time": -1, "min_run_count": 2, "rounds": 2,
    }  # fmt: skip


def _version(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _machine(machine: Mapping[str, Any]) -> dict[str, str]:
    return {
        "arch": "x86_64", "cpu": machine["cpu_model"], "machine": machine["host"], "num_cpu": str(machine["cores"]),
        "os": machine["os"], "ram": str(machine["memory_bytes"]),
    }  # fmt: skip


def _write_night(  # noqa: PLR0913, PLR0917, all that one file of results tells
    folder: Path,
    commit: str,
    moment: int,
    machine: Mapping[str, str],
    rows: pd.DataFrame,
    cases: Mapping[str, Sequence[str]],
) -> None:
    """The file of results of one night on one machine."""
    values: dict[str, dict[str, Any]] = defaultdict(dict)
    named = ["benchmark", "case", "value", "ci_low", "ci_high", "n"]
    for benchmark, case, *numbers in rows[named].itertuples(index=False, name=None):
        values[benchmark][case] = numbers
    results = {}
    for benchmark, found in values.items():
        known = [found.get(case, (None,) * 4) for case in cases[benchmark]]
        value, low, high, n = (list(column) for column in zip(*known, strict=True))
        params = [[repr(case) for case in cases[benchmark]]]
        row = [value, params, _version(benchmark), moment * 1000, 1.0, low, high, low, high]
        results[benchmark] = [*row, [number and 1 for number in n], n]
    _write(folder / "results" / machine["machine"] / f"{commit[:8]}-{ENVIRONMENT}.json", {
        "commit_hash": commit, "env_name": ENVIRONMENT, "date": moment * 1000,
        "params": {**machine, "python": "3.11"}, "python": "3.11", "requirements": {}, "env_vars": {},
        "result_columns": COLUMNS, "results": results, "durations": {}, "version": 2,
    })  # fmt: skip


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")
