"""Recurrent networks: several experiments, one bar for each network and engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from pytest_relaybench.errors import RelaybenchError
from pytest_relaybench.history.records import canonical
from pytest_relaybench.render.means import geometric_mean
from pytest_relaybench.render.relative import relative

from .sources import first_measured, params_of, where
from .wording import OUR_ENGINES, engine_name, network_name

DEVICE = "cpu"  # of experiments that have no choice of it
MODE = "mode"
# modes in which the whole network is compiled, as programs of the language before graphs; others call it cell by cell
WHOLE: Mapping[str, Sequence[str]] = {"char_rnn": ("loop", "unrolled"), "treelstm": ("linearised", "unrolled")}


def our_program(experiment: str, times: pd.DataFrame, engines: Sequence[str]) -> dict[str, str]:
    """What tells our rows: the first of these engines that was measured, in the first of the modes that count.

    Raises RelaybenchError when there is none.
    """
    modes = WHOLE.get(experiment)
    if modes is None:
        return {"engine": first_measured(times, engines)}
    whole = where(times, lambda params: params.get(MODE) in modes)
    engine = first_measured(whole, engines)
    there = {params[MODE] for params in params_of(whole) if params.get("engine") == engine}
    return {"engine": engine, MODE: next(mode for mode in modes if mode in there)}


def recurrent_ratios(experiment: str, times: pd.DataFrame, ours: Mapping[str, str]) -> pd.DataFrame:
    """Times of other engines over ours: the geometric mean over sizes, inputs and whatever else is varied.

    Raises RelaybenchError when no other was measured.
    """
    ratios = relative(times, ours)
    ratios = ratios.loc[[not str(params.get("engine", "")).startswith(OUR_ENGINES) for params in params_of(ratios)]]
    if ratios.empty:
        raise RelaybenchError(f"{experiment} has measured no other engine beside {' '.join(ours.values())}")
    told = [
        {
            "network": network_name(str(params.get("network", experiment))),  # else the experiment is of one network
            "engine": engine_name(str(params["engine"])),
            "device": params.get("device", DEVICE),
        }
        for params in params_of(ratios)
    ]
    return _means(ratios.assign(params=[canonical(params) for params in told]))


def _means(ratios: pd.DataFrame) -> pd.DataFrame:
    """One row for each network, engine, device, variant and machine, in the order of the first rows."""
    keys = ["params", "variant", "machine"]
    means = ratios.groupby(keys, sort=False)["value"].agg(geometric_mean)
    first = ratios.drop_duplicates(keys).set_index(keys)
    return first.assign(value=means, test="").reset_index()[list(ratios.columns)]
