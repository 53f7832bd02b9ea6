"""Drawing the figures, each by itself."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pytest_relaybench.dashboard import Dashboard
from pytest_relaybench.errors import RelaybenchError, SubsystemError
from pytest_relaybench.prerequisites import Requires, unmet
from pytest_relaybench.render.drawn import Drawn, made_of
from pytest_relaybench.render.graphs import Format
from pytest_relaybench.render.publication import publish

from .figures import FIGURES, Figure, Ours
from .sources import Sources

OF_THE_RUN = ["run_id", "timestamp"]  # columns that no figure for print shows


def draw_figures(dashboard: Dashboard, ours: Ours, folder: Path, formats: Sequence[Format]) -> str:
    """Draw what can be drawn; for each figure its files, or why it is left out, in one line for a status.

    A figure that is made of what it was made of before is not drawn again. Raises SubsystemError at the end for what
    is neither: a fault in a figure.
    """
    told, errors = [], []
    drawn = Drawn(folder)
    for figure in FIGURES:
        try:
            told.append(_draw(figure, dashboard, ours, drawn, formats))
        except RelaybenchError as error:
            told.append(f"{figure.title}: left out: {error}")
        except Exception as error:  # noqa: BLE001, whatever it is, the other figures are drawn
            place = traceback.extract_tb(error.__traceback__)[-1]
            at = f"{Path(place.filename).name}:{place.lineno}"
            errors.append(f"{figure.title}: {type(error).__name__}: {error} ({at})")
    drawn.keep()
    if errors:
        raise SubsystemError("; ".join(errors))
    return "; ".join(told)


def _draw(figure: Figure, dashboard: Dashboard, ours: Ours, drawn: Drawn, formats: Sequence[Format]) -> str:
    """Draw a figure from those of its experiments that ran; the names of its files."""
    absent = {name: why for name in figure.experiments if (why := unmet(dashboard, [Requires(name)]))}
    if len(absent) == len(figure.experiments):
        raise RelaybenchError(", ".join(absent.values()))
    sources = Sources(dashboard, tuple(name for name in figure.experiments if name not in absent))
    drawing = figure.drawing(sources, ours)
    inputs = made_of(drawing.graph, tuple(formats), frames=[drawing.rows.drop(columns=OF_THE_RUN)])
    draw = partial(publish, drawing.graph, drawing.rows, drawn.folder, figure.name, formats)
    paths = drawn.files(figure.name, inputs, draw)
    names = ", ".join(dict.fromkeys(path.stem for path in paths))
    engines = [f"{ours.name} is {', '.join(drawing.ours)}"] if drawing.ours else []
    without = [f"without {why}" for why in (*absent.values(), *drawing.without)]
    return " · ".join([f"{figure.title}: {names}", *engines, *without])
