"""Analyze: what the experiment's own `analyze` derives from tonight's measurements joins the record."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from ..errors import RecordError
from ..history.records import Measurement, Record, describe, read_record, write_record
from ..history.table import frame_of
from ..measure.metrics import metric
from ..render.series import expand_params
from ..state import ExperimentNight, Night
from .outcome import Outcome, counted

GIVEN = ("metric", "value", "unit", "direction", "test", "params", "variant")

NEEDED = GIVEN[:3]


def analyze(night: Night, entry: ExperimentNight) -> Outcome:
    """Run the hook on tonight's rows and rewrite the record with what it returns.

    The hook gets the tidy frame of tonight with a column per parameter, and returns None or rows (a frame or a list of
    dicts) with `metric`, `value`, `unit`, and optionally `direction`, `test` and `params`; also `variant`, where there
    are several.
    """
    path = night.home.data_file(entry.name, night.run_id)
    if not path.is_file():
        raise RecordError(f"No data was produced by {entry.name}")
    record = read_record(path)
    hook = entry.experiment.hook("analyze") if entry.experiment else None
    derived = [] if hook is None else list(_derived(record, hook(expand_params(frame_of(record)))))
    known = {entry.key() for entry in record.measurements}
    twice = next((entry for entry in derived if entry.key() in known), None)
    if twice is not None:
        raise ValueError(f"analyze returned {twice.metric} of {twice.test}, which was measured: give it another name")
    if derived:
        record = dataclasses.replace(record, measurements=[*record.measurements, *derived])
        write_record(path, record)
    return Outcome(success=True, message=f"{counted(len(record.measurements), 'measurement')}, {len(derived)} derived")


def _derived(record: Record, returned: Any) -> Iterable[Measurement]:
    rows = returned.to_dict("records") if isinstance(returned, pd.DataFrame) else returned or []
    for row in rows:
        # a frame has NaN where a row has nothing
        yield _measurement(record, {key: value for key, value in row.items() if not _is_nan(value) or key == "value"})


def _measurement(record: Record, row: Mapping[Any, Any]) -> Measurement:
    """Check one returned row; raises ValueError for an unknown key, MeasurementError for a value that is none."""
    unknown = sorted(set(map(str, row)) - set(GIVEN))
    if unknown:
        raise ValueError(f"analyze returned the unknown key {unknown[0]!r}; known: {', '.join(GIVEN)}")
    absent = next((key for key in NEEDED if key not in row), None)
    if absent is not None:
        raise ValueError(f"analyze returned a row without {absent!r}: {dict(row)}")
    entry = metric(row["metric"], [row["value"]], row["unit"], row.get("direction", "lower"))
    given, test = row.get("params") or {}, row.get("test", "analyze")
    params = json.loads(given) if isinstance(given, str) else given
    variant = _variant(record, row.get("variant"))
    return Measurement(
        test=test,
        params=params,
        metric=entry.name,
        unit=entry.unit,
        direction=entry.direction,
        stats=describe(entry.samples),
        value=entry.samples[0],
        variant=variant,
        tvm_hash=_hash(record, variant, test, params),
        derived=True,
    )


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _variant(record: Record, variant: str | None) -> str:
    """The variant of a derived value; raises ValueError where there are several and none is named."""
    known = list(dict.fromkeys(entry.variant for entry in record.measurements))
    if variant is None and len(known) > 1:
        raise ValueError(f"analyze must say which `variant` a row is of: {', '.join(known)}")
    return known[0] if variant is None else variant


def _hash(record: Record, variant: str, test: str, params: Mapping[str, Any]) -> str | None:
    """The build of the measurements that it was derived from, of its own test where that has any.

    Tests that use no TVM go by the variant `installed` too, and have no hash.
    """
    there = [entry for entry in record.measurements if entry.variant == variant]
    own = [entry for entry in there if (entry.test, entry.params) == (test, params)]
    return next((entry.tvm_hash for entry in own or there if entry.tvm_hash), None)
