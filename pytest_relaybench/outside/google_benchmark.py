"""Results of Google Benchmark: what `--benchmark_out` writes in the format `json`."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from ..errors import RecordError
from ..history.records import Direction
from ..machine import hardware_id
from .results import OutsideResult, OutsideRun, damage_told, json_file, moment_of, statistics_of

TOOL = "google-benchmark"
HEADLINE = "median"
SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
TIMES = {"real_time": "time", "cpu_time": "cpu_time"}
# counters that the library computes itself, with unit and direction; any other is the author's, and neutral
RATES: Mapping[str, tuple[str, Direction]] = {
    "bytes_per_second": ("B/s", "higher"),
    "items_per_second": ("items/s", "higher"),
}
NOT_COUNTERS = frozenset(
    {
        "name", "run_name", "run_type", "family_index", "per_family_instance_index", "repetitions", "repetition_index",
        "threads", "iterations", "real_time", "cpu_time", "time_unit", "aggregate_name", "aggregate_unit", "label",
        "error_occurred", "error_message", "skipped", "skip_message", "big_o", "rms", "cpu_coefficient",
        "real_coefficient", "allocs_per_iter", "max_bytes_used", "total_allocated_bytes", "net_heap_growth",
    }
)  # fmt: skip
_NAMED = re.compile(r"(?P<name>[A-Za-z_]\w*):(?P<value>.*)", re.DOTALL)
_SETTING = ("repeats", "min_time", "min_warmup_time", "iterations")  # how it was measured, not what
_FLAGS = ("real_time", "process_time", "manual_time")


def is_google_benchmark(content: Any) -> bool:
    """Whether this is what Google Benchmark writes, of any version since 1.0."""
    return isinstance(content, dict) and isinstance(content.get("benchmarks"), list) and "context" in content


def read_google_benchmark(path: Path) -> OutsideRun:
    """Every benchmark of the file; raises RecordError, naming the file, when it is damaged.

    `BM_copy/8/threads:2` is test `BM_copy` with the parameters `arg1` 8 and `threads` 2. The value is the median of the
    repetitions, in seconds or in the unit of a counter; what ended with an error has no value and a note.
    """
    content = json_file(path)
    if not is_google_benchmark(content):
        raise RecordError(f"{path}: not a result file of Google Benchmark")
    with damage_told(path, "Google Benchmark"):
        return _run(path, content)


def _run(path: Path, content: Mapping[str, Any]) -> OutsideRun:
    context = content["context"]
    cores = int(context.get("num_cpus") or 0)
    host = str(context.get("host_name", ""))
    experiment = PurePath(str(context.get("executable") or "")).stem or path.stem
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for entry in content["benchmarks"]:
        groups.setdefault(str(entry.get("run_name") or entry["name"]), []).append(entry)
    return OutsideRun(
        tool=TOOL,
        name=path.stem,
        began=moment_of(str(context["date"])),
        machine=f"{TOOL}:{hardware_id(host, cores, 0, [])}",
        machine_facts={"host": host, "cores": cores, "mhz": context.get("mhz_per_cpu")},
        variant=str(context.get("library_build_type") or ""),
        commit=None,
        headline=HEADLINE,
        results=tuple(result for name, entries in groups.items() for result in _results(experiment, name, entries)),
    )


def _results(experiment: str, name: str, entries: Sequence[Mapping[str, Any]]) -> Iterator[OutsideResult]:
    """Of one benchmark: a result for each time and each counter."""
    test, params = _parts(name)
    failed = next((entry for entry in entries if entry.get("error_occurred") or entry.get("skipped")), None)
    if failed is not None:
        note = str(failed.get("error_message") or failed.get("skip_message") or "failed")
        yield OutsideResult(experiment, test, params, "time", "s", "lower", math.nan, note=note)
        return
    single = [entry for entry in entries if entry.get("run_type", "iteration") == "iteration" and not _is_fit(entry)]
    told = {str(entry.get("aggregate_name")): entry for entry in entries if entry.get("run_type") == "aggregate"}
    for key in _keys(single or list(told.values())):
        factor, unit, direction = _unit(key, (single or list(told.values()))[0])
        samples = tuple(float(entry[key]) * factor for entry in single if key in entry)
        known = {to: _told(told, of, key, factor) for to, of in _AGGREGATES}
        stats = statistics_of(samples, known, int((single or list(told.values()))[0].get("repetitions") or 1))
        if math.isfinite(stats.median) or math.isfinite(stats.mean):
            value = stats.median if math.isfinite(stats.median) else stats.mean
            yield OutsideResult(
                experiment, test, params, TIMES.get(key, key), unit, direction, value, stats=stats, samples=samples
            )


_AGGREGATES = (("mean", "mean"), ("median", "median"), ("std", "stddev"), ("min", "min"), ("max", "max"))


def _told(aggregates: Mapping[str, Mapping[str, Any]], name: str, key: str, factor: float) -> float | None:
    value = aggregates.get(name, {}).get(key)
    return None if value is None else float(value) * factor


def _is_fit(entry: Mapping[str, Any]) -> bool:
    """The curve that `Complexity()` fits over several benchmarks: not a measurement."""
    return "big_o" in entry or "rms" in entry


def _keys(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    keys = dict.fromkeys(key for entry in entries for key in entry)
    counters = (key for key in keys if key not in NOT_COUNTERS and isinstance(entries[0].get(key), int | float))
    return [*(key for key in TIMES if key in keys), *counters]


def _unit(key: str, entry: Mapping[str, Any]) -> tuple[float, str, Direction]:
    """What one of it is in our unit, that unit, and which way is better."""
    if key in TIMES:
        return SECONDS[str(entry.get("time_unit", "ns"))], "s", "lower"
    unit, direction = RATES.get(key, ("", "neutral"))
    return 1.0, unit, direction


def _parts(name: str) -> tuple[str, dict[str, Any]]:
    """`BM_copy<int>/8/n:4/repeats:3` → `BM_copy<int>`, {"arg1": 8, "n": 4}."""
    test, *parts = re.split(r"/(?![^<]*>)", name)
    params: dict[str, Any] = {}
    for part in parts:
        named = _NAMED.fullmatch(part)
        if named and named["name"] in _SETTING:
            continue
        if named:
            params[named["name"]] = _number(named["value"])
        elif part in _FLAGS:
            params[part] = True
        elif _number(part) == part:
            test = f"{test}/{part}"  # of a fixture, or a name with a slash of its own
        else:
            params[f"arg{1 + sum(key.startswith('arg') for key in params)}"] = _number(part)
    return test, params


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        return text
