"""Pictures of `compile_time`: bars of which each phase is a part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pytest_relaybench import bars, lines
from pytest_relaybench.files import write_if_changed
from pytest_relaybench.render.canvas import Heading, axis_name, colours, legend, make_linear, new_axes, png, theme
from pytest_relaybench.render.format import date_text, value_text
from pytest_relaybench.render.plots import draw, remove_others
from pytest_relaybench.render.series import labelled

from .names import PHASES

ALONE = ("network", "batch_size")  # what a bar is called by, where it differs; the rest has pictures of its own
BAR_INCHES, BAR_THICKNESS = 0.36, 0.7
WHERE = ("device", "opt_level", "variant")


def draw_ledgers(table: pd.DataFrame, folder: Path) -> None:
    """Tonight's phases as stacked bars, memory and size beside them, and the whole through the nights."""
    tonight = table[table["run_id"] == table["run_id"].max()]
    kept = _stacked_pictures(tonight, folder)
    per = ("device", "opt_level")
    for metric, unit, title in (
        ("compile_memory", "MiB", "Memory that compiling takes"),
        ("artifact_size", "MiB", "Size of the compiled model"),
    ):
        if (tonight["metric"] == metric).any():
            graph = bars(metric, x="network", per=per, unit=unit, title=title)
            kept += draw(graph, tonight, table, folder, "compile_time")
    for metric, title in (("time", "From the model to its first output"), ("compile", "Seconds in tvm.compile")):
        kept += draw(lines(metric, hue="network", per=per, title=title), tonight, table, folder, "compile_time")
    remove_others(folder, kept)


def _stacked_pictures(tonight: pd.DataFrame, folder: Path) -> list[Path]:
    """One for each device, level and build."""
    rows = tonight[tonight["metric"].isin(PHASES)]
    paths = []
    for place, own in rows.groupby(list(WHERE), sort=False):
        parts = [
            f"{name}_{value}" if name == "opt_level" else str(value)
            for name, value in zip(WHERE, place, strict=True)
            if name != "variant" or tonight["variant"].nunique() > 1
        ]
        path = folder / "comparison" / f"compile_time-phases-{'-'.join(map(_safe, parts))}.png"
        with theme():
            device, level, build = place
            subtitle = f"{device}, O{level}, {build} · run of {date_text(own['timestamp'].iloc[0])}"
            write_if_changed(path, _stacked(own, subtitle))
        paths.append(path)
    return paths


def _stacked(rows: pd.DataFrame, subtitle: str) -> bytes:
    labels = labelled(rows)
    varying = [name for name in ALONE if name in labels and labels[name].nunique() > 1]
    names = labels[varying or [ALONE[0]]].agg(" ".join, axis=1)
    wide = rows.assign(bar=names).pivot_table(index="bar", columns="metric", values="value", sort=False)
    phases = [phase for phase in PHASES if phase in wide.columns]
    wide = wide[phases].fillna(0.0)
    wide = wide.loc[wide.sum(axis=1).sort_values(ascending=False).index]
    axes = new_axes(9.5, 1.7 + BAR_INCHES * len(wide), Heading("Compile time by phase", subtitle))
    _draw_bars(axes, wide, phases)
    return png(axes)


def _draw_bars(axes: Any, wide: pd.DataFrame, phases: Sequence[str]) -> None:
    palette, places = colours(phases), np.arange(len(wide))
    left, handles = np.zeros(len(wide)), []
    for phase in phases:
        seconds = wide[phase].to_numpy()
        handles.append(axes.barh(places, seconds, BAR_THICKNESS, left=left, color=palette[phase]))
        left += seconds
    for place, whole in zip(places, left, strict=True):
        axes.annotate(
            value_text(float(whole), "s"), (whole, place), xytext=(3, 0), textcoords="offset points", va="center",
            fontsize="x-small",
        )  # fmt: skip
    axes.set_yticks(places, list(wide.index))
    axes.set_ylim(len(wide) - 0.4, -0.6)
    axes.margins(x=0.09)
    axes.grid(visible=False, axis="y")
    make_linear(axes.xaxis)
    axes.set_xlabel(axis_name("time to the first output", "s", "lower"))
    legend(axes, handles, phases, "phase")


def _safe(text: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in text)
