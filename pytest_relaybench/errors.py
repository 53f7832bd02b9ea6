"""Every error this program expects, and the one-line faults they are made of.

RelaybenchError
├── ConfigError          a config file does not hold what its model asks for; carries every fault
├── HomeError            the home itself cannot be used: missing, locked, not writable
├── RecordError          a stored result cannot be read: damaged, or of an unknown schema
├── MeasurementError     a measurement cannot count: NaN, no unit, an output that differs from the reference
├── ChildError           a child interpreter could not be started or broke its protocol
├── VariantError         a TVM build cannot be provided: not fetched, not built, not importable, not the one asked for
└── SubsystemError       a subsystem cannot be loaded or ordered
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .visible import visible, visible_line

LONGEST_REASON = 300


class RelaybenchError(Exception):
    """An error whose message is meant for a person, in one line; what it quotes moves no cursor."""

    def __init__(self, message: str = "") -> None:
        super().__init__(visible(message))


@dataclass(frozen=True)
class Fault:
    """One thing wrong in one file: where, what was found, what the rule is."""

    file: str
    key: str
    value: str
    rule: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}: {self.key}" if self.key else self.file
        found = f" (found {self.value})" if self.value else ""
        hint = f"; {self.hint}" if self.hint else ""
        # keys and file names may hold anything
        return visible_line(f"{place}: {self.rule}{found}{hint}")


def reason_of(error: OSError) -> str:
    """Why the system refused, in its own words: `No space left on device`."""
    return error.strerror or str(error)


def brief(error: BaseException) -> str:
    """What it says in one line that people read: it may quote a whole file."""
    told = reason_of(error) if isinstance(error, OSError) else str(error)
    text = visible_line((told.splitlines() or [type(error).__name__])[0])
    return text if len(text) <= LONGEST_REASON else f"{text[: LONGEST_REASON - 1]}…"


class ConfigError(RelaybenchError):
    """A config file breaks its model's rules; `faults` holds every breach."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


class HomeError(RelaybenchError):
    """The home cannot be used at all."""


class RecordError(RelaybenchError):
    """A stored result cannot be read."""


class MeasurementError(RelaybenchError):
    """A measurement cannot count as a result."""


class ChildError(RelaybenchError):
    """A child interpreter could not be started, or broke its protocol."""


class VariantError(RelaybenchError):
    """A TVM build cannot be provided; below its one line the message holds the end of the log."""


class SubsystemError(RelaybenchError):
    """A subsystem cannot be loaded or put in order."""
