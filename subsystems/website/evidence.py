"""What nights say of the series of an incident beside its numbers: artifacts, and what measuring again said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.history.table import SERIES_COLUMNS
from pytest_relaybench.incidents import Incident, Member
from pytest_relaybench.incidents.incident import SeriesKey
from pytest_relaybench.incidents.naming import series_name
from pytest_relaybench.incidents.regressions import Row, key_of
from pytest_relaybench.judging.keeping import read_verdicts
from pytest_relaybench.judging.verdicts import CONFIRMED, Verdicts

from .built import Built, built_of
from .measured_again import Again, again_of


class Evidence:
    """Reads each night's verdicts once."""

    def __init__(self, dashboard: Dashboard) -> None:
        self._home, self._tonight = dashboard.home, dashboard.run_id
        self._nights = {dashboard.run_id: _by_series(dashboard.verdicts())}
        self._again: defaultdict[SeriesKey, list[Again]] = defaultdict(list)
        for told in dashboard.table.confirmations().to_dict("records"):
            if str(told["run_id"]) <= dashboard.run_id:
                self._again[key_of(told)].append(again_of(told))

    def again(self, member: Member, until: str | None = None) -> Again | None:
        """What measuring again said of it last, since it began; that it became better meanwhile is another change.

        `until` is the run after which nothing is of this change any more.
        """
        last = until or self._tonight
        told = (again for again in self._again.get(member.series, ()) if not again.is_better)
        found = [again for again in told if member.since_run <= again.run_id <= last]
        return max(found, key=lambda one: one.run_id, default=None)

    def reason(self, member: Member) -> str:
        """Why the verdict is what it is; empty where that is only that it was confirmed, which `again` tells."""
        row = self._row(member)
        is_told = row is not None and row["confirmed"] == CONFIRMED and self.again(member) is not None
        return "" if is_told else member.reason

    def built(self, incident: Incident) -> list[Built]:
        """What is known of the artifacts of its series that have not recovered."""
        pending = incident.case.pending
        rows = [(member, row) for member in pending if (row := self._row(member)) is not None]
        artifacts = [(series_name(one.series), row["artifact_before"], row["artifact_after"]) for one, row in rows]
        return built_of(self._home, artifacts, len(pending))

    def _row(self, member: Member) -> Row | None:
        """The verdict on its change, not on a later one: tonight's, else that of the night which told it first."""
        rows = (self._verdicts(run_id).get(member.series) for run_id in (self._tonight, member.first_seen))
        return next((row for row in rows if row is not None and row["since"] == member.since_run), None)

    def _verdicts(self, run_id: str) -> Mapping[SeriesKey, Row]:
        if run_id not in self._nights:
            found = read_verdicts(self._home, run_id)
            self._nights[run_id] = _by_series(found) if found else {}
        return self._nights[run_id]


def _by_series(verdicts: Verdicts) -> dict[SeriesKey, Row]:
    rows = verdicts.frame[[*SERIES_COLUMNS, "since", "artifact_before", "artifact_after", "confirmed"]]
    return {key_of(row): row for row in rows.to_dict("records")}
