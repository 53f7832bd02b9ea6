"""What a night says of its series: one row each, and what happened to the machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from ..detect import Kind
from .changes import CHANGE_COLUMNS

VERDICT_COLUMNS = [
    *CHANGE_COLUMNS, "p", "seen", "reason", "hash_before", "hash_after", "artifact_before", "artifact_after",
    "confirmed", "deterministic",
]  # fmt: skip
ABSENT = frozenset({Kind.MISSING, Kind.BROKEN})  # kinds that need no value tonight
CONFIRMED, NOT_CONFIRMED = "confirmed", "not confirmed"
REMOVED = "no longer among the tests"  # the reason of a missing series that somebody removed on purpose
TEXT_COLUMNS = ["since", "seen", "hash_before", "hash_after", "tvm_hash", "previous_run_id"]  # or None
NUMBER_COLUMNS = ["value", "previous", "ratio", "level_ratio", "level_low", "level_high", "p"]  # or NaN

Cause = Literal["sentinels", "fingerprint", "throttled", "together"]


@dataclass(frozen=True)
class MachineEvent:
    """The machine changed in the run `run_id`, not the code; `text` tells it in one line.

    `kind` is the word of the changes that it explains; "" where it may explain any.
    """

    machine: str
    run_id: str
    cause: Cause
    text: str
    kind: str = ""

    def explains(self, verdicts: Any) -> Any:
        """Which rows of the verdict table are held back because of it, or whether one row is."""
        is_machine = verdicts["kind"] == str(Kind.MACHINE)
        return is_machine & (verdicts["reason"] == self.text) & (verdicts["machine"] == self.machine)


@dataclass(frozen=True)
class Verdicts:
    """The verdicts of one run.

    `frame` has the columns VERDICT_COLUMNS, one row a series: those of `changes.newest_two`; then `kind`, the word of
    the verdict; `since` and `seen`, the runs in which the change began and was first seen (None without one);
    `level_ratio`, `level_low`, `level_high`, the newest level over the one before with its 95 % interval; `p`,
    corrected for the number of series judged that night (NaN where no statistics were used); `reason`, why it is what
    it is, in one line or empty; `hash_before` and `hash_after`, the build before the change and with it,
    `artifact_before` and `artifact_after` likewise the hash of what was built; `confirmed`, what measuring again said
    ("" where nothing was measured again); `deterministic`.
    """

    run_id: str
    frame: pd.DataFrame
    events: tuple[MachineEvent, ...] = ()

    def of(self, experiment: str) -> pd.DataFrame:
        """The rows of one experiment."""
        return self.frame[self.frame["experiment"] == experiment].reset_index(drop=True)


def typed(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The verdict table of these rows: unknown texts are None and unknown numbers NaN, whatever the other rows hold."""
    frame = pd.DataFrame(rows, columns=VERDICT_COLUMNS)
    for column in NUMBER_COLUMNS:
        frame[column] = frame[column].astype(float)
    for column in TEXT_COLUMNS:
        frame[column] = frame[column].astype(object).where(frame[column].notna(), None)
    return frame


NO_VERDICTS = Verdicts("", pd.DataFrame(columns=VERDICT_COLUMNS))
