"""What lies in the folder of a tuning under way, written so that a kill at any moment costs one round at most."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

TASKS, RESULT, KERNELS = "tasks.json", "result", "kernels.json"
WORKLOADS, RECORDS = "database_workload.json", "database_tuning_record.json"  # MetaSchedule's names


@dataclass(frozen=True)
class Settings:
    """How to tune the kernels `names`, of which one call of the model runs `weights` each."""

    names: list[str]
    weights: list[int]
    target: str  # as JSON
    trials: int
    threads: int
    seed: int
    cost_model: str

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The settings of the tuning in `folder`."""
        return cls(**json.loads((folder / "settings.json").read_text()))

    def write(self, folder: Path) -> None:
        """Keep them in `folder`."""
        (folder / "settings.json").write_text(json.dumps(asdict(self)))


@dataclass(frozen=True)
class Progress:
    """Trials that were made of each kernel, failed ones included, and seconds that they took over all nights."""

    by_kernel: list[int] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def trials(self) -> int:
        """Trials of all kernels."""
        return sum(self.by_kernel)

    @classmethod
    def of(cls, text: str) -> Self:
        """What `to_json` wrote; raises ValueError for anything else."""
        content = json.loads(text)
        if not isinstance(content, dict) or set(content) != {"by_kernel", "seconds"}:
            raise ValueError("no progress of a tuning")
        return cls(**content)

    @classmethod
    def read(cls, folder: Path) -> Self:
        """The progress of the tuning in `folder`, none where there is none or it is damaged."""
        try:
            return cls.of((folder / "progress.json").read_text())
        except (OSError, ValueError):
            return cls()

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    def write(self, folder: Path) -> None:
        """Keep it in `folder`."""
        (folder / "progress.tmp").write_text(self.to_json())
        os.replace(folder / "progress.tmp", folder / "progress.json")


def winners(folder: Path) -> list[str]:
    """The kernels that a finished database has something better for than the schedule without tuning."""
    rows = json.loads((folder / KERNELS).read_text())
    return [row["kernel"] for row in rows if is_better(row["tuned_s"], row["scheduled_s"])]


def is_better(tuned_s: float | None, scheduled_s: float | None) -> bool:
    """Whether the best trial beats the schedule; None stands for what could not be built or run."""
    return tuned_s is not None and (scheduled_s is None or tuned_s < scheduled_s)


def mend_database(folder: Path) -> None:
    """Drop the half line that a killed tuner left at the end of a table; MetaSchedule reads no such table."""
    workloads = _mend(folder / WORKLOADS, lambda _: True)
    _mend(folder / RECORDS, lambda record: isinstance(record, list) and record[0] < workloads)


def _mend(table: Path, is_usable: Callable[[Any], bool]) -> int:
    """Keep the lines that are whole; returns how many they are."""
    if not table.exists():
        return 0
    whole = [line for line in table.read_text().splitlines() if _usable(line, is_usable)]
    table.write_text("".join(f"{line}\n" for line in whole))
    return len(whole)


def _usable(line: str, is_usable: Callable[[Any], bool]) -> bool:
    try:
        return is_usable(json.loads(line))
    except ValueError:
        return False
