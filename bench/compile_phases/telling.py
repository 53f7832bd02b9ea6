"""What a night of `compile_time` measured, in words; rows come from the tidy table with a column per parameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from pytest_relaybench.judging.changes import change_table
from pytest_relaybench.render.format import change_text, value_text
from pytest_relaybench.render.series import expand_params
from pytest_relaybench.render.summary import summarize as default_summary

from .names import PHASES

WHERE = ["network", "device", "batch_size", "opt_level", "variant"]
MOST_PHASES = 3


def summary(table: pd.DataFrame) -> str:
    """The verdicts of the whole times, then a line for each model."""
    run_id = str(table["run_id"].max())
    verdicts = default_summary(table[table["metric"] == "time"], run_id, "Compile time")
    changes = expand_params(change_table(table, run_id))
    tonight = changes[changes["value"].notna()]
    lines = [verdicts.splitlines()[0]]
    for place, rows in tonight.groupby(WHERE, sort=False):
        told = dict(zip(WHERE, place, strict=True))
        rest = [f"{name} {told[name]}" for name in WHERE[1:] if tonight[name].nunique() > 1]
        title = " ".join([str(told["network"]), *([f"({', '.join(rest)})"] if rest else [])])
        lines.append(f"{title}: {', '.join(_parts(rows))}")
    return "\n".join(lines)


def _parts(rows: pd.DataFrame) -> Iterator[str]:
    values, ratios = (
        {str(name): float(value) for name, value in zip(rows["metric"], rows[column], strict=True)}
        for column in ("value", "ratio")
    )
    if "time" in values:
        change = f" ({change_text(ratios['time'], 'lower')})" if ratios["time"] == ratios["time"] else ""
        yield f"{value_text(values['time'], 's')} to the first output{change}"
        yield from _longest(values)
    if "compile_memory" in values:
        yield f"{value_text(values['compile_memory'], 'B')} of memory"
    if "artifact_size" in values:
        yield f"artifact {value_text(values['artifact_size'], 'B')}"


def _longest(values: Mapping[str, float]) -> Iterator[str]:
    """The phases that take longest, with their shares."""
    phases = sorted((name for name in PHASES if name in values), key=lambda name: -values[name])
    whole = sum(values[name] for name in phases)
    for name in phases[:MOST_PHASES]:
        yield f"{name.replace('_', ' ')} {value_text(values[name], 's')} ({values[name] / whole:.0%})"
