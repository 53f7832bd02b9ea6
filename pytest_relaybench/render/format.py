"""Numbers, changes, durations and dates as people read them; the one place where a value becomes text."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from ..history.records import Direction
from ..times import run_time as run_time  # noqa: PLC0414, whoever formats a run asks here

NO_VALUE = "–"
WORTH_A_WORD = 0.02  # repeated runs of the same code differ by up to 2 % (DESIGN section 5)
NO_CHANGE = 0.0005
COMMIT_DIGITS, FULL_COMMIT = 10, 40

_SECONDS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_BYTES = tuple((1024.0**power, unit) for power, unit in ((4, "TiB"), (3, "GiB"), (2, "MiB"), (1, "KiB"), (0, "B")))
_SI_FACTORS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))
_SI_UNITS = frozenset({"FLOP", "FLOP/s", "OP/s", "B/s", "Hz", "W", "J", "1/s", "items/s", "samples/s"})
_BARE = frozenset({"", "1", "count"})


@dataclass(frozen=True)
class Scale:
    """A unit that suits a value's size; `factor` is how many of the stored unit one of it is."""

    factor: float
    unit: str

    def number(self, value: float) -> str:
        """The value in this unit, three significant digits or all whole ones, without the unit."""
        return number_text(value / self.factor)

    def text(self, value: float) -> str:
        """The value in this unit, with the unit."""
        return f"{self.number(value)} {self.unit}".rstrip() if math.isfinite(value) else NO_VALUE


def scale_for(value: float, unit: str) -> Scale:
    """The scale in which `value`, stored in `unit`, reads best: s to ms and µs, B to KiB and MiB, FLOP/s to GFLOP/s."""
    if unit in _BARE:
        return Scale(1.0, "")
    size = abs(value)
    if unit == "s":
        return next((Scale(f, u) for f, u in _SECONDS if size >= f), Scale(*_SECONDS[-1]) if size else Scale(1.0, "s"))
    if unit == "B":
        return next((Scale(f, u) for f, u in _BYTES if size >= f), Scale(1.0, "B"))
    if unit in _SI_UNITS:
        prefixed = ((factor, f"{prefix}{unit}") for factor, prefix in _SI_FACTORS if size >= factor)
        return next((Scale(*found) for found in prefixed), Scale(1.0, unit))
    return Scale(1.0, unit)


def value_text(value: float, unit: str) -> str:
    """A value with its unit, sensibly scaled: `0.01234, "s"` is "12.3 ms"; NaN is a dash."""
    return scale_for(value, unit).text(value)


def number_text(value: float) -> str:
    """Three significant digits, whole digits never rounded away, thousands grouped by thin spaces; NaN is a dash."""
    if not math.isfinite(value):
        return NO_VALUE
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1e9 or size < 1e-4:
        return f"{value:.2e}"
    digits = max(0, 2 - math.floor(math.log10(size)))
    text = f"{value:,.{digits}f}".replace(",", "\u2009")
    return text.rstrip("0").rstrip(".") if value == int(value) and "." in text else text


def ratio_text(ratio: float) -> str:
    """A multiple beside others: "0.035", "0.70", "2.00", "12.5", "140", equal digits for equal sizes; NaN is a dash."""
    if not math.isfinite(ratio) or abs(ratio) < 0.0995:
        return number_text(ratio)
    digits = 2 if abs(ratio) < 9.995 else 1 if abs(ratio) < 99.95 else 0
    return f"{ratio:,.{digits}f}".replace(",", "\u2009")


def change_text(ratio: float, direction: Direction | str = "neutral") -> str:
    """What `ratio` = new / old means: "+3.2 % (worse)", "−0.4 %", "×2.50 (better)", "no change"; a dash for none.

    The word follows from `direction` and appears from 2 % on; it compares two runs and is no verdict.
    """
    if not math.isfinite(ratio) or ratio <= 0:
        return NO_VALUE
    if abs(ratio - 1) < NO_CHANGE:
        return "no change"
    word = worth(ratio, direction)
    return f"{_amount(ratio)} ({word})" if word else _amount(ratio)


def worth(ratio: float, direction: Direction | str) -> str:
    """`"worse"` or `"better"`, or nothing where the difference is small, unknown or has no direction."""
    if direction not in ("lower", "higher") or not math.isfinite(ratio) or abs(ratio - 1) < WORTH_A_WORD:
        return ""
    return "worse" if (ratio > 1) == (direction == "lower") else "better"


def _amount(ratio: float) -> str:
    if ratio >= 2 or ratio <= 0.5:
        return f"×{number_text(ratio)}"
    sign = "+" if ratio > 1 else "−"
    return f"{sign}{abs(ratio - 1) * 100:.1f} %"


def duration_text(seconds: float) -> str:
    """A wall-clock duration: "0.4 s", "42 s", "12 min 05 s", "3 h 04 min", "2 d 03 h"; a dash for none."""
    if not math.isfinite(seconds) or seconds < 0:
        return NO_VALUE
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = whole // 60
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    hours = minutes // 60
    return f"{hours // 24} d {hours % 24:02d} h"


def parse_time(text: object) -> datetime | None:
    """An ISO 8601 timestamp as UTC (no offset means UTC), None when it is none."""
    try:
        moment = datetime.fromisoformat(str(text))
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # OverflowError: the first or the last day there is, moved out of the calendar
        return None


def date_text(moment: datetime | None) -> str:
    """Date and minute in UTC: "2026-11-22 03:00 UTC"; a dash for None."""
    return NO_VALUE if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def day_text(moment: datetime | None) -> str:
    """The UTC date alone."""
    return NO_VALUE if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d}"


def count_text(count: int, noun: str, plural: str = "") -> str:
    """`1 experiment`, `2 experiments`."""
    return f"{count} {noun}" if count == 1 else f"{count} {plural or noun + 's'}"


def hash_text(tvm_hash: str) -> str:
    """A build's hash with its commit cut to ten digits: `0.27.0+g7b5acb32b` of a wheel, `11eef97069` of a git build."""
    version, plus, commit = tvm_hash.partition("+")
    return (
        f"{version}{plus}{commit[:COMMIT_DIGITS]}" if plus or len(tvm_hash) < FULL_COMMIT else tvm_hash[:COMMIT_DIGITS]
    )
