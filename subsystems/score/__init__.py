"""Scores: a few numbers that say how far we are, computed from the night by the formulas that the config names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from pytest_relaybench.config import SubsystemConfig
from pytest_relaybench.dashboard import Dashboard, Done, Report

from .confs import MetricConf, metric_conf


class Config(SubsystemConfig):
    """`H/config/subsystem/score/config.json`."""

    score_confs: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="name of a metric → its formula, title, description and arguments"
    )

    @field_validator("score_confs")
    @classmethod
    def _known_formulas(cls, confs: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for name, conf in confs.items():
            metric_conf(name, conf)
        return confs

    def metrics(self) -> dict[str, MetricConf]:
        """Name → the checked settings of that metric, in the order of the file."""
        return {name: metric_conf(name, conf) for name, conf in self.score_confs.items()}


def run(dashboard: Dashboard, config: Config, output: Path) -> Report | Done | None:
    """Score the night by every metric of the config: see docs/scores.md for formulas and files.

    One metric's failure is its own. Raises SubsystemError when some failed and none succeeded.
    """
    # matplotlib takes 1.5 s, and checking a config draws nothing
    from .scoring import score_night  # noqa: PLC0415

    return score_night(dashboard, config.metrics(), config.title or "Metric Scores", output)
