"""The default summary of an experiment's night: plain lines that read well in Slack, in a terminal and on a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..detect import Kind
from .format import change_text, count_text, day_text, run_time, scale_for, value_text, worth
from .graphs import arranged
from .series import change_table, dimensions, labelled, main_metric

MOST_LISTED = 24  # series of one device; more are told by their geometric mean
MOST_WORST = 3
MOST_MISSING = 5
LINE_LENGTH = 100
STATISTICS = ("min", "median", "mean")
TOLD_KINDS = (Kind.SLOWER, Kind.FASTER, Kind.SAME, Kind.UNSURE)


def summarize(frame_history: pd.DataFrame, run_id: str, title: str) -> str:
    """The newest values of one experiment with units, and their change against the run before.

    `frame_history` is the experiment's part of the tidy table up to the run. First line: `title` and how many series
    of the main metric have which verdict. Then, for each device, the values of the main metric, by the first parameter
    that varies; many series are told by their geometric mean and the worst changes. Then a line for each other metric,
    and one for what is missing. Series stand in the table's order, numbers ascending.
    """
    changes = change_table(frame_history, run_id)
    measured = changes[changes["kind"] != Kind.MISSING]
    if measured.empty:
        return f"{title}: nothing was measured"
    main = main_metric(measured)
    names = _Names.of(measured)
    newest = frame_history[frame_history["run_id"] == run_id]
    lines = [_first_line(measured[measured["metric"] == main], title)]
    lines += _main_lines(measured[measured["metric"] == main], names, _statistic(newest[newest["metric"] == main]))
    for metric in measured["metric"].drop_duplicates():
        if metric != main:
            lines.append(_metric_line(measured[measured["metric"] == metric], str(metric)))
    return "\n".join([*lines, *_missing_line(changes, main)])


@dataclass(frozen=True)
class _Names:
    """Labels of the rows by device, by what varies first, and by the rest."""

    device: pd.Series[str]
    group: pd.Series[str]
    rest: pd.Series[str]

    @classmethod
    def of(cls, rows: pd.DataFrame) -> _Names:
        labels, parameters = labelled(rows), dimensions(rows)
        varying = [name for name in arranged(parameters) if name not in ("device", "machine")]
        nothing = pd.Series("", index=rows.index)
        device = labels["device"] if "device" in parameters else nothing
        group = labels[varying[0]] if varying else nothing
        rest = labels[varying[1:]].agg(" ".join, axis=1) if len(varying) > 1 else nothing
        return cls(device, group, rest)

    def whole(self, row: object) -> str:
        """What tells a row apart within its device."""
        return " ".join(filter(None, [self.group[row], self.rest[row]]))
