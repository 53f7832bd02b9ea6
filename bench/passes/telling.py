"""What a night of `pass_comparison` brought, in words; rows come from the tidy table with a column per parameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import pandas as pd

from pytest_relaybench.render.format import change_text, number_text, value_text
from pytest_relaybench.render.summary import summarize as default_summary

from .labels import SPEC, names_of, passes_of
from .specs import BASELINE, PRESETS, PassSpec

SECONDS_OF = "pass."  # begins the names of metrics that are seconds of one pass
WHERE = ["network", "device", "batch_size", "scheduled", "variant"]
MOST_NAMED = 3
WORTH_NAMING = 0.02
LEVEL = 1.02  # times this far apart are told as equal: the machine's noise decides between them

Values = Mapping[str, float]  # key of a spec → value


def summary(table: pd.DataFrame) -> str:
    """The verdicts of tonight's times, then a few lines for each network."""
    run_id = str(table["run_id"].max())
    times = table[table["metric"] == "time"]
    verdicts = default_summary(times, run_id, "Passes").splitlines()
    lines = [verdicts[0], *(line for line in verdicts[1:] if line.startswith(("worst:", "missing:")))]
    tonight, names = table[table["run_id"] == run_id], names_of(table)
    for place, rows in tonight.groupby(WHERE, sort=False):
        lines += _lines_of(rows, _title(dict(zip(WHERE, place, strict=True)), tonight), names)
    numbered = [key for key in tonight[SPEC].dropna().unique() if names[key].startswith("list ")]
    return "\n".join([*lines, *(f"{names[key]}: {passes_of(key)}" for key in numbered)])


def _title(place: Mapping[str, object], tonight: pd.DataFrame) -> str:
    """The network, and of the rest what differs within the night."""
    rest = [f"{name} {place[name]}" for name in WHERE[1:] if tonight[name].nunique() > 1]
    if not place["scheduled"] and "scheduled True" not in rest:
        rest = [*(part for part in rest if not part.startswith("scheduled")), "no schedule"]
    return " ".join([str(place["network"]), *([f"({', '.join(rest)})"] if rest else [])])


def _lines_of(rows: pd.DataFrame, title: str, names: Mapping[str, str]) -> Iterator[str]:
    times, kernels, compiles = (_by_key(rows, metric) for metric in ("time", "kernels", "compile"))
    if BASELINE in times and len(times) > 1:
        best = shortest_of_the_fastest(times)
        yield (
            f"{title}: no pass {value_text(times[BASELINE], 's')}, {names[best]} {value_text(times[best], 's')} "
            f"(×{number_text(times[BASELINE] / times[best])}, the shortest list within 2 % of the fastest); "
            f"kernels {number_text(kernels[BASELINE])} → {number_text(kernels[best])}; "
            f"compile {value_text(compiles[BASELINE], 's')} → {value_text(compiles[best], 's')}"
        )
    else:
        told = ", ".join(f"{names[key]} {value_text(value, 's')}" for key, value in times.items())
        yield f"{title}: {told}" if len(times) <= MOST_NAMED else f"{title}: {len(times)} pass lists"
    yield from _steps(times, "cumulative", "added")
    yield from _left_out(times)
    yield from _slowest(rows)


def _by_key(rows: pd.DataFrame, metric: str) -> Values:
    found = rows[(rows["metric"] == metric) & rows["value"].notna()]
    return dict(zip(found[SPEC].astype(str), found["value"].astype(float), strict=True))


def shortest_of_the_fastest(times: Values) -> str:
    """The list with the fewest passes of those whose time is within 2 % of the lowest; of equals the fastest."""
    fastest = min(times.values())
    return min(
        (key for key in times if times[key] <= LEVEL * fastest),
        key=lambda key: (len(PassSpec.from_key(key).passes), times[key]),
    )


def longest_list(rows: pd.DataFrame) -> str:
    """The list with the most passes of those that `rows` have."""
    return max(rows[SPEC].astype(str), key=lambda key: (len(PassSpec.from_key(key).passes), key))


def _steps(times: Values, preset: str, word: str) -> Iterator[str]:
    """The passes that changed the time most when they were added to those before."""
    labels = [(key, label) for key, label in PRESETS[preset].items() if key in times]
    if len(labels) < len(PRESETS[preset]):
        return
    ratios = {label: times[key] / times[before] for (before, _), (key, label) in pairwise(labels)}
    told = _largest(ratios)
    yield f"{word} one by one: {told}" if told else f"{word} one by one: none changes the time by 2 %"


def _left_out(times: Values) -> Iterator[str]:
    """The passes whose absence changed the time most."""
    labels = PRESETS["leave_one_out"]
    if any(key not in times for key in labels):
        return
    whole, *_ = labels
    told = _largest({label: times[key] / times[whole] for key, label in labels.items() if key != whole})
    yield f"left out of all: {told}" if told else "left out of all: none changes the time by 2 %"


def _largest(ratios: Values) -> str:
    worth = {label: ratio for label, ratio in ratios.items() if abs(ratio - 1) >= WORTH_NAMING}
    order = sorted(worth, key=lambda label: -max(worth[label], 1 / worth[label]))
    return ", ".join(f"{label} {change_text(worth[label])}" for label in order[:MOST_NAMED])


def _slowest(rows: pd.DataFrame) -> Iterator[str]:
    """The pass of the longest list that takes the compiler longest, and its share of that compilation."""
    passes = rows[rows["metric"].str.startswith(SECONDS_OF)]
    if passes.empty:
        return
    longest = longest_list(passes)
    slowest = passes[passes[SPEC] == longest].sort_values("value").iloc[-1]
    compile_s = _by_key(rows, "compile").get(longest)
    share = f", {100 * slowest['value'] / compile_s:.0f} % of compiling the longest list" if compile_s else ""
    yield f"slowest pass: {slowest['metric'].removeprefix(SECONDS_OF)} {value_text(slowest['value'], 's')}{share}"
