"""Alerts in words: those to act on by experiment, then what is missing, then the improvements."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from pytest_relaybench.detect import Kind
from pytest_relaybench.judging.verdicts import ABSENT, MachineEvent
from pytest_relaybench.render.format import change_text, count_text, day_text, run_time, value_text

from .finding import Alert

MOST_LINES = 20  # of one experiment in one section; alerts.json has all
MOST_EXPERIMENTS = 20


def text_of(
    alerts: Sequence[Alert], before: Collection[str] | None, events: Sequence[tuple[MachineEvent, int]] = ()
) -> str:
    """The report's text; `before` are the keys of the last run's alerts, what is not among them is marked as new.

    `events` are what happened to the machine and is not yet told, each with how many series are no alerts for it.
    """
    worse, broken, missing, better = (
        [alert for alert in alerts if alert.kind == kind]
        for kind in (Kind.SLOWER, Kind.BROKEN, Kind.MISSING, Kind.FASTER)
    )
    sections = (
        ("Alerts for", worse),
        ("Broken in", broken),
        ("Missing from", missing),
        ("Improvements for", better),
    )
    lines = [line for heading, members in sections for line in _section(heading, members, before)]
    machine = [f"Machine: {event.text}{_held(count)}" for event, count in events]
    return "".join(f"{line}\n" for line in [*machine, *lines])


def _held(count: int) -> str:
    return f": {count_text(count, 'change')} of series held back" if count else ""


def _section(heading: str, alerts: Sequence[Alert], before: Collection[str] | None) -> Iterator[str]:
    experiments = [list(members) for _, members in groupby(alerts, key=lambda alert: alert.experiment)]
    for own in experiments[:MOST_EXPERIMENTS]:
        yield f"{heading} {own[0].title}:"
        for alert in own[:MOST_LINES]:
            new = "" if before is None or alert.key in before or not math.isnan(alert.mean) else " (new)"
            yield f"    ({', '.join(alert.path)}): {_told(alert)}{new}"
        if len(own) > MOST_LINES:
            yield f"    and {len(own) - MOST_LINES} more"
    rest = experiments[MOST_EXPERIMENTS:]
    if rest:
        series = count_text(sum(map(len, rest)), "series", "series")
        yield f"{heading} {count_text(len(rest), 'other experiment')}: {series}"


def _told(alert: Alert) -> str:
    if alert.kind in ABSENT and math.isnan(alert.value):
        return f"{alert.reason or 'not measured'}, last {value_text(alert.previous, alert.unit)}"
    if alert.kind == Kind.BROKEN:
        return f"{value_text(alert.value, alert.unit)}, {alert.reason}"
    if not math.isnan(alert.mean):
        return f"{alert.value:.2e} (mean: {alert.mean:.2e} +/- {alert.std:.2e})"
    incident = f" (incident {alert.incident})" if alert.incident else ""
    return f"{value_text(alert.value, alert.unit)}, {alert.kind}{_evidence(alert)}{incident}"


def _evidence(alert: Alert) -> str:
    by = f" by {change_text(alert.ratio)}" if math.isfinite(alert.ratio) else ""
    bounds = f" [{change_text(alert.low)}, {change_text(alert.high)}]" if math.isfinite(alert.low) else ""
    return by + bounds + (f" since {day_text(run_time(alert.since))}" if alert.since else "")
