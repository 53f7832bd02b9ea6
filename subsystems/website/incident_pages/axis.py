"""What the pictures of an incident share: a linear axis with round ticks, and the element around them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pytest_relaybench.render.format import Scale

from ..inert import inert

LEAST_SPAN = 0.02  # of the middle: noise below this shall not look like mountains
MARGIN = 0.1  # of the span, on either side
ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
MOST_TICKS = 4


@dataclass(frozen=True)
class Axis:
    """Values `low` to `high` on pixels `start` to `end`, which may run backwards."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def around(cls, values: Sequence[float], start: float, end: float) -> Axis:
        """An axis that all these finite values fit on, with a little room."""
        low, high = min(values), max(values)
        middle = low / 2 + high / 2
        reach = max(high - low, LEAST_SPAN * abs(middle)) * (0.5 + MARGIN) or 1.0
        return cls(middle - reach, middle + reach, start, end)

    def place(self, value: float) -> float:
        """Where on the pixels the value lies."""
        return self.start + (self.end - self.start) * (value - self.low) / (self.high - self.low)

    def round_values(self, factor: float) -> list[float]:
        """A few values that are round in a unit of `factor`."""
        low, high = self.low / factor, self.high / factor
        rough = (high - low) / MOST_TICKS
        power = 10.0 ** math.floor(math.log10(rough))
        step = next((power * size for size in ROUND if power * size >= rough), rough)
        first, last = math.ceil(low / step), math.floor(high / step)
        return [number * step * factor for number in range(first, last + 1)]


def tick_text(value: float, axis: Axis, scale: Scale) -> str:
    """The value with as many digits as tell it from its neighbours, without the unit."""
    step = (axis.high - axis.low) / scale.factor / MOST_TICKS
    digits = min(max(0, 1 - math.floor(math.log10(step))), 9)
    text = f"{value / scale.factor:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def ticks(axis: Axis, scale: Scale, base: float) -> str:
    """The axis below a picture: a line, ticks with their values, the unit at the last one."""
    values = axis.round_values(scale.factor)
    parts = [f'<path class="rb-axis" d="M{axis.start:.0f} {base}H{axis.end:.0f}"/>']
    for number, value in enumerate(values):
        at = axis.place(value)
        unit = f" {scale.unit}" if number == len(values) - 1 else ""
        anchor = "end" if at > axis.end - 30 else "start" if at < axis.start + 12 else "middle"
        parts.append(
            f'<path class="rb-axis" d="M{at:.1f} {base}v4"/><text class="rb-tick" x="{at:.1f}" y="{base + 14}" '
            f'text-anchor="{anchor}">{inert(tick_text(value, axis, scale) + unit)}</text>'
        )
    return "".join(parts)


def svg(width: float, height: float, words: str, body: str) -> Markup:
    """A picture that a screen reader reads as `words`; every text in `body` is inert already."""
    return Markup(  # noqa: S704, made of numbers and of texts that are inert
        f'<svg class="rb-evidence" viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{inert(words)}">'
        f"{body}</svg>"
    )
