"""How the newest run went on the machine: telemetry, seed, place in the order."""

from __future__ import annotations

from typing import Any

from pytest_relaybench.history.records import Record, Telemetry
from pytest_relaybench.render.format import date_text, duration_text, parse_time, value_text

from ..templates import fact_rows


def run_rows(record: Record) -> list[tuple[str, str]]:
    """When, and under which seed."""
    rows: dict[str, Any] = {
        "run": record.run_id,
        "begun": date_text(parse_time(record.start_time)),
        "ended": date_text(parse_time(record.end_time)),
        "seed": record.seed,
        "place in the order": record.position,
        "complete": record.complete,
    }
    return fact_rows(rows)


def telemetry_rows(told: Telemetry) -> list[tuple[str, str]]:
    """What was watched and seen; what the machine does not tell is named at the end, with the reason."""
    shares = {
        "other processes, share of all cores": told.others_share,
        "other processes at most": told.others_share_max,
        "taken by the hypervisor": told.steal_share,
        "CPU clock fell by": told.cpu_clock_drop,
        "GPU clock fell by": told.gpu_clock_drop,
    }
    least = told.memory_available_min_bytes
    degrees = {"CPU at most": told.cpu_temperature_max_c, "GPU at most": told.gpu_temperature_max_c}
    facts: dict[str, Any] = {
        "samples": f"{told.samples} in {duration_text(told.duration_s)}, one every {told.rate_s:g} s",
        "watched to the end": told.complete,
        "throttled": told.throttled,
        "throttled for": list(told.throttle_reasons) or None,
        **{name: None if share is None else f"{100 * share:.1f} %" for name, share in shares.items()},
        **{name: None if value is None else f"{value:.0f} °C" for name, value in degrees.items()},
        "memory left at least": None if least is None else value_text(least, "B"),
    }
    known = {name: value for name, value in facts.items() if value is not None}
    return [*fact_rows(known), *((f"no {topic.replace('_', ' ')}", why) for topic, why in told.missing.items())]
