"""What subsystems and incidents leave for the site to tell, beside what it tells of the experiments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.incidents import Incident, Incidents, read_incidents
from pytest_relaybench.render.format import run_time

from .deadlines import Due, deadlines_of
from .feeds import Feeds, feeds_of
from .figures import Figure, figures_of
from .machines.machine import Machine, machines_of
from .nights import Night
from .scores import Score, scores_of
from .subsystems import SubsystemNote, counted, note_of, output_of, subsystems_of
from .waiting import waiting_of

REPORT_PLACES = {"stat_alerts": "#alerts", "telemetry": "#experiments"}  # above the experiments, and beside each


@dataclass(frozen=True)
class Told:
    """All of it; what a subsystem left that this home no longer has active is not among it."""

    subsystems: Sequence[SubsystemNote]
    deadlines: Sequence[Due]
    scores: Sequence[Score]
    figures: Sequence[Figure]
    feeds: Feeds
    incidents: Incidents
    machines: Sequence[Machine]  # the one that ran last first

    @property
    def subsystems_line(self) -> str:
        """How many there are and which failed."""
        return counted(self.subsystems)

    @property
    def alerts(self) -> SubsystemNote | None:
        """How `stat_alerts` ended."""
        return note_of(self.subsystems, "stat_alerts")

    @property
    def drawing(self) -> SubsystemNote | None:
        """How `post_process` ended."""
        return note_of(self.subsystems, "post_process")

    @property
    def scoring(self) -> SubsystemNote | None:
        """How `score` ended."""
        return note_of(self.subsystems, "score")

    @property
    def waiting(self) -> list[Incident]:
        """The incidents that somebody should look at."""
        return waiting_of(self.incidents)

    def report_place(self, note: SubsystemNote) -> str:
        """Where on the site a report is told; empty where the list of subsystems tells it."""
        if note.canonical == "score":
            return "scores.html" if self.scores else ""
        return REPORT_PLACES.get(note.canonical, "") if note.current else ""


def told_of(dashboard: Dashboard, own_name: str, nights: Sequence[Night]) -> Told:
    """What the subsystems left in the home by the time the one named `own_name` runs; `nights` are all its runs."""
    home = dashboard.home
    incidents = read_incidents(home)
    return Told(
        subsystems=subsystems_of(dashboard, own_name),
        deadlines=deadlines_of(output_of(home, "deadline"), run_time(dashboard.run_id)),
        scores=scores_of(output_of(home, "score")),
        figures=figures_of(output_of(home, "post_process")),
        feeds=feeds_of(output_of(home, "exp_reports")),
        incidents=incidents,
        machines=machines_of(dashboard, nights, incidents),
    )
