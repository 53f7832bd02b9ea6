"""A fault, what a try of it came to, and the tries of many."""

from __future__ import annotations

import random
import re
import shutil
import tempfile
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.pool import ThreadPool
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """Of one try: whether what was promised held, how many finished measurements are gone, and what was seen."""

    survived: bool
    lost: int = 0
    told: str = ""


Attempt = Callable[[Path, random.Random], Outcome]


def nothing_missing() -> str:
    """A fault that every machine can have."""
    return ""


@dataclass(frozen=True)
class Fault:
    """One row of the table: `attempt` is handed an empty folder and its own random numbers, and starts the fault there.

    `tries` is how often the whole campaign tries it, `short` how often CI does, 0 where that takes too long; `missing`
    says why this machine cannot have it (no root, no cgroup), which is told in the table and never counted as survived.
    """

    name: str
    attempt: Attempt
    tries: int
    short: int = 1
    missing: Callable[[], str] = nothing_missing

    @property
    def slug(self) -> str:
        """As the id of its test."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")


@dataclass(frozen=True)
class Result:
    """All tries of a fault."""

    fault: Fault
    outcomes: Sequence[Outcome] = field(default=())
    missing: str = ""

    @property
    def survived(self) -> int:
        """Tries in which everything promised held."""
        return sum(outcome.survived for outcome in self.outcomes)

    @property
    def lost(self) -> int:
        """Finished measurements that no record has."""
        return sum(outcome.lost for outcome in self.outcomes)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost and every try survived."""
        return not self.missing and self.survived == len(self.outcomes) and not self.lost

    @property
    def complaints(self) -> list[str]:
        """What was seen in the tries that did not hold."""
        return [outcome.told for outcome in self.outcomes if outcome.lost or not outcome.survived]


def pursue(fault: Fault, tries: int, seed: int, *, jobs: int = 1) -> Result:
    """Try a fault so many times; each try has its own folder and its own random numbers, told by seed and number."""
    missing = fault.missing()
    if missing:
        return Result(fault, missing=missing)
    with ThreadPool(jobs) as threads:
        return Result(fault, threads.map(lambda number: _one(fault, seed, number), range(tries), chunksize=1))


def _one(fault: Fault, seed: int, number: int) -> Outcome:
    folder = Path(tempfile.mkdtemp(prefix="relaybench-fault-"))
    try:
        return fault.attempt(folder, random.Random(f"{fault.slug} {seed} {number}"))
    except Exception:  # noqa: BLE001, a try that breaks has shown nothing, which must be seen
        return Outcome(survived=False, told=f"try {number}: {traceback.format_exc()}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def assert_survives(fault: Fault, seed: int = 1) -> None:
    """The short campaign, for CI: every promise of the fault holds in `fault.short` tries."""
    assert fault.short, f"{fault.name}: no try in the short campaign"
    result = pursue(fault, fault.short, seed)
    assert not result.missing, f"{fault.name}: {result.missing}"
    assert result.is_clean, "\n".join([fault.name, *result.complaints])
