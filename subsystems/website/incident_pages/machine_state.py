"""How the machine was while an incident's experiments ran: before it, when it began, and last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pytest_relaybench.history.records import Record, Telemetry
from pytest_relaybench.render.format import day_text, run_time, value_text

from .record_reading import RecordsAround

MOST_EXPERIMENTS = 8
MOST_REASONS = 3


@dataclass(frozen=True)
class StateRow:
    """One night of one experiment; a cell for each of the table's columns, "" where nobody knows."""

    experiment: str
    when: str
    day: str
    cells: Sequence[str]


@dataclass(frozen=True)
class MachineState:
    """The table: what is known of no night has no column. `more` experiments are left out."""

    columns: Sequence[str]
    rows: Sequence[StateRow]
    watched: bool  # whether there was telemetry of any of these nights
    more: int


def machine_state(around: Sequence[RecordsAround]) -> MachineState:
    """Three nights of each experiment, as far as there are records of them."""
    nights = [night for one in around[:MOST_EXPERIMENTS] for night in _nights(one)]
    cells = [_cells(record) for _, _, record in nights]
    used = [place for place in range(len(COLUMNS)) if any(row[place] for row in cells)]
    rows = [
        StateRow(experiment, when, day_text(run_time(record.run_id)), [own[place] for place in used])
        for (experiment, when, record), own in zip(nights, cells, strict=True)
    ]
    watched = any(record.telemetry for _, _, record in nights)
    return MachineState([COLUMNS[place] for place in used], rows, watched, max(0, len(around) - MOST_EXPERIMENTS))


def _nights(one: RecordsAround) -> Iterator[tuple[str, str, Record]]:
    told = (("before", one.before), ("first with it", one.first), ("last", one.last))
    return ((one.experiment, when, record) for when, record in told if record is not None)


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.0f} %"


def _degrees(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} °C"


def _throttled(told: Telemetry) -> str:
    if told.throttled is None:
        return ""
    return ", ".join(told.throttle_reasons[:MOST_REASONS]) or "yes" if told.throttled else "no"


_TOLD: dict[str, Callable[[Telemetry], str]] = {
    "Other processes": lambda told: _share(told.others_share),
    "at most": lambda told: _share(told.others_share_max),
    "Hypervisor": lambda told: _share(told.steal_share),
    "Throttled": _throttled,
    "CPU clock fell": lambda told: _share(told.cpu_clock_drop),
    "GPU clock fell": lambda told: _share(told.gpu_clock_drop),
    "CPU at most": lambda told: _degrees(told.cpu_temperature_max_c),
    "GPU at most": lambda told: _degrees(told.gpu_temperature_max_c),
    "Memory left": lambda told: (
        "" if told.memory_available_min_bytes is None else value_text(told.memory_available_min_bytes, "B")
    ),
}
COLUMNS = ("Load at the start", *_TOLD)


def _cells(record: Record) -> list[str]:
    told = record.telemetry
    return [_load(record), *(tell(told) if told else "" for tell in _TOLD.values())]


def _load(record: Record) -> str:
    """The load average of the last minute, as the machine's facts have it."""
    loads = record.machine.get("load_average")
    known = isinstance(loads, list) and loads and isinstance(loads[0], int | float)
    return f"{loads[0]:.1f}" if known else ""  # type: ignore[index]
