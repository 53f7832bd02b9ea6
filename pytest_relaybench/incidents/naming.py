"""What a series is called where people type it: `matmul/test_matmul[256]/time`."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Sequence

USUAL_VARIANT = "installed"
_GLOB = re.compile(r"[*?]")


def series_name(series: Sequence[str]) -> str:
    """Experiment, test with its parameters' values, metric, and the variant unless it is the installed one.

    `series` is as SERIES_COLUMNS say. Two machines have the same name for what both measure.
    """
    experiment, test, params, metric, variant, _ = series
    values = "-".join(text_of(value) for value in json.loads(params).values())
    name = f"{experiment}/{test}[{values}]/{metric}" if values else f"{experiment}/{test}/{metric}"
    return name if variant == USUAL_VARIANT else f"{name} ({variant})"


def text_of(value: object) -> str:
    """A parameter's value as people write it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def names_series(pattern: str, series: Sequence[str]) -> bool:
    """Whether the pattern means the series: its name, with or without the metric, its experiment, or a glob of these.

    In a glob only `*` and `?` are marks, since names hold brackets. The values of parameters may stand in any order.
    """
    name = series_name(series)
    whole = name.partition(" (")[0]
    short = whole.rpartition("/")[0]
    known = (name, whole, short, short.partition("[")[0], series[0])
    if _GLOB.search(pattern):
        return any(fnmatch.fnmatchcase(text, pattern.replace("[", "[[]")) for text in known)
    return pattern in known or _in_any_order(pattern) in map(_in_any_order, known[:3])


def _in_any_order(name: str) -> tuple[str, tuple[str, ...], str]:
    """The name with the parts of what its brackets hold sorted."""
    before, _, rest = name.partition("[")
    values, _, after = rest.rpartition("]")
    return before, tuple(sorted(values.split("-"))), after
