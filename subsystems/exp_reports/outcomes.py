"""How each experiment of a home came out of the night."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.history.status import Status
from pytest_relaybench.render.format import duration_text
from pytest_relaybench.reports.stated import stated

from .verdicts import NO_VERDICTS, Verdicts, verdicts_of

# a failed visualization leaves a summary worth reading: it is told apart
DECISIVE = ("precheck", "setup", "run", "analysis", "summary")
UP_TO_RUN = ("precheck", "setup", "run")

_PLAIN_NAME = re.compile("[a-z0-9][a-z0-9_-]{0,58}[a-z0-9]|[a-z0-9]")


class Kind(StrEnum):
    """What became of an experiment; the value is the word that people read."""

    FINE = "fine"
    FAILED = "failed"
    INACTIVE = "inactive"
    ABSENT = "not in this run"


@dataclass(frozen=True)
class Outcome:
    """One experiment tonight. `duration` is of its run, for a failed one the time until it failed."""

    name: str
    title: str
    kind: Kind
    notify: Sequence[str]
    link: str
    duration: str = ""
    summary: str = ""
    failed_stage: str = ""
    message: str = ""
    drawn: bool = False
    drawing_failed: bool = False
    verdicts: Verdicts = NO_VERDICTS


def outcomes_of(dashboard: Dashboard, site_url: str) -> list[Outcome]:
    """Every experiment that the home configures, by name: the order of a night is another one every night."""
    verdicts = dashboard.verdicts()
    return [
        _outcome(dashboard, name, site_url, verdicts_of(verdicts.of(name)))
        for name in dashboard.home.experiment_names()
    ]


def _outcome(dashboard: Dashboard, name: str, site_url: str, verdicts: Verdicts) -> Outcome:
    said = stated(dashboard.home.exp_config_file(name), name)
    statuses = {stage: s for stage, s in dashboard.statuses(name).items() if s.run_id == dashboard.run_id}
    failed = next((stage for stage in DECISIVE if stage in statuses and not statuses[stage].success), "")
    drawing = statuses.get("visualization")
    summary = _summary(dashboard, name)
    return Outcome(
        name=name,
        title=summary.get("title") or said.title,
        kind=_kind(statuses, failed, active=said.active),
        notify=said.notify,
        link=_link(site_url, name),
        duration=_duration(statuses),
        summary=summary.get("value", ""),
        failed_stage=failed,
        message=statuses[failed].message if failed else "",
        drawn=drawing is not None and drawing.success,
        drawing_failed=drawing is not None and not drawing.success,
        verdicts=verdicts,
    )


def _kind(statuses: Mapping[str, Status], failed: str, *, active: bool) -> Kind:
    if failed:
        return Kind.FAILED
    if "run" in statuses:
        return Kind.FINE
    return Kind.ABSENT if active else Kind.INACTIVE


def _summary(dashboard: Dashboard, name: str) -> dict[str, str]:
    """Title and value of tonight's summary; that of an earlier night is not tonight's news."""
    content = dashboard.summary(name) or {}
    if content.get("run_id") != dashboard.run_id:
        return {}
    return {key: content[key] for key in ("title", "value") if isinstance(content.get(key), str)}


def _duration(statuses: Mapping[str, Status]) -> str:
    run = statuses.get("run")
    if run is not None:
        return duration_text(run.duration_s)
    return duration_text(sum(statuses[stage].duration_s for stage in UP_TO_RUN if stage in statuses))


def _link(site_url: str, name: str) -> str:
    """The experiment's page; a name that is no file's as it stands leads to the site's first page."""
    if not site_url:
        return ""
    page = f"experiments/{name}.html" if _PLAIN_NAME.fullmatch(name) else "index.html"
    return f"{site_url.rstrip('/')}/{page}"
