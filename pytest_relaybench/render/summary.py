"""The default summary of an experiment's night: plain lines that read well in Slack, in a terminal and on a page."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from ..detect import Kind
from ..judging.changes import change_table
from .compared import comparison_lines
from .format import change_text, count_text, day_text, run_time, value_text, worth
from .graphs import Parameters, arranged
from .means import geometric_mean
from .series import dimensions, labelled, main_metric

MOST_LISTED = 24  # series of one device; more are told by their geometric mean
MOST_WORST = 3
MOST_MISSING = 5
LINE_LENGTH = 100
STATISTICS = ("min", "median", "mean")
ENTRY_COLUMNS = ["metric", "value", "unit", "direction", "ratio", "kind", "level_ratio"]
SEPARATE = ("device", "machine")  # not part of a series' name within its device


@dataclass(frozen=True)
class Entry:
    """One series as the summary tells it; `ratio` is NaN without a run before."""

    device: str
    group: str
    rest: str
    metric: str
    value: float
    unit: str
    direction: str
    ratio: float
    kind: str
    level_ratio: float
    since: str

    @property
    def name(self) -> str:
        """What tells it apart within its device."""
        return " ".join(filter(None, [self.group, self.rest]))


def summarize(
    frame_history: pd.DataFrame,
    run_id: str,
    title: str,
    comparisons: Sequence[Mapping[str, Any]] = (),
    changes: pd.DataFrame | None = None,
) -> str:
    """The values of one experiment in one run with units, and their change against the run before.

    `frame_history` is the experiment's part of the tidy table. First line: `title` and how many series of the main
    metric have which verdict. Then, for each device, the values of the main metric, grouped by the first parameter
    that varies; many series are told by their geometric mean and the worst changes. Then a line for each other metric
    of a single series, or with a change: values of unlike series have no mean that says anything. Then one for what is
    missing. Series stand in the table's order, numbers ascending.

    `comparisons`, of builds that this run measured side by side, as the record has them, come right after the first
    line; a run that compares two builds does not miss the others. `changes` are the night's verdicts on these series,
    as `Verdicts.of` gives them; without them each series is judged by its own values.
    """
    changes = _asked(change_table(frame_history, run_id) if changes is None else changes, comparisons)
    entries = [entry for entry in _entries(changes) if not math.isnan(entry.value)]
    if not entries:
        return f"{title}: nothing was measured"
    main = main_metric(changes)
    tonight = frame_history[(frame_history["run_id"] == run_id) & (frame_history["metric"] == main)]
    leading = [entry for entry in entries if entry.metric == main]
    lines = [_verdict_line(leading, title), *map(_one_line, comparison_lines(comparisons))]
    by = ", ".join(_inner(dimensions(changes[changes["metric"] == main])))
    for device, there in groupby(leading, key=lambda entry: entry.device):
        lines += _device_lines(_heading(main, device, _statistic(tonight), by), list(there))
    others = dict.fromkeys(entry.metric for entry in entries if entry.metric != main)
    for metric in others:
        lines += _metric_line(metric.replace("_", " "), [entry for entry in entries if entry.metric == metric])
    missing = [entry for entry in _entries(changes) if math.isnan(entry.value) and entry.metric == main]
    return "\n".join([*lines, *_missing_line(missing)])


def _asked(changes: pd.DataFrame, comparisons: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    compared = {told[side] for told in comparisons for side in ("base", "candidate")}
    if not compared:
        return changes
    return changes[(changes["kind"] != Kind.MISSING) | changes["variant"].isin(compared)]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _entries(changes: pd.DataFrame) -> list[Entry]:
    """The rows by device, then by parameter, each in its order; metrics stay in the table's order."""
    parameters, labels = dimensions(changes), labelled(changes)
    device = labels["device"] if "device" in parameters else pd.Series("", index=changes.index)
    inner = _inner(parameters)
    group = labels[inner[0]] if inner else pd.Series("", index=changes.index)
    rest = (
        labels[inner[1:]].apply(lambda row: " ".join(filter(None, row)), axis=1) if inner[1:] else [""] * len(changes)
    )
    names = pd.DataFrame({"device": device, "group": group, "rest": rest}, index=changes.index)
    names[ENTRY_COLUMNS] = changes[ENTRY_COLUMNS]
    names["since"] = changes["since"].fillna("")
    outer = ["device"] if "device" in parameters else []
    places = {name: labels[name].map(parameters[name].index) for name in [*outer, *inner]}
    if places:
        names = names.loc[pd.DataFrame(places).sort_values([*places], kind="stable").index]
    return [Entry(*row) for row in names.itertuples(index=False, name=None)]


def _inner(parameters: Parameters) -> list[str]:
    """What varies within a device, words before numbers."""
    return [name for name in arranged(parameters) if name not in SEPARATE]


def _verdict_line(entries: Sequence[Entry], title: str) -> str:
    counts = Counter(entry.kind for entry in entries)
    verdicts = [f"{counts[kind]} {kind}" for kind in Kind if counts[kind]]
    if counts[Kind.UNSURE] == len(entries):
        verdicts = ["too little history for a verdict"]
    return f"{title}: " + ", ".join([count_text(len(entries), "series", "series"), *verdicts])


def _heading(metric: str, device: str, statistic: str, by: str) -> str:
    name = "Times" if metric == "time" else metric.replace("_", " ")
    on = f" on {device}" if device else ""
    return name + on + (f" ({statistic})" if statistic else "") + (f" by {by}" if by else "")


def _statistic(rows: pd.DataFrame) -> str:
    """Which statistic of its samples stands for a series, nothing where that cannot be seen."""
    several = rows[rows["n"] > 1]
    if several.empty:
        return ""
    return next((name for name in STATISTICS if (several["value"] == several[name]).all()), "")


def _device_lines(heading: str, entries: Sequence[Entry]) -> Iterator[str]:
    if len(entries) > MOST_LISTED:
        yield f"{heading}: {_many(entries)}"
        yield from _worst_line(entries)
        return
    whole = f"{heading}: " + ", ".join(_named(entry.name, entry) for entry in entries)
    if len(whole) <= LINE_LENGTH:
        yield whole
        return
    yield f"{heading}:"
    for group, members in groupby(entries, key=lambda entry: entry.group):
        yield f"{group}: " + ", ".join(_named(entry.rest, entry) for entry in members)


def _named(name: str, entry: Entry) -> str:
    return f"{name}: {_told(entry)}" if name else _told(entry)


def _told(entry: Entry) -> str:
    """As in "12.3 ms (+0.2 %; slower since 2026-11-18: +9.1 %)": against the run before, then the lasting change."""
    remarks = [_change(entry.ratio, entry.direction)]
    if entry.kind in (Kind.SLOWER, Kind.FASTER):
        amount = "" if math.isnan(entry.level_ratio) else f": {change_text(entry.level_ratio)}"
        remarks.append(f"{entry.kind} since {day_text(run_time(entry.since))}{amount}")
    remark = "; ".join(filter(None, remarks))
    return value_text(entry.value, entry.unit) + (f" ({remark})" if remark else "")


def _change(ratio: float, direction: str) -> str:
    if math.isnan(ratio):
        return ""
    return ", ".join(filter(None, [change_text(ratio), worth(ratio, direction)]))


def _metric_line(name: str, entries: Sequence[Entry]) -> Iterator[str]:
    if len(entries) == 1:
        yield f"{name}: {_told(entries[0])}"
    elif change := _mean_change(entries):
        yield f"{name}: {change}, geometric mean of {sum(entry.ratio > 0 for entry in entries)} series"


def _many(entries: Sequence[Entry]) -> str:
    """As in "geometric mean of 40 series 12.3 ms (+0.4 %)"; the change is over the series that both runs have."""
    values = np.array([entry.value for entry in entries])
    kind, middle = ("geometric mean", geometric_mean(values)) if (values > 0).all() else ("median", np.median(values))
    change = _mean_change(entries)
    return f"{kind} of {len(entries)} series {value_text(float(middle), entries[0].unit)}" + (change and f" ({change})")


def _mean_change(entries: Sequence[Entry]) -> str:
    """Over the series that both runs have; nothing where there is none."""
    return _change(geometric_mean(entry.ratio for entry in entries), entries[0].direction)


def _worst_line(entries: Sequence[Entry]) -> Iterator[str]:
    """The largest changes for the worse, where there are any."""
    worse = [entry for entry in entries if worth(entry.ratio, entry.direction) == "worse"]
    worse.sort(key=lambda entry: -abs(math.log(entry.ratio)))
    if worse:
        more = f", and {len(worse) - MOST_WORST} more" if len(worse) > MOST_WORST else ""
        yield "worst: " + ", ".join(_named(entry.name, entry) for entry in worse[:MOST_WORST]) + more


def _missing_line(missing: Sequence[Entry]) -> Iterator[str]:
    if missing:
        names = [" on ".join(filter(None, [entry.name, entry.device])) or entry.metric for entry in missing]
        more = f", and {len(names) - MOST_MISSING} more" if len(names) > MOST_MISSING else ""
        yield "missing: " + ", ".join(names[:MOST_MISSING]) + more
