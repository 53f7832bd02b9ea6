"""Results of pyperf: one file of JSON, or one packed with gzip, with one benchmark or a suite."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import RecordError
from ..machine import hardware_id
from .results import OutsideResult, OutsideRun, damage_told, json_file, moment_of, statistics_of

TOOL = "pyperf"
HEADLINE = "mean"  # what `pyperf show` and `pyperf compare_to` tell
UNITS = {"second": "s", "byte": "B", "integer": ""}
EXPERIMENT = "pyperf"


def is_pyperf(content: Any) -> bool:
    """Whether this is what pyperf writes, of any version since 1.0."""
    return (
        isinstance(content, dict)
        and isinstance(content.get("benchmarks"), list)
        and isinstance(content.get("version"), str)
        and all(isinstance(entry, dict) and "runs" in entry for entry in content["benchmarks"])
    )


def read_pyperf(path: Path) -> OutsideRun:
    """Every benchmark of the file as a test of the experiment `pyperf`; RecordError when the file is damaged.

    The value is the mean of all values of all worker processes, as in pyperf. Times have no zone in such a file and are
    taken for UTC.
    """
    content = json_file(path)
    if not is_pyperf(content):
        raise RecordError(f"{path}: not a result file of pyperf")
    with damage_told(path, TOOL):
        return _run(path, content)


def _run(path: Path, content: Mapping[str, Any]) -> OutsideRun:
    shared = content.get("metadata") or {}
    benchmarks = content["benchmarks"]
    facts = {**_metadata(benchmarks[0]), **shared} if benchmarks else dict(shared)
    dates = [moment_of(text) for entry in benchmarks for text in _dates(entry, shared)]
    if not dates:
        raise ValueError("no run of it tells its date")
    model, cores = str(facts.get("cpu_model_name", "")), int(facts.get("cpu_count") or 0)
    python = f"{facts.get('python_implementation', 'python')} {facts.get('python_version', '')}".split(" (")[0].strip()
    return OutsideRun(
        tool=TOOL,
        name=path.name.removesuffix(".gz").removesuffix(".json"),
        began=min(dates),
        machine=f"{TOOL}:{hardware_id(model, cores, 0, [])}",
        machine_facts={"host": facts.get("hostname", ""), "cpu_model": model, "cores": cores},
        variant=python,
        commit=facts.get("commit_id"),
        headline=HEADLINE,
        results=tuple(_result(path, entry, shared) for entry in benchmarks if _values(entry)),
    )


def _metadata(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A benchmark's own facts, and those that its runs share with nobody."""
    runs = entry.get("runs") or [{}]
    return {**(runs[0].get("metadata") or {}), **(entry.get("metadata") or {})}


def _dates(entry: Mapping[str, Any], shared: Mapping[str, Any]) -> list[str]:
    found = [(run.get("metadata") or {}).get("date") for run in entry.get("runs", ())]
    return [str(text) for text in (*found, (entry.get("metadata") or {}).get("date"), shared.get("date")) if text]


def _values(entry: Mapping[str, Any]) -> list[float]:
    """Of all worker processes; those that only calibrated have none."""
    return [float(value) for run in entry["runs"] for value in run.get("values") or ()]


def _result(path: Path, entry: Mapping[str, Any], shared: Mapping[str, Any]) -> OutsideResult:
    facts = {**shared, **_metadata(entry)}
    unit = str(facts.get("unit", "second"))
    values = _values(entry)
    stats = statistics_of(values, {}, len(values))
    return OutsideResult(
        experiment=EXPERIMENT,
        test=str(facts.get("name") or path.stem),
        params={},
        metric="time" if unit == "second" else "value",
        unit=UNITS[unit],
        direction="lower",
        value=stats.mean,
        stats=stats,
        samples=tuple(values),
    )
