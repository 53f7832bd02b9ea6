"""Tidy places on the axes of a chart: round numbers, and the first days of months or years."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAY_STEPS = (1, 2, 5, 10)
MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120)
DAY_S, MONTH_S = 86400.0, 30.44 * 86400.0
LONGEST = 9  # characters of a number that an axis has room for

Ticks = list[tuple[float, str]]


def number_ticks(low: float, high: float, most: int = 5) -> Ticks:
    """Two to `most` round numbers from `low` to `high`, each with as many digits as the step between them needs."""
    span = high - low
    if not (math.isfinite(span) and span > 0):
        return []
    rough = 10.0 ** math.floor(math.log10(span / most))
    for step in (rough, rough * 2, rough * 5, rough * 10):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < most:
            break
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    values = [place * step for place in range(first, last + 1)]
    return list(zip(values, _numbers(values, digits), strict=True))


def _numbers(values: Sequence[float], digits: int) -> list[str]:
    """With so many digits after the point where there is room, else with as many as tell them apart."""
    if digits < LONGEST and all(abs(value) < 10.0**LONGEST for value in values):
        texts = [f"{value:,.{digits}f}".replace(",", "\u2009").replace("-", "−") for value in values]
        if max(map(len, texts), default=0) <= LONGEST:
            return texts
    several = ([f"{value:.{precision}g}" for value in values] for precision in range(2, 17))
    return next((texts for texts in several if len(set(texts)) == len(values)), ["" for _ in values])


def date_ticks(first: int, last: int, most: int = 5) -> Ticks:
    """At most about `most` days from `first` to `last`, in seconds since 1970: `Nov 12`, `Nov`, or `2026`."""
    span = last - first
    days = next((step for step in DAY_STEPS if span / (step * DAY_S) <= most), 0)
    begun, ended = datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC)
    if days:
        found = _days(begun, ended, days) or [ended]
        return [(moment.timestamp(), f"{MONTHS[moment.month - 1]} {moment.day}") for moment in found]
    months = next((step for step in MONTH_STEPS if span / (step * MONTH_S) <= most), MONTH_STEPS[-1])
    return [(moment.timestamp(), _month(moment)) for moment in _months(begun, ended, months)]


def _days(begun: datetime, ended: datetime, step: int) -> Sequence[datetime]:
    """Every `step` days back from the last whole day."""
    day = ended.replace(hour=0, minute=0, second=0, microsecond=0)
    found = []
    while day >= begun:
        found.append(day)
        day -= timedelta(days=step)
    return found[::-1]


def _months(begun: datetime, ended: datetime, step: int) -> Sequence[datetime]:
    """The first days of every `step`th month, counted from January."""
    number = -(-(begun.year * 12 + begun.month) // step) * step
    firsts = (datetime(at // 12, at % 12 + 1, 1, tzinfo=UTC) for at in range(number, ended.year * 12 + 12, step))
    return [first for first in firsts if begun <= first <= ended]


def _month(moment: datetime) -> str:
    return str(moment.year) if moment.month == 1 else MONTHS[moment.month - 1]
