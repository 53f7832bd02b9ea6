"""The names of the networks, and what the experiments on them have in common; free of TVM and torch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BeforeValidator, Field, model_validator

from pytest_relaybench import TrialConfig, axis

Network = Literal["resnet-18", "mobilenet", "nature-dqn", "vgg-16", "dcgan"]
NETWORK_NAMES: tuple[Network, ...] = get_args(Network)
Device = Annotated[Literal["cpu", "cuda"], BeforeValidator(lambda name: "cuda" if name == "gpu" else name)]
BatchSize = Annotated[int, Field(ge=1)]

RTOL, ATOL = 1e-4, 1e-4  # of outputs of about 1; engines add up in different orders
ATOL_SHARE = 1e-4  # of the largest output, whatever the network's outputs are like
WEIGHTS_SEED = 0  # the same network every night; only its inputs vary


def atol_of(references: Iterable[Any]) -> float:
    """How far an output, of arrays or tensors as the references, may be off: a share of the largest of them.

    A fixed number would let a network with small outputs be computed with half the bits.
    """
    return ATOL_SHARE * max(float(abs(value).max()) for value in references)


class NetworkConfig(TrialConfig):
    """Which networks, where, and how long TVM may tune for them."""

    networks: list[Network] = axis("network", NETWORK_NAMES)
    devices: list[Device] = axis("device", ["cpu"], description='"gpu" is another word for "cuda"')
    batch_sizes: list[BatchSize] = axis("batch_size", [1], description="images per call")
    tuning_trials: int = Field(default=512, ge=1, description="schedules to try for a network, over all its kernels")
    tuning_cost_model: Literal["random", "xgb"] = Field(default="random", description="what picks the next trials")
    tuning_seed: int = Field(default=0, ge=0, lt=2**30)
    tuning_budget_s: float | None = Field(
        default=None,
        gt=0,
        description="seconds that one night may tune for one network; 2/3 of timeout_s by default",
    )

    @model_validator(mode="after")
    def _tuning_is_over_in_time(self) -> Self:
        if self.tuning_budget_s is not None and self.tuning_budget_s >= self.timeout_s:
            raise ValueError(
                f"tuning_budget_s ({self.tuning_budget_s:g}) must be less than timeout_s ({self.timeout_s:g}): "
                "set-up counts as part of a test"
            )
        return self

    @property
    def tuning_limit_s(self) -> float:
        """Seconds that one night may tune for one network."""
        return self.tuning_budget_s or self.timeout_s * 2 / 3

    def input_seed(self, run_seed: int) -> int:
        """The config's seed where `set_seed` says so, else the run's."""
        return self.seed if self.set_seed else run_seed
