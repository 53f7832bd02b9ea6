"""What TVM's optimisation levels are worth: inference time of four CNNs, each compiled at every level.

`docs/experiments/relay_opt.md` tells what the levels are and how it is measured.
"""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pytest
from pydantic import BeforeValidator, Field

from pytest_relaybench import TrialConfig, axis, bars, lines

from .opt_levels import MEANINGS, OPT_LEVELS, OptLevel

if TYPE_CHECKING:
    import torch
    import tvm

RTOL, ATOL = 1e-4, 1e-4  # of logits of about 1; TVM and torch add up in different orders
WEIGHTS_SEED = 0  # the same network every night; only its inputs vary

Network = Literal["resnet-18", "mobilenet", "nature-dqn", "vgg-16"]
Device = Annotated[Literal["cpu", "cuda"], BeforeValidator(lambda name: "cuda" if name == "gpu" else name)]
BatchSize = Annotated[int, Field(ge=1)]

graphs = [
    bars(metric="time", x="network", hue="opt_level", per="device", log=True),
    lines(metric="time", hue="opt_level", per=("device", "network")),
]


class Config(TrialConfig):
    """Which networks at which levels; by default all of them, on the CPU, one image at a time."""

    networks: list[Network] = axis("network", ["resnet-18", "mobilenet", "nature-dqn", "vgg-16"])
    devices: list[Device] = axis("device", ["cpu"], description='"gpu" is another word for "cuda"')
    batch_sizes: list[BatchSize] = axis("batch_size", [1], description="images per call")
    opt_levels: list[OptLevel] = axis("opt_level", OPT_LEVELS, description=MEANINGS)


@pytest.fixture(scope="session")
def input_seed(experiment_config: Config, run_seed: int) -> int:
    """The config's seed where `set_seed` says so, else the run's."""
    return experiment_config.seed if experiment_config.set_seed else run_seed


# one at a time, for VGG-16 alone is half a gigabyte twice; all levels of a network run one after the other
@lru_cache(maxsize=1)
def imported(network: str, batch_size: int) -> tuple[torch.nn.Module, tvm.IRModule]:
    """The torch model, and the Relax module made of it."""
    from .models import build, example_inputs
    from .models.relax_import import import_module

    model = build(network, WEIGHTS_SEED)
    return model, import_module(model, example_inputs(network, batch_size, seed=0))


def test_inference(  # noqa: PLR0913, PLR0917, each axis and each fixture is a parameter
    network: str,
    device: str,
    batch_size: int,
    opt_level: int,
    bench: Any,
    tvm_variant: Any,  # noqa: ARG001, makes sure of the TVM that is imported below
    experiment_config: Config,
    input_seed: int,
) -> None:
    """Time of one call; its output is compared with torch for every input, before anything is timed."""
    from .models import example_inputs
    from .models.executing import runner, to_device
    from .models.levels import compile_at
    from .models.targets import target_for

    model, module = imported(network, batch_size)
    compiled = compile_at(opt_level, module, target_for(device))
    if compiled.unscheduled:
        warnings.warn(f"left with plain loops at O3: {', '.join(compiled.unscheduled)}", stacklevel=1)
    inputs = [example_inputs(network, batch_size, input_seed + index) for index in range(experiment_config.n_inputs)]
    bench.references([model(*values) for values in inputs], rtol=RTOL, atol=ATOL)
    bench.trials(
        runner(compiled.executable, device),
        [to_device(values, device) for values in inputs],
        dry_run=experiment_config.dry_run,
        times=experiment_config.n_times_per_input,
    )
    bench.record("kernels", compiled.kernels, unit="1", direction="lower")
