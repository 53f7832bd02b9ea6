"""The tables of the yardstick."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from pytest_relaybench.text_table import aligned

from .detectors import Detector
from .sets import Set
from .summary import OnlineSummary, Summary

ONLINE_HEAD = ("F1", "found", "false/year", "delay", "median")
HEAD = (
    "detector",
    *(f"{what} {window}" for window in (14, 7) for what in ONLINE_HEAD),
    "retro F1",
)
SIZE_HEAD = ("detector", "1-2 %", "2-5 %", "5-10 %", "> 10 %", "ms/series", "ms/night", "ms/whole")


def set_tables(one: Set, detectors: Sequence[Detector], found: Mapping[str, Summary]) -> Iterator[str]:
    """Lines of two tables: what the detectors found on a set, by their keys."""
    nights, steps = sum(history.values.size for history in one.histories), sum(len(h.steps) for h in one.histories)
    yield f"\n{one.name}: {len(one.histories)} histories, {nights} nights, {steps} steps"
    yield "tickets within 14 and 7 nights; false tickets a series and year; delay in nights, mean and median\n"
    yield from aligned([HEAD, *((detector.name, *_scores(found[detector.key])) for detector in detectors)])
    yield "\nfound within 14 nights by size of the step; processor milliseconds for the nights of a series as they"
    yield "come, for one of them, and for a whole series at once\n"
    yield from aligned([SIZE_HEAD, *((one.name, *_sizes_and_times(one, found[one.key])) for one in detectors)])


def mean_table(detectors: Sequence[Detector], found: Mapping[str, Mapping[str, Summary]]) -> Iterator[str]:
    """Lines of a table over all sets, by their names."""
    names = list(found)
    yield f"\nmean F1 of {', '.join(names)}\n"
    head = ("detector", "14 nights", "7 nights", "in retrospect")
    yield from aligned([head, *((one.name, *_means([found[name][one.key] for name in names])) for one in detectors)])


def _scores(found: Summary) -> list[str]:
    return [*(cell for one in found.online.values() for cell in _online(one)), number(found.retrospective_f1)]


def _online(found: OnlineSummary) -> list[str]:
    return [
        number(found.f1),
        number(found.found, 2),
        number(found.false_per_year, 2),
        number(found.mean_delay, 1),
        number(found.median_delay, 0),
    ]


def _sizes_and_times(detector: Detector, found: Summary) -> list[str]:
    sizes = [number(share, 2) for share in found.online[14].found_by_size]
    if detector.work_of:
        return [*sizes, *[f"as {detector.work_of}"] * 3]
    return [*sizes, number(found.series_ms, 1), number(found.night_ms, 3), number(found.whole_ms, 1)]


def _means(found: Sequence[Summary]) -> list[str]:
    by_window = [[one.online[window].f1 for one in found] for window in (14, 7)]
    every = [*by_window, [one.retrospective_f1 for one in found]]
    return [number(sum(values) / len(values)) for values in every]


def number(value: float, digits: int = 3) -> str:
    """With so many digits; a dash for what does not exist."""
    return "-" if math.isnan(value) else f"{value:.{digits}f}"
