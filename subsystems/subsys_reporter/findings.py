"""How the subsystems of tonight ended, and what they left to be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_relaybench.dashboard import Dashboard, Report
from pytest_relaybench.errors import RecordError
from pytest_relaybench.history.status import Status, read_status
from pytest_relaybench.reports.stated import stated


@dataclass(frozen=True)
class Finding:
    """One subsystem. `failure` is empty when it succeeded; `unreadable` tells that its report is none."""

    name: str
    notify: Sequence[str]
    failure: str = ""
    unreadable: bool = False
    report: Report | None = None


def findings_of(dashboard: Dashboard, own_name: str) -> list[Finding]:
    """The subsystems that ended before the one that asks, by name.

    One that has no status of this run is still to run, or does not run: neither is a failure.
    """
    found = (_finding(dashboard, name) for name in dashboard.home.subsystem_names() if name != own_name)
    return [finding for finding in found if finding is not None]


def _finding(dashboard: Dashboard, name: str) -> Finding | None:
    said = stated(dashboard.home.subsys_config_file(name), name)
    if not said.active:
        return None
    try:
        status = _status(dashboard, name)
    except RecordError:
        return Finding(name, said.notify, failure="its status cannot be read")
    if status is None:
        return None
    failure = "" if status.success else status.message or "it says nothing"
    try:
        return Finding(name, said.notify, failure, report=dashboard.report(name))
    except RecordError:
        return Finding(name, said.notify, failure, unreadable=not failure)  # else the failure tells it


def _status(dashboard: Dashboard, name: str) -> Status | None:
    """Tonight's status of its run, or of its precheck where that failed."""
    folder = dashboard.home.subsys_status_dir(name)
    precheck, ran = (read_status(folder / f"{stage}.json") for stage in ("precheck", "run"))
    if precheck is not None and precheck.run_id == dashboard.run_id and not precheck.success:
        return precheck
    return ran if ran is not None and ran.run_id == dashboard.run_id else None
