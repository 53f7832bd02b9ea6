"""What a session's gate leaves behind: reports, properties in pytest's JUnit file, a baseline, an exit status."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from .gate import (
    Terms,
    add_to_junit,
    gate_markdown,
    judge,
    make_baseline,
    write_baseline,
    write_report,
)
from .render.format import count_text
from .state import Night
from .times import iso

GATE_FAILED = 10  # pytest's own exit statuses go up to 5


def tell_gate(night: Night, *, junit: Path | None) -> list[str]:
    """Write the reports that were asked for; a line for each that could not be written."""
    result = night.gate
    if result is None:
        return []
    lines = []
    for path in night.options.gate.reports:
        try:
            write_report(path, result)
        except OSError as error:
            lines.append(f"no report of the gate: {error}")
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    try:
        if in_actions() and summary:
            with Path(summary).open("a", encoding="utf-8") as file:
                file.write(gate_markdown(result) + "\n")
        if junit is not None and junit.is_file():
            add_to_junit(junit, result)
    except (OSError, ValueError) as error:
        lines.append(f"not told of the gate: {error}")
    return lines


def save_baseline(night: Night) -> list[str]:
    """Keep tonight's levels where `--save-baseline` says; a line on what became of it."""
    path = night.options.gate.save_baseline
    if path is None:
        return []
    frame = night.table.frame() if night.times else pd.DataFrame()
    if frame.empty or not (frame["run_id"] == night.run_id).any():
        return [f"no baseline was saved in {path}: nothing was measured"]
    machine = night.beginning["machine"]
    baseline = make_baseline(
        frame[frame["experiment"].isin([entry.name for entry in night.in_order()])],
        run_id=night.run_id,
        machine=str(machine["id"]),
        created=iso(night.began),
        cpu_model=str(machine.get("cpu_model", "")),
        # at a desk the runs before may be of other code
        **({} if night.keeps_house else {"runs": 1}),
    )
    try:
        write_baseline(path, baseline)
    except OSError as error:
        return [f"no baseline was saved: {error}"]
    return [f"baseline of {count_text(len(baseline.series), 'series', 'series')} saved in {path}"]


def nothing_ran(night: Night, exit_status: int) -> int:
    """The exit status of a session in which no experiment was: a gate has nothing to compare then."""
    asked = night.options.gate
    if not asked.is_on or exit_status != 0:
        return exit_status
    night.gate = judge([], {}, Terms(may_be_empty="empty" in asked.allows), run_id=night.run_id)
    night.notes += tell_gate(night, junit=None)
    return GATE_FAILED if night.gate.failed else exit_status


def junit_file(config: pytest.Config) -> Path | None:
    """Where pytest writes its JUnit file, None where it writes none."""
    named = getattr(config.option, "xmlpath", None)
    return Path(os.path.expandvars(named)).expanduser().absolute() if named else None


def in_actions() -> bool:
    """Whether GitHub Actions, or what behaves as it, runs this session."""
    return os.environ.get("GITHUB_ACTIONS") == "true"
