"""Alerts: which series changed, by the verdicts that the site and the terminal tell, or by the predecessor's rule."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Literal

from pydantic import Field

from pytest_relaybench.config import SubsystemConfig
from pytest_relaybench.dashboard import Dashboard, Done, Report
from pytest_relaybench.history.table import measured_here
from pytest_relaybench.judging.verdicts import NO_VERDICTS

from .finding import OLD_RULE, find
from .keeping import ALERTS_FILE, events_before, kept_damaged, known_before, untold, write_alerts
from .telling import text_of

TITLES = {"verdicts": "Alerts", "1sd": "High SD Alerts"}


class Config(SubsystemConfig):
    """`H/config/subsystem/stat_alerts/config.json`; `notify` is pinged for alerts, too."""

    rule: Literal["verdicts", "1sd"] = Field(
        default="verdicts",
        description='"1sd": what differs from the mean of the past by more than its standard deviation',
    )
    time_window: int = Field(default=0, description='days of the past that "1sd" looks at; less than 1: all')
    metrics: list[str] | None = Field(
        default=None, description='null: all with "verdicts", the main one of each experiment with "1sd"'
    )


def run(dashboard: Dashboard, config: Config, output: Path) -> Report | Done | None:
    """Write `alerts.json` and report what changed; nothing is reported of a night without changes.

    People are pinged for changes for the worse and for missing series, not for improvements; once for each, except by
    the predecessor's rule, whose alerts stand for one night.
    """
    found = find(dashboard, config.rule, config.time_window, config.metrics)
    path = output / ALERTS_FILE
    damage = kept_damaged(path)
    before = known_before(path, dashboard.run_id)
    about = {"run_id": dashboard.run_id, "rule": config.rule, "time_window": config.time_window}
    tell = [alert for alert in found.alerts if not (alert.is_removed and alert.key in (before or {}))]
    verdicts = dashboard.verdicts() if config.rule != OLD_RULE else NO_VERDICTS
    told = events_before(path, dashboard.run_id)
    events = untold(verdicts.events, told, _runs(dashboard) if told else ())
    machine = {"events": [asdict(one) for one in verdicts.events], "events_before": [asdict(one) for one in told]}
    write_alerts(path, found, tell, before, {**about, **machine})
    if not (tell or events):
        return Done(damage, note=damage) if damage else None
    news = [alert for alert in tell if config.rule == OLD_RULE or alert.key not in (before or {})]
    pinged = tuple(config.notify) if any(alert.is_bad and not alert.is_acknowledged for alert in news) else ()
    counted = [(event, int(event.explains(verdicts.frame).sum())) for event in events]
    report = Report(config.title or TITLES[config.rule], text_of(tell, before, counted), pinged)
    return Done(damage, report, note=damage) if damage else report


def _runs(dashboard: Dashboard) -> list[str]:
    """Of this program, oldest first."""
    return sorted(measured_here(dashboard.table.records())["run_id"].unique())
