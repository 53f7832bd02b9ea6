"""What the other subsystems reported, and which of them failed."""

from __future__ import annotations

from pathlib import Path

from pytest_relaybench.dashboard import Dashboard, Done
from pytest_relaybench.render.format import date_text, run_time
from pytest_relaybench.reports.settings import ReportConfig
from pytest_relaybench.reports.telling import tell

from .findings import findings_of
from .message import message_of

after = ("*",)

TITLE = "Subsystems"


class Config(ReportConfig):
    """`H/config/subsystem/subsys_reporter/config.json`."""


def run(dashboard: Dashboard, config: Config, output: Path) -> Done:
    """Send the reports of the subsystems that ran before this one tonight."""
    findings = findings_of(dashboard, output.name)
    message = message_of(findings, date_text(run_time(dashboard.run_id)), config)
    return tell(dashboard, config, output, config.title or TITLE, message or "Nothing to report")
