"""Results of airspeed velocity: a result file of either layout, with the `benchmarks.json` that tells units and names.

Layout 2 is what asv 0.5 and later write, layout 1 what 0.2 to 0.4 wrote (asv/results.py: `save`, `update_to_2`).
"""

from __future__ import annotations

import ast
import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import RecordError
from ..history.records import Statistics
from .results import UNKNOWN, OutsideResult, OutsideRun, damage_told, json_file, statistics_of

TOOL = "asv"
HEADLINE = "median"
UNITS = {"seconds": "s", "bytes": "B", "unit": ""}
METRICS = {"time": "time", "timeraw": "time", "memory": "memory", "peakmemory": "peak_memory", "track": "value"}
# what asv takes a function for by its name, with the unit that the kind has (asv_runner/benchmarks)
NAMED = (
    (re.compile(r"peakmem_|PeakMem[A-Z_]"), "peakmemory", "bytes"),
    (re.compile(r"mem_|Mem[A-Z_]"), "memory", "bytes"),
    (re.compile(r"track_|Track[A-Z_]"), "track", "unit"),
    (re.compile(r"(time|timeraw)_|(Time|Timeraw)[A-Z_]"), "time", "seconds"),
)
LAYOUTS = (1, 2)
MILLISECONDS = 1000


def is_asv(content: Any) -> bool:
    """Whether this is a result file of asv; its `benchmarks.json` and `machine.json` are not."""
    return isinstance(content, dict) and isinstance(content.get("results"), dict) and "commit_hash" in content


def read_asv(path: Path) -> OutsideRun:
    """Every benchmark and every combination of its parameters; raises RecordError when the file is damaged.

    What failed (null) or was skipped (NaN) has no value and a note. `benchmarks.json` is looked for beside the file
    and above it; without one, kinds follow from the names as they do in asv. Lower is better, as asv has it everywhere.
    """
    content = json_file(path)
    if not is_asv(content):
        raise RecordError(f"{path}: not a result file of asv")
    if content.get("version") not in LAYOUTS:
        raise RecordError(f"{path}: asv's layouts 1 and 2 are known (found {content.get('version')!r:.60})")
    with damage_told(path, TOOL):
        return _run(path, content)


def _run(path: Path, content: Mapping[str, Any]) -> OutsideRun:
    entries = _by_column(content) if content["version"] == max(LAYOUTS) else _by_name(content)
    known = _benchmarks(path)
    started = [entry["started_at"] for entry in entries.values() if entry.get("started_at")]
    moment = min(started) if started else content["date"]
    machine = content["params"]
    return OutsideRun(
        tool=TOOL,
        name=path.stem,
        began=datetime.fromtimestamp(moment / MILLISECONDS, UTC),
        machine=f"{TOOL}:{machine.get('machine', '')}",
        machine_facts={"host": machine.get("machine", ""), "cpu_model": machine.get("cpu", "")},
        variant=str(content.get("env_name") or content.get("python", "")),
        commit=content["commit_hash"],
        headline=HEADLINE,
        committed=datetime.fromtimestamp(content["date"] / MILLISECONDS, UTC),
        results=tuple(result for name in entries for result in _results(name, entries[name], known.get(name, {}))),
    )


def _benchmarks(path: Path) -> Mapping[str, Any]:
    found = next((folder / "benchmarks.json" for folder in path.absolute().parents[:2]
                  if (folder / "benchmarks.json").is_file()), None)  # fmt: skip
    content = json_file(found) if found else {}
    return {name: entry for name, entry in content.items() if isinstance(entry, dict)}


def _by_column(content: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    columns = content["result_columns"]
    return {name: dict(zip(columns, row, strict=False)) for name, row in content["results"].items()}  # the end is cut


def _by_name(content: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Layout 1, where an unparametrized number stands alone, in the words of layout 2."""
    entries = {}
    for name, told in content["results"].items():
        entry = told if isinstance(told, dict) else {"result": told}
        stats = _listed(entry.get("stats")) or []
        entries[name] = {
            "result": _listed(entry.get("result")),
            "params": entry.get("params") or [],
            "samples": entry.get("samples"),
            "stats_repeat": [one.get("repeat") if one else None for one in stats],
            "stats_ci_99_a": [one["ci_99"][0] if one else None for one in stats],
            "stats_ci_99_b": [one["ci_99"][1] if one else None for one in stats],
            "version": content.get("benchmark_version", {}).get(name),
            "started_at": content.get("started_at", {}).get(name),
        }
    return entries


def _listed(value: Any) -> list[Any] | None:
    return value if value is None or isinstance(value, list) else [value]


def _results(name: str, entry: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[OutsideResult]:
    experiment, _, test = name.partition(".")
    combinations = list(itertools.product(*(entry.get("params") or [])))
    kind, unit = _kind(test or name, known)
    for place, combination in enumerate(combinations):
        told = _at(entry.get("result"), place)
        value = float(told) if isinstance(told, int | float) and math.isfinite(told) else UNKNOWN
        samples = tuple(_at(entry.get("samples"), place) or ())
        yield OutsideResult(
            experiment=experiment,
            test=test or name,
            params=_params(combination, known.get("param_names") or []),
            metric=METRICS.get(kind, kind),
            unit=UNITS.get(unit, unit),
            direction="lower",
            value=value,
            stats=None if math.isnan(value) else _statistics(entry, place, value, samples),
            samples=samples,
            note=_note(told),
            version=str(entry.get("version") or ""),
            deterministic=kind == "memory",  # the size of an object, counted
        )


def _statistics(entry: Mapping[str, Any], place: int, value: float, samples: tuple[float, ...]) -> Statistics:
    """Of the samples, where they were kept; else its own, whose interval of the median is one of 99 %."""
    low, high = _at(entry.get("stats_ci_99_a"), place), _at(entry.get("stats_ci_99_b"), place)
    repeats = _at(entry.get("stats_repeat"), place) or 1
    return statistics_of(samples, {"median": value, "ci_low": low, "ci_high": high}, int(repeats))


def _kind(test: str, known: Mapping[str, Any]) -> tuple[str, str]:
    if "type" in known:
        return str(known["type"]), str(known.get("unit", ""))
    parts = reversed(test.split("."))  # the function's name, then its class's
    return next(((kind, unit) for part in parts for begin, kind, unit in NAMED if begin.match(part)), ("track", "unit"))


def _at(values: Sequence[Any] | None, place: int) -> Any:
    """The value of one combination; the end of a list may be missing where a file is older than its benchmark."""
    return values[place] if values is not None and place < len(values) else None


def _note(told: Any) -> str:
    """Why a combination has no value, nothing where it has one."""
    if told is None:
        return "failed"
    if not isinstance(told, int | float):
        return "not a number"
    return "" if math.isfinite(told) else "skipped" if math.isnan(told) else "not finite"


def _params(combination: Sequence[str], names: Sequence[str]) -> dict[str, Any]:
    given = names if len(names) == len(combination) else [f"param{place}" for place in range(1, len(combination) + 1)]
    return {name: _literal(text) for name, text in zip(given, combination, strict=True)}


def _literal(text: str) -> Any:
    """Asv keeps the repr of a value: what JSON has too is read back, anything else stays a text."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text
    return value if isinstance(value, str | int | float | bool | None) else text
