"""How much time is left until the deadlines that a config names, and a call to who should hurry."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from pydantic import Field

from pytest_relaybench.dashboard import Dashboard, Done
from pytest_relaybench.files import write_json
from pytest_relaybench.render.format import date_text, run_time
from pytest_relaybench.reports.settings import ReportConfig
from pytest_relaybench.reports.telling import tell
from pytest_relaybench.times import utc_now

from .dates import Deadline
from .message import upcoming

TITLE = "Deadlines"
FILE = "deadlines.json"


class Config(ReportConfig):
    """`H/config/subsystem/deadline/config.json`."""

    deadlines: dict[str, Deadline] = Field(default_factory=dict, description="name → date, zone, and whom to ping")


def run(dashboard: Dashboard, config: Config, output: Path) -> Done:
    """Send the deadlines that are still to come; write all of them to `output/deadlines.json`, soonest first."""
    ordered = dict(sorted(config.deadlines.items(), key=lambda item: (item[1].moment, item[0])))
    content = [
        {"name": name, "date_iso": deadline.moment.isoformat(), "ping": deadline.ping}
        for name, deadline in ordered.items()
    ]
    message = upcoming(ordered, utc_now(), date_text(run_time(dashboard.run_id)), config)
    nothing = "All deadlines elapsed" if ordered else "No deadlines to report"
    files = partial(write_json, output / FILE, content)
    return tell(dashboard, config, output, config.title or TITLE, message or nothing, files=files)
