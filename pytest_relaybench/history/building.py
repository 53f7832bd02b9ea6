"""From a journal to records: the same way for a night that ended and for one that was killed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from .journal import BEGIN, EXPERIMENT, EXPERIMENT_END, TEST, Entry, of_experiment
from .records import Direction, Measurement, Record, Statistics, Telemetry, TestOutcome, describe
from .sittings import has_ended, seconds_of, standing

MIDDLE = "neutral"


def experiments_in(entries: Sequence[Entry]) -> list[str]:
    """Names of the experiments that the journal has begun, in order."""
    return list(dict.fromkeys(entry["experiment"] for entry in entries if entry["kind"] == EXPERIMENT))


def build_record(entries: Sequence[Entry], name: str, *, raw_data: str = "") -> Record:
    """The record of one experiment from the journal of its run, which may have been resumed."""
    begin = next(entry for entry in entries if entry["kind"] == BEGIN)
    own = of_experiment(standing(entries), name)
    heads = [entry for entry in own if entry["kind"] == EXPERIMENT]
    first, head = heads[0], heads[-1]  # another for each sitting
    tests = [entry for entry in own if entry["kind"] == TEST]
    ends = [entry["time"] for entry in own if entry["kind"] == EXPERIMENT_END]
    end_time = ends[-1] if has_ended(own) else (tests[-1]["time"] if tests else head["time"])
    measurements = [entry for test in tests for entry in _measurements(test, head)]
    return Record(
        run_id=begin["run_id"],
        timestamp=begin["timestamp"],
        experiment=name,
        title=head["title"],
        start_time=first["time"],
        end_time=end_time,
        duration_s=round(seconds_of(entries, name), 6),
        # of the first build that was measured; where none was, of the one that is installed
        tvm_hash=next((entry.tvm_hash for entry in measurements if entry.tvm_hash), head["tvm_hash"]),
        machine=begin["machine"],
        versions=begin["versions"],
        config=head["config"],
        seed=begin["seed"],
        position=head["position"],
        tests=[_outcome(test, head) for test in tests],
        measurements=measurements,
        extra=_extra(tests, head),
        complete=has_ended(own) and len(tests) == head["selected"],
        raw_data=raw_data,
        telemetry=_telemetry(own),
    )


def _telemetry(own: Sequence[Entry]) -> Telemetry | None:
    """What the end of the experiment told, of all sittings; a journal that ends before has none."""
    told = [entry["telemetry"] for entry in own if entry["kind"] == EXPERIMENT_END and "telemetry" in entry]
    return Telemetry(**told[-1]) if told and has_ended(own) else None


def _extra(tests: list[Mapping[str, Any]], head: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a record tells beside measurements: a hash of the experiment's sources, the comparisons of two builds."""
    found = [entry for test in tests for entry in (test["measured"] or {}).get("comparisons", [])]
    told = {"source": head.get("source"), "comparisons": found}
    return {name: value for name, value in told.items() if value}


def _outcome(test: Mapping[str, Any], head: Mapping[str, Any]) -> TestOutcome:
    return TestOutcome(
        nodeid=test["nodeid"],
        outcome=test["outcome"],
        duration_s=test["duration_s"],
        message=test["message"],
        test=test.get("test", ""),
        params=test.get("params", {}),
        variant=test.get("variant") or head["variant"],
    )


def _measurements(test: Mapping[str, Any], head: Mapping[str, Any]) -> Sequence[Measurement]:
    measured = test["measured"]
    if not measured:
        return []
    return [
        Measurement(
            test=measured["test"],
            params=measured["params"],
            metric=entry["name"],
            unit=entry["unit"],
            direction=entry["direction"],
            stats=(stats := describe(entry["samples"])),
            value=_value(entry, stats, head["config"].get("headline", "min")),
            # in a comparison each metric has the build it was measured on; else the test has one, or uses none
            variant=entry.get("variant") or test.get("variant") or head["variant"],
            tvm_hash=entry.get("tvm_hash") or test.get("tvm_hash"),
            note=entry.get("note", ""),
            deterministic=entry.get("deterministic", False),
            artifact=entry.get("artifact") or measured.get("artifact", ""),
            ran_on=entry.get("ran_on") or measured.get("ran_on", ""),
        )
        for entry in measured["metrics"]
    ]


def _value(entry: Mapping[str, Any], stats: Statistics, choice: str) -> float:
    """The headline; of a comparison's many processes their median, since a night's value is that of one process."""
    if "variant" not in entry:
        return headline(stats, entry["direction"], choice)
    processes: dict[int, list[float]] = {}
    for process, sample in zip(entry["reps"], entry["samples"], strict=True):
        processes.setdefault(process, []).append(sample)
    return median(headline(describe(samples), entry["direction"], choice) for samples in processes.values())


def headline(stats: Statistics, direction: Direction, choice: str) -> float:
    """The statistic that stands for a series.

    `min` means the best sample: the smallest where lower is better, the largest where higher is, the median where
    neither is.
    """
    if choice != "min":
        return float(getattr(stats, choice))
    return {"lower": stats.min, "higher": stats.max, MIDDLE: stats.median}[direction]
