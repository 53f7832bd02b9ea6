"""TVM's Benchmark Performance Log Format, schema 0.1: one JSON object a line.

Source: https://tvm.apache.org/docs/arch/benchmark.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from ..files import write_text
from ..history.records import Record, read_record
from ..home import Home

SCHEMA = "0.1"
TIME, SECONDS = "time", "s"
MILLISECONDS = 1e3
ENGINE = "engine"
WORKLOADS = ("network", "model", "workload", "operator", "pattern")  # parameters that name what is run
OURS = "tvm"


def write_tvm_log(home: Home, rows: pd.DataFrame, path: Path) -> int:
    """Every steady time of the rows, which are `Table.frame`'s; return how many entries that is.

    `metrics` has what else was measured of the same case. Raises RecordError where a record cannot be read.
    """
    entries = [json.dumps(entry, ensure_ascii=False, allow_nan=False) for entry in _entries(home, rows)]
    write_text(path, "".join(f"{entry}\n" for entry in entries))
    return len(entries)


def _entries(home: Home, rows: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for (run_id, experiment), of_record in rows.groupby(["run_id", "experiment"], sort=True):
        if not (of_record["metric"] == TIME).any():
            continue
        record = read_record(home.data_file(str(experiment), str(run_id)))
        for _, of_case in of_record.groupby(["test", "params", "variant"], sort=True):
            times = of_case[(of_case["metric"] == TIME) & (of_case["unit"] == SECONDS)]
            for row in times.to_dict("records"):
                yield _entry(record, row, of_case)


def _entry(record: Record, row: Mapping[Any, Any], case: pd.DataFrame) -> dict[str, Any]:
    params = json.loads(row["params"])
    others = case[case["metric"] != TIME]
    return {
        "workload": _workload(row, params),
        "engine": str(params.get(ENGINE, OURS if row["variant"] else row["experiment"])),
        "hardware": _hardware(record.machine),
        "runtime_ms_mean": row["mean"] * MILLISECONDS,
        "runtime_ms_std": row["std"] * MILLISECONDS,
        "timestamp": row["timestamp"].timestamp(),
        "schema_version": SCHEMA,
        "metadata": {"run_id": row["run_id"], "experiment": row["experiment"], "test": row["test"]},
        "workload_args": params,
        "engine_version": "" if pd.isna(row["tvm_hash"]) else row["tvm_hash"],
        "engine_config": {"variant": row["variant"]} if row["variant"] else {},
        "software_config": {"os": record.machine.get("os"), "pip": dict(record.versions)},
        "runtime_config": {"num_cpu_threads": params.get("threads", record.config.get("threads"))},
        "hardware_config": {
            "cpu_count": record.machine.get("cores"),
            "memory_GB": _gigabytes(record.machine.get("memory_bytes")),
            "cpu_model": record.machine.get("cpu_model"),
        },
        "execution_config": {"repeat": int(row["n"])},
        "metrics": {_metric(other): other["value"] for other in others.to_dict("records")},
    }


def _metric(row: Mapping[Any, Any]) -> str:
    """`compile (s)`."""
    return f"{row['metric']} ({row['unit']})" if row["unit"] else str(row["metric"])


def _workload(row: Mapping[Any, Any], params: Mapping[str, Any]) -> str:
    named = [str(params[name]) for name in WORKLOADS if name in params]
    return " ".join(named) or f"{row['experiment']}.{row['test']}"


def _hardware(machine: Mapping[str, Any]) -> str:
    return str(machine.get("host") or machine.get("cpu_model") or machine.get("id") or "")


def _gigabytes(size: Any) -> float | None:
    return round(size / 2**30, 1) if isinstance(size, int | float) else None
