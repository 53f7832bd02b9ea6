"""What subsystems see of a home: one run, the statuses, the summaries, the table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from .errors import RecordError
from .files import json_object, read_json
from .history.layout import machine_of
from .history.records import Record, read_record
from .history.status import Status, read_status
from .history.table import Table
from .home import STAGES, Home
from .judging.judge import judge
from .judging.keeping import read_verdicts
from .judging.tonight import tonight_of
from .judging.verdicts import Verdicts
from .machine import is_of_other_program
from .subsystem_order import canonical_name

REPORT_SCHEMA = 1
REPORT_FILE = "report.json"


@dataclass(frozen=True)
class Report:
    """What a subsystem wants told, and who is to be pinged because of it: `report.json` in its output folder."""

    title: str
    value: str
    notify: tuple[str, ...] = ()


@dataclass(frozen=True)
class Done:
    """A success that says something in its status: that there was nothing to do, or what went wrong in a part of it.

    `note` is a line for the terminal, under the night's notes: what somebody should do something about.
    """

    message: str
    report: Report | None = None
    note: str = ""


def read_report(path: Path) -> Report | None:
    """The report in `path`, None when there is none; raises RecordError, naming the file, when it is no report."""
    try:
        content = read_json(path)
        title, value, notify = content["title"], content["value"], content.get("notify", [])
    except FileNotFoundError:
        return None
    except (KeyError, TypeError, AttributeError):
        raise RecordError(f"{path}: not a report: title or value is missing") from None
    except (OSError, ValueError) as error:
        raise RecordError(f"{path}: not a readable report: {str(error).splitlines()[0]}") from error
    if not (isinstance(title, str) and isinstance(value, str)):
        raise RecordError(f"{path}: not a report: title and value are texts")
    if not (isinstance(notify, list) and all(isinstance(name, str) for name in notify)):
        raise RecordError(f"{path}: not a report: notify is a list of texts")
    return Report(title, value, tuple(notify))


@dataclass(frozen=True)
class Dashboard:
    """A home after the experiments of the run `run_id`; the table is up to date with its records."""

    home: Home
    run_id: str
    table: Table

    def statuses(self, experiment: str) -> dict[str, Status]:
        """Stage → status, in the order of the stages; a stage that has not run or whose status is damaged is absent."""
        found = {}
        for stage in STAGES:
            try:
                status = read_status(self.home.exp_status_dir(experiment) / f"{stage}.json")
            except RecordError:
                continue
            if status is not None:
                found[stage] = status
        return found

    def failed_stage(self, experiment: str) -> tuple[str, Status] | None:
        """The first stage that failed, with its status; None when none did."""
        return next(((stage, s) for stage, s in self.statuses(experiment).items() if not s.success), None)

    def summary(self, experiment: str) -> dict[str, Any] | None:
        """`summary.json` of the experiment, None when there is no readable one."""
        return json_object(self.home.exp_summary_dir(experiment) / "summary.json")

    def graphs(self, experiment: str) -> list[Path]:
        """The experiment's pictures, sorted by path."""
        folder = self.home.exp_graph_dir(experiment)
        return sorted(path for path in folder.rglob("*") if path.suffix in (".png", ".svg", ".jpg"))

    def record_files(self, experiment: str) -> list[Path]:
        """All record files of the experiment, oldest first."""
        return sorted(self.home.exp_data_dir(experiment).glob("data_*.json"), key=lambda path: path.name)

    def newest_record(self, experiment: str) -> Record | None:
        """The newest readable record, None when there is none; an imported one only where nothing was measured here."""
        newest: Record | None = None
        for path in reversed(self.record_files(experiment)):
            try:
                record = read_record(path)
            except RecordError:
                continue
            if not is_of_other_program(machine_of(record)):
                return record
            newest = newest or record
        return newest

    def report(self, subsystem: str) -> Report | None:
        """What the subsystem reports tonight, None when nothing; raises RecordError when its file is no report.

        It is found by its name of today and by a former one, whichever of them the home uses.
        """
        wanted = canonical_name(subsystem)
        names = [name for name in self.home.subsystem_names() if canonical_name(name) == wanted]
        found = (read_report(self.home.subsys_output_dir(name) / REPORT_FILE) for name in names or [subsystem])
        return next((report for report in found if report is not None), None)

    def verdicts(self) -> Verdicts:
        """The verdicts of this run; judged now where the run left none."""
        return self._judged

    @cached_property
    def _judged(self) -> Verdicts:
        found = read_verdicts(self.home, self.run_id)
        return found or judge(self.table, tonight_of(self.home, self.run_id))

    def run(self) -> dict[str, Any]:
        """`run.json` of this run: order, seed, times, stages; empty when there is no readable one."""
        return json_object(self.home.run_dir(self.run_id) / "run.json") or {}
