"""How the subsystems of the newest run ended, and what they reported."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_relaybench.dashboard import Dashboard, Report
from pytest_relaybench.errors import RecordError
from pytest_relaybench.history.status import Status, read_status
from pytest_relaybench.home import Home
from pytest_relaybench.prerequisites import INACTIVE
from pytest_relaybench.render.format import count_text
from pytest_relaybench.reports.stated import stated
from pytest_relaybench.subsystem_order import canonical_name

UNREADABLE = "its status cannot be read"


@dataclass(frozen=True)
class SubsystemNote:
    """One subsystem: its outcome in a word, and the style of that word; `current` tells that it is of this run."""

    name: str
    word: str
    kind: str
    run_id: str
    current: bool
    message: str = ""
    duration_s: float | None = None
    report: Report | None = None

    @property
    def canonical(self) -> str:
        """Its name of today."""
        return canonical_name(self.name)

    @property
    def failed(self) -> bool:
        """Whether it failed, or nobody can tell."""
        return self.kind == "failed"


def subsystems_of(dashboard: Dashboard, own_name: str) -> list[SubsystemNote]:
    """Every configured subsystem that a run had, but the one that asks: its own end is not known yet."""
    notes = (_note(dashboard, name) for name in dashboard.home.subsystem_names() if name != own_name)
    return [note for note in notes if note is not None]


def note_of(notes: Iterable[SubsystemNote], name: str) -> SubsystemNote | None:
    """The note on the subsystem that is called `name` today."""
    return next((note for note in notes if note.canonical == name), None)


def counted(notes: Sequence[SubsystemNote]) -> str:
    """How many there are and which failed: `8 subsystems, 1 failed: score`."""
    failed = [note.name for note in notes if note.failed]
    told = f", {len(failed)} failed: {', '.join(failed)}" if failed else ""
    return f"{count_text(len(notes), 'subsystem')}{told}"


def output_of(home: Home, name: str) -> Path | None:
    """The output folder of the subsystem that is called `name` today, None when the home does not have it active."""
    own = next((one for one in home.subsystem_names() if canonical_name(one) == name), None)
    if own is None or not stated(home.subsys_config_file(own), own).active:
        return None
    return home.subsys_output_dir(own)


def _note(dashboard: Dashboard, name: str) -> SubsystemNote | None:
    folder = dashboard.home.subsys_status_dir(name)
    try:
        precheck, ran = (read_status(folder / f"{stage}.json") for stage in ("precheck", "run"))
    except RecordError:
        return SubsystemNote(name, "failed", "failed", dashboard.run_id, current=True, message=UNREADABLE)
    status = max(filter(None, (precheck, ran)), key=lambda s: (s.run_id, not s.success, s is ran), default=None)
    if status is None:
        return None
    current = status.run_id == dashboard.run_id
    word, kind = _outcome(status, is_over=status is ran, current=current)
    message = "" if status is precheck and status.success else status.message
    took = status.duration_s if status is ran else None
    report = _report(dashboard, name) if status is ran else None
    return SubsystemNote(name, word, kind, status.run_id, current, message, took, report)


def _outcome(status: Status, *, is_over: bool, current: bool) -> tuple[str, str]:
    if not status.success:
        return "failed", "failed"
    if is_over:
        return "success", "fine"
    if status.message == INACTIVE:
        return "inactive", "inactive"
    return ("runs after the site", "unsure") if current else ("did not end", "absent")


def _report(dashboard: Dashboard, name: str) -> Report | None:
    """What it left to be told; that it is no report, its status tells."""
    try:
        return dashboard.report(name)
    except RecordError:
        return None
