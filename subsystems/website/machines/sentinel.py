"""What the sentinels say of a machine on its newest night."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_relaybench.detect import Kind
from pytest_relaybench.render.format import change_text, count_text
from pytest_relaybench.sentinels.names import SENTINELS as NAMES

from ..headline import tone, verdict_text
from ..series import History, Series


@dataclass(frozen=True)
class Sentinel:
    """One sentinel on the newest night: before the night's tests and after them, either None where it is not known."""

    name: str
    before: Series | None
    after: Series | None

    @property
    def series(self) -> list[Series]:
        """What there is of the two."""
        return [one for one in (self.before, self.after) if one is not None]

    @property
    def drift(self) -> float:
        """The value after the tests over the one before them; NaN without both on the newest night."""
        if len(self.series) < 2 or any(one.missing or one.newest <= 0 for one in self.series):
            return math.nan
        return self.series[1].newest / self.series[0].newest

    @property
    def drift_text(self) -> str:
        """In words."""
        return change_text(self.drift)

    @property
    def drift_tone(self) -> str:
        """CSS class."""
        return tone(self.drift, "lower")


def sentinels_of(history: History) -> list[Sentinel]:
    """Those that we know by name first, in our order."""
    found: dict[str, dict[str, Series]] = {name: {} for name in NAMES}
    for series in history.series:
        found.setdefault(series.test, {})[str(series.params.get("when", ""))] = series
    return [Sentinel(name, own.get("before"), own.get("after")) for name, own in found.items() if own]


def verdicts_of(history: History, sentinel: Sentinel) -> Sequence[tuple[str, str, str]]:
    """Text and kind of its verdicts, and which of the two each is about; empty where both say the same."""
    nights = count_text(len(history.nights), "night")
    found = [
        (f"unsure: {nights}" if one.verdict.kind == Kind.UNSURE else verdict_text(history, one), one.verdict.kind.value)
        for one in sentinel.series
    ]
    if len(set(found)) == 1:
        return [(*found[0], "")]
    return [(*told, str(one.params["when"])) for told, one in zip(found, sentinel.series, strict=True)]
