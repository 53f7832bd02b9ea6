"""Which runs there are, when, on which machines and of which experiments: what can be told without their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pytest_relaybench.history.table import Table
from pytest_relaybench.home import SENTINELS
from pytest_relaybench.render.format import run_time


@dataclass(frozen=True)
class Calendar:
    """`runs` are all that left a record, oldest first; the mappings have those with a value, oldest first."""

    runs: Sequence[str]
    experiments: Sequence[str]  # that have a value, also those that the home configures no more
    machines: Mapping[str, Sequence[str]]
    seconds: Mapping[str, int]  # when a run began, since 1970
    month_of: Mapping[str, str]  # in UTC, as `2026-11`

    @property
    def with_values(self) -> list[str]:
        """The runs with a value, month by month."""
        return [run for runs in self.months().values() for run in runs]

    def months(self) -> dict[str, list[str]]:
        """Month → its runs, oldest first."""
        found: dict[str, list[str]] = {}
        for run, month in self.month_of.items():
            found.setdefault(month, []).append(run)
        return dict(sorted(found.items()))


def calendar_of(table: Table, runs: Sequence[str]) -> Calendar:
    """From the table; sentinels measure the machine and are left out."""
    known = table.distinct(["run_id", "machine", "experiment"])
    known = known[known["experiment"] != SENTINELS]
    first = known.groupby("run_id", sort=True)["first"].min()
    began = {str(run): run_time(str(run)) or moment.to_pydatetime() for run, moment in first.items()}
    machines: dict[str, list[str]] = {}
    for run, machine in known[["run_id", "machine"]].drop_duplicates().itertuples(index=False, name=None):
        machines.setdefault(str(run), []).append(str(machine))
    return Calendar(
        runs=runs,
        experiments=sorted(map(str, known["experiment"].unique())),
        machines=machines,
        seconds={run: int(moment.timestamp()) for run, moment in began.items()},
        month_of={run: f"{moment:%Y-%m}" for run, moment in began.items()},
    )
