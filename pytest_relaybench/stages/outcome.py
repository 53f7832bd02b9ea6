"""How a stage ended, before it becomes a status file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """Success or not, a message for people, and what only this stage tells."""

    success: bool
    message: str
    duration_s: float | None = None  # of what the stage stands for, when that is not the deciding
    extra: Mapping[str, Any] = field(default_factory=dict)


def counted(number: int, noun: str) -> str:
    """`1 test`, `3 tests`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
