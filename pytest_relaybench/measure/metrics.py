"""One metric of one test, as a child hands it to its parent."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

from ..errors import MeasurementError
from ..history.records import DIRECTIONS, Direction

STEADY, FIRST_RUN, COMPILE = "time", "first_run", "compile"
PEAK_MEMORY, ARTIFACT_SIZE = "peak_memory", "artifact_size"
LONGEST_NOTE = 300  # characters; a note is stored with every value that has one


@dataclass(frozen=True)
class Metric:
    """Samples of one metric in `unit`; `reps[i]` is the input that sample i was taken with, empty when there is one.

    `note` says in a line why the value is what it is, where the number alone does not. One that is `deterministic` has
    the same value whenever the same code is measured, so that any change of it is news.
    """

    name: str
    unit: str
    direction: Direction
    samples: Sequence[float]
    reps: Sequence[int] = ()
    note: str = ""
    deterministic: bool = False


def metric(  # noqa: PLR0913, PLR0917, as the record has them
    name: str,
    samples: Sequence[float],
    unit: str,
    direction: str,
    reps: Sequence[int] = (),
    note: str = "",
    deterministic: bool = False,
) -> Metric:
    """A checked metric; the note becomes one line of at most LONGEST_NOTE characters.

    Raises MeasurementError for an empty name or unit, an unknown direction, no sample, and a sample that is no number,
    NaN or infinite.
    """
    __tracebackhide__ = True
    if not name or not unit:
        raise MeasurementError(f"metric {name!r} with unit {unit!r}: a metric has a name and a unit")
    if direction not in DIRECTIONS:
        raise MeasurementError(f"{name}: the direction is one of {', '.join(DIRECTIONS)} (found {direction!r})")
    values = [_number(name, sample) for sample in samples]
    if not values:
        raise MeasurementError(f"{name}: no sample was taken")
    bad = next((value for value in values if not math.isfinite(value)), None)
    if bad is not None:
        raise MeasurementError(f"{name}: a sample is {bad}, which is no measurement")
    return Metric(name, unit, cast("Direction", direction), values, list(reps), _one_line(note), deterministic)


def _one_line(note: str) -> str:
    line = " ".join(note.encode(errors="replace").decode().split())
    return line if len(line) <= LONGEST_NOTE else line[: LONGEST_NOTE - 1] + "…"


def _number(name: str, sample: Any) -> float:
    __tracebackhide__ = True
    try:
        return math.fsum([sample])  # unlike float() it takes no text
    except (TypeError, ValueError, OverflowError):
        raise MeasurementError(f"{name}: a sample is {sample!r:.60}, which is no number") from None


def to_json(entry: Metric) -> dict[str, Any]:
    """The metric as JSON-able values; what most metrics have not, as a note, is stored with those that have it."""
    content = asdict(entry)
    for name in ("note", "deterministic"):
        if not content[name]:
            del content[name]
    return content


def from_json(entry: Mapping[str, Any]) -> Metric:
    """The inverse of `to_json`."""
    return Metric(**entry)


def with_peak_memory(measured: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A child's metrics as JSON, with the peak memory that it told, unless the author has recorded that name."""
    metrics: list[dict[str, Any]] = measured["metrics"]
    peak = measured.get("peak_memory_bytes")
    if not peak or not metrics or any(entry["name"] == PEAK_MEMORY for entry in metrics):
        return metrics
    return [*metrics, to_json(metric(PEAK_MEMORY, [peak], "B", "lower"))]
