"""Which models go through TVM's importers: torch.export and ONNX to Relax, compiled, run, and compared with torch.

`docs/experiments/import_coverage.md` tells what is tried and how results are to be read.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from pytest_relaybench import ExperimentConfig, axis

from .coverage.names import INSTALL_TRANSFORMERS, OWN_MODELS, ROUTES, VALUES, ModelName, Route, is_architecture

NEEDED_FOR_ONNX = ("onnx", "onnxscript")
INSTALL_ONNX = "pip install onnx onnxscript"


class Config(ExperimentConfig):
    """Which models by which routes; by default all of ours by both."""

    models: list[ModelName] = axis(
        "model", OWN_MODELS, description='ours, or "transformers:bert" and its like with random weights'
    )
    routes: list[Route] = axis("route", ROUTES)
    cell_timeout_s: float = Field(default=120.0, gt=0, description="seconds before a cell counts as hung")


def test_cell(model: str, route: str, bench: Any, tvm_variant: Any, experiment_config: Config) -> None:
    """Whether the model goes through; that it does not is a result, and no failure of the night."""
    del tvm_variant  # makes sure of the TVM that the fresh process imports
    _skip_what_is_not_installed(model, route)
    from .coverage.attempt import attempt, conclude
    from .fresh_process import ask

    answer = ask(attempt, model, route, deadline_s=experiment_config.cell_timeout_s)
    found = conclude(answer)
    note = "" if found.result == "works" else f"{found.stage}: {found.message}"
    bench.record(  # a process that died may have been killed by the deadline, or for want of memory
        "coverage", VALUES[found.result], unit="1", direction="higher", deterministic=not answer.death, note=note
    )
    peaks = [peak for _, peak in answer.told if peak is not None]
    if peaks:  # of the process that tried it, not of this one
        bench.record("peak_memory", max(peaks), unit="B")


def _skip_what_is_not_installed(model: str, route: str) -> None:
    if is_architecture(model) and not _is_there("transformers"):
        pytest.skip(f"{model} needs transformers: {INSTALL_TRANSFORMERS}")
    missing = [name for name in NEEDED_FOR_ONNX if not _is_there(name)]
    if route == "onnx" and missing:
        pytest.skip(f"the route over ONNX needs {', '.join(missing)}: {INSTALL_ONNX}")


def _is_there(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def analyze(table: Any) -> list[dict[str, Any]]:
    """The share of the models that work, by route and build."""
    cells = table[table["metric"] == "coverage"]
    return [
        {
            "metric": "share",
            "value": 100 * float((rows["value"] == VALUES["works"]).mean()),
            "unit": "%",
            "direction": "higher",
            "test": "all models",
            "params": {"route": route},
            "variant": variant,
        }
        for (route, variant), rows in cells.groupby(["route", "variant"], sort=False)
    ]


def visualize(table: Any, folder: Path) -> None:
    """The table as a picture, and the shares through the nights."""
    from .coverage.picture import draw_coverage

    draw_coverage(table, folder)


def summarize(table: Any) -> str:
    """What works, what has changed, and TVM's message for each cell that does not work."""
    from .coverage.telling import summary

    return summary(table)
