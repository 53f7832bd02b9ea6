"""How every picture looks and is turned into bytes: figure, axes, theme, scale of an axis, PNG."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator, ScalarFormatter

from ..errors import RelaybenchError
from .format import Scale, scale_for
from .look import SCREEN, Colour, Look

DPI = 110
LONGEST_LABEL, LONGEST_TITLE, LONGEST_SUBTITLE = 34, 80, 110  # letters
MOST_LETTERS_IN_PRINT, LETTERS_OF_A_KEY = 56, 4  # in a line of a legend
GREY = "#6e6e6e"

_UNITS = {"s": ("s", "ms", "µs", "ns"), "B": ("TiB", "GiB", "MiB", "KiB", "B")}
_FACTORS = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9} | {
    unit: 1024.0**power for power, unit in enumerate(("B", "KiB", "MiB", "GiB", "TiB"))
}


@contextmanager
def theme(look: Look = SCREEN) -> Iterator[None]:
    """Draw and save inside it; nothing of matplotlib's global state is changed for others."""
    style: Any = dict(look.style)  # its stubs want every key by name
    with mpl.rc_context(style), warnings.catch_warnings():
        # a letter that the font lacks is drawn as a box; that is no reason to have no picture
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


@dataclass(frozen=True)
class Heading:
    """What stands above a picture: a title, and a smaller grey line."""

    title: str
    subtitle: str = ""

    def with_note(self, note: str) -> Heading:
        """The same with something more in the grey line."""
        return Heading(self.title, " · ".join(filter(None, [self.subtitle, note])))


def new_axes(width: float, height: float, heading: Heading) -> Axes:
    """Axes alone in a figure of `width` by `height` inches, under their heading."""
    axes = Figure(figsize=(width, height), layout="constrained").subplots()
    axes.set_title(shortened(heading.title, LONGEST_TITLE), pad=22 if heading.subtitle else 10)
    axes.annotate(
        shortened(heading.subtitle, LONGEST_SUBTITLE),
        (0, 1),
        xycoords="axes fraction",
        xytext=(0, 6),
        textcoords="offset points",
        va="bottom",
        fontsize="small",
        color=GREY,
    )
    sns.despine(ax=axes)
    return axes


def png(axes: Axes) -> bytes:
    """The figure as PNG; equal figures give equal bytes: no date, no program's name."""
    buffer = io.BytesIO()
    figure = axes.get_figure(root=True)
    assert figure is not None, "axes are made by new_axes"
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()


def colours(names: Sequence[str], look: Look = SCREEN) -> Mapping[str, Colour]:
    """A colour for each name, as the look has it."""
    return look.colours(names)


def legend(
    axes: Axes,
    handles: Sequence[Artist | tuple[Artist, ...]],
    names: Sequence[str],
    title: str,
    look: Look = SCREEN,
) -> None:
    """A legend beside the axes, in print above them, where no width is lost.

    None for a single entry, which the heading tells; print has no heading, and none only for one without a name.
    """
    if len(names) > 1 or (not look.has_heading and any(names)):
        # matplotlib takes a label that begins with "_" for one to hide
        shown = [shortened(f" {name}" if name.startswith("_") else name) for name in names]
        if look.width_in is None:
            axes.legend(handles, shown, title=title, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0)
            return
        columns = max(1, min(len(shown), MOST_LETTERS_IN_PRINT // (max(map(len, shown)) + LETTERS_OF_A_KEY)))
        figure: Any = axes.get_figure(root=True)  # its stubs know no tuple as a handle
        figure.legend(handles, shown, loc="outside upper center", ncols=columns, handlelength=1.4, columnspacing=1.0)


def axis_scale(values: np.ndarray, unit: str, wanted: str | None = None) -> Scale:
    """The scale of a whole axis: what suits the middle value, or the unit that was asked for.

    Raises RelaybenchError when `unit` cannot be told in the wanted one.
    """
    if wanted is None:
        sizes = np.abs(values[np.isfinite(values) & (values != 0)])
        return scale_for(float(np.median(sizes)) if sizes.size else 0.0, unit)
    wanted = "µs" if wanted == "us" else wanted
    if wanted == unit:
        return Scale(1.0, unit)
    if wanted not in _UNITS.get(unit, ()):
        known = ", ".join(_UNITS.get(unit, (unit,)))
        raise RelaybenchError(f"unit: values in {unit!r} can be told in {known} (found {wanted!r})")
    return Scale(_FACTORS[wanted], wanted)


def wants_log(values: np.ndarray, threshold: float, declared: bool | None = None) -> bool:
    """Whether the axis is logarithmic: as declared, else when the largest value is `threshold` times the smallest.

    Never with a value that is not positive.
    """
    finite = values[np.isfinite(values)]
    if not finite.size or finite.min() <= 0:
        return False
    return bool(finite.max() > threshold * finite.min()) if declared is None else declared


def make_log(axis: Axis, values: np.ndarray) -> None:
    """Make an axis of positive values logarithmic, with room for the smallest bar and for the largest one's number."""
    finite = values[np.isfinite(values)]
    low, high = math.log10(finite.min()), math.log10(finite.max())
    room = 0.12 * max(high - low, 1.0)
    (axis.axes.set_yscale if axis is axis.axes.yaxis else axis.axes.set_xscale)("log")
    (axis.axes.set_ylim if axis is axis.axes.yaxis else axis.axes.set_xlim)(10 ** (low - room), 10 ** (high + room))
    axis.set_major_locator(LogLocator(subs=_steps(high - low)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}".replace(",", "\u2009")))


def _steps(decades: float) -> tuple[float, ...]:
    """Which numbers of each decade an axis tells, so that a short one has several and a long one not too many."""
    if decades > 3:
        return (1.0,)
    return (1.0, 2.0, 5.0) if decades > 1 else (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0)


def make_linear(axis: Axis) -> None:
    """Write an axis' numbers out: never as the difference from a number in the corner."""
    axis.set_major_formatter(ScalarFormatter(useOffset=False))


def axis_name(metric: str, unit: str, direction: str) -> str:
    """As in "peak memory (MiB), lower is better"."""
    unit_part = f" ({unit})" if unit else ""
    better = f", {direction} is better" if direction in ("lower", "higher") else ""
    return f"{metric.replace('_', ' ')}{unit_part}{better}"


def shortened(text: str, longest: int = LONGEST_LABEL) -> str:
    """One line of at most `longest` letters."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
