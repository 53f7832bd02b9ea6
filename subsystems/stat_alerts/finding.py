"""What is alarming tonight, and what is pleasing: the verdicts of detection, or the predecessor's rule."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.detect import Kind
from pytest_relaybench.errors import RecordError
from pytest_relaybench.history.records import Record, read_record
from pytest_relaybench.history.table import SERIES_COLUMNS
from pytest_relaybench.incidents import Incidents, State, read_incidents
from pytest_relaybench.judging.verdicts import REMOVED
from pytest_relaybench.render.series import main_metric

from .missing import told_once
from .one_sd import outside_one_sd

BAD = frozenset({Kind.SLOWER, Kind.BROKEN, Kind.MISSING})
TOLD = BAD | {Kind.FASTER}
OLD_RULE = "1sd"


@dataclass(frozen=True)
class Alert:
    """One series that changed or is missing; NaN where a rule gives no such number.

    `is_removed` is of a missing one that is no longer among the tests, as nobody does by accident.
    `low` and `high` bound `ratio`, the newest level over the one before; `mean` and `std` are of the past. `reason`
    says why it is what it is, `incident` names the one that it belongs to, if it has been sorted into one.
    """

    experiment: str
    title: str
    path: tuple[str, ...]
    kind: str
    series: Mapping[str, str]
    unit: str
    direction: str
    value: float
    previous: float
    ratio: float = math.nan
    low: float = math.nan
    high: float = math.nan
    since: str | None = None
    mean: float = math.nan
    std: float = math.nan
    is_removed: bool = False
    reason: str = ""
    incident: str = ""
    is_acknowledged: bool = False

    @property
    def is_bad(self) -> bool:
        """Whether somebody should look at it."""
        return self.kind in BAD and not self.is_removed

    @property
    def key(self) -> str:
        """What tells it from other alerts, the same every night while it lasts."""
        return json.dumps([*self.series.values(), self.kind])


@dataclass(frozen=True)
class Found:
    """The alerts of the night, and of whom they may be: the experiments that were looked at.

    `series` are those that have a value tonight where the run chose among the tests, None where it did not.
    """

    alerts: Sequence[Alert]
    experiments: frozenset[str]
    series: frozenset[tuple[str, ...]] | None = None

    def looked_at(self, experiment: str, series: Collection[str]) -> bool:
        """Whether an alert of this series would be among them."""
        return experiment in self.experiments and (self.series is None or tuple(series) in self.series)


def find(dashboard: Dashboard, rule: str, window_days: int, metrics: Collection[str] | None) -> Found:
    """The alerts of the night, by experiment and in the table's order.

    Experiments whose analysis failed have failed as a whole, which others tell. A night that ran a selection of tests
    misses nothing, nor does one that compares two builds miss the others.
    """
    frame = dashboard.table.frame()
    frame = frame[frame["run_id"] <= dashboard.run_id]
    tonight = frame.loc[frame["run_id"] == dashboard.run_id, "experiment"].drop_duplicates()
    analysed = [name for name in tonight if _is_analysed(dashboard, str(name))]
    chosen = {
        str(name): _chosen(rows, rule, metrics)
        for name, rows in frame[frame["experiment"].isin(analysed)].groupby("experiment", sort=True)
    }
    incidents = read_incidents(dashboard.home)
    own: dict[str, pd.DataFrame] = {}
    if rule == OLD_RULE and chosen:
        outside = outside_one_sd(pd.concat(chosen.values()), dashboard.run_id, window_days)
        own = {name: outside[outside["experiment"] == name] for name in chosen}
    alerts = [
        alert
        for name, rows in chosen.items()
        for alert in _of_experiment(dashboard, incidents, name, rows, own.get(name))
    ]
    is_selection = bool(dashboard.run().get("is_selection"))
    return Found(alerts, frozenset(chosen), _measured(frame, dashboard.run_id) if is_selection else None)


def _measured(frame: pd.DataFrame, run_id: str) -> frozenset[tuple[str, ...]]:
    """The series that the run has, as SERIES_COLUMNS name them."""
    rows = frame.loc[(frame["run_id"] == run_id) & frame["value"].notna(), SERIES_COLUMNS]
    return frozenset(rows.itertuples(index=False, name=None))


def _chosen(rows: pd.DataFrame, rule: str, metrics: Collection[str] | None) -> pd.DataFrame:
    """The rows of the metrics that are looked at."""
    if metrics is None and rule != OLD_RULE:
        return rows
    wanted: pd.DataFrame = rows[rows["metric"].isin([main_metric(rows)] if metrics is None else metrics)]
    return wanted


def _is_analysed(dashboard: Dashboard, name: str) -> bool:
    analysis = dashboard.statuses(name).get("analysis")
    return analysis is not None and analysis.success and analysis.run_id == dashboard.run_id


def _of_experiment(
    dashboard: Dashboard, incidents: Incidents, name: str, rows: pd.DataFrame, outside: pd.DataFrame | None = None
) -> list[Alert]:
    """The alerts of one experiment: those of its verdicts, or of what is `outside` by the other rule.

    What people have accepted or muted is none.
    """
    verdicts = dashboard.verdicts().of(name)
    verdicts = verdicts[(verdicts["direction"] != "neutral") & verdicts["metric"].isin(rows["metric"].unique())]
    absent = told_once(verdicts, main_metric(rows)) if len(rows) else verdicts
    changed = verdicts[verdicts["kind"].isin(TOLD) & verdicts["value"].notna()] if outside is None else outside
    changed, absent = (_undecided(found, incidents) for found in (changed, absent))
    if changed.empty and absent.empty:
        return []
    record = _tonights_record(dashboard, name)
    title = (record.title if record else "") or name
    varying = [column for column in ("test", "variant", "machine", "metric") if rows[column].nunique() > 1]
    told = [*changed.to_dict("records"), *absent.to_dict("records")]
    return [_alert(row, title, varying, incidents) for row in told]


def _undecided(found: pd.DataFrame, incidents: Incidents) -> pd.DataFrame:
    """Without the series that somebody accepted or muted."""
    keys = found[SERIES_COLUMNS].itertuples(index=False, name=None)
    return found[[not (incidents.is_accepted(key) or incidents.is_muted(key)) for key in keys]]


def _tonights_record(dashboard: Dashboard, name: str) -> Record | None:
    try:
        return read_record(dashboard.home.data_file(name, dashboard.run_id))
    except RecordError:
        return None


def _alert(row: Mapping[Hashable, Any], title: str, varying: Iterable[str], incidents: Incidents) -> Alert:
    numbers = {"ratio": "level_ratio", "low": "level_low", "high": "level_high", "mean": "mean", "std": "std"}
    since = row.get("since")
    incident = incidents.of(tuple(str(row[column]) for column in SERIES_COLUMNS))
    return Alert(
        experiment=row["experiment"],
        title=title,
        path=(*_texts(json.loads(row["params"]).values()), *_named(row, varying)),
        kind=str(row["kind"]),
        series={column: row[column] for column in SERIES_COLUMNS},
        unit=row["unit"],
        direction=row["direction"],
        value=row["value"],
        previous=row["previous"],
        since=since if isinstance(since, str) else None,
        is_removed=row.get("reason") == REMOVED,
        reason=row.get("reason", ""),
        incident=incident.id if incident else "",
        is_acknowledged=incident is not None and incident.state == State.ACKNOWLEDGED,
        **{name: row.get(column, math.nan) for name, column in numbers.items()},
    )


def _named(row: Mapping[Hashable, Any], varying: Iterable[str]) -> Iterable[str]:
    """What else tells it apart; a test that is missing as a whole is missing in every metric."""
    return (str(row[column]) for column in varying if column != "metric" or not row.get("is_gone"))


def _texts(values: Iterable[Any]) -> Iterable[str]:
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values)
