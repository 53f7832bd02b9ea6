"""What compiling costs: seconds by phase, memory, and size, from a torch model to its first output.

`docs/experiments/compile_time.md` tells what the phases are and how it is measured.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import Field

from pytest_relaybench import ExperimentConfig, axis

from .compile_phases.names import COMPILING, PHASES, Model
from .network_names import ATOL, NETWORK_NAMES, RTOL, BatchSize, Device

Level = Annotated[int, Field(ge=0, le=3)]


class Config(ExperimentConfig):
    """Which models at which levels; by default all but the largest, on the CPU, one input at a time."""

    networks: list[Model] = axis(
        "network", ["resnet-18", "mobilenet", "nature-dqn", "dcgan", "rnn", "gru", "lstm", "transformer-layer"]
    )
    devices: list[Device] = axis("device", ["cpu"], description='"gpu" is another word for "cuda"')
    batch_sizes: list[BatchSize] = axis("batch_size", [1], description="images per call; other models have one input")
    opt_levels: list[Level] = axis("opt_level", [3], description="as in relay_opt")
    processes: int = Field(default=1, ge=1, description="fresh processes a model; each phase's fastest counts")
    process_timeout_s: float = Field(default=600.0, gt=0, description="seconds before one counts as hung")


def test_compile(  # noqa: PLR0913, PLR0917, each axis and each fixture is a parameter
    network: str,
    device: str,
    batch_size: int,
    opt_level: int,
    bench: Any,
    tvm_variant: Any,
    experiment_config: Config,
) -> None:
    """The phases in fresh processes; the first output is compared with torch's before any time is taken."""
    if batch_size > 1 and network not in NETWORK_NAMES:
        pytest.skip(f"{network} has one input, and no batch of {batch_size}")
    del tvm_variant  # makes sure of the TVM that the fresh process imports
    from .compile_phases.ledger import keep_ledger
    from .fresh_process import ask, value_of

    asked = (network, batch_size, opt_level, device)
    ledgers = [
        value_of(ask(keep_ledger, *asked, deadline_s=experiment_config.process_timeout_s))
        for _ in range(experiment_config.processes)
    ]
    bench.reference([ledger.reference for ledger in ledgers], rtol=RTOL, atol=ATOL)
    bench.durations([sum(ledger.seconds.values()) for ledger in ledgers], output=[ledger.output for ledger in ledgers])
    for phase in PHASES:
        bench.record(phase, min(ledger.seconds[phase] for ledger in ledgers), unit="s")
    bench.record("compile", min(sum(ledger.seconds[phase] for phase in COMPILING) for ledger in ledgers), unit="s")
    bench.record("artifact_size", min(ledger.artifact_bytes for ledger in ledgers), unit="B", deterministic=True)
    for name, values in (
        ("peak_memory", [ledger.peak_bytes for ledger in ledgers]),
        ("compile_memory", [ledger.compile_bytes for ledger in ledgers]),
    ):
        if None not in values:
            bench.record(name, min(values), unit="B")


def visualize(table: Any, folder: Path) -> None:
    """Bars of which each phase is a part."""
    from .compile_phases.pictures import draw_ledgers

    draw_ledgers(table, folder)


def summarize(table: Any) -> str:
    """Each model's time to the first output, its longest phases, memory and size."""
    from .compile_phases.telling import summary

    return summary(table)
