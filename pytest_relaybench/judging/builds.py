"""Which build, and which artifact, a series had before a change and with it."""

from __future__ import annotations

from typing import Any

import pandas as pd


def around(rows: pd.DataFrame, since: str | None) -> dict[str, Any]:
    """Build hash and artifact hash before the change and with it; `rows` are those of one series, oldest first.

    Without a change they are those of the newest two runs.
    """
    if rows.empty:
        return {"hash_before": None, "hash_after": None, "artifact_before": "", "artifact_after": ""}
    begun = rows["run_id"].iloc[-1] if since is None else since
    before, after = rows[rows["run_id"] < begun], rows[rows["run_id"] >= begun]
    return {
        "hash_before": _hash(before),
        "hash_after": _hash(after.iloc[:1]),
        "artifact_before": _artifact(before),
        "artifact_after": _artifact(after.iloc[:1]),
    }


def _hash(rows: pd.DataFrame) -> str | None:
    value = rows["tvm_hash"].iloc[-1] if len(rows) else None
    return value if isinstance(value, str) else None


def _artifact(rows: pd.DataFrame) -> str:
    return str(rows["artifact"].iloc[-1] or "") if len(rows) else ""
