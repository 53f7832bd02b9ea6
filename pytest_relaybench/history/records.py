"""What is kept of a measurement, and the record of one experiment in one run."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from ..errors import MeasurementError, RecordError, RelaybenchError, brief
from ..files import checked_name, read_regular, write_json
from .migrations import SCHEMA, migrate

Direction = Literal["lower", "higher", "neutral"]
DIRECTIONS = ("lower", "higher", "neutral")
NORMAL_975 = 1.959964  # 97.5 % quantile of the standard normal distribution


def _iso(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("a time says its offset from UTC")
    return text


# what a stored record must hold to be read: a hand-edited one must not spoil the table for the others
_READING = ConfigDict(extra="forbid", allow_inf_nan=False)
Count = Annotated[int, Field(ge=1, lt=2**63)]
Time = Annotated[str, AfterValidator(_iso)]
Name = Annotated[str, AfterValidator(checked_name)]  # of the file and folder that the record lies in


@dataclass(frozen=True)
class Statistics:
    """Statistics of the samples of one process; in the measurement's unit, `n` aside.

    `ci_low` and `ci_high` bound the median with 95 % confidence by order statistics (Conover, Practical
    Nonparametric Statistics, section 3.2). They speak of this process only: never compare two runs by them.
    """

    __pydantic_config__: ClassVar = _READING

    n: Count
    mean: float
    median: float
    std: float
    min: float
    max: float
    ci_low: float
    ci_high: float


def describe(samples: Sequence[float]) -> Statistics:
    """Statistics of one or more finite samples; `std` has n-1 degrees of freedom and is 0 for one sample.

    Raises MeasurementError when there is no sample or one is NaN or infinite.
    """
    values = np.sort(np.asarray(samples, dtype=float))
    if values.size == 0:
        raise MeasurementError("a measurement needs at least one sample")
    if not np.isfinite(values).all():
        raise MeasurementError("a sample is NaN or infinite, which is no measurement")
    low, high = _median_ranks(values.size)
    return Statistics(
        n=int(values.size),
        mean=float(values.mean()),
        median=float(np.median(values)),
        std=float(values.std(ddof=1)) if values.size > 1 else 0.0,
        min=float(values[0]),
        max=float(values[-1]),
        ci_low=float(values[low]),
        ci_high=float(values[high]),
    )


def _median_ranks(n: int) -> tuple[int, int]:
    """Ranks (from 0) of the order statistics that bound the median; the extremes when n is too small.

    The binomial ranks by their normal approximation, rounded outwards; a child should not import SciPy for them.
    """
    low = max(math.floor((n - NORMAL_975 * math.sqrt(n)) / 2) - 1, 0)
    return low, n - 1 - low


@dataclass(frozen=True)
class Measurement:
    """One metric of one test with one set of parameters."""

    __pydantic_config__: ClassVar = _READING

    test: str
    params: Mapping[str, Any]
    metric: str
    unit: str
    direction: Direction
    stats: Statistics
    value: float  # the headline statistic
    variant: str
    tvm_hash: str | None
    derived: bool = False  # computed by the experiment's `analyze`, not measured
    note: str = ""  # why the value is what it is, where the number alone does not tell
    deterministic: bool = False  # the same build gives the same value: any change of it is news
    artifact: str = ""  # hash of the built artifact that was measured, "" where none was seen
    ran_on: str = ""  # the device that did the work, where that is known

    def key(self) -> tuple[str, str, str, str]:
        """What tells the series of one experiment and machine apart: test, parameters, metric, variant."""
        return self.test, canonical(self.params), self.metric, self.variant


@dataclass(frozen=True)
class TestOutcome:
    """How one test ended."""

    __test__ = False
    __pydantic_config__: ClassVar = _READING

    nodeid: str
    outcome: Literal["passed", "failed", "skipped"]
    duration_s: float
    message: str = ""
    test: str = ""  # as in its measurements; "" in records of before
    params: Mapping[str, Any] = field(default_factory=dict)
    variant: str = ""


@dataclass(frozen=True)
class Telemetry:
    """What was seen of the machine while the experiment ran; None is what it does not tell, or saw too little of.

    Shares are fractions of 1: of time, of the clock's median, of all cores.
    """

    __pydantic_config__: ClassVar = _READING

    samples: int
    duration_s: float  # from the first sample to the last
    rate_s: float  # seconds between two, as configured
    complete: bool  # false: the sampler ended before the experiment did
    throttled: bool | None = None  # the CPU for heat, or a GPU for any reason below
    throttle_reasons: Sequence[str] = ()
    cpu_clock_drop: float | None = None  # 1 - min / median, of the cores that the experiment was pinned to, else of all
    gpu_clock_drop: float | None = None  # as above, while the GPU was in use
    others_share: float | None = None  # of all cores, in use by processes that are not ours: mean
    others_share_max: float | None = None
    steal_share: float | None = None  # of all cores' time, given to other guests by the hypervisor: mean
    cpu_temperature_max_c: float | None = None
    gpu_temperature_max_c: float | None = None
    memory_available_min_bytes: float | None = None
    missing: Mapping[str, str] = field(default_factory=dict)  # topic → why the machine does not tell of it


@dataclass(frozen=True)
class Record:
    """All measurements of one experiment in one run, with everything needed to judge them.

    Times are UTC in ISO 8601; `timestamp` is the run's start.
    """

    __pydantic_config__: ClassVar = _READING

    run_id: Name
    timestamp: Time
    experiment: Name
    title: str
    start_time: Time
    end_time: Time
    duration_s: float
    tvm_hash: str | None
    machine: Mapping[str, Any]
    versions: Mapping[str, str]
    config: Mapping[str, Any]
    seed: int
    position: int  # place of the experiment in the night's order, from 1
    tests: Sequence[TestOutcome]
    measurements: Sequence[Measurement]
    complete: bool = True  # false: interrupted, or recovered from the journal of a run that was killed
    raw_data: str = ""  # archive of the raw samples, relative to the home where it lies inside
    extra: Mapping[str, Any] = field(default_factory=dict)
    telemetry: Telemetry | None = None  # not there: nobody watched


_RECORD = TypeAdapter(Record)
_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, default=str)
OPTIONAL = ("note", "deterministic", "artifact", "ran_on")  # what came after the first version


def canonical(params: Mapping[str, Any]) -> str:
    """Parameters as one line of JSON with sorted keys: equal parameters, equal text."""
    return _CANONICAL.encode(dict(params))


def write_record(path: Path, record: Record) -> None:
    """Write the record atomically; NaN anywhere in it is a ValueError."""
    write_json(path, _content(record))


def write_readable(path: Path, record: Record) -> None:
    """As `write_record`; raises RecordError where `read_record` would not take it, as of a damaged journal."""
    content = _content(record)
    _read(path, content)
    write_json(path, content)


def _content(record: Record) -> dict[str, Any]:
    content = asdict(record)
    if record.telemetry is None:
        del content["telemetry"]  # so that a version without it reads the record
    for entry in (*content["measurements"], *content["tests"]):
        for name in OPTIONAL:
            if not entry.get(name, True):
                del entry[name]  # likewise
    return {"schema": SCHEMA, **content}


def read_record(path: Path) -> Record:
    """Read a record of this or an older schema.

    Raises RecordError, naming the file, when it is damaged or of a schema that this version does not know.
    """
    try:
        content = from_json(read_regular(path))
    except (OSError, ValueError, RecursionError) as error:
        raise RecordError(f"{path}: not a readable record: {brief(error)}") from error
    return _read(path, content)


def _read(path: Path, stored: Any) -> Record:
    try:
        content = migrate(stored)
        # as JSON, in which a list is a sequence and a text no number
        return _RECORD.validate_json(to_json(content, inf_nan_mode="constants"), strict=True)
    except ValidationError as error:
        raise RecordError(f"{path}: not a readable record: {_first_fault(error)}") from error
    except (RelaybenchError, ValueError, RecursionError) as error:
        raise RecordError(f"{path}: not a readable record: {brief(error)}") from error


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False)[0]
    return brief(ValueError(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"))
