"""A tree-shaped network: the child-sum TreeLSTM over trees of several shapes, by torch and in three forms in Relax.

`docs/experiments/treelstm.md` tells what is measured and how.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import pytest
from pydantic import BeforeValidator, Field, model_validator

from pytest_relaybench import axis, bars, lines

from .recurrent.config import CELL, TORCH, Positive, RecurrentConfig, refuse_nothing_to_measure
from .speedups import speedup_lines

if TYPE_CHECKING:
    from .engines import Prepared
    from .recurrent.trees import Tree

RTOL, ATOL = 1e-4, 1e-5  # of a state between -1 and 1; the forms add up in different orders
WEIGHTS_SEED = 0  # the same network every night; only its inputs vary
NO_DATASETS = "nothing is downloaded: trees are made by `shapes` and `n_nodes`, and the key is to be left out"
TOO_DEEP = "the root of a tree this deep says nothing of its deepest node: outputs could not be told from wrong ones"
TORCH_IS_A_CELL = f"{TORCH} walks a tree in Python, a call for each node: see mode {CELL}"

Shape = Literal["chain", "balanced", "random", "wide"]

graphs = [
    bars(x="mode", hue="engine", per=("device", "shape", "n_nodes")),
    bars(
        x="shape",
        hue="mode",
        per=("device", "engine", "n_nodes"),
        speedup_over={"engine": TORCH, "mode": CELL},
        log=True,
    ),
    lines(hue="engine", per=("device", "mode", "shape", "n_nodes")),
]


def _refused(_: Any) -> None:
    raise ValueError(NO_DATASETS)


class Config(RecurrentConfig):
    """Which trees, by which engines in which forms; by default all, with 15 nodes."""

    engines: list[Literal["relax-bytecode", "relax-compiled", "torch-eager"]] = axis(
        "engine", ["relax-bytecode", "relax-compiled", "torch-eager"], without_tvm=[TORCH]
    )
    modes: list[Literal["cell", "unrolled", "linearised"]] = axis(
        "mode",
        ["cell", "unrolled", "linearised"],
        description="cell: a compiled call for each node; unrolled: each tree a graph; linearised: recursion in Relax",
    )
    shapes: list[Shape] = axis("shape", ["chain", "balanced", "random", "wide"])
    n_nodes: list[Positive] = axis("n_nodes", [15], description="nodes of each tree")
    datasets: Annotated[None, BeforeValidator(_refused)] = Field(
        default=None, exclude=True, description="the predecessor's SICK sentences; refused"
    )

    @model_validator(mode="after")
    def _torch_has_its_mode(self) -> Self:
        refuse_nothing_to_measure(self.engines, self.modes)
        return self


def test_encode(  # noqa: PLR0913, PLR0917, each axis and each fixture is a parameter
    shape: str,
    n_nodes: int,
    device: str,  # noqa: ARG001, the CPU
    engine: str,
    mode: str,
    bench: Any,
    tvm_variant: Any,  # noqa: ARG001, makes sure of the TVM that is imported below
    experiment_config: Config,
    run_seed: int,
) -> None:
    """Time of one tree; the root's state is compared with torch for every input, before anything is timed."""
    if engine == TORCH and mode != CELL:
        pytest.skip(TORCH_IS_A_CELL)
    from .engines import time_prepared
    from .models.tree_lstm import build_cell, encode, node_inputs, root_tells_all, rows_of
    from .recurrent.trees import tree

    seed = experiment_config.seed if experiment_config.set_seed else run_seed
    planted, cell = tree(shape, n_nodes), build_cell(WEIGHTS_SEED)
    inputs = [node_inputs(n_nodes, seed + index) for index in range(experiment_config.n_inputs)]
    if not all(root_tells_all(planted, values, cell, rtol=RTOL, atol=ATOL) for values in inputs):
        pytest.skip(TOO_DEEP)
    bench.references([encode(planted, rows_of(values), cell) for values in inputs], rtol=RTOL, atol=ATOL)
    prepared = prepare_tree(engine, mode, planted)
    time_prepared(bench, prepared, [(values,) for values in inputs], experiment_config)


def prepare_tree(engine: str, mode: str, planted: Tree) -> Prepared:
    """The TreeLSTM made ready for this tree by the engine, in the form `mode`."""
    import torch

    from .engines import Prepared
    from .engines.threads import threads
    from .models.tree_lstm import build_cell, encode, rows_of

    cell = build_cell(WEIGHTS_SEED)
    if engine == TORCH:
        torch.set_num_threads(threads())
        return Prepared(
            lambda *rows: encode(planted, rows, cell), lambda inputs: rows_of(inputs[0]), torch.inference_mode
        )
    from .engines.exec_modes import EXEC_MODES
    from .models.tree_programs import FORMS

    compiled, call, take = FORMS[mode](cell, planted, EXEC_MODES[engine])
    return Prepared(call, take, kernels=compiled.kernels or None)


def summarize(table: Any) -> str:
    """Torch's time of each tree, and how many times as fast each form in Relax is."""
    return "\n".join(speedup_lines(table, "Child-sum TreeLSTM", ("shape", "n_nodes")))
