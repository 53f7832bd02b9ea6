"""`alerts.json`: the night's alerts for programs, and which of them the last run had already."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pytest_relaybench.files import write_json

from .finding import Alert

ALERTS_FILE = "alerts.json"
SCHEMA = 1


def known_before(path: Path, run_id: str) -> frozenset[str] | None:
    """The keys of the alerts in the file; None when there is none of an earlier run."""
    try:
        content = json.loads(path.read_bytes())
        return frozenset(entry["key"] for entry in content["alerts"]) if content["run_id"] < run_id else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def write_alerts(path: Path, alerts: Sequence[Alert], before: Collection[str] | None, about: Mapping[str, Any]) -> None:
    """Write the file, `about` first, also of a night without alerts; numbers that there are not are null."""
    entries = [
        {**_without_nan(asdict(alert)), "key": alert.key, "is_new": before is not None and alert.key not in before}
        for alert in alerts
    ]
    counts = dict(Counter(alert.kind for alert in alerts))
    write_json(path, {"schema": SCHEMA, **about, "counts": counts, "alerts": entries})


def _without_nan(content: dict[str, Any]) -> dict[str, Any]:
    return {
        key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in content.items()
    }
