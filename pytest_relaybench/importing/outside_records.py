"""The records that another program's run makes, with where they came from."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from ..errors import RecordError
from ..history.records import Measurement, Record, Statistics, TestOutcome, canonical
from ..home import SENTINELS
from ..outside.results import STATISTICS, OutsideResult, OutsideRun
from ..raw_samples import RawSamples
from ..times import iso, run_id_of

MICROSECONDS = 1_000_000
FIRST_YEAR = 1970
MOST = 2**63 - 1  # samples that a record can tell of
IMPORTED = "imported"  # the key of a record's `extra` that tells where it came from
_ODD = re.compile(r"[^A-Za-z0-9_-]+")


def allowed_name(told: str) -> str:
    """What a home may call an experiment; that of the built-in benchmarks is not to be had."""
    name = _ODD.sub("_", told).strip("_-") or IMPORTED
    return f"{IMPORTED}_{name}" if name == SENTINELS else name


@dataclass(frozen=True)
class Naming:
    """What imported experiments are called: all of a run as `into`, else each by its own name after `prefix`."""

    into: str = ""
    prefix: str = ""

    def experiment(self, told: str) -> str:
        """A name that a home may have."""
        return allowed_name(self.into or f"{self.prefix}{told}")

    def test(self, result: OutsideResult) -> str:
        """The test's name; with that of its experiment where all go into one."""
        return f"{result.experiment}.{result.test}" if self.into and result.experiment else result.test


def run_id_of_outside(run: OutsideRun) -> str:
    """The run's id by the moment it stands for: equal files, equal ids, and none shared by two runs.

    Most programs tell whole seconds, of which two runs may have the same; the digits after them then are a hash of
    what tells the runs apart. Raises RecordError for a moment that no clock told.
    """
    moment = run.committed or run.began
    if moment.year < FIRST_YEAR:
        raise RecordError(f"{run.name}: nothing was measured on {iso(moment)}")
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
        named = replace(
            result,
            test=naming.test(result),
            experiment=naming.experiment(result.experiment),
            params={name: _as_json(value) for name, value in result.params.items()},
        )
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
            machine={"id": run.machine, **{key: _as_json(fact) for key, fact in run.machine_facts.items() if fact}},
            versions={},
            config={"headline": run.headline},
            seed=0,
            position=1,
            tests=[_outcome(result, run) for result in results],
            measurements=[_measurement(result, run) for result in measured],
            extra={IMPORTED: _provenance(run, source)},
        )
        yield record, [_raw(result, run) for result in measured if result.samples]


def _as_json(value: Any) -> Any:
    """JSON has no number for NaN and infinities: as a parameter they are texts, wherever they stand in it."""
    if isinstance(value, Mapping):
        return {str(key): _as_json(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(inner) for inner in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


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
    return Statistics(n=min(told.n, MOST) if told else 1, **{**values, **usual}), unknown


def _raw(result: OutsideResult, run: OutsideRun) -> RawSamples:
    return RawSamples(result.experiment, result.test, result.metric, result.params, run.variant, list(result.samples))
