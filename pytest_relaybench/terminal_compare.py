"""The terminal's table of builds that were measured side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .history.records import canonical
from .render.format import change_text, duration_text, hash_text
from .text_table import aligned

HEADER = ["side by side", "change", "interval", "verdict", "processes", "took"]


def comparison_table(comparisons: Sequence[Mapping[str, Any]]) -> list[str]:
    """One line per comparison below a line with the two builds; nothing when there is none."""
    lines: list[str] = []
    for pair in dict.fromkeys(map(_builds, comparisons)):
        rows = [_row(entry) for entry in comparisons if _builds(entry) == pair]
        lines += [f"{pair[1]} against {pair[0]}:", *aligned([HEADER, *rows])]
    return lines


def _builds(entry: Mapping[str, Any]) -> tuple[str, str]:
    return _build(entry["base"], entry["base_hash"]), _build(entry["candidate"], entry["candidate_hash"])


def _build(label: str, tvm_hash: str | None) -> str:
    return f"{label} ({hash_text(tvm_hash)})" if tvm_hash else label


def _row(entry: Mapping[str, Any]) -> list[str]:
    name = f"{entry['test']} {canonical(entry['params'])}".replace("{}", "").replace('"', "").strip()
    return [
        name,
        _change(entry["ratio"]),
        f"{_change(entry['ci_low'])} to {_change(entry['ci_high'])}",
        entry["kind"],
        f"{entry['n_base']} + {entry['n_candidate']}",
        duration_text(entry["spent_s"]),
    ]


def _change(ratio: float | None) -> str:
    return change_text(ratio if ratio is not None else float("nan"))
