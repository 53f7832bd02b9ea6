"""Names of incidents: short, to be said aloud, and sorted by the day on which they began."""

from __future__ import annotations

from collections.abc import Iterable

from ..render.format import run_time
from .incident import Case

DAY_UNKNOWN = "0000-00-00"


def free_id(since_run: str, known: Iterable[Case]) -> str:
    """`2026-11-20-a`: the day of the run in which it began, and the first letter that no known case of the day has."""
    moment = run_time(since_run)
    day = f"{moment:%Y-%m-%d}" if moment else DAY_UNKNOWN
    taken = {case.id for case in known}
    number = 0
    while (name := f"{day}-{_letters(number)}") in taken:
        number += 1
    return name


def _letters(number: int) -> str:
    """`a` to `y`, then `za` to `zy` and on: the order of the alphabet is that of the numbers."""
    return "z" * (number // 25) + chr(ord("a") + number % 25)
