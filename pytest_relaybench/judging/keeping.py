"""`verdicts.json` of a run: its verdicts for programs, and for every part that tells them."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import TypeAdapter

from ..detect import Kind
from ..files import json_object, write_json
from ..history.layout import SERIES_COLUMNS
from ..home import Home
from .verdicts import NUMBER_COLUMNS, TEXT_COLUMNS, MachineEvent, Verdicts, typed

SCHEMA = 1
_EVENTS = TypeAdapter(tuple[MachineEvent, ...])
VERDICTS_FILE = "verdicts.json"


def verdicts_file(home: Home, run_id: str) -> Path:
    """Where the verdicts of a run are kept."""
    return home.run_dir(run_id) / VERDICTS_FILE


def write_verdicts(home: Home, verdicts: Verdicts) -> None:
    """Write them; numbers that there are not, or that are too large to be any, are null."""
    finite = verdicts.frame[NUMBER_COLUMNS].replace([math.inf, -math.inf], math.nan)
    moments = [moment.isoformat() for moment in verdicts.frame["timestamp"]]
    frame = verdicts.frame.assign(timestamp=moments, **{name: finite[name] for name in NUMBER_COLUMNS})
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    content = {"schema": SCHEMA, "run_id": verdicts.run_id, "events": [asdict(event) for event in verdicts.events]}
    write_json(verdicts_file(home, verdicts.run_id), {**content, "series": rows})


def read_verdicts(home: Home, run_id: str) -> Verdicts | None:
    """The verdicts of a run, None when there are none that this version can read."""
    content = json_object(verdicts_file(home, run_id)) or {}
    if content.get("schema") != SCHEMA:
        return None
    try:
        events = _EVENTS.validate_python(content["events"])
        return Verdicts(run_id, _frame(content["series"]), events)
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
        return None


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = typed([_checked(row) for row in rows])
    frame["timestamp"] = pd.to_datetime(frame["timestamp"], utc=True)
    return frame


def _checked(row: dict[str, Any]) -> dict[str, Any]:
    """The row of a series; ValueError where it has something else than what is written there."""
    Kind(row["kind"])
    texts = [row[name] for name in (*SERIES_COLUMNS, "unit", "direction", "reason")]
    others = [row.get(name) or "" for name in TEXT_COLUMNS]
    if not (all(isinstance(text, str) for text in (*texts, *others)) and isinstance(json.loads(row["params"]), dict)):
        raise ValueError("a text is none")
    if not all(math.isfinite(value) for value in row.values() if isinstance(value, float)):
        raise ValueError("a number is none")
    return row
