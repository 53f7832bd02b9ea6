"""What TVM's optimisation levels are worth: inference time of image networks, each compiled at every level.

`docs/experiments/relay_opt.md` tells what the levels are and how it is measured.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from pytest_relaybench import axis, bars, lines

from .network_names import ATOL, RTOL, NetworkConfig
from .opt_levels import MEANINGS, OPT_LEVELS, TUNED, OptLevel

if TYPE_CHECKING:
    from .models.tuning import Tuned

graphs = [
    bars(metric="time", x="network", hue="opt_level", per="device", log=True),
    lines(metric="time", hue="opt_level", per=("device", "network")),
]


class Config(NetworkConfig):
    """Which networks at which levels; by default all networks at 0 to 3, on the CPU, one image at a time."""

    opt_levels: list[OptLevel] = axis("opt_level", OPT_LEVELS, description=MEANINGS)


@pytest.fixture(scope="session")
def database(  # noqa: PLR0913, PLR0917, each axis and each fixture is a parameter
    network: str,
    device: str,
    batch_size: int,
    opt_level: int,
    tvm_variant: Any,
    experiment_config: Config,
    setup_cache: Any,
    tell: Callable[[str], None],
) -> Tuned | None:
    """What level 4 takes its kernels from; the others have none."""
    if opt_level < TUNED:
        return None
    from .engines.tuned_networks import tuned_network

    return tuned_network(network, batch_size, device, experiment_config, tvm_variant, setup_cache, tell)


def test_inference(  # noqa: PLR0913, PLR0917, each axis and each fixture is a parameter
    network: str,
    device: str,
    batch_size: int,
    opt_level: int,
    bench: Any,
    tvm_variant: Any,  # noqa: ARG001, makes sure of the TVM that is imported below
    database: Tuned | None,
    experiment_config: Config,
    run_seed: int,
) -> None:
    """Time of one call; its output is compared with torch for every input, before anything is timed."""
    from .engines.tuned_networks import record_tuning
    from .models import example_inputs
    from .models.executing import runner, to_device
    from .models.imported import imported
    from .models.levels import compile_at
    from .models.targets import target_for

    model, module = imported(network, batch_size)
    compiled = compile_at(opt_level, module, target_for(device), database.folder if database else None)
    if compiled.unscheduled:
        warnings.warn(f"left with plain loops: {', '.join(compiled.unscheduled)}", stacklevel=1)
    seed = experiment_config.input_seed(run_seed)
    inputs = [example_inputs(network, batch_size, seed + index) for index in range(experiment_config.n_inputs)]
    bench.references([model(*values) for values in inputs], rtol=RTOL, atol=ATOL)
    bench.trials(
        runner(compiled.executable, device),
        [to_device(values, device) for values in inputs],
        dry_run=experiment_config.dry_run,
        times=experiment_config.n_times_per_input,
    )
    bench.record("kernels", compiled.kernels, unit="1", direction="lower")
    if database is not None:
        record_tuning(bench, database, compiled.untuned)
