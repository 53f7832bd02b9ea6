"""A comparison as people read it: a table for each experiment and metric, in a terminal or as Markdown."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..gate.markdown import text as escaped
from ..incidents.naming import USUAL_VARIANT, series_name
from ..render.compared import verdicts_text
from ..render.format import NO_VALUE, change_text, count_text, value_text
from ..render.series import dimensions, labelled
from ..reports.shortening import clean, one_line
from ..text_table import aligned
from .asking import Told
from .matching import Measured

HEADER = ("series", "base", "candidate", "change", "interval", "verdict")
MOST_ROWS = 40  # of a table
LONGEST_NAME = 60
MOST_NAMED = 8  # series that only one side has


@dataclass(frozen=True)
class _Table:
    title: str
    rows: Sequence[Sequence[str]]


def text_lines(told: Told) -> Iterator[str]:
    """For a terminal; nothing in a name moves the cursor or begins a line."""
    return (clean(line).replace("\n", " ") for line in _text_lines(told))


def _text_lines(told: Told) -> Iterator[str]:
    yield from (f"base       {told.base}", f"candidate  {told.candidate}")
    yield from told.before
    for table in _tables(told):
        yield from ("", table.title, *(f"  {line}" for line in aligned([HEADER, *table.rows])))
    yield ""
    yield from (*_summary(told), *told.after)


def markdown_lines(told: Told) -> Iterator[str]:
    """The same as Markdown, for a comment or a page; names stay text."""
    yield from map(_item, (f"base: {told.base}", f"candidate: {told.candidate}", *told.before))
    for table in _tables(told):
        yield from (
            "",
            f"**{escaped(table.title)}**",
            "",
            "| " + " | ".join(HEADER) + " |",
            "|---|---:|---:|---:|---|---|",
        )
        yield from ("| " + " | ".join(map(escaped, row)) + " |" for row in table.rows)
    yield ""
    yield from map(_item, (*_summary(told), *told.after))


def _item(line: str) -> str:
    """A line of a list; in parts, since what is escaped is cut where it is long."""
    return "- " + ", ".join(escaped(part) for part in line.split(", "))


def _tables(told: Told) -> Iterator[_Table]:
    shown = told.shown if told.whole else told.shown[~_exactly_the_same(told.shown)]
    means: dict[Any, Any] = {
        (mean.experiment, mean.metric): mean for mean in told.compared.means.itertuples(index=False)
    }
    for (experiment, metric), group in shown.groupby(["experiment", "metric"], sort=False):
        names, shared = _names(group, told.apart)
        most = len(group) if told.whole else MOST_ROWS
        rows = [
            row_cells(_shortened(name), row)
            for name, row in zip(names[:most], group[:most].itertuples(index=False), strict=True)
        ]
        if len(group) > most:
            rows.append([f"and {len(group) - most} more", "", "", "", "", ""])
        mean = means[experiment, metric]
        if mean.series > 1:
            rows.append(_mean_cells(mean))
        yield _Table(" · ".join([str(experiment), str(metric), *shared]), rows)


def _exactly_the_same(series: pd.DataFrame) -> pd.Series[bool]:
    return (series["way"] == "deterministic") & ~series["changed"].astype(bool)


def _shortened(name: str) -> str:
    """A long name without its middle: what tells it from others is as often at its end."""
    name = one_line(name)
    if len(name) <= LONGEST_NAME:
        return name
    half = (LONGEST_NAME - 1) // 2
    return f"{name[:half]}…{name[-half:]}"


def _names(group: pd.DataFrame, ignored: str) -> tuple[list[str], list[str]]:
    """What tells the rows of one table apart, and what they have in common."""
    frame = group.assign(tvm_hash=group["candidate_hash"])
    labels, varying = labelled(frame), dimensions(frame)
    varying.pop(ignored, None)
    apart = sorted((name for name, values in varying.items() if len(values) > 1), key="test".__ne__)
    shared = [f"{name}={values[0]}" for name, values in varying.items() if len(values) == 1 and values[0]]
    names = [" ".join(_word(name, row[name]) for name in apart if row[name]) for _, row in labels.iterrows()]
    builds = dict.fromkeys(zip(group["base_variant"], group["variant"], strict=True))
    shared += [f"{ours} → {theirs}" for ours, theirs in builds if ours != theirs and len(builds) == 1]
    return [name or test for name, test in zip(names, group["test"], strict=True)], shared


def _word(name: str, value: str) -> str:
    """A word speaks for itself, a number does not."""
    try:
        json.loads(value)
    except ValueError:
        return value
    return f"{name}={value}"


def row_cells(name: str, row: Any) -> list[str]:
    """A row of COMPARED_COLUMNS in words, under the columns of HEADER."""
    return [
        name,
        value_text(row.base, row.unit),
        value_text(row.candidate, row.unit),
        change_text(row.ratio),
        "exact" if row.way == "deterministic" else _interval(row.low, row.high),
        "changed" if row.changed and row.kind == "unsure" else row.kind,
    ]


def _mean_cells(mean: Any) -> list[str]:
    """The cells of a row of MEAN_COLUMNS."""
    name = f"geometric mean of {mean.series}"
    return [name, "", "", change_text(mean.ratio), _interval(mean.low, mean.high), ""]


def _interval(low: float, high: float) -> str:
    if not (math.isfinite(low) and math.isfinite(high)):
        return NO_VALUE
    words = [change_text(end).replace(change_text(1.0), "0.0 %") for end in (low, high)]
    return words[0] if words[0] == words[1] else " to ".join(words)


def _summary(told: Told) -> Iterator[str]:
    series = told.compared.series
    if series.empty:
        yield "nothing to compare: no series is on both sides"
    else:
        yield verdicts_text(list(series["kind"]))
        alike = int(_exactly_the_same(told.shown).sum())
        if alike and not told.whole:
            yield f"{count_text(alike, 'series', 'series')} exactly the same, not shown"
    for side, only in (("base", told.compared.only_base), ("candidate", told.compared.only_candidate)):
        if only:
            yield f"only in {side}: {count_text(len(only), 'series', 'series')}: {_named(only)}"


def _named(only: Sequence[Measured]) -> str:
    """Their names; of many only how many of each experiment."""
    if len(only) > MOST_NAMED:
        counts = Counter(one.series[0] for one in only)
        return ", ".join(f"{count} of {name}" for name, count in counts.items()) + " (--format json names them)"
    is_one = len({one.variant for one in only}) == 1
    names = [series_name([*one.series[:4], USUAL_VARIANT if is_one else one.variant, ""]) for one in only]
    return ", ".join(f"{name} ({one.note})" if one.note else name for name, one in zip(names, only, strict=True))
