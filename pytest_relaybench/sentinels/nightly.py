"""The sentinels in the life of a night: measured before its tests and after them, kept as a record like any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from ..history import journal as entries
from ..history.building import build_record
from ..history.journal import Entry, Journal
from ..history.records import write_record
from ..home import SENTINELS as EXPERIMENT
from ..home import Home
from ..measure.metrics import STEADY, metric, to_json
from ..times import iso, utc_now
from .measuring import Sentinel, measure_sentinels
from .names import SENTINELS, TITLE, When

VARIANT = "installed"  # as of every test that uses no TVM


class Sentinels:
    """Measures them into the journal of a night, so that a killed one keeps them, and makes their record at its end.

    `begin` is the journal's first entry; `cpus` are those to measure on, all when empty. `earlier` are the journal's
    entries on them and between sittings, where a night is resumed.
    """

    def __init__(
        self,
        home: Home,
        journal: Journal,
        begin: Mapping[str, Any],
        cpus: Sequence[int] = (),
        earlier: Sequence[Entry] = (),
    ) -> None:
        self._home, self._journal, self._begin, self._cpus = home, journal, begin, cpus
        self._entries: list[Entry] = list(earlier)
        self._told: set[str] = set()
        self.are_kept = True  # false: their record could not be written, and the next run makes it

    def measure(self, when: When) -> list[str]:
        """Measure all of them now; a line for each that could not be, once, which is no failure of the night.

        What was measured before the night's tests in an earlier sitting is not measured again.
        """
        if when == "before" and self._measured(when) >= set(SENTINELS):
            return []
        if not any(entry["kind"] == entries.EXPERIMENT for entry in self._entries):
            self._write(
                entries.EXPERIMENT,
                title=TITLE,
                position=0,
                selected=2 * len(SENTINELS),
                config={},
                variant=VARIANT,
                tvm_hash=None,
            )
        measured = measure_sentinels(self._cpus)
        for sentinel in measured:
            self._write(entries.TEST, **_as_test(sentinel, when))
        problems = {f"sentinel {entry.name}: {entry.problem}" for entry in measured if entry.problem} - self._told
        self._told |= problems
        return sorted(problems)

    def _measured(self, when: When) -> set[str]:
        tests = (entry for entry in self._entries if entry["kind"] == entries.TEST)
        return {str(entry["test"]) for entry in tests if entry["params"] == {"when": when}}

    def keep(self) -> None:
        """Write the record, where anything was measured; raises OSError where it cannot be written."""
        self._write(entries.EXPERIMENT_END)
        record = build_record([dict(self._begin), *self._entries], EXPERIMENT)
        if record.measurements:
            write_record(self._home.data_file(EXPERIMENT, record.run_id), record)

    def _write(self, kind: str, **content: Any) -> None:
        entry = {"experiment": EXPERIMENT, "time": iso(utc_now()), **content}
        self._entries.append({"kind": kind, **entry})
        with suppress(OSError):  # the record at the end has it still, and a test's journal entry will tell
            self._journal.write(kind, **entry)


def _as_test(sentinel: Sentinel, when: When) -> dict[str, Any]:
    """What the journal says of a test, with each sample's process as its `rep`."""
    samples = [sample for process in sentinel.processes for sample in process]
    reps = [number for number, process in enumerate(sentinel.processes) for _ in process]
    named: dict[str, Any] = {"test": sentinel.name, "params": {"when": when}}
    metrics = [to_json(metric(STEADY, samples, "s", "lower", reps))] if samples else []
    return {
        **named,
        "nodeid": f"{EXPERIMENT}::{sentinel.name}[{when}]",
        "outcome": "skipped" if sentinel.problem else "passed",
        "message": sentinel.problem,
        "duration_s": sentinel.duration_s,
        "measured": {**named, "metrics": metrics} if metrics else None,
        "metrics": len(metrics),
    }
