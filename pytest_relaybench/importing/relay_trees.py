"""The nested numbers of a Relay Dashboard's data files, as measurements: what each level of nesting means."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..history.records import Measurement, Statistics

DETAILED = "detailed"
STATISTICS = ("mean", "median", "std")
STATISTICS_KEYS = frozenset(STATISTICS)
OWN_KEYS = frozenset({DETAILED, "timestamp", "tvm_hash", "start_time", "end_time", "time_delta"})
VARIANT = "relay-dashboard"
USUAL = ("device", "engine", "network")
# experiment → its levels from the outside in; deeper ones are named by their depth
LEVELS: Mapping[str, Sequence[str]] = {
    "relay_opt": ("device", "level", "network"),
    "pass_comparison": ("device", "passes", "network"),
    "pass_comparision": ("device", "passes", "network"),
    "relay_to_vta": ("model", "target", "device"),
    "training_loop": ("device", "engine", "dataset", "model"),
}
EPOCHS = ("device", "engine", "epochs")  # of the training loop's first version, which told one time for each
UNITS: Mapping[str, tuple[str, str]] = {  # of a named number: its unit, and which way is better
    "time": ("s", "lower"),
    "loss": ("", "lower"),
    "acc": ("", "higher"),
}


@dataclass(frozen=True)
class Found:
    """What a file's tree came to: measurements, and a line for each part of it that is no number."""

    measurements: Sequence[Measurement]
    left_out: Sequence[str]


def measurements_of(experiment: str, content: Mapping[str, Any], tvm_hash: str | None) -> Found:
    """A measurement for each number, its statistics from `detailed` where it has them.

    Shapes, from the predecessor's inventory: `{device: {listing: {network: seconds}}}`, without the last level where an
    experiment has one network; `{model: {target: {device: seconds or {counter: number}}}}` of relay_to_vta; and
    `{..: {"time", "acc", "loss": {mean, median, std}}}` of the training loop.
    """
    detailed = content.get(DETAILED)
    plain = {key: value for key, value in content.items() if key not in OWN_KEYS}
    measurements, left_out = [], []
    for path, told in _leaves(plain):
        is_told = _is_statistics(told) if isinstance(told, Mapping) else _number(told) is not None
        if not is_told or not path:
            left_out.append(f"{'.'.join(path)} is no number: {_short(told)!r}")
            continue
        levels = _levels(experiment, path)
        measurements.append(_measurement(experiment, levels, path, told, _at(detailed, path), tvm_hash))
    return Found(measurements, left_out)


def _levels(experiment: str, path: Sequence[str]) -> Sequence[str]:
    is_first_version = experiment == "training_loop" and len(path) == len(EPOCHS) and path[-1].isdecimal()
    return EPOCHS if is_first_version else LEVELS.get(experiment, USUAL)


def _short(told: Any) -> str:
    """The beginning of it; a number of more digits than Python writes is only told to be one."""
    try:
        return str(told)[:60]
    except ValueError:
        return "a number of thousands of digits"


def _leaves(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every number, text or set of statistics, with the keys that lead there."""
    if isinstance(tree, Mapping) and tree and not tree.keys() <= STATISTICS_KEYS and not _is_statistics(tree):
        for key, value in tree.items():
            yield from _leaves(value, (*path, str(key)))
    else:
        yield path, tree


def _is_statistics(tree: Mapping[str, Any]) -> bool:
    return "mean" in tree and all(_number(tree.get(name, 0.0)) is not None for name in STATISTICS)


def _number(told: Any) -> float | None:
    if isinstance(told, bool) or not isinstance(told, int | float):
        return None
    try:
        return float(told) if math.isfinite(told) else None
    except OverflowError:  # an integer that no float holds
        return None


def _at(tree: Any, path: Sequence[str]) -> Mapping[str, Any]:
    for key in path:
        tree = tree.get(key) if isinstance(tree, Mapping) else None
    return tree if isinstance(tree, Mapping) and _is_statistics(tree) else {}


def _measurement(  # noqa: PLR0913, PLR0917, what a leaf is known by
    experiment: str,
    levels: Sequence[str],
    path: Sequence[str],
    told: Any,
    detailed: Mapping[str, Any],
    tvm_hash: str | None,
) -> Measurement:
    metric, unit, direction = "time", "s", "lower"
    named = path[-1] if len(path) > len(levels) else ""
    if named:
        # a counter of a simulator, or one of the numbers of a training: each is a metric of its own
        metric, (unit, direction), path = named, UNITS.get(named, ("", "neutral")), path[:-1]
    stats, value, note = _statistics(told, detailed)
    params = {_name(levels, place): key for place, key in enumerate(path)}
    return Measurement(
        test=f"test_{experiment}",
        params=params,
        metric=metric,
        unit=unit,
        direction=direction,  # type: ignore[arg-type]  # one of the three
        stats=stats,
        value=value,
        variant=VARIANT,
        tvm_hash=tvm_hash,
        note=note,
    )


def _name(levels: Sequence[str], place: int) -> str:
    return levels[place] if place < len(levels) else f"level{place + 1}"


def _statistics(told: Any, detailed: Mapping[str, Any]) -> tuple[Statistics, float, str]:
    """As far as the file tells them; the mean stands for what it does not, and the note says so."""
    known = {**detailed, **(told if isinstance(told, Mapping) else {})}
    value = float(known["mean"] if isinstance(told, Mapping) else told)
    told_of = {name: float(known[name]) for name in STATISTICS if _number(known.get(name)) is not None}
    unknown = [name for name in STATISTICS if name not in told_of]
    usual = {"mean": value, "median": value, "std": 0.0} | told_of
    stats = Statistics(n=1, min=value, max=value, ci_low=value, ci_high=value, **usual)
    return stats, value, f"{', '.join(['n, extremes', *unknown])} not told by the old home"
