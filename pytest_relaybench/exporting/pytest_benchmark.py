"""One run as pytest-benchmark would have saved it, for `pytest-benchmark compare` and whatever else reads its files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from pytest_benchmark.stats import Stats

from ..errors import RecordError
from ..files import write_json
from ..history.records import Record, read_record
from ..home import Home
from ..raw_storage import raw_of

TIME, SECONDS = "time", "s"
CASE = ["experiment", "test", "params", "variant"]
VERSION = "5.0.0"  # of the layout
COMMIT_FACTS = {"time": None, "author_time": None, "dirty": False, "project": "", "branch": ""}


def write_pytest_benchmark(home: Home, rows: pd.DataFrame, path: Path) -> tuple[int, int]:
    """Write the steady times of the rows, which are of one run; how many that is, and how many had to be left out.

    Its statistics are made of the raw samples, by its own code: a case whose samples are gone is left out. Raises
    RecordError where the run has no readable samples or records, or nothing is left.
    """
    times = rows[(rows["metric"] == TIME) & (rows["unit"] == SECONDS)]
    if times.empty:
        raise RecordError("there is no time in this run, and pytest-benchmark knows nothing else")
    run_id = str(times["run_id"].iloc[0])
    raw = raw_of(home, run_id)
    samples = {key: list(found["value"]) for key, found in raw[raw["metric"] == TIME].groupby(CASE)}
    record = read_record(home.data_file(str(times["experiment"].iloc[0]), run_id))
    benchmarks = [_benchmark(row, samples[key]) for row in times.to_dict("records") if (key := _key(row)) in samples]
    if not benchmarks:
        raise RecordError(f"{home.raw_samples.shown('')}: no sample of run {run_id} is left")
    write_json(path, {**_frame(record), "benchmarks": benchmarks, "datetime": record.timestamp, "version": VERSION})
    return len(benchmarks), len(times) - len(benchmarks)


def _key(row: Mapping[Any, Any]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in CASE)


def _benchmark(row: Mapping[Any, Any], samples: list[float]) -> dict[str, Any]:
    params = json.loads(row["params"])
    identity = "-".join(str(value) for value in params.values())
    name = f"{row['test']}[{identity}]" if identity else row["test"]
    stats: Any = Stats()  # type: ignore[no-untyped-call]  # it has no types
    for sample in samples:
        stats.update(sample)
    told = {field: getattr(stats, field) for field in Stats.fields}
    return {
        "group": None,
        "name": name,
        "fullname": f"bench/test_{row['experiment']}.py::{name}",
        "params": params or None,
        "param": identity or None,
        "extra_info": {"variant": row["variant"], "tvm_hash": None if pd.isna(row["tvm_hash"]) else row["tvm_hash"]},
        "options": {"disable_gc": True, "timer": "perf_counter", "min_rounds": len(samples), "warmup": True},
        "stats": {**told, "iterations": 1, "data": samples},
    }


def _frame(record: Record) -> dict[str, Any]:
    machine = record.machine
    commit = {"id": record.tvm_hash or "unversioned", **COMMIT_FACTS}
    return {
        "machine_info": {
            "node": machine.get("host", ""),
            "processor": "",
            "machine": "",
            "python_implementation": "CPython",
            "python_version": machine.get("python", ""),
            "system": "Linux",
            "release": machine.get("kernel", ""),
            "cpu": {"brand_raw": machine.get("cpu_model", ""), "count": machine.get("cores", 0)},
        },
        "commit_info": commit,
    }
