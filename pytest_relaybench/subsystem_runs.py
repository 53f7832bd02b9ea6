"""Running subsystems after the experiments: each alone, each leaving a status."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .dashboard import REPORT_FILE, REPORT_SCHEMA, Dashboard, Report, read_report
from .errors import RecordError
from .files import write_json
from .history.status import Status, write_status
from .prerequisites import left_out, unmet
from .subsystem_call import Called, call
from .subsystem_child import SubsystemWorker
from .subsystems import Plan, Planned
from .times import clock_text, iso, utc_now


class InterruptedSubsystemError(KeyboardInterrupt):
    """Somebody ended the night during a subsystem: the message names it; `statuses` are those of all."""

    def __init__(self, message: str, statuses: dict[str, Status]) -> None:
        super().__init__(message)
        self.statuses = statuses


def run_all(dashboard: Dashboard, plan: Plan, note: Callable[[str], None]) -> dict[str, Status]:
    """Run the plan's subsystems in order; return the status of all but the inactive ones.

    What one raises is its status, and the next one runs; so it is with one that hangs or crashes. `note` is told which
    one begins. Statuses and reports of earlier runs are removed before the first one runs, so that none reads another's
    stale ones; output folders stay as they are. Ctrl-C is raised as InterruptedSubsystemError once the interrupted
    subsystem and those after it have their statuses.
    """
    statuses: dict[str, Status] = {}
    for entry in plan.entries:
        _forget_last_run(dashboard, entry)
        precheck = _kept(dashboard, entry, "precheck", _precheck(dashboard, entry))
        if not precheck.success:
            statuses[entry.name] = precheck
    running = [entry for entry in plan.entries if entry.runs]
    with SubsystemWorker(dashboard, note) as worker:
        for number, entry in enumerate(running, 1):
            note(f"subsystem {entry.name} ({number} of {len(running)})")
            try:
                if _runs_apart(entry):
                    worker.prepare()
                statuses[entry.name] = _run(dashboard, entry, worker)
            except KeyboardInterrupt:
                statuses |= _broken_off(dashboard, running[number - 1 :])
                told = f"in subsystem {entry.name}, {len(running) - number} left"
                raise InterruptedSubsystemError(told, statuses) from None
    return statuses


def _broken_off(dashboard: Dashboard, entries: Sequence[Planned]) -> dict[str, Status]:
    """Statuses of the interrupted subsystem, which is the first, and of those that do not run because of it."""
    now, first = iso(utc_now()), entries[0].name
    statuses = {}
    for entry in entries:
        message = "Interrupted" if entry is entries[0] else f"not run: interrupted in subsystem {first}"
        statuses[entry.name] = _kept(dashboard, entry, "run", Status(False, message, dashboard.run_id, now))
    return statuses


def _status_file(dashboard: Dashboard, entry: Planned, stage: str) -> Path:
    return dashboard.home.subsys_status_dir(entry.name) / f"{stage}.json"


def _kept(dashboard: Dashboard, entry: Planned, stage: str, status: Status) -> Status:
    """Write a status; one that cannot be written is a failed one, told tonight, and holds no other up."""
    try:
        write_status(_status_file(dashboard, entry, stage), status)
    except OSError as error:
        said = f"{status.message}; its" if status.message else "its"
        message = f"{said} status cannot be written: {_relative(dashboard, str(error))}"
        return dataclasses.replace(status, success=False, message=message)
    return status


def _report_file(dashboard: Dashboard, entry: Planned) -> Path:
    return dashboard.home.subsys_output_dir(entry.name) / REPORT_FILE


def _forget_last_run(dashboard: Dashboard, entry: Planned) -> None:
    for path in (_status_file(dashboard, entry, "run"), _report_file(dashboard, entry)):
        with contextlib.suppress(OSError):  # a folder in its place is told of when the subsystem has run
            path.unlink()


def _precheck(dashboard: Dashboard, entry: Planned) -> Status:
    message = entry.problem or ("" if entry.runs else "Inactive")
    return Status(not entry.problem, message, dashboard.run_id, iso(utc_now()))


def _run(dashboard: Dashboard, entry: Planned, worker: SubsystemWorker) -> Status:
    start, clock = utc_now(), time.perf_counter()
    called = _called(dashboard, entry, worker)
    if called.interrupted:
        raise KeyboardInterrupt
    duration = time.perf_counter() - clock
    times = {"start_time": iso(start), "end_time": iso(utc_now()), "time_delta": clock_text(duration)}
    extra = {**times, **_evidence(entry, called)}
    status = Status(called.success, called.message, dashboard.run_id, iso(start), round(duration, 3), extra)
    return _kept(dashboard, entry, "run", status)


def _evidence(entry: Planned, called: Called) -> dict[str, Any]:
    """What a subsystem wants noted; of a failed one what helps whoever mends it, and who that is."""
    if called.success:
        return {"note": called.note} if called.note else {}
    notify = list(entry.config.notify) if entry.config else []
    found = {"traceback": called.traceback, "output": called.output, "notify": notify}
    return {key: value for key, value in found.items() if value}


def _called(dashboard: Dashboard, entry: Planned, worker: SubsystemWorker) -> Called:
    """The call with everything around it: requirements before, the report after."""
    assert entry.subsystem is not None
    assert entry.config is not None
    absent = left_out(dashboard, entry.subsystem.requires)
    if absent:
        return Called(success=True, message=f"Nothing to do: not part of this run: {', '.join(absent)}")
    told = unmet(dashboard, entry.subsystem.requires)
    if told is not None:
        return Called(success=False, message=told)
    output = dashboard.home.subsys_output_dir(entry.name)
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return Called(success=False, message=f"no folder for its output: {_relative(dashboard, str(error))}")
    called = worker.run(entry) if _runs_apart(entry) else call(entry.subsystem, dashboard, entry.config, output)
    if not called.success:
        return called
    try:
        _keep_report(dashboard, entry, called.report)
    except (RecordError, OSError) as error:
        return dataclasses.replace(called, success=False, message=_relative(dashboard, str(error)))
    return called


def _runs_apart(entry: Planned) -> bool:
    """Whether another process can load it."""
    return entry.subsystem is not None and entry.subsystem.origin is not None


def _relative(dashboard: Dashboard, message: str) -> str:
    """The message with paths as they are within the home."""
    return message.replace(f"{dashboard.home.root}/", "")


def _keep_report(dashboard: Dashboard, entry: Planned, report: Report | None) -> None:
    """Write what `run` returned, or check what it has written itself; raises RecordError when that is no report."""
    path = _report_file(dashboard, entry)
    if report is None:
        read_report(path)
        return
    content = {"schema": REPORT_SCHEMA, "title": report.title, "value": report.value, "notify": list(report.notify)}
    write_json(path, {**content, "run_id": dashboard.run_id})
