"""The pictures of a night: the roofline, and bars and lines for each operator. Loads matplotlib, so import it late."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from pytest_relaybench import bars, lines
from pytest_relaybench.files import write_if_changed
from pytest_relaybench.render.canvas import Heading, png, theme
from pytest_relaybench.render.format import count_text, date_text
from pytest_relaybench.render.graphs import Graph
from pytest_relaybench.render.plots import draw_all

from .rates import by_operator, roofs_of
from .roofline import draw_roofline

GRAPHS: list[Graph] = [
    bars("rate", x="shape", hue="engine", per=("operator", "threads")),
    lines("rate", hue="engine", per=("operator", "shape", "threads"), windows=("all_time",)),
]


def draw_pictures(table: pd.DataFrame, folder: Path) -> None:
    """Draw the declared graphs, and over them `comparison/operators-roofline-threads_N.png`, from all rows so far."""
    rows = by_operator(table)
    told = rows.assign(params=[json.dumps(_params(row)) for row in rows.to_dict("records")])
    tonight = table["run_id"].max()
    draw_all(GRAPHS, told[told["run_id"] == tonight], told, folder, "operators")
    rated = rows[(rows["run_id"] == tonight) & (rows["metric"] == "rate")]
    roofs = roofs_of(table[table["run_id"] == tonight])
    for threads in sorted(rated["threads"].unique()):
        here, roof = rated[rated["threads"] == threads], roofs.get(threads)
        limits = "the lines are this machine's measured limits" if roof else "this machine's limits were not measured"
        told_of = [count_text(threads, "thread"), limits, f"run of {date_text(here['timestamp'].iloc[-1])}"]
        heading = Heading("operators: rates under the roof", " · ".join(told_of))
        with theme():
            picture = png(draw_roofline(here, roof, heading))
        write_if_changed(folder / "comparison" / f"operators-roofline-threads_{threads}.png", picture)


def _params(row: dict[Any, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("operator", "shape", "engine", "threads")}
