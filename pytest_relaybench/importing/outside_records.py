"""The records that another program's run makes, with where they came from."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from ..history.records import Measurement, Record, Statistics, TestOutcome, canonical
from ..outside.results import STATISTICS, OutsideResult, OutsideRun
from ..raw_samples import RawSamples
from ..times import iso, run_id_of

MICROSECONDS = 1_000_000
IMPORTED = "imported"  # the key of a record's `extra` that tells where it came from
_ODD = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Naming:
    """What imported experiments are called: all of a run as `into`, else each by its own name after `prefix`."""

    into: str = ""
    prefix: str = ""

    def experiment(self, told: str) -> str:
        """A name that a home may have."""
        name = self.into or f"{self.prefix}{told}"
        return _ODD.sub("_", name).strip("_-") or "imported"

    def test(self, result: OutsideResult) -> str:
        """The test's name; with that of its experiment where all go into one."""
        return f"{result.experiment}.{result.test}" if self.into and result.experiment else result.test


def run_id_of_outside(run: OutsideRun) -> str:
    """The run's id by the moment it stands for: equal files, equal ids, and none shared by two runs.

    Most programs tell whole seconds, of which two runs may have the same; the digits after them then are a hash of
    what tells the runs apart.
    """
    moment = run.committed or run.began
    if moment.microsecond:
        return run_id_of(moment)
    told = canonical({"tool": run.tool, "machine": run.machine, "variant": run.variant, "commit": run.commit})
    digits = int(hashlib.sha256(told.encode()).hexdigest()[:12], 16) % MICROSECONDS
    return run_id_of(moment + timedelta(microseconds=digits))


def records_of(run: OutsideRun, source: str, naming: Naming) -> Iterator[tuple[Record, list[RawSamples]]]:
    """A record and its raw samples for each experiment of the run; `source` names the file in the record.

    Nothing in it depends on when or where the import is made.
    """
    run_id = run_id_of_outside(run)
    moment = run.committed or run.began
    by_experiment: dict[str, list[OutsideResult]] = {}
    for result in run.results:
        named = replace(result, test=naming.test(result), experiment=naming.experiment(result.experiment))
        by_experiment.setdefault(named.experiment, []).append(named)
    for experiment, results in sorted(by_experiment.items()):
        measured = _without_repeats([result for result in results if math.isfinite(result.value)])
        record = Record(
            run_id=run_id,
            timestamp=iso(moment),
            experiment=experiment,
            title="",
            start_time=iso(run.began),
            end_time=iso(run.began),
            duration_s=0.0,
            tvm_hash=None,
            machine={"id": run.machine, **{key: value for key, value in run.machine_facts.items() if value}},
            versions={},
            config={"headline": run.headline},
            seed=0,
            position=1,
            tests=[_outcome(result, run) for result in results],
            measurements=[_measurement(result, run) for result in measured],
            extra={IMPORTED: _provenance(run, source)},
        )
        yield record, [_raw(result, run) for result in measured if result.samples]


def _provenance(run: OutsideRun, source: str) -> dict[str, Any]:
    return {"tool": run.tool, "file": source, "commit": run.commit, "measured": iso(run.began)}


def _without_repeats(results: list[OutsideResult]) -> list[OutsideResult]:
    """Each series once: of two results of one name, the later."""
    return list({(r.test, canonical(r.params), r.metric): r for r in results}.values())


def _outcome(result: OutsideResult, run: OutsideRun) -> TestOutcome:
    parts = "-".join(str(value) for value in result.params.values())
    skipped = result.note.startswith("skipped")
    outcome = "passed" if math.isfinite(result.value) else "skipped" if skipped else "failed"
    return TestOutcome(
        nodeid=f"{result.test}[{parts}]" if parts else result.test,
        outcome=outcome,  # type: ignore[arg-type]  # one of the three
        duration_s=0.0,
        message=result.note,
        test=result.test,
        params=result.params,
        variant=run.variant,
    )


def _measurement(result: OutsideResult, run: OutsideRun) -> Measurement:
    stats, unknown = _known(result)
    note = f"{', '.join(unknown)} not told by {run.tool}" if unknown else result.note
    return Measurement(
        test=result.test,
        params=result.params,
        metric=result.metric,
        unit=result.unit,
        direction=result.direction,
        stats=stats,
        value=result.value,
        variant=run.variant,
        tvm_hash=run.commit,
        note=note,
        deterministic=result.deterministic,
    )


def _known(result: OutsideResult) -> tuple[Statistics, list[str]]:
    """The statistics, and the names of those that the file does not tell: a record has the value in their place."""
    told = result.stats
    values = {name: getattr(told, name) if told else math.nan for name in STATISTICS}
    unknown = [name for name, value in values.items() if not math.isfinite(value)]
    usual = {name: 0.0 if name == "std" else result.value for name in unknown}
    return Statistics(n=told.n if told else 1, **{**values, **usual}), unknown


def _raw(result: OutsideResult, run: OutsideRun) -> RawSamples:
    return RawSamples(result.experiment, result.test, result.metric, result.params, run.variant, list(result.samples))
