"""A night of several sittings: one that was cut short, and those in which it was resumed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

from ..home import SENTINELS
from ..times import from_iso
from .journal import BEGIN, EXPERIMENT, EXPERIMENT_END, RESUMED, TEST, Entry, of_experiment

DONE = ("passed", "skipped")  # a test that ended so is not run again


@dataclass(frozen=True)
class Unfinished:
    """A run that is to be gone on with: its journal's entries, the first of which is its beginning."""

    run_id: str
    path: Path
    entries: Sequence[Entry]

    @property
    def beginning(self) -> Entry:
        """The journal's first entry."""
        return self.entries[0]

    @cached_property
    def standing(self) -> list[Entry]:
        """What counts of it so far."""
        return standing(self.entries)

    @property
    def experiments(self) -> list[str]:
        """The experiments that it has begun, in order, without the machine's sentinels."""
        names = (entry["experiment"] for entry in self.standing if entry["kind"] == EXPERIMENT)
        return [name for name in dict.fromkeys(names) if name != SENTINELS]

    def of(self, name: str) -> list[Entry]:
        """What counts of one experiment."""
        return of_experiment(self.standing, name)

    def marked(self, name: str) -> list[Entry]:
        """All entries of one experiment, and those that tell one sitting from the next."""
        return [entry for entry in self.entries if entry["kind"] == RESUMED or entry.get("experiment") == name]


def standing(entries: Sequence[Entry]) -> list[Entry]:
    """The entries of a journal that count.

    A test that was run again when the night was resumed counts as it ended then; of an experiment that was measured
    anew nothing counts from the sittings before.
    """
    numbered = list(_numbered(entries))
    last = {_test(entry): sitting for sitting, entry in numbered if entry["kind"] == TEST}
    return [entry for sitting, entry in numbered if entry["kind"] != TEST or sitting == last[_test(entry)]]


def _numbered(entries: Sequence[Entry]) -> Iterator[tuple[int, Entry]]:
    """The entries with the number of their sitting, without those of experiments that a later one measured anew."""
    numbered = list(zip(accumulate(entry["kind"] == RESUMED for entry in entries), entries, strict=True))
    anew = {e["experiment"]: sitting for sitting, e in numbered if e["kind"] == EXPERIMENT and e.get("anew")}
    return ((sitting, entry) for sitting, entry in numbered if sitting >= anew.get(entry.get("experiment"), 0))


def _test(entry: Entry) -> tuple[Any, Any]:
    return entry.get("experiment"), entry.get("nodeid")


def has_ended(own: Sequence[Entry]) -> bool:
    """Whether the last sitting came to the experiment's end, of whose entries these are those that count."""
    kinds = [str(entry["kind"]) for entry in own if entry["kind"] in {EXPERIMENT, EXPERIMENT_END}]
    return kinds[-1] == EXPERIMENT_END


def seconds_of(entries: Sequence[Entry], name: str) -> float:
    """How long an experiment's tests ran, in all sittings that count, those included that were run again later."""
    sittings: dict[int, list[Entry]] = {}
    for sitting, entry in _numbered(entries):
        if entry.get("experiment") == name and entry["kind"] in {EXPERIMENT, TEST, EXPERIMENT_END}:
            sittings.setdefault(sitting, []).append(entry)
    return sum(map(_seconds, sittings.values()))


def _seconds(sitting: Sequence[Entry]) -> float:
    """From its first test's start to its last one's end, by a clock that nobody sets where the journal has that.

    Where it has not, as of a night that was killed, the times of day count, which may have been set back meanwhile.
    """
    told = next((entry["seconds"] for entry in sitting if entry["kind"] == EXPERIMENT_END and "seconds" in entry), None)
    if told is not None:
        return float(told)
    times = [entry["time"] for entry in sitting]
    spent = sum(entry.get("duration_s", 0.0) for entry in sitting if entry["kind"] == TEST)
    return max((from_iso(times[-1]) - from_iso(times[0])).total_seconds(), float(spent))


def run_seconds(entries: Sequence[Entry]) -> float:
    """How long a run took so far, in all its sittings; those whose clock was set back count as nothing."""
    starts = [place for place, entry in enumerate(entries) if entry["kind"] in {BEGIN, RESUMED}]
    total = 0.0
    for start, end in zip(starts, [*starts[1:], len(entries)], strict=True):
        times = [told for entry in entries[start:end] if (told := entry.get("time") or entry.get("timestamp"))]
        total += max((from_iso(times[-1]) - from_iso(times[0])).total_seconds(), 0.0)
    return total
