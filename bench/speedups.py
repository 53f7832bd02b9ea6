"""Summaries that tell every engine's time beside torch's for the same work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from pytest_relaybench.render.format import ratio_text, value_text
from pytest_relaybench.render.means import geometric_mean

TORCH = "torch-eager"  # what the others are compared with
WAYS = ("engine", "mode")  # how something is run; the other parameters say what
LIKE_ONE = 0.995  # from here on a ratio is told as 1.00
MOST_LISTED = 8  # kinds of work in a summary; more are told by their geometric mean


def speedup_lines(table: pd.DataFrame, heading: str, work: Sequence[str], timed: str = "") -> list[str]:
    """A line for each kind of work of the newest run: torch's time, then how many times as fast each other way is.

    `work` names the parameters that tell kinds of work apart; `timed` says what a time is of where it is no call of a
    model, as "an epoch". Times of one way under several builds are reduced to the
    geometric mean. Kinds of work that torch was not measured on are told by their times.
    """
    newest = table[(table["run_id"] == table["run_id"].max()) & (table["metric"] == "time")]
    ways = [name for name in WAYS if name in newest]
    kinds = [name for name in work if name in newest and newest[name].notna().any()]
    if newest.empty:
        return [f"{heading}: nothing was measured"]
    times = newest.groupby([*kinds, *ways], sort=False)["value"].agg(geometric_mean).reset_index()
    compared = (newest["engine"] == TORCH).any()
    of = f" of {timed}" if timed else ""
    times_only = f"{heading}: time{of}" if timed else heading
    lines = [f"{heading}: times as fast as {TORCH}, whose time{of} stands first" if compared else times_only]
    groups = [("", times)] if not kinds else list(times.groupby(kinds, sort=False))
    if len(groups) > MOST_LISTED:
        return [*lines, *_means(times, kinds, ways)]
    told = [index for index, name in enumerate(kinds) if times[name].nunique() > 1 or _is_telling(name, times[name])]
    return [*lines, *(_line(_name(key, kinds, told), rows, ways) for key, rows in groups)]


def _is_telling(name: str, values: pd.Series[Any]) -> bool:
    """Whether it is named even where it does not vary, as a network is and a batch size is not."""
    return name != "device" and isinstance(values.iloc[0], str)


def _name(key: Any, kinds: Sequence[str], told: Sequence[int]) -> str:
    """The kind of work: words as they are, numbers with their name."""
    values = key if isinstance(key, tuple) else (key,)
    shown = [
        str(values[index]) if isinstance(values[index], str) else f"{kinds[index].replace('_', ' ')} {values[index]}"
        for index in told
    ]
    return ", ".join(shown)


def _line(name: str, rows: pd.DataFrame, ways: Sequence[str]) -> str:
    torch_s = rows.loc[rows["engine"] == TORCH, "value"].min()  # NaN where torch was not measured
    others = rows[rows["engine"] != TORCH]
    told = [] if pd.isna(torch_s) else [f"{TORCH} {value_text(torch_s, 's')}"]
    told += [f"{_way(row, ways)} {_told(row['value'], torch_s)}" for _, row in others.iterrows()]
    return f"{name}: {', '.join(told)}" if name else ", ".join(told)


def _told(seconds: float, torch_s: float) -> str:
    return value_text(seconds, "s") if pd.isna(torch_s) else speed_text(torch_s / seconds)


def speed_text(ratio: float) -> str:
    """How many times as fast: "2.27×", and "35.1× slower" below 1, which reads better than 0.0285×."""
    return f"{ratio_text(1 / ratio)}× slower" if 0 < ratio < LIKE_ONE else f"{ratio_text(ratio)}×"


def _way(row: Any, ways: Sequence[str]) -> str:
    return " ".join(str(row[name]) for name in ways if isinstance(row[name], str))


def _means(times: pd.DataFrame, kinds: Sequence[str], ways: Sequence[str]) -> Iterator[str]:
    """For much work: the geometric mean of each way's ratios."""
    base = times[times["engine"] == TORCH].groupby(list(kinds))["value"].min().rename("torch_s")
    joined = times[times["engine"] != TORCH].merge(base.reset_index(), on=list(kinds))
    yield f"geometric means of {times[list(kinds)].drop_duplicates().shape[0]} kinds of work"
    for key, rows in joined.groupby(list(ways), sort=False):
        yield f"{' '.join(map(str, key))}: {speed_text(geometric_mean(rows['torch_s'] / rows['value']))}"
