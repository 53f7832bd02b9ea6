"""Which columns tell the series of a table apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..series import History, Series

SEVERAL_PARAMETERS = 8  # more columns than these no screen holds


@dataclass(frozen=True)
class Columns:
    """Parameters in which the series differ; test and variant where there is more than one."""

    keys: Sequence[str]
    tests: bool
    variants: bool

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.keys) + self.tests + self.variants


def columns_of(history: History, series: Sequence[Series]) -> Columns:
    """Those of some series of the history; there is always at least one column."""
    keys = list(dict.fromkeys(key for one in series for key in history.params_of(one)))
    return Columns(
        keys=keys[:SEVERAL_PARAMETERS],
        tests=len({one.test for one in series}) > 1 or not keys,
        variants=len({one.variant for one in history.series}) > 1,
    )
