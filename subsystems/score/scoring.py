"""All metrics of a night: each scored, kept, drawn and told, one's failure being its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from pytest_relaybench.dashboard import Dashboard, Done, Report
from pytest_relaybench.errors import RelaybenchError, SubsystemError
from pytest_relaybench.prerequisites import INACTIVE, ran, unmet

from .confs import MetricConf
from .formulas import score_of
from .graphs import draw_score
from .keeping import keep, kept, write_newest


def score_night(
    dashboard: Dashboard, confs: Mapping[str, MetricConf], faults: Mapping[str, str], title: str, output: Path
) -> Report | Done:
    """Score by every metric and write what is kept of it; the report has a line for each.

    `faults` are of metrics whose settings are wrong. A metric is passed over when an experiment of it was not part of
    this run, as with `-k`. Raises SubsystemError when some metrics failed and none succeeded.
    """
    if not confs:
        return Done("No scores to report")
    night = Scoring(dashboard, output)
    for name, conf in confs.items():
        night.add(name, conf)
    problems = {**night.failed, **faults}
    write_newest(output, confs, {**night.passed_over, **problems}, dashboard.run_id)
    failed = "; ".join(f"{name}: {told}" for name, told in problems.items())
    if night.failed and not night.texts:
        raise SubsystemError(f"no metric could be scored: {failed}")
    lines = [*night.texts.values(), *(f"{name}: not scored: {told}" for name, told in problems.items())]
    message = "; ".join([*filter(None, [failed and f"not scored: {failed}"]), *night.undrawn])
    if not lines:
        return Done(message or "Nothing to score: the metrics' experiments were not part of this run")
    return Done(message, Report(title, "\n".join(lines)))


class Scoring:
    """What became of each metric so far."""

    def __init__(self, dashboard: Dashboard, output: Path) -> None:
        self._dashboard = dashboard
        self._output = output
        self._tonight: pd.DataFrame = dashboard.table.frame(run_id=dashboard.run_id)
        self.texts: dict[str, str] = {}
        self.failed: dict[str, str] = {}
        self.passed_over: dict[str, str] = {}
        self.undrawn: list[str] = []

    def add(self, name: str, conf: MetricConf) -> None:
        """Score one metric."""
        absent = self._absent(conf)
        if absent:
            self.passed_over[name] = f"not part of this run: {', '.join(absent)}"
            return
        try:
            self._score(name, conf)
        except RelaybenchError as error:
            self.failed[name] = str(error)
        except Exception as error:  # noqa: BLE001, a formula's fault must not cost the others
            self.failed[name] = f"{type(error).__name__}: {error}"
        else:
            self._draw(name, conf)

    def _absent(self, conf: MetricConf) -> list[str]:
        """The experiments that keep a metric from being scored without being at fault.

        One that this home does not have, or that is switched off, is at fault as soon as another one ran.
        """
        names = [name for name in conf.experiments() if name is not None]
        if not names:
            return ["any experiment"] if self._tonight.empty else []
        absent = [name for name in names if not ran(self._dashboard, name)]
        return absent if len(absent) == len(names) else [name for name in absent if self._could_have_run(name)]

    def _could_have_run(self, name: str) -> bool:
        precheck = self._dashboard.statuses(name).get("precheck")
        is_off = precheck is not None and precheck.message == INACTIVE
        return self._dashboard.home.exp_config_file(name).is_file() and not is_off

    def _score(self, name: str, conf: MetricConf) -> None:
        told = unmet(self._dashboard, conf.requirements())
        if told is not None:
            raise SubsystemError(told)
        score = score_of(conf, self._tonight)
        keep(self._output, name, conf, score, self._dashboard.run_id)
        self.texts[name] = score.text

    def _draw(self, name: str, conf: MetricConf) -> None:
        """Without its pictures a score is still one."""
        try:
            draw_score(kept(self._output, name), conf.title or name, self._output / "graphs" / name)
        except (RelaybenchError, OSError, ValueError) as error:
            self.undrawn.append(f"{name}: not drawn: {error}")
