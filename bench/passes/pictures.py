"""Pictures of `pass_comparison`: keys of specs are too long to stand below bars, so lists have labels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from pytest_relaybench import bars, lines
from pytest_relaybench.render.plots import draw, remove_others

from .labels import NO_PASS, OTHERS, SPEC, series_of
from .specs import PRESETS
from .telling import SECONDS_OF, WHERE, longest_list

PARAMETER = "passes"
KINDS = {"cumulative": "Passes added one by one", "leave_one_out": "All passes but one", OTHERS: "Lists of passes"}
# what the others of a series are compared with
FIRST = {**{kind: next(iter(labels.values())) for kind, labels in PRESETS.items()}, OTHERS: NO_PASS}


def draw_passes(table: pd.DataFrame, folder: Path) -> None:
    """Bars of tonight and lines through the nights for each series, and what each pass takes of the compile time."""
    kept: list[Path] = []
    run_id = table["run_id"].max()
    series = series_of(table)
    for kind, labels in series.items():
        history = _relabelled(table[table[SPEC].isin(labels)], labels)
        tonight = history[history["run_id"] == run_id]
        if tonight.empty:
            continue
        name, title = f"pass_comparison-{kind}", KINDS[kind]
        for metric, words in (("time", "time"), ("kernels", "kernels"), ("compile", "compile time")):
            if len(labels) == 1 and len(series) > 1:
                break  # a lone bar has nothing to be compared with
            graph = bars(metric, x=PARAMETER, per=("device", "network"), log=False, title=f"{title}: {words}")
            kept += draw(graph, tonight, history, folder, name)
        against = FIRST[kind]
        if against in set(labels.values()) and len(labels) > 1:
            speedup = bars(
                x=PARAMETER, hue="network", per="device", speedup_over={PARAMETER: against}, log=True, title=title
            )
            kept += draw(speedup, tonight, history, folder, f"{name}-speedup")
        kept += draw(lines(hue=PARAMETER, per=("device", "network"), title=title), tonight, history, folder, name)
    kept += _pass_times(table, folder)
    remove_others(folder, kept)


def _relabelled(rows: pd.DataFrame, labels: Mapping[str, str]) -> pd.DataFrame:
    """The rows in the series' order, their spec replaced by its label."""
    places = {key: place for place, key in enumerate(labels)}
    ordered = rows.assign(_place=rows[SPEC].map(places)).sort_values(["run_id", "_place"], kind="stable")
    return ordered.assign(params=ordered["params"].map(lambda text: _with_label(text, labels))).drop(columns="_place")


def _with_label(text: str, labels: Mapping[str, str]) -> str:
    params = json.loads(text)
    return json.dumps({PARAMETER: labels[params.pop(SPEC)], **params})


def _pass_times(table: pd.DataFrame, folder: Path) -> list[Path]:
    """Seconds of each pass in the longest list of tonight, which has most of them, as the summary has it."""
    rows = table[(table["run_id"] == table["run_id"].max()) & table["metric"].str.startswith(SECONDS_OF)]
    if rows.empty:
        return []
    longest = [here[here[SPEC] == longest_list(here)] for _, here in rows.groupby(WHERE, sort=False)]
    rows = pd.concat(longest).sort_values("value", ascending=False)
    params = [
        json.dumps({"pass": metric.removeprefix(SECONDS_OF), **_without_spec(text)})
        for metric, text in zip(rows["metric"], rows["params"], strict=True)
    ]
    reshaped = rows.assign(params=params, metric="pass_time")
    graph = bars(
        "pass_time", x="pass", hue="network", per="device", log=True, unit="ms",
        title="What each pass of the longest list takes to compile",
    )  # fmt: skip
    return draw(graph, reshaped, reshaped, folder, "pass_comparison")


def _without_spec(text: str) -> dict[str, object]:
    params = json.loads(text)
    del params[SPEC]
    return dict(params)
