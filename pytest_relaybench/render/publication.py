"""Declared bar charts as figures for print: PNG at 300 dpi, PDF, SVG, as wide as a paper's column; and their data."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from ..files import write_if_changed
from ..history.table import COLUMNS
from .canvas import theme
from .csv_cells import without_formulas
from .graphs import Bars, Format
from .look import PRINT
from .plots import Picture, bar_pictures, free_path
from .series import expand_params

PRINT_DPI = 300
KEPT = ("experiment", "test", "metric", "variant", "unit", "value")  # columns of the table that the data has
# no date and no program's version: equal figures give equal bytes
_METADATA: Mapping[Format, dict[str, Any]] = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    "svg": {"Date": None, "Creator": None},
}


def publish(graph: Bars, rows: pd.DataFrame, folder: Path, name: str, formats: Sequence[Format]) -> list[Path]:
    """Draw `rows` of the tidy table as `graph` says, 8 cm wide, without a title: a paper's caption says what it is.

    The format `csv` holds what a figure shows: a row a bar, parameters in columns of their own.

    Files are `folder/NAME-PER.FORMAT`, PER as in `plots.draw`; those whose bytes would be the same are not touched.
    Returns all paths. Raises RelaybenchError when there is nothing to draw.
    """
    places: list[Path] = []
    paths: list[Path] = []
    with theme(PRINT):
        for picture in bar_pictures(graph, rows, rows, name, PRINT):
            places.append(free_path(folder, "-".join([name, *picture.parts]), places))
            for kind in formats:
                paths.append(places[-1].with_name(f"{places[-1].stem}.{kind}"))
                write_if_changed(paths[-1], _data(picture) if kind == "csv" else _bytes(picture.axes, kind))
    return paths


def _data(picture: Picture) -> bytes:
    """Equal figures have equal data: which run it was is no part of it."""
    rows = expand_params(picture.rows)
    shown = rows[[name for name in rows.columns if name in KEPT or name not in COLUMNS]]
    return without_formulas(shown).to_csv(index=False).encode(errors="backslashreplace")


def _bytes(axes: Axes, kind: Format) -> bytes:
    buffer = io.BytesIO()
    figure = axes.get_figure(root=True)
    assert figure is not None, "axes are made by new_axes"
    figure.savefig(buffer, format=kind, dpi=PRINT_DPI, metadata=_METADATA[kind])
    return buffer.getvalue()
