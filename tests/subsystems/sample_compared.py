"""A home whose runs differ in every way that a comparison has a word for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from pytest_relaybench.files import write_json
from pytest_relaybench.history.records import Measurement, Record, Telemetry, describe, write_record
from pytest_relaybench.home import Home, open_home

LAST = datetime(2026, 11, 22, 3, 0, 0, 123456, tzinfo=UTC)
MACHINES = {"bench-1": {"id": "5d2f0a1b9c3e", "host": "bench-1", "kernel": "6.1.0"},
            "bench-2": {"id": "a0b1c2d3e4f5", "host": "bench-2", "kernel": "6.8.0"}}  # fmt: skip
NIGHTS = 36
HOT = Telemetry(samples=9, duration_s=9.0, rate_s=1.0, complete=True, throttled=True, missing={})


def compared_run(night: int) -> str:
    """The id of a night, counted from 0."""
    return f"{LAST - timedelta(days=NIGHTS - 1 - night):%Y%m%dT%H%M%S.%f}Z"


def make_compared_home(root: Path) -> Home:
    """36 nights, the 20th on another machine, a new kernel since the 33rd, throttled on the last."""
    write_json(root / "config.json", {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"})
    write_json(root / "config/subsystem/website/config.json", {"active": True})
    home = open_home(root)
    for name in ("kinds", "engines", "lonely"):
        write_json(home.exp_config_file(name), {"active": True})
    for night in range(NIGHTS):
        for name, measured in (("kinds", _kinds(night)), ("engines", _engines(night))):
            _write(home, name, night, measured)
    _write(home, "lonely", NIGHTS - 2, [_one(NIGHTS, "time", 1.0)])
    return home


def _one(night: int, metric: str, value: float, *, noise: float = 0.01, **told: Any) -> Measurement:
    level = value * float(np.exp(np.random.default_rng([night, len(told), *metric.encode()]).normal(0, noise)))
    usual = Measurement("test_run", {"size": 64}, metric, "s", "lower", describe([level]), level, "installed", "0.27.0")
    return replace(usual, **told)


def _kinds(night: int) -> list[Measurement]:
    """One series for each word, and for each reason to say none."""
    last = night == NIGHTS - 1
    exact = {"unit": "B", "deterministic": True, "noise": 0.0}
    found = [
        _one(night, "slower", 1.3 if last else 1.0),
        _one(night, "faster", 0.7 if last else 1.0),
        _one(night, "rate", 0.7 if last else 1.0, direction="higher", unit="FLOP/s"),
        _one(night, "same", 1.0, noise=0.001),
        _one(night, "noisy", 1.0, noise=0.2),
        _one(night, "still", 2.0, noise=0.0),
        _one(night, "neither", 1.5 if last else 1.0, direction="neutral"),
        _one(night, "size", 2000.0 if last else 1999.0, **exact),
        _one(night, "kept_size", 1999.0, **exact),
        _one(night, "shrunk", 10.0 if last else 11.0, **exact),
        _one(night, "count", 3.0 if last else 4.0, **{**exact, "unit": "count", "direction": "neutral"}),
        _one(night, "emptied", 0.0 if last else 1.0, **exact),
        _one(night, "moved", 1000.0 if last else 1.0, unit="ms" if last else "s"),
        _one(night, "difference", -0.5, noise=0.0),
        _one(night, "zero", 0.0 if last else 1.0),
        _one(night, "exact_once", 1.1 if last else 1.0, deterministic=last),
    ]
    if night >= NIGHTS - 6:
        found.append(_one(night, "young", 1.0))
    if night % 5 == 0 or last:
        found.append(_one(night, "weekly", 1.1 if last else 1.0))
    if not last:
        found.append(_one(night, "lost", 1.0))
    return found if not last else [*found, _one(night, "new", 1.0)]


def _engines(night: int) -> list[Measurement]:
    """Three engines on six networks, two builds of which one was renamed, and parameters of every type of JSON."""
    builds = {"installed": "0.27.0", ("git:main" if night < NIGHTS - 1 else "git:fast"): f"{night:040x}"}
    found = [
        _one(night, "time", 0.01 * (1 + place), params={"engine": engine, "network": f"net-{place}"})
        for place in range(6)
        for engine in ("relax", "onnxruntime", "torch")
        if (engine, place) != ("torch", 3)
    ]
    for label, tvm_hash in builds.items():
        for size, half in ((64, True), (64, False), (256, True), (256, False)):
            params = {"size": size, "half": half, "shape": [1, 3], "name": "64"}
            speed = 0.02 if label == "installed" else 0.015
            found.append(_one(night, "time", speed, params=params, variant=label, tvm_hash=tvm_hash, test="test_build"))
    return found


def _write(home: Home, name: str, night: int, measured: list[Measurement]) -> None:
    run_id = compared_run(night)
    moment = (LAST - timedelta(days=NIGHTS - 1 - night)).isoformat()
    machine = dict(MACHINES["bench-2" if night == 20 else "bench-1"])
    if night >= 33:
        machine["kernel"] = "6.2.0"
    record = Record(
        run_id=run_id, timestamp=moment, experiment=name, title=name, start_time=moment, end_time=moment,
        duration_s=1.0, tvm_hash="0.27.0", machine=machine, versions={}, config={}, seed=night, position=1, tests=[],
        measurements=measured, telemetry=HOT if night == NIGHTS - 1 else None,
    )  # fmt: skip
    write_record(home.data_file(name, run_id), record)
    run = {"schema": 1, "run_id": run_id, "timestamp": moment, "start_time": moment, "seed": night, "machine": machine,
           "experiments": {}, "order": []}  # fmt: skip
    write_json(home.run_dir(run_id) / "run.json", run)
