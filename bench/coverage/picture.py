"""The table of models and routes as a picture: a cell each, its colour and its words saying the same."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.patches import Rectangle

from pytest_relaybench import lines
from pytest_relaybench.files import write_if_changed
from pytest_relaybench.render.canvas import Heading, new_axes, png, shortened, theme
from pytest_relaybench.render.format import date_text
from pytest_relaybench.render.plots import draw, remove_others

from .names import ROUTES
from .telling import Cell, Key, cells_of, ordered_models, words_of

COLOURS = {"works": "#bfe3c9", "differs": "#ffb3a7", "fails": "#ffe2a8", "": "#f2f2f2"}
ROW_INCHES = 0.28


def draw_coverage(table: pd.DataFrame, folder: Path) -> None:
    """A table for each build that was tried tonight, and the shares that work through the nights."""
    run_id = table["run_id"].max()
    tonight = table[table["run_id"] == run_id]
    kept = []
    for build, rows in tonight.groupby("variant", sort=False):
        several = tonight["variant"].nunique() > 1
        path = folder / "comparison" / f"import_coverage{f'-{_safe(str(build))}' if several else ''}.png"
        moment = date_text(rows["timestamp"].iloc[0])
        with theme():
            write_if_changed(path, _table(cells_of(rows), str(build), f"{build} · run of {moment}"))
        kept.append(path)
    kept += draw(lines("share", hue="route", title="Models that go through"), tonight, table, folder, "import_coverage")
    remove_others(folder, kept)


def _table(cells: dict[Key, Cell], build: str, subtitle: str) -> bytes:
    models = ordered_models(cells)
    routes = [route for route in ROUTES if any(by == route for _, by, _ in cells)]
    axes = new_axes(3.2 + 2.4 * len(routes), 1.2 + ROW_INCHES * len(models), Heading("Import coverage", subtitle))
    for row, model in enumerate(models):
        for column, route in enumerate(routes):
            cell = cells.get((model, route, build))
            colour = COLOURS[cell.result if cell else ""]
            axes.add_patch(Rectangle((column, row), 1, 1, facecolor=colour, edgecolor="white", linewidth=2))
            words = words_of(cells, (model, route, build))
            axes.text(column + 0.5, row + 0.5, words, ha="center", va="center", fontsize="small")
    for column, route in enumerate(routes):
        axes.text(column + 0.5, -0.5, route, ha="center", va="center", weight="bold")
    axes.set_xlim(0, len(routes))
    axes.set_ylim(len(models), -1)  # a row more, for the heads of the columns
    axes.set_xticks([])
    axes.set_yticks([row + 0.5 for row in range(len(models))], [shortened(model) for model in models])
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return png(axes)


def _safe(text: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in text)
