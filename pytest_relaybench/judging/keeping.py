"""`verdicts.json` of a run: its verdicts for programs, and for every part that tells them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from ..files import json_object, write_json
from ..home import Home
from .verdicts import VERDICT_COLUMNS, MachineEvent, Verdicts

SCHEMA = 1
VERDICTS_FILE = "verdicts.json"
TEXT_COLUMNS = [
    "since", "seen", "hash_before", "hash_after", "tvm_hash", "previous_run_id",
]  # fmt: skip
NUMBER_COLUMNS = ["value", "previous", "ratio", "level_ratio", "level_low", "level_high", "p"]


def verdicts_file(home: Home, run_id: str) -> Path:
    """Where the verdicts of a run are kept."""
    return home.run_dir(run_id) / VERDICTS_FILE


def write_verdicts(home: Home, verdicts: Verdicts) -> None:
    """Write them; numbers that there are not are null."""
    frame = verdicts.frame.assign(timestamp=[moment.isoformat() for moment in verdicts.frame["timestamp"]])
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    content = {"schema": SCHEMA, "run_id": verdicts.run_id, "events": [asdict(event) for event in verdicts.events]}
    write_json(verdicts_file(home, verdicts.run_id), {**content, "series": rows})


def read_verdicts(home: Home, run_id: str) -> Verdicts | None:
    """The verdicts of a run, None when there are none that this version can read."""
    content = json_object(verdicts_file(home, run_id)) or {}
    if content.get("schema") != SCHEMA:
        return None
    try:
        return Verdicts(run_id, _frame(content["series"]), tuple(MachineEvent(**event) for event in content["events"]))
    except (KeyError, TypeError, ValueError):
        return None


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=VERDICT_COLUMNS)
    frame["timestamp"] = pd.to_datetime(frame["timestamp"], utc=True)
    for column in NUMBER_COLUMNS:
        frame[column] = frame[column].astype(float)
    for column in TEXT_COLUMNS:
        frame[column] = frame[column].astype(object).where(frame[column].notna(), None)
    return frame
