"""How pictures look on a screen, and figures in print: sizes, letters, colours, patterns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import matplotlib as mpl
import numpy as np
import seaborn as sns

from .known_values import places

Colour: TypeAlias = tuple[float, float, float]

_PALETTE = tuple(sns.color_palette("colorblind", 10))
_STYLE = {
    **sns.axes_style("whitegrid"),
    **sns.plotting_context("notebook", font_scale=0.85),
    "axes.edgecolor": "#b0b0b0",
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "font.family": ["DejaVu Sans"],  # matplotlib's own: the same bytes on every machine
    "grid.color": "#e4e4e4",
    "legend.frameon": False,
    "text.parse_math": False,  # a parameter may hold a dollar sign
}
_PRINT_STYLE = {
    **_STYLE,
    **sns.plotting_context("paper", font_scale=0.85),
    "axes.edgecolor": "#000000",
    "axes.labelsize": 7.5,
    "axes.linewidth": 0.6,
    "axes.titlesize": 7.5,
    "font.size": 7.5,
    "grid.linewidth": 0.4,
    "hatch.linewidth": 0.4,
    "legend.fontsize": 7.0,
    "legend.title_fontsize": 7.0,
    "patch.edgecolor": "#000000",
    "pdf.fonttype": 42,  # letters stay letters: publishers refuse Type 3 fonts
    "svg.hashsalt": "relaybench",  # equal figures, equal bytes
    "xtick.labelsize": 7.0,
    "xtick.major.pad": 2.0,
    "ytick.labelsize": 7.0,
    "ytick.major.pad": 2.0,
}
# cividis is for all kinds of colour vision and gets lighter steadily, so that its steps differ in grey, too
_PRINT_RAMP, _PRINT_ENDS = "cividis", (0.0, 0.97)


@dataclass(frozen=True)
class Look:
    """What differs between a picture on a screen and a figure in print."""

    style: Mapping[str, Any]
    width_in: float | None = None  # of every picture; None: as its content needs
    hatches: tuple[str, ...] = ("",)
    has_heading: bool = True  # else what it shows is told by the text around it
    ramp: str = ""  # colours by lightness instead of the palette

    def colours(self, names: Sequence[str]) -> Mapping[str, Colour]:
        """A colour for each name: known values have their own in every picture, others that of their place.

        On a ramp it is that of the place for all, since a figure's neighbours have to differ in grey.
        """
        if self.ramp:
            ramp, steps = mpl.colormaps[self.ramp], np.linspace(*_PRINT_ENDS, max(len(names), 2))
            return {name: ramp(step)[:3] for name, step in zip(names, steps, strict=False)}
        return {name: _PALETTE[place] for name, place in zip(names, places(names, len(_PALETTE)), strict=True)}

    def hatch(self, place: int) -> str:
        """The pattern of what has this place, the first is 0."""
        return self.hatches[place % len(self.hatches)]


SCREEN = Look(_STYLE)
PRINT = Look(_PRINT_STYLE, 8 / 2.54, ("", "////", "", "....", "", "xxxx"), has_heading=False, ramp=_PRINT_RAMP)
