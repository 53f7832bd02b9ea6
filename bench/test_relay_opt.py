"""What TVM's optimisation levels are worth: inference time of image networks, each compiled at every level.

`docs/experiments/relay_opt.md` tells what the levels are and how it is measured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import pytest
from pydantic import Field, model_validator

from pytest_relaybench import axis, bars, lines

from .network_names import RTOL, NetworkConfig, atol_of
from .network_tuning import Tune, network_tuning  # noqa: F401, the fixture `tune`
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
    n_times: int | None = Field(
        default=None, ge=1, exclude=True, description="the predecessor's word for n_times_per_input"
    )

    @model_validator(mode="after")
    def _in_modern_words(self) -> Self:
        if self.n_times is None:
            return self
        if "n_times_per_input" in self.model_fields_set:
            raise ValueError("`n_times_per_input` and the predecessor's `n_times` say the same: leave out the latter")
        return self.model_copy(update={"n_times_per_input": self.n_times})


@pytest.fixture
def database(opt_level: int, tune: Tune) -> Tuned | None:
    """What level 4 takes its kernels from; the others have none."""
    return tune() if opt_level >= TUNED else None


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
    from .engines import time_prepared
    from .engines.relax_engine import compiled_by_relax
    from .engines.starting import start_relax
    from .engines.tuned_networks import record_tuning
    from .models import example_inputs
    from .models.imported import imported
    from .models.levels import compile_at
    from .models.targets import target_for

    start_relax()
    model, module = imported(network, batch_size)
    compiled = compile_at(opt_level, module, target_for(device), database.folder if database else None)
    seed = experiment_config.input_seed(run_seed)
    inputs = [example_inputs(network, batch_size, seed + index) for index in range(experiment_config.n_inputs)]
    references = [model(*values) for values in inputs]
    bench.references(references, rtol=RTOL, atol=atol_of(references))
    time_prepared(bench, compiled_by_relax(compiled, device), inputs, experiment_config)
    if database is not None:
        record_tuning(bench, database, compiled.untuned)
