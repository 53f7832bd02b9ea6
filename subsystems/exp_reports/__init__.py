"""What the night's experiments came to, told where people are: Slack, e-mail, feeds, a file."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from pydantic import Field

from pytest_relaybench.dashboard import Dashboard, Done
from pytest_relaybench.render.format import day_text, parse_time, run_time
from pytest_relaybench.reports.feeds import item_of, write_feeds
from pytest_relaybench.reports.settings import ReportConfig
from pytest_relaybench.reports.telling import is_silent, tell
from pytest_relaybench.times import iso, utc_now

from .message import counts_text, message_of
from .outcomes import outcomes_of
from .pictures import pictures_of

TITLE = "Experiments"


class Config(ReportConfig):
    """`H/config/subsystem/exp_reports/config.json`."""

    report_images: bool = Field(default=False, description="post each experiment's graphs, too, in a thread of its own")
    images_most: int = Field(default=10, ge=1, description="graphs of one experiment to post at most")
    feed_nights: int = Field(default=30, ge=1, description="nights in feed.json and atom.xml")


def run(dashboard: Dashboard, config: Config, output: Path) -> Done:
    """Write tonight into `output/feed.json` and `output/atom.xml`, and send the report."""
    outcomes = outcomes_of(dashboard, config.site_url)
    pictures = pictures_of(dashboard, outcomes, config.images_most) if config.report_images else ()
    message = message_of(dashboard, outcomes, config, pictures)
    began = run_time(dashboard.run_id) or parse_time(dashboard.run().get("start_time")) or utc_now()
    headline = f"{day_text(began)}: {counts_text(outcomes)}"
    item = item_of(message, dashboard.run_id, iso(began), headline)
    feeds = partial(write_feeds, output, dashboard.home.config.title, item, config.feed_nights, config.site_url)
    files = None if is_silent(dashboard, config) else feeds
    return tell(dashboard, config, output, config.title or TITLE, message, files=files)
