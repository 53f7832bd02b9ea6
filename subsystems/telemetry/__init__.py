"""Telemetry: what the machine did while each experiment ran, as pictures beside the experiment's own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from pytest_relaybench.config import SubsystemConfig
from pytest_relaybench.dashboard import Dashboard, Done, Report
from pytest_relaybench.errors import SubsystemError
from pytest_relaybench.render.format import count_text

from .sampled import Sampled, forget_old, sampled_tonight

MOST_NAMED = 5  # experiments in a text for people; the site and the records tell of all
FOLDER = "telemetry"  # below an experiment's graphs


class Config(SubsystemConfig):
    """`H/config/subsystem/telemetry/config.json`."""

    runs_kept: int = Field(default=30, ge=1, description="newest runs of each experiment whose samples are kept")


def run(dashboard: Dashboard, config: Config, output: Path) -> Done:  # noqa: ARG001, its pictures are the experiments'
    """Draw `graph/EXP/telemetry/TOPIC.png` for every experiment of the run, and remove samples of old runs.

    An experiment that nobody watched is fine, and named. What cannot be drawn of one keeps no other from its
    pictures; SubsystemError names all such at the end. There is a report when the machine disturbed an experiment.
    """
    # matplotlib takes 1.5 s, and checking a config draws nothing
    from .pictures import draw_topics  # noqa: PLC0415

    sampled = sampled_tonight(dashboard)
    errors = []
    for entry in sampled:
        try:
            draw_topics(entry, dashboard.home.exp_graph_dir(entry.experiment) / FOLDER)
        except (OSError, ValueError) as error:
            errors.append(f"{entry.experiment}: {error}")
    forget_old(dashboard.home, config.runs_kept)
    if errors:
        raise SubsystemError(f"telemetry could not be drawn of {'; '.join(errors)}")
    disturbed = [told for entry in sampled if (told := entry.disturbance())]
    worst_first = [told.text for told in sorted(disturbed, key=lambda told: -told.strength)]
    report = Report(config.title or "Telemetry", "\n".join(_first(worst_first))) if disturbed else None
    return Done(_told(sampled), report)


def _first(lines: Sequence[str]) -> list[str]:
    """The first few, and how many more there are."""
    rest = len(lines) - MOST_NAMED
    return [*lines[:MOST_NAMED], *([f"and {rest} more"] if rest > 0 else [])]


def _told(sampled: list[Sampled]) -> str:
    watched = [entry for entry in sampled if entry.samples is not None and entry.samples.at]
    without = [entry.experiment for entry in sampled if entry not in watched]
    named = f"; without telemetry: {', '.join(_first(without))}" if without else ""
    return f"{count_text(len(watched), 'experiment')} watched{named}"
