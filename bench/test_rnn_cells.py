"""Recurrent cells: one call of an RNN, a GRU and an LSTM over a short sequence, by Relax's two VM modes and by others.

`docs/experiments/rnn_cells.md` tells what is measured and how. The predecessor called it gluon_rnns.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from pytest_relaybench import axis, bars, lines

from .engine_names import WITHOUT_TVM
from .recurrent.config import TORCH, Positive, RecurrentConfig
from .speedups import speedup_lines

RTOL, ATOL = 1e-4, 1e-5  # of states between -1 and 1; the engines add up in different orders
WEIGHTS_SEED = 0  # the same network every night; only its inputs vary

Engine = Literal["relax-bytecode", "relax-compiled", "torch-eager", "torch-compile", "onnxruntime"]

graphs = [
    bars(x="network", hue="engine", per=("device", "hidden_size", "batch_size")),
    bars(
        x="network", hue="engine", per=("device", "hidden_size", "batch_size"), speedup_over={"engine": TORCH}, log=True
    ),
    lines(hue="engine", per=("device", "network", "hidden_size", "batch_size")),
]


class Config(RecurrentConfig):
    """Which networks by which engines; by default all, 128 units, five steps, one sequence at a time."""

    networks: list[Literal["rnn", "gru", "lstm"]] = axis("network", ["rnn", "gru", "lstm"])
    engines: list[Engine] = axis(
        "engine",
        ["relax-bytecode", "relax-compiled", "torch-eager", "torch-compile", "onnxruntime"],
        without_tvm=WITHOUT_TVM,
    )
    hidden_sizes: list[Positive] = axis("hidden_size", [128], description="units, and numbers in each input")
    batch_sizes: list[Positive] = axis("batch_size", [1], description="sequences per call")
    sequence_length: int = Field(default=5, ge=1, description="steps of each sequence")


def test_sequence(  # noqa: PLR0913, PLR0917, each axis and each fixture is a parameter
    network: str,
    device: str,
    hidden_size: int,
    batch_size: int,
    engine: str,
    bench: Any,
    tvm_variant: Any,  # noqa: ARG001, makes sure of the TVM that is imported below
    experiment_config: Config,
    run_seed: int,
) -> None:
    """Time of one call; its output is compared with torch for every input, before anything is timed."""
    from .engines import prepare, time_prepared
    from .models.rnn_cells import build_recurrent, sequence

    seed = experiment_config.seed if experiment_config.set_seed else run_seed
    steps = experiment_config.sequence_length
    model = build_recurrent(network, hidden_size, WEIGHTS_SEED)
    inputs = [sequence(batch_size, steps, hidden_size, seed + index) for index in range(experiment_config.n_inputs)]
    bench.references([model(*values) for values in inputs], rtol=RTOL, atol=ATOL)
    prepared = prepare(engine, model, sequence(batch_size, steps, hidden_size, seed=0), device)
    time_prepared(bench, prepared, inputs, experiment_config)


def summarize(table: Any) -> str:
    """Torch's time of each network, and how many times as fast the other engines are."""
    return "\n".join(speedup_lines(table, "Recurrent cells", ("network", "hidden_size", "batch_size")))
