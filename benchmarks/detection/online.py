"""The online task: nights come one by one, an alarm opens a ticket, and the tickets are held against the truth.

- Nights 0 to 29 are a warm-up without tickets. A ticket mutes its series for 7 nights.
- The first ticket within `window` nights of a step has found it; its delay is counted from the first night of the new
  level. Further tickets within the window are neutral, and so is one ticket from there to night 30 of a step not found.
- Tickets from 2 nights before to `window` nights after a neutral night (the machine changed, or people could not agree)
  are neutral. Every other ticket is false.
- A step counts when it comes after the warm-up and at least 3 nights before the end, and, unless it was found, has a
  whole window of nights behind it. Both directions count.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

from .history import Array, History, Step

WARM_UP = 30
FIRST_UPDATE = 5  # the night from which detectors are asked at all
MUTED = 7
LATE = 30
TOO_CLOSE_TO_THE_END = 3
BEFORE_NEUTRAL = 2


class Online(Protocol):
    """A detector at work on one series; what it wants to remember from night to night it keeps itself."""

    def update(self, history: Array) -> bool:
        """Whether to raise an alarm tonight; `history` has every night up to tonight, oldest first."""


@dataclass(frozen=True)
class Tickets:
    """The nights at which tickets were opened, and the processor time that it took to look at every night."""

    nights: tuple[int, ...]
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """A step that counts: its size, and the delay of the ticket in nights, None when there was none in time."""

    size: float
    delay: int | None


@dataclass(frozen=True)
class OnlineScore:
    """What the tickets of one series are worth."""

    outcomes: tuple[Outcome, ...]
    false: int
    nights: int


def replay(history: History, detector: Online) -> Tickets:
    """The tickets that the detector opens."""
    opened, muted_until = [], WARM_UP - 1
    started = time.process_time()
    for tonight in range(FIRST_UPDATE, history.values.size):
        is_alarm = detector.update(history.values[: tonight + 1])
        if is_alarm and tonight > muted_until:
            opened.append(tonight)
            muted_until = tonight + MUTED
    return Tickets(tuple(opened), time.process_time() - started)


def score(history: History, opened: tuple[int, ...], window: int) -> OnlineScore:
    """Hold tickets against the truth."""
    size = history.values.size
    counted = [step for step in history.steps if WARM_UP <= step.night < size - TOO_CLOSE_TO_THE_END]
    delays: dict[int, int] = {}
    late: set[int] = set()
    false = 0
    for ticket in opened:
        waiting = [step for step in counted if step.night not in delays and step.night <= ticket]
        in_time = next((step for step in waiting if ticket <= step.night + window), None)
        if in_time is not None:
            delays[in_time.night] = ticket - in_time.night
        elif any(night <= ticket <= night + window for night in history.nights):
            continue
        elif (last := _late(waiting, late, ticket)) is not None:
            late.add(last.night)
        elif not _is_neutral(history, ticket, window):
            false += 1
    outcomes = [
        Outcome(abs(step.size), delays.get(step.night))
        for step in counted
        if step.night in delays or step.night + window < size
    ]
    return OnlineScore(tuple(outcomes), false, size - WARM_UP)


def _late(waiting: list[Step], late: set[int], ticket: int) -> Step | None:
    return next((step for step in waiting if step.night not in late and ticket <= step.night + LATE), None)


def _is_neutral(history: History, ticket: int, window: int) -> bool:
    return any(night - BEFORE_NEUTRAL <= ticket <= night + window for night in history.neutral)
