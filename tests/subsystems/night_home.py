"""Homes with given values in given nights, for subsystems that compute: every value is chosen by the test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.files import write_json
from pytest_relaybench.history.records import Measurement, Record, describe, write_record
from pytest_relaybench.history.status import Status, write_status
from pytest_relaybench.history.table import Table
from pytest_relaybench.home import Home, open_home

FIRST = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
MACHINE = {"id": "5d2f0a1b9c3e", "host": "bench-1"}


@dataclass
class NightHome:
    """A home and the night that is being written, counted from 0."""

    home: Home
    night: int = 0
    notify: list[str] = field(default_factory=list)

    @property
    def moment(self) -> datetime:
        """When the night began."""
        return FIRST + timedelta(days=self.night)

    @property
    def run_id(self) -> str:
        """The night's."""
        return f"{self.moment:%Y%m%dT%H%M%S.%f}Z"

    def status(self, experiment: str, stage: str, message: str = "", *, success: bool = True) -> None:
        """Write one stage's status."""
        status = Status(success, message, self.run_id, self.moment.isoformat())
        write_status(self.home.exp_status_dir(experiment) / f"{stage}.json", status)

    def ran(self, experiment: str, measurements: Sequence[Measurement], **config: Any) -> None:
        """The experiment ran to its end tonight with this config and measured these."""
        for stage in ("precheck", "setup", "run", "analysis"):
            self.status(experiment, stage, "ready")
        write_json(self.home.exp_config_file(experiment), {"active": True, **config})
        moment = self.moment.isoformat()
        record = Record(
            run_id=self.run_id, timestamp=moment, experiment=experiment, title=str(config.get("title", "")),
            start_time=moment, end_time=moment, duration_s=1.0, tvm_hash=None, machine=MACHINE, versions={},
            config={"active": True, **config}, seed=0, position=1, tests=[], measurements=measurements,
        )  # fmt: skip
        write_record(self.home.data_file(experiment, self.run_id), record)

    def dashboard(self) -> Dashboard:
        """What subsystems see after tonight."""
        table = Table(self.home)
        table.refresh()
        return Dashboard(self.home, self.run_id, table)


def night_home(root: Path) -> NightHome:
    """An empty home on its first night."""
    write_json(root / "config.json", {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"})
    return NightHome(open_home(root))


def measured(params: Mapping[str, Any], value: float, **more: Any) -> Measurement:
    """One measurement: a time in seconds unless told otherwise."""
    given = {"test": "test_it", "metric": "time", "unit": "s", "direction": "lower", "variant": "installed", **more}
    return Measurement(params=params, stats=describe([value]), value=value, tvm_hash=None, **given)


def times(rows: Iterable[tuple[Mapping[str, Any], float]]) -> list[Measurement]:
    """Times of several series."""
    return [measured(params, value) for params, value in rows]
