"""The verdicts on one experiment's series, from their own nights and tests."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ..detect import Kind, Verdict
from ..detect.steps import REACH
from ..history.layout import STEP_COLUMNS
from ..history.table import SERIES_COLUMNS, Table
from ..home import SENTINELS
from .absent import fell_back, why_absent
from .changes import missing_last
from .confirmations import confirmed_changes
from .levels import Line, judge_line
from .night_matrix import Key, SeriesNights, series_nights
from .tonight import ExperimentTonight, Tonight
from .verdicts import VERDICT_COLUMNS, typed

TEST_COLUMNS = ["test", "params", "variant"]
REMEMBERED_RUNS = REACH  # newest runs that are read: as far as any part of the rule looks back


@dataclass
class Judging:
    """One experiment tonight; `verdicts` are rows of the verdict table, `steps` what is kept for the next night."""

    name: str
    tonight: Tonight
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    steps: list[Mapping[str, object]] = field(default_factory=list)
    is_later_known: bool = False  # later runs have been looked at: this one is judged in retrospect

    @property
    def own(self) -> ExperimentTonight:
        """How its tests ended."""
        return self.tonight.experiments.get(self.name, ExperimentTonight())

    @property
    def looked_at_all(self) -> bool:
        """Whether every series was looked at, so that the night need not be looked at again."""
        return bool(self.own.tests) and not self.tonight.is_selection and not self.is_later_known

    def run(self, table: Table, runs: Sequence[str]) -> None:
        """Judge every series on tonight's machine; `runs` are those that had the experiment there, tonight included."""
        machine = self.tonight.machine
        rows = table.frame(experiment=self.name, machine=machine, first_run=runs[0])
        rows = rows[rows["run_id"] <= self.tonight.run_id]
        looked, steps = table.steps(self.name, machine)
        self.is_later_known = looked > self.tonight.run_id
        if self.is_later_known:
            looked, steps = "", steps[:0]
        steps_of = defaultdict(list)
        for step in steps.to_dict("records"):
            steps_of[tuple(str(step[column]) for column in SERIES_COLUMNS)].append(step)
        changes = confirmed_changes(table.confirmations(experiment=self.name, machine=machine))
        newest_of = rows.groupby(TEST_COLUMNS)["run_id"].max().to_dict()
        for nights in series_nights(rows, runs) if len(rows) else ():
            key: Key = nights.key
            exact = nights.flags == True  # noqa: E712, None where a run has no value
            confirmed = changes.get(key, ())
            line = Line(key, nights.values, nights.told["direction"], exact, confirmed, nights.has_one_unit)
            judged = judge_line(line, runs, looked, steps_of[key])
            self.steps += judged.steps
            test = newest_of[tuple(nights.told[column] for column in TEST_COLUMNS)]
            row = self._row(nights, judged.verdict, rows["run_id"].max() if self.own.failed else test)
            self.verdicts += [row] if row else []

    def frame(self) -> pd.DataFrame:
        """The verdicts, those without a value last."""
        if not self.verdicts:
            return pd.DataFrame(columns=VERDICT_COLUMNS)
        return missing_last(typed(self.verdicts), self.tonight.run_id)

    def kept_steps(self) -> pd.DataFrame:
        """As the table keeps them."""
        return pd.DataFrame(self.steps, columns=STEP_COLUMNS)

    def _row(self, nights: SeriesNights, verdict: Verdict, expected_until: str) -> dict[str, Any] | None:
        """The row of one series, None where nobody expected it tonight; its test was last there in `expected_until`."""
        kind, reason = verdict.kind, ""
        since, seen = (None if night is None else nights.runs[night] for night in (verdict.since, verdict.seen))
        if nights.is_absent:
            asked = nights.without(self.tonight.selections)
            absent = why_absent(asked, expected_until, self.own, self.tonight)
            if absent is None or self.name == SENTINELS:  # one that could not be measured is a note of the night
                return None
            kind, reason = absent
            since = seen = _first_without(asked)
        elif fallen := fell_back(nights.devices, json.loads(nights.told["params"])):
            kind, reason = Kind.BROKEN, fallen
        elif nights.is_deterministic and kind in (Kind.SLOWER, Kind.FASTER):
            reason = "deterministic: any change is news"
        return {
            **nights.told,
            "kind": str(kind),
            "since": since,
            "seen": seen,
            "level_ratio": verdict.ratio,
            "level_low": verdict.ci[0],
            "level_high": verdict.ci[1],
            "p": verdict.p,
            "reason": reason,
            "confirmed": "",
            "deterministic": nights.is_deterministic,
            **nights.around(since),
        }


def _first_without(nights: SeriesNights) -> str:
    """The first run after its newest value."""
    return nights.runs[int(np.flatnonzero(~np.isnan(nights.values))[-1]) + 1]
