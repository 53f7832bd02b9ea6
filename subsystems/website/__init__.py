"""The site: what people open in the morning, built from the home's results into plain files."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from pytest_relaybench.config import SubsystemConfig
from pytest_relaybench.dashboard import Dashboard, Report
from pytest_relaybench.render.format import run_time

from .build import DOCS, build
from .kept import keeping
from .source import source_of, write_folder

after = ("deadline", "score", "exp_reports", "stat_alerts", "telemetry", "post_process")

NAME = "website"
SOURCE = "source"


class Config(SubsystemConfig):
    """`H/config/subsystem/website/config.json`."""

    build_timeout_s: float = Field(default=600.0, gt=0, description="seconds before building the site counts as hung")


def run(dashboard: Dashboard, config: Config, output: Path) -> Report | None:
    """Write `output/source` and build it into `output`, whose index.html is the site.

    Only files whose content changed are written; large ones are made anew only where what they follow from changed.
    Raises SubsystemError when MkDocs cannot build it; the site of the run before then stays.
    """
    with keeping(output / SOURCE, output / SOURCE / DOCS) as kept:
        write_folder(output / SOURCE, source_of(dashboard, NAME, kept))
        kept.note()
    build(output / SOURCE, output, when=run_time(dashboard.run_id), timeout_s=config.build_timeout_s)
    return None
