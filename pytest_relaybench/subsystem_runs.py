"""Running subsystems after the experiments: each alone, each leaving a status."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from .dashboard import Dashboard, Report
from .errors import RelaybenchError, SubsystemError
from .files import write_json
from .history.status import Status, write_status
from .subsystems import Plan, Planned
from .times import clock_text, iso, utc_now

REPORT_SCHEMA = 1


def run_all(dashboard: Dashboard, plan: Plan, note: Callable[[str], None]) -> dict[str, Status]:
    """Run the plan's subsystems in order; return the status of all but the inactive ones.

    What one raises is its status, and the next one runs. `note` is told which one begins. Statuses and reports of
    earlier runs are removed before the first one runs, so that none reads another's stale ones; output folders stay as
    they are. KeyboardInterrupt passes through once the interrupted subsystem has its status.
    """
    statuses = {}
    for entry in plan.entries:
        _forget_last_run(dashboard, entry)
        precheck = _precheck(dashboard, entry)
        write_status(_status_file(dashboard, entry, "precheck"), precheck)
        if not precheck.success:
            statuses[entry.name] = precheck
    running = [entry for entry in plan.entries if entry.runs]
    for number, entry in enumerate(running, 1):
        note(f"subsystem {entry.name} ({number} of {len(running)})")
        statuses[entry.name] = _run(dashboard, entry)
    return statuses


def _status_file(dashboard: Dashboard, entry: Planned, stage: str) -> Path:
    return dashboard.home.subsys_status_dir(entry.name) / f"{stage}.json"


def _report_file(dashboard: Dashboard, entry: Planned) -> Path:
    return dashboard.home.subsys_output_dir(entry.name) / "report.json"


def _forget_last_run(dashboard: Dashboard, entry: Planned) -> None:
    for path in (_status_file(dashboard, entry, "run"), _report_file(dashboard, entry)):
        path.unlink(missing_ok=True)


def _precheck(dashboard: Dashboard, entry: Planned) -> Status:
    message = entry.problem or ("" if entry.runs else "Inactive")
    return Status(not entry.problem, message, dashboard.run_id, iso(utc_now()))


def _run(dashboard: Dashboard, entry: Planned) -> Status:
    start, clock = utc_now(), time.perf_counter()

    def finish(success: bool, message: str, trace: str = "") -> Status:
        duration = time.perf_counter() - clock
        times = {
            "start_time": iso(start),
            "end_time": iso(utc_now()),
            "time_delta": clock_text(duration),
        }
        extra = {**times, "traceback": trace} if trace else times
        status = Status(success, message, dashboard.run_id, iso(start), round(duration, 3), extra)
        write_status(_status_file(dashboard, entry, "run"), status)
        return status

    try:
        _call(dashboard, entry)
    except KeyboardInterrupt:
        finish(False, "Interrupted")
        raise
    except BaseException as error:  # noqa: BLE001  # also sys.exit and pytest.fail: the next subsystem runs
        return finish(False, _told(error, entry), "".join(traceback.format_exception(error)))
    return finish(True, "")


def _call(dashboard: Dashboard, entry: Planned) -> None:
    assert entry.subsystem is not None
    output = dashboard.home.subsys_output_dir(entry.name)
    output.mkdir(parents=True, exist_ok=True)
    report = entry.subsystem.run(dashboard, entry.config, output)
    if report is None:
        return
    if not (isinstance(report, Report) and isinstance(report.title, str) and isinstance(report.value, str)):
        raise SubsystemError(f"run returned {report!r}, which is neither a Report of two texts nor None")
    content = {"schema": REPORT_SCHEMA, **asdict(report), "run_id": dashboard.run_id}
    write_json(_report_file(dashboard, entry), content)


def _told(error: BaseException, entry: Planned) -> str:
    """The error in one line, with the place in the subsystem's own files where it came from."""
    first_line = (str(error).strip().splitlines() or [""])[0]
    if isinstance(error, RelaybenchError):
        return first_line
    name = type(error).__name__
    return f"{name}: {first_line}{_place(error, entry)}" if first_line else f"{name}{_place(error, entry)}"


def _place(error: BaseException, entry: Planned) -> str:
    """The innermost frame in the subsystem's own code, else the innermost of all."""
    assert entry.subsystem is not None
    source = Path(entry.subsystem.source)
    own = source.parent if source.name == "__init__.py" else source
    frames = list(traceback.extract_tb(error.__traceback__))
    chosen = [frame for frame in frames if Path(frame.filename).is_relative_to(own)] or frames[-1:]
    return f" ({Path(chosen[-1].filename).name}:{chosen[-1].lineno} in {chosen[-1].name})" if chosen else ""
