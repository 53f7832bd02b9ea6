"""What the table says of the records behind each experiment's years and months: whether any of them changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_relaybench.history.table import Table

_YEAR = re.compile(r"[0-9]{4}")
_MONTH = re.compile(r"[0-9]{6}")


@dataclass(frozen=True)
class Stamps:
    """Experiment → month, as `202611`, → stamp; of runs whose ids tell no month, what their ids begin with."""

    of_records: Mapping[str, Mapping[str, str]]

    def of(self, experiment: str, year: str | None = None) -> list[list[str]]:
        """Those of one year, "" for runs whose ids tell none; of all runs where no year is asked for."""
        found = self.of_records.get(experiment, {}).items()
        return [[month, stamp] for month, stamp in found if year is None or year == (year_of(month) or "")]

    def by_month(self) -> dict[str, list[list[str]]]:
        """Month → experiment and stamp of each; "" for runs whose ids tell none."""
        months: dict[str, list[list[str]]] = {}
        for experiment, found in self.of_records.items():
            for month, stamp in found.items():
                months.setdefault(month_in(month), []).append([experiment, month, stamp])
        return months


def stamps_of(table: Table) -> Stamps:
    """As the table is."""
    found: dict[str, dict[str, str]] = {}
    columns = (table.stamps()[name].tolist() for name in ("experiment", "month", "stamp"))
    for experiment, month, stamp in zip(*columns, strict=True):
        found.setdefault(experiment, {})[month] = stamp
    return Stamps(found)


def is_year(text: str) -> bool:
    """Whether an id that begins so tells its year."""
    return bool(_YEAR.fullmatch(text))


def year_of(month: str) -> str:
    """The year that the beginning of an id tells, empty where it tells none."""
    return month[:4] if is_year(month[:4]) else ""


def month_in(run_id: str) -> str:
    """The month that an id tells, as `202611`, empty where it tells none."""
    return run_id[:6] if _MONTH.fullmatch(run_id[:6]) else ""
