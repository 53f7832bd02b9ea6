"""What people see on the terminal: progress through the night, and the closing table."""

from __future__ import annotations

import os
import time
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
import pytest

from .config import INSTALLED
from .errors import RecordError
from .gate import gate_lines, github_commands
from .gate_telling import in_actions
from .history.records import read_record
from .judging.changes import change_table
from .measure.metrics import STEADY
from .render.format import change_text, duration_text, value_text
from .render.means import geometric_mean
from .state import ExperimentNight, Night
from .terminal_compare import comparison_table
from .terminal_incidents import verdict_lines
from .text_table import aligned
from .visible import visible_line

MOST_ROWS = 40


class Progress:
    """One line per experiment while the night runs; nothing in CI or with -q, where nobody watches."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._quiet = bool(os.environ.get("CI")) or getattr(config.option, "verbose", 0) < 0
        self._started = time.monotonic()

    def line(self, text: str) -> None:
        """Print a line of progress."""
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None and not self._quiet:
            reporter.ensure_newline()
            write(reporter, text)

    def note(self, text: str) -> None:
        """Tell what is being done after the tests."""
        self.line(f"{text} ...")

    def experiment(self, night: Night, entry: ExperimentNight) -> None:
        """Announce an experiment: its place, its tests, what it took last time, the time since the start."""
        count = len(night.in_order())
        tests = f"{entry.selected} test{'s' if entry.selected != 1 else ''}"
        tests = f"{tests}, {len(entry.tests)} there" if entry.tests else tests  # of a night that is resumed
        expected = last_duration(night, entry.name)
        about = f", about {duration_text(expected)}" if expected else ""
        elapsed = duration_text(time.monotonic() - self._started)
        self.line(f"[{entry.position}/{count}] {entry.name}: {tests}{about}; {elapsed} elapsed")


def write(reporter: pytest.TerminalReporter, text: str, **markup: bool) -> None:
    """Write one line, the only way to the terminal: nothing in a name, a note or an error moves the cursor."""
    reporter.write_line(visible_line(text), **markup)


def last_duration(night: Night, name: str) -> float | None:
    """Seconds that the experiment took when it last ran to its end, None when it never has."""
    try:
        paths = sorted(night.home.exp_data_dir(name).glob("data_*.json"), reverse=True)
    except OSError:  # a folder that may not be read
        return None
    for path in paths[:3]:
        try:
            record = read_record(path)
        except RecordError:
            continue
        if record.complete:
            return record.duration_s
    return None


def write_summary(reporter: pytest.TerminalReporter, night: Night) -> None:
    """The closing words: every experiment, its stages and changes; what failed; where the site is."""
    reporter.section("relaybench")
    table = _experiment_table(night) if night.keeps_house else _series_table(night) if night.times else []
    for line in table:
        write(reporter, line)
    for line in comparison_table([entry for one in night.in_order() for entry in one.comparisons]):
        write(reporter, line)
    for text, is_news in verdict_lines(night.verdicts, night.incidents):
        write(reporter, text, red=is_news)
    for line in night.notes:
        write(reporter, f"note: {line}")
    for line in night.failed:
        write(reporter, line, red=True)
    _write_gate(reporter, night)
    if night.keeps_house:
        write(reporter, f"run {night.run_id}, seed {night.seed} (replay the order with --run-seed {night.seed})")
    if night.site is not None:
        write(reporter, f"site: {night.site.as_uri()}", bold=True)


def _write_gate(reporter: pytest.TerminalReporter, night: Night) -> None:
    """What the gate says, then the marks that a forge sets beside the tests."""
    if night.gate is None:
        return
    *lines, last = gate_lines(night.gate)
    for line in lines:
        write(reporter, line)
    write(reporter, last, bold=True, red=night.gate.failed, green=not night.gate.failed)
    for line in github_commands(night.gate) if in_actions() else ():
        write(reporter, line)


def _experiment_table(night: Night) -> list[str]:
    header = ["experiment", "status", "duration", "series", "change", "verdicts"]
    return aligned([header, *(_experiment_row(night, entry) for entry in night.experiments.values())])


def _experiment_row(night: Night, entry: ExperimentNight) -> list[str]:
    status = _status_word(entry)
    if not entry.position:
        return [entry.name, status, "", "", "", ""]
    changes = night.verdicts.of(entry.name)
    steady = changes[changes["metric"] == STEADY]
    return [
        entry.name,
        status,
        duration_text(entry.duration_s),
        str(len(changes)),
        _mean_change(steady),
        _verdicts(changes),
    ]


def _status_word(entry: ExperimentNight) -> str:
    if entry.inactive:
        return "inactive"
    failed = next((stage for stage, status in entry.statuses.items() if not status.success), None)
    if failed:
        return f"FAILED at {failed}"
    return "ok" if "run" in entry.statuses else "not run"


def _mean_change(changes: pd.DataFrame) -> str:
    """The geometric mean of the steady times' ratios to the previous run."""
    ratios = changes["ratio"].dropna()
    if ratios.empty:
        return "first run" if len(changes) else ""
    return change_text(geometric_mean(ratios), "lower")


def _verdicts(changes: pd.DataFrame) -> str:
    """How many series got each verdict, the loud ones first."""
    counts = changes["kind"].value_counts()
    loud = [word for word in ("slower", "broken", "missing", "machine", "faster") if word in counts]
    rest = [word for word in ("same", "unsure") if word in counts]
    return ", ".join(f"{counts[word]} {word}" for word in [*loud, *rest])


def _series_table(night: Night) -> list[str]:
    """At a desk: every series with the value of the last local run that had it."""
    frames = [change_table(night.table.frame(experiment=entry.name), night.run_id) for entry in night.in_order()]
    frames = [frame[frame["metric"] == STEADY] if (frame["metric"] == STEADY).any() else frame for frame in frames]
    rows = [row for frame in frames for row in _series_rows(frame)]
    table = aligned([["series", "now", "last local run", "change"], *rows[:MOST_ROWS]]) if rows else []
    more = [f"and {len(rows) - MOST_ROWS} more"] if len(rows) > MOST_ROWS else []
    return [*table, *more]


def _series_rows(changes: pd.DataFrame) -> list[list[str]]:
    return [
        [
            _series_name(row),
            value_text(row["value"], row["unit"]),
            value_text(row["previous"], row["unit"]) if pd.notna(row["previous"]) else "none",
            change_text(row["ratio"], row["direction"]) if pd.notna(row["ratio"]) else "",
        ]
        for row in changes[changes["value"].notna()].to_dict("records")
    ]


def _series_name(row: Mapping[Hashable, Any]) -> str:
    metric = "" if row["metric"] == STEADY else f" {row['metric']}"
    build = "" if row["variant"] == INSTALLED else f" {row['variant']}"
    return (
        f"{row['experiment']} {row['test']} {row['params']}{build}{metric}".replace("{}", "").replace('"', "").strip()
    )
