"""Series that tonight should have and has not: missing, or broken, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..detect import Kind
from ..history.records import TestOutcome
from .changes import MISSED_FOR
from .night_matrix import SeriesNights, Texts
from .tonight import ExperimentTonight, Tonight
from .verdicts import REMOVED

SEEN_TWICE = 2  # a gap that a series had so often is its habit
LONGEST_REASON = 200

Nights = NDArray[np.float64]


def why_absent(
    nights: SeriesNights, expected_until: str, own: ExperimentTonight, tonight: Tonight
) -> tuple[Kind, str] | None:
    """The verdict on a series without a value tonight, and its reason; None when nobody expected one.

    `nights` are without the runs that did not ask for it. A series is expected when its test ran or should have run,
    and it is away for longer than its own rhythm: the largest gap that it had twice. What its test, or where all of
    it failed its experiment, went on without up to the run `expected_until` has ended before.
    """
    series, values = nights.told, nights.values
    behind = _ended_before(nights, expected_until)
    if own.failed:
        return None if tonight.is_selection or behind > MISSED_FOR else (Kind.BROKEN, _short(own.failed))
    test = own.test_of(series["test"], series["params"], series["variant"])
    if test is not None and test.outcome == "failed":
        return None if behind >= _usual_gap(values) else (Kind.BROKEN, _broken(values, test.message))
    left_out = own.compared and series["variant"] not in own.compared
    not_asked = tonight.is_selection and test is None
    return None if left_out or not_asked or not _is_missed(values) else _missing(series, values, own, test)


def _missing(
    series: Mapping[str, Any], values: Nights, own: ExperimentTonight, test: TestOutcome | None
) -> tuple[Kind, str] | None:
    if test is not None:
        skipped = test.outcome == "skipped"
        return Kind.MISSING, _short(f"skipped: {test.message}") if skipped else "its test passed without recording it"
    if not (own.complete and _others_passed(series, own.tests)):
        are_named = bool(own.tests) and all(one.test for one in own.tests)
        if not own.complete:
            return Kind.MISSING, "the run ended before it"
        return Kind.MISSING, "not among tonight's tests" if are_named else "not measured"
    return (Kind.MISSING, REMOVED) if _away(values) <= 1 else None  # said on one night


def fell_back(devices: Texts, params: Mapping[str, Any]) -> str:
    """Why tonight's value is of another device than was asked for; "" where it is not, or nobody knows.

    `devices` are those of one series by runs, the newest last; None or "" where a run does not tell.
    """
    ran_on = devices[-1] or ""
    asked = str(params.get("device", "")).partition(":")[0]
    if not ran_on:
        return ""
    if asked and _family(ran_on) != _family(asked):
        return f"fell back to another device: asked for {asked}, ran on {ran_on}"
    before = [str(device) for device in devices[:-1] if device]
    if not asked and before and _family(before[-1]) != _family(ran_on):
        return f"fell back to another device: ran on {before[-1]} before, on {ran_on} tonight"
    return ""


def _family(device: str) -> str:
    word = device.lower().partition(":")[0]
    return {"llvm": "cpu", "gpu": "cuda"}.get(word, word)


def _others_passed(series: Mapping[str, Any], tests: Sequence[TestOutcome]) -> bool:
    """Whether the function's other tests all passed, so that this one was taken away on purpose."""
    outcomes = [test.outcome for test in tests if _function(test) == series["test"]]
    return all(outcome == "passed" for outcome in outcomes) and bool(tests)


def _function(test: TestOutcome) -> str:
    """Its name without parameters, also in records of before."""
    return test.test or test.nodeid.partition("::")[2].partition("[")[0]


def _ended_before(nights: SeriesNights, until: str) -> int:
    """Runs up to `until` that were without it, since its newest value."""
    return sum(run <= until for run in nights.runs[len(nights.runs) - _away(nights.values) :])


def _away(values: Nights) -> int:
    """Runs since the newest value."""
    known = np.flatnonzero(~np.isnan(values))
    return len(values) - 1 - int(known[-1]) if known.size else len(values)


def _is_missed(values: Nights) -> bool:
    """Whether it is away for longer than is usual for it, and was there lately."""
    return _usual_gap(values) <= _away(values) <= MISSED_FOR


def _usual_gap(values: Nights) -> int:
    gaps = np.sort(np.diff(np.flatnonzero(~np.isnan(values))))
    return int(gaps[-SEEN_TWICE:][0]) if gaps.size else 1


def _broken(values: Nights, message: str) -> str:
    first = "newly failing" if _away(values) <= 1 else f"failing for {_away(values)} runs"
    line = next(iter(message.strip().splitlines()), "")
    return _short("timed out: " + line if "timeout_s" in line else f"{first}: {line}")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_REASON else line[: LONGEST_REASON - 1] + "…"
