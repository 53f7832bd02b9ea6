"""The night in words: for each network and precision, speed against the same engine in fp32, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from pytest_relaybench.render.format import count_text, number_text, ratio_text, value_text

from .names import IN_FLOATS, PRECISIONS

BASELINE = "fp32"
Cell = Mapping[str, float]  # metric → value


def summarize_precision(table: pd.DataFrame) -> str:
    """For each network and batch size: a line for the times in fp32, and one for each engine in less than that."""
    tonight = table[table["run_id"] == table["run_id"].max()]
    if "time" not in set(tonight["metric"]):
        return "Precision: nothing was measured"
    several = tonight["variant"].nunique() > 1
    lines = ["Precision: speed against the same engine in fp32; in parentheses drift from torch's fp32"]
    for (network, batch_size), here in tonight.groupby(["network", "batch_size"], sort=False):
        cells = dict(_cells(here, several=several))
        name = f"{network}, {count_text(int(batch_size), 'picture')} a call"
        lines += _network_lines(name, cells)
    return "\n".join(lines)


def _cells(rows: pd.DataFrame, *, several: bool) -> Iterator[tuple[tuple[str, str], Cell]]:
    """(precision, engine) → what was measured; with several builds an engine's name tells its build."""
    for (precision, engine, variant), here in rows.groupby(["precision", "engine", "variant"], sort=False):
        name = f"{engine} {variant}" if several and str(engine).startswith("relax") else str(engine)
        yield (str(precision), name), dict(zip(here["metric"], here["value"], strict=True))


def _network_lines(name: str, cells: Mapping[tuple[str, str], Cell]) -> Iterator[str]:
    """A precision's engines, each on a line of its own."""
    base = {engine: cell for (precision, engine), cell in cells.items() if precision == BASELINE}
    times = ", ".join(f"{engine} {value_text(cell['time'], 's')}" for engine, cell in base.items())
    yield name + (f": fp32 {times}" if times else "")
    for precision in PRECISIONS:
        for (here, engine), cell in cells.items():
            if here == precision != BASELINE and "time" in cell:
                yield f"{precision} {_told(engine, precision, cell, base.get(engine))}"


def _told(engine: str, precision: str, cell: Cell, base: Cell | None) -> str:
    """As in "onnxruntime 2.10× (top-1 agrees 99.2 %, error 1.3 %, size 0.25×)"."""
    speed = value_text(cell["time"], "s") if base is None else f"{ratio_text(base['time'] / cell['time'])}×"
    drift = [f"top-1 agrees {number_text(cell['top1_agreement'])} %", f"error {number_text(cell['relative_error'])} %"]
    in_floats = [IN_FLOATS] if precision == "int8" and engine.startswith("relax") else []
    return f"{engine} {speed} ({', '.join([*drift, *_size(cell, base), *in_floats])})"


def _size(cell: Cell, base: Cell | None) -> list[str]:
    known: Any = base is not None and "artifact_size" in cell and "artifact_size" in base
    return [f"size {ratio_text(cell['artifact_size'] / base['artifact_size'])}×"] if known and base else []
