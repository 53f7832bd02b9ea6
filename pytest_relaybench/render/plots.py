"""From declarations to PNG files in an experiment's graph folder; the one door to matplotlib and seaborn."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes

from ..errors import RelaybenchError
from ..files import write_if_changed
from ..history.table import SERIES_COLUMNS
from ..judging.changes import MISSED_FOR
from .bar_plot import draw_bars
from .canvas import Heading, colours, png, theme
from .drawn import Drawn, made_of
from .format import date_text
from .graphs import MOST_HUES, Bars, Graph, Lines, Parameters, Window, complete_bars, complete_lines
from .grid import grid_of, label_column, present, rows_of_metric, split
from .line_plot import draw_lines
from .look import SCREEN, Look
from .relative import NothingToCompareError, relative
from .series import dimensions, labelled

mpl.use("Agg")  # an experiment's own `visualize` may use pyplot, and the night has no screen

TWO_WEEKS = pd.Timedelta(days=14)
WINDOW_WORDS: Mapping[Window, str] = {"all_time": "all nights", "two_weeks": "the last two weeks"}
LONGEST_NAME = 120  # letters of a file's name, its ending aside
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Picture:
    """A drawn graph, the folder it belongs to, what its name is made of after the stem, and the rows it shows."""

    axes: Axes
    place: str
    parts: tuple[str, ...]
    rows: pd.DataFrame


def draw_all(
    graphs: Sequence[Graph], tonight: pd.DataFrame, history: pd.DataFrame, folder: Path, name: str
) -> list[Path]:
    """Draw every graph of an experiment, then remove the pictures that are left from earlier nights.

    As `draw`; a graph that would take another's file names gets a number after `name`. One that is made of what it was
    made of before, and whose files are untouched, is not drawn again (`render.drawn`). A graph that cannot be drawn
    does not keep the others from it: the RelaybenchError of all such is raised at the end, and nothing is removed.
    """
    kept: list[Path] = []
    drawn = Drawn(folder)
    rows = made_of(frames=(tonight, history))
    errors: list[str] = []
    seen: Counter[str] = Counter()
    for graph in graphs:
        stem = _stem(graph, name)
        seen[stem] += 1
        own_name = name if seen[stem] == 1 else f"{name}-{seen[stem]}"
        try:
            kept += drawn.files(
                f"{stem} {own_name}",
                made_of(graph, own_name, rows),
                partial(draw, graph, tonight, history, folder, own_name),
            )
        except NothingToCompareError:
            continue  # as when a config leaves the baseline out: no picture, and no fault
        except RelaybenchError as error:
            errors.append(str(error))
    if errors:
        raise RelaybenchError("; ".join(errors))
    remove_others(folder, kept)
    drawn.keep()
    return kept


def draw(graph: Graph, tonight: pd.DataFrame, history: pd.DataFrame, folder: Path, name: str) -> list[Path]:
    """Draw one graph of one experiment from rows of the tidy table; `history` may hold tonight's rows or not.

    Bars become `comparison/NAME-PER.png`, lines `all_time/longitudinal-NAME-PER.png` and
    `two_weeks/longitudinal-NAME-PER.png` (nights less than 14 days older than the newest), PER being the values of
    what has pictures of its own; the metric stands after NAME where it is not `time`. Files whose bytes would be the
    same are not touched. Returns the paths of all its pictures, in the order in which they were drawn.

    Raises RelaybenchError when no row has the metric, or the graph names a parameter that the experiment lacks.
    """
    past = pd.concat([history, tonight], ignore_index=True)
    past = past.drop_duplicates([*SERIES_COLUMNS, "run_id"], keep="last").sort_values("run_id", kind="stable")
    paths: list[Path] = []
    with theme():
        drawn = (
            bar_pictures(graph, tonight, past, name) if isinstance(graph, Bars) else _line_pictures(graph, past, name)
        )
        for picture in drawn:
            path = free_path(folder / picture.place, "-".join([_stem(graph, name), *picture.parts]), paths)
            write_if_changed(path, png(picture.axes))
            paths.append(path)
    return paths


def remove_others(folder: Path, kept: Iterable[Path]) -> None:
    """Remove the PNG files below `folder` that are not among `kept`, and the folders that are empty then."""
    keep = {path.absolute() for path in kept}
    for path in [path for path in folder.rglob("*.png") if path.absolute() not in keep]:
        path.unlink()
    for path in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()


def bar_pictures(
    graph: Bars, tonight: pd.DataFrame, past: pd.DataFrame, name: str, look: Look = SCREEN
) -> Iterator[Picture]:
    """The pictures of one declared bar chart; to be used, and saved, inside `theme(look)`."""
    measured, recent = _compared(graph, tonight, past, name)
    rows = pd.concat([measured, recent], ignore_index=True)
    now = pd.Series(rows.index < len(measured))
    labels, parameters = labelled(rows), dimensions(rows)
    graph = complete_bars(graph, parameters)
    palette = colours(present(labels, graph.hue, parameters), look)
    subtitle = _joined(_constants(parameters, graph), f"run of {date_text(measured['timestamp'].iloc[-1])}")
    for per, chosen in split(labels, graph.per or (), parameters):
        if (chosen & now).any():
            groups, hues = (present(labels[chosen], place, parameters) for place in (graph.x, graph.hue))
            if graph.reference and look.has_heading and len(groups) == len(hues) == 1:
                continue  # a single ratio is no picture; the summary tells it
            here = labels[chosen & now]
            grid = grid_of(
                rows.loc[here.index], label_column(here, graph.x), label_column(here, graph.hue), groups, hues
            )
            heading = Heading(_title(graph, name, per), subtitle)
            yield Picture(draw_bars(graph, grid, palette, heading, look), "comparison", per, rows.loc[here.index])


def _compared(graph: Bars, tonight: pd.DataFrame, past: pd.DataFrame, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows to draw, and those of earlier nights whose absence is a gap; as multiples where the graph says so."""
    measured = rows_of_metric(tonight, graph.metric, name)
    recent = _recently_there(measured, past)
    if graph.reference is None:
        return measured, recent
    of_what, is_speedup = graph.reference, graph.speedup_over is not None
    ratios = relative(pd.concat([measured, recent], ignore_index=True), of_what, speedup=is_speedup)
    now = ratios["run_id"].isin(measured["run_id"])
    if not now.any():
        told = ", ".join(f"{key} {value}" for key, value in of_what.items())
        raise NothingToCompareError(
            f"{name}: nothing to draw, no value of {graph.metric!r} has one of {told} beside it"
        )
    return ratios[now], ratios[~now]


def _recently_there(measured: pd.DataFrame, past: pd.DataFrame) -> pd.DataFrame:
    """Older rows of the last few runs: what they had and tonight has not is a gap in the picture, not forgotten."""
    past = past[past["machine"].isin(measured["machine"]) & (past["run_id"] <= measured["run_id"].max())]
    runs = past["run_id"].drop_duplicates().iloc[-MISSED_FOR - 1 :]
    recent = past["run_id"].isin(runs) & ~past["run_id"].isin(measured["run_id"])
    there: pd.DataFrame = past[recent & (past["metric"] == measured["metric"].iloc[0])]
    return there


def _line_pictures(graph: Lines, past: pd.DataFrame, name: str) -> Iterator[Picture]:
    for window in graph.windows:
        start = past["timestamp"].max() - TWO_WEEKS if window == "two_weeks" else past["timestamp"].min() - TWO_WEEKS
        yield from _window_pictures(graph, past[past["timestamp"] > start], window, name)


def _window_pictures(graph: Lines, nights: pd.DataFrame, window: Window, name: str) -> Iterator[Picture]:
    rows = rows_of_metric(nights, graph.metric, name)
    labels, parameters = labelled(rows), dimensions(rows)
    graph = complete_lines(graph, parameters)
    subtitle = _joined(_constants(parameters, graph), WINDOW_WORDS[window])
    runs = nights[["machine", "run_id", "timestamp"]].drop_duplicates()  # once: there may be a picture for each series
    for per, chosen in split(labels, graph.per or (), parameters):
        times = _run_times(runs[runs["machine"].isin(rows.loc[chosen, "machine"])])
        for part, together in _portions(present(labels, graph.hue, parameters)):
            hues = [hue for hue in together if (label_column(labels[chosen], graph.hue) == hue).any()]
            if hues:
                hue = label_column(labels[chosen], graph.hue)
                grid = grid_of(rows[chosen], rows.loc[chosen, "run_id"], hue, list(times.index), hues)
                heading = Heading(_title(graph, name, (*per, *part)), subtitle)
                axes = draw_lines(graph, grid, pd.DatetimeIndex(times), colours(together), heading)
                yield Picture(axes, window, (*per, *part), rows[chosen])


def _run_times(runs: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """When each run began; one in which a series has no value is a gap in its line."""
    return runs.groupby("run_id")["timestamp"].first().sort_index()


def _portions(hues: list[str]) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """As many lines as one picture can tell apart, with a name for the portion where there are several."""
    for number, first in enumerate(range(0, len(hues), MOST_HUES), start=1):
        yield (f"part {number}",) if len(hues) > MOST_HUES else (), hues[first : first + MOST_HUES]


def _title(graph: Graph, name: str, per: Sequence[str]) -> str:
    return ", ".join([graph.title or f"{name}: {graph.metric.replace('_', ' ')}", *per])


def _joined(*parts: str) -> str:
    return " · ".join(filter(None, parts))


def _constants(parameters: Parameters, graph: Graph) -> str:
    """What has one value throughout and is not told by the title, as in "batch_size 1"."""
    told = graph.per or ()
    return ", ".join(f"{name} {only[0]}" for name, only in parameters.items() if len(only) == 1 and name not in told)


def _stem(graph: Graph, name: str) -> str:
    kind = [] if isinstance(graph, Bars) else ["longitudinal"]
    metric = [] if graph.metric == "time" else [graph.metric]
    compared = ["relative"] if isinstance(graph, Bars) and graph.reference else []
    return "-".join([*kind, name, *metric, *compared])


def free_path(folder: Path, name: str, taken: Sequence[Path]) -> Path:
    """A path of a PNG file, of safe letters only; a number at its end where another picture has the same after that."""
    safe = _UNSAFE.sub("_", name)[:LONGEST_NAME].strip(".") or "graph"
    paths = (folder / f"{safe}{'' if number == 1 else f'-{number}'}.png" for number in range(1, len(taken) + 2))
    return next(path for path in paths if path not in taken)
