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
        """One metric's fault is its own, and told when the others are scored; of all metrics it is the config's."""
        metrics, faults = _checked(confs)
        if faults and not metrics:
            raise ValueError("; ".join(f"{name}: {told}" for name, told in faults.items()))
        return confs

    def metrics(self) -> tuple[dict[str, MetricConf], dict[str, str]]:
        """Name → the checked settings of that metric, in the order of the file; name → what is wrong with them."""
        return _checked(self.score_confs)


def _checked(confs: dict[str, dict[str, Any]]) -> tuple[dict[str, MetricConf], dict[str, str]]:
    metrics, faults = {}, {}
    for name, conf in confs.items():
        try:
            metrics[name] = metric_conf(name, conf)
        except ValueError as error:
            faults[name] = str(error)
    return metrics, faults


def run(dashboard: Dashboard, config: Config, output: Path) -> Report | Done | None:
    """Score the night by every metric of the config: see docs/scores.md for formulas and files.

    One metric's failure is its own. Raises SubsystemError when some failed and none succeeded.
    """
    # matplotlib takes 1.5 s, and checking a config draws nothing
    from .scoring import score_night  # noqa: PLC0415

    metrics, faults = config.metrics()
    return score_night(dashboard, metrics, faults, config.title or "Metric Scores", output)
