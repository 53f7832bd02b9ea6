"""What a home keeps of its runs beside the values: gates, subsystems, packages, archives, two machines."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pytest_relaybench.archive import archive_name
from pytest_relaybench.files import write_json
from pytest_relaybench.history.records import read_record, write_record
from pytest_relaybench.home import SENTINELS, Home
from pytest_relaybench.raw_storage import raw_name
from tests.subsystems.sample_experiments import ATTACK
from tests.subsystems.sample_home import MACHINE, VERSIONS, run_id_of

OLD_MACHINE = {**MACHINE, "id": "0ld0ld0ld0ld", "host": "bench-0", "cpu_model": "Intel Xeon E5-2650"}
OLD_NIGHTS = 12  # of the sample home were on it
UPDATED = 5  # nights ago TVM was updated
BEFORE = {**VERSIONS, "apache-tvm": "0.26.0", "onnx": "1.17.0"}


def add_records(home: Home, nights: int) -> None:
    """All of it, into a home of so many nights."""
    for night in range(nights):
        run_id = run_id_of(night, nights)
        ago = nights - 1 - night
        change_run(home, run_id, lambda told, ago=ago, night=night: _told(told, ago, night))
        for when, size in (("before", 1_500_000), ("after", 1_600_000)):
            if 0 < ago < 20 or (ago == 0 and when == "before"):
                _file(home.root / "backup" / archive_name(run_id, when), size)
        if ago < 30:
            _file(home.root / "tmp" / raw_name(run_id), 40_000)
        path = home.data_file(SENTINELS, run_id)
        if night < OLD_NIGHTS and path.is_file():
            write_record(path, replace(read_record(path), machine=OLD_MACHINE))


def change_run(home: Home, run_id: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Change what `run.json` of a run says."""
    path = home.run_dir(run_id) / "run.json"
    write_json(path, change(json.loads(path.read_bytes())))


def _told(told: dict[str, Any], ago: int, night: int) -> dict[str, Any]:
    failed = ago == 3
    gate = {"status": "failed" if failed else "passed", "headline": f"2 series are worse {ATTACK}" if failed else "ok"}
    score = {"success": not failed, "message": ATTACK if failed else "success", "duration_s": 0.4}
    subsystems = {"score": score, "website": {"success": True, "message": "success", "duration_s": 9.0}}
    return {
        **told,
        "gate": gate,
        "is_selection": ago == 2,
        "machine": OLD_MACHINE if night < OLD_NIGHTS else MACHINE,
        "versions": {**(VERSIONS if ago < UPDATED else BEFORE)},
        **({"subsystems": subsystems, "verdicts": {"slower": 2, "same": 98}} if ago else {}),
    }


def _file(path: Path, size: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size)


def write_runs(home: Home, last: datetime, count: int, experiments: tuple[str, ...] = ("a", "b")) -> str:
    """Nothing but `run.json` of so many nights up to `last`, every tenth with a failure; the newest one's id."""
    run_id = ""
    for ago in reversed(range(count)):
        begun = (last - timedelta(days=ago)).astimezone(UTC)
        run_id = f"{begun:%Y%m%dT%H%M%S.%f}Z"
        bad = begun.toordinal() % 10 == 0
        home.run_dir(run_id).mkdir(parents=True)
        told = json.dumps(plain_run(begun, run_id, experiments, bad=bad))
        (home.run_dir(run_id) / "run.json").write_text(told, encoding="utf-8")  # no fsync: there are hundreds
    return run_id


def plain_run(begun: datetime, run_id: str, experiments: tuple[str, ...], *, bad: bool) -> dict[str, Any]:
    """As a night leaves it."""
    fine = {"stages": {"setup": "success", "run": "success"}, "message": "", "duration_s": 12.0, "inactive": False}
    failed = {**fine, "stages": {"setup": "success", "run": "failed"}, "message": "1 of 2 tests failed"}
    return {
        "schema": 1,
        "run_id": run_id,
        "start_time": begun.isoformat(),
        "end_time": begun.isoformat(),
        "duration_s": 60.0,
        "seed": begun.toordinal(),
        "order": list(experiments),
        "complete": True,
        "exit_status": int(bad),
        "experiments": {name: failed if bad and name == experiments[0] else fine for name in experiments},
        "gate": None,
        "machine": MACHINE,
        "versions": VERSIONS,
        "subsystems": {},
    }
