"""What a night of `remote_device` brought, in words."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from pytest_relaybench.render.format import number_text, value_text

ORDER = ("float32", "float16", "int8")
BASE = ORDER[0]
WAY = {"upload": "sending", "load": "loading", "round_trip": "a question and its answer"}


def summary(table: pd.DataFrame) -> str:
    """A line for each network and batch size: float32's time, the others beside it, and how far off they are.

    Drift is the largest error as a share of the largest output.
    """
    tonight = table[table["run_id"] == table["run_id"].max()]
    lines = ["Remote device: time of a call by the board's own clock"]
    for (network, batch), rows in tonight.groupby(["network", "batch_size"], sort=False):
        lines.append(f"{network}{f', {batch} images' if batch > 1 else ''}: " + ", ".join(_told(rows)))
    worst = {metric: tonight.loc[tonight["metric"] == metric, "value"].max() for metric in WAY}
    known = [f"{WAY[metric]} {value_text(value, 's')}" for metric, value in worst.items() if pd.notna(value)]
    return "\n".join([*lines, *([f"the way there, at most: {', '.join(known)}"] if known else [])])


def _told(rows: pd.DataFrame) -> Iterator[str]:
    """As in "float32 30 ms, float16 207 ms (0.145×, drift 1.14 %)"."""
    values = rows.groupby(["number_type", "metric"], sort=False)["value"].min().unstack("metric")
    base_s = values["time"].get(BASE, float("nan"))
    for number_type, row in values.reindex([name for name in ORDER if name in values.index]).iterrows():
        seconds = value_text(row["time"], "s")
        if number_type == BASE:
            yield f"{number_type} {seconds}"
            continue
        ratio = "" if pd.isna(base_s) else f"{number_text(base_s / row['time'])}×, "
        yield f"{number_type} {seconds} ({ratio}drift {number_text(row['drift'])} %)"
