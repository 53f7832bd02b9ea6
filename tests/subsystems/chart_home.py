"""Homes for the charts of the website: rows of a table, and nights that detection has judged."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.files import write_json
from pytest_relaybench.history.table import COLUMNS
from pytest_relaybench.home import open_home
from tests.judging.made_history import Nights
from tests.subsystems.loading import load

PLACES = {"tmp_data_dir": "tmp", "backup_dir": "backup", "setup_dir": "setup"}
PACKAGE = load("website").__name__


def part(name: str) -> ModuleType:
    """A module of the website."""
    return sys.modules[f"{PACKAGE}.{name}"]


def night(day: int, year: int = 2026) -> str:
    """The run id of a day of January."""
    return f"{year}01{day:02d}T030000.000000Z"


def row(run: str, value: float, net: str = "a", **more: Any) -> dict[str, Any]:
    """One row of the table; `net` is its parameter, `more` other columns."""
    usual = {
        "run_id": run, "timestamp": pd.Timestamp(run[:8], tz="UTC"), "experiment": "e", "test": "test_t",
        "params": json.dumps({"net": net}), "metric": "time", "unit": "s", "direction": "lower",
        "variant": "installed", "tvm_hash": "0.27.0+g7b5acb32b", "machine": "m", "n": 5, "value": value,
        "ci_low": value, "ci_high": value, "min": value, "median": value, "derived": False, "deterministic": False,
        "note": "", "artifact": "", "ran_on": "",
    }  # fmt: skip
    return {**dict.fromkeys(COLUMNS, 0.0), **usual, **more}


def table(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """The rows as `Table.frame` gives them."""
    return pd.DataFrame(rows, columns=COLUMNS).sort_values("run_id", kind="stable").reset_index(drop=True)


@dataclass(frozen=True)
class Shown:
    """The charts of one experiment, read back as a browser reads them."""

    charts: Any
    manifest: dict[str, Any] = field(repr=False)

    def metric(self, slug: str = "time") -> dict[str, Any]:
        """Its part of the manifest."""
        found: dict[str, Any] = self.manifest["metrics"][slug]
        return found

    def series(self, slug: str = "time") -> dict[str, dict[str, Any]]:
        """Label → what the manifest tells of the series."""
        return {one["label"]: one for one in self.metric(slug)["series"]}

    def marks(self, label: str, slug: str = "time") -> list[tuple[int, str, str]]:
        """Of one series: seconds, kind, text."""
        return [tuple(mark) for mark in self.series(slug)[label].get("marks", [])]

    def chunk(self, name: str) -> dict[str, Any]:
        """What a chunk's file hands over."""
        text = self.charts.files[f"charts/e/{name}.js"].decode()
        assert text.startswith("RB.charts.take("), text
        experiment, told, content = json.loads(f"[{text.strip().removeprefix('RB.charts.take(')[:-1]}]")
        assert (experiment, told) == ("e", name)
        found: dict[str, Any] = content
        return found

    def csv(self, name: str = "time") -> str:
        """The text of a CSV file."""
        text: str = self.charts.files[f"charts/e/{name}.csv"].decode()
        return text


def shown(rows: Sequence[Mapping[str, Any]]) -> Shown:
    """The charts of these rows, of an experiment of which nothing else is known."""
    frame = table(rows)
    # what is infinite cannot be judged; no record holds such, so only the charts are to bear it
    history = part("series").history_of(frame.assign(value=frame["value"].replace(math.inf, math.nan)))
    machines = {machine: f"machine {machine}" for machine in frame["machine"].drop_duplicates(keep="last")[::-1]}
    told = part("charts.manifest").Told("e", "E", machines, [], {}, history)
    seen = part("charts.marks").Seen({}, {}, history)
    charts = part("charts.section").charts_of(frame, told, seen, part("kept").Kept())
    return Shown(charts, json.loads(str(charts.manifest)))


def nights_in(root: Path) -> Nights:
    """A home with the experiment `e`, to be written night by night."""
    write_json(root / "config.json", PLACES)
    write_json(root / "config/experiments/e/config.json", {"active": True})
    return Nights(open_home(root))


def judged(nights: Nights) -> Shown:
    """The charts of `e` after its newest night has been judged."""
    dashboard = Dashboard(nights.home, nights.run_id(nights.count - 1), nights.table())
    site = part("site").site_of(dashboard, "website")
    charts = site.charts["e"]
    return Shown(charts, json.loads(str(charts.manifest)))
