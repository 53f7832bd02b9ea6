"""The night in words: each operator's fastest engine, its share of the roof, and the others against torch."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from pytest_relaybench.judging.changes import newest_two
from pytest_relaybench.render.format import change_text, count_text, value_text
from pytest_relaybench.render.means import geometric_mean

from ..speedups import speed_text
from .cases import KINDS, parse_case
from .rates import by_operator, roofs_of
from .roof import Roof

BASELINE = "torch-eager"


def summarize_rates(table: pd.DataFrame) -> str:
    """A few lines for each number of threads, from all rows so far."""
    tonight = table[table["run_id"] == table["run_id"].max()]
    rates = by_operator(tonight[tonight["metric"] == "rate"])
    if rates.empty:
        return "Operators: nothing was measured"
    roofs = roofs_of(tonight)
    lines = [
        line
        for threads in sorted(rates["threads"].unique())
        for line in _part(threads, rates[rates["threads"] == threads], roofs.get(threads))
    ]
    return "\n".join([*lines, *_change_line(table)])


def _part(threads: int, rates: pd.DataFrame, roof: Roof | None) -> Iterator[str]:
    yield _heading(threads, rates, roof)
    yield from _operator_lines(rates, roof)


def _heading(threads: int, rates: pd.DataFrame, roof: Roof | None) -> str:
    peak = "peak not measured" if roof is None else _peak_text(roof)
    cases = count_text(rates["case"].nunique(), "case")
    against = (
        f"; then times as fast as {BASELINE}, geometric mean over all shapes"
        if BASELINE in set(rates["engine"])
        else ""
    )
    return f"Operators on {count_text(threads, 'thread')} ({peak}), {cases}: the best shape{against}"


def _peak_text(roof: Roof) -> str:
    return f"peak {value_text(roof.flops, 'FLOP/s')}, memory {value_text(roof.bandwidth, 'B/s')}"


def _operator_lines(rates: pd.DataFrame, roof: Roof | None) -> Iterator[str]:
    for operator in [name for name in KINDS if name in set(rates["operator"])]:
        here = rates[rates["operator"] == operator]
        wide = here.pivot_table(index="case", columns="engine", values="value", aggfunc="max", sort=False)
        best = here.sort_values("value").iloc[-1]
        share = "" if roof is None else f", {_share(best['value'], parse_case(best['case']).intensity, roof)}"
        told = f"{operator}: {value_text(best['value'], 'FLOP/s')} ({best['engine']} on {best['shape']}{share})"
        yield "; ".join([told, ", ".join(_against(wide))]).removesuffix("; ")


def _share(rate: float, intensity: float, roof: Roof) -> str:
    """How far below the roof a rate is; above it there is no share, but a reason."""
    limit = roof.at(intensity)
    if rate <= limit:
        return f"{100 * rate / limit:.0f} % of the roof"
    return "above the memory roof: operands in cache" if limit < roof.flops else "above the peak measured before"


def _against(wide: pd.DataFrame) -> Iterator[str]:
    if BASELINE in wide:
        for engine in wide.columns.drop(BASELINE):
            yield f"{engine} {speed_text(geometric_mean(wide[engine] / wide[BASELINE]))}"


def _change_line(table: pd.DataFrame) -> Iterator[str]:
    """The rates of tonight against those of the run before which had them."""
    pairs = newest_two(table[table["metric"] == "rate"])
    ratios = pairs.loc[pairs["run_id"] == table["run_id"].max(), "ratio"].dropna()
    if len(ratios):
        yield f"rates against the run before: {change_text(geometric_mean(ratios), 'higher')}"
