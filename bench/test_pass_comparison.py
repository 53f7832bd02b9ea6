"""What each of TVM's passes is worth: CNNs compiled with passes added one by one, and with all but one.

`docs/experiments/pass_comparison.md` tells what the passes are and how it is measured.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BeforeValidator

from pytest_relaybench import TrialConfig, axis

from .network_names import RTOL, BatchSize, Device, Network, atol_of
from .passes.specs import FORM, PRESETS, PassSpec, PassSpecs, crash_of, expand

MOST_NAMED = 5

Schedules = Annotated[list[bool], BeforeValidator(lambda value: [value] if isinstance(value, bool) else value)]


class Config(TrialConfig):
    """Which networks with which passes; by default three, both series, scheduled, on the CPU."""

    networks: list[Network] = axis("network", ["resnet-18", "mobilenet", "nature-dqn"])
    devices: list[Device] = axis("device", ["cpu"], description='"gpu" is another word for "cuda"')
    batch_sizes: list[BatchSize] = axis("batch_size", [1], description="images per call")
    pass_specs: PassSpecs = axis(
        "pass_spec", expand(list(PRESETS)), description=f"presets cumulative, leave_one_out, or {FORM}"
    )
    schedule: Schedules = axis("scheduled", [True], description="schedule the kernels after the passes; one or both")


@pytest.fixture(scope="session")
def input_seed(experiment_config: Config, run_seed: int) -> int:
    """The config's seed where `set_seed` says so, else the run's."""
    return experiment_config.seed if experiment_config.set_seed else run_seed


def test_inference(  # noqa: PLR0913, PLR0917, each axis and each fixture is a parameter
    network: str,
    device: str,
    batch_size: int,
    pass_spec: str,
    scheduled: bool,
    bench: Any,
    tvm_variant: Any,  # noqa: ARG001, makes sure of the TVM that is imported below
    experiment_config: Config,
    input_seed: int,
) -> None:
    """Time of one call; its output is compared with torch for every input, before anything is timed."""
    from .engines import time_prepared
    from .engines.relax_engine import compiled_by_relax
    from .engines.starting import start_relax
    from .models import example_inputs
    from .models.imported import imported
    from .models.levels import Compiled
    from .models.targets import target_for
    from .passes.pipeline import compile_by

    spec = PassSpec.from_key(pass_spec)
    crash = crash_of(spec)
    if crash is not None:
        pytest.skip(crash)
    start_relax()
    model, module = imported(network, batch_size)
    compiled = compile_by(spec, module, target_for(device), schedule=scheduled)
    if compiled.unscheduled:
        left = compiled.unscheduled
        named = ", ".join(left[:MOST_NAMED]) + (f" and {len(left) - MOST_NAMED} more" if len(left) > MOST_NAMED else "")
        warnings.warn(f"left with plain loops with {pass_spec}: {named}", stacklevel=1)
    inputs = [example_inputs(network, batch_size, input_seed + index) for index in range(experiment_config.n_inputs)]
    references = [model(*values) for values in inputs]
    bench.references(references, rtol=RTOL, atol=atol_of(references))
    prepared = compiled_by_relax(Compiled(compiled.executable, compiled.kernels), device)  # unscheduled ones: above
    time_prepared(bench, prepared, inputs, experiment_config)
    for name, seconds in compiled.pass_s.items():
        bench.record(f"pass.{name}", seconds, unit="s")


def visualize(table: Any, folder: Path) -> None:
    """Each series with labels that fit below bars."""
    from .passes.pictures import draw_passes

    draw_passes(table, folder)


def summarize(table: Any) -> str:
    """What the passes brought, and which of them brought it."""
    from .passes.telling import summary

    return summary(table)
