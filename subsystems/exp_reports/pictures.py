"""The graphs that go with the report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.reports.message import Pictures

from .outcomes import Outcome

SHOWN = (".png", ".jpg")  # Slack shows no SVG
COMPARISON = "comparison"


def pictures_of(dashboard: Dashboard, outcomes: Sequence[Outcome], most: int) -> list[Pictures]:
    """The graphs that were drawn tonight, under their experiment's title; comparisons before histories."""
    found = []
    for outcome in outcomes:
        files = [path for path in dashboard.graphs(outcome.name) if path.suffix in SHOWN] if outcome.drawn else []
        if files:
            found.append(Pictures(outcome.title, sorted(files, key=_histories_last)[:most]))
    return found


def _histories_last(path: Path) -> tuple[bool, Path]:
    return COMPARISON not in path.parts, path
