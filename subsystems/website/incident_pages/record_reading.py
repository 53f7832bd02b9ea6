"""The records of single nights, each read once, and only when something of it is told."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_relaybench.errors import RecordError
from pytest_relaybench.history.records import Record, read_record
from pytest_relaybench.home import Home


@dataclass(frozen=True)
class RecordsAround:
    """The records of one experiment: of the last night before a change, the first with it, and the last one told of.

    None is a record that is not there or cannot be read. `last` is None, too, where it is one of the others.
    """

    experiment: str
    before: Record | None
    first: Record | None
    last: Record | None


class Records:
    """Reads the records of a home by experiment and run."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._known: dict[tuple[str, str], Record | None] = {}

    def of(self, experiment: str, run_id: str) -> Record | None:
        """The record, None where there is no readable one."""
        key = experiment, run_id
        if key not in self._known:
            self._known[key] = self._read(*key)
        return self._known[key]

    def around(self, experiment: str, before: str, first: str, last: str) -> RecordsAround:
        """Those of these runs; an empty run has none."""
        wanted = before, first, "" if last in (before, first) else last
        found = [self.of(experiment, run) if run else None for run in wanted]
        return RecordsAround(experiment, found[0], found[1], found[2])

    def _read(self, experiment: str, run_id: str) -> Record | None:
        try:
            path = self._home.data_file(experiment, run_id)
            return read_record(path) if path.is_file() else None
        except RecordError:
            return None
