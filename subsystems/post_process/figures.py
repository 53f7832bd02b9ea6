"""The figures: which experiments each is made of, its rows, and its declared graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pytest_relaybench.errors import RelaybenchError
from pytest_relaybench.render.graphs import Bars, bars
from pytest_relaybench.render.relative import relative

from .passes import label_passes
from .recurrent import our_program, recurrent_ratios
from .sources import Params, Sources, first_measured, params_of, where, with_params
from .wording import ENGINES, NETWORKS, OUR_ENGINES, engine_name, network_name, place_of

CNN, LEVELS, PASSES = "cnn_comp", "relay_opt", "pass_comparison"
RNNS = ("rnn_cells", "char_rnn", "treelstm")


@dataclass(frozen=True)
class Ours:
    """What the figures call our compiler, and which engines are it, the preferred first."""

    name: str
    cnn_engines: Sequence[str]
    rnn_engines: Sequence[str]


@dataclass(frozen=True)
class Drawing:
    """What is drawn, and how; `ours` stands for our compiler in it; `without` tells what is not in it, and why."""

    rows: pd.DataFrame
    graph: Bars
    ours: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figure:
    """`name` begins its files' names; `drawing` is made of those experiments that ran."""

    name: str
    title: str
    experiments: tuple[str, ...]
    drawing: Callable[[Sources, Ours], Drawing]


def _vision(sources: Sources, ours: Ours) -> Drawing:
    """Times of other engines as multiples of ours, for each network."""
    times = sources.times(CNN)
    devices = dict.fromkeys(params.get("device") for params in params_of(times))
    of_device = [_on(device, times) for device in devices]
    engines = [first_measured(rows, ours.cnn_engines) for rows in of_device]
    parts = [_against(engine, rows) for engine, rows in zip(engines, of_device, strict=True)]
    return _drawing(parts, f"time relative to {ours.name}", "engine", engines)


def _on(device: object, times: pd.DataFrame) -> pd.DataFrame:
    return where(times, lambda params: params.get("device") == device)


def _against(engine: str, times: pd.DataFrame) -> pd.DataFrame:
    ratios = where(relative(times, {"engine": engine}), lambda params: not _is_ours(params))
    if ratios.empty:
        raise RelaybenchError(f"{CNN} has measured no other engine beside {engine}")
    return with_params(ratios, _worded)


def _recurrent(sources: Sources, ours: Ours) -> Drawing:
    """The same for recurrent networks, whose sizes and inputs come to a geometric mean."""
    parts, engines, without = [], [], []
    for name in sources.experiments:
        try:
            times = sources.times(name)
            program = our_program(name, times, ours.rnn_engines)
            parts.append(recurrent_ratios(name, times, program))
        except RelaybenchError as error:
            without.append(f"{name}: {error}")
        else:
            engines.append(" ".join(program.values()))
    if not parts:
        raise RelaybenchError(", ".join(without))
    return _drawing(parts, f"time relative to {ours.name}", "engine", engines, without=without)


def _levels(sources: Sources, _ours: Ours) -> Drawing:
    """Speedup of each level of optimisation over none."""
    ratios = relative(sources.times(LEVELS), {"opt_level": 0}, speedup=True)
    if ratios.empty:
        raise RelaybenchError(f"{LEVELS} has measured nothing beside level 0")
    ratios = with_params(ratios, lambda params: {**_worded(params), "opt_level": f"O{params['opt_level']}"})
    return _drawing([ratios], "speedup over O0", "opt_level")


def _passes(sources: Sources, _ours: Ours) -> Drawing:
    """Speedup of each sequence of passes over no pass, one pass more at a time."""
    ratios = label_passes(sources.times(PASSES))
    return _drawing([with_params(ratios, _worded)], "speedup over no passes", "network", x="pass")


def _drawing(  # noqa: PLR0913, each but the first three may be left out
    parts: Sequence[pd.DataFrame],
    words: str,
    hue: str,
    engines: Sequence[str] = (),
    *,
    x: str = "network",
    without: Sequence[str] = (),
) -> Drawing:
    """The rows under the name that the axis shows, in order; a paper's figure needs no hint which way is better."""
    rows = pd.concat(parts, ignore_index=True).assign(metric=words, direction="neutral")
    places = pd.Series([_place(params) for params in params_of(rows)], index=rows.index)
    rows = rows.loc[places.sort_values(kind="stable").index]
    return Drawing(rows, bars(words, x=x, hue=hue), tuple(dict.fromkeys(engines)), tuple(without))


def _place(params: Params) -> tuple[int, int]:
    """Networks and engines in the order in which papers have them."""
    return place_of(NETWORKS, params.get("network")), place_of(ENGINES, params.get("engine"))


def _worded(params: Params) -> dict[str, Any]:
    told = {"network": network_name, "engine": engine_name}
    return {name: told[name](value) if name in told else value for name, value in params.items()}


def _is_ours(params: Params) -> bool:
    return str(params.get("engine", "")).startswith(OUR_ENGINES)


FIGURES = (
    Figure("nlp-comp", "NLP", RNNS, _recurrent),
    Figure("cnn-comp", "vision", (CNN,), _vision),
    Figure("opt-comp", "levels of optimisation", (LEVELS,), _levels),
    Figure("pass-comp", "passes", (PASSES,), _passes),
)
