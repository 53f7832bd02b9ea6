"""Pictures of a score: what it is made of tonight, and how it went through the nights."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pytest_relaybench.history.table import COLUMNS
from pytest_relaybench.render.format import run_time
from pytest_relaybench.render.graphs import Graph, bars, lines
from pytest_relaybench.render.plots import draw_all

from .keeping import Kept

MOST_PARTS = 40  # bars in one picture


def draw_score(nights: Sequence[Kept], title: str, folder: Path) -> list[Path]:
    """Draw the newest of `nights` (oldest first) as bars, and all of them as lines, below `folder`.

    Raises RelaybenchError when something cannot be drawn.
    """
    newest = nights[-1]
    shown, remark = _worst(newest)
    name, kind = str(newest["name"]), str(newest["parts_name"])
    graphs: list[Graph] = [
        bars(kind, x="series", title=f"{title}: {kind}{remark}"),
        lines("score", title=f"{title}: {_drawn(newest)}"),
    ]
    tonight = _frame([*_part_rows(newest, shown), _night_row(newest)])
    return draw_all(graphs, tonight, _frame(map(_night_row, nights)), folder, name)


def _drawn(night: Kept) -> str:
    return "share" if night["unit"] == "%" else "geometric mean"


def _worst(night: Kept) -> tuple[list[Kept], str]:
    """What fits into one picture, in its order, and a remark where that is not all."""
    parts = [part for part in night["parts"] if part["value"] is not None]
    if len(parts) <= MOST_PARTS:
        return parts, ""
    sign = 1 if night["parts_direction"] == "higher" else -1
    return sorted(parts, key=lambda part: sign * part["value"])[:MOST_PARTS], f", worst {MOST_PARTS} of {len(parts)}"


def _part_rows(night: Kept, parts: Iterable[Kept]) -> list[dict[str, Any]]:
    about = {"metric": night["parts_name"], "unit": night["parts_unit"], "direction": night["parts_direction"]}
    return [_row(night, part["value"], {"series": part["label"]}, about) for part in parts]


def _night_row(night: Kept) -> dict[str, Any]:
    return _row(night, night["value"], {}, {"metric": "score", "unit": night["unit"], "direction": "higher"})


def _row(night: Kept, value: float, params: dict[str, str], about: dict[str, Any]) -> dict[str, Any]:
    """A row as the tidy table has it; a score is no build's and no machine's."""
    return {
        **dict.fromkeys(COLUMNS, math.nan),
        **dict.fromkeys(("test", "variant", "machine"), ""),
        "run_id": night["run_id"],
        "timestamp": run_time(night["run_id"]),
        "experiment": night["name"],
        "params": json.dumps(params, ensure_ascii=False),
        "value": value,
        **about,
    }


def _frame(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS)
